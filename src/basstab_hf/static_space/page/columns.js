/**
 * Tab text <-> column words, both ways, as `columns.py` has them: a word is one vertical slice of the tab, the top
 * string first; a system's first word is its tuning, the second the bar line, and `<END>` closes it.
 */

import { FRET, LABEL, STRINGS } from "./marks.js";

export const END = "<END>";
export const BAR = "|";
const LABELS = new RegExp(LABEL, "g");
const LINE = new RegExp(`^[ \\t]*(${LABEL})[ \\t]*\\|(\\S*)[ \\t]*$`, "u");
const LINE_BREAK = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;
// What Python takes for blanks: not the same as in JavaScript.
const BLANK = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/;
const UNPRINTABLE = /[\p{C}\p{Z}]/u;
const MEND = "write 4 to 6 lines such as G|--5--|, equally long, below each other";
const FRETS = new RegExp(FRET, "g");

/** What a user can mend; its message is one line. */
export class TabError extends Error {}

/** @param {string} word @returns {boolean} whether a column is a bar line across all strings */
export const isBarLine = (word) => word === BAR.repeat(word.length);

/**
 * @param {string} word a tuning word: "GbDbAbEb" -> ["Gb", "Db", "Ab", "Eb"]
 * @returns {string[]} its labels
 * @throws {TabError} a word that is not 4 to 6 note names
 */
export function splitLabels(word) {
  const labels = word.match(LABELS) ?? [];
  if (labels.join("") === word && STRINGS.includes(labels.length)) return labels;
  throw new TabError(`"${word}" is no tuning word: 4 to 6 note names, such as GDAE, start a system`);
}

/**
 * Column words of a clean tab: systems of 4 to 6 labelled lines of equal length, with blank lines between them.
 * @param {string} text
 * @returns {string[]}
 * @throws {TabError} anything else, naming the line
 */
export function toColumns(text) {
  const words = [];
  for (const { first, lines } of blocks(text)) {
    if (words.length) words.push(END);
    const { labels, rows } = readRows(lines, first);
    words.push(labels.join(""), BAR.repeat(rows.length), ...turned(rows));
  }
  if (words.length && isBarLine(words.at(-1))) words.push(END);
  return words;
}

/**
 * Cut column words into systems: tuning word first, `<END>` left out.
 * @param {string[]} words
 * @returns {string[][]}
 */
export function systems(words) {
  const found = [[]];
  for (const word of words) {
    if (word === END) found.push([]);
    else found.at(-1).push(word);
  }
  if (!found.at(-1).length) found.pop();
  return found;
}

/**
 * Print column words as a tab, systems separated by a blank line.
 * @param {string[]} words
 * @returns {string}
 */
export function toText(words) {
  return systems(words).map(([tuning, , ...columns]) => {
    const labels = splitLabels(tuning);
    const width = Math.max(...labels.map((label) => label.length));
    const rows = stringLines(columns, labels.length);
    return labels.map((label, string) => `${label.padEnd(width)}|${rows[string]}`).join("\n");
  }).join("\n\n");
}

/**
 * @param {string[]} columns
 * @param {number} strings
 * @returns {string[]} one row of characters a string
 */
export function stringLines(columns, strings) {
  const split = columns.map((column) => [...column]);
  return Array.from({ length: strings }, (_, string) => split.map((marks) => marks[string]).join(""));
}

/**
 * Columns of a system bar by bar, without bar lines; runs of these make no empty bars.
 * @param {string[]} columns what follows the bar line behind the labels
 * @returns {{columns: string[], closed: boolean}[]}
 */
export function splitBars(columns) {
  const bars = [];
  let bar = [];
  for (const column of columns) {
    if (!isBarLine(column)) bar.push(column);
    else if (bar.length) {
      bars.push({ columns: bar, closed: true });
      bar = [];
    }
  }
  if (bar.length) bars.push({ columns: bar, closed: false });
  return bars;
}

/**
 * Columns of the most frequent bar among those that a bar line closes, the first of equals; null without one.
 * @param {string[]} words
 * @returns {number | null}
 */
export function usualWidth(words) {
  const counts = new Map();
  for (const [, , ...columns] of systems(words)) {
    for (const bar of splitBars(columns).filter((found) => found.closed)) {
      counts.set(bar.columns.length, (counts.get(bar.columns.length) ?? 0) + 1);
    }
  }
  const most = Math.max(...counts.values());
  return [...counts.keys()].find((width) => counts.get(width) === most) ?? null;
}

/**
 * Cut a run of digits on one string into frets, with their places in it: "1012" -> [[0, "10"], [2, "12"]].
 * @param {string} digits
 * @returns {[number, string][]}
 */
export function splitFrets(digits) {
  return [...digits.matchAll(FRETS)].flatMap(({ 1: repeated, 3: fret, index }) =>
    repeated ? [...repeated].map((digit, place) => [index + place, digit]) : [[index, fret]]);
}

/** Runs of lines between blank lines, with the number of their first line, counted from 1. */
function blocks(text) {
  const found = [];
  let open = false;
  text.split(LINE_BREAK).forEach((line, place) => {
    if (BLANK.test(line)) open = false;
    else if (open) found.at(-1).lines.push(line);
    else {
      found.push({ first: place + 1, lines: [line] });
      open = true;
    }
  });
  return found;
}

function readRows(lines, first) {
  const labels = [];
  const rows = [];
  lines.forEach((line, place) => {
    const match = LINE.exec(line);
    if (!match || UNPRINTABLE.test(match[2])) {
      throw new TabError(`line ${first + place}: "${line.trim().slice(0, 40)}" is no string line: ${MEND}`);
    }
    labels.push(match[1][0].toUpperCase() + match[1].slice(1));
    rows.push([...match[2]]);
  });
  if (!STRINGS.includes(rows.length)) {
    throw new TabError(`line ${first}: a system has 4 to 6 string lines, this one ${rows.length}: ${MEND}`);
  }
  const equal = equalRows(rows, first);
  if (turned(equal).includes(END)) throw new TabError(`line ${first}: a column reads ${END}, the word that closes a system`);
  return { labels, rows: equal };
}

/** Rows of one length; a bar line doubled after the label on some strings only is dropped where that makes it so. */
function equalRows(rows, first) {
  const collapsed = rows.map((row) => (row[0] === BAR ? row.slice(1) : row));
  if (!equallyLong(rows) && equallyLong(collapsed)) return collapsed;
  const odd = rows.findIndex((row) => row.length !== rows[0].length);
  if (odd > 0) {
    const [wide, usual] = [rows[odd].length, rows[0].length];
    throw new TabError(`line ${first + odd}: ${wide} columns, the line above has ${usual}: ${MEND}`);
  }
  return rows;
}

const equallyLong = (rows) => rows.every((row) => row.length === rows[0].length);

const turned = (rows) => rows[0].map((_, place) => rows.map((row) => row[place]).join(""));
