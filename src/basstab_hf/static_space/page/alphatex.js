/** A tab as AlphaTex, the text that alphaTab reads: the same as `formats/alphatex.py` writes. */

import { splitLabels, systems, TabError } from "./columns.js";
import { toScore } from "./score.js";
import { openPitches, semitones } from "./tuning.js";

const PROGRAM = 33; // a bass played with the fingers in General MIDI, counted from 0

/**
 * @param {string[]} words of a tab
 * @param {number} tempo quarter notes a minute
 * @returns {string}
 * @throws {TabError} a tab without bars, or in several tunings
 */
export function toAlphatex(words, tempo) {
  const [tuning, ...others] = new Set(systems(words).map(([word]) => word));
  if (others.some((word) => openPitches(word).join() !== openPitches(tuning).join())) {
    throw new TabError(`the tab is in ${tuning} and ${others.join(", ")}: only tabs in one tuning are drawn`);
  }
  const bars = tuning ? toScore(words) : [];
  if (!bars.length) throw new TabError("the tab has no bars: nothing to draw");
  const heading = [
    `\\tempo ${tempo}`, '\\track "Bass"', "\\staff {tabs}", `\\tuning (${noteNames(tuning).join(" ")})`,
    `\\instrument ${PROGRAM}`,
  ];
  return [...heading, ...bars.map((bar, place) => printBar(bar, bars[place - 1]))].join("\n") + "\n";
}

/** Open strings with their octaves: E1 is MIDI number 28. */
function noteNames(tuning) {
  const pitches = openPitches(tuning);
  return splitLabels(tuning).map((label, string) =>
    `${label}${Math.floor((pitches[string] - semitones(label)) / 12) - 1}`);
}

function printBar(bar, before) {
  const same = before && before.numerator === bar.numerator && before.denominator === bar.denominator;
  const signature = same ? [] : [`\\ts (${bar.numerator} ${bar.denominator})`];
  return [...signature, ...bar.beats.map(printBeat), "|"].join(" ");
}

function printBeat({ span, notes }) {
  const printed = notes.map((note) => `${note.tied ? "-" : note.fret ?? "x"}.${note.string}${braces(effects(note))}`);
  const content = printed.length > 1 ? `(${printed.join(" ")})` : printed[0] ?? "r";
  return `${content}.${span.denominator}${braces([span.dotted && "d", notes.some((note) => note.tap) && "tt"])}`;
}

const effects = (note) => [
  note.leads && (note.leads === "slide" ? "sl" : "h"),
  note.leftHand && "lht",
  note.slideIn && (note.slideIn === "up" ? "sib" : "sia"),
  note.harmonic && "nh",
  note.ghost && "g",
  note.bend && `b (0 ${note.bend * 2})`,
  note.vibrato && "v",
  note.slideOut && (note.slideOut === "up" ? "sou" : "sod"),
];

function braces(words) {
  const found = words.filter(Boolean);
  return found.length ? `{${found.join(" ")}}` : "";
}
