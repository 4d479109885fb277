"""Tabs as sound: a plucked string of our own in numpy, or FluidSynth with a SoundFont. Output: 16-bit mono WAV."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.formats import midi
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.tab import Tab
from basstab_hf.timing import beats, timed_notes

SAMPLE_RATE = 44_100  # Hz
_PEAK = 0.9
_RELEASE = 0.03  # seconds in which a damped note fades
_TAIL = 1.2  # seconds that the last note may ring
# The string: plucked at 15 % of its length, heard at 25 %, as over the pickup of a Precision bass.
_PLUCK, _PICKUP = 0.15, 0.25
_PARTIALS = 24
_DECAY = 2.2  # seconds until the fundamental of E1 has fallen to 1/e; higher and further partials fall faster
_E1 = 41.2034  # Hz
_LOUDNESS = {"dead note": 0.5, "ghost note": 0.4, "hammer-on": 0.8, "pull-off": 0.75, "slide": 0.85}

Samples = NDArray[np.float32]


def to_samples(tab: Tab, settings: WriteSettings) -> Samples:
    """Synthesise a tab: mono samples in [-1, 1] at `SAMPLE_RATE`.

    A string plucked at the fraction p of its length swings in partials k with amplitude sin(k pi p) / k^2
    (the triangle's Fourier series), of which a pickup at q hears k sin(k pi q); each dies away exponentially.
    """
    second = 60 / settings.tempo
    samples = np.zeros(int((beats(tab, settings.columns_per_beat) * second + _TAIL) * SAMPLE_RATE) + 1, np.float32)
    for note in timed_notes(tab, settings.columns_per_beat):
        dead = "dead note" in note.techniques
        length = 0.06 if dead else note.duration * second + _RELEASE
        loudness = min((_LOUDNESS.get(name, 1.0) for name in note.techniques), default=1.0)
        start = int(note.onset * second * SAMPLE_RATE)
        sound = _pluck(note.pitch, round(length * SAMPLE_RATE), dead)[: len(samples) - start]
        samples[start : start + len(sound)] += loudness * sound
    peak = float(np.abs(samples).max())
    return samples * np.float32(_PEAK / peak) if peak > 0 else samples


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> None:
    """Write a .wav file.

    Raises:
        InputError: a SoundFont was asked for that is missing, or FluidSynth is not installed or fails.
    """
    with files.writing(path, force=force) as temporary:
        if settings.soundfont:
            _fluidsynth(tab, temporary, settings)
            return
        pcm = (to_samples(tab, settings) * 32767).astype("<i2")
        with wave.open(str(temporary), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(SAMPLE_RATE)
            sound.writeframes(pcm.tobytes())


@lru_cache(maxsize=256)
def _pluck(pitch: int, n_samples: int, dead: bool) -> Samples:
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    time = np.arange(n_samples) / SAMPLE_RATE
    partial = np.arange(1, _PARTIALS + 1)
    partial = partial[partial * frequency < SAMPLE_RATE / 2.5]
    amplitude = np.sin(partial * np.pi * _PLUCK) * np.sin(partial * np.pi * _PICKUP) / partial
    decay = _DECAY * (_E1 / frequency) ** 0.5 / (1 + 0.25 * (partial - 1))
    if dead:
        decay = decay * 0.02
    sound = np.zeros(n_samples)
    for k, a, tau in zip(partial, amplitude, decay, strict=True):
        sound += a * np.exp(-time / tau) * np.sin(2 * np.pi * k * frequency * time)
    fade = min(n_samples, round(_RELEASE * SAMPLE_RATE))
    if fade:
        sound[-fade:] *= np.linspace(1, 0, fade)
    attack = min(n_samples, 64)  # 1.5 ms: no click at the onset
    sound[:attack] *= np.linspace(0, 1, attack)
    return sound.astype(np.float32)


def _fluidsynth(tab: Tab, target: Path, settings: WriteSettings) -> None:
    program = shutil.which("fluidsynth")
    if program is None:
        raise InputError("fluidsynth is not installed: run `apt-get install fluidsynth`, or leave --soundfont out")
    soundfont = settings.soundfont or ""
    head = files.read_bytes(soundfont)[:12]
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":  # FluidSynth would go on and write silence
        raise InputError(f"{soundfont} is no SoundFont: give it an .sf2 or .sf3 file")
    with tempfile.TemporaryDirectory() as folder:
        score = Path(folder) / "tab.mid"
        midi.to_midi(tab, settings).save(str(score))
        command = [program, "-ni", "-q", "-r", str(SAMPLE_RATE), "-F", str(target), soundfont, str(score)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own arguments
    if done.returncode or not target.is_file():
        raise InputError(f"fluidsynth could not play with {soundfont}: {done.stderr.strip()[-200:]}")
