// The player of a practice page. The tab's notes come as JSON with times in seconds at the tab's own tempo; "position" is
// such a time, whatever the tempo slider says. Nothing is loaded: plucked.js computes the sounds.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const AHEAD = 1.2; // seconds that are planned ahead: a page in the background is woken once a second
const TICK = 60; // milliseconds between plans

// ---- The player ---------------------------------------------------------------------------------------------------

const player = {
  context: null,
  wanted: false, // from the press of the button on
  playing: false, // once the browser lets it sound
  turn: 0, // how often it was started or stopped
  factor: 1,
  position: 0, // where it stands when it does not play
  runs: [], // stretches of sound: {at: time of the context, from, to: positions}
  planned: 0, // position up to which the last run is planned
  sounding: [], // {source, gain, at, index}; index -1: a click
  buffers: new Map(),
};

const control = (name) => document.getElementById(name);
const barStart = (number) => (number > data.bars.length ? data.seconds : data.bars[number - 1]);

/** The stretch that plays: the loop, or all. */
function stretch() {
  if (!control("loop").checked) return { from: 0, to: data.seconds };
  const [first, last] = loopBars();
  return { from: barStart(first), to: barStart(last + 1) };
}

/** The number of a bar in a field, within the piece. */
const bounded = (name, usual) => Math.min(Math.max(Math.round(Number(control(name).value)) || usual, 1), data.bars.length);

function loopBars() {
  const first = bounded("loop-from", 1), last = bounded("loop-to", data.bars.length);
  return first <= last ? [first, last] : [last, first];
}

/** The position that is heard now. */
function position() {
  if (!player.playing) return player.position;
  const now = player.context.currentTime;
  const run = player.runs.findLast((one) => one.at <= now) ?? player.runs[0];
  return Math.min(Math.max(run.from, run.from + (now - run.at) * player.factor), run.to);
}

function buffer(context, index) {
  const key = `${player.factor} ${index}`;
  if (!player.buffers.has(key)) {
    if (player.buffers.size > 400) player.buffers.clear();
    const samples = swing(atTempo(data.phrases[index], player.factor), context.sampleRate);
    const made = context.createBuffer(1, samples.length, context.sampleRate);
    made.copyToChannel(samples, 0);
    player.buffers.set(key, made);
  }
  return player.buffers.get(key);
}

function clickBuffer(context, accent) {
  const key = `click ${accent}`;
  if (!player.buffers.has(key)) {
    const made = context.createBuffer(1, Math.round(0.03 * context.sampleRate), context.sampleRate);
    const samples = made.getChannelData(0);
    const hertz = accent ? 1760 : 1175;
    for (let n = 0; n < samples.length; n += 1) {
      const seconds = n / context.sampleRate;
      samples[n] = 0.5 * Math.sin(2 * Math.PI * hertz * seconds) * Math.exp(-seconds / 0.006);
    }
    player.buffers.set(key, made);
  }
  return player.buffers.get(key);
}

/** Let a buffer sound at a time of the context; `until` cuts it short without a click. */
function sound(made, at, until, index) {
  const source = new AudioBufferSourceNode(player.context, { buffer: made });
  const gain = new GainNode(player.context, { gain: 0.5 });
  source.connect(gain).connect(player.context.destination);
  source.start(at);
  if (at + made.duration > until + RELEASE) {
    gain.gain.setValueAtTime(0.5, Math.max(until, at));
    gain.gain.linearRampToValueAtTime(0, Math.max(until, at) + RELEASE);
    source.stop(until + 2 * RELEASE);
  }
  source.onended = () => { player.sounding = player.sounding.filter((other) => other.source !== source); };
  player.sounding.push({ source, gain, at, index });
}

/** Plan what begins within the next moment; at the end of a loop a new run begins. */
function plan() {
  if (!player.playing) return;
  const { context, factor } = player;
  for (;;) {
    const run = player.runs.at(-1);
    const time = (place) => run.at + (place - run.from) / factor;
    const horizon = Math.min(run.to, run.from + (context.currentTime + AHEAD - run.at) * factor);
    if (horizon <= player.planned) break;
    const due = (when) => when >= player.planned - 1e-6 && when < horizon - 1e-6;
    const end = time(run.to);
    for (const [when, index] of data.strokes) {
      if (due(when)) sound(buffer(context, index), time(when), control("loop").checked ? end : Infinity, index);
    }
    if (control("metronome").checked) {
      for (const [when, accent] of data.clicks) if (due(when)) sound(clickBuffer(context, accent), time(when), Infinity, -1);
    }
    player.planned = horizon;
    if (horizon < run.to - 1e-6 || !control("loop").checked) break;
    const next = stretch();
    player.runs = [...player.runs.slice(-7), { at: end, from: next.from, to: next.to }];
    player.planned = next.from;
  }
  const { at, from, to } = player.runs.at(-1);
  if (!control("loop").checked && context.currentTime > at + (to - from) / factor) stop(stretch().from);
}

