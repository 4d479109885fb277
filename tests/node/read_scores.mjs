// Reads AlphaTex and Guitar Pro files with alphaTab: `node read_scores.mjs NODE_MODULES FILE...` prints a JSON list.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, ...paths] = process.argv.slice(2);
const alphaTab = await import(pathToFileURL(`${modules}/@coderline/alphatab/dist/alphaTab.core.mjs`));

function load(path) {
  const content = readFileSync(path);
  const settings = new alphaTab.Settings();
  if (path.endsWith(".gp5")) {
    return alphaTab.importer.ScoreLoader.loadScoreFromBytes(new Uint8Array(content), settings);
  }
  const importer = new alphaTab.importer.AlphaTexImporter();
  importer.initFromString(content.toString("utf8"), settings);
  return importer.readScore();
}

function describe(note, strings) {
  return {
    string: strings - note.string + 1,
    fret: note.fret,
    pitch: note.realValue,
    start: note.beat.absolutePlaybackStart / 960,
    duration: note.beat.playbackDuration / 960,
    tied: note.isTieDestination,
    dead: note.isDead,
    ghost: note.isGhost,
    hammer: note.isHammerPullOrigin,
    left_hand: note.isLeftHandTapped,
    slide_in: note.slideInType,
    slide_out: note.slideOutType,
    bend: note.maxBendPoint ? note.maxBendPoint.value : 0,
    harmonic: note.harmonicType,
    vibrato: note.vibrato,
    tap: note.beat.tap,
  };
}

function read(path) {
  const score = load(path);
  const track = score.tracks[0];
  const staff = track.staves[0];
  const notes = [];
  for (const bar of staff.bars) {
    for (const voice of bar.voices) {
      for (const beat of voice.beats) {
        for (const note of beat.notes) notes.push(describe(note, staff.tuning.length));
      }
    }
  }
  return {
    title: score.title,
    artist: score.artist,
    tempo: score.tempo,
    program: track.playbackInfo.program,
    tuning: staff.tuning,
    signatures: score.masterBars.map((bar) => [bar.timeSignatureNumerator, bar.timeSignatureDenominator]),
    bars: score.masterBars.map((bar) => bar.start / 960),
    filled: staff.bars.map((bar) => bar.calculateDuration() / 960),
    notes,
  };
}

const found = paths.map((path) => {
  try {
    return read(path);
  } catch (error) {
    const diagnostics = error.iterateDiagnostics ? [...error.iterateDiagnostics()].map((one) => one.message) : [];
    return { error: `${error.message} ${diagnostics.slice(0, 3).join("; ")}` };
  }
});
console.log(JSON.stringify(found));
