/** A tab in lines that are not too wide for a screen, broken where `tab/lines.py` does. */

import { BAR, END, isBarLine, splitLabels, systems } from "./columns.js";

/**
 * Cut a tab at bar lines into lines of up to `width` characters, whatever its systems were; a bar that is too wide
 * alone stays whole.
 * @param {string[]} words
 * @param {number} width characters in a line
 * @returns {string[]} column words
 */
export function wrapped(words, width) {
  return joined(words).flatMap(([tuning, first, ...columns]) => {
    const room = width - Math.max(...splitLabels(tuning).map((label) => label.length)) - 1;
    return cut(columns, room).flatMap((line) => [tuning, first, ...line, END]);
  });
}

/** Systems, those of one tuning made one; a bar that a system left open is closed. */
function joined(words) {
  const found = [];
  for (const [tuning, first, ...columns] of systems(words)) {
    const last = found.at(-1);
    if (last?.[0] !== tuning) found.push([tuning, first, ...columns]);
    else {
      const open = last.length > 2 && columns.length && !isBarLine(last.at(-1)) && !isBarLine(columns[0]);
      last.push(...(open ? [BAR.repeat(columns[0].length)] : []), ...columns);
    }
  }
  return found;
}

/** Lines are filled from the left; a bar keeps the bar lines behind it, the first one those in front of it, too. */
function cut(columns, room) {
  const lines = [[]];
  let bar = [];
  columns.forEach((column, place) => {
    bar.push(column);
    const ended = isBarLine(column) && !isBarLine(columns[place + 1] ?? BAR) && !bar.every(isBarLine);
    if (!ended && place < columns.length - 1) return;
    if (lines.at(-1).length && lines.at(-1).length + bar.length > room) lines.push([]);
    lines.at(-1).push(...bar);
    bar = [];
  });
  return lines;
}
