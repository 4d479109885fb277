"""Gains that make all tones and struck notes equally loud, for formats/plucked.py: from the lines of tests/tones.py.

    python scripts/level_tones.py

Prints a row for each tone: its gain to be, then loudness (LUFS) and true peak (dBTP) of every line as it is now.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from basstab_hf.formats.plucked import LOUDNESS_LUFS, STRINGS, STRUCK_STRINGS
from tests.tones import LINES, attack, lufs, played, true_peak

#: Of tones, and of notes that are struck as letters say: the tone of slapping hands has both.
VOICES = {tone: (string, "") for tone, string in STRINGS.items() if tone not in STRUCK_STRINGS}
VOICES |= {how: (string, how) for how, string in STRUCK_STRINGS.items()}

for tone, (string, struck) in VOICES.items():
    found = {line: played(line, "slap" if struck else tone, struck) for line in LINES}
    loud = {line: lufs(samples) for line, samples in found.items()}
    gain = string.gain * 10 ** ((LOUDNESS_LUFS - float(np.mean(list(loud.values())))) / 20)
    rows = [f"{line} {loud[line]:.1f} LUFS {true_peak(samples):.1f} dBTP" for line, samples in found.items()]
    low, high = attack(found["low eighths"]), attack(found["high"])
    print(f"{tone}: gain {gain:.4f}; {'; '.join(rows)}")
    print(f"    attack: low {low[0]:.0f} Hz, {low[1]:.0f} dB over 2 kHz; high {high[0]:.0f} Hz, {high[1]:.0f} dB")