async function start() {
  player.wanted = true;
  const turn = ++player.turn;
  player.context ??= new AudioContext();
  await player.context.resume();
  if (turn !== player.turn) return; // stopped, or started anew, in the meantime
  const { from, to } = stretch();
  const begin = player.position >= from && player.position < to - 1e-3 ? player.position : from;
  lastSystem = null; // wherever the reader has scrolled to
  let at = player.context.currentTime + 0.08;
  if (control("count-in").checked) at = countIn(begin, at);
  player.playing = true;
  player.runs = [{ at, from: begin, to }];
  player.planned = begin;
  plan();
  show();
}

/** Click one bar, as long as the one at a position; the time when it is over. */
function countIn(place, at) {
  const bar = data.bars.findLastIndex((when) => when <= place + 1e-6);
  const inside = data.clicks.filter(([when]) => when >= barStart(bar + 1) - 1e-6 && when < barStart(bar + 2) - 1e-6);
  for (const [when, accent] of inside) {
    sound(clickBuffer(player.context, accent), at + (when - barStart(bar + 1)) / player.factor, Infinity, -1);
  }
  return at + (barStart(bar + 2) - barStart(bar + 1)) / player.factor;
}

function stop(place = position()) {
  player.position = place;
  player.wanted = player.playing = false;
  player.turn += 1;
  const now = player.context?.currentTime ?? 0;
  for (const { source, gain } of player.sounding) {
    gain.gain.cancelScheduledValues(now);
    gain.gain.setTargetAtTime(0, now, 0.01);
    source.stop(now + 0.06);
  }
  player.sounding = [];
  show();
}

/** Do something that changes what is planned, and go on from there. */
function changing(change) {
  const going = player.wanted;
  if (going) stop();
  change();
  const { from, to } = stretch();
  if (player.position < from || player.position >= to) player.position = from;
  if (going) start();
  show();
}

// ---- What is seen -------------------------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

/** The systems of both sheets, each with its cursor and the bars that can be looped. */
const systems = [...document.querySelectorAll(".sheet")].flatMap((sheet) =>
  [...sheet.querySelectorAll(".system")].map((box, number) => {
    const svg = box.querySelector("svg"), place = data.sheets[sheet.dataset.sheet][number];
    const tall = { y: place.top - 12, height: place.bottom - place.top + 24 };
    const looped = element("rect", { class: "looped", x: 0, width: 0, ...tall }, svg);
    const cursor = element("rect", { class: "cursor", x: -9, width: 2.5, rx: 1, ...tall }, svg);
    return { box, svg, place, cursor, looped, next: data.sheets[sheet.dataset.sheet][number + 1] };
  }),
);

/** Where the cursor stands in a system at a position; null: elsewhere. */
function cursorPlace({ place, next }, when) {
  const { beats, bars } = place;
  const end = next ? next.beats[0][0] : data.seconds + 1e-3;
  if (when < beats[0][0] - 1e-6 || when >= end - 1e-6) return null;
  const at = beats.findLastIndex(([seconds]) => seconds <= when + 1e-6);
  const [from, left] = beats[at];
  const [to, right] = beats[at + 1] ?? [end, bars.at(-1)[2]];
  return left + (to > from ? (when - from) / (to - from) : 0) * (right - left);
}

let lastSystem = null; // the last one that was brought into view

/** Write into an element, at most when it changes: what is read aloud stays quiet. */
function say(name, text) {
  if (control(name).textContent !== text) control(name).textContent = text;
}

function show() {
  const when = position();
  for (const system of systems) {
    const x = cursorPlace(system, when);
    if (x !== system.x) system.cursor.setAttribute("x", x === null ? -9 : x - 1.25);
    system.x = x;
    if (x !== null && player.playing && system !== lastSystem && system.box.offsetParent) {
      lastSystem = system;
      reveal(system.box);
    }
  }
  for (const { circle, spans } of dots) {
    const lit = player.playing && spans.some(([from, to]) => when >= from && when < to);
    circle.style.display = lit ? "" : "none";
  }
  say("play", player.playing ? "■ Stop" : "▶ Play");
  say("tempo-value", `${control("tempo").value} % (${Math.round(data.tempo * player.factor)})`);
}

function reveal(box) {
  const { top, bottom } = box.getBoundingClientRect();
  if (top < 120 || bottom > window.innerHeight) {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    box.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  }
}

function showLoop() {
  const [first, last] = loopBars();
  for (const { place, looped } of systems) {
    const inside = control("loop").checked ? place.bars.filter(([number]) => number >= first && number <= last) : [];
    looped.setAttribute("x", inside.length ? inside[0][1] : 0);
    looped.setAttribute("width", inside.length ? inside.at(-1)[2] - inside[0][1] : 0);
  }
}

