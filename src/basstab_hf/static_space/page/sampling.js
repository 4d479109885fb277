/** From scores to a token, and the uniform numbers that decide: the same as `basstab generate --seed` draws. */

/**
 * Draw a token, as `generate/sampling.py` does.
 * @param {Float64Array} scores log-probabilities by token
 * @param {number[]} allowed at least one token
 * @param {{temperature: number, topP: number, minP: number}} sampling
 * @param {number} chance a uniform number from 0 to below 1
 * @returns {number}
 */
export function pick(scores, allowed, { temperature, topP, minP }, chance) {
  if (temperature === 0) return allowed.reduce((best, token) => (scores[token] > scores[best] ? token : best));
  const order = allowed.toSorted((a, b) => scores[b] - scores[a]);
  const chances = order.map((token) => Math.exp((scores[token] - scores[order[0]]) / temperature));
  let sum = 0;
  const sums = chances.map((one) => (sum += one));
  const likely = sums.findIndex((one) => one >= topP * sum) + 1;
  const kept = Math.min(likely || sums.length, chances.filter((one) => one >= minP).length);
  const place = sums.slice(0, kept).findIndex((one) => one > chance * sums[kept - 1]);
  return order[place < 0 ? kept - 1 : place];
}

/**
 * @param {Float32Array} logits
 * @returns {Float64Array} log-probabilities
 */
export function logSoftmax(logits) {
  const logP = Float64Array.from(logits);
  const most = logP.reduce((best, value) => Math.max(best, value), -Infinity);
  const norm = most + Math.log(logP.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return logP.map((value) => value - norm);
}

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const [LOW_64, LOW_128] = [(1n << 64n) - 1n, (1n << 128n) - 1n];

/**
 * Uniform numbers from 0 to below 1 as numpy's `default_rng(SeedSequence(seed).spawn(1)[0])` gives them: PCG64
 * (O'Neill 2014) from a hashed seed.
 * @param {number} seed from 0 to below 2**32
 * @returns {Generator<number>}
 */
export function* uniform(seed) {
  const [high, low, highStream, lowStream] = hashed([seed, 0, 0, 0, 0]);
  const increment = ((((highStream << 64n) | lowStream) << 1n) | 1n) & LOW_128;
  const next = (state) => (state * MULTIPLIER + increment) & LOW_128;
  let state = next(increment + ((high << 64n) | low));
  for (;;) {
    state = next(state);
    const mixed = (state >> 64n) ^ (state & LOW_64);
    const turn = state >> 122n;
    const turned = ((mixed >> turn) | (mixed << (64n - turn))) & LOW_64;
    yield Number(turned >> 11n) / 2 ** 53;
  }
}

/** numpy's SeedSequence: 32-bit words -> four numbers of 64 bits. */
function hashed(words) {
  let factor = 0x43b0d7e5;
  const hash = (value) => {
    value ^= factor;
    factor = Math.imul(factor, 0x931e8875);
    value = Math.imul(value, factor);
    return value ^ (value >>> 16);
  };
  const mix = (one, other) => {
    const value = Math.imul(0xca01f9dd, one) - Math.imul(0x4973f715, other);
    return value ^ (value >>> 16);
  };
  const pool = words.slice(0, 4).map(hash);
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  }
  for (const word of words.slice(4)) pool.forEach((_, to) => { pool[to] = mix(pool[to], hash(word)); });
  let last = 0x8b51f9dd;
  const parts = Array.from({ length: 8 }, (_, place) => {
    let value = pool[place % 4] ^ last;
    last = Math.imul(last, 0x58f38ded);
    value = Math.imul(value, last);
    return BigInt((value ^ (value >>> 16)) >>> 0);
  });
  return [0, 2, 4, 6].map((place) => parts[place] | (parts[place + 1] << 32n));
}
