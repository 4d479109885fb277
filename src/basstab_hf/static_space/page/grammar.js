/**
 * What may follow in a tab, as `generate/grammar.py` says: its facts (the automaton of a string and the sizes of bars)
 * come from there in space.json; here is how they are followed.
 *
 * @typedef {object} State where a tab stands
 * @property {number[]} strings the state of each string's automaton
 * @property {number | null} width columns in a bar, null while open
 * @property {number} barColumns columns in the present bar
 * @property {number} lineColumns columns in the present system
 * @property {number} bars closed bars
 * @property {number} emptyBars bars without a note up to here
 * @property {boolean} sounded whether the present bar has one
 */

import { BAR, END, isBarLine } from "./columns.js";
import { DEAD, DIGITS } from "./marks.js";

const ILLEGAL = -1;
const REST = 0;
/** A fret of two digits, alone in both of its columns, at the start of a word; and blanks before something. */
const WHOLE_FRET = /^(-*)([0-9])(-*) \1([0-9])\3(?: |$)/;
const RIFF = /^-+ [- ]*[^- ]/;
const DIGIT = new RegExp(`[${DIGITS}]`);
const ONSET = new RegExp(`[${DIGITS}${DEAD}]`);

export class Grammar {
  /**
   * @param {(string | null)[]} words the vocabulary by id
   * @param {number} strings
   * @param {object} facts as `grammar.facts` gives them
   */
  constructor(words, strings, facts) {
    this.facts = facts;
    this.strings = strings;
    this.barId = words.indexOf(BAR.repeat(strings));
    this.endId = words.indexOf(END);
    this.size = words.length;
    /** Columns of each word that a tab of so many strings can have; the others have none. */
    this.columns = words.map((word) => usable(word, strings) ? word.split(" ") : []);
    this.firstOnsets = this.columns.map((columns) => {
      const first = columns.findIndex((column) => ONSET.test(column));
      return first < 0 ? columns.length : first;
    });
    this.half = new Set(facts.half);
    this.whole = new Set(facts.whole);
    this.spelt = speltFrets(words, strings, facts.second_digits);
    this.followed = new Map();
    this.completed = new Map();
  }

  /**
   * The state behind a prompt, or at the bar line that opens a tab. Bars are counted from here.
   * @param {string[]} columns of the prompt's last system, behind the bar line that opens it; without `<END>`
   * @param {number | null} width
   * @returns {State}
   */
  start(columns, width) {
    let state = {
      strings: new Array(this.strings).fill(REST), width, barColumns: 0, lineColumns: 0, bars: 0,
      emptyBars: this.facts.max_empty_bars, sounded: false,
    };
    for (const column of columns) {
      state = isBarLine(column) ? this.advance(state, column) : this.#advanceColumn(state, [...column], -1);
    }
    return { ...state, bars: 0 };
  }

  /**
   * Which tokens may follow.
   * @param {State} state
   * @returns {number[]} their ids, ascending
   */
  legal(state) {
    const mayEnd = state.barColumns === 0 && state.lineColumns > 0;
    if (mayEnd && state.lineColumns + (state.width ?? this.facts.min_bar) >= this.facts.max_line) return [this.endId];
    const found = this.#legalColumns(state);
    if (this.#mayEndBar(state) || !found.length) found.push(this.barId);
    if (mayEnd) found.push(this.endId);
    return found.sort((a, b) => a - b);
  }

  /**
   * The state after a word of one column or several, a bar line or `<END>`. What the grammar would not write itself
   * (in a prompt) leaves its string at rest.
   * @param {State} state
   * @param {string} word
   * @returns {State}
   */
  advance(state, word) {
    const strings = new Array(this.strings).fill(REST);
    if (word === END) return { ...state, strings, barColumns: 0, lineColumns: 0 };
    if (isBarLine(word)) {
      const closed = state.barColumns > 0;
      return {
        strings,
        width: state.width ?? (state.barColumns || null),
        barColumns: 0,
        lineColumns: state.lineColumns + 1,
        bars: state.bars + closed,
        emptyBars: state.sounded ? 0 : state.emptyBars + closed,
        sounded: false,
      };
    }
    let grows = this.#growing(state.strings);
    for (const column of word.split(" ")) {
      state = this.#advanceColumn(state, [...column], grows);
      grows = -1;
    }
    return state;
  }

  #advanceColumn(state, marks, grows) {
    const next = this.#column(state.strings, marks, grows);
    return {
      ...state,
      strings: next.map((string) => (string === ILLEGAL ? REST : string)),
      barColumns: state.barColumns + 1,
      lineColumns: state.lineColumns + 1,
      sounded: state.sounded || marks.some((mark) => ONSET.test(mark)),
    };
  }

