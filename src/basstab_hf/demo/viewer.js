// Engraves a tab with alphaTab, plays it with a cursor, and tells which bars were clicked: the body of `js_on_load`.
// Input: props.value (alphaTex), props.parts (name -> {url, integrity}), props.marked ([first, last] bar).
// Output: the event `select` with {first, last}.
// Every part is fetched with its integrity hash and handed to alphaTab as a blob, from the CDN as from here.

const find = (name) => element.querySelector(`[data-part="${name}"]`);
const say = (text) => {
  find("status").textContent = text;
  find("status").hidden = !text;
};
const MISSING = "The engraved tab could not be loaded, as there is no network. All else on this page works without it.";
const TYPES = { js: "text/javascript", woff2: "font/woff2" };
let api = null;
let loading = null;
let drawing = false;
let drawn = null;

const fetchPart = async (name) => {
  const { url, integrity } = props.parts[name];
  const answer = await fetch(new URL(url, document.baseURI), { integrity });
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.arrayBuffer();
};
const blobUrl = async (name) => {
  const type = TYPES[name.split(".").pop()];
  return URL.createObjectURL(new Blob([await fetchPart(name)], { type }));
};
const runScript = (url) =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = resolve;
    script.onerror = () => reject(new Error("alphaTab does not run here"));
    document.head.append(script);
  });

const colours = () => {
  const style = getComputedStyle(find("score"));
  const { color, borderTopColor } = style;
  return {
    mainGlyphColor: color,
    secondaryGlyphColor: color,
    scoreInfoColor: color,
    barNumberColor: color,
    staffLineColor: borderTopColor,
    barSeparatorColor: color,
  };
};

const setUp = async () => {
  const [script, font, sounds] = await Promise.all([
    blobUrl("alphaTab.min.js"),
    blobUrl("Bravura.woff2"),
    fetchPart("sonivox.sf3"),
  ]);
  await runScript(script);
  api = new window.alphaTab.AlphaTabApi(find("score"), {
    core: { scriptFile: script, smuflFontSources: new Map([["woff2", font]]), logLevel: "none", enableLazyLoading: false },
    display: {
      staveProfile: "tab",
      layoutMode: "page",
      padding: [0, 12],
      scale: element.clientWidth < 500 ? 0.8 : 0.95,
      resources: colours(),
    },
    notation: { rhythmMode: "showWithBars", elements: { guitarTuning: false, trackNames: false, effectDynamics: false } },
    player: { playerMode: "EnabledSynthesizer", enableCursor: true, enableUserInteraction: true, scrollMode: "off" },
  });
  api.error.on(() => {
    say("This tab cannot be engraved. It stands above as text, and the sound below is all there.");
    drawing = false;
  });
  api.postRenderFinished.on(() => {
    element.dataset.bars = api.score.masterBars.length;
    mark();
    drawing = false;
    draw();
  });
  connectBars();
  connectPlayer();
  api.loadSoundFont(new Uint8Array(sounds), false);
};

const ticksOf = ({ first, last }) => {
  const bars = api.score.masterBars;
  return { startTick: bars[first - 1].start, endTick: bars[last - 1].start + bars[last - 1].calculateDuration() };
};
const boundsOf = (bar) => api.boundsLookup?.findMasterBarByIndex(bar - 1)?.visualBounds;
const barAt = ({ clientX, clientY }) => {
  const place = find("score").querySelector(".at-surface").getBoundingClientRect();
  const [left, top] = [clientX - place.left, clientY - place.top];
  for (let bar = 1; bar <= api.score?.masterBars.length; bar++) {
    const { x, y, w, h } = boundsOf(bar) ?? { x: 0, y: 0, w: 0, h: 0 };
    if (left >= x && left < x + w && top >= y && top < y + h) return bar;
  }
  return null;
};

// A click chooses a bar, and dragging several.
const connectBars = () => {
  let from = null;
  find("score").addEventListener("mousedown", (event) => (from = barAt(event)));
  find("score").addEventListener("mouseup", (event) => {
    if (from === null) return;
    const to = barAt(event) ?? from;
    const bars = { first: Math.min(from, to), last: Math.max(from, to) };
    from = null;
    trigger("select", bars);
    // alphaTab plays the notes between the two places; a player wants whole bars.
    if (bars.first < bars.last) setTimeout(() => (api.playbackRange = ticksOf(bars)));
  });
};

const connectPlayer = () => {
  const play = find("play");
  api.playerReady.on(() => {
    for (const name of ["play", "stop", "loop", "speed"]) find(name).disabled = false;
    element.dataset.ready = "yes";
  });
  api.playerStateChanged.on(({ state }) => {
    const playing = state === 1;
    play.textContent = playing ? "Pause" : "Play";
    element.dataset.playing = playing ? "yes" : "no";
  });
  api.playerPositionChanged.on(({ currentTime }) => (element.dataset.milliseconds = Math.round(currentTime)));
  play.addEventListener("click", () => api.playPause());
  find("stop").addEventListener("click", () => api.stop());
  find("loop").addEventListener("click", () => {
    api.isLooping = !api.isLooping;
    find("loop").setAttribute("aria-pressed", api.isLooping);
  });
  find("speed").addEventListener("change", (event) => (api.playbackSpeed = Number(event.target.value)));
};

// A veil over the bars that the page has chosen.
const mark = () => {
  const surface = find("score").querySelector(".at-surface");
  if (!surface) return;
  surface.querySelectorAll(".marked-bar").forEach((old) => old.remove());
  const [first, last] = props.marked ?? [0, 0];
  for (let bar = first; bar > 0 && bar <= last; bar++) {
    const bounds = boundsOf(bar);
    if (!bounds) continue;
    const { x, y, w, h } = bounds;
    const veil = document.createElement("div");
    veil.className = "marked-bar";
    Object.assign(veil.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
    surface.append(veil);
  }
};

const show = async () => {
  const text = props.value;
  find("score").hidden = find("player").hidden = !text;
  if (!text) return;
  try {
    loading ??= setUp();
    await loading;
  } catch (error) {
    say(MISSING);
    find("score").hidden = find("player").hidden = true;
    return;
  }
  draw();
};

// alphaTab trips over a tab that comes while it draws another one: the last one that came waits.
const draw = () => {
  if (drawing || !props.value || props.value === drawn) return;
  drawing = true;
  drawn = props.value;
  say("");
  api.stop();
  api.playbackRange = null;
  api.tex(drawn);
};

watch("value", show);
watch("marked", () => api && mark());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  setTimeout(() => {
    if (!api) return;
    api.settings.fillFromJson({ display: { resources: colours() } });
    api.updateSettings();
    api.render();
  }, 100),
);
show();
