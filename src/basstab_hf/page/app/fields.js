// The form: its choices from the facts of the back, its values as texts (to undo, keep and share), and as the FORM and
// SETTINGS that the back reads. An empty number field is null there: any, or the usual.

import { $, element, setOptions } from "./dom.js";

const NAMES = [
  ...["prompt", "chords", "style", "key", "bars", "tempo", "difficulty", "tuning", "tuning-other", "temperature"],
  ...["seed", "best-of", "max-copy", "title", "artist", "tone"],
];
const NUMBERS = ["bars", "tempo", "seed", "best-of"];
const POSITIONS = [["", "As it is"], ["low", "Low"], ["middle", "Middle"], ["high", "High"], ["open", "Open strings"]];
const SEMITONES = [12, 7, 5, 4, 3, 2, 1, -1, -2, -3, -4, -5, -7, -12].map((steps) => [`${steps > 0 ? "+" : ""}${steps}`, `${Math.abs(steps)} ${steps > 0 ? "up" : "down"}`]);
const BOLDNESS = [[0, "the likeliest"], [0.6, "careful"], [1.1, "usual"], [1.5, "bold"], [2, "wild"]];

export class Fields {
  #asked = [];
  #wanted = {}; // what fields shall be once the facts bring their choices

  constructor() {
    this.defaults = this.values();
    $("#temperature").addEventListener("input", showBoldness);
    $("#tuning").addEventListener("change", showOther);
    this.#offer({});
  }

  /** Offer what the back can do. */
  setFacts(facts) {
    this.#offer(facts);
    this.#wanted = {};
  }

