// The tab as it is: text -> result, and what the page shows of it: text, score, notes, versions, what can be undone.

import { askResult } from "./asking.js";
import { $, element, plural } from "./dom.js";
import { fail } from "./messages.js";

export class Score {
  #shown = null; // the result that the player has
  #text = ""; // the text that was put into the field
  #versions = null;

  constructor({ work, fields, player, versions }) {
    Object.assign(this, { work, fields, player, versions });
    work.addEventListener("change", () => this.#show());
  }

  /** How the tab of now is heard and named. */
  settings(tempo, how) {
    return this.fields.settings(tempo ?? this.work.now.result?.tempo ?? this.fields.form().tempo, how);
  }

  /** Read a text as a tab: it goes on being the same piece, unless there is none. */
  async read(text, settings = this.settings()) {
    const { result } = this.work.now;
    const read = await askResult({ do: "read", text, settings });
    return { ...read, of: text, seed: read.seed ?? null, piece: result?.piece ?? newPiece() };
  }

  /** Draw the tab anew where tempo, sound or (`named`) title and artist are others, and all versions of its bars. */
  async again(tempo, how) {
    const { result, versions } = this.work.now;
    if (!result) return;
    const settings = this.settings(tempo, how);
    const results = await Promise.all((versions?.results ?? [result]).map((one) => this.#redraw(one, settings)));
    const { now } = this.work;
    if (now.result !== result || now.versions !== versions) return;
    results.forEach((one) => this.versions.renew(one));
    const drawn = results[versions?.chosen ?? 0];
    const text = isOf(now.text, result) ? drawn.text : now.text;
    this.work.amend({ result: drawn, text, versions: versions && { ...versions, results } });
  }

  async #redraw(result, settings) {
    const { seed, notes, piece, entry, request, song } = result;
    return { ...(await this.read(result.text, settings)), seed, notes, piece, entry, request, song };
  }

  #show() {
    const { text, result, versions } = this.work.now;
    if (text !== this.#text) this.#showText(text);
    if (result !== this.#shown) this.#showResult(result);
    if (versions !== this.#versions) this.#showVersions(versions);
    for (const [id, what] of [["undo", this.work.undoes], ["redo", this.work.redoes]]) {
      const button = $(`#${id}`);
      if (!what && document.activeElement === button) $("#the-tab").focus({ preventScroll: true });
      button.disabled = !what;
      button.title = what ? `${button.textContent}: ${what}` : "";
    }
  }

  /** Put a text into the field, as while it grows. */
  growText(text) {
    this.#text = null;
    this.#fillText(text);
    $("#tab").scrollTop = $("#tab").scrollHeight;
  }

  /** Put the text of now back into the field. */
  restoreText() {
    this.#showText(this.work.now.text);
  }

  #showText(text) {
    this.#text = text;
    if ($("#tab").value !== text) this.#fillText(text);
  }

  #fillText(text) {
    const field = $("#tab");
    field.value = text;
    field.rows = Math.min(Math.max(text.split("\n").length, 7), 20);
  }

  async #showResult(result) {
    const keep = Boolean(this.#shown && result && this.#shown.piece === result.piece);
    this.#shown = result;
    $("#empty").hidden = Boolean(result);
    $("#song").hidden = !result?.song;
    $("#tab-heading").textContent = [result?.title || "The tab", result?.artist].filter(Boolean).join(" · ");
    showNotes(result);
    if (result && result.play === undefined) await this.#draw(result);
    if (this.#shown !== result) return;
    this.player.show(result?.play ?? null, { keep });
    if (result) limitBars(result.bars);
  }

  /** Get the score of a result that came without one. */
  async #draw(result) {
    try {
      const { play } = await askResult({ do: "read", text: result.text, settings: this.fields.settings(result.tempo) });
      result.play = play;
      this.work.keepScore(result);
    } catch (error) {
      fail(error);
    }
  }

  #showVersions(versions) {
    if (versions?.results.length !== this.#versions?.results.length) {
      const names = versions?.results.map((_, index) => (index ? `Version ${index}` : "As it was")) ?? [];
      const radios = names.map((name, value) =>
        element("label", { className: "check" }, element("input", { type: "radio", name: "version", value }), ` ${name}`),
      );
      $("#versions").replaceChildren($("#versions legend"), ...radios);
    }
    $("#versions").hidden = !versions;
    if (versions) $(`#versions input[value="${versions.chosen}"]`).checked = true;
    this.#versions = versions;
  }
}

/** A name for a piece: what is made out of it keeps loop and tempo of the player. */
export const newPiece = () => crypto.randomUUID?.() ?? String(Math.random());

/** Whether a result is that of a text, as it was typed or as it is printed. */
export const isOf = (text, result) => Boolean(result) && (text === result.text || text === result.of);

export const describe = (result) => plural(result.bars, "bar");

function showNotes(result) {
  const notes = new Set([...(result?.notes ?? []), ...(result?.play?.remarks ?? [])]);
  $("#notes").replaceChildren(...[...notes].map((note) => element("p", { textContent: note })));
}

/** Bars to rewrite are bars of the tab. */
function limitBars(bars) {
  for (const field of [$("#rewrite-from"), $("#rewrite-to")]) {
    field.max = bars;
    if (Number(field.value) > bars) field.value = bars;
  }
}
