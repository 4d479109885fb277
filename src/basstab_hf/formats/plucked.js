// The plucked string of plucked.py for the player of our pages: phrases -> samples. A voice has the numbers of the
// string, of those that are struck, and of the vibrato, as formats/playable.py gives them.
"use strict";

const RELEASE = 0.03; // seconds in which a damped note fades

/** The value of corners [[seconds, value], ...] at a time; level before the first and after the last. */
function along(corners, seconds, hint) {
  let place = hint.place;
  while (place < corners.length && corners[place][0] <= seconds) place += 1;
  hint.place = place;
  if (place === 0) return corners[0][1];
  if (place === corners.length) return corners[place - 1][1];
  const [from, low] = corners[place - 1];
  const [to, high] = corners[place];
  return low + ((seconds - from) / (to - from)) * (high - low);
}

/** A phrase at another tempo: times and ages by the factor, so that slides and hammers stay where the notes are. */
function atTempo(phrase, factor) {
  const scaled = (corners, values) => corners.map(([when, value]) => [when / factor, values ? value / factor : value]);
  return {
    seconds: (phrase.seconds - RELEASE) / factor + RELEASE,
    pitch: scaled(phrase.pitch, false),
    gain: scaled(phrase.gain, false),
    age: scaled(phrase.age, true),
    vibrato: scaled(phrase.vibrato, true),
    dead: phrase.dead,
    struck: phrase.struck,
  };
}

/**
 * Samples of a phrase: partials k with amplitude a_k e^(-age (1 + damping (k - 1)) / tau) sin(k phase), by Horner's rule;
 * on a slapped string a_k has a second part, which is gone after a moment: the frets' clank.
 */
function swing(phrase, rate, { string: usual, struck, vibrato }) {
  const string = struck[phrase.struck] ?? usual;
  const samples = new Float32Array(Math.max(1, Math.round(phrase.seconds * rate)));
  const hertz = (pitch) => 440 * 2 ** ((pitch - 69) / 12);
  const highest = hertz(Math.max(...phrase.pitch.map((corner) => corner[1])) + (phrase.vibrato.length ? vibrato[0] : 0));
  const count = Math.max(1, Math.min(string.partials, Math.floor(44100 / 2.5 / highest)));
  const amplitudes = Array.from({ length: count }, (_, place) => {
    const k = place + 1;
    return (Math.sin(k * Math.PI * string.pluck) * Math.sin(k * Math.PI * string.pickup)) / k ** string.roll;
  });
  const clanks = amplitudes.map((_, place) => {
    const k = place + 1;
    return (string.clank * Math.sin(1.7 * k * k) * Math.sin(k * Math.PI * string.pickup)) / k ** string.clank_roll;
  });
  const first = hertz(phrase.pitch[0][1]);
  const tau = string.decay * Math.sqrt(41.2034 / first) * (phrase.dead ? 0.02 : 1);
  const [semitones, swings, delay] = vibrato;
  const hints = { pitch: { place: 0 }, gain: { place: 0 }, age: { place: 0 } };
  const rising = Math.round(string.attack * rate), falling = Math.round(RELEASE * rate);
  const gain = string.gain * (first / 41.2034) ** string.tilt;
  let phase = 0;
  for (let n = 0; n < samples.length; n += 1) {
    const seconds = n / rate;
    let pitch = along(phrase.pitch, seconds, hints.pitch);
    for (const [start, long] of phrase.vibrato) {
      const since = seconds - start - delay;
      if (since > 0 && seconds < start + long) pitch += semitones * Math.sin(2 * Math.PI * swings * since);
    }
    phase = (phase + (2 * Math.PI * hertz(pitch)) / rate) % (2 * Math.PI);
    const since = along(phrase.age, seconds, hints.age), age = since / tau;
    const clank = string.clank ? Math.exp(-since / string.clank_decay) : 0;
    const fall = Math.exp(-string.damping * age);
    const cos = Math.cos(phase), sin = Math.sin(phase);
    const stepRe = cos * fall, stepIm = sin * fall;
    let re = 0, im = 0;
    for (let k = count - 1; k >= 0; k -= 1) {
      const turned = re * stepRe - im * stepIm + amplitudes[k] + clank * clanks[k];
      im = re * stepIm + im * stepRe;
      re = turned;
    }
    const fade = Math.min(1, n / Math.max(rising - 1, 1), (samples.length - 1 - n) / (falling - 1));
    samples[n] = gain * (re * sin + im * cos) * Math.exp(-age) * along(phrase.gain, seconds, hints.gain) * fade;
  }
  return samples;
}
