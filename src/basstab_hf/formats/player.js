// ---- The player: controls, keys, and what they change ------------------------------------------------------------------

const TEMPO = [25, 150]; // per cent
const ZOOMS = [0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5];
const icon = (path) => `<svg viewBox="0 0 24 24" width="20" height="20" fill="currentColor" aria-hidden="true"><path d="${path}"/></svg>`;
const ICONS = {
  play: icon("M7 4v16l13-8z"),
  pause: icon("M6 4h4.5v16H6zM13.5 4H18v16h-4.5z"),
  stop: icon("M5 5h14v14H5z"),
  rewind: icon("M5 4h3v16H5zM20 4v16L9 12z"),
};
const check = (part, text, title) =>
  `<label class="bs-check" title="${title}"><input type="checkbox" data-part="${part}"><span>${text}</span></label>`;
const field = (part, label, text, least, most, value) =>
  `<label class="bs-field"><span>${text}</span><input type="number" inputmode="numeric" data-part="${part}" aria-label="${label}" min="${least}" max="${most}" value="${value}"></label>`;
const KEYS = [
  ["Space", "play, pause"], ["Home", "to the start"], ["← →", "bar by bar"], ["Shift ← →", "select less, more bars"],
  ["L", "loop on, off"], ["[ ]", "loop from, to the bar at the cursor"], ["+ −", "faster, slower"],
];
const MARKUP = `
<div class="bs-head">
<div class="bs-bar" role="group" aria-label="Player">
<div class="bs-row">
<button type="button" data-part="rewind" aria-label="To the start" title="To the start (Home)">${ICONS.rewind}</button>
<button type="button" data-part="play" title="Play, pause (space bar)"></button>
<button type="button" data-part="stop" aria-label="Stop" title="Stop, back to the start">${ICONS.stop}</button>
${check("loop", "Loop", "Play the chosen bars again and again (L)")}
<span class="bs-now" data-part="now"></span>
<button type="button" data-part="more" aria-expanded="false">More</button>
</div>
<div class="bs-more">
<label class="bs-range"><span>Tempo</span><input type="range" data-part="tempo" aria-label="Tempo in per cent" min="${TEMPO[0]}" max="${TEMPO[1]}" value="100"></label>
<span class="bs-value" data-part="tempo-value"></span>
<span class="bs-group" role="group" aria-label="Bars to loop">
${field("loop-from", "Loop from bar", "Bars", 1, 1, 1)}
${field("loop-to", "Loop to bar", "to", 1, 1, 1)}
<button type="button" data-part="loop-bar" title="Loop the bar at the cursor">This bar</button>
</span>
${check("count-in", "Count-in", "Click one bar before the music")}
${check("metronome", "Metronome", "Click on the beats")}
<label class="bs-range"><span>Volume</span><input type="range" data-part="volume" aria-label="Volume in per cent" min="0" max="100" value="100"></label>
<span class="bs-group" role="group" aria-label="Faster each round">
${check("ramp", "Get faster", "Each round of the loop is faster than the one before")}
${field("ramp-step", "Faster by per cent each round", "by %", 1, 50, 5)}
${field("ramp-to", "Faster up to per cent of the tempo", "up to %", TEMPO[0], TEMPO[1], 100)}
</span>
</div>
</div>
<div class="bs-neck" data-part="fretboard" role="img" aria-label="Neck with the notes that sound"></div>
</div>
<div class="bs-view" role="group" aria-label="View">
<span class="bs-group"><button type="button" data-part="zoom-out" aria-label="Smaller" title="Smaller">−</button>
<span class="bs-value" data-part="zoom-value"></span>
<button type="button" data-part="zoom-in" aria-label="Larger" title="Larger">+</button></span>
${check("neck", "Neck", "Show the neck")}
${check("left-handed", "Left-handed", "The neck as left-handers see it")}
${check("colours", "String colours", "A colour for each string")}
<details class="bs-keys" data-part="keys"><summary>Keys</summary><dl>${KEYS.map(([key, what]) => `<div><dt>${key}</dt><dd>${what}</dd></div>`).join("")}</dl></details>
</div>
<div class="bs-sections" data-part="sections" role="group" aria-label="Sections"></div>
<p class="bs-tempo-mark" data-part="tempo-mark"></p>
<div class="bs-score" data-part="score" role="group" aria-label="Score"></div>
`;

