"""What can be asked of a model: how much, how bold, what kind of music, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from basstab_hf.errors import InputError
from basstab_hf.generate.grammar import MAX_BAR, MIN_BAR
from basstab_hf.generate.sampling import Sampling, check_range
from basstab_hf.tab import Tab
from basstab_hf.tuning import Tuning

MAX_BARS, MAX_SYSTEMS = 1000, 250
#: Quarter notes a minute where nothing says how fast a tab is to be played: as where it is heard (`formats.settings`).
TEMPO = 100.0


@dataclass(frozen=True, slots=True)
class Music:
    """What the music shall be like, whatever the model learnt.

    Attributes:
        key: such as "Em", "C#", "Bb"; None: any.
        chords: one a bar, from the first new bar on and round again, such as ("Am", "F", "C", "G").
        strength: how much key and chords count: 0 nothing, 1 as a rule, from 10 on always.
        difficulty: 1 (first lessons) to 5 (anything a hand can do); None: whatever comes.
        tempo: quarter notes a minute, by which the hand has more or less time.
        columns_per_beat: 4: a column is a sixteenth.
    """

    key: str | None = None
    chords: tuple[str, ...] = ()
    strength: float = 1.0
    difficulty: int | None = None
    tempo: float = TEMPO
    columns_per_beat: float = 4.0

    def __post_init__(self) -> None:
        check_range("strength", self.strength, 0, 100)
        check_range("difficulty", self.difficulty or 1, 1, 5)
        check_range("tempo", self.tempo, 20, 400)
        check_range("columns_per_beat", self.columns_per_beat, 1, 48)


@dataclass(frozen=True, slots=True)
class Guards:
    """What is not let through.

    Attributes:
        max_copy: notes in a row that may be those of one tune of the training set, in whatever key; a tab with more is
            drawn again. None: any number.
        max_repeats: how often a bar, or a loop of up to four bars, may follow itself; 0: any number.
        repetition: from 1 (off) up: notes of the last bars get so many times less likely.
    """

    max_copy: int | None = None
    max_repeats: int = 3
    repetition: float = 1.0

    def __post_init__(self) -> None:
        check_range("max_copy", self.max_copy if self.max_copy is not None else 2, 2, 10_000)
        check_range("max_repeats", self.max_repeats, 0, 1000)
        check_range("repetition", self.repetition, 1, 100)


@dataclass(frozen=True, slots=True)
class Request:
    """What to write: `bars` new bars behind the prompt, whose open bar counts as the first of them.

    Attributes:
        systems: write until so many systems are full, instead of a number of bars; the prompt's open one counts.
        width: columns in a bar (None: as in the prompt, or as in most bars that the model learnt from).
        tuning: holds without a prompt.
        asked: control words such as "<density:low>" (`steering.asked_words`): what the tab as a whole shall be like.
            The model may fail them, but a metre sets the width where neither `width` nor the prompt does.
        match_cache: what the tab has said so far is mixed in as the model folder says: it repeats itself as songs do.
        best_of: so many tabs are written for each that is kept (see `ranking`).

    Raises:
        InputError: a number out of its range.
    """

    prompt: Tab | None = None
    bars: int = 8
    systems: int | None = None
    tuning: Tuning | None = None
    width: int | None = None
    sampling: Sampling = field(default_factory=Sampling)
    seed: int | None = None
    asked: tuple[str, ...] = ()
    match_cache: bool = True
    music: Music = field(default_factory=Music)
    guards: Guards = field(default_factory=Guards)
    best_of: int = 1

    def __post_init__(self) -> None:
        check_range("bars", self.bars, 1, MAX_BARS)
        check_range("systems", self.systems if self.systems is not None else 1, 1, MAX_SYSTEMS)
        check_range("width", self.width if self.width is not None else MIN_BAR, MIN_BAR, MAX_BAR)
        check_range("seed", self.seed or 0, 0, 2**32 - 1)
        check_range("best_of", self.best_of, 1, 100)
        if self.prompt is not None and not self.prompt.systems:
            raise InputError("the prompt has no system to continue: leave it out")