  /** The states behind a column; `grows` as `#growing` has it where a word begins with the column, else -1. */
  #column(strings, marks, grows) {
    return strings.map((string, place) => {
      const next = this.facts.next[String.fromCharCode(marks[place].codePointAt(0) % 128)]?.[string] ?? ILLEGAL;
      return place === grows && this.whole.has(next) ? this.#apart(place, string, marks[place]) : next;
    });
  }

  /** The state behind a digit that a word begins with, on a string behind a 1 or a 2 of the word before. */
  #apart(place, string, digit) {
    const fret = (string === this.facts.one ? "1" : "2") + digit;
    if (this.spelt[place].has(fret)) return this.facts.next[digit][string];
    return fret === "11" ? this.facts.two_ones : ILLEGAL;
  }

  /** The string that alone stands behind a 1 or a 2, else -1. */
  #growing(strings) {
    const { one, two } = this.facts;
    const [place, ...others] = [...strings.keys()].filter((at) => strings[at] === one || strings[at] === two);
    return others.length ? -1 : place ?? -1;
  }

  #legalColumns(state) {
    const { tokens, open } = this.#following(state.strings);
    const left = (state.width ?? this.facts.max_bar) - state.barColumns;
    const latest = mustSound(state, this.facts) ? this.#latestOnset(state) - state.barColumns : Infinity;
    return tokens.filter((token) => {
      const room = left - this.columns[token].length;
      if (room < 0 || (this.firstOnsets[token] > 0 && this.firstOnsets[token] >= latest)) return false;
      return !open.has(token) || this.#completable(open.get(token), Math.min(room, 3));
    });
  }

  /** The column of a bar by which it must sound: its last in a first bar, which may be a pickup, else its middle. */
  #latestOnset(state) {
    if (state.width === null) return this.facts.min_bar;
    return state.bars === 0 ? state.width : Math.floor(state.width / 2);
  }

  #mayEndBar(state) {
    if (state.width !== null) return state.barColumns >= state.width;
    return state.barColumns >= this.facts.min_bar && !mustSound(state, this.facts) && this.#need(state.strings) === 0;
  }

  /** Columns that the strings need before the bar may end. */
  #need(strings) {
    return Math.max(...strings.map((string) => this.facts.open[string]));
  }

  /**
   * Which tokens the automaton lets follow, and the states of the strings behind each, and those that leave some open.
   * @returns {{tokens: number[], states: Map<number, number[]>, open: Map<number, number[]>}}
   */
  #following(strings) {
    const key = strings.join();
    if (!this.followed.has(key)) {
      const states = new Map();
      this.columns.forEach((columns, token) => {
        const behind = columns.length ? this.#behind(strings, columns) : null;
        if (behind) states.set(token, behind);
      });
      const open = new Map([...states].filter(([, behind]) => this.#need(behind) > 0));
      this.followed.set(key, { tokens: [...states.keys()], states, open });
    }
    return this.followed.get(key);
  }

  #behind(strings, columns) {
    let grows = this.#growing(strings);
    for (const column of columns) {
      const next = this.#column(strings, column, grows);
      const second = strings.map((string, place) =>
        DIGIT.test(column[place]) && this.half.has(string) && this.whole.has(next[place]));
      // While a fret of two digits is written out, no other string starts a note: it would start too late.
      if (second.includes(true) && second.some((is, place) => !is && ONSET.test(column[place]))) return null;
      strings = next;
      grows = -1;
      if (strings.includes(ILLEGAL)) return null;
    }
    return strings;
  }

  /** Whether some words of the vocabulary close what is open within `left` columns. */
  #completable(strings, left) {
    const need = this.#need(strings);
    if (need === 0 || need > left) return need === 0;
    const key = `${strings.join()} ${left}`;
    if (!this.completed.has(key)) {
      const ways = [...this.#following(strings).states].some(([token, behind]) =>
        this.columns[token].length <= left && this.#need(behind) < need
        && this.#completable(behind, left - this.columns[token].length));
      this.completed.set(key, ways);
    }
    return this.completed.get(key);
  }
}

const mustSound = (state, facts) => !state.sounded && state.emptyBars >= facts.max_empty_bars;

function usable(word, strings) {
  return word !== null && !word.includes(BAR) && /^[\x00-\x7f]+$/.test(word)
    && word.split(" ").every((column) => column.length === strings);
}

/**
 * Frets of two digits that two words may spell, by string, as `Vocabulary.spelt_frets` has them.
 * @param {(string | null)[]} words
 * @param {number} strings
 * @param {Record<string, string>} secondDigits
 * @returns {Set<string>[]}
 */
function speltFrets(words, strings, secondDigits) {
  const every = Object.entries(secondDigits).flatMap(([one, seconds]) => [...seconds].map((two) => one + two));
  const held = Array.from({ length: strings }, () => new Set());
  const known = new Set();
  for (const word of words.map((text) => text ?? "")) {
    if (RIFF.test(word)) return held.map(() => new Set(every));
    const [, before, one, behind, two] = WHOLE_FRET.exec(word) ?? [];
    if (!every.includes(one + two)) continue;
    known.add(one + two);
    if (before.length + 1 + behind.length === strings) held[before.length].add(one + two);
  }
  const allowed = known.size ? [...known] : every;
  return held.map((frets) => new Set(allowed.filter((fret) => !frets.has(fret))));
}
