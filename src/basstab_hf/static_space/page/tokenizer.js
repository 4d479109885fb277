/** tokenizer.json -> ids of column words and back: a BPE model whose tokens are pieces of column text. */

const UNKNOWN = "<unk>";

export class Tokenizer {
  /** @param {object} document what tokenizer.json holds */
  constructor(document) {
    const { model, pre_tokenizer: cut, added_tokens: added } = document;
    this.ids = new Map(Object.entries(model.vocab));
    for (const token of added) this.ids.set(token.content, token.id);
    this.special = new Set(added.map((token) => token.content));
    // Nothing behind these ever makes them give back what they took, so that plain repetition is the same.
    const pattern = cut.pattern.Regex.replaceAll("*+", "*").replaceAll("++", "+");
    this.pieces = new RegExp(pattern, "gu");
    this.ranks = new Map(model.merges.map((pair, rank) => [pair.join("\n"), rank]));
    /** @type {(string | null)[]} words by id, their columns blank-separated; null for what is no word */
    this.words = new Array(this.ids.size).fill(null);
    for (const [token, id] of this.ids) {
      if (token.startsWith(" ") && token.length > 1) this.words[id] = token.slice(1);
    }
    this.wordIds = new Map(this.words.flatMap((word, id) => (word === null ? [] : [[word, id]])));
  }

  /**
   * @param {string[]} words column words and reserved ones
   * @returns {number[]}
   */
  encode(words) {
    const ids = [];
    let plain = "";
    for (const word of [...words, null]) {
      if (word !== null && !this.special.has(word)) plain += ` ${word}`;
      else {
        for (const [piece] of plain.matchAll(this.pieces)) ids.push(...this.#encodePiece(piece));
        if (word !== null) ids.push(this.ids.get(word));
        plain = "";
      }
    }
    return ids;
  }

  /** @param {number} id @returns {string[]} the column words of a token */
  columns(id) {
    return this.words[id]?.split(" ") ?? [];
  }

  /** A known piece is one id; an unseen one is put together by merges, the first learnt first. */
  #encodePiece(piece) {
    if (this.ids.has(piece)) return [this.ids.get(piece)];
    const symbols = [...piece].flatMap((mark) => this.#symbols(mark));
    for (;;) {
      let best = Infinity;
      let at = -1;
      for (let place = 0; place + 1 < symbols.length; place++) {
        const rank = this.ranks.get(`${symbols[place]}\n${symbols[place + 1]}`);
        if (rank < best) [best, at] = [rank, place];
      }
      if (at < 0) return symbols.map((symbol) => this.ids.get(symbol));
      symbols.splice(at, 2, symbols[at] + symbols[at + 1]);
    }
  }

  #symbols(mark) {
    if (this.ids.has(mark)) return [mark];
    const bytes = Array.from(new TextEncoder().encode(mark), (byte) => `<0x${byte.toString(16).toUpperCase()}>`);
    return bytes.every((byte) => this.ids.has(byte)) ? bytes : [UNKNOWN];
  }
}
