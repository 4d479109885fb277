// What a listener hears, written down for the tests; the page itself goes on as it is. Runs before its scripts.
"use strict";

window.ear = { sounds: [], context: null, taps: new Map() };

{
  const { connect } = AudioNode.prototype;
  /** Whatever goes to the loudspeaker goes to a meter, too. */
  AudioNode.prototype.connect = function (to, ...rest) {
    this.heardBy = to;
    if (to instanceof AudioDestinationNode) {
      const { context } = this;
      window.ear.context = context;
      if (!window.ear.taps.has(context)) {
        window.ear.taps.set(context, new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 }));
      }
      connect.call(this, window.ear.taps.get(context));
    }
    return connect.call(this, to, ...rest);
  };

  const { start, stop } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (when = 0, ...rest) {
    const at = Math.max(when, this.context.currentTime);
    this.heard = { at, late: at - when, length: this.buffer?.duration ?? 0, ended: Infinity };
    Object.defineProperty(this.heard, "source", { value: this }); // not handed out
    window.ear.sounds.push(this.heard);
    return start.call(this, when, ...rest);
  };
  AudioBufferSourceNode.prototype.stop = function (when = 0, ...rest) {
    if (this.heard) this.heard.ended = Math.max(when, this.context.currentTime);
    return stop.call(this, when, ...rest);
  };
}

/** Root mean square of the last third of a second at the loudspeaker, all contexts together. */
window.ear.level = () => {
  let sum = 0;
  for (const [context, tap] of window.ear.taps) {
    if (context.state !== "running") continue;
    const samples = new Float32Array(tap.fftSize);
    tap.getFloatTimeDomainData(samples);
    sum += samples.reduce((all, one) => all + one * one, 0) / samples.length;
  }
  return Math.sqrt(sum);
};

/** Whether a sound goes through something that is turned off now, behind a gain of its own. */
const muted = ({ source }) => {
  for (let node = source.heardBy?.heardBy; node; node = node.heardBy) {
    if (node instanceof GainNode && node.gain.value < 0.001) return true;
  }
  return false;
};

/** Sounds that began, or will, after a time of the context; cut and muted ones left out. */
window.ear.since = (time) => window.ear.sounds.filter((one) => one.at >= time && one.ended > one.at && !muted(one));
window.ear.now = () => window.ear.context?.currentTime ?? 0;

// What is seen: the score by the lines that are drawn, the cursor, marks, targets and the focus.

window.eye = { seen: [] };

