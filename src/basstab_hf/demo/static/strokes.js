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

const ONSETS = /[0-9]+|x/g;
const ONSET = /[0-9x]/;
const [BEFORE, JOINING, AFTER] = ["hp/\\(<t", "hp/\\", "b^~/\\"];
const TIES = /^=+$/;
const [USUAL_SHARE, FEWEST_BARS] = [0.3, 4]; // at least this share of at least so many bars have a clearly usual width
const LOST_LEADS = 0.2; // in a tab with a lead, at most this share of the bars have lost theirs

/**
 * @param {string[]} words of a tab
 * @returns {{width: number, strokes: Stroke[]}[]} its bars, without the columns that take no time
 */
export function strokeBars(words) {
  const bars = systems(words).flatMap(([tuning, , ...columns]) =>
    splitBars(columns).map((bar) => stringLines(bar.columns, splitLabels(tuning).length).map((row) => [...row])));
  const { lead, usual } = grid(bars);
  return bars.map((rows) => strokeBar(rows, lead, usual));
}

/**
 * Columns of padding after each bar line: 1 where the usual bar is odd in width and few bars start with a note; and
 * the width behind it that is clearly usual, or 0.
 */
function grid(bars) {
  const wide = bars.filter((rows) => rows[0].length > 1);
  const counts = new Map();
  for (const [row] of wide) counts.set(row.length, (counts.get(row.length) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const usual = [...counts.keys()].find((width) => counts.get(width) === most) ?? 0;
  const clear = wide.length >= FEWEST_BARS && most >= USUAL_SHARE * wide.length;
  const lead = usual % 2 === 1 && wide.filter(startsAtOnce).length <= LOST_LEADS * wide.length ? 1 : 0;
  return { lead, usual: clear ? usual - lead : 0 };
}

/** Whether a note begins in the first column of a bar. */
function startsAtOnce(rows) {
  return rows.some((row) => ONSET.test(row[0]));
}

function strokeBar(rows, usualLead, usual) {
  const lead = startsAtOnce(rows) ? 0 : usualLead;
  const found = rows.flatMap((row, place) => frets(row).map(([printed, fret]) => stroke(row, place + 1, printed, fret)));
  const untimed = [...(lead ? [0] : []), ...widening(found, lead, rows[0].length - lead, usual)];
  const strokes = found.map((one) => ({ ...one, column: one.printed - before(untimed, one.printed) }));
  strokes.sort((a, b) => a.column - b.column || a.string - b.string);
  return { width: Math.max(rows[0].length - untimed.length, 1), strokes };
}

/** Places and text of the frets and dead notes in a line of a bar. */
function frets(row) {
  return [...row.join("").matchAll(ONSETS)].flatMap(({ 0: written, index }) =>
    (written.length === 1 ? [[0, written]] : splitFrets(written)).map(([offset, fret]) => [index + offset, fret]));
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
  const end = printed + fret.length;
  const [mark, goal] = [row[end] ?? "", row[end + 1] ?? ""];
  const leads = JOINING.includes(mark) && ONSET.test(goal);
  return {
    printed,
    string,
    fret: fret === "x" ? null : Number(fret),
    before: BEFORE.includes(row[printed - 1] ?? "") ? row[printed - 1] ?? "" : "",
    after: AFTER.includes(mark) && !leads ? mark : "",
    tied: TIES.test(row.slice(end).join("")),
  };
}
