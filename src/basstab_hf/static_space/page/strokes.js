/**
 * Bars as people read them: notes with their marks, as `timing.py` reads them from columns.
 *
 * @typedef {object} Stroke a note as written, before it has a length
 * @property {number} column from the start of its bar's grid
 * @property {number} printed column from the start of its bar
 * @property {number} string 1 is the highest-pitched
 * @property {number | null} fret null is a dead note
 * @property {string} before the mark before it, or ""
 * @property {string} after the mark behind it that does not lead to the next note, or ""
 * @property {boolean} tied whether tie marks carry it into the next bar
 */

import { splitBars, splitFrets, splitLabels, stringLines, systems } from "./columns.js";
import {
  AFTER, BEFORE, DEAD, DIGITS, DOUBTFUL, HARMONIC, HIGH, LEADING, REACH, REACHING, SLIDE_UP, SLIDING, STAR, TIE,
} from "./marks.js";

const BLANK = "-";
const LEADS_OVER = new RegExp(REACHING);
const SLIDES_OVER = new RegExp(SLIDING);
const ONSETS = new RegExp(`[${DIGITS}]+|${DEAD}`, "g");
const ONSET = new RegExp(`[${DIGITS}${DEAD}]`);
const TIES = new RegExp(`^${TIE}+$`);
const [USUAL_SHARE, FEWEST_BARS] = [0.3, 4]; // at least this share of at least so many bars have a clearly usual width
const [SECOND_COLUMN, FEWEST_ONSETS] = [0.3, 4]; // of even bars with a lead, so many begin on the second column
const LOST_LEADS = 0.2; // in a tab with a lead, at most this share of the bars have lost theirs

/**
 * @param {string[]} words of a tab
 * @returns {{width: number, strokes: Stroke[]}[]} its bars, without the columns that take no time
 */
export function strokeBars(words) {
  const bars = systems(words).flatMap(([tuning, , ...columns]) => barsOf(columns, splitLabels(tuning).length));
  const tabGrid = grid(bars);
  return bars.map((rows) => strokeBar(rows, tabGrid));
}

/** The bars of a system as string lines, with whether repeat signs stand at their edges, and what is left of a line. */
function barsOf(columns, nStrings) {
  const all = splitBars(columns);
  const lines = stringLines(columns, nStrings);
  const wider = all.some((bar) => bar.columns.length > 1);
  let first = 0;
  return all.map((bar) => {
    while (lines.every((line) => line[first] === "|")) first += 1;
    const width = bar.columns.length;
    const rows = stringLines(bar.columns, nStrings).map((row) => [...row]);
    const opens = width > 1 && isSign(rows, 0);
    const closes = (width > 1 || first > 0) && isSign(rows, width - 1);
    const behind = first + width === columns.length && first > 2 && isSign(lines, first - 2);
    const left = width === 1 && wider && !startsAtOnce(rows) && (closes || behind);
    first += width;
    return { rows, opens, closes, left };
  });
}

/**
 * Columns of padding after each bar line: 1 where the usual bar is odd in width and few bars start with a note, or even
 * with all notes on odd columns; the width behind it that is clearly usual, or 0; the usual width of bars without
 * repeat signs, or 0; and the columns that the last note of a bar has more than its print.
 */