/** What the keyboard is for in an element: all keys ("text"), those of buttons, those of sliders, none of ours. */
function owner(target) {
  if (!(target instanceof Element)) return "";
  if (target.closest("textarea, select, [contenteditable], pre[tabindex], [role=textbox], [role=listbox], [role=menu]")) return "text";
  if (target.matches("input[type=range], [role=slider]")) return "slider";
  if (target.matches("input[type=radio], [role=radio], [role=tab]")) return "radio";
  if (target.matches("input[type=checkbox], button, summary, a[href], input[type=file], [role=button]")) return "button";
  return target.matches("input") ? "text" : "";
}

class Player {
  /** `remember`: the name under which this browser keeps settings; null: it keeps none. */
  constructor(root, { remember = null } = {}) {
    this.root = root;
    root.classList.add("bs-player");
    root.innerHTML = MARKUP;
    this.parts = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
    this.memory = new Memory(remember);
    this.data = null;
    this.range = { on: false, first: 1, last: 1, chosen: false };
    this.sound = new Sound(() => this.turned());
    this.neck = new Neck(this.parts.fretboard);
    this.score = new Score(this.parts.score, root.querySelector(".bs-head"));
    this.marks = new Marks(this.score, {
      tap: (number, beat) => this.tap(number, beat),
      select: (first, last) => this.setLoop(first, last, true),
    });
    this.recall();
    this.listen();
    new ResizeObserver(() => this.fit()).observe(this.parts.score); // a page may give the root no box of its own
    this.show(null);
  }

  // -- What others ask --

  get playing() { return this.sound.playing; }
  get position() { return this.sound.position(); }
  get factor() { return this.sound.factor; }
  get bpm() { return (this.data?.tempo ?? 0) * this.factor; }
  get loop() { const { on, first, last } = this.range; return { on, first, last }; }

  /** Show and play a tab (formats/playable.py), or nothing; `keep`: loop, tempo, place and sound stay as they are. */
  show(play, { keep = false } = {}) {
    const going = keep && this.sound.wanted && play !== null;
    const place = this.position;
    this.sound.load(play);
    this.data = play;
    this.bars = play ? play.tabBars.length : 1;
    const kept = play && !keep ? this.memory.piece(play) : null;
    if (!keep) this.range = { on: false, first: 1, last: this.bars, chosen: false };
    if (kept) this.range = { on: kept.on === true, first: kept.first, last: kept.last, chosen: kept.chosen === true };
    this.range.first = clamped(this.range.first, 1, this.bars, 1);
    this.range.last = this.range.chosen || this.range.on ? clamped(this.range.last, this.range.first, this.bars, this.bars) : this.bars;
    if (!keep) this.setFactor(clamped(kept?.tempo, ...TEMPO, 100) / 100);
    for (const part of this.root.querySelectorAll(".bs-head :is(button, input), .bs-view :is(button, input)")) part.disabled = !play;
    this.parts["loop-from"].max = this.parts["loop-to"].max = this.bars;
    this.leftHanded = this.memory.settings.leftHanded ?? play?.leftHanded ?? false;
    this.parts["left-handed"].checked = this.leftHanded;
    this.neck.load(play, this.leftHanded);
    this.fit();
    this.score.load(play);
    this.sections();
    this.sound.place = play && keep ? Math.min(place, play.seconds) : 0;
    this.aim();
    this.draw();
    this.tellTempo();
    if (going) this.sound.start();
  }

  play() {
    if (!this.data || this.sound.wanted) return Promise.resolve();
    this.score.last = null;
    this.score.away = false;
    this.score.touched = -Infinity; // wherever the reader has scrolled to: now he wants to see it play
    return this.sound.start({ countIn: this.parts["count-in"].checked });
  }

  pause() { this.sound.stop(); }

  stop() { this.sound.stop(); }

  toggle() { return this.sound.wanted ? this.pause() : this.play(); }

  /** Choose printed bars, looped or not; of bars that are not there the nearest. */
  setLoop(first, last, on = true) {
    if (!this.data) return;
    const [low, high] = [first, last].map((bar) => clamped(bar, 1, this.bars, 1)).sort((a, b) => a - b);
    const same = low === this.range.first && high === this.range.last && this.range.chosen;
    this.changing(() => { this.range = { on: Boolean(on), first: low, last: high, chosen: true }; });
    this.keepPiece();
    if (!same) this.tell("player-select", { first: low, last: high });
  }

  setTempo(percent) {
    this.setFactor(clamped(percent, ...TEMPO, 100) / 100);
    this.keepPiece();
    if (!this.sound.wanted) return;
    clearTimeout(this.pending); // a slider that is moved says so many times a second
    this.pending = setTimeout(() => {
      this.pending = null;
      this.changing(() => {});
    }, 150);
  }

  // -- What changes --

