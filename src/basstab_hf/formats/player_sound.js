// ---- What is heard: strokes and clicks, planned ahead by the clock of the audio device ------------------------------
// A "place" is a time in seconds at the tab's own tempo; a factor of 0.5 plays half as fast. A "run" is a stretch that is
// played without a jump: from one place to another, beginning at a time of the audio clock. Each round of a loop is one.

const AHEAD = 1.2; // seconds that are planned ahead: a page in the background is woken once a second
const TICK = 60; // milliseconds between plans
const LEAD = 0.08; // seconds from the press of a button to the first note
const KEPT = 8_000_000; // samples that are kept because phrases come again and again: 32 MB

/** The first index at which a sorted list of [when, ...] reaches a time. */
function firstFrom(list, when) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle][0] < when) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Plays what `load` gave it; `tell` is called when it starts or stops. */
class Sound {
  constructor(tell) {
    this.tell = tell;
    this.play = null; // what is played, as formats/playable.py gives it
    this.context = null;
    this.wanted = false; // from the press of the button on
    this.playing = false; // once the browser lets it sound
    this.turn = 0; // how often it was started or stopped
    this.place = 0; // where it stands when it does not play
    this.factor = 1;
    this.stretch = { from: 0, to: 0, loops: false };
    this.ramp = null; // { step, goal }: each round of a loop is so much faster, as parts of 1
    this.volume = 1;
    this.metronome = false;
    this.runs = []; // { at, from, to, factor }
    this.planned = 0; // place up to which the last run is planned
    this.sounding = new Set(); // { source, gain, at, index }; index -1: a click
    this.kept = new Map(); // buffers by factor and phrase
    this.room = KEPT;
    this.late = null; // seconds from the audio clock to the ear
  }

  load(play) {
    this.stop();
    this.play = play;
    this.forget();
  }

  forget() {
    this.kept.clear();
    this.room = KEPT;
  }

  /** The time of the audio clock that is heard now: what it says has still to go through the device. */
  heard() {
    const { currentTime, outputLatency, baseLatency } = this.context;
    const late = Math.min(outputLatency || baseLatency || 0, 1);
    this.late = this.late === null ? late : this.late + 0.1 * (late - this.late); // what devices tell jitters
    return currentTime - this.late;
  }

  /** The run that is heard at a time of the audio clock. */
  run(now = this.heard()) {
    return this.runs.findLast((one) => one.at <= now) ?? this.runs[0];
  }

  position() {
    if (!this.playing) return this.place;
    const now = this.heard(), run = this.run(now);
    const last = run.to - (this.stretch.loops ? 1e-3 : 0); // where a loop ends the bar behind it begins
    return Math.min(Math.max(run.from, run.from + (now - run.at) * run.factor), last);
  }

  async start({ countIn = false } = {}) {
    if (!this.play) return;
    this.wanted = true;
    const turn = ++this.turn;
    if (!this.context) this.open();
    await this.context.resume();
    if (turn !== this.turn) return; // stopped, or started anew, in the meantime
    const { from, to } = this.stretch;
    const begin = this.place >= from && this.place < to - 1e-3 ? this.place : from;
    this.prepare(begin, to);
    let at = this.context.currentTime + LEAD;
    if (countIn) at = this.countIn(begin, at);
    this.playing = true;
    this.runs = [{ at, from: begin, to, factor: this.factor }];
    this.planned = begin;
    this.plan();
    this.timer = setInterval(() => this.plan(), TICK);
    this.tell();
  }

  /** Compute what sounds first before it is told when: a slow machine takes longer than LEAD. */
  prepare(begin, to) {
    const { strokes } = this.play, until = Math.min(to, begin + AHEAD * this.factor);
    for (const [, index] of strokes.slice(firstFrom(strokes, begin - 1e-6), firstFrom(strokes, until))) {
      this.buffer(index, this.factor);
    }
    [0, 1].forEach((accent) => this.click(accent));
  }

  stop(place = this.position()) {
    this.place = place;
    if (!this.wanted) return;
    this.wanted = this.playing = false;
    this.turn += 1;
    clearInterval(this.timer);
    const now = this.context.currentTime;
    for (const { source, gain } of this.sounding) {
      gain.gain.cancelScheduledValues(now);
      gain.gain.setTargetAtTime(0, now, 0.01);
      source.stop(now + 0.06);
    }
    this.sounding.clear();
    this.tell();
  }

