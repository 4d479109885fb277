"""What a tab can be asked for, read off a tab: column text -> control words such as <density:low> and <key:Em>.

Everything follows from the text alone, so that a piece that augmentation has changed is described as it is now, and is
the same however the bars are wrapped into systems. Where a tab is not clearly one thing, the word is left out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from basstab_hf.control_words import CONTROLS, control_word
from basstab_hf.metrics.bars import GridBar, grid_bars
from basstab_hf.tab import Note, Tab
from basstab_hf.timing import timed_notes

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

# Key profiles of Krumhansl and Kessler (1982), from C; the key is that whose profile correlates best with how long each
# pitch class sounds: the Krumhansl-Schmuckler algorithm (Krumhansl 1990).
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_PROFILES = np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)])
_DEAD = "dead note"


def control_words(text: str) -> tuple[str, ...]:
    """The control words of a piece in column text, in the order of `CONTROLS`; none of a tab without notes.

    Raises:
        TabError: text that is no tab.
    """
    tab = Tab.from_words(text.split())
    notes = timed_notes(tab, columns_per_beat=1)
    if not notes:
        return ()
    bars = grid_bars(tab)
    values = {
        "density": _density(bars),
        "register": _register(notes, tab.tuning.pitches[-1]),
        "technique": _techniques(notes),
        "key": _key(notes),
        "metre": _metre(bars),
    }
    return tuple(control_word(name, value) for name in CONTROLS for value in values[name])


def _density(bars: Sequence[GridBar]) -> list[str]:
    if _usual_width(bars) > MAX_WIDTH:
        return []
    onsets = sum(len(bar.onsets) for bar in bars) / len(bars)
    return [_third("density", onsets, DENSITY)]


def _register(notes: Iterable[Note], lowest: int) -> list[str]:
    heights = [note.pitch - lowest for note in notes if _DEAD not in note.techniques]
    return [_third("register", sum(heights) / len(heights), REGISTER)] if heights else []


def _third(name: str, value: float, bounds: tuple[float, float]) -> str:
    return CONTROLS[name][sum(value >= bound for bound in bounds)]


def _techniques(notes: Sequence[Note]) -> list[str]:
    """Those that enough notes have, in the order of `CONTROLS`; "none" only where no note has any."""
    counts = Counter(technique.replace(" ", "-") for note in notes for technique in note.techniques)
    if not counts:
        return ["none"]
    return [name for name in CONTROLS["technique"] if counts[name] >= max(TECHNIQUE_SHARE * len(notes), 1)]


def _key(notes: Iterable[Note]) -> list[str]:
    sounding = np.zeros(12)
    for note in notes:
        if _DEAD not in note.techniques:
            sounding[note.pitch % 12] += note.duration
    if not np.ptp(sounding):
        return []
    likeness = np.corrcoef(sounding, _PROFILES)[0, 1:]
    second, best = np.argsort(likeness, kind="stable")[-2:]
    clear = round(float(likeness[best] - likeness[second]), 9) >= KEY_MARGIN  # the same in every rotation
    return [CONTROLS["key"][best]] if clear else []


def _metre(bars: Sequence[GridBar]) -> list[str]:
    width = _usual_width(bars)
    same = [bar.onsets for bar in bars if bar.width == width]
    if len(same) < METRE_SHARE * len(bars):
        return []
    if width != WIDTHS["3/4"]:
        return [metre for metre, columns in WIDTHS.items() if columns == width]
    in_two = _share(same, 6)
    in_three = (_share(same, 4) + _share(same, 8)) / 2
    if math.isclose(in_two, in_three, abs_tol=_RHYTHM_MARGIN):
        return []
    return ["6/8" if in_two > in_three else "3/4"]


def _share(bars: Sequence[frozenset[int]], column: int) -> float:
    """The share of bars in which a note starts on that column."""
    return sum(column in onsets for onsets in bars) / len(bars)


def _usual_width(bars: Iterable[GridBar]) -> int:
    """The most frequent width, the narrower of equally frequent ones."""
    widths = Counter(bar.width for bar in bars)
    return min(widths, key=lambda width: (-widths[width], width))
