/** A tab in lines that are not too wide for a screen. */

import { END, isBarLine, systems } from "./columns.js";

/**
 * Cut a tab at bar lines into lines of about the same length, whatever its systems were; a bar that is too wide alone
 * stays whole.
 * @param {string[]} words
 * @param {number} room columns in a line
 * @returns {string[]} column words
 */
export function wrapped(words, room) {
  return joined(words).flatMap(([tuning, first, ...columns]) =>
    cut(columns, room).flatMap((line) => [tuning, first, ...line, END]));
}

/** Systems, those of one tuning made one where a bar line is between them. */
function joined(words) {
  const found = [];
  for (const system of systems(words)) {
    const last = found.at(-1);
    if (last?.[0] === system[0] && isBarLine(last.at(-1))) last.push(...system.slice(2));
    else found.push([...system]);
  }
  return found;
}

function cut(columns, room) {
  const lines = [[]];
  let from = 0;
  columns.forEach((column, place) => {
    if (!isBarLine(column) && place < columns.length - 1) return;
    const bar = columns.slice(from, place + 1);
    if (lines.at(-1).length && lines.at(-1).length + bar.length > room) lines.push([]);
    lines.at(-1).push(...bar);
    from = place + 1;
  });
  return lines;
}
