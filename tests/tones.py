"""How loud tones play the same lines: ITU-R BS.1770 by pyloudnorm, true peaks by scipy at four times the rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from basstab_hf import Tab
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.gestures import gestures, length
from basstab_hf.formats.plucked import SAMPLE_RATE, render


def _tab(**rows: str) -> Tab:
    wide = max(map(len, rows.values()))
    return Tab.parse("\n".join(f"{label}|{rows.get(label, '-' * wide)}|" for label in "GDAE"))


#: What bassists play: low and high, dense and sparse, damped and held.
LINES = {
    "low eighths": _tab(E="0-0-0-0-3-3-3-3-" * 4),
    "walking": _tab(E="0---3---" * 4 + "-" * 32, A="--------" * 4 + "2---0---3---2---" * 2),
    "octaves": _tab(E="0-----0-" * 8, D="--2-----" * 8),
    "high": _tab(G="5---7---9---7---" * 4),
    "held": _tab(E="3-------" * 8),
    "mixed": _tab(E="3--3-x-5" * 8, G="----5---" * 8),
}
_TEMPO = 110


def played(line: str, tone: str, struck: str = "") -> NDArray[np.float64]:
    """Samples of a line as a tone plays it; `struck`: as if letters said that of all notes."""
    settings = WriteSettings(tempo=_TEMPO, tone=tone)
    tab = LINES[line]
    found = [replace(one, struck=struck) for one in gestures(tab, settings)]
    return render(found, length(tab, settings), tone).astype(np.float64)


def lufs(samples: NDArray[np.float64]) -> float:
    """Integrated loudness."""
    import pyloudnorm

    return float(pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(samples))


def true_peak(samples: NDArray[np.float64]) -> float:
    """In dBTP."""
    from scipy.signal import resample_poly

    return float(20 * np.log10(np.abs(resample_poly(samples, 4, 1)).max()))


def attack(samples: NDArray[np.float64]) -> tuple[float, float]:
    """Of the first 50 ms: the centroid of the spectrum in Hz, and the share of energy over 2 kHz in dB."""
    first = samples[: SAMPLE_RATE // 20]
    power = np.abs(np.fft.rfft(first * np.hanning(len(first)), 1 << 15)) ** 2
    hertz = np.fft.rfftfreq(1 << 15, 1 / SAMPLE_RATE)
    return float((power * hertz).sum() / power.sum()), float(10 * np.log10(power[hertz > 2000].sum() / power.sum()))
