// Keys of the whole page: Ctrl+Enter writes; Ctrl+Z, Ctrl+Shift+Z and Ctrl+Y undo and redo, but in text fields, which
// have an undo of their own. The player has its keys itself.

import { busy } from "./asking.js";
import { $, isTextField } from "./dom.js";
import { tell } from "./messages.js";

export function connectKeys({ work, fields }) {
  const step = (way, done) => {
    if (busy()) return;
    const what = work[way]();
    if (what === undefined) return;
    fields.fill(work.now.form);
    tell(`${done}: ${what}.`);
  };
  $("#undo").addEventListener("click", () => step("undo", "Undone"));
  $("#redo").addEventListener("click", () => step("redo", "Redone"));
  document.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    const key = event.key.toLowerCase();
    if (key === "enter") {
      event.preventDefault();
      $("#wish").requestSubmit();
    } else if (["z", "y"].includes(key) && !isTextField(event.target)) {
      event.preventDefault();
      if (key === "z" && !event.shiftKey) step("undo", "Undone");
      else step("redo", "Redone");
    }
  });
}
