/** A tuning word -> open-string pitches (MIDI numbers), top string first, as `tuning.py` finds them. */

import { splitLabels, TabError } from "./columns.js";

export const SEMITONE = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
// Usual basses by their number of strings; a label's octave is the one nearest to these.
const REFERENCES = {
  4: [[43, 38, 33, 28]],
  5: [[43, 38, 33, 28, 23], [48, 43, 38, 33, 28]],
  6: [[48, 43, 38, 33, 28, 23]],
};

/**
 * Octaves for note names: falling from top to bottom and, in sum, nearest to a usual bass of that many strings.
 * @param {string} word such as "GDAE"
 * @returns {number[]}
 * @throws {TabError} a word that is no bass tuning
 */
export function openPitches(word) {
  const labels = splitLabels(word);
  const classes = labels.map((label) => (SEMITONE[label[0].toUpperCase()] + ({ "#": 1, b: 11 }[label[1]] ?? 0)) % 12);
  let best = null;
  for (const reference of REFERENCES[labels.length] ?? []) {
    for (const pitches of falling(reference, classes)) {
      const distance = pitches.reduce((sum, pitch, string) => sum + Math.abs(pitch - reference[string]), 0);
      if (!best || distance < best.distance) best = { distance, pitches };
    }
  }
  if (!best) throw new TabError(`"${word}" is no bass tuning: its strings do not fall in pitch from top to bottom`);
  return best.pitches;
}

/** Pitches of these classes within an octave of the reference, each lower than the one before. */
function* falling(reference, classes, before = []) {
  const string = before.length;
  if (string === classes.length) {
    yield before;
    return;
  }
  for (let pitch = reference[string] - 11; pitch <= reference[string] + 11; pitch++) {
    const fits = pitch % 12 === classes[string] && !(pitch >= before.at(-1));
    if (fits) yield* falling(reference, classes, [...before, pitch]);
  }
}
