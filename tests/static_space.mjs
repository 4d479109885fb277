// Runs the scripts of the static Space in Node: `node static_space.mjs SPACE TOKENIZER`, with a list of questions on
// standard input and the list of answers on standard output, both JSON.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const root = pathToFileURL(`${process.argv[2]}/`);
const load = (name) => import(new URL(name, root).href);
const json = (name) => JSON.parse(readFileSync(new URL(name, root), "utf8"));
const { toAlphatex } = await load("alphatex.js");
const { splitFrets, splitLabels, toColumns, toText } = await load("columns.js");
const { Grammar } = await load("grammar.js");
const { MatchCache } = await load("match_cache.js");
const { logSoftmax, pick, uniform } = await load("sampling.js");
const { openPitches } = await load("tuning.js");
const { Tokenizer } = await load("tokenizer.js");
const { wrapped } = await load("wrapping.js");
const { write } = await load("writer.js");

const space = json("space.json");
const tokenizer = new Tokenizer(json(pathToFileURL(process.argv[3])));

/** Logits that follow from the last tokens, as `FakeEngine` in test_static_space.py has them. */
class FakeEngine {
  constructor(context) {
    this.context = context;
  }

  start(ids) {
    this.ids = [...ids];
    return this.#logits();
  }

  step(token) {
    this.ids.push(token);
    return this.#logits();
  }

  #logits() {
    const hash = this.ids.slice(-3).reduce((sum, id) => (sum * 1031 + id) % 1000003, this.ids.length);
    const score = (token) => ((hash + token * token * 31 + token * (hash % 911)) % 1024) / 96;
    return Float32Array.from(tokenizer.words, (_, token) => score(token));
  }
}

/** JSON has no infinite numbers: null stands for -Infinity. */
const numbers = (found) => Float64Array.from(found, (value) => value ?? -Infinity);

const questions = {
  columns: (text) => toColumns(text),
  text: (words) => toText(words),
  alphatex: ({ words, tempo }) => toAlphatex(words, tempo),
  encode: (words) => tokenizer.encode(words),
  frets: (digits) => splitFrets(digits),
  labels: (word) => splitLabels(word),
  wrapped: ({ words, width }) => wrapped(words, width),
  pick: ({ scores, allowed, sampling, chance }) => pick(numbers(scores), allowed, sampling, chance),
  mixed: ({ settings, lengths, ids, logits }) => {
    const cache = new MatchCache(settings, lengths);
    return ids.map((token) => {
      cache.read([token]);
      const logP = logSoftmax(numbers(logits));
      cache.mix(logP);
      return Array.from(logP, (value) => (value === -Infinity ? null : value));
    });
  },
  pitches: (word) => openPitches(word),
  uniform: (seed) => {
    const numbers = uniform(seed);
    return Array.from({ length: 20 }, () => numbers.next().value);
  },
  legal: ({ strings, width, words }) => {
    const grammar = new Grammar(tokenizer.words, strings, space.grammar);
    let state = grammar.start([], width);
    return words.map((word) => {
      state = grammar.advance(state, word);
      return grammar.legal(state);
    });
  },
  write: async ({ request, context }) => {
    const words = [];
    for await (const more of write(new FakeEngine(context), { tokenizer, space }, request)) words.push(...more);
    return words;
  },
};

const answers = [];
for (const [kind, question] of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push(await questions[kind](question));
  } catch (error) {
    answers.push({ error: error.message });
  }
}
process.stdout.write(JSON.stringify(answers));