  open() {
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.main = new GainNode(this.context, { gain: this.volume });
    this.main.connect(this.context.destination);
    this.clicks = new GainNode(this.context, { gain: Number(this.metronome) });
    this.clicks.connect(this.main);
  }

  setVolume(volume) {
    this.volume = volume;
    this.main?.gain.setTargetAtTime(volume, this.context.currentTime, 0.02);
  }

  /** Clicks are always planned, so that they can be switched on in the middle of a bar. */
  setMetronome(on) {
    this.metronome = on;
    this.clicks?.gain.setTargetAtTime(Number(on), this.context.currentTime, 0.005);
  }

  /** Click one bar, as long as the one at a place; returns the time when it is over. */
  countIn(place, at) {
    const { bars, clicks, seconds } = this.play;
    const bar = Math.max(firstFrom(bars, place + 1e-6) - 1, 0);
    const start = bars[bar][0], end = bars[bar + 1]?.[0] ?? seconds;
    for (const [when, accent] of clicks.slice(firstFrom(clicks, start - 1e-6), firstFrom(clicks, end - 1e-6))) {
      this.sound(this.click(accent), at + (when - start) / this.factor, Infinity, -1, this.main);
    }
    return at + (end - start) / this.factor;
  }

  /** Plan what begins within the next moment; at the end of a loop a new run begins. */
  plan() {
    const { context, play } = this;
    for (;;) {
      const run = this.runs.at(-1);
      const time = (place) => run.at + (place - run.from) / run.factor;
      const horizon = Math.min(run.to, run.from + (context.currentTime + AHEAD - run.at) * run.factor);
      if (horizon <= this.planned) break;
      const due = (list) => list.slice(firstFrom(list, this.planned - 1e-6), firstFrom(list, horizon - 1e-6));
      const end = this.stretch.loops ? time(run.to) : Infinity;
      for (const [when, index] of due(play.strokes)) {
        this.sound(this.buffer(index, run.factor), time(when), end, index, this.main);
      }
      for (const [when, accent] of due(play.clicks)) this.sound(this.click(accent), time(when), end, -1, this.clicks);
      this.planned = horizon;
      if (horizon < run.to - 1e-6 || !this.stretch.loops) break;
      const { from, to } = this.stretch;
      this.runs = [...this.runs.slice(-7), { at: time(run.to), from, to, factor: this.faster(run.factor) }];
      this.planned = from;
    }
    const { at, from, to, factor } = this.runs.at(-1);
    if (!this.stretch.loops && this.heard() > at + (to - from) / factor) this.stop(this.stretch.from);
  }

  /** The factor of the round after one. */
  faster(factor) {
    return this.ramp && factor < this.ramp.goal ? Math.min(this.ramp.goal, factor + this.ramp.step) : factor;
  }

  buffer(index, factor) {
    const key = `${factor} ${index}`;
    const found = this.kept.get(key);
    if (found) return found;
    const samples = swing(atTempo(this.play.phrases[index], factor), this.context.sampleRate, this.play);
    const made = this.context.createBuffer(1, samples.length, this.context.sampleRate);
    made.copyToChannel(samples, 0);
    this.room -= samples.length;
    if (this.room < 0) this.forget();
    this.kept.set(key, made);
    return made;
  }

  click(accent) {
    this.made ??= [1175, 1760].map((hertz) => {
      const made = this.context.createBuffer(1, Math.round(0.03 * this.context.sampleRate), this.context.sampleRate);
      made.getChannelData(0).forEach((_, n, samples) => {
        const seconds = n / this.context.sampleRate;
        samples[n] = 0.5 * Math.sin(2 * Math.PI * hertz * seconds) * Math.exp(-seconds / 0.006);
      });
      return made;
    });
    return this.made[accent];
  }

  /** Let a buffer sound at a time of the context; `until` cuts it short without a click. */
  sound(buffer, at, until, index, goal) {
    const source = new AudioBufferSourceNode(this.context, { buffer });
    const gain = new GainNode(this.context, { gain: 1 });
    source.connect(gain).connect(goal);
    source.start(at);
    if (at + buffer.duration > until + RELEASE) {
      gain.gain.setValueAtTime(1, Math.max(until, at));
      gain.gain.linearRampToValueAtTime(0, Math.max(until, at) + RELEASE);
      source.stop(until + 2 * RELEASE);
    }
    const one = { source, gain, at, index };
    source.onended = () => {
      this.sounding.delete(one);
      gain.disconnect();
    };
    this.sounding.add(one);
  }
}
