/** A tuning word -> open-string pitches (MIDI numbers), top string first, as `tuning.py` finds them. */

import { splitLabels, TabError } from "./columns.js";
import { ACCIDENTALS, REFERENCES, SEMITONES } from "./marks.js";

/** @param {string} name of a note @returns {number} semitones from the C below: "Gb" -> 6, "Cb" -> -1 */
export const semitones = ([letter, ...signs]) =>
  signs.reduce((sum, sign) => sum + ACCIDENTALS[sign], SEMITONES[letter.toUpperCase()]);

/**
 * Octaves for note names: falling from top to bottom and, in sum, nearest to a usual bass of that many strings.
 * @param {string} word such as "GDAE"
 * @returns {number[]}
 * @throws {TabError} a word that is no bass tuning
 */
export function openPitches(word) {
  const labels = splitLabels(word);
  const classes = labels.map((label) => (semitones(label) + 12) % 12);
  let best = null;
  for (const reference of REFERENCES[labels.length]) {
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
