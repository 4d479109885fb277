// ---- What is looped: its mark over the systems, the handles at its ends, and the hands that move them -----------------

const MOVED = 6; // px beyond which a press is a drag
const EDGE = 70; // px from the edge of the window in which a drag scrolls it

class Marks {
  /** `hands`: tap(number, beat) and select(first, last) are called when a hand has done so. */
  constructor(score, hands) {
    this.score = score;
    this.hands = hands;
    this.range = { on: false, first: 1, last: 1, chosen: false };
    this.marks = [];
    this.handles = ["from", "to"].map((end) => this.handle(end));
    this.drag = null; // { anchor: number that stays, x, y, moved, handle }
    const { sheet } = score;
    sheet.addEventListener("pointerdown", (event) => this.press(event));
    sheet.addEventListener("pointermove", (event) => this.move(event));
    sheet.addEventListener("pointerup", (event) => this.release(event));
    sheet.addEventListener("pointercancel", () => this.abandon());
    score.placed = () => this.draw();
  }

  handle(end) {
    const label = end === "from" ? "Loop begins with bar" : "Loop ends with bar";
    const made = make("div", { class: `bs-handle bs-${end}`, role: "slider", tabindex: "0", "aria-label": label });
    made.dataset.part = `handle-${end}`;
    made.hidden = true;
    for (const part of ["stick", "knob"]) make("span", { class: `bs-${part}` }, made);
    made.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!step || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      const { first, last } = this.range;
      if (end === "from") this.hands.select(Math.min(first + step, last), last);
      else this.hands.select(first, Math.max(last + step, first));
    });
    return made;
  }

  /** Show a range of bars; one that nobody chose has no mark while it is not looped. */
  show(range) {
    this.range = range;
    this.draw();
  }

  draw(first = this.range.first, last = this.range.last) {
    const { score, range } = this;
    const shown = score.play && (range.on || range.chosen || this.drag?.moved);
    const inside = shown ? score.systems.filter(({ place: { bars } }) => bars.at(-1)[0] >= first && bars[0][0] <= last) : [];
    while (this.marks.length > inside.length) this.marks.pop().remove();
    while (this.marks.length < inside.length) this.marks.push(make("div", { class: "bs-mark" }));
    inside.forEach((system, index) => {
      const bars = system.place.bars.filter(([number]) => number >= first && number <= last);
      const mark = this.marks[index];
      this.over(mark, system, bars[0][1], bars.at(-1)[2]);
      mark.classList.toggle("bs-on", range.on || Boolean(this.drag?.moved));
      if (mark.parentNode !== score.sheet) score.sheet.append(mark);
    });
    this.handles.forEach((handle, place) => {
      handle.hidden = !shown;
      if (handle.parentNode !== score.sheet) score.sheet.append(handle);
      if (!shown) return;
      const number = place ? last : first;
      const { system, left, right } = score.bars.get(number);
      this.over(handle, system, 0);
      const edge = system.left + (place ? right : left) * system.scale;
      const start = Math.min(Math.max(edge - handle.offsetWidth / 2, 0), score.sheet.offsetWidth - handle.offsetWidth);
      handle.style.left = `${start}px`;
      handle.style.setProperty("--at", `${edge - start}px`);
      handle.setAttribute("aria-valuemin", 1);
      handle.setAttribute("aria-valuemax", score.bars.size);
      handle.setAttribute("aria-valuenow", number);
      handle.setAttribute("aria-valuetext", `bar ${number}`);
    });
  }

  /** Lay an element over the staff of a system. */
  over(element, system, left, right = left) {
    const { top, bottom } = system.place;
    element.style.left = `${system.left + left * system.scale}px`;
    element.style.top = `${system.top + (top - OVER) * system.scale}px`;
    element.style.height = `${(bottom - top + OVER + UNDER) * system.scale}px`;
    if (right > left) element.style.width = `${(right - left) * system.scale}px`;
  }

  press(event) {
    if (event.button || !event.isPrimary || !this.score.play) return;
    const handle = event.target.closest(".bs-handle");
    const { number, beat } = this.score.under(event.clientX, event.clientY);
    const { first, last } = this.range;
    const anchor = handle ? (handle === this.handles[0] ? last : first) : number;
    this.drag = { anchor, beat, handle, x: event.clientX, y: event.clientY, moved: false, touch: event.pointerType === "touch" };
    if (handle) {
      handle.focus({ preventScroll: true });
      this.score.sheet.setPointerCapture(event.pointerId);
    }
  }

  move(event) {
    const { drag } = this;
    if (!drag || !event.isPrimary || (drag.touch && !drag.handle)) return; // a finger on the score scrolls
    const moved = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > MOVED;
    if (!drag.moved && !moved) return;
    if (!drag.moved) {
      drag.moved = true;
      this.score.sheet.setPointerCapture(event.pointerId);
      this.scroll();
    }
    drag.now = { clientX: event.clientX, clientY: event.clientY };
    this.reach();
  }

  /** Mark what a drag reaches so far. */
  reach() {
    const { drag } = this;
    drag.number = this.score.under(drag.now.clientX, drag.now.clientY).number;
    this.draw(Math.min(drag.anchor, drag.number), Math.max(drag.anchor, drag.number));
  }

  /** While a drag is held near the top or the bottom of the window, that scrolls. */
  scroll() {
    const { drag, score } = this;
    if (!drag) return;
    const y = drag.now?.clientY ?? drag.y;
    const covered = score.head.getBoundingClientRect().bottom;
    const step = y < covered + EDGE / 2 ? -8 : y > window.innerHeight - EDGE ? 8 : 0;
    if (step && drag.now) {
      score.touched = performance.now();
      window.scrollBy(0, step);
      this.reach();
    }
    requestAnimationFrame(() => this.scroll());
  }

  release(event) {
    const { drag } = this;
    if (!drag || !event.isPrimary) return;
    this.drag = null;
    const { anchor, number, beat } = drag;
    if (drag.moved) this.hands.select(Math.min(anchor, number), Math.max(anchor, number));
    else if (!drag.handle) this.hands.tap(anchor, beat);
    this.draw();
  }

  abandon() {
    this.drag = null;
    this.draw();
  }
}