  tell(name, detail) {
    this.root.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  /** Do something that changes what is planned, and go on from there. */
  changing(change) {
    const going = this.sound.wanted;
    if (going) this.sound.stop();
    change();
    this.aim();
    if (going) this.sound.start();
    this.draw();
  }

  setFactor(factor) {
    if (factor === this.sound.factor) return;
    this.sound.factor = factor;
    this.tellTempo();
  }

  tellTempo() {
    const { factor } = this.sound, percent = Math.round(factor * 100);
    this.parts.tempo.value = percent;
    this.parts["tempo-value"].textContent = this.data ? `${percent} % · ${rounded(this.bpm)}` : `${percent} %`;
    this.parts["tempo-mark"].textContent = this.data ? `♩ = ${rounded(this.bpm)}` : "";
    this.parts["tempo-mark"].hidden = Boolean(this.score.systems[0]?.box.querySelector(".tempo-mark")); // it is in the picture
    this.score.showTempo(factor);
    this.tell("player-tempo", { bpm: this.bpm, factor });
  }

  /** Called by the sound when it starts or stops. */
  turned() {
    const { playing } = this.sound;
    if (playing) this.frame();
    this.wake(playing);
    this.tell("player-state", { playing });
    this.draw();
  }

  /** Keep the screen of a phone on while it plays, where the browser lets us. */
  wake(on) {
    if (on) this.lock ??= navigator.wakeLock?.request("screen").catch(() => null);
    else {
      this.lock?.then((lock) => lock?.release());
      this.lock = null;
    }
  }

  /** Set the stretch that plays: the loop, or all. */
  aim() {
    const { sound, data, range } = this;
    sound.stretch = data && range.on ? { ...this.pass(range.first, range.last), loops: true } : { from: 0, to: data?.seconds ?? 0, loops: false };
    const { from, to } = sound.stretch;
    if (sound.place < from || sound.place >= to) sound.place = from;
    const { checked } = this.parts.ramp;
    const step = clamped(this.parts["ramp-step"].value, 1, 50, 5), goal = clamped(this.parts["ramp-to"].value, ...TEMPO, 100);
    sound.ramp = checked ? { step: step / 100, goal: goal / 100 } : null;
  }

  /** One time that printed bars are played in a row; of several the one at the cursor, else the first that is whole. */
  pass(first, last) {
    const { bars, seconds } = this.data;
    const passes = [];
    bars.forEach(([start, number], place) => {
      if (number < first || number > last) return;
      const before = bars[place - 1]?.[1];
      if (before === undefined || before < first || before > last) passes.push({ from: start, numbers: [] });
      passes.at(-1).numbers.push(number);
      passes.at(-1).to = bars[place + 1]?.[0] ?? seconds;
    });
    const whole = passes.filter(({ numbers }) => numbers.includes(first) && numbers.includes(last));
    const { place } = this.sound;
    const found = whole.find(({ from, to }) => place >= from && place < to) ?? whole[0] ?? passes[0];
    return found ?? { from: 0, to: seconds };
  }

  /** When a beat of a printed bar is played: of several times the one nearest to the cursor. */
  time(number, beat = 0) {
    const times = this.data.bars.filter((bar) => bar[1] === number).map((bar) => bar[2][beat] ?? bar[0]);
    const away = (time) => Math.abs(time - this.sound.place);
    return times.length ? times.reduce((best, time) => (away(time) < away(best) ? time : best)) : this.sound.place;
  }

  /** The cursor to a beat; its bar is selected, or stays looped where it is inside the loop. */
  tap(number, beat) {
    this.sound.place = this.position;
    const { on, first, last } = this.range;
    if (!on || number < first || number > last) this.setLoop(number, number, on);
    this.seek(this.time(number, beat));
  }

  seek(place) {
    this.changing(() => { this.sound.place = place; });
    this.score.follow(true);
  }

  rewind() {
    this.seek(this.sound.stretch.from);
  }

  /** The printed bar at the cursor. */
  bar() {
    return this.score.at(this.position).number;
  }

  step(by) {
    const { bars } = this.data, { from, to } = this.sound.stretch;
    const { index } = this.score.at(this.position);
    const goal = bars[Math.min(Math.max(index + by, 0), bars.length - 1)];
    if (goal[0] < from - 1e-6 || goal[0] >= to - 1e-6) return;
    this.seek(goal[0]);
    if (!this.range.on) this.setLoop(goal[1], goal[1], false);
  }

  grow(by) {
    const { on, first, last, chosen } = this.range;
    if (!chosen && !on) this.setLoop(this.bar(), this.bar() + Math.max(by, 0), false);
    else this.setLoop(first, Math.max(last + by, first), on);
  }

  // -- What is seen --

  draw() {
    const { parts, range, sound, data } = this;
    const kind = sound.wanted ? "pause" : "play";
    if (parts.play.dataset.kind !== kind) {
      parts.play.dataset.kind = kind;
      parts.play.innerHTML = `${ICONS[kind]}<span>${kind === "play" ? "Play" : "Pause"}</span>`;
    }
    parts.loop.checked = range.on;
    for (const [part, value] of [["loop-from", range.first], ["loop-to", range.last]]) {
      if (document.activeElement !== parts[part] || !this.typing) parts[part].value = value;
    }
    parts["ramp-step"].disabled = parts["ramp-to"].disabled = !data || !parts.ramp.checked;
    this.marks.show(range);
    this.place();
  }

  /** Put cursor, lights and words where the music is. */
  place() {
    const when = this.position;
    const found = this.score.show(when);
    this.neck.show(this.playing ? when : null);
    const words = found ? this.words(found) : "";
    if (this.parts.now.textContent !== words) this.parts.now.textContent = words;
  }

  /** Bar, section and chord at the cursor. */
  words({ index, number }) {
    const { chords, sections } = this.data;
    const last = (list) => list.findLast(([bar]) => bar <= number);
    const section = last(sections)?.[1], here = chords.filter(([bar]) => bar === number);
    const into = (this.position - this.data.bars[index][0]) * (this.data.tempo / 60) + 1e-3;
    const chord = here.findLast(([, beat]) => beat <= into)?.[2] ?? last(chords.filter(([bar]) => bar < number))?.[2];
    return [`bar ${number}`, section, chord].filter(Boolean).join(" · ");
  }

  frame() {
    if (!this.playing) return;
    const { factor } = this.sound.run();
    if (!this.pending && factor !== this.factor) this.setFactor(factor); // the next round of a ramp
    this.place();
    this.score.follow();
    requestAnimationFrame(() => this.frame());
  }

  /** Buttons that go to a section and choose its bars. */
  sections() {
    const list = this.data?.sections ?? [];
    this.parts.sections.hidden = !list.length;
    this.parts.sections.replaceChildren(...list.map(([bar, name], place) => {
      const button = make("button", { type: "button" });
      button.textContent = name;
      button.addEventListener("click", () => {
        this.setLoop(bar, (list[place + 1]?.[0] ?? this.bars + 1) - 1, this.range.on);
        this.seek(this.time(bar));
      });
      return button;
    }));
  }

  /** Lay out for the room there is. */
  fit() {
    const room = this.parts.score.clientWidth;
    if (room === this.room && this.score.name) return;
    this.room = room;
    this.root.classList.toggle("bs-narrow", room > 0 && room < NARROW);
    this.score.layout();
    if (this.data) this.place();
  }

  setZoom(zoom) {
    this.score.zoom = ZOOMS.includes(zoom) ? zoom : 1;
    this.parts["zoom-value"].textContent = `${Math.round(this.score.zoom * 100)} %`;
    this.score.layout();
    if (this.data) this.place();
  }

  // -- Hands --

  listen() {
    const { parts, memory } = this;
    const on = (part, kind, act) => parts[part].addEventListener(kind, act);
    on("play", "click", () => this.toggle());
    on("stop", "click", () => { this.stop(); this.rewind(); });
    on("rewind", "click", () => this.rewind());
    on("more", "click", () => {
      const open = this.root.classList.toggle("bs-open");
      parts.more.setAttribute("aria-expanded", open);
    });
    on("tempo", "input", () => this.setTempo(Number(parts.tempo.value)));
    on("loop", "change", () => this.setLoop(this.range.first, this.range.last, parts.loop.checked));
    for (const part of ["loop-from", "loop-to"]) {
      on(part, "input", () => { this.typing = true; });
      on(part, "change", () => this.typed(part));
    }
    on("loop-bar", "click", () => this.setLoop(this.bar(), this.bar(), true));
    on("volume", "input", () => this.setVolume(Number(parts.volume.value)));
    on("metronome", "change", () => this.sound.setMetronome(parts.metronome.checked));
    on("ramp", "change", () => {
      if (parts.ramp.checked && !this.range.on) this.setLoop(this.range.first, this.range.last, true);
      else this.changing(() => {});
      this.keepPiece();
    });
    for (const [part, least, most, usual] of [["ramp-step", 1, 50, 5], ["ramp-to", ...TEMPO, 100]]) {
      on(part, "change", () => {
        parts[part].value = clamped(parts[part].value, least, most, usual);
        this.changing(() => {});
        memory.set(part, Number(parts[part].value));
      });
    }
    for (const [part, by] of [["zoom-out", -1], ["zoom-in", 1]]) {
      on(part, "click", () => {
        const place = Math.min(Math.max(ZOOMS.indexOf(this.score.zoom) + by, 0), ZOOMS.length - 1);
        this.setZoom(ZOOMS[place]);
        memory.set("zoom", ZOOMS[place]);
      });
    }
    on("neck", "change", () => this.root.classList.toggle("bs-no-neck", !parts.neck.checked));
    on("colours", "change", () => this.setColours(parts.colours.checked));
    for (const part of ["neck", "colours", "metronome", "count-in"]) on(part, "change", () => memory.set(part, parts[part].checked));
    on("volume", "change", () => memory.set("volume", Number(parts.volume.value)));
    on("left-handed", "change", () => {
      memory.set("leftHanded", parts["left-handed"].checked);
      this.neck.load(this.data, parts["left-handed"].checked);
      this.place();
    });
    this.root.addEventListener("click", ({ detail, target }) => {
      // Pressed with a mouse or a finger: the space bar plays, it does not press the same button again.
      if (detail && target.closest("button, input[type=checkbox]")) document.activeElement?.blur();
    });
    document.addEventListener("keydown", (event) => this.key(event));
  }

  /** What is typed into a field of bars is looped; of two ends that crossed, the one that was typed last counts. */
  typed(part) {
    this.typing = false;
    const ends = { "loop-from": this.range.first, "loop-to": this.range.last };
    const bar = clamped(this.parts[part].value, 1, this.bars, ends[part]);
    const other = part === "loop-from" ? Math.max(bar, ends["loop-to"]) : Math.min(bar, ends["loop-from"]);
    this.setLoop(bar, other, true);
  }

  setVolume(percent) {
    this.sound.setVolume((percent / 100) ** 2); // as loudness is heard
  }

  setColours(on) {
    this.score.setColours(on);
    this.parts.fretboard.classList.toggle("bs-coloured", on);
  }

  /** Settings as they were when the page was last open. */
  recall() {
    const { parts, memory: { settings } } = this;
    for (const [part, usual] of [["neck", true], ["colours", false], ["metronome", false], ["count-in", false]]) {
      parts[part].checked = typeof settings[part] === "boolean" ? settings[part] : usual;
    }
    parts.volume.value = clamped(settings.volume, 0, 100, 100);
    parts["ramp-step"].value = clamped(settings["ramp-step"], 1, 50, 5);
    parts["ramp-to"].value = clamped(settings["ramp-to"], ...TEMPO, 100);
    this.root.classList.toggle("bs-no-neck", !parts.neck.checked);
    this.setColours(parts.colours.checked);
    this.setVolume(Number(parts.volume.value));
    this.sound.setMetronome(parts.metronome.checked);
    this.setZoom(settings.zoom ?? 1);
  }

  keepPiece() {
    if (this.data) this.memory.setPiece(this.data, { ...this.range, tempo: Math.round(this.factor * 100) });
  }

  key(event) {
    const altGraph = event.getModifierState("AltGraph"); // brackets on many keyboards
    if (event.defaultPrevented || !this.data || !this.parts.score.offsetParent) return; // a page may give the root no box
    if ((event.ctrlKey || event.altKey || event.metaKey) && !altGraph) return;
    const kind = owner(event.target);
    const act = kind === "text" ? null : this.action(event, kind);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** What a key does where the keyboard belongs to an element of some kind. */
  action({ key, code, shiftKey, repeat }, kind) {
    if (code === "Space") return kind === "button" || kind === "radio" ? null : () => { if (!repeat) this.toggle(); };
    const moves = { Home: () => this.rewind(), ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1) };
    if (shiftKey) Object.assign(moves, { ArrowLeft: () => this.grow(-1), ArrowRight: () => this.grow(1) });
    if (moves[key]) return kind === "slider" || kind === "radio" ? null : moves[key];
    const { first, last, on } = this.range;
    const percent = Math.round(this.factor * 100);
    return {
      l: () => this.setLoop(first, last, !on),
      "[": () => this.setLoop(this.bar(), Math.max(this.bar(), last), true),
      "]": () => this.setLoop(Math.min(this.bar(), first), this.bar(), true),
      "+": () => this.setTempo(percent + 5),
      "=": () => this.setTempo(percent + 5),
      "-": () => this.setTempo(percent - 5),
    }[key.toLowerCase()];
  }
}

/** A number between two, or the usual one where none was given. */
function clamped(value, least, most, usual) {
  const number = value === "" || value === null || value === undefined ? NaN : Math.round(Number(value));
  return Number.isNaN(number) ? usual : Math.min(Math.max(number, least), most);
}
