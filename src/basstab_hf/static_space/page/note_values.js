/**
 * Stretches of time in a bar -> note values, tied where no single one says them, as `formats/note_values.py` does.
 * All times are quarter notes; they are multiples of sixteenths, so there are no tuplets.
 *
 * @typedef {object} Span
 * @property {number} start
 * @property {number} end
 * @property {number} denominator 4 is a quarter
 * @property {boolean} dotted
 */

const [WHOLE, DOTTED_QUARTER, EIGHTH] = [4, 1.5, 0.5];
const VALUES = new Map([1, 2, 4, 8, 16, 32].flatMap((denominator) => [
  [WHOLE / denominator, { denominator, dotted: false }],
  [WHOLE / denominator * 1.5, { denominator, dotted: true }],
]));

/**
 * Note values that fill a bar and begin anew at every cut.
 * @param {number[]} cuts from the start of the bar
 * @param {number} length
 * @param {boolean} compound whether the bar counts in dotted quarters, as 6/8 does
 * @returns {Span[]}
 */
export function spans(cuts, length, compound) {
  const edges = [...new Set([0, ...cuts, length])].sort((a, b) => a - b);
  return edges.slice(1).flatMap((end, place) => split(edges[place], end, compound));
}

function split(start, end, compound) {
  const value = VALUES.get(end - start);
  if (value && (compound ? fitsCompound : fits)(start, end, value)) return [{ start, end, ...value }];
  const middle = strongest(start, end, compound);
  return [...split(start, middle, compound), ...split(middle, end, compound)];
}

function fits(start, end, { denominator }) {
  const base = WHOLE / denominator;
  return start % (base / 2) === 0 && inside(start, end, base * 2);
}

function fitsCompound(start, end, value) {
  if (end - start >= DOTTED_QUARTER) return start % DOTTED_QUARTER === 0 && (end - start) % DOTTED_QUARTER === 0;
  return inside(start, end, DOTTED_QUARTER) && (start % EIGHTH === 0 || fits(start, end, value));
}

const inside = (start, end, block) => end <= (Math.floor(start / block) + 1) * block;

/** The place inside a stretch where a reader expects a split. */
function strongest(start, end, compound) {
  for (let unit = compound ? DOTTED_QUARTER * 2 : WHOLE; ; unit = unit === DOTTED_QUARTER ? EIGHTH : unit / 2) {
    const place = (Math.floor(start / unit) + 1) * unit;
    if (place < end) return place;
  }
}
