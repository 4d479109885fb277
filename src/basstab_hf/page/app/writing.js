// Generate, and what makes a tab out of the one that is there: rewriting bars, arranging. The tab before is never lost:
// it is a step back, and in the list.

import { ask, busy, kindly, resultOf, StoppedError, stop, take } from "./asking.js";
import { $, plural } from "./dom.js";
import { numberOf } from "./fields.js";
import { progress, tell } from "./messages.js";
import { describe, newPiece } from "./score.js";

/** Tie the buttons; `settled` gives the text of the tab (see editing). */
export function connectWriting(page) {
  $("#wish").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!busy()) kindly(() => generate(page))();
  });
  $("#stop-writing").addEventListener("click", stop);
  $("#rewrite").addEventListener("click", kindly(() => rewrite(page)));
  $("#versions").addEventListener("change", (event) => choose(page, Number(event.target.value)));
  $("#arrange").addEventListener("click", kindly(() => arrange(page)));
  $("#player").addEventListener("player-select", ({ detail: { first, last } }) => {
    // Bars are cut in the score where they are too long for its signs: the tab counts on its own.
    const bars = page.work.now.result?.play?.tabBars ?? [];
    $("#rewrite-from").value = bars[first - 1] ?? first;
    $("#rewrite-to").value = bars[last - 1] ?? last;
  });
}

async function generate(page) {
  const { work, fields, player, score, settled } = page;
  await settled().catch(() => {}); // what is typed becomes a step before it makes room
  const form = fields.form();
  const request = JSON.stringify({ ...fields.values(), seed: "" });
  let grown = "";
  const grow = ({ text, bars }) => {
    if (!text) return;
    grown = text;
    score.growText(text);
    if (form.bars) progress(`Writing: ${plural(bars ?? 0, "bar")}`);
  };
  player.stop();
  showWriting(true);
  try {
    const result = resultOf(await take("Writing", { do: "write", form, settings: fields.settings(form.tempo) }, grow));
    show(page, { ...result, request }, "Generate", "written");
    tell(`Written: ${describe(result)}.`);
  } catch (error) {
    score.restoreText();
    if (!(error instanceof StoppedError) || !grown) throw error;
    await keepWholeBars(page, grown);
  } finally {
    showWriting(false);
  }
}

/** What was written until Stop, without its open bar. */
async function keepWholeBars(page, text) {
  const settings = page.fields.settings(page.fields.form().tempo);
  const result = resultOf(await ask({ do: "read", text, whole_bars: true, settings }).promise);
  show(page, { ...result, seed: null }, "Generate", "written until Stop");
  tell(`Stopped: ${describe(result)} ${result.bars === 1 ? "is" : "are"} here. Undo brings the tab before back.`);
}

/** A new piece takes the place of the tab. */
export function show(page, result, what, how = what) {
  const shown = { ...result, piece: newPiece() };
  page.versions.add(shown, how);
  page.work.put({ form: page.fields.values(), text: shown.text, result: shown, versions: null }, what);
}

function showWriting(is) {
  const tab = $("#tab");
  tab.readOnly = is;
  document.body.classList.toggle("writing", is);
  // The score comes where the text was seen growing: the page does not follow the text down.
  if (is) document.body.classList.add("still");
  else requestAnimationFrame(() => requestAnimationFrame(() => document.body.classList.remove("still")));
  const { top } = $("#the-tab").getBoundingClientRect();
  if (is && (top < 0 || top > innerHeight / 2)) $("#the-tab").scrollIntoView({ block: "start" });
}

async function rewrite(page) {
  const { work, fields, player, score, settled, versions } = page;
  const text = await settled();
  const before = work.now.result;
  const [first, last] = [barOf("rewrite-from"), barOf("rewrite-to")].sort((one, other) => one - other);
  const form = { ...fields.form(), prompt: "" };
  const count = numberOf("rewrite-count") ?? 3;
  const event = await take("Rewriting", { do: "rewrite", text, first, last, count, form, settings: score.settings() });
  const made = event.versions.map((one) => ({ ...one, title: before.title, piece: before.piece }));
  if (!made.length) throw new Error("no other bars were found: choose others, or be bolder");
  versions.add(made[0], `bars ${first} to ${last} anew, version 1`);
  work.put({ text: made[0].text, result: made[0], versions: { results: [before, ...made], chosen: 1, first, last } }, "Rewrite");
  if (!player.loop?.on) player.setLoop(first, last, false);
  tell(`${plural(made.length, "version")} of ${first === last ? `bar ${first}` : `bars ${first} to ${last}`}: choose below by ear.`);
}

function choose({ work, versions }, chosen) {
  const { results, first, last } = work.now.versions;
  const result = results[chosen];
  if (!result.entry) versions.add(result, `bars ${first} to ${last} anew, version ${chosen}`);
  work.put({ text: result.text, result, versions: { ...work.now.versions, chosen } }, "Choice of a version");
}

async function arrange({ work, fields, settled, versions, score }) {
  const text = await settled();
  const { piece } = work.now.result;
  const wish = {
    tuning: $("#arrange-tuning").value,
    key: $("#arrange-key").value,
    position: $("#arrange-position").value,
    capo: numberOf("arrange-capo") ?? 0,
    difficulty: $("#arrange-difficulty").value ? Number($("#arrange-difficulty").value) : null,
  };
  if (!Object.values(wish).some(Boolean)) throw new Error("nothing to arrange: choose a tuning, key, capo, position or difficulty");
  const result = resultOf(await take("Arranging", { do: "arrange", text, ...wish, settings: score.settings() }));
  const made = { ...result, seed: null, piece };
  versions.add(made, "arranged");
  work.put({ form: fields.values(), text: made.text, result: made, versions: null }, "Arrange");
  tell("Arranged. Undo brings the tab before back.");
}

function barOf(id) {
  const bar = numberOf(id);
  if (bar === null) throw new Error("which bars? Choose them in the score, or write two numbers");
  return bar;
}
