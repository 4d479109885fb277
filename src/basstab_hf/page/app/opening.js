// Files that come in: one that becomes the tab, or a song that gets a bass. Chosen, or dropped anywhere on the page.

import { kindly, resultOf, take } from "./asking.js";
import { $ } from "./dom.js";
import { tell } from "./messages.js";
import { describe } from "./score.js";
import { show } from "./writing.js";

export function connectOpening(page) {
  const opened = (file) => kindly(() => open(page, file))();
  const accompanied = (file) => kindly(() => accompany(page, file))();
  for (const [id, taken] of [["open", opened], ["accompany", accompanied]]) {
    const input = $(`#${id}`);
    input.addEventListener("change", () => {
      const [file] = input.files;
      if (!file) return;
      taken(file);
      input.value = ""; // the same file may be chosen again
    });
  }
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    (event.target.closest?.("#accompany-area") ? accompanied : opened)(file);
  });
}

/** Say which files can be chosen. */
export function showOpens({ opens = [], songs = [] }) {
  $("#open").accept = opens.join(",");
  $("#accompany").accept = songs.join(",");
}

async function open(page, file) {
  await page.settled().catch(() => {});
  const content = await base64Of(file, page.facts.limits?.file_bytes);
  const settings = { ...page.fields.settings(null), title: null, artist: null };
  const result = resultOf(await take(`Opening ${file.name}`, { do: "open", name: file.name, content, settings }));
  page.fields.change({ title: result.title ?? "", artist: result.artist ?? "" });
  show(page, { ...result, seed: null }, "Open a file", `opened: ${file.name}`);
  tell(`${file.name}: ${describe(result)}.`);
}

async function accompany(page, file) {
  await page.settled().catch(() => {});
  const content = await base64Of(file, page.facts.limits?.file_bytes);
  const form = { ...page.fields.form(), prompt: "", chords: "" };
  const event = await take(`Listening to ${file.name}`, { do: "accompany", name: file.name, content, style: form.style, form, settings: page.fields.settings(null) });
  const result = { song: event.song, ...resultOf(event) };
  page.fields.change({ title: result.title ?? "" });
  show(page, result, "A bass for a song", `bass for ${file.name}`);
  tell(`A bass of ${describe(result)} for ${file.name}. Below it the song with its bass can be taken along.`);
}

async function base64Of(file, most) {
  if (most && file.size > most) {
    throw new Error(`the file ${file.name} has ${megabytes(file.size)}, ${megabytes(most)} are taken: choose a smaller file`);
  }
  const reader = new FileReader();
  await new Promise((resolve, reject) => {
    reader.onload = resolve;
    reader.onerror = () => reject(new Error(`the file ${file.name} cannot be read: choose it again`));
    reader.readAsDataURL(file);
  });
  return reader.result.slice(reader.result.indexOf(",") + 1);
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
