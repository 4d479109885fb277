"""What can be asked of a model: how much, how bold, what kind of music, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from basstab_hf.errors import InputError
from basstab_hf.formats.settings import COLUMNS_A_BEAT, TEMPO
from basstab_hf.generate.grammar import MAX_BAR, MIN_BAR
from basstab_hf.generate.sampling import Sampling, check_range
from basstab_hf.rhythm.tempo_words import TEMPOS
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab

if TYPE_CHECKING:
    from basstab_hf.composer.part import FormPlan

#: What each number may be, by its name; None asks for nothing.
RANGES: dict[str, tuple[float, float]] = {
    "strength": (0, 100),
    "feel": (0, 10),
    "difficulty": (1, 5),
    "tempo": TEMPOS,
    "columns_per_beat": COLUMNS_A_BEAT,
    "max_copy": (2, 10_000),
    "max_repeats": (0, 1000),
    "repetition": (1, 100),
    "bars": (1, 1000),
    "systems": (1, 250),
    "width": (MIN_BAR, MAX_BAR),
    "seed": (0, 2**32 - 1),
    "best_of": (1, 100),
}


@dataclass(frozen=True, slots=True)
class Music:
    """What the music shall be like, whatever the model learnt.

    Attributes:
        key: such as "Em", "C#", "Bb"; None: any.
        chords: those of each bar as `chart.bars` reads them, from the first new bar on and round again, such as
            ("Am", "F", "C G").
        strength: how much key and chords count: 0 nothing, 1 as a rule, from 10 on always.
        feel: how much the bars of a prompt lead what follows: 0 nothing, 1 as riffs are gone on with.
        difficulty: 1 (first lessons) to 5 (anything a hand can do); None: whatever comes.
        tempo: quarter notes a minute, by which the hand has more or less time.
        columns_per_beat: 4: a column is a sixteenth.
    """

    key: str | None = None
    chords: tuple[str, ...] = ()
    strength: float = 1.0
    feel: float = 0.0
    difficulty: int | None = None
    tempo: float = TEMPO
    columns_per_beat: float = 4.0

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class Guards:
    """What is not let through.

    Attributes:
        max_copy: notes in a row that may be those of one tune of the training set, in whatever key; a tab with more is
            drawn again. None: any number.
        max_repeats: how many more times a bar, or a loop of up to four, may come right after itself; 0: any number.
        repetition: how many times less likely the notes of the last two bars get; from 1 up, 1: not at all.
    """

    max_copy: int | None = None
    max_repeats: int = 3
    repetition: float = 1.0

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class Request:
    """What to write: `bars` new bars behind the prompt, whose open bar counts as the first of them.

    Attributes:
        systems: write until so many systems are full, instead of a number of bars; the prompt's open one counts.
        width: columns in a bar (None: as in the prompt, or as in most bars that the model learnt from).
        tuning: holds without a prompt.
        form: a line is composed for all of its bars, in the styles of its sections; each tab follows one of its own.
        asked: control words such as "<density:low>" (`steering.asked_words`): what the tab as a whole shall be like.
            The model may fail them, but a metre sets the width where neither `width` nor the prompt does.
        match_cache: what the tab has said so far is mixed in as the model folder says: it repeats itself as songs do.
        mixture: the mixture of the model folder takes the place of the cache, where it has one.
        best_of: how many tabs are written for each that is kept (see `ranking`).

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
    form: FormPlan | None = None
    asked: tuple[str, ...] = ()
    match_cache: bool = True
    mixture: bool = False
    music: Music = field(default_factory=Music)
    guards: Guards = field(default_factory=Guards)
    best_of: int = 1

    def __post_init__(self) -> None:
        _check(self)
        if self.prompt is not None and not self.prompt.systems:
            raise InputError("the prompt has no system to continue: leave it out")


def _check(asked: Music | Guards | Request) -> None:
    """Refuse a field out of its range."""
    for name, (least, most) in RANGES.items():
        if (value := getattr(asked, name, None)) is not None:
            check_range(name, value, least, most)