{
  const { eye } = window;
  const box = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { left, right, top, bottom };
  };
  const pictures = () =>
    [...document.querySelectorAll("[role=img][aria-label^='Tab, bar']")].filter((one) => one.checkVisibility());

  /** The middle and the ends of the cursor; null while there is none. */
  eye.cursor = () => {
    const found = [...document.querySelectorAll("[data-part=cursor]")].find((one) => one.checkVisibility());
    if (!found) return null;
    const { left, right, top, bottom } = box(found);
    return { x: (left + right) / 2, top, bottom };
  };

  /** From now on: at each picture the time that is heard, and where the cursor stands on the page. */
  eye.watch = () => {
    eye.seen = [];
    const look = () => {
      const at = eye.cursor();
      const { context } = window.ear;
      if (at && context) {
        eye.seen.push([context.currentTime - (context.outputLatency || 0), at.x + scrollX, at.top + scrollY]);
      }
      requestAnimationFrame(look);
    };
    look();
  };

  /** The bars of the score in its order: number, edges, and the places of their frets. */
  eye.bars = () => pictures().flatMap((picture) => {
    let number = Number(picture.getAttribute("aria-label").match(/\d+/)[0]);
    const lines = [...picture.querySelectorAll("line")].map(box);
    const strings = [...picture.querySelectorAll("line[stroke-width='0.8']")].map(box)
      .filter((one) => one.bottom - one.top < 2 && one.right - one.left > 40); // beams lie level, too
    const top = Math.min(...strings.map((one) => one.top)), bottom = Math.max(...strings.map((one) => one.bottom));
    const edges = lines
      .filter((one) => one.right - one.left < 6 && Math.abs(one.top - top) < 3 && Math.abs(one.bottom - bottom) < 3)
      .map((one) => (one.left + one.right) / 2).sort((one, other) => one - other);
    const frets = [...picture.querySelectorAll("text")].filter((text) => /^[(<]?\d+[)>]?$/.test(text.textContent))
      .filter((text) => !text.hasAttribute("font-weight")).map(box)
      .filter((one) => one.bottom > top - 4 && one.top < bottom + 4 && (one.top + one.bottom) / 2 > top - 8);
    const bars = [];
    for (const [place, left] of edges.entries()) {
      const right = edges[place + 1];
      if (right === undefined || right - left < 24) continue;
      const xs = frets.map((one) => (one.left + one.right) / 2).filter((x) => x > left && x < right);
      bars.push({ number, left, right, top, bottom, xs });
      number += 1;
    }
    return bars;
  });

  /** All words and figures of the score. */
  eye.words = () => pictures()
    .flatMap((one) => [...one.querySelectorAll("text")].map((text) => text.textContent)).join(" ");

  const within = (bar, x, y) => bar.left - 2 <= x && x < bar.right - 2 && bar.top - 30 <= y && y <= bar.bottom + 30;

  /** The number of the bar that the cursor stands in; null: none. */
  eye.bar = () => {
    const at = eye.cursor();
    return at && (eye.bars().find((bar) => within(bar, at.x, (at.top + at.bottom) / 2))?.number ?? null);
  };

  /** The numbers of the bars that are marked as looped. */
  eye.marked = () => {
    const marks = [...document.querySelectorAll(".bs-mark")].filter((one) => one.checkVisibility()).map(box);
    const over = (bar) => (mark) => {
      const x = (bar.left + bar.right) / 2, y = (bar.top + bar.bottom) / 2;
      return mark.left < x && x < mark.right && mark.top < y && y < mark.bottom;
    };
    return eye.bars().filter((bar) => marks.some(over(bar))).map(({ number }) => number);
  };

  /** Whether the middle of an element is on the screen, with nothing of another over it. */
  eye.sees = (element) => {
    const { left, right, top, bottom } = box(element);
    const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return Boolean(found && (element.contains(found) || found.closest("label")?.control === element));
  };

  /** Whether an upright line is on the screen from top to bottom, and under no control. */
  eye.clear = ({ x, top, bottom }) => [top + 4, bottom - 4].every((y) => y > 0 && y < innerHeight
    && !document.elementFromPoint(x, y)?.closest("button, input, label, select, #bar"));

  /** What makes the page wider than the screen, the first few. */
  eye.wider = () => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const within = (element) => {
      for (let up = element.parentElement; up; up = up.parentElement) {
        if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return true;
      }
      return false;
    };
    const found = [...document.querySelectorAll("body *")].filter((one) => box(one).right > wide + 1 && !within(one));
    return [`${document.documentElement.scrollWidth} px`, ...found.slice(0, 6).map(name)];
  };

  const name = (one) => one.id || one.dataset?.part || one.outerHTML.slice(0, 70);
  const labelOf = (one) => one.closest("label") ?? one.labels?.[0];

  /** Controls smaller than 44 px for a finger; a label is part of its control, links in running text are left out. */
  eye.small = () => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button]")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && !one.matches("p a, li a, .skip"))
    .flatMap((one) => {
      const boxes = [one, labelOf(one)].filter(Boolean).map(box);
      const width = Math.max(...boxes.map(({ left, right }) => right - left));
      // A label beside its field does not make the field higher, but that of a box to tick does.
      const ticked = one.closest("label") || one.matches("[type=checkbox], [type=radio]");
      const height = Math.max(...(ticked ? boxes : boxes.slice(0, 1)).map(({ top, bottom }) => bottom - top));
      return width >= 43.5 && height >= 43.5 ? [] : [`${name(one)}: ${Math.round(width)} x ${Math.round(height)}`];
    });

  /** What has the focus: its name, whether a ring shows it, whether it lies under something else; null: nothing. */
  eye.focus = () => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const ring = (one) => {
      const style = getComputedStyle(one);
      return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
    };
    const { left, right, top, bottom } = box(element);
    const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
    const found = document.elementFromPoint((left + right) / 2, y);
    const label = labelOf(element);
    const hidden = right - left < 3 || getComputedStyle(element).opacity === "0"; // its label stands for it
    return {
      name: name(element),
      ring: ring(element) || Boolean(hidden && label && [label, ...label.querySelectorAll("*")].some(ring)),
      covered: !hidden && !(found && (element.contains(found) || found.contains(element) || label?.contains(found))),
    };
  };
}
