/** The page: what its fields say goes to the worker; what the worker writes is printed, drawn, played and saved. */

import { toAlphatex } from "./alphatex.js";
import { isBarLine, toText } from "./columns.js";
import { EXAMPLES } from "./examples.js";
import { Sheet } from "./sheet.js";
import { wrapped } from "./wrapping.js";

const find = (id) => document.getElementById(id);
const listen = (id, kind, action) => find(id).addEventListener(kind, action);
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const ruler = document.createElement("canvas").getContext("2d");
const EDGE = 1; // character of a line that stays free

/** What is being written, or was written last. */
const tab = { words: [], given: 0, request: null, began: 0 };
let [ready, busy, frame] = [false, false, 0];
let space = null;
let sheet = null;

load().catch((error) => say(`The page could not be loaded: ${error.message}`, true));

async function load() {
  space = await (await fetch(new URL("space.json", import.meta.url))).json();
  for (const { word, name } of space.tunings) find("tuning").append(new Option(`${word} · ${name}`, word));
  sheet = new Sheet(find("score"), space.parts);
  sheet.addEventListener("ready", () => setPlayer(true));
  sheet.addEventListener("state", ({ detail }) => { find("play").textContent = detail ? "Pause" : "Play"; });
  sheet.addEventListener("wrong", ({ detail }) => sayOfSheet(detail));
  setButtons();
}

worker.onerror = () => say("The model could not be loaded: this browser is too old, or a file is missing.", true);
worker.onmessage = ({ data }) => {
  if (data.kind === "words") take(data.words);
  else if (data.kind === "ready") {
    ready = true;
    say("Ready.");
  } else if (data.kind === "error") fail(data.message);
  else finish(data.kind === "stopped");
  setButtons();
};

listen("form", "submit", (event) => {
  event.preventDefault();
  if (ready && !busy) generate();
});
listen("form", "keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) find("form").requestSubmit();
});
listen("stop", "click", () => worker.postMessage({ kind: "stop" }));
listen("clear", "click", () => setPrompt(""));
listen("continue", "click", () => setPrompt(toText(tab.words)));
listen("prompt", "input", setButtons);
listen("temperature", "input", showTemperature);
listen("tempo", "change", draw);
listen("play", "click", () => sheet.playPause());
listen("rewind", "click", () => sheet.rewind());
listen("loop", "click", ({ target }) => {
  const on = target.getAttribute("aria-pressed") !== "true";
  target.setAttribute("aria-pressed", on);
  sheet.loop(on);
});
listen("midi", "click", () => sheet.saveMidi());
listen("copy", "click", copy);
for (const button of document.querySelectorAll("[data-example]")) {
  button.addEventListener("click", () => setPrompt(EXAMPLES[Number(button.dataset.example)]));
}
for (const button of document.querySelectorAll("[data-save]")) {
  button.addEventListener("click", () => save(button.dataset.save));
}
addEventListener("resize", paint);
showTemperature();

function generate() {
  const own = find("seed").value;
  tab.request = {
    prompt: find("prompt").value,
    tuning: find("tuning").value,
    bars: Number(find("bars").value),
    seed: own === "" ? crypto.getRandomValues(new Uint32Array(1))[0] : Number(own),
    sampling: { ...space.sampling, temperature: Number(find("temperature").value) },
  };
  Object.assign(tab, { words: [], given: 0, began: performance.now() });
  busy = true;
  say("Writing …");
  setButtons();
  worker.postMessage({ kind: "write", request: tab.request });
}

/** Words from the worker: first those that were there, then new ones. */
function take(words) {
  if (!tab.words.length) {
    tab.given = words.length;
    find("result").hidden = false;
    find("sheet").hidden = find("take").hidden = true;
    if (sheet.ready) sheet.rewind();
    if (find("result").getBoundingClientRect().top > innerHeight / 2) find("result").scrollIntoView();
  }
  tab.words.push(...words);
  frame ||= requestAnimationFrame(paint);
}

function finish(stopped) {
  const seconds = (performance.now() - tab.began) / 1000;
  busy = false;
  if (stopped) tab.words.length = Math.max(tab.words.findLastIndex(isBarLine) + 1, tab.given);
  paint();
  draw();
  find("take").hidden = false;
  const how = stopped ? "Stopped at the last whole bar" : "Done";
  say(`${how}: written in ${seconds.toFixed(1)} s, seed ${tab.request.seed}.`);
}

function fail(message) {
  busy = false;
  find("result").hidden = !tab.words.length;
  say(`${message[0].toUpperCase()}${message.slice(1)}.`, true);
}

/** Print the tab as wide as the page is. */
function paint() {
  frame = 0;
  if (!tab.words.length) return;
  const place = find("tab");
  ruler.font = getComputedStyle(place).font;
  const width = Math.floor(place.clientWidth / ruler.measureText("-").width) - EDGE;
  place.textContent = toText(wrapped(tab.words, Math.min(width, space.grammar.max_line)));
}

/** Engrave the tab. */
function draw() {
  if (busy || !tab.words.length) return;
  find("sheet").hidden = false;
  try {
    const text = alphatex();
    sayOfSheet("");
    setPlayer(sheet.ready);
    sheet.show(text);
  } catch (error) {
    sayOfSheet(`This tab is not engraved: ${error.message}.`);
  }
}

const alphatex = () => toAlphatex(tab.words, Math.min(Math.max(Number(find("tempo").value) || 100, 20), 300));

async function copy() {
  try {
    await navigator.clipboard.writeText(toText(tab.words));
    say("Copied.");
  } catch {
    getSelection().selectAllChildren(find("tab"));
    say("The browser does not let pages copy: the tab is selected, copy it yourself.");
  }
}

function save(kind) {
  const text = kind === "txt" ? `${toText(tab.words)}\n` : alphatex();
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  Object.assign(document.createElement("a"), { href: url, download: `bass-tab.${kind}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function setPrompt(text) {
  find("prompt").value = text;
  find("prompt").scrollIntoView({ block: "nearest" });
  setButtons();
}

function setButtons() {
  find("generate").disabled = !ready || !space || busy;
  find("stop").disabled = !busy;
  find("tuning").disabled = find("prompt").value.trim() !== ""; // the prompt has its own
}

function setPlayer(on) {
  for (const id of ["play", "rewind", "loop", "midi"]) find(id).disabled = !on;
}

function showTemperature() {
  const { value, parentElement } = find("temperature");
  parentElement.querySelector("output").value = Number(value).toFixed(2);
}

function say(text, wrong = false) {
  find("status").textContent = text;
  find("status").classList.toggle("wrong", wrong);
}

function sayOfSheet(text) {
  Object.assign(find("sheet-status"), { textContent: text, hidden: !text });
  find("player").hidden = find("score").hidden = Boolean(text);
}
