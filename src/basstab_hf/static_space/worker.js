// Answers the page's messages with Python, in the visitor's browser: Pyodide runs `basstab_hf.page.back`.
// In: {id, message}, {cancel: id}. Out: {id, event}, {loading: {loaded, total, text, done}}, {whole}, {failed}.
"use strict";

const SITE = "/lib/python3.12/site-packages";
const cancelled = new Set();
// numpy asks for the C library's backtrace(), which Pyodide has not: a module whose only function finds nothing.
const BACKTRACE = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // WebAssembly, version 1
  ...[0, 15, 8, ...letters("dylink.0"), 1, 4, 0, 0, 0, 0], // a library without memory
  ...[1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 3, 2, 1, 0], // (i32, i32) -> i32
  ...[7, 13, 1, 9, ...letters("backtrace"), 0, 0, 10, 6, 1, 4, 0, 0x41, 0, 0x0b], // always 0
]);

function letters(text) {
  return [...text].map((letter) => letter.charCodeAt(0));
}

// ---- Loading --------------------------------------------------------------------------------------------------------

const loading = { loaded: 0, total: 0, text: "Loading Python and the model" };
const tell = (more) => postMessage({ loading: Object.assign(loading, more) });

/** A part, unpacked and checked; one that is not right may be an old one that the browser kept: it is asked for anew. */
async function part(about, counts = true) {
  const content = await unpacked(about, "default", counts);
  if (await isRight(content, about.sha256)) return content;
  const anew = await unpacked(about, "reload", false);
  if (await isRight(anew, about.sha256)) return anew;
  throw new Error(`${about.url} is not the file that was written: load the page again`);
}

