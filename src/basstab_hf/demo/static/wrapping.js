/** A tab in lines that are not too wide for a screen. */

import { END, isBarLine, systems } from "./columns.js";

/**
 * Cut systems at bar lines; a bar that is too wide alone stays whole.
 * @param {string[]} words
 * @param {number} room columns in a line
 * @returns {string[]} column words
 */
export function wrapped(words, room) {
  return systems(words).flatMap(([tuning, first, ...columns]) =>
    cut(columns, room).flatMap((line) => [tuning, first, ...line, END]));
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
