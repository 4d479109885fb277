// Which functions of the machine code run when tabs are written: node trial.mjs SITE MODEL, beside Pyodide. Both codes count
// (halves.py). Out: for Python and for numpy a list of their functions' numbers.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { loadPyodide } from "./pyodide.mjs";

const SHARED = "shared ";
const RIFF = "G|---------|\nD|---------|\nA|-5---7---|\nE|---------|\n";
const ASKED = [
  { do: "facts" },
  { do: "read", text: RIFF },
  { do: "read", text: "no tab" },
  { do: "write", form: { bars: 8, seed: 1 } },
  { do: "write", form: { bars: 4, seed: 2, style: "rock", chords: "Am F C G", prompt: RIFF } },
  { do: "write", form: { bars: 2, seed: 3, tuning: "BEADG" } },
  { do: "rewrite", text: RIFF, first: 1, last: 1, count: 2, form: { seed: 1 } },
  { do: "arrange", text: RIFF, key: "G" },
];
const [, , site, model] = process.argv;

const counters = [];
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (...given) => {
  const { module, instance } = await instantiate(...given);
  const exported = Object.entries(instance.exports);
  const counts = exported.filter(([name]) => name.startsWith(SHARED));
  if (counts.length) counters.push(counts.map(([, ran]) => ran));
  // Python's linker would take them for its own.
  const others = Object.fromEntries(exported.filter(([name]) => !name.startsWith(SHARED)));
  return { module, instance: { exports: others } };
};

const python = await loadPyodide({ env: { PYTHONOPTIMIZE: "2" }, _sysExecutable: "./this.program" });
for (const [name, root] of Object.entries({ "/site": site, "/model": model })) {
  python.FS.mkdir(name);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, name);
}
runInThisContext(readFileSync(new URL("starting.js", import.meta.url), "utf-8"));
const answer = await answering(python, "/site", "/model");
const pause = () => new Promise((resolve) => setTimeout(resolve));
// A Node that cannot switch stacks leaves what that takes to the second half.
const switches = "Suspending" in WebAssembly || "Suspender" in WebAssembly;
const asked = switches ? answer.callPromising.bind(answer) : answer;
for (const message of ASKED) await asked(JSON.stringify(message), () => {}, pause, () => false);
const numbersOf = (flags) => flags.flatMap((ran, number) => (ran.value ? [number] : []));
console.log(JSON.stringify(counters.map(numbersOf)));
