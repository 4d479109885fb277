// ---- What is remembered: settings for all pieces, loop and tempo for each, in this browser alone ----------------------

const MOST_PIECES = 60;

class Memory {
  /** `key`: what the entries of the browser's storage are called; null: nothing is remembered. */
  constructor(key) {
    this.key = key;
    this.settings = this.read("settings") ?? {};
  }

  read(what) {
    try {
      return this.key === null ? null : JSON.parse(localStorage.getItem(`${this.key}:${what}`));
    } catch {
      return null; // a browser that allows no storage here, or something that others wrote there
    }
  }

  write(what, value) {
    try {
      if (this.key !== null) localStorage.setItem(`${this.key}:${what}`, JSON.stringify(value));
    } catch {
      // full, or not allowed: the page works without
    }
  }

  set(name, value) {
    this.settings = { ...this.settings, [name]: value };
    this.write("settings", this.settings);
  }

  pieces() {
    const found = this.read("pieces");
    return Array.isArray(found) ? found.filter(Array.isArray) : [];
  }

  /** What was kept for a piece. */
  piece(play) {
    return this.pieces().find(([name]) => name === digest(play))?.[1] ?? null;
  }

  setPiece(play, value) {
    if (this.key === null) return;
    const name = digest(play);
    this.write("pieces", [[name, value], ...this.pieces().filter(([other]) => other !== name)].slice(0, MOST_PIECES));
  }
}

const digests = new WeakMap();

/** A number for what a piece plays (Fowler, Noll and Vo's hash, twice 32 bits): it names no one. */
function digest(play) {
  if (digests.has(play)) return digests.get(play);
  const text = JSON.stringify([play.strings, play.notes]);
  let first = 0x811c9dc5, second = 0x1000193;
  for (let place = 0; place < text.length; place += 1) {
    first = Math.imul(first ^ text.charCodeAt(place), 0x01000193);
    second = Math.imul(second ^ text.charCodeAt(place), 0x85ebca6b);
  }
  digests.set(play, (first >>> 0).toString(36) + (second >>> 0).toString(36));
  return digests.get(play);
}
