// Answers the page's messages with Python, in the visitor's browser: Pyodide runs `basstab_hf.page.back`.
// In: {id, message}, {cancel: id}. Out: {id, event}, {loading: {loaded, total, text, done}}, {whole}, {failed}.
"use strict";

const cancelled = new Set();
// What writing takes, and machine code that comes later, of Python and of numpy.
const NOW = ["pyodide.asm.wasm", "first.tar", "model.safetensors"];
const LATER = ["python.later", "numpy.later"];

// ---- Loading --------------------------------------------------------------------------------------------------------

const loading = { loaded: 0, total: 0, text: "Loading Python and the model" };
const tell = (more) => postMessage({ loading: Object.assign(loading, more) });

const loader = new Worker("loader.js");
const loads = [];
loader.onmessage = ({ data: { id, loaded, content, error } }) => {
  if (content) loads[id].resolve(content);
  else if (error) loads[id].reject(new Error(error));
  else if (loads[id].counts) tell({ loaded: loading.loaded + loaded });
};
loader.onerror = () => loads.forEach(({ reject }) => reject(new Error("loader.js cannot be loaded: try again later")));

/** A part, from another thread, which goes on while Python keeps this one busy. */
function part(about, counts = true) {
  return new Promise((resolve, reject) => {
    loader.postMessage({ id: loads.push({ resolve, reject, counts }) - 1, about });
  });
}

/** A part, while Python waits in the middle of its work. */
function partNow({ url, size }) {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  try {
    request.send();
    return unpack(new Uint8Array(request.response), size);
  } catch (error) {
    postMessage({ failed: `${url} cannot be loaded: look whether there is a network, and try again` });
    throw error;
  }
}

/** The files of a tar, by name. */
function* untar(content) {
  const text = (from, length) => new TextDecoder().decode(content.subarray(from, from + length)).replace(/\0.*$/s, "");
  for (let at = 0; content[at]; ) {
    const prefix = text(at + 345, 155);
    const size = parseInt(text(at + 124, 12), 8);
    yield [`${prefix ? `${prefix}/` : ""}${text(at, 100)}`, content.subarray(at + 512, at + 512 + size)];
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

/** Put files where they belong. */
function place({ FS }, contents) {
  for (const [name, content] of contents) {
    FS.mkdirTree(`/${name}`.slice(0, name.lastIndexOf("/") + 1));
    FS.writeFile(`/${name}`, content);
  }
}

function run(script) {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  importScripts(url);
  URL.revokeObjectURL(url);
}

/** Let Pyodide find its machine code and its files among the parts, whatever it believes to fetch. */
function serve(machine, contents) {
  const { fetch: fetched } = self;
  self.fetch = (request, options) => {
    const name = String(request.url ?? request).split("/").pop();
    return name in contents ? Promise.resolve(new Response(contents[name])) : fetched(request, options);
  };
  WebAssembly.instantiateStreaming = async (_, imports) => ({
    module: machine,
    instance: await WebAssembly.instantiate(machine, imports),
  });
  return () => (self.fetch = fetched);
}

async function start() {
  const { parts } = await (await fetch("manifest.json")).json();
  tell({ total: NOW.reduce((sum, name) => sum + parts[name].bytes, 0) });
  const complete = watchHalves(LATER, (name) => partNow(parts[name]));
  // What has come is compiled and put in place while the next part comes.
  const compiled = part(parts["pyodide.asm.wasm"]).then((content) => WebAssembly.compile(content));
  const first = part(parts["first.tar"]);
  const weights = once(() => part(parts["model.safetensors"]));
  for (const each of [compiled, weights()]) each.catch(() => {}); // told when it is needed
  const contents = new Map(untar(await first));
  const taken = (name) => {
    const content = contents.get(name);
    contents.delete(name);
    return content;
  };
  tell({ text: "Starting Python" });
  run(taken("pyodide.js"));
  run(taken("pyodide.asm.js"));
  const lock = { info: { arch: "wasm32", platform: "emscripten_3_1_58", python: "3.12.7", version: "0.27.7" }, packages: {} };
  const done = serve(await compiled, {
    "pyodide.asm.wasm": "",
    "python_stdlib.zip": taken("python_stdlib.zip"),
    "pyodide-lock.json": JSON.stringify(lock),
  });
  // numpy sets docstrings, unless Python was told that there are none.
  const env = { PYTHONOPTIMIZE: "2" };
  const python = await loadPyodide({ indexURL: new URL("parts/", self.location).href, env });
  done();
  place(python, contents);
  const answer = await answering(python, "/lib/python3.12/site-packages", "/model");
  tell({ text: "Loading the model" });
  // Styles take a second or two to read, and the weights have yet to come.
  python.runPython("from basstab_hf.composer import style; style.every()");
  const model = once(async () => place(python, [["model/model.safetensors", await weights()]]));
  const rest = once(async () => {
    for (const name of LATER) complete(name, await part(parts[name], false));
    place(python, untar(await part(parts["rest.tar"], false)));
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
  model()
    .finally(() => tell({ text: "Ready", done: true }))
    .then(() => line) // what was asked for goes first
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
