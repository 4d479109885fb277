"""Tabs as sound: a plucked string of our own, or FluidSynth with a SoundFont. Output: .wav, .ogg or .mp3, 16 bits."""

from __future__ import annotations

import errno
import io
import math
import os
import shutil
import subprocess
import wave
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.formats import midi
from basstab_hf.formats.gestures import gestures, length
from basstab_hf.formats.plucked import SAMPLE_RATE, Samples, render
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.tab.values import Tab

#: Longest sound in seconds: 30 minutes are 320 MB of samples.
MAX_SECONDS = 1800.0
#: What libsndfile calls the formats that need it.
COMPRESSED = {".ogg": ("OGG", "VORBIS"), ".mp3": ("MP3", "MPEG_LAYER_III")}
#: Highest true peak by ITU-R BS.1770: one dB below full scale, so that no converter and no codec clips.
_CEILING = 10 ** (-1 / 20)
#: FluidSynth's own, 0.2, leaves a bass line 20 dB below full scale.
_GAIN = "0.6"
_FRAME = 4  # bytes: two channels of 16 bits
_BLOCK = SAMPLE_RATE  # samples written at once
_TAPS = 16  # samples on each side of a place between two


def to_samples(tab: Tab, settings: WriteSettings) -> Samples:
    """Synthesise a tab: mono samples in [-1, 1] at `SAMPLE_RATE`, as loud as `plucked.LOUDNESS_LUFS` says, or softer
    where strings that sound together would go beyond.

    Raises:
        InputError: the tab would sound for longer than `MAX_SECONDS`.
    """
    return _played(tab, settings)[0]


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write a .wav, .ogg or .mp3 file; returns whether it is softer than others, so that nothing clips.

    Raises:
        InputError: the tab is too long, a SoundFont was asked for that is missing, FluidSynth is missing or fails.
    """
    _check_length(tab, settings)
    with files.writing(path, force=force) as temporary:
        if settings.soundfont is None:
            samples, softer = _played(tab, settings)
            _save(samples, temporary)
            if softer > 0.05:
                return (f"strings that sound together would clip: all is {softer:.1f} dB softer",)
        elif temporary.suffix.lower() == ".wav":
            _fluidsynth(tab, temporary, settings)
        else:
            _compress(tab, temporary, settings)
    return ()


def _played(tab: Tab, settings: WriteSettings) -> tuple[Samples, float]:
    """The samples, and by how many dB they were turned down."""
    _check_length(tab, settings)
    samples = render(gestures(tab, settings), length(tab, settings), settings.tone)
    peak = true_peak(samples)
    if peak <= _CEILING:
        return samples, 0.0
    samples *= np.float32(_CEILING / peak)
    return samples, 20 * math.log10(peak / _CEILING)


def true_peak(samples: Samples) -> float:
    """The highest level between samples as well as on them: at four times the rate, as ITU-R BS.1770 (annex 2) asks.

    By windowed sinc, where samples come near to the highest: between two of them lies no more than 1.6 times that.
    """
    highest = max((float(np.abs(block).max()) for block in _blocks(samples)), default=0.0)
    taps = np.arange(-_TAPS, _TAPS)
    for shift in (0.25, 0.5, 0.75):
        kernel = (np.sinc(taps + shift) * np.hanning(2 * _TAPS + 2)[1:-1]).astype(np.float32)
        for block in _blocks(samples):
            if np.abs(block).max(initial=0.0) * 1.6 > highest:
                highest = max(highest, float(np.abs(np.convolve(block, kernel)).max()))
    return highest


def _check_length(tab: Tab, settings: WriteSettings) -> None:
    seconds = length(tab, settings)
    if seconds > MAX_SECONDS:
        raise InputError(
            f"the tab would sound for {seconds / 60:.0f} minutes at tempo {settings.tempo:g}: up to "
            f"{MAX_SECONDS / 60:.0f} are written; cut it, or choose a higher --tempo or --columns-per-beat"
        )


def _blocks(samples: Samples) -> Iterator[Samples]:
    return (samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK))


def _save(samples: Samples, path: Path) -> None:
    """Block by block: a whole song in another format would take as much memory again."""
    if path.suffix.lower() in COMPRESSED:
        _encode(_blocks(samples), path, SAMPLE_RATE, 1)
        return
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE)
        for block in _blocks(samples):
            sound.writeframes((block * 32767).astype("<i2").tobytes())


def _encode(blocks: Iterable[Samples], path: Path, rate: int, channels: int) -> None:
    """Compressed in memory, a megabyte a minute: of a full disk libsndfile tells little, or nothing."""
    import soundfile

    kind, subtype = COMPRESSED[path.suffix.lower()]
    content = io.BytesIO()
    with soundfile.SoundFile(content, "w", rate, channels, format=kind, subtype=subtype) as sound:
        for block in blocks:
            sound.write(block)
    path.write_bytes(content.getbuffer())


def _compress(tab: Tab, target: Path, settings: WriteSettings) -> None:
    """What FluidSynth plays, as .ogg or .mp3."""
    import soundfile

    with files.scratch() as folder:
        plain = folder / "tab.wav"
        _fluidsynth(tab, plain, settings)
        with soundfile.SoundFile(plain) as source:
            _encode(source.blocks(_BLOCK), target, source.samplerate, source.channels)


def _fluidsynth(tab: Tab, target: Path, settings: WriteSettings) -> None:
    program = shutil.which("fluidsynth")
    if program is None:
        raise InputError("fluidsynth is not installed: run `apt-get install fluidsynth`, or leave --soundfont out")
    soundfont = settings.soundfont or ""
    head = files.read_bytes(soundfont)[:12]
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":  # FluidSynth would go on and write silence
        raise InputError(f"{soundfont} is no SoundFont: give it an .sf2 or .sf3 file")
    with files.scratch() as folder:
        score = folder / "tab.mid"
        midi.to_midi(tab, settings).save(str(score))
        command = [program, "-ni", "-q", "-g", _GAIN, "-r", str(SAMPLE_RATE), "-F", str(target), soundfont, str(score)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own arguments
    if done.returncode or not target.is_file():
        raise InputError(f"fluidsynth could not play with {soundfont}: {done.stderr.strip()[-200:]}")
    end = max((one.onset + one.duration for one in gestures(tab, settings)), default=0.0)
    if target.stat().st_size < end * SAMPLE_RATE * _FRAME:  # FluidSynth is content with what a full disk takes
        raise OSError(errno.ENOSPC, "fluidsynth could not write all of the sound: is the disk full?")
