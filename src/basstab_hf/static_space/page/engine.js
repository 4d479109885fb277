/** The exported model in onnxruntime-web: token ids -> logits of the next token, with a key-value cache. */

import { locate } from "./parts.js";

const RUNTIME = ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];

/**
 * @param {object} space what space.json holds
 * @param {string} model URL of the model folder
 * @returns {Promise<import("./writer.js").Engine>}
 */
export async function openEngine(space, model) {
  const [script, mjs, wasm] = await Promise.all(RUNTIME.map((name) => locate(space.parts[name])));
  const ort = await import(script);
  const config = await (await fetch(`${model}/config.json`)).json();
  Object.assign(ort.env.wasm, { numThreads: 1, wasmPaths: { mjs, wasm } });
  const session = await ort.InferenceSession.create(`${model}/onnx/model.onnx`, { executionProviders: ["wasm"] });
  return new OnnxEngine(ort, session, config);
}

class OnnxEngine {
  constructor(ort, session, config) {
    this.ort = ort;
    this.session = session;
    this.context = config.n_positions;
    this.size = config.vocab_size;
    const none = new ort.Tensor("float32", new Float32Array(0), [1, config.n_head, 0, config.n_embd / config.n_head]);
    const past = session.inputNames.filter((name) => name.startsWith("past_key_values"));
    this.empty = Object.fromEntries(past.map((name) => [name, none]));
  }

  /** Forget everything and read ids. */
  start(ids) {
    this.cache = this.empty;
    this.length = 0;
    return this.#read(ids);
  }

  /** Read one token more. */
  step(token) {
    return this.#read([token]);
  }

  async #read(ids) {
    const places = ids.map((_, place) => this.length + place);
    this.length += ids.length;
    const found = await this.session.run({
      input_ids: this.#integers(ids),
      position_ids: this.#integers(places),
      attention_mask: this.#integers(new Array(this.length).fill(1)),
      ...this.cache,
    });
    const present = (name) => found[name.replace("past_key_values", "present")];
    this.cache = Object.fromEntries(Object.keys(this.empty).map((name) => [name, present(name)]));
    return found.logits.data.subarray(-this.size);
  }

  #integers(numbers) {
    return new this.ort.Tensor("int64", BigInt64Array.from(numbers, BigInt), [1, numbers.length]);
  }
}
