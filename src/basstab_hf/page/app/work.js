// What is on the page, and what was before: form, text, result (the last text that could be read, with its score), and
// versions of bars. Every change is a step that can be undone. Fires "change".

const MOST_STEPS = 100;
// Scores are large: older ones are drawn anew when they are shown again.
const MOST_SCORES = 12;

export class Work extends EventTarget {
  #past = [];
  #future = [];
  #scored = [];

  constructor(form) {
    super();
    this.now = { form, text: "", result: null, versions: null, what: "" };
  }

  /** A step: `what` names it for who undoes it. */
  put(change, what) {
    this.#past.push(this.now);
    if (this.#past.length > MOST_STEPS) this.#past.shift();
    this.#future = [];
    this.#set({ ...this.now, ...change, what });
  }

  /** What belongs to the last step, such as a score that came later. */
  amend(change) {
    this.#set({ ...this.now, ...change });
  }

  /** Go a step back; gives what was undone, or undefined. */
  undo() {
    return this.#go(this.#past, this.#future, this.now.what);
  }

  /** Go a step forward again; gives what was redone, or undefined. */
  redo() {
    return this.#go(this.#future, this.#past, this.#future.at(-1)?.what);
  }

  get undoes() {
    return this.#past.length ? this.now.what : "";
  }

  get redoes() {
    return this.#future.at(-1)?.what ?? "";
  }

  /** Keep a result's score; the oldest one goes. */
  keepScore(result) {
    this.#scored = [...this.#scored.filter((other) => other !== result), result];
    while (this.#scored.length > MOST_SCORES) {
      const oldest = this.#scored.shift();
      delete oldest.play;
      delete oldest.song;
    }
  }

  #go(from, to, what) {
    if (!from.length) return undefined;
    to.push(this.now);
    this.#set(from.pop());
    return what;
  }

  #set(now) {
    this.now = now;
    if (now.result?.play) this.keepScore(now.result);
    this.dispatchEvent(new Event("change"));
  }
}
