"""A plucked bass string in numpy: gestures -> samples. Slides, bends, hammer-ons move the string that already swings.

Input: `Gesture`s. Output: mono samples. The practice page plays the same string in JavaScript (`plucked.js`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from basstab_hf.formats.gestures import LOUDNESS, Gesture
from basstab_hf.tab.marks import HAMMERS

SAMPLE_RATE = 44_100  # Hz
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class String:
    """How a string is played and heard: where (shares of its length), and how its partials fall off and die away.

    A string plucked at the fraction p of its length swings in partials k with amplitude sin(k pi p) / k^2 (the
    triangle's Fourier series), of which a pickup at q hears k sin(k pi q): so `roll` is 1 for a finger. The fundamental
    of E1 falls to 1/e in `decay` seconds, partial k in 1 / (1 + `damping` (k - 1)) of that time.

    A string that is slapped hits the frets: for `clank_decay` seconds partials sound besides that fall off with the
    power `clank_roll` only, `clank` times as strong. `gain` makes all tones equally loud (`LOUDNESS_LUFS`), growing by
    the power `tilt` of the frequency, from E1 on.
    """

    pluck: float
    pickup: float
    roll: float
    damping: float
    attack: float  # seconds
    partials: int
    decay: float = 2.2
    gain: float = 1.0
    tilt: float = 0.0
    clank: float = 0.0
    clank_roll: float = 0.0
    clank_decay: float = 1.0


#: How loud each tone plays a bass line, by ITU-R BS.1770; scripts/level_tones.py finds the gains.
LOUDNESS_LUFS = -20.0
#: Heard at a quarter of the string, as over the pickup of a Precision bass; slapped where the neck ends.
STRINGS = {
    "finger": String(pluck=0.15, pickup=0.25, roll=1.0, damping=0.25, attack=0.0015, partials=24, gain=0.3679),
    "pick": String(pluck=0.08, pickup=0.25, roll=0.9, damping=0.2, attack=0.0008, partials=40, gain=0.4282),
    "slap": String(
        pluck=0.3,
        pickup=0.2,
        roll=0.7,
        damping=0.35,
        attack=0.0004,
        partials=64,
        decay=2.8,
        clank=0.28,
        clank_roll=0.15,
        clank_decay=0.035,
        gain=0.2376,
        tilt=-0.05,
    ),
    "fretless": String(
        pluck=0.22,
        pickup=0.25,
        roll=1.3,
        damping=0.2,
        attack=0.018,
        partials=20,
        decay=2.4,
        gain=0.3747,
        tilt=-0.05,
    ),
}
#: How letters say that a string is struck, whatever the tone: hit by the thumb, or pulled, so that it snaps back.
STRUCK_STRINGS = {"slap": STRINGS["slap"], "pop": replace(STRINGS["slap"], clank=0.42, gain=0.224)}
#: Seconds in which a damped note fades, and the last one may ring.
RELEASE, TAIL = 0.03, 1.2
#: Vibrato: semitones, swings a second, seconds until it begins.
VIBRATO = (0.2, 5.5, 0.1)
_E1 = 41.2034  # Hz
_DEAD = 0.02  # share of its decay that a dead note has
# A hammer or pull makes the string swing as so many seconds after a stroke, within this time: no click.
_AGE, _JOIN = 0.02, 0.005
#: Samples that are kept because phrases come again and again in a riff: 64 MB.
_KEPT = 16_000_000
#: The tone of slapping hands, and the strings that they pull where no letter tells.
_SLAP, _POPPED = "slap", (1, 2)

_Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One stroke and what it sounds on with.

    Corners are (seconds after the stroke, value): pitch as MIDI number, gain, and age: seconds that the string has been
    dying away.
    """

    seconds: float
    pitch: _Corners
    gain: _Corners
    age: _Corners
    vibrato: tuple[tuple[float, float], ...] = ()  # from, to
    dead: bool = False
    struck: str = ""  # "slap" or "pop": by a slapping hand, whatever the tone


def render(played: Sequence[Gesture], seconds: float, tone: str) -> Samples:
    """Synthesise gestures: at `SAMPLE_RATE`, `seconds` long with `TAIL` behind, not yet levelled."""
    samples = np.zeros(int((seconds + TAIL) * SAMPLE_RATE) + 1, np.float32)
    kept: dict[Phrase, Samples] = {}
    room = _KEPT
    for onset, phrase in phrases(played, tone):
        sound = kept.get(phrase)
        if sound is None:
            sound = _swing(phrase, STRUCK_STRINGS.get(phrase.struck, STRINGS[tone]))
            if len(sound) <= room:
                kept[phrase] = sound
                room -= len(sound)
        start = int(onset * SAMPLE_RATE)
        heard = sound[: max(len(samples) - start, 0)]
        samples[start : start + len(heard)] += heard
    return samples


def phrases(played: Sequence[Gesture], tone: str) -> Iterator[tuple[float, Phrase]]:
    """Onset (seconds) and sound of each stroke."""
    return ((chain[0].onset, _phrase(chain, _struck(chain[0], tone))) for chain in _chains(played))


def _struck(gesture: Gesture, tone: str) -> str:
    """How a stroke is made: as its letter says; where none does, slapping hands pull the highest strings."""
    if gesture.struck or tone != _SLAP:
        return gesture.struck
    return "pop" if gesture.note.string in _POPPED else "slap"


def _chains(played: Sequence[Gesture]) -> list[list[Gesture]]:
    """Each stroke with the legato gestures that follow it on its string."""
    chains: list[list[Gesture]] = []
    on_string: dict[int, list[Gesture]] = {}
    for gesture in played:
        if gesture.mark and gesture.note.string in on_string:
            on_string[gesture.note.string].append(gesture)
        else:
            on_string[gesture.note.string] = [gesture]
            chains.append(on_string[gesture.note.string])
    return chains


def _phrase(chain: Sequence[Gesture], struck: str) -> Phrase:
    """Times are rounded to microseconds, so that equal phrases are made once."""
    first = chain[0]
    pitch: list[tuple[float, float]] = []
    gain, age = [(0.0, first.loudness)], [(0.0, 0.0)]
    for gesture in chain:
        start = gesture.onset - first.onset
        level = gesture.curve[0][1] if gesture.curve else 0.0
        pitch.append((start + (_JOIN if pitch else 0.0), gesture.pitch + level))
        pitch += [(max(start + when, pitch[-1][0]), gesture.pitch + by) for when, by in gesture.curve]
        pitch.append((max(start + gesture.duration, pitch[-1][0]), pitch[-1][1]))
        if gesture.mark in HAMMERS:
            gain += [(start, gain[-1][1]), (start + _JOIN, LOUDNESS["hammer-on"] * first.loudness)]
            age += [(start, age[-1][1] + start - age[-1][0]), (start + _JOIN, _AGE)]
    end = chain[-1].onset - first.onset + chain[-1].duration + RELEASE
    age.append((end, age[-1][1] + end - age[-1][0]))
    return Phrase(
        seconds=round(end, 6),
        pitch=_rounded(pitch),
        gain=_rounded(gain),
        age=_rounded(age),
        vibrato=_rounded([(one.onset - first.onset, one.duration) for one in chain if one.vibrato]),
        dead=first.dead,
        struck=struck,
    )


def _rounded(corners: Sequence[tuple[float, float]]) -> _Corners:
    return tuple((round(when, 6), round(value, 6)) for when, value in corners)


def _swing(phrase: Phrase, string: String) -> Samples:
    """The sound of a phrase: the sum over k of a_k e^(-age (1 + damping (k - 1)) / tau) sin(k phase), by Horner's rule.

    With w = e^(i phase - damping age / tau) it is the imaginary part of a polynomial in w.
    """
    time = np.arange(round(phrase.seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = np.interp(time, *_axes(phrase.pitch))
    for start, length in phrase.vibrato:
        semitones, hertz, delay = VIBRATO
        within = (time > start + delay) & (time < start + length)
        pitch[within] += semitones * np.sin(2 * math.pi * hertz * (time[within] - start - delay))
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    phase = 2 * math.pi * np.cumsum(frequency) / SAMPLE_RATE
    tau = string.decay * (_E1 / float(frequency[0])) ** 0.5 * (_DEAD if phrase.dead else 1.0)
    seconds = np.interp(time, *_axes(phrase.age))
    age = seconds / tau
    turn = np.exp(1j * phase).astype(np.complex64)
    step = turn * np.exp(-string.damping * age).astype(np.float32)
    highest = float(frequency.max())
    sound = _horner(_amplitudes(string, highest), step)
    if string.clank:
        clank = [string.clank * part for part in _clank(string, highest)]
        sound += _horner(clank, step) * np.exp(-seconds / string.clank_decay).astype(np.float32)
    gain = string.gain * (float(frequency[0]) / _E1) ** string.tilt
    level = gain * np.exp(-age) * np.interp(time, *_axes(phrase.gain))
    return _faded((sound * turn).imag * level, string.attack).astype(np.float32)


def _horner(amplitudes: Sequence[float], step: NDArray[np.complex64]) -> NDArray[np.complex64]:
    swing = np.zeros(len(step), np.complex64)
    for amplitude in reversed(amplitudes):
        swing *= step
        swing += amplitude
    return swing


def _axes(corners: _Corners) -> tuple[list[float], list[float]]:
    return [when for when, _ in corners], [value for _, value in corners]


def _amplitudes(string: String, highest: float) -> list[float]:
    """Of the partials that lie well below half the sample rate."""
    return [
        math.sin(k * math.pi * string.pluck) * math.sin(k * math.pi * string.pickup) / k**string.roll
        for k in _partials(string, highest)
    ]


def _clank(string: String, highest: float) -> list[float]:
    """Of a string against the frets: signs change as if by chance, so that no single peak holds all of its energy."""
    return [
        math.sin(1.7 * k * k) * math.sin(k * math.pi * string.pickup) / k**string.clank_roll
        for k in _partials(string, highest)
    ]


def _partials(string: String, highest: float) -> range:
    return range(1, max(1, min(string.partials, int(SAMPLE_RATE / 2.5 / highest))) + 1)


def _faded(sound: NDArray[np.float64], attack: float) -> NDArray[np.float64]:
    rising, falling = min(len(sound), round(attack * SAMPLE_RATE)), min(len(sound), round(RELEASE * SAMPLE_RATE))
    sound[:rising] *= np.linspace(0, 1, rising)
    sound[len(sound) - falling :] *= np.linspace(1, 0, falling)
    return sound
