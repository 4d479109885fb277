// The page: its parts are put together here. The back (`window.BACK`, from back.js) knows all about tabs, the player
// (`Player`, from player.js) plays them; the modules beside this one have a concern each, named in their first line.

import { ask } from "./asking.js";
import { connectEditing } from "./editing.js";
import { $ } from "./dom.js";
import { Fields, labelOf } from "./fields.js";
import { keepWork, keptWork } from "./keeping.js";
import { connectKeys } from "./keys.js";
import { connectLoading } from "./loading.js";
import { clear, fail } from "./messages.js";
import { connectOpening, showOpens } from "./opening.js";
import { newPiece, Score } from "./score.js";
import { connectLinks } from "./share.js";
import { connectTaking, showFiles } from "./taking.js";
import { Versions } from "./versions.js";
import { Work } from "./work.js";
import { connectWriting } from "./writing.js";

// Milliseconds within which changes of a slider, as by keys, are one step to undo.
const ONE_CHANGE = 1000;

const player = new Player($("#player"), { remember: "basstab.player" });
const fields = new Fields();
const work = new Work(fields.values());
const page = { player, fields, work, facts: {} };
page.versions = new Versions(page);
page.score = new Score(page);
page.settled = connectEditing(page);

connectLoading();
connectWriting(page);
connectOpening(page);
connectTaking(page);
connectKeys(page);
connectForm();
begin();

/** Every change of the form can be undone, those of a slider in a row at once; what concerns the tab is heard at once. */
function connectForm() {
  let last = { field: null, time: 0 };
  document.addEventListener("change", ({ target, timeStamp: time }) => {
    if (!(target.id in fields.values())) return;
    const goesOn = target.type === "range" && last.field === target && time - last.time < ONE_CHANGE && work.now.what === labelOf(target);
    last = { field: target, time };
    if (goesOn) work.amend({ form: fields.values() });
    else work.put({ form: fields.values() }, labelOf(target));
    if (["tempo", "title", "artist", "tone"].includes(target.id)) hearAgain(target);
  });
  $("#examples").addEventListener("click", ({ target }) => {
    const example = page.facts.examples?.[target.dataset.example];
    if (!example && target.id !== "clear-prompt") return;
    const { prompt = "", ...music } = example ?? {};
    fields.change({ prompt: prompt.trimEnd(), ...(example && musicOf(music)) });
    work.put({ form: fields.values() }, example ? `Riff “${example.name}”` : "Clear");
    $("#prompt-notes").textContent = "";
    clear();
  });
}

const musicOf = ({ key = "", chords = "", tempo = "", style = "" }) => ({ key, chords, tempo: String(tempo ?? ""), style });

async function hearAgain(field) {
  try {
    const tempo = field.id === "tempo" && field.value ? Number(field.value) : undefined;
    await page.score.again(tempo, { named: ["title", "artist"].includes(field.id) });
  } catch (error) {
    fail(error);
  }
}

/** Bring back what was there the last time, then all that the back offers. */
async function begin() {
  const kept = keptWork();
  if (kept) {
    fields.fill(kept.form);
    work.amend(kept);
  }
  connectLinks(page);
  keepWork(page);
  if (window.BACK.prepared) await showPrepared(window.BACK.prepared);
  await showFacts();
}

/** What can be shown before the back is there. */
async function showPrepared(url) {
  try {
    const { facts, result } = await (await fetch(url)).json();
    setFacts(facts);
    if (!work.now.text) work.amend({ text: result.text, result: { ...result, piece: newPiece() } });
  } catch {
    // Only a convenience: the back brings the facts as well.
  }
}

async function showFacts() {
  try {
    setFacts((await ask({ do: "facts" }).promise).facts);
  } catch (error) {
    fail(error, "Try again", againFacts);
  }
}

function againFacts() {
  clear();
  showFacts();
}

function setFacts(facts) {
  page.facts = facts;
  fields.setFacts(facts);
  showFiles(facts);
  showOpens(facts);
  $("#rewriting").hidden = facts.rewrites === false;
  $("#about").textContent = `basstab ${facts.version}, model: ${facts.name}. Nothing that you write is counted or passed on.`;
}
