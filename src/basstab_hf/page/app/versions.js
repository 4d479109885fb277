// The list of the last tabs, in the browser's storage: it survives a reload, is the same in all windows, and bounded.

import { $, element, plural } from "./dom.js";
import { fail, tell } from "./messages.js";

const KEY = "basstab.tabs";
const MOST = 50;
const EDITED = "mended by hand";
// Browsers give a page about five million characters.
const MOST_CHARACTERS = 2_000_000;

export class Versions {
  #entries = load();
  #cleared = null;
  #told = false;

  constructor({ work, fields }) {
    Object.assign(this, { work, fields });
    $("#history").addEventListener("click", (event) => {
      const { version } = event.target.closest("button")?.dataset ?? {};
      if (version) this.#restore(version);
    });
    $("#history-clear").addEventListener("click", () => this.#clear());
    addEventListener("storage", ({ key }) => {
      if (key !== KEY) return;
      this.#entries = load();
      this.#show();
    });
    work.addEventListener("change", () => this.#mark());
    this.#show();
  }

  /** Put a result on top; `how` it came about. */
  add(result, how) {
    result.entry = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
    const { style, title } = this.fields.values();
    const { entry: id, text, tempo, seed, bars, notes, piece, artist } = result;
    const entry = { id, how, time: Date.now(), text, tempo, seed, bars, notes, piece, artist, title: title || result.title || "", style };
    this.#cleared = null;
    this.#save([entry, ...load()]);
  }

  /** Put an edited result in; what is typed in one go is one entry. */
  edited(result, before) {
    const [newest] = load();
    if (newest && newest.id === before?.entry && newest.how === EDITED) this.#save(load().slice(1));
    this.add(result, EDITED);
  }

  /** Tell the list of another title or tempo of a result that it has. */
  renew({ entry, text, tempo, title }) {
    if (!entry) return;
    const renewed = { text, tempo, title: this.fields.values().title || title };
    this.#save(load().map((other) => (other.id === entry ? { ...other, ...renewed } : other)));
  }

  #restore(id) {
    const found = this.#entries.find((entry) => entry.id === id);
    if (!found || id === this.work.now.result?.entry) return;
    const { text, tempo, seed, bars, notes, title, artist, piece } = found;
    this.fields.change({ title, artist: artist ?? "" });
    const result = { text, tempo, seed, bars, notes, title, artist, piece, entry: id };
    this.work.put({ form: this.fields.values(), text, result, versions: null }, "Return to an earlier tab");
    tell("The earlier tab is back. Undo returns to the other one.");
  }

  #clear() {
    const back = this.#cleared;
    this.#cleared = back ? null : this.#entries;
    this.#save(back ?? []);
    tell(back ? "The list is back." : "The list is empty. The tab on the page stays.");
  }

  #save(entries) {
    let kept = entries.slice(0, MOST);
    let size = 0;
    kept = kept.filter((entry) => (size += entry.text.length) <= MOST_CHARACTERS);
    this.#entries = kept;
    if (!store(kept) && !this.#told) {
      this.#told = true;
      fail("this browser keeps nothing for this page: the list of tabs goes when it is closed");
    }
    this.#show();
  }

  #show() {
    const list = $("#history");
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.version : "";
    list.replaceChildren(...this.#entries.map(itemOf));
    this.#mark();
    if (focused) $(`[data-version="${focused}"]`, list)?.focus({ preventScroll: true });
    const button = $("#history-clear");
    button.hidden = !this.#entries.length && !this.#cleared;
    button.textContent = this.#cleared ? "Bring the list back" : "Clear the list";
  }

  #mark() {
    const current = this.work.now.result?.entry;
    for (const button of document.querySelectorAll("#history button")) {
      if (button.dataset.version === current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}

function itemOf({ id, how, time, title, bars, style, seed }) {
  const facts = [plural(bars, "bar"), style, Number.isInteger(seed) ? `seed ${seed}` : "", how].filter(Boolean);
  const when = new Date(time).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  const name = element("span", { className: "name", textContent: title || "Untitled" });
  const about = element("span", { className: "about", textContent: facts.join(" · ") });
  const date = element("time", { dateTime: new Date(time).toISOString(), textContent: when });
  return element("li", {}, element("button", { type: "button", data: { version: id } }, name, date, about));
}

function load() {
  try {
    const entries = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(entries) ? entries.filter(({ id, text }) => id && typeof text === "string") : [];
  } catch {
    return [];
  }
}

function store(entries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
    return true;
  } catch {
    return false;
  }
}
