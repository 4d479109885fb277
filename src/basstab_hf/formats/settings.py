"""How a tab is to sound: what every sounding format needs to know besides the tab."""

from __future__ import annotations

from dataclasses import dataclass

from basstab_hf.errors import InputError
from basstab_hf.timing import COLUMNS_PER_BEAT


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """Tempo in beats per minute, columns in a beat, and a SoundFont file for FluidSynth (none: built-in string).

    Raises:
        InputError: a tempo outside 20 to 400, or less than one column in a beat.
    """

    tempo: float = 100.0
    columns_per_beat: float = COLUMNS_PER_BEAT
    soundfont: str | None = None

    def __post_init__(self) -> None:
        if not 20 <= self.tempo <= 400:
            raise InputError(f"tempo {self.tempo:g}: choose 20 to 400 beats per minute")
        if not 1 <= self.columns_per_beat <= 96:
            raise InputError(f"{self.columns_per_beat:g} columns per beat: choose 1 to 96")