/** The neck, the highest string on top as in the tab, for left-handers its nut at the right; returns a dot for each place that is played, and when. */
function fretboard() {
  const frets = Math.max(12, ...data.notes.map(([, , , fret]) => fret)), count = data.strings.length;
  const wide = 40, gap = 18, left = 46, long = left + frets * wide + 8;
  const at = (x) => (data.leftHanded ? long - x : x);
  const middle = (fret) => (fret === 0 ? left - 12 : left + (fret - 0.5) * wide);
  const y = (string) => 14 + (string - 1) * gap;
  const size = { viewBox: `0 0 ${long} ${(count - 1) * gap + 44}`, fill: "currentColor" };
  const svg = element("svg", size, control("fretboard"));
  svg.style.minWidth = `${long / 2}px`; // a phone scrolls a neck of 24 frets
  for (let fret = 0; fret <= frets; fret += 1) {
    const x = at(left + fret * wide);
    element("line", { x1: x, x2: x, y1: y(1), y2: y(count), stroke: "currentColor", "stroke-width": fret ? 1 : 4, opacity: 0.5 }, svg);
    if ([3, 5, 7, 9, 12, 15, 17, 19, 21, 24].includes(fret)) {
      const text = element("text", { x: at(middle(fret)), y: y(count) + 22, "font-size": 11, "text-anchor": "middle", opacity: 0.7 }, svg);
      text.textContent = fret;
    }
  }
  data.strings.forEach((label, place) => {
    const line = { x1: at(left), x2: at(left + frets * wide), y1: y(place + 1), y2: y(place + 1), stroke: "currentColor" };
    element("line", { ...line, "stroke-width": 1 + place * 0.6, opacity: 0.6 }, svg);
    const beside = { x: at(6), y: y(place + 1) + 4, "font-size": 12, "text-anchor": data.leftHanded ? "end" : "start" };
    element("text", beside, svg).textContent = label;
  });
  const made = new Map();
  for (const [onset, length, string, fret] of data.notes) {
    const key = `${string} ${fret}`;
    if (!made.has(key)) made.set(key, { circle: element("circle", { class: "lit", cx: at(middle(fret)), cy: y(string), r: 8 }, svg), spans: [] });
    made.get(key).spans.push([onset, onset + length]);
  }
  return [...made.values()];
}

const dots = fretboard();

// ---- Hands --------------------------------------------------------------------------------------------------------

/** The bar and position under a pointer in a system. */
function under(system, event) {
  const box = system.svg.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * system.svg.viewBox.baseVal.width;
  const { bars, beats } = system.place;
  const bar = bars.findLast(([, left]) => left <= x) ?? bars[0];
  const inside = beats.filter(([seconds]) => seconds >= barStart(bar[0]) - 1e-6 && seconds < barStart(bar[0] + 1) - 1e-6);
  const beat = inside.findLast(([, left]) => left <= x + 8) ?? inside[0] ?? beats[0];
  return { bar: bar[0], seconds: beat[0] };
}

let pressed = null;
for (const system of systems) {
  system.box.addEventListener("pointerdown", (event) => { pressed = event.button ? null : under(system, event); });
  system.box.addEventListener("pointerup", (event) => {
    if (pressed === null) return;
    const here = under(system, event), from = pressed;
    pressed = null;
    changing(() => {
      if (here.bar !== from.bar) {
        control("loop").checked = true;
        control("loop-from").value = Math.min(here.bar, from.bar);
        control("loop-to").value = Math.max(here.bar, from.bar);
      } else {
        player.position = from.seconds;
      }
    });
    showLoop();
  });
}

const toggle = () => (player.wanted ? stop() : start());
control("play").addEventListener("click", toggle);
control("rewind").addEventListener("click", () => changing(() => { player.position = stretch().from; }));
control("tempo").addEventListener("input", () => changing(() => { player.factor = Number(control("tempo").value) / 100; }));
for (const name of ["loop", "loop-from", "loop-to"]) {
  control(name).addEventListener("change", () => {
    const typed = bounded(name, 1);
    // Of two ends that crossed, the one that was typed last counts.
    if (name === "loop-from" && typed > bounded("loop-to", data.bars.length)) control("loop-to").value = typed;
    if (name === "loop-to" && typed < bounded("loop-from", 1)) control("loop-from").value = typed;
    [control("loop-from").value, control("loop-to").value] = loopBars();
    changing(() => {});
    showLoop();
  });
}
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input[type=number], input[type=range], pre");
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.code === "Space" && !event.target.matches("button, input[type=checkbox]")) {
    event.preventDefault();
    if (!event.repeat) toggle();
  } else if (event.code === "Home" && !typing) {
    event.preventDefault();
    control("rewind").click();
  }
});
control("copy").addEventListener("click", async () => {
  const text = control("text");
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch { // an old browser, or a page that may not: the text is selected, ready for Ctrl+C
    window.getSelection().selectAllChildren(text);
    if (!document.execCommand("copy")) return;
  }
  control("copy").textContent = "Copied";
  setTimeout(() => { control("copy").textContent = "Copy"; }, 1500);
});

setInterval(plan, TICK);
(function follow() { if (player.playing) show(); requestAnimationFrame(follow); })();
showLoop();
show();
