// Unpacks LZMA, as Python's lzma writes it with FORMAT_ALONE: what browsers have of their own packs a fifth less.
// In: the packed bytes, the size of what is in them. Out: a Uint8Array. https://7-zip.org/sdk.html, LZMA specification
"use strict";

// Bytes before the packed ones: settings, sizes, and where the code begins.
const HEAD = 18;

/* exported unpack */
/** What is in packed bytes; nothing, or something else, where they are not whole. */
function unpack(packed, size) {
  const out = new Uint8Array(packed.length > HEAD ? size : 0);
  // Chances of bits, of 2048: literals lie behind all others.
  const [MATCH, REP, REP0, REP1, REP2, LONG] = [0, 192, 204, 216, 228, 240];
  const [SLOT, FAR, ALIGN, LENGTH, REP_LENGTH, LITERAL] = [432, 688, 816, 832, 1346, 1860];
  const posMask = (1 << Math.floor(packed[0] / 45)) - 1;
  const literalMask = (1 << (Math.floor(packed[0] / 9) % 5)) - 1;
  const lc = packed[0] % 9;
  const chances = new Uint16Array(LITERAL + (0x300 << (lc + Math.floor(packed[0] / 9) % 5))).fill(1024);
  if (!out.length) return out;
  // The range, and where in it the code lies: in an array, since V8 is slow with larger numbers of its own.
  const line = new Uint32Array([0xffffffff, new DataView(packed.buffer, packed.byteOffset).getUint32(14)]);
  let from = HEAD;
  let at = 0;
  let state = 0; // what came last: below 7 a literal
  let [rep0, rep1, rep2, rep3] = [0, 0, 0, 0]; // distances that came last, less 1

  function shift() {
    if (line[0] < 0x1000000) {
      line[0] <<= 8;
      line[1] = (line[1] << 8) | packed[from++];
    }
  }
  function bit(index) {
    const chance = chances[index];
    const bound = (line[0] >>> 11) * chance;
    const one = line[1] >= bound;
    if (one) {
      line[0] -= bound;
      line[1] -= bound;
      chances[index] = chance - (chance >>> 5);
    } else {
      line[0] = bound;
      chances[index] = chance + ((2048 - chance) >>> 5);
    }
    shift();
    return one ? 1 : 0;
  }
  function bits(base, count) {
    let found = 1;
    for (let number = 0; number < count; number++) found = (found << 1) | bit(base + found);
    return found - (1 << count);
  }
  function bitsFromLow(base, count) {
    let found = 0;
    for (let [number, node] = [0, 1]; number < count; number++) {
      const one = bit(base + node);
      node = (node << 1) | one;
      found |= one << number;
    }
    return found;
  }
  function evenBits(count) {
    let found = 0;
    for (let number = 0; number < count; number++) {
      line[0] >>>= 1;
      const one = line[1] >= line[0];
      if (one) line[1] -= line[0];
      found = (found << 1) | (one ? 1 : 0);
      shift();
    }
    return found;
  }
  function literal() {
    const before = at ? out[at - 1] : 0;
    const base = LITERAL + 0x300 * (((at & literalMask) << lc) + (before >> (8 - lc)));
    let found = 1;
    if (state >= 7) {
      let match = out[at - rep0 - 1];
      while (found < 0x100) {
        const expected = (match >> 7) & 1;
        match <<= 1;
        const one = bit(base + ((1 + expected) << 8) + found);
        found = (found << 1) | one;
        if (one !== expected) break;
      }
    }
    while (found < 0x100) found = (found << 1) | bit(base + found);
    out[at++] = found;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }
  function length(base, pos) {
    if (!bit(base)) return 2 + bits(base + 2 + (pos << 3), 3);
    if (!bit(base + 1)) return 10 + bits(base + 130 + (pos << 3), 3);
    return 18 + bits(base + 258, 8);
  }
  function distance(count) {
    const slot = bits(SLOT + (Math.min(count - 2, 3) << 6), 6);
    if (slot < 4) return slot;
    const more = (slot >> 1) - 1;
    const start = ((2 | (slot & 1)) << more) >>> 0;
    if (slot < 14) return start + bitsFromLow(FAR + start - slot, more);
    return (start + ((evenBits(more - 4) << 4) >>> 0) + bitsFromLow(ALIGN, 4)) >>> 0;
  }
  function again() {
    if (bit(REP0 + state)) {
      let wanted = rep1;
      if (bit(REP1 + state)) {
        wanted = rep2;
        if (bit(REP2 + state)) [wanted, rep3] = [rep3, rep2];
        rep2 = rep1;
      }
      [rep1, rep0] = [rep0, wanted];
    } else if (!bit(LONG + (state << 4) + (at & posMask))) {
      state = state < 7 ? 9 : 11;
      return 1;
    }
    const count = length(REP_LENGTH, at & posMask);
    state = state < 7 ? 8 : 11;
    return count;
  }
  while (at < size) {
    if (!bit(MATCH + (state << 4) + (at & posMask))) {
      literal();
      continue;
    }
    let count;
    if (bit(REP + state)) {
      count = again();
    } else {
      [rep3, rep2, rep1] = [rep2, rep1, rep0];
      count = length(LENGTH, at & posMask);
      state = state < 7 ? 7 : 10;
      rep0 = distance(count);
    }
    if (rep0 >= at) return new Uint8Array();
    for (const end = Math.min(at + count, size); at < end; at++) out[at] = out[at - rep0 - 1];
  }
  return out;
}
