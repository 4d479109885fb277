// ---- The neck, the highest string on top as in the tab; for left-handers its nut is at the right ----------------------

const SVG = "http://www.w3.org/2000/svg";
const INLAYS = [3, 5, 7, 9, 12, 15, 17, 19, 21, 24];

function draw(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

class Neck {
  constructor(box) {
    this.box = box;
    this.play = null;
    this.leftHanded = false;
    this.dots = new Map(); // "string fret" -> circle
    this.lit = new Set();
    this.longest = 0; // seconds of the longest note
  }

  load(play, leftHanded) {
    this.play = play;
    this.leftHanded = leftHanded;
    this.dots.clear();
    this.lit.clear();
    this.box.replaceChildren();
    if (!play) return;
    this.longest = play.notes.reduce((most, [, length]) => Math.max(most, length), 0);
    this.draw();
  }

  draw() {
    const { notes, strings } = this.play;
    const frets = notes.reduce((most, [, , , fret]) => Math.max(most, fret), 12), count = strings.length;
    const wide = 40, gap = 16, left = 46, long = left + frets * wide + 8;
    const at = (x) => (this.leftHanded ? long - x : x);
    const middle = (fret) => (fret === 0 ? left - 12 : left + (fret - 0.5) * wide);
    const y = (string) => 11 + (string - 1) * gap;
    const svg = draw("svg", { viewBox: `0 0 ${long} ${(count - 1) * gap + 36}`, fill: "currentColor" }, this.box);
    svg.style.width = `min(100%, ${0.9 * long}px)`;
    svg.style.minWidth = `${long / 2}px`; // a phone scrolls a neck of 24 frets
    for (let fret = 0; fret <= frets; fret += 1) {
      const x = at(left + fret * wide);
      draw("line", { x1: x, x2: x, y1: y(1), y2: y(count), stroke: "currentColor", "stroke-width": fret ? 1 : 4, opacity: 0.5 }, svg);
      if (!INLAYS.includes(fret)) continue;
      const number = draw("text", { x: at(middle(fret)), y: y(count) + 20, "font-size": 11, "text-anchor": "middle" }, svg);
      number.textContent = fret;
    }
    strings.forEach((label, place) => {
      const line = { x1: at(left), x2: at(left + frets * wide), y1: y(place + 1), y2: y(place + 1), stroke: "currentColor" };
      draw("line", { ...line, class: `bs-l${place + 1}`, "stroke-width": 1 + place * 0.6, opacity: 0.6 }, svg);
      const beside = { x: at(6), y: y(place + 1) + 4, "font-size": 12, "text-anchor": this.leftHanded ? "end" : "start" };
      draw("text", { ...beside, class: `bs-s${place + 1}` }, svg).textContent = label;
    });
    for (const [, , string, fret] of notes) {
      const key = `${string} ${fret}`;
      if (this.dots.has(key)) continue;
      this.dots.set(key, draw("circle", { class: `bs-dot bs-s${string}`, cx: at(middle(fret)), cy: y(string), r: 8 }, svg));
    }
  }

  /** Light the notes that sound at a place in time; null: none. */
  show(when) {
    const now = new Set();
    if (this.play && when !== null) {
      const { notes } = this.play;
      for (let place = firstFrom(notes, when + 1e-6) - 1; place >= 0 && notes[place][0] > when - this.longest; place -= 1) {
        const [onset, length, string, fret] = notes[place];
        if (when < onset + length) now.add(this.dots.get(`${string} ${fret}`));
      }
    }
    for (const dot of this.lit) if (!now.has(dot)) dot.classList.remove("bs-lit");
    for (const dot of now) dot.classList.add("bs-lit");
    this.lit = now;
  }
}
