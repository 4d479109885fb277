"""Read a part that prints only the strings it uses, one to three, as the whole bass.

Input: the labels of such a block and the tunings that the page may be in. Output: a `Reading` that says which
strings of which tuning they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache

from basstab_hf.recognise.instruments import Reading
from basstab_hf.tab.tuning import Tuning

#: Tunings that parts are read in where the page tells none; the first that has the printed strings counts.
LIKELY = tuple(map(Tuning.parse, ("GDAE", "GDAD", "GDAEB", "GbDbAbEb", "F#C#G#D#", "FCGD", "FCGC")))
_OWN_B = 5  # strings: a B string is one of five, and only of a page that tells so


@lru_cache(maxsize=256)
def read_part(labels: tuple[str, ...], tunings: tuple[Tuning, ...], certainty: float) -> Reading | None:
    """The tuning whose strings these are, in their order from the top or from the bottom; None if there is none."""
    for tuning in (*tunings, *(each for each in LIKELY if len(each.labels) < _OWN_B)):
        strings = _places(labels, tuning.labels)
        if strings is not None:
            return Reading(tuning, certainty=certainty, strings=strings)
        strings = _places(labels[::-1], tuning.labels)
        if strings is not None:
            return Reading(tuning, certainty=certainty, strings=strings, low_first=True)
    return None


def _places(labels: tuple[str, ...], strings: tuple[str, ...]) -> tuple[int, ...] | None:
    """Where in the tuning the labels stand, in order; of several places those next to each other, then the lowest."""
    choices = itertools.combinations(range(len(strings)), len(labels))
    fitting = [places for places in choices if tuple([strings[place] for place in places]) == labels]
    return max(fitting, key=lambda places: (places[0] - places[-1], places), default=None)


def whole_bass(lines: Sequence[str], strings: Sequence[int], count: int) -> tuple[str, ...]:
    """The printed lines in their places among `count` strings; the others are empty, with the bar lines of these."""
    empty = "".join(["|" if set(column) == {"|"} else "-" for column in zip(*lines, strict=True)])
    printed = dict(zip(strings, lines, strict=True))
    return tuple(printed.get(place, empty) for place in range(count))
