// Machine code in two halves (halves.py): puts the second one in when it has come, or has to be fetched at once.
"use strict";

const SHARED = "shared ";
const LATE_DATA = "late data";
// A module that hands on the function "f" of "e", as tables take it.
const HANDS_ON = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0], // WebAssembly, version 1: () -> ()
  ...[2, 7, 1, 1, 0x65, 1, 0x66, 0, 0, 7, 5, 1, 1, 0x66, 0, 0],
]);

/* exported watchHalves */
/** Watch for first halves that start, in the order of `names`. Gives a function that takes a name and its second half. */
function watchHalves(names, fetchNow) {
  const instantiate = WebAssembly.instantiate;
  const waiting = new Map();
  const left = [...names];

  function watched(instance, imports) {
    const exported = Object.entries(instance.exports);
    const shared = exported.filter(([name]) => name.startsWith(SHARED));
    if (!shared.length) return instance;
    const name = left.shift();
    const table = shared.at(-1)[1];
    waiting.set(name, { ...imports, [SHARED]: Object.fromEntries(shared) });
    const now = () => complete(name, fetchNow(name));
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(HANDS_ON), { e: { f: now } }).exports;
    table.set(table.length - 1, f);
    // Python's linker would take what is shared for its own.
    return { exports: Object.fromEntries(exported.filter(([key]) => !key.startsWith(SHARED))) };
  }

  function complete(name, content) {
    const imports = waiting.get(name);
    if (!imports) return; // it was needed before it came
    const module = new WebAssembly.Module(content);
    const { memory, __memory_base: base } = imports.env;
    for (const section of WebAssembly.Module.customSections(module, LATE_DATA)) {
      const place = (base.value ?? base) + new DataView(section).getUint32(0, true);
      new Uint8Array(memory.buffer).set(new Uint8Array(section, 4), place);
    }
    new WebAssembly.Instance(module, imports);
    waiting.delete(name);
  }

  WebAssembly.instantiate = async (code, imports) => {
    const made = await instantiate.call(WebAssembly, code, imports);
    if (made instanceof WebAssembly.Instance) return watched(made, imports);
    return { module: made.module, instance: watched(made.instance, imports) };
  };
  return complete;
}
