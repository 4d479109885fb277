"""What a tab can be asked for: one row a control, and nothing else in any other file.

A row makes a flag of `basstab generate` and `infill`, a field on the demo's page, words of the vocabulary
(`control_words`), words in front of training pieces, and a row of `basstab evaluate --obedience`. Measures are pure
functions of `Features`, which `metrics.attributes` takes off a tab and off what its row of a dataset tells: that is all
that a row needs to know of tabs, so that the table can travel with tokenizers. Where a tab is not clearly one thing, a
measure gives no value. Standard library only.

A new row or value goes behind those that are there: a model learns the words in their order here, so that theirs must
stay. Its words take spare ids (`control_words`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from basstab_hf.tab.marks import KEY_NAMES

#: Onsets a bar, and semitones of the mean note above the lowest open string: below the first low, from the second high.
#: The terciles of the training splits of the public-domain tunes (2,978) and of real pages (231).
DENSITY = (4.2, 6.1)
REGISTER = (10.4, 13.4)
#: Share of the notes from which on a technique counts as one that the tab uses.
TECHNIQUE_SHARE = 0.01
#: By how much the best key must correlate better than the next. On the tunes that name a major or minor key, 88 % agree
#: without a margin, 93 % of the 88 % that are left with this one.
KEY_MARGIN = 0.05
#: Share of the bars that must be of the usual width for a metre to be told: upbeats and endings are shorter.
METRE_SHARE = 0.8
#: Columns of the widest bar on a grid of sixteenths; wider ones hold several, and a metre or density cannot be told.
MAX_WIDTH = 32
#: Sixteenths in a bar of the metres that can be told: 24 of them may be 6/4, 12/8 or 4/4 in triplets.
WIDTHS = {"4/4": 16, "3/4": 12, "6/8": 12, "9/8": 18, "5/4": 20, "7/4": 28}
#: How much more often bars start a note on their middle (6/8) or on their second and third beats (3/4). Of 1,036 tunes
#: in one of both, all that it calls 3/4 are so, and 98 % of those that it calls 6/8.
_RHYTHM_MARGIN = 0.05
_TECHNIQUES = (
    *("none", "hammer-on", "pull-off", "slide", "bend", "vibrato", "tie", "dead-note", "ghost-note"),
    *("harmonic", "slap", "pop", "tap"),
)
#: The styles of the composer, by name; a test holds them to its files.
STYLES = (
    *("ballad", "blues", "bossa", "country", "disco", "folk", "funk", "hiphop", "indie", "metal", "motown", "pop"),
    *("punk", "reggae", "riff", "rock", "ska", "slap", "synthpop", "tumbao", "walking", "waltz"),
)
#: What else people call them, in what order a text is searched for it: charts say "Medium Swing" or "Slow Soul Ballad".
STYLE_NAMES = {
    **{name: name for name in STYLES if name not in ("ballad", "rock", "pop")},
    **{"hip hop": "hiphop", "hip-hop": "hiphop", "synth": "synthpop", "electro": "synthpop", "new wave": "synthpop"},
    **{"soul": "motown", "r&b": "motown", "rnb": "motown", "gospel": "motown", "shuffle": "blues", "boogie": "blues"},
    **{
        "samba": "bossa",
        "latin": "tumbao",
        "salsa": "tumbao",
        "cuban": "tumbao",
        "mambo": "tumbao",
        "cha cha": "tumbao",
    },
    **{
        "dub": "reggae",
        "calypso": "reggae",
        "house": "disco",
        "dance": "disco",
        "bluegrass": "country",
        "polka": "country",
    },
    **{"swing": "walking", "jazz": "walking", "bebop": "walking", "bop": "walking", "up tempo": "walking"},
    **{
        "celtic": "folk",
        "irish": "folk",
        "thrash": "metal",
        "hardcore": "punk",
        "grunge": "rock",
        "alternative": "indie",
    },
    **{"ballad": "ballad", "rock": "rock", "pop": "pop", "even 8ths": "pop"},
}
#: Beats a minute from which on the next word holds: ranges in which people name tempi (Adagio and slower, Andante,
#: Moderato, Allegro, Vivace, Presto), about evenly filled by the composer's songs.
TEMPO_BOUNDS = (80, 100, 120, 140, 170)
_TEMPI = ("below-80", "80-99", "100-119", "120-139", "140-169", "170-up")
#: Twelve major keys from C up, then their parallel minor keys.
KEYS = (
    *KEY_NAMES,
    *("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm"),
)


class Note(Protocol):
    """A note of a tab, as `tab.values` has it: travelling code imports no more of the package than it needs."""

    @property
    def pitch(self) -> int: ...

    @property
    def techniques(self) -> tuple[str, ...]: ...


class Bar(Protocol):
    """A bar of `width` columns of the grid, in whose columns `onsets` notes start."""

    @property
    def width(self) -> int: ...

    @property
    def onsets(self) -> frozenset[int]: ...


@dataclass(frozen=True, slots=True)
class Features:
    """What measures see of a tab with at least one note.

    Attributes:
        notes: with onset and duration in columns.
        bars: between bar lines, open ones at the end among them.
        lowest: pitch of the lowest open string.
        key_likeness: how well the notes go with each of `KEYS`, -1 to 1; empty where that cannot be told.
        style: what a row says; "" where it says nothing.
        tempo: beats a minute, as a row says; None where it says nothing.
    """

    notes: Sequence[Note]
    bars: Sequence[Bar]
    lowest: int
    key_likeness: Sequence[float]
    style: str = ""
    tempo: float | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """Something that a tab can be asked to be.

    Attributes:
        name: of the flag, and in front of the colon in its words: <density:low>.
        values: what can be asked for, none of them with blanks, ">" or "<".
        measure: the values that are true of a tab, in the order of `values`.
        help: of the flag; "" makes none: who asks for a key by `--key` or a tempo by `--tempo` asks for its word, too
            (`steering.key_words`, `steering.tempo_words`).
        label: of the field on the page; "" makes none.
        several: whether several values may be asked for at once.
        reads: what people write for a value, "soul" -> "motown"; what it does not know stays.
        told: whether only a row of a dataset tells it, and no measure of notes: nobody can check a tab for it.
    """

    name: str
    values: tuple[str, ...]
    measure: Callable[[Features], Sequence[str]]
    help: str = ""
    label: str = ""
    several: bool = False
    told: bool = False
    reads: Callable[[str], str] = str


def _density(features: Features) -> list[str]:
    if _usual_width(features.bars) > MAX_WIDTH:
        return []
    onsets = sum(len(bar.onsets) for bar in features.bars) / len(features.bars)
    return [_third(("low", "medium", "high"), onsets, DENSITY)]


def _register(features: Features) -> list[str]:
    heights = [note.pitch - features.lowest for note in features.notes if "dead note" not in note.techniques]
    return [_third(("low", "middle", "high"), sum(heights) / len(heights), REGISTER)] if heights else []


def _third(values: Sequence[str], value: float, bounds: tuple[float, float]) -> str:
    return values[sum(value >= bound for bound in bounds)]


def _techniques(features: Features) -> list[str]:
    """Those that enough notes have; "none" only where no note has any."""
    counts = Counter(technique.replace(" ", "-") for note in features.notes for technique in note.techniques)
    if not counts:
        return ["none"]
    least = max(TECHNIQUE_SHARE * len(features.notes), 1)
    return [name for name in _TECHNIQUES if counts[name] >= least]


def _key(features: Features) -> list[str]:
    likeness = features.key_likeness
    if not likeness:
        return []
    second, best = sorted(range(len(KEYS)), key=likeness.__getitem__)[-2:]
    clear = round(likeness[best] - likeness[second], 9) >= KEY_MARGIN  # the same in every rotation
    return [KEYS[best]] if clear else []


def _metre(features: Features) -> list[str]:
    width = _usual_width(features.bars)
    same = [bar.onsets for bar in features.bars if bar.width == width]
    if len(same) < METRE_SHARE * len(features.bars):
        return []
    if width != WIDTHS["3/4"]:
        return [metre for metre, columns in WIDTHS.items() if columns == width]
    in_two = _share(same, 6)
    in_three = (_share(same, 4) + _share(same, 8)) / 2
    if math.isclose(in_two, in_three, abs_tol=_RHYTHM_MARGIN):
        return []
    return ["6/8" if in_two > in_three else "3/4"]


def _style(features: Features) -> list[str]:
    return [features.style] if features.style in STYLES else []


def _tempo(features: Features) -> list[str]:
    return [] if features.tempo is None else [tempo_range(features.tempo)]


def tempo_range(tempo: float) -> str:
    """The value of the control `tempo` for so many beats a minute: 120 -> "120-139"."""
    return _TEMPI[sum(tempo >= bound for bound in TEMPO_BOUNDS)]


def style_called(text: str) -> str | None:
    """The style that a text is nearest to, "soul" or "Medium Swing"; None where it names none."""
    words = f" {' '.join(text.lower().split())} "
    return next((style for name, style in STYLE_NAMES.items() if f" {name} " in words), None)


def style_meant(text: str) -> str:
    """The style that a text names, or else the text."""
    return style_called(text) or text


def _share(bars: Sequence[frozenset[int]], column: int) -> float:
    """The share of bars in which a note starts on that column."""
    return sum(column in onsets for onsets in bars) / len(bars)


def _usual_width(bars: Iterable[Bar]) -> int:
    """The most frequent width, the narrower of equally frequent ones."""
    widths = Counter(bar.width for bar in bars)
    return min(widths, key=lambda width: (-widths[width], width))


TABLE = (
    Control("density", ("low", "medium", "high"), _density, "how many notes a bar", "Notes in a bar"),
    Control("register", ("low", "middle", "high"), _register, "how high on the neck", "Place on the neck"),
    Control("technique", _TECHNIQUES, _techniques, "how notes are played; may be given several times", several=True),
    Control("key", KEYS, _key),
    Control(
        "metre",
        ("2/4", "3/4", "4/4", "5/4", "6/4", "7/4", "3/8", "5/8", "6/8", "7/8", "9/8", "12/8"),
        _metre,
        "such as 3/4; sets the width of the bars",
        "Metre",
    ),
    Control("style", STYLES, _style, "in which style", "Style", told=True, reads=style_meant),
    Control("tempo", _TEMPI, _tempo, told=True),
)
#: Those that are asked for by their own name.
ASKED = tuple(control for control in TABLE if control.help)
