"""How a tab is to be written: what the formats need to know besides the tab."""

from __future__ import annotations

from dataclasses import dataclass

from basstab_hf.errors import InputError
from basstab_hf.formats.tones import TONES
from basstab_hf.formats.track import Marks
from basstab_hf.rhythm.tab_time import AS_WRITTEN, TabTime, Tempo
from basstab_hf.rhythm.tempo_words import PLAYED_TEMPOS
from basstab_hf.tab.timing import COLUMNS_PER_BEAT, MAX_COLUMNS_PER_BEAT

#: Beats (quarter notes) a minute where nothing says how fast a tab is played.
TEMPO = 100.0
#: Columns in a beat.
COLUMNS_A_BEAT = (1, MAX_COLUMNS_PER_BEAT)


@dataclass(frozen=True, slots=True)
class WriteSettings:
    """Tempo in beats per minute, columns in a beat, a SoundFont file for FluidSynth (none: built-in string), a tone,
    the longest line of text in characters (none: as the tab has it), what else is known of the tab's time, what
    text prints beside its systems (none: nothing is known), and whether the practice page draws the neck for
    left-handers.

    Raises:
        InputError: a tempo outside 5 to 600, less than one column in a beat, an unknown tone, lines below 10.
    """

    tempo: float = TEMPO
    columns_per_beat: float = COLUMNS_PER_BEAT
    soundfont: str | None = None
    tone: str = "finger"
    text_width: int | None = None
    time: TabTime = AS_WRITTEN
    marks: tuple[Marks, ...] = ()
    left_handed: bool = False

    def __post_init__(self) -> None:
        least, most = PLAYED_TEMPOS
        if not least <= self.tempo <= most:
            raise InputError(f"tempo {self.tempo:g}: choose {least} to {most} beats per minute")
        if not COLUMNS_A_BEAT[0] <= self.columns_per_beat <= COLUMNS_A_BEAT[1]:
            least, most = COLUMNS_A_BEAT
            raise InputError(f"{self.columns_per_beat:g} columns per beat: choose {least} to {most}")
        if self.tone not in TONES:
            raise InputError(f"tone {self.tone!r}: choose {', '.join(TONES)}")
        if self.text_width is not None and self.text_width < 10:
            raise InputError(f"lines of {self.text_width} characters: choose 10 or more")

    def tempo_of(self, change: Tempo) -> float:
        """A change of tempo in quarter notes a minute; where the user asks for another `tempo`, all move with it."""
        wanted = change.tempo * (self.tempo / self.time.tempo if self.time.tempo else 1.0)
        return min(max(wanted, PLAYED_TEMPOS[0]), PLAYED_TEMPOS[1])

    @property
    def program(self) -> int:
        """The General MIDI program of the tone, counted from 0."""
        return TONES[self.tone]
