/**
 * A cache of what the song has said so far, as `generate/match_cache.py` has it (Grave et al. 2017, over longest
 * matches): behind a history, places that came behind the same tokens before tell what comes next.
 */

export class MatchCache {
  /**
   * @param {{decay: number, weights: number[]}} settings
   * @param {number[]} lengths where the classes of matches begin, each with its weight
   */
  constructor(settings, lengths) {
    this.settings = settings;
    this.lengths = lengths;
    this.ids = [];
    this.matches = [0]; // by place: length of the longest common end of what is before it and of all
  }

  /** @param {number[]} tokens what the song goes on with */
  read(tokens) {
    for (const token of tokens) {
      this.ids.push(token);
      this.matches.push(0);
      for (let place = this.ids.length - 1; place > 0; place--) {
        this.matches[place] = this.ids[place - 1] === token ? this.matches[place - 1] + 1 : 0;
      }
    }
  }

  /**
   * Mix what the model expects with what the song has said.
   * @param {Float64Array} logP log-probabilities, changed in place
   */
  mix(logP) {
    const longest = this.ids.reduce((most, _, place) => Math.max(most, this.matches[place]), 0);
    if (!longest) return;
    const sums = new Map();
    let total = 0;
    this.ids.forEach((token, place) => {
      if (!this.matches[place]) return;
      const weight = Math.exp(this.settings.decay * (this.matches[place] - longest));
      sums.set(token, (sums.get(token) ?? 0) + weight);
      total += weight;
    });
    const weight = this.settings.weights[this.lengths.findLastIndex((length) => length <= longest)];
    const rest = Math.log1p(-weight);
    logP.forEach((value, token) => { logP[token] = value + rest; });
    for (const [token, sum] of sums) logP[token] = Math.log(Math.exp(logP[token]) + weight * (sum / total));
  }
}
