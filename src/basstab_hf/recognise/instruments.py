"""What instrument a block of string lines is for, told by the number of strings and their labels.

Input: labels top string first as printed. Output: a `Reading`: a bass tuning, or why it is none.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from basstab_hf.errors import TuningError
from basstab_hf.recognise.note_names import NOTE_LABELS
from basstab_hf.tab.marks import FLATS, SHARPS, semitones
from basstab_hf.tab.tuning import STANDARD, Tuning

#: Tunings of lines without labels, by number of strings.
USUAL = {4: STANDARD, 5: Tuning.parse("GDAEB"), 6: Tuning.parse("CGDAEB")}

_NAMES = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}
_OTHERS = {("E", "B", "E", "B"): "guitar"}  # two strings, twice
_UKULELE = frozenset("AECG")  # in whatever order somebody writes them
_FOURTH, _FIFTH = 5, 7
_RETUNED, _UNUSUAL = 0.94, 0.8  # certainty: fourths and fifths in another order, and any other notes
_GUITAR = (5, 4, 5, 5, 5)
_UPPER_FALLS = ((5, 4), (4, 5), (3, 4))  # a major third between upper strings: E B G D, B G D A, D B G D


@dataclass(frozen=True, slots=True)
class Reading:
    """What labels say: `tuning` where they are a bass's, else `reason`."""

    tuning: Tuning | None
    reason: str = ""
    low_first: bool = False  # the lowest string is printed on top
    repair: str = ""  # a label that had to be read as another
    certainty: float = 0.99
    guitar: bool = False
    strings: tuple[int, ...] = ()  # of a part on some strings: which of the tuning's, top string 0; empty: all


@lru_cache(maxsize=1024)
def read_labels(labels: tuple[str, ...], usual: Tuning) -> Reading:
    """Tell the instrument by its labels; `usual` is what the page is tuned to elsewhere, for mending a wrong label."""
    count = len(labels)
    if count not in USUAL:
        return Reading(None, f"{_NAMES.get(count, count)} strings: a bass has 4 to 6", guitar=count == 7)
    down, up = _falls(labels), _falls(labels[::-1])
    if _is_bass(down):
        return _known(labels)
    if _is_bass(up):
        return _known(labels[::-1], low_first=True)
    for other, low_first in ((_other(labels, down), False), (_other(labels[::-1], up), True)):
        if other:
            reason = f"{_NAMES[count]} strings in {''.join(labels)}: {other}"
            return Reading(None, reason, low_first=low_first, guitar=other == "guitar")
    return _retuned(labels, down, up) or _mend(labels, usual) or _unusual(labels, usual)


def told_of_bass(labels: tuple[str, ...]) -> Reading:
    """Labels that the page says are a bass's, whatever else is tuned so."""
    return _known(labels, certainty=_RETUNED)


def _retuned(labels: tuple[str, ...], down: tuple[int, ...], up: tuple[int, ...]) -> Reading | None:
    """Labels of an open tuning that is no slip, in the order that lies nearer to a usual bass."""
    readings = [_known(labels, certainty=_RETUNED)] if _is_retuned(down) else []
    if _is_retuned(up):
        readings.append(_known(labels[::-1], low_first=True, certainty=_RETUNED))
    return min((each for each in readings if each.tuning), key=_distance, default=None)


def _distance(reading: Reading) -> int:
    """Semitones that a tuning lies off the usual one, all strings together."""
    pitches = reading.tuning.pitches if reading.tuning else ()
    return sum(abs(a - b) for a, b in zip(pitches, USUAL[len(pitches)].pitches, strict=True))


def _other(labels: tuple[str, ...], falls: tuple[int, ...]) -> str:
    """The other instrument that labels are those of; a guitar's have a major third between two of the upper strings."""
    if len(labels) == 4:
        if frozenset(labels) == _UKULELE:
            return "ukulele"
        upper = falls[:2] in _UPPER_FALLS and falls[2] in (_FOURTH, _FIFTH)
        return _OTHERS.get(labels, "guitar" if upper else "")
    return "guitar" if falls[:-1] in (_GUITAR[:-1], _GUITAR[1:-1], _GUITAR[:-2]) else ""


def _falls(labels: tuple[str, ...]) -> tuple[int, ...]:
    """Semitones from each string down to the next, up to octaves."""
    pitches = [semitones(label) for label in labels]
    return tuple((high - low) % 12 for high, low in itertools.pairwise(pitches))


def _is_bass(falls: tuple[int, ...]) -> bool:
    """Fourths all the way, the lowest string perhaps dropped by a tone."""
    return all(fall == _FOURTH for fall in falls[:-1]) and falls[-1] in (_FOURTH, _FIFTH)


