/**
 * Forbids the token that would let a bar, or a loop of up to four, follow itself more than so often, as
 * `generate/guards.py` does: the bar may go on as before up to its last onset, and it is this one that has to differ.
 */

import { END, isBarLine } from "./columns.js";
import { DEAD, DIGITS } from "./marks.js";

const NOT_ONSET = new RegExp(`[^${DIGITS}${DEAD}]`, "gu");
const EMPTY = /^-*$/;
const PERIODS = [1, 2, 3, 4]; // bars in a loop

export class RepeatGuard {
  /**
   * @param {string[][]} columns of each token, none of what is no column
   * @param {number} most how often a bar may follow itself; 0: any number
   */
  constructor(columns, most) {
    this.most = most;
    /** Tokens by what sounds in them. */
    this.tokens = new Map();
    columns.forEach((own, token) => {
      if (!own.length) return;
      const key = sounding(own).join(" ");
      this.tokens.set(key, [...(this.tokens.get(key) ?? []), token]);
    });
    /** Columns of the closed bars, without what is no onset, and, last, of the open one. */
    this.bars = [[]];
    this.opens = true; // a tuning word and its bar line come next
  }

  /** @param {string[]} words of the tab, one after another */
  read(words) {
    for (const word of words) {
      if (word === END || isBarLine(word)) {
        if (this.bars.at(-1).length) this.bars.push([]);
        this.opens = word === END;
      } else if (this.opens) this.opens = false;
      else this.bars.at(-1).push(onsets(word));
    }
  }

  /** @returns {Set<number>} tokens that would complete a bar that came often enough */
  forbidden() {
    const now = this.bars.at(-1);
    const found = new Set();
    if (!this.most) return found;
    for (const period of PERIODS.filter((bars) => this.#isWorn(bars))) {
      const bar = sounding(this.bars.at(-1 - period));
      if (bar.length <= now.length || now.some((column, place) => column !== bar[place])) continue;
      for (const token of this.tokens.get(bar.slice(now.length).join(" ")) ?? []) found.add(token);
    }
    return found;
  }

  /** Whether the closed bars end with as many repetitions as there may be. */
  #isWorn(period) {
    const repeated = period * this.most;
    if (this.bars.length <= repeated + period) return false;
    const key = (place) => sounding(this.bars.at(-place)).join(" ");
    for (let place = 2; place < repeated + 2; place++) if (key(place) !== key(place + period)) return false;
    return true;
  }
}

/** A column without what is neither fret nor dead note. */
const onsets = (column) => column.replace(NOT_ONSET, "-");

/** What sounds in columns, the empty ones behind the last onset left out. */
function sounding(columns) {
  const found = columns.map(onsets);
  while (found.length && EMPTY.test(found.at(-1))) found.pop();
  return found;
}
