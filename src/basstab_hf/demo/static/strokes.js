/**
 * Bars as people read them: notes with their marks, as `timing.py` reads them from columns.
 *
 * @typedef {object} Stroke a note as written, before it has a length
 * @property {number} column from the start of its bar's grid
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

/**
 * @param {string[]} words of a tab
 * @returns {{width: number, strokes: Stroke[]}[]} its bars, without the column of padding that each may begin with
 */
export function strokeBars(words) {
  const bars = systems(words).flatMap(([tuning, , ...columns]) =>
    splitBars(columns).map((bar) => stringLines(bar.columns, splitLabels(tuning).length).map((row) => [...row])));
  const lead = barLead(bars);
  return bars.map((rows) => ({ width: Math.max(rows[0].length - lead, 1), strokes: strokes(rows, lead) }));
}

/** Columns of padding after each bar line: 1 where the usual bar is odd in width and no note starts a bar at once. */
function barLead(bars) {
  const wide = bars.filter((rows) => rows[0].length > 1);
  const counts = new Map();
  for (const [row] of wide) counts.set(row.length, (counts.get(row.length) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const usual = [...counts.keys()].find((width) => counts.get(width) === most) ?? 0;
  return usual % 2 === 1 && !wide.some((rows) => rows.some((row) => ONSET.test(row[0]))) ? 1 : 0;
}

function strokes(rows, lead) {
  const found = rows.flatMap((row, string) => [...row.join("").matchAll(ONSETS)].flatMap(({ 0: written, index }) =>
    (written.length === 1 ? [[0, written]] : splitFrets(written)).map(([offset, fret]) =>
      stroke(row, string + 1, index + offset, fret, lead))));
  return found.sort((a, b) => a.column - b.column || a.string - b.string);
}

function stroke(row, string, place, fret, lead) {
  const end = place + fret.length;
  const [mark, goal] = [row[end] ?? "", row[end + 1] ?? ""];
  const leads = JOINING.includes(mark) && ONSET.test(goal);
  return {
    column: Math.max(place - lead, 0),
    string,
    fret: fret === "x" ? null : Number(fret),
    before: BEFORE.includes(row[place - 1] ?? "") ? row[place - 1] ?? "" : "",
    after: AFTER.includes(mark) && !leads ? mark : "",
    tied: TIES.test(row.slice(end).join("")),
  };
}