  #offer({ styles = [], keys = [], levels = [], tunings = [], tones = [], asked = [], limits = {}, examples = [] }) {
    const before = this.values();
    const names = keys.filter(Boolean).map((key) => [key, key]);
    const hard = levels.filter(({ value }) => value).map(({ value, label }) => [String(value), label]);
    const tuned = byStrings(tunings);
    const usual = tunings.find(({ word }) => !word)?.name ?? "Usual";
    setOptions($("#style"), [["", "Any"], ...styles.filter(({ name }) => name).map(({ name, label }) => [name, label])]);
    setOptions($("#key"), [["", "Any"], ...names]);
    setOptions($("#difficulty"), [["", "Any"], ...hard]);
    setOptions($("#tuning"), [["", usual], ...tuned, ["other", "Other …"]]);
    setOptions($("#tone"), tones.length ? tones.map((tone) => [tone, tone]) : [["", "Usual"]]);
    setOptions($("#arrange-tuning"), [["", "As it is"], ...tuned]);
    setOptions($("#arrange-key"), [["", "As it is"], ["To the nearest", names], ["By semitones", SEMITONES]]);
    setOptions($("#arrange-position"), POSITIONS);
    setOptions($("#arrange-difficulty"), [["", "As it is"], ...hard]);
    this.#setAsked(asked);
    this.#setLimits(limits);
    setExamples(examples);
    this.defaults = { ...this.defaults, ...Object.fromEntries(this.#asked.map((name) => [`asked-${name}`, ""])) };
    this.defaults.tone = $("#tone").options[0].value;
    this.fill(before);
  }

  /** All values as texts (boxes: booleans), by the id of the field. */
  values() {
    const shown = Object.fromEntries(this.#names().map((name) => [name, valueOf($(`#${name}`))]));
    return { ...shown, ...this.#wanted };
  }

  /** Put values in; what is not named gets its default, what no field knows is left out. Nothing is told of it. */
  fill(values) {
    for (const name of this.#names()) setValue($(`#${name}`), values[name] ?? this.defaults[name] ?? "");
    this.#wanted = Object.fromEntries(Object.entries(values).filter(isUnmet));
    showBoldness();
    showOther();
  }

  /** Change some values. */
  change(values) {
    this.fill({ ...this.values(), ...values });
  }

  /** What the back reads as FORM. Throws where a number field holds no number. */
  form() {
    const values = this.values();
    const form = {
      ...{ prompt: values.prompt, key: values.key, chords: values.chords, style: values.style, title: values.title },
      bars: numberOf("bars"),
      temperature: Number(values.temperature),
      difficulty: values.difficulty ? Number(values.difficulty) : null,
      tempo: numberOf("tempo"),
      tuning: values.tuning === "other" ? values["tuning-other"] : values.tuning,
      seed: numberOf("seed"),
      best_of: numberOf("best-of"),
      max_copy: values["max-copy"],
    };
    form.asked = Object.fromEntries(this.#asked.map((name) => [name, values[`asked-${name}`]]).filter(([, value]) => value));
    return form;
  }

  /**
   * What the back reads as SETTINGS, at a tempo (null: the tab's own, or the usual). Fields that are empty leave the
   * tab its title and artist; `named`: they take them away.
   */
  settings(tempo, { named = false } = {}) {
    const { tone, artist, title } = this.values();
    const name = (written) => (named ? written : written || null);
    return { tempo, tone: tone || null, title: name(title), artist: name(artist), left_handed: isLeftHanded() };
  }

  #names() {
    return [...NAMES, ...this.#asked.map((name) => `asked-${name}`)];
  }

  #setAsked(asked) {
    this.#asked = asked.map(({ name }) => name);
    $("#asked").replaceChildren(
      ...asked.map(({ name, label, values }) => {
        const select = element("select", { id: `asked-${name}` });
        setOptions(select, [["", "Any"], ...values.filter(Boolean).map((value) => [value, value])]);
        return element("div", { className: "field" }, element("label", { htmlFor: select.id, textContent: label }), select);
      }),
    );
  }

  #setLimits({ bars, best_of: bestOf, versions, boldness, tempo, title }) {
    if (title) $("#title").maxLength = $("#artist").maxLength = title;
    if (boldness) $("#temperature").max = boldness;
    if (bars) $("#bars").max = bars;
    if (bestOf) $("#best-of").max = bestOf;
    if (versions) $("#rewrite-count").max = versions;
    if (tempo) [$("#tempo").min, $("#tempo").max] = tempo;
  }
}

/** A number field's number, or null where it is empty. */
export function numberOf(id) {
  const field = $(`#${id}`);
  const label = field.labels[0].textContent;
  if (field.validity.badInput) throw new Error(`${label}: write a number, or leave the field empty`);
  return field.value === "" ? null : Number(field.value);
}

/** What a field is called, for what can be undone. */
export const labelOf = (field) => field.labels?.[0]?.textContent.trim() ?? "the form";

/** Whether a value waits for its choice: for an option that is not there yet, or a field that the model is asked by. */
function isUnmet([name, value]) {
  const field = document.getElementById(name);
  return Boolean(value) && (field ? field.tagName === "SELECT" && field.value !== value : name.startsWith("asked-"));
}

const valueOf = (field) => (field.type === "checkbox" ? field.checked : field.value);

function setValue(field, value) {
  if (field.type === "checkbox") field.checked = value === true || value === "true";
  else if (NUMBERS.includes(field.id)) field.value = Number.isFinite(Number(value)) ? value : "";
  else field.value = value;
  if (field.tagName === "SELECT" && field.selectedIndex < 0) field.selectedIndex = 0;
}

/** Tunings in groups by their number of strings. */
function byStrings(tunings) {
  const groups = new Map();
  for (const { word, name, strings } of tunings) {
    if (!word) continue;
    const label = strings === 1 ? "One string" : `${strings} strings`;
    groups.set(label, [...(groups.get(label) ?? []), [word, name]]);
  }
  return [...groups];
}

function setExamples(examples) {
  const buttons = examples.map(({ name }, index) =>
    element("button", { type: "button", className: "quiet", textContent: name, data: { example: index } }),
  );
  $("#examples").replaceChildren(...buttons, $("#clear-prompt"));
}

function showBoldness() {
  const value = Number($("#temperature").value);
  const [, words] = BOLDNESS.find(([most]) => value <= most);
  $("#temperature-value").textContent = `${value.toFixed(1)}, ${words}`;
}

function showOther() {
  $("#tuning-other-field").hidden = $("#tuning").value !== "other";
}

/** The player has the switch for left-handers. */
function isLeftHanded() {
  const control = $("#player [data-part=left-handed]");
  return Boolean(control?.checked || control?.getAttribute("aria-pressed") === "true");
}