async function unpacked({ url }, cache, counts) {
  const counted = new TransformStream({
    transform(chunk, out) {
      if (counts) tell({ loaded: loading.loaded + chunk.length });
      out.enqueue(chunk);
    },
  });
  const answer = await reached(url, { cache });
  try {
    const plain = answer.body.pipeThrough(counted).pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch {
    return new Uint8Array(); // broken off, or no gzip: not right
  }
}

async function reached(url, options) {
  const answer = await fetch(url, options).catch(() => {
    throw new Error(`${url} cannot be loaded: look whether there is a network, and try again`);
  });
  if (!answer.ok) throw new Error(`${url} cannot be loaded, the server answers ${answer.status}: try again later`);
  return answer;
}

async function isRight(content, sha256) {
  if (!self.crypto?.subtle) return content.length > 0; // not on plain http
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}

/** Put the files of a tar where they belong. */
function untar(files, content) {
  const text = (from, length) => new TextDecoder().decode(content.subarray(from, from + length)).replace(/\0.*$/s, "");
  for (let at = 0; content[at]; ) {
    const prefix = text(at + 345, 155);
    const path = `/${prefix ? `${prefix}/` : ""}${text(at, 100)}`;
    const size = parseInt(text(at + 124, 12), 8);
    files.mkdirTree(path.slice(0, path.lastIndexOf("/")) || "/");
    files.writeFile(path, content.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

function run(script) {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  importScripts(url);
  URL.revokeObjectURL(url);
}

/** Let Pyodide find its files among the parts, whatever it believes to fetch. */
function serve(contents) {
  const fetched = self.fetch;
  self.fetch = (request, options) => {
    const name = String(request.url ?? request).split("/").pop();
    if (!(name in contents)) return fetched(request, options);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return Promise.resolve(new Response(contents[name], { headers: { "Content-Type": type } }));
  };
  return () => (self.fetch = fetched);
}

async function start() {
  const { parts } = await (await reached("manifest.json")).json();
  const now = ["pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "first.tar"];
  tell({ total: [...now, "model.tar"].reduce((sum, name) => sum + parts[name].bytes, 0) });
  const [loader, script, machine, library, first] = await Promise.all(now.map((name) => part(parts[name])));
  tell({ text: "Starting Python" });
  run(loader);
  run(script);
  const lock = { info: { arch: "wasm32", platform: "emscripten_3_1_58", python: "3.12.7", version: "0.27.7" }, packages: {} };
  const done = serve({
    "pyodide.asm.wasm": machine,
    "python_stdlib.zip": library,
    "pyodide-lock.json": JSON.stringify(lock),
  });
  // numpy sets docstrings, unless Python was told that there are none.
  const env = { PYTHONOPTIMIZE: "2" };
  const python = await loadPyodide({ indexURL: new URL("parts/", self.location).href, env });
  done();
  untar(python.FS, first);
  python.FS.writeFile("/lib/backtrace.so", BACKTRACE);
  const options = { global: true, nodelete: true, loadAsync: true, fs: python.FS };
  await python._module.loadDynamicLibrary("/lib/backtrace.so", options);
  const answer = python.runPython(`
import json, logging, sys

logging.basicConfig()  # what fails inside is told to the console
sys.path += ["${SITE}", "/lib/later"]

from pyodide.ffi import can_run_sync, run_sync
from basstab_hf.page.back import Back, StoppedError

_BACK = Back("/model", opens=False)

def answer(message, tell, pause, stopped):
    def told(event):
        tell(json.dumps(event))
        if can_run_sync():
            run_sync(pause())  # lets "cancel" come in
        if stopped():
            raise StoppedError
    return json.dumps(_BACK.answer(json.loads(message), told))

answer
`);
  tell({ text: "Loading the model" });
  const model = once(async () => untar(python.FS, await part(parts["model.tar"])));
  const rest = once(async () => {
    untar(python.FS, await part(parts["rest.tar"], false));
    // Python knew folders that were not there, and packages of which a half was.
    python.runPython(`
import os, sys

sys.path_importer_cache.clear()
for name, module in list(sys.modules.items()):
    more = "/lib/later/" + name.replace(".", "/")
    if hasattr(module, "__path__") and os.path.isdir(more):
        module.__path__ = [*module.__path__, more]
`);
  });
  // One after the other: what is needed first has all of a slow network.
  model()
    .finally(() => tell({ text: "Ready", done: true }))
    .then(rest)
    .then(() => postMessage({ whole: true }))
    .catch(() => {}); // told when it is needed
  return { answer, model, rest };
}

/** Do something once, and again only where it failed. */
function once(load) {
  let loaded = null;
  return () =>
    (loaded ??= load().catch((error) => {
      loaded = null;
      throw error;
    }));
}

/** What went wrong; of a traceback the last line. */
const lineOf = (error) => String(error.message ?? error).trim().split("\n").pop();

// ---- Answering ------------------------------------------------------------------------------------------------------

const started = start();
started.catch((error) => postMessage({ failed: `Python did not start: ${lineOf(error)}` }));

// Where the browser can switch stacks, Python gives way in the middle of its work.
const switches = "Suspending" in WebAssembly;
const pause = () => new Promise((resolve) => setTimeout(resolve));
// Tabs are read, drawn and arranged without a model; what reads and writes files of other programs lies in the rest.
const EARLY = ["read", "arrange"];
const LATE = ["file", "open", "accompany"];
let line = Promise.resolve();

/** Wait for what a message needs. */
async function ready(message) {
  const { model, rest } = await started;
  if (!EARLY.includes(message.do)) await model();
  if (LATE.includes(message.do)) await rest();
}

async function respond({ id, message }) {
  const { answer } = await started;
  const tellEvent = (event) => postMessage({ id, event: JSON.parse(event) });
  const stopped = () => cancelled.has(id);
  if (stopped()) return;
  const given = [JSON.stringify(message), tellEvent, pause, stopped];
  tellEvent(switches ? await answer.callPromising(...given) : answer(...given));
}

self.onmessage = ({ data }) => {
  if (data.cancel !== undefined) {
    cancelled.add(data.cancel);
    return;
  }
  const fail = (error) => postMessage({ id: data.id, event: { error } });
  const inPython = (error) => fail(`This went wrong in Python: ${lineOf(error)}`);
  // What is ready goes before what still has to load.
  ready(data.message).then(
    () => (line = line.then(() => respond(data)).catch(inPython)),
    (error) => fail(error.message),
  );
};
