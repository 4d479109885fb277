// Mending by hand: what is typed into the tab is read after a pause. What cannot be read is told, and the last good
// score stays. The riff is read, too, to tell what was mended in it.

import { askResult, busy, kindly } from "./asking.js";
import { $, plural } from "./dom.js";
import { clear } from "./messages.js";
import { isOf } from "./score.js";

// Milliseconds without a key.
const PAUSE = 600;
// What a line in front of a tab tells, as in "Title: Blue".
const NAMES = ["Title", "Artist"];
const said = (name, text) => new RegExp(`^${name}:(.*)$`, "m").exec(text)?.[1].trim() ?? "";

/** Read what is typed; gives settled(): the text of the tab once all that was typed is read, or an error. */
export function connectEditing({ work, score, versions, fields }) {
  const tab = $("#tab");
  let pause;
  let reading = Promise.resolve();

  function commit() {
    clearTimeout(pause);
    if (busy() || tab.value === work.now.text) return;
    clear();
    work.put({ text: tab.value, versions: null }, "Edit");
    reading = read(tab.value);
    kindly(() => reading)();
  }

  async function read(text) {
    if (!text.trim()) {
      work.amend({ result: null });
      return;
    }
    const before = work.now.result;
    nameAsIn(text, before?.text ?? "");
    const { tempo, ...settings } = score.settings();
    const result = await score.read(text, { ...settings, usual_tempo: tempo }); // unless the text says one
    if (work.now.text !== text) return;
    if (!before) result.notes = ["Read from your text.", ...(result.notes ?? [])];
    versions.edited(result, before);
    work.amend({ result });
    tidy();
  }

  /** Have title and artist in their fields as in the text, where it says others than before. */
  function nameAsIn(text, before) {
    const changed = NAMES.filter((name) => said(name, text) !== said(name, before));
    if (!before || !changed.length) return;
    fields.change(Object.fromEntries(changed.map((name) => [name.toLowerCase(), said(name, text)])));
    work.amend({ form: fields.values() });
  }

  /** Show the text as it was read, once nobody types any more. */
  function tidy() {
    const { text, result } = work.now;
    if (result && result.of === text && text !== result.text && document.activeElement !== tab) work.amend({ text: result.text });
  }

  tab.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(commit, PAUSE);
  });
  tab.addEventListener("change", commit);
  tab.addEventListener("blur", tidy);
  connectRiff(fields);

  return async function settled() {
    commit();
    await reading.catch(() => {}); // told already
    const { result, text } = work.now;
    if (!text.trim()) throw new Error("there is no tab yet: press Generate, open a file or type one");
    if (!isOf(text, result)) throw new Error("the text of the tab cannot be read: mend it, or press Undo");
    return result.text;
  };
}

/** Tell how the riff is understood, as soon as it is written or pasted. */
function connectRiff(fields) {
  const riff = $("#prompt");
  const notes = $("#prompt-notes");
  let told = "";
  riff.addEventListener("input", () => (notes.textContent = ""));
  riff.addEventListener("change", async () => {
    const text = riff.value;
    if (text === told && notes.textContent) return;
    told = text;
    notes.textContent = "";
    if (!text.trim()) return;
    let line;
    try {
      const result = await askResult({ do: "read", text, settings: fields.settings(fields.form().tempo) });
      line = [`Read as ${plural(result.bars, "bar")}.`, ...(result.notes ?? [])].join(" ");
    } catch (error) {
      line = `This cannot be read as a tab: ${error.message}`;
    }
    if (riff.value === text) notes.textContent = line;
  });
}
