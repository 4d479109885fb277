// Reads AlphaTex and Guitar Pro files with alphaTab: `node read_scores.mjs NODE_MODULES [--staves] FILE...` prints a JSON
// list: of each file the last track, or all staves of all tracks.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, ...rest] = process.argv.slice(2);
const all = rest[0] === "--staves";
const paths = all ? rest.slice(1) : rest;
const alphaTab = await import(pathToFileURL(`${modules}/@coderline/alphatab/dist/alphaTab.core.mjs`));

function load(path) {
  const content = readFileSync(path);
  const settings = new alphaTab.Settings();
  if (/\.gp[345x]?$/i.test(path)) {
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
  const track = score.tracks.at(-1);
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

// The bar that is played where a bar repeats one or two before it by a sign.
function played(bar) {
  const back = bar.simileMark === alphaTab.model.SimileMark.Simple ? 1 : 2;
  return bar.simileMark === 0 ? bar : played(bar.staff.bars[bar.index - back]);
}

// Notes as [bar, quarter notes from its start, string, fret, tied, dead]; grace notes are left out. Swing is not played:
// places are those that are written.
function readStaff(track, staff) {
  const notes = [];
  for (const bar of staff.bars) {
    for (const beat of played(bar).voices.flatMap((voice) => voice.beats).filter((beat) => beat.graceType === 0)) {
      for (const note of beat.notes) {
        const string = staff.tuning.length - note.string + 1;
        notes.push([bar.index, beat.displayStart / 960, string, note.fret + staff.capo, note.isTieDestination, note.isDead]);
      }
    }
  }
  const { name, playbackInfo } = track;
  return { name, program: playbackInfo.program, percussion: staff.isPercussion, tuning: staff.tuning, notes };
}

function readStaves(path) {
  const score = load(path);
  return {
    title: score.title,
    tempo: score.tempo,
    bars: score.masterBars.map((bar) => bar.start / 960),
    staves: score.tracks.flatMap((track) => track.staves.map((staff) => readStaff(track, staff))),
  };
}

const found = paths.map((path) => {
  try {
    return all ? readStaves(path) : read(path);
  } catch (error) {
    const inner = error.cause ?? error.inner ?? error;
    const diagnostics = inner.iterateDiagnostics ? [...inner.iterateDiagnostics()].filter((one) => one.severity === 2).map((one) => one.message) : [];
    return { error: [error.message, ...diagnostics.slice(0, 3)].join("; ") };
  }
});
console.log(JSON.stringify(found));
