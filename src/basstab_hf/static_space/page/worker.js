/**
 * The worker that has the model: it loads it once, and writes tabs when it is asked.
 * In: {kind: "write", request} and {kind: "stop"}. Out: {kind: "ready"}, then for each tab {kind: "words", words} (the
 * first are the prompt's), {kind: "done"} or {kind: "stopped"}; {kind: "error", message} in place of any of them.
 */

import { openEngine } from "./engine.js";
import { Tokenizer } from "./tokenizer.js";
import { write } from "./writer.js";

const UNLOADED = "the model could not be loaded: look whether there is a network, then load this page again";
const PAUSE = 40; // milliseconds of work between two looks for messages

const json = async (path) => (await fetch(new URL(path, import.meta.url))).json();
let stopped = false;
let last = Promise.resolve();

const opening = open();
opening.then(
  () => postMessage({ kind: "ready" }),
  () => postMessage({ kind: "error", message: UNLOADED }),
);

onmessage = ({ data }) => {
  stopped = true; // whatever is being written
  if (data.kind === "write") last = last.then(() => writeTab(data.request)).catch(tell);
};

async function open() {
  const space = await json("space.json");
  const model = new URL(space.model, import.meta.url).href;
  const [tokenizer, engine] = await Promise.all([json(`${space.model}/tokenizer.json`), openEngine(space, model)]);
  return { engine, model: { space, tokenizer: new Tokenizer(tokenizer) } };
}

async function writeTab(request) {
  const { engine, model } = await opening;
  stopped = false;
  let rested = performance.now();
  for await (const words of write(engine, model, request)) {
    postMessage({ kind: "words", words });
    if (performance.now() - rested > PAUSE) {
      await new Promise((resolve) => setTimeout(resolve));
      rested = performance.now();
    }
    if (stopped) {
      postMessage({ kind: "stopped" });
      return;
    }
  }
  postMessage({ kind: "done" });
}

function tell(error) {
  postMessage({ kind: "error", message: error.message });
}
