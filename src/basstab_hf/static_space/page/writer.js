/**
 * From a request to a tab, token by token: what `generate/job.py` and `generate/loop.py` do for `basstab generate`.
 *
 * @typedef {object} Model
 * @property {import("./tokenizer.js").Tokenizer} tokenizer
 * @property {object} space what space.json holds
 *
 * @typedef {object} Engine
 * @property {number} context tokens that it can hold
 * @property {(ids: number[]) => Promise<Float32Array>} start forget everything, read ids: logits behind them
 * @property {(token: number) => Promise<Float32Array>} step read one token more: logits behind it
 *
 * @typedef {object} Request
 * @property {string} prompt a clean tab; "" for none
 * @property {string} tuning of a tab without a prompt
 * @property {number} bars new ones behind the prompt, whose open bar counts as the first of them
 * @property {number} seed from 0 to below 2**32
 * @property {{temperature: number, topP: number, minP: number}} sampling
 */

import { BAR, END, splitLabels, systems, TabError, toColumns, usualWidth } from "./columns.js";
import { Grammar } from "./grammar.js";
import { MatchCache } from "./match_cache.js";
import { RepeatGuard } from "./repeat_guard.js";
import { logSoftmax, pick, uniform } from "./sampling.js";
import { openPitches } from "./tuning.js";

const BOS = "<bos>";

/**
 * Write bars behind a prompt, or a new tab: first what stands before the new columns, then what is new, token by token.
 * @param {Engine} engine
 * @param {Model} model
 * @param {Request} request
 * @returns {AsyncGenerator<string[]>} column words
 * @throws {TabError} a prompt that is no clean tab, or a tuning that the model cannot write
 */
export async function* write(engine, model, request) {
  const job = prepare(model, request);
  yield job.words;
  const { grammar } = job;
  const reader = new Reader(engine, model, job.ids, grammar.endId);
  const guard = new RepeatGuard(grammar.columns, model.space.max_repeats);
  guard.read(job.words);
  const chances = uniform(request.seed);
  let { state, first } = job;
  let logP = await reader.start();
  for (let bars = 0; bars < request.bars;) {
    const legal = grammar.legal(state).filter((token) => !first || first.has(token));
    const forbidden = guard.forbidden();
    const allowed = legal.filter((token) => !forbidden.has(token));
    const token = pick(logP, allowed.length ? allowed : legal, request.sampling, chances.next().value);
    first = null;
    bars += token === grammar.barId;
    state = grammar.advance(state, model.tokenizer.words[token]);
    const ended = token === grammar.endId;
    const read = ended ? [token, ...model.tokenizer.encode(job.opening)] : [token];
    const words = [...model.tokenizer.columns(token), ...(ended ? job.opening : [])];
    guard.read(words);
    yield words;
    if (bars < request.bars) logP = await reader.read(read);
  }
}

/** What is read first, from which state of the grammar the tab goes on, and which tokens may come first. */
function prepare({ tokenizer, space }, { prompt, tuning }) {
  const given = toColumns(prompt);
  const own = given.length ? systems(given).at(-1)[0] : tuning;
  openPitches(own);
  const strings = splitLabels(own).length;
  if (!space.strings.includes(strings)) {
    throw new TabError(`the model never learnt tabs of ${strings} strings: choose another tuning`);
  }
  const grammar = new Grammar(tokenizer.words, strings, space.grammar);
  const opening = [own, BAR.repeat(strings)]; // of each system
  const width = usualWidth(given) ?? space.usual_width;
  if (!given.length) {
    const ids = tokenizer.encode([BOS, ...opening]);
    return { words: opening, ids, grammar, opening, first: null, state: grammar.start([], width) };
  }
  const words = given.at(-1) === END ? given.slice(0, -1) : given;
  const ids = tokenizer.encode([BOS, ...words]);
  const columns = systems(words).at(-1).slice(2);
  const { first, held } = holdBack(tokenizer, grammar, ids.at(-1), columns, width);
  return {
    words: words.slice(0, words.length - held),
    ids: held ? ids.slice(0, -1) : ids,
    grammar,
    opening,
    first,
    state: grammar.start(columns.slice(0, columns.length - held), width),
  };
}

/** Hold the prompt's last token back if longer ones begin with it: the model shall choose how long its note is. */
function holdBack(tokenizer, grammar, token, columns, width) {
  const held = grammar.columns[token].length;
  if (!held) return { first: null, held: 0 };
  const word = tokenizer.words[token];
  const state = grammar.start(columns.slice(0, columns.length - held), width);
  const longer = grammar.legal(state).filter((id) => `${tokenizer.words[id]} `.startsWith(`${word} `));
  return longer.length > 1 ? { first: new Set(longer), held } : { first: null, held: 0 };
}

/**
 * Feeds an engine, and the cache of the song if there is one. When the engine's context is full, it goes on with the
 * last whole systems that fill half of it; the cache keeps all.
 */
class Reader {
  constructor(engine, { space }, ids, endId) {
    this.engine = engine;
    this.ids = [...ids];
    this.endId = endId;
    this.cache = space.match_cache && new MatchCache(space.match_cache, space.match_lengths);
    this.cache?.read(ids);
  }

  /** @returns {Promise<Float64Array>} log-probabilities behind what is there first */
  async start() {
    return this.#mixed(await this.#restart());
  }

  /** @param {number[]} ids @returns {Promise<Float64Array>} log-probabilities behind everything and these */
  async read(ids) {
    this.ids.push(...ids);
    this.cache?.read(ids);
    if (this.ids.length > this.engine.context) return this.#mixed(await this.#restart());
    let logits = null;
    for (const token of ids) logits = await this.engine.step(token);
    return this.#mixed(logits);
  }

  #restart() {
    this.ids = this.ids.slice(firstKept(this.ids, this.engine.context, this.endId));
    return this.engine.start(this.ids);
  }

  #mixed(logits) {
    const logP = logSoftmax(logits);
    this.cache?.mix(logP);
    return logP;
  }
}

/** Where to go on from when ids outgrow a context: behind the first `<END>` that leaves room for half of it. */
function firstKept(ids, context, endId) {
  const excess = ids.length - context;
  if (excess <= 0) return 0;
  const latest = ids.length - Math.floor(context / 2);
  const end = ids.indexOf(endId, excess - 1);
  return end >= 0 && end < latest ? end + 1 : latest;
}
