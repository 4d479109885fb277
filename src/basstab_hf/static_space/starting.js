// Makes a Python that has started answer the page's messages: in the page's worker, and in the trial that is made in Node.
"use strict";

const NUMPY = "numpy/_core/_multiarray_umath.cpython-312-wasm32-emscripten.so";
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

/* exported answering */
/** What answers messages: a function of the message, and of what is told, waited for and asked on the way. */
async function answering(python, site, model) {
  const load = (path, global) =>
    python._module.loadDynamicLibrary(path, { global, nodelete: true, loadAsync: true, fs: python.FS });
  python.FS.writeFile("/lib/backtrace.so", BACKTRACE);
  await load("/lib/backtrace.so", true);
  await load(`${site}/${NUMPY}`, false);
  return python.runPython(`
import json, logging, sys

logging.basicConfig()  # what fails inside is told to the console
sys.path += ["${site}", "/lib/later"]

from pyodide.ffi import can_run_sync, run_sync
from basstab_hf.page.back import Back, StoppedError

_BACK = Back("${model}", opens=False)

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
}
