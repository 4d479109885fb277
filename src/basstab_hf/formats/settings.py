"""How a tab is to be written: what the formats need to know besides the tab."""

from __future__ import annotations

from dataclasses import dataclass

from basstab_hf.errors import InputError
from basstab_hf.timing import COLUMNS_PER_BEAT

#: General MIDI programs, counted from 0, by how the bass is played.
TONES = {"finger": 33, "pick": 34, "slap": 36, "fretless": 35}


@dataclass(frozen=True, slots=True)
class WriteSettings:
    """Tempo in beats per minute, columns in a beat, a SoundFont file for FluidSynth (none: built-in string), a tone,
    and the longest line of text in characters (none: as the tab has it).

    Raises:
        InputError: a tempo outside 20 to 400, less than one column in a beat, an unknown tone, lines below 10.
    """

    tempo: float = 100.0
    columns_per_beat: float = COLUMNS_PER_BEAT
    soundfont: str | None = None
    tone: str = "finger"
    text_width: int | None = None

    def __post_init__(self) -> None:
        if not 20 <= self.tempo <= 400:
            raise InputError(f"tempo {self.tempo:g}: choose 20 to 400 beats per minute")
        if not 1 <= self.columns_per_beat <= 96:
            raise InputError(f"{self.columns_per_beat:g} columns per beat: choose 1 to 96")
        if self.tone not in TONES:
            raise InputError(f"tone {self.tone!r}: choose {', '.join(TONES)}")
        if self.text_width is not None and self.text_width < 10:
            raise InputError(f"lines of {self.text_width} characters: choose 10 or more")

    @property
    def program(self) -> int:
        """The General MIDI program of the tone, counted from 0."""
        return TONES[self.tone]
