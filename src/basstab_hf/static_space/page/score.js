/**
 * A tab as notation: bars of beats with note values, as `formats/score.py` writes it with four columns to a beat.
 *
 * @typedef {object} Beat notes that begin together, from the highest string down; none: a rest
 * @property {import("./note_values.js").Span} span
 * @property {object[]} notes strokes with `tied`, `leads`, `leftHand`, `slideIn`, `slideOut`, `bend`
 *
 * @typedef {{numerator: number, denominator: number, beats: Beat[]}} ScoreBar
 */

import { BENDS, DIRECTIONS, GHOST, HARMONIC, LEADING, TAP, TECHNIQUES, VIBRATO } from "./marks.js";
import { spans } from "./note_values.js";
import { strokeBars } from "./strokes.js";

const COLUMNS_PER_BEAT = 4;
const [WIDEST, CUT] = [8, 4]; // longest bar in quarter notes; longer ones are cut into bars of four
const BEND = 2; // semitones of a bend whose goal the tab does not print
const JOINS = Object.fromEntries([...LEADING].map((mark) => [mark, TECHNIQUES[mark]]));
const UNITS = [4, 8, 16, 32]; // denominators of time signatures
const [IN_TWO, DOTTED_QUARTER, NINE_EIGHTHS] = [3, 1.5, 4.5];

/**
 * @param {string[]} words of a tab
 * @returns {ScoreBar[]}
 */
export function toScore(words) {
  const bars = strokeBars(words);
  const frames = toFrames(bars.some(({ width }) => width) ? bars.filter(({ width }) => width) : bars);
  const sounds = toSounds(frames);
  join(sounds);
  const compound = compoundLengths(frames);
  return cuts(frames).map(([start, end]) => scoreBar(start, end, sounds, compound.has(end - start)));
}

/** Bars with their places in quarter notes. */
function toFrames(bars) {
  let end = 0;
  return bars.map(({ width, strokes }) => {
    const start = end;
    end += width / COLUMNS_PER_BEAT;
    return { start, end, strokes, onsets: new Set(strokes.map((stroke) => stroke.column / COLUMNS_PER_BEAT)) };
  });
}

/** All notes: each lasts until the next begins, at most to the end of its bar, tied ones to that of the next. */
function toSounds(frames) {
  const found = frames.flatMap((frame, place) => frame.strokes.map((stroke) => ({
    start: frame.start + stroke.column / COLUMNS_PER_BEAT,
    end: stroke.tied ? (frames[place + 1] ?? frame).end : frame.end,
    stroke,
    note: plainNote(stroke, frame.strokes),
  })));
  const onsets = [...new Set(found.map((sound) => sound.start))].sort((a, b) => a - b);
  const following = new Map(onsets.slice(1).map((onset, place) => [onsets[place], onset]));
  for (const sound of found) sound.end = Math.min(sound.end, following.get(sound.start) ?? Infinity);
  return found;
}

/** A note with the marks that need no neighbour. */
function plainNote(stroke, strokes) {
  return {
    string: stroke.string,
    fret: stroke.fret,
    tied: false,
    leads: "",
    leftHand: false,
    slideIn: "",
    slideOut: DIRECTIONS[stroke.after] ?? "",
    bend: BENDS.includes(stroke.after || " ") ? bend(stroke, strokes) : 0,
    vibrato: stroke.after === VIBRATO,
    harmonic: stroke.before === HARMONIC,
    tap: stroke.before === TAP,
    ghost: stroke.before === GHOST,
  };
}

/** Semitones up to the fret printed right behind the mark, or the usual two. */
function bend({ printed, string, fret }, strokes) {
  if (fret === null) return BEND;
  const place = printed + String(fret).length + 1;
  const goal = strokes.find((other) => other.printed === place && other.string === string && other.fret !== null);
  const steps = goal ? goal.fret - fret : 0;
  return steps >= 1 && steps <= 2 * BEND ? steps : BEND;
}

/** Tell notes how they are reached from the one before on their string, and that one how it goes on. */
function join(sounds) {
  const last = new Map();
  for (const sound of sounds) {
    const before = last.get(sound.stroke.string);
    const mark = sound.stroke.before;
    const joined = JOINS[mark];
    const frets = [before?.note.fret ?? null, sound.note.fret];
    const other = !frets.includes(null) && frets[0] !== frets[1];
    if (joined && before?.end === sound.start && other) before.note.leads = joined;
    else if (DIRECTIONS[mark]) sound.note.slideIn = DIRECTIONS[mark];
    else if (joined) sound.note.leftHand = true;
    last.set(sound.stroke.string, sound);
  }
}

/** Where bars start and end; those too wide to be bars are cut. */
function cuts(frames) {
  return frames.flatMap(({ start, end }) => {
    const found = [];
    const wide = end - start > WIDEST;
    for (; wide && end - start > CUT; start += CUT) found.push([start, start + CUT]);
    return [...found, [start, end]];
  });
}

/** Lengths of bars that count in dotted quarters: 6/8 and 9/8. */
function compoundLengths(frames) {
  const found = new Set();
  const counts = new Map();
  let [middle, beats] = [0, 0];
  for (const { start, end, onsets } of frames) {
    counts.set(end - start, (counts.get(end - start) ?? 0) + 1);
    if (end - start !== IN_TWO) continue;
    middle += onsets.has(DOTTED_QUARTER);
    beats += onsets.has(1) + onsets.has(2);
  }
  if (middle * 2 > beats) found.add(IN_TWO);
  const most = Math.max(...counts.values());
  if ([...counts.keys()].find((length) => counts.get(length) === most) === NINE_EIGHTHS) found.add(NINE_EIGHTHS);
  return found;
}

function scoreBar(start, end, sounds, compound) {
  const length = end - start;
  const denominator = UNITS.slice(compound ? 1 : 0).find((unit) => Number.isInteger(length * unit / 4));
  const sounding = sounds.filter((sound) => sound.end > start && sound.start < end);
  const edges = sounding.flatMap((sound) => [sound.start, sound.end]).filter((edge) => edge >= start && edge < end);
  const beats = spans(edges.map((edge) => edge - start), length, compound).map((span) => toBeat(start, span, sounding));
  return { numerator: length * denominator / 4, denominator, beats };
}

function toBeat(start, span, sounding) {
  const [begin, end] = [start + span.start, start + span.end];
  const notes = sounding
    .filter((sound) => sound.start <= begin && begin < sound.end && !(sound.note.fret === null && begin > sound.start))
    .map((sound) => part(sound.note, begin === sound.start, end === sound.end))
    .sort((a, b) => a.string - b.string);
  return { span, notes };
}

/** One of the tied notes that a sound is written as. */
function part(note, first, last) {
  return {
    ...note,
    ...(!last && note.fret !== null && { leads: "", slideOut: "" }),
    ...(!first && { tied: true, leftHand: false, slideIn: "", bend: 0, harmonic: false, tap: false, ghost: false }),
  };
}