def _is_retuned(falls: tuple[int, ...]) -> bool:
    """Fourths and fifths in another order, as G D G D; or a lowest string tuned otherwise under a four-string bass."""
    if len(falls) == 3:
        return all(fall in (_FOURTH, _FIFTH) for fall in falls)
    return _is_bass(falls[:-1]) and 2 <= falls[-1] <= _FIFTH + 1


def _known(labels: tuple[str, ...], *, low_first: bool = False, certainty: float = 0.99) -> Reading:
    try:
        tuning = Tuning.parse("".join(labels))
    except TuningError as error:
        return Reading(None, str(error))
    if tuning.labels != labels:
        return Reading(None, f"{''.join(labels)} names another tuning")
    return Reading(tuning, low_first=low_first, certainty=certainty)


def _mend(labels: tuple[str, ...], usual: Tuning) -> Reading | None:
    """Take labels that do not fall in fourths for slips, where that leaves most of them: E D A E is G D A E.

    First choice is how the page is tuned elsewhere, second the one upper label that breaks the fourths; of five and
    six strings only the first, for a guitar in an open tuning is one label off a bass as well.
    """
    alike = sum(map(str.__eq__, labels, usual.labels)) if usual.n_strings == len(labels) else 0
    if 2 * alike >= len(labels) and alike >= len(labels) - 2:
        if labels[:-1] == usual.labels[:-1] or (len(labels) > 4 and labels[-1] != usual.labels[-1]):
            return None  # the lowest string tuned otherwise is no slip
        return _slip(labels, usual.labels)
    if len(labels) > 4:
        return None
    for place, label in itertools.product(range(len(labels) - 1), SHARPS if "#" in "".join(labels) else FLATS):
        meant = (*labels[:place], label, *labels[place + 1 :])
        if set(_falls(meant)) == {_FOURTH}:
            return _slip(labels, meant)
    return None


def slip(labels: tuple[str, ...], printed: Tuning) -> Reading | None:
    """One label, not the lowest, that differs from how the page has printed its strings before."""
    odd = [place for place, pair in enumerate(zip(labels, printed.labels, strict=True)) if len(set(pair)) > 1]
    return _slip(labels, printed.labels) if len(odd) == 1 and odd[0] < len(labels) - 1 else None


def _slip(labels: tuple[str, ...], meant: tuple[str, ...]) -> Reading | None:
    reading = _known(meant, certainty=0.95)
    slips = [
        f"label {a} of string {i} read as {b}" for i, (a, b) in enumerate(zip(labels, meant, strict=True), 1) if a != b
    ]
    return dataclasses.replace(reading, repair=", ".join(slips)) if reading.tuning else None


def _unusual(labels: tuple[str, ...], usual: Tuning) -> Reading:
    reading = _known(labels, certainty=_UNUSUAL)
    if reading.tuning is None and len(labels) == 4:
        tuning = usual if usual.n_strings == 4 else STANDARD
        return Reading(tuning, repair=f"labels {''.join(labels)} are no tuning: read as {tuning}", certainty=0.6)
    if len(labels) == 4 and not all(_falls(labels)) and len(set(labels)) > 1:
        return Reading(None, f"four strings in {''.join(labels)}: no tuning, one string stands twice")
    if len(labels) == 6:  # an open tuning of a guitar, such as D A D G A D
        return Reading(None, f"six strings in {''.join(labels)}: not tuned like a bass", certainty=0.5, guitar=True)
    if reading.tuning is None or (len(labels) == 5 and len(set(_falls(labels)[:-1])) > 1):
        return Reading(None, f"{_NAMES[len(labels)]} strings in {''.join(labels)}: not tuned like a bass")
    return reading


def tally(blocks: Iterable[tuple[str, ...]]) -> tuple[Counter[int], bool]:
    """How many labelled blocks of a bass there are, by number of strings, and whether there is a guitar's.

    Args:
        blocks: the labels of each, none where it has none.
    """
    sizes: Counter[int] = Counter()
    has_guitar = False
    for labels, number in Counter(blocks).items():
        if len(labels) in USUAL and all(label in NOTE_LABELS for label in labels):
            reading = read_labels(labels, USUAL[len(labels)])
            has_guitar = has_guitar or reading.guitar
            if reading.tuning is not None and reading.certainty >= 0.9:
                sizes[len(labels)] += number
    return sizes, has_guitar


def makes_guitar(upper: tuple[str, ...], lower: tuple[str, ...]) -> bool:
    """Whether labels right above those of a block are the upper strings of a guitar, or make one together with them."""
    if len(upper) < 5 and read_labels(upper, USUAL[4]).guitar:
        return True
    count = len(upper) + len(lower)
    return len(upper) < 4 and count in USUAL and read_labels((*upper, *lower), USUAL[count]).guitar
