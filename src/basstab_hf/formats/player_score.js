// ---- What is read: the systems of the sheet that fits, and the cursor ------------------------------------------------

const NARROW = 600; // px of room under which bars are laid out for a phone
const HANDS_OFF = 3000; // milliseconds after the reader has scrolled in which nothing is scrolled for him
const GAP = 12; // px between string lines in the pictures
const OVER = 5.5, UNDER = 12; // px by which cursor and marks reach beyond the string lines: names and numbers are higher

/** An element with attributes, put at the end of another one. */
function make(name, attributes, parent) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

class Score {
  /** `box` scrolls sideways where a zoomed picture is wider; `head` lies over the top of what scrolls under it. */
  constructor(box, head) {
    this.box = box;
    this.head = head;
    this.sheet = make("div", { class: "bs-sheet" }, box);
    this.cursor = make("div", { class: "bs-cursor", "data-part": "cursor", hidden: "" });
    this.play = null;
    this.zoom = 1;
    this.colours = false;
    this.name = ""; // of the sheet that is built
    this.systems = []; // { box, place, left, top, scale }
    this.bars = new Map(); // printed number -> { system, left, right, xs }
    this.tempos = []; // [element, quarter notes a minute]
    this.last = null; // the system that was last brought into view
    this.touched = -Infinity; // when the reader last scrolled
    this.away = false; // whether he has scrolled away from what is played
    for (const kind of ["wheel", "touchmove"]) {
      document.addEventListener(kind, () => { this.touched = performance.now(); }, { passive: true });
    }
    document.addEventListener("scroll", () => {
      if (performance.now() > this.mine) this.touched = performance.now();
    }, { passive: true, capture: true });
    this.mine = 0; // until then scrolling is the player's own
    this.printing = window.matchMedia("print");
    this.printing.addEventListener("change", () => this.layout());
    window.addEventListener("beforeprint", () => this.layout(true));
    window.addEventListener("afterprint", () => this.layout());
  }

  load(play) {
    this.play = play;
    this.name = "";
    this.last = null;
    this.layout();
  }

  /** Choose the sheet and its size by the room and the zoom: what is too wide for its size is shown as the narrow one. */
  layout(forPaper = this.printing.matches) {
    if (!this.play) {
      this.sheet.replaceChildren();
      this.name = "";
      this.systems = [];
      this.bars.clear();
      this.tempos = [];
      this.placed?.();
      return;
    }
    const room = this.box.clientWidth || 800;
    const { wide, narrow } = this.play.sheets;
    const scale = forPaper ? room / wide.width : this.zoom * (room >= NARROW ? room / wide.width : room / narrow.width);
    const name = wide.width * scale <= room * 1.01 ? "wide" : "narrow";
    if (name !== this.name) this.build(name);
    const width = (name === "wide" ? wide : narrow).width * scale;
    this.sheet.style.width = `${Math.abs(width - room) < 2 ? room : width}px`;
    this.box.classList.toggle("bs-wider", width > room + 2 && !forPaper);
    for (const system of this.systems) {
      system.left = system.box.offsetLeft;
      system.top = system.box.offsetTop;
      system.scale = system.box.offsetWidth / this.play.sheets[name].width;
    }
    this.here = null;
    this.placed?.(); // what lies over the systems moves with them
  }

  build(name) {
    this.name = name;
    const { width, systems } = this.play.sheets[name];
    this.bars.clear();
    this.tempos = [];
    this.systems = systems.map((place) => {
      const box = make("div", { class: "bs-system" });
      const picture = make("div", { role: "img", "aria-label": `Tab, ${place.label}` }, box);
      picture.innerHTML = place.svg; // made by formats/pictures.py, which escapes what it is given
      picture.style.aspectRatio = `${width} / ${place.height}`;
      const system = { box, place, left: 0, top: 0, scale: 1 };
      for (const [number, left, right, xs] of place.bars) this.bars.set(number, { system, left, right, xs });
      this.findTempos(picture);
      return system;
    });
    this.sheet.replaceChildren(...this.systems.map(({ box }) => box), this.cursor);
    this.sheet.dataset.sheet = name;
    this.last = null;
    this.paintStrings();
    this.showTempo(this.factor ?? 1);
  }

  // -- Marks in the pictures --

  findTempos(picture) {
    for (const text of picture.querySelectorAll(".tempo-mark")) this.tempos.push([text, Number(text.dataset.bpm)]);
  }

  /** Changes of tempo as they are played at a factor. */
  showTempo(factor) {
    this.factor = factor;
    for (const [text, tempo] of this.tempos) text.textContent = `= ${rounded(tempo * factor)}`;
  }

  setColours(on) {
    this.colours = on;
    this.box.classList.toggle("bs-coloured", on);
    this.paintStrings();
  }