function grid(bars) {
  const unsigned = bars.filter(({ opens, closes }) => !opens && !closes).map(({ rows }) => rows);
  const plain = unsigned.length
    ? unsigned
    : bars.map(({ rows, opens, closes }) => rows.map((row) => row.slice(opens ? 1 : 0, row.length - (closes ? 1 : 0))));
  const wide = plain.filter((rows) => rows[0].length > 1);
  const counts = new Map();
  for (const [row] of wide) counts.set(row.length, (counts.get(row.length) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const usual = [...counts.keys()].find((width) => counts.get(width) === most) ?? 0;
  const clear = wide.length >= FEWEST_BARS && most >= USUAL_SHARE * wide.length;
  const atOnce = wide.filter(startsAtOnce).length;
  const even = usual > 0 && usual % 2 === 0;
  const late = even && atOnce === 0 && leadsEvenly(plain);
  const lead = late || (usual % 2 === 1 && atOnce <= LOST_LEADS * wide.length) ? 1 : 0;
  return { lead, usual: clear ? usual - lead : 0, printed: unsigned.length ? usual : 0, missing: late ? 1 : 0 };
}

/** Whether all notes of bars begin on odd columns, a good part of the bars' first ones on the second column. */
function leadsEvenly(bars) {
  const onsets = bars.map((rows) => new Set(frets(rows).map(([place]) => place)));
  const sounding = onsets.filter((places) => places.size);
  return sounding.reduce((sum, places) => sum + places.size, 0) >= FEWEST_ONSETS
    && sounding.every((places) => [...places].every((place) => place % 2 === 1))
    && sounding.filter((places) => places.has(1)).length >= SECOND_COLUMN * sounding.length;
}

/** Whether the column of a bar is a repeat sign: a colon on any string, or another of them on two. */
function isSign(rows, column) {
  const letters = rows.map((row) => row[column]).filter((letter) => letter !== "-");
  return letters.length > 0 && letters.every((letter) => letter === letters[0])
    && (letters[0] === ":" || ("o*.".includes(letters[0]) && letters.length > 1));
}

/** Whether a note begins in the first column of a bar. */
function startsAtOnce(rows) {
  return rows.some((row) => ONSET.test(row[0]));
}

/** A bar on the grid: without its repeat signs, its lead and the columns of second digits that take no time. */
function strokeBar({ rows, opens, closes, left }, tabGrid) {
  if (left) return { width: 0, strokes: [] };
  const width = rows[0].length;
  const asOthers = width === tabGrid.printed; // the signs stand on columns that other bars have as well
  const begin = opens && (!asOthers || tabGrid.lead > 0) ? 1 : 0;
  const stop = width - (closes && !asOthers ? 1 : 0);
  const atOnce = begin < stop && rows.some((row) => ONSET.test(row[begin]));
  const lead = begin >= stop || atOnce || (begin && asOthers) ? 0 : tabGrid.lead;
  const found = frets(rows).map(([printed, string, fret]) => stroke(rows[string - 1], string, printed, fret));
  const untimed = [...Array(begin + lead).keys(), ...widening(found, begin + lead, stop - begin - lead, tabGrid.usual)];
  const strokes = found.map((one) => ({ ...one, column: one.printed - before(untimed, one.printed) }));
  strokes.sort((a, b) => a.column - b.column || a.string - b.string);
  return { width: Math.max(stop - untimed.length + (lead ? tabGrid.missing : 0), 1), strokes };
}

/**
 * The frets and dead notes of a bar: column, string, text. A "22" is two notes unless the frets before and behind it on
 * its string are 12 to 24; where it is alone there, all others of the bar.
 */
function frets(rows) {
  const runs = rows.flatMap((row, place) =>
    [...row.join("").matchAll(ONSETS)].map(({ 0: written, index }) => [index, place + 1, written]));
  const cut = ([column, string, written]) => (written.length === 1 ? [[0, written]] : splitFrets(written))
    .map(([offset, fret]) => [column + offset, string, fret]);
  const sure = runs.filter(([, , written]) => written !== DOUBTFUL).flatMap(cut);
  const doubtful = runs.filter(([, , written]) => written === DOUBTFUL);
  return [...sure, ...doubtful.flatMap((run) => (isHigh(run, sure) ? [run] : cut(run)))];
}

/** Whether the frets beside a "22" make it one. */
function isHigh([column, string], sure) {
  const bar = sure.filter(([, , fret]) => fret !== DEAD);
  const own = bar.filter((note) => note[1] === string);
  const beside = [own.findLast((note) => note[0] < column), own.find((note) => note[0] > column)].filter(Boolean);
  const judged = beside.length ? beside : bar;
  return judged.length > 0 && judged.every(([, , fret]) => Number(fret) >= HIGH);
}

/** The columns of second digits that take no time: in a bar that is wider than the usual one by just these. */
function widening(strokes, lead, width, usual) {
  const onsets = new Set(strokes.map((stroke) => stroke.printed));
  const twoDigits = strokes.filter((stroke) => stroke.fret > 9);
  const seconds = [...new Set(twoDigits.map((stroke) => stroke.printed + 1))].filter((place) => !onsets.has(place));
  if (!usual || width <= usual || seconds.length !== width - usual) return [];
  const off = (shift) => [...onsets].filter((place) => (place - shift(place) - lead) % 2).length;
  return off((place) => before(seconds, place)) <= off(() => 0) ? seconds : [];
}

/** How many of some columns stand before a place. */
function before(columns, place) {
  return columns.filter((column) => column < place).length;
}

function stroke(row, string, printed, fret) {
  const behind = printed + fret.length;
  const front = fret !== DEAD && isStarred(row, printed, behind) ? HARMONIC : frontOf(row, printed);
  return {
    printed,
    string,
    fret: fret === DEAD ? null : Number(fret),
    before: BEFORE.includes(front) ? front : "",
    after: afterOf(row, behind),
    tied: TIES.test(row.slice(behind).join("")),
  };
}

/** Whether a star right behind a fret says that it is a harmonic, "|12*--"; at a bar line it is a repeat sign's. */
function isStarred(row, place, behind) {
  return row[behind] === STAR && behind + 1 < row.length && !(place > 0 && BEFORE.includes(row[place - 1]));
}

/** What stands before a note in its bar, or ""; of "5h--7" the h, of "5/-7" the slide. */
function frontOf(row, place) {
  const letter = row[place - 1] ?? "";
  if (letter !== BLANK) return letter;
  const over = LEADS_OVER.exec(row.slice(Math.max(place - REACH, 0), place).join(""));
  return over ? over[1] : slideOverABlank(row, place) || letter;
}

/** The slide that leads over one blank to the fret at a place: "5/-7" and "7\-5", no open string; "" without one. */
function slideOverABlank(row, place) {
  const sliding = SLIDES_OVER.exec(row.slice(Math.max(place - REACH, 0), place).join(""));
  if (!sliding) return "";
  const notes = frets([row]).sort((a, b) => a[0] - b[0]);
  const start = notes.findLast((note) => note[0] < place)?.[2] ?? DEAD;
  const goal = notes.find((note) => note[0] === place)[2];
  if (start === DEAD || start === goal || goal === DEAD || goal === "0") return "";
  return (Number(start) < Number(goal)) === (sliding[1] === SLIDE_UP) ? sliding[1] : "";
}

/** The mark behind a note, unless it leads to the next. */
function afterOf(row, end) {
  const [mark, goal] = [row[end] ?? "", row[end + 1] ?? ""];
  if (!mark || !AFTER.includes(mark)) return "";
  if (goal === BLANK && mark === slideOverABlankTo(row, end + 2)) return "";
  return LEADING.includes(mark) && ONSET.test(goal) ? "" : mark;
}

function slideOverABlankTo(row, place) {
  return DIGITS.includes(row[place] ?? " ") ? slideOverABlank(row, place) : "";
}
