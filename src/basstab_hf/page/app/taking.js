// What one takes along: the text, files in every format, the song with its bass, the next riff, a link to the wish.

import { ask, kindly } from "./asking.js";
import { $, element } from "./dom.js";
import { fail, tell } from "./messages.js";
import { linkTo } from "./share.js";

// Milliseconds for which the browser may fetch a file.
const KEPT = 10000;
// Milliseconds for which a button tells that it is done.
const SEEN = 2000;

export function connectTaking(page) {
  $("#files").addEventListener("click", (event) => {
    const { suffix } = event.target.closest("button")?.dataset ?? {};
    if (suffix) kindly(() => take(page, suffix))();
  });
  $("#song").addEventListener("click", () => save(page.work.now.result.song));
  $("#copy").addEventListener("click", kindly(copyTab));
  $("#share").addEventListener("click", kindly(() => share(page)));
  $("#onward").addEventListener("click", kindly(() => goOn(page)));
}

/** A button for each kind of file. */
export function showFiles({ files = [] }) {
  const buttons = files.map(({ suffix, label }) =>
    element("button", { type: "button", title: label, textContent: suffix, data: { suffix } }),
  );
  $("#files").replaceChildren(...buttons);
}

/** A file of the tab, at the tempo at which it is heard. */
async function take({ settled, score, player }, suffix) {
  const text = await settled();
  tell(`Making the ${suffix} …`);
  const settings = score.settings(Math.round(player.bpm * 100) / 100 || undefined);
  const { file } = await ask({ do: "file", text, suffix, settings }).promise;
  save(file);
  tell([`${file.name} is among your downloads.`, ...(file.remarks ?? [])].join(" "));
}

function save({ name, content }) {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes]));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT);
}

async function copyTab() {
  const { value } = $("#tab");
  if (!value.trim()) throw new Error("there is no tab yet: press Generate, open a file or type one");
  if (!(await copy(value, "Copied: the tab as text."))) return;
  $("#copy").textContent = "Copied";
  setTimeout(() => ($("#copy").textContent = "Copy"), SEEN);
}

async function share({ fields, work }) {
  const { link, same } = linkTo(fields, work.now.result);
  await copy(link, `Link copied. Whoever opens it finds this form filled in${same ? ", and Generate writes this very tab" : ""}.`);
}

async function copy(text, told) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages in frames and those without https may not write to the clipboard: the old way needs a selected field.
    const { activeElement } = document;
    const field = element("textarea", { value: text, className: "hidden" });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    activeElement?.focus({ preventScroll: true });
    if (!done) {
      fail(`this browser lets no page copy; here it is to be copied by hand: ${text}`);
      return false;
    }
  }
  tell(told);
  return true;
}

/** The tab becomes the riff. */
async function goOn({ settled, fields, work }) {
  const text = await settled();
  fields.change({ prompt: text.trimEnd() });
  work.put({ form: fields.values() }, "Continue from here");
  $("#prompt").focus();
  $("#prompt").scrollIntoView({ block: "center" });
  tell("The tab is the riff now: Generate goes on from it.");
}