  /** Tell frets and string lines which string they belong to, once they are to be coloured. */
  paintStrings() {
    if (!this.colours) return;
    const count = this.play?.strings.length ?? 0;
    for (const { box, place } of this.systems) {
      if (box.dataset.painted) continue;
      box.dataset.painted = "true";
      const string = (y) => Math.round((y - place.top) / GAP) + 1;
      const near = (y) => Math.abs(y - place.top - GAP * Math.round((y - place.top) / GAP)) < 1;
      const inside = (number) => number >= 1 && number <= count;
      for (const text of box.querySelectorAll("text:not([font-weight])")) {
        const y = Number(text.getAttribute("y")) - 4.2;
        if (near(y) && inside(string(y)) && /^[(<]?\d+[)>]?$/.test(text.textContent)) text.classList.add(`bs-s${string(y)}`);
      }
      for (const line of box.querySelectorAll("line")) {
        const y = Number(line.getAttribute("y1"));
        const level = line.getAttribute("y1") === line.getAttribute("y2");
        if (level && near(y) && inside(string(y))) line.classList.add(`bs-l${string(y)}`);
      }
    }
  }

  // -- The cursor --

  /** The bar as played, its printed number and the share of its picture at a place in time. */
  at(when) {
    const { bars, seconds } = this.play;
    const index = Math.max(firstFrom(bars, when + 1e-6) - 1, 0);
    const [, number, beats] = bars[index];
    const next = bars[index + 1];
    let beat = beats.length - 1;
    while (beat > 0 && beats[beat] > when + 1e-6) beat -= 1;
    const end = beats[beat + 1] ?? next?.[0] ?? seconds;
    const share = end > beats[beat] ? Math.min(Math.max((when - beats[beat]) / (end - beats[beat]), 0), 1) : 0;
    return { index, number, beat, share };
  }

  /** Where the cursor stands in its system at a place in time. */
  x({ number, beat, share }) {
    const { system, right, xs } = this.bars.get(number);
    const goal = xs[beat + 1] ?? right - 4; // it stays in its bar, which may be all of a loop
    return { system, x: xs[beat] + share * (goal - xs[beat]) };
  }

  /** Put the cursor at a place in time; returns what `at` says of it. */
  show(when) {
    this.cursor.hidden = !this.play;
    if (!this.play) return null;
    const found = this.at(when);
    const { system, x } = this.x(found);
    if (system !== this.here) {
      this.here = system;
      this.cursor.style.height = `${(system.place.bottom - system.place.top + OVER + UNDER) * system.scale}px`;
    }
    const left = system.left + x * system.scale;
    this.cursor.style.transform = `translate(${left}px, ${system.top + (system.place.top - OVER) * system.scale}px)`;
    if (this.box.classList.contains("bs-wider")) this.followSideways(left);
    return found;
  }

  // -- Following --

  /**
   * Bring the cursor's system into view, once a system; `now`: the reader asks for it, even if he has scrolled. Who
   * scrolls away is left alone until he sees the cursor's system again.
   */
  follow(now = false) {
    if (!this.here || (this.here === this.last && !now && !this.away)) return;
    this.last = this.here;
    const { top, bottom } = this.here.box.getBoundingClientRect();
    const covered = this.head.getBoundingClientRect().bottom;
    const below = parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom) || 0; // what lies over the page there
    const seen = top >= covered - 1 && bottom <= window.innerHeight - below;
    this.away = !now && !seen && (this.away || performance.now() - this.touched < HANDS_OFF);
    if (seen || this.away) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.mine = performance.now() + (still ? 100 : 900);
    this.here.box.style.scrollMarginTop = `${this.head.offsetHeight + 8}px`;
    this.here.box.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
  }

  /** In a picture that is wider than its room: turn the page before the cursor leaves it. */
  followSideways(left) {
    const { scrollLeft, clientWidth } = this.box;
    if (performance.now() - this.touched < HANDS_OFF) return;
    if (left < scrollLeft || left > scrollLeft + clientWidth - 40) {
      this.mine = performance.now() + 100;
      this.box.scrollLeft = Math.max(left - 40, 0);
    }
  }

  // -- Pointing --

  /** The bar and beat under a point of the window: of systems the nearest. */
  under(clientX, clientY) {
    const box = this.sheet.getBoundingClientRect();
    const x = clientX - box.left, y = clientY - box.top;
    const away = ({ top, box: { offsetHeight } }) => Math.max(top - y, y - top - offsetHeight, 0);
    const system = this.systems.reduce((best, one) => (away(one) < away(best) ? one : best));
    const place = (x - system.left) / system.scale;
    const bars = system.place.bars;
    const [number, , , xs] = bars.findLast(([, left]) => left <= place) ?? bars[0];
    const beat = Math.max(xs.findLastIndex((each) => each <= place + 8), 0);
    return { number, beat };
  }
}

const rounded = (tempo) => String(Math.round(tempo * 10) / 10);
