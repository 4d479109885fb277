/** The engraved tab and its player: alphaTab, loaded when the first tab is drawn. */

import { locate } from "./parts.js";

const [SCRIPT, FONT, SOUNDS] = ["alphaTab.min.js", "Bravura.woff2", "sonivox.sf3"];
const PLAYING = 1; // of alphaTab's PlayerState
const NARROW = 500; // pixels
const LONGEST = 10000; // milliseconds that a drawing may take before the next one begins anyway

export class Sheet extends EventTarget {
  /**
   * Events: "ready" (it can play), "state" (detail: whether it plays), "wrong" (detail: a line for the reader).
   * @param {HTMLElement} element
   * @param {object} parts as space.json names them
   */
  constructor(element, parts) {
    super();
    this.element = element;
    this.parts = parts;
    this.ready = false; // to play
  }

  /**
   * Draw a tab.
   * @param {string} text AlphaTex
   */
  async show(text) {
    this.text = text;
    try {
      this.loading ??= this.#load();
      await this.loading;
    } catch {
      this.loading = null;
      this.#tell("wrong", "The engraved tab could not be loaded. The text above is complete without it.");
      return;
    }
    if (text !== this.text) return; // another came meanwhile
    if (this.drawn !== undefined && performance.now() - this.since < LONGEST) return; // it is drawn behind that one
    this.#draw();
  }

  /** Draw the newest text; one at a time, for alphaTab looks up beats of the score before where two overlap. */
  #draw() {
    this.drawn = this.text;
    this.since = performance.now();
    this.api.stop();
    this.api.tex(this.text);
  }

  #finish() {
    const { drawn } = this;
    this.drawn = undefined;
    if (drawn !== undefined && drawn !== this.text) this.#draw();
  }

  /** @param {boolean} on whether to begin again at the end */
  loop(on) {
    this.api.isLooping = on;
  }

  playPause() {
    this.api.playPause();
  }

  rewind() {
    this.api.stop();
  }

  saveMidi() {
    this.api.downloadMidi();
  }

  async #load() {
    const [script, font, sounds] = await Promise.all([SCRIPT, FONT, SOUNDS].map((name) => locate(this.parts[name])));
    await run(script);
    this.api = new globalThis.alphaTab.AlphaTabApi(this.element, {
      core: {
        scriptFile: script, smuflFontSources: new Map([["woff2", font]]), logLevel: "none", enableLazyLoading: false,
      },
      display: {
        staveProfile: "tab", layoutMode: "page", padding: [0, 12], resources: this.#colours(),
        scale: this.element.clientWidth < NARROW ? 0.8 : 1,
      },
      notation: {
        rhythmMode: "showWithBars", elements: { guitarTuning: false, trackNames: false, effectDynamics: false },
      },
      player: {
        playerMode: "EnabledSynthesizer", soundFont: sounds, enableCursor: true, enableUserInteraction: true,
        scrollMode: "off",
      },
    });
    this.api.error.on(() => {
      this.#tell("wrong", "This tab cannot be engraved. The text above is complete without it.");
      this.#finish();
    });
    this.api.postRenderFinished.on(() => {
      this.element.dataset.bars = this.api.score.masterBars.length;
      this.#finish();
    });
    this.api.playerReady.on(() => {
      this.ready = true;
      this.#tell("ready");
    });
    this.api.playerStateChanged.on(({ state }) => this.#tell("state", state === PLAYING));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#recolour());
  }

  #recolour() {
    this.api.settings.fillFromJson({ display: { resources: this.#colours() } });
    this.api.updateSettings();
    this.api.render();
  }

  #colours() {
    const style = getComputedStyle(document.documentElement);
    const [ink, staff] = ["--ink", "--staff"].map((name) => style.getPropertyValue(name).trim());
    return {
      mainGlyphColor: ink, secondaryGlyphColor: ink, scoreInfoColor: ink, barNumberColor: staff, barSeparatorColor: ink,
      staffLineColor: staff,
    };
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

/** Run a script that is no module. */
function run(url) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: url, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}
