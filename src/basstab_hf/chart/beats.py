"""How the words of a bar share its beats: "Dm7 G7" halves, "C F G" 2 + 1 + 1 beats of four, "C . . G" in equal parts.

Input: names, dots and slashes, or spans of cells. Output: `PlacedChord`s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache

from basstab_hf.chart.bars import HOLD
from basstab_hf.chart.names import CHORD_HELP, parse_chord
from basstab_hf.chart.values import PlacedChord
from basstab_hf.chart.written import Reading, Word
from basstab_hf.errors import InputError

SLASH = "/"
_GERMAN_NOTE = re.compile(r"(?<![A-Za-z])[HB](?!b)")


def share(words: Sequence[Word], reading: Reading) -> tuple[PlacedChord, ...]:
    """The chords of a bar, from the words that share it; none: what sounded before goes on.

    As many words as beats, or a divisor or multiple of them, share the bar in equal parts; fewer names than that
    share it in whole beats, the first ones the longer. Dots are always equal parts.

    Raises:
        InputError: a word that is no chord; more names, or another number of slashes, than beats.
    """
    beats, parts = reading.time[0], len(words)
    texts = [word.text for word in words]
    if parts == 0 or beats % parts == 0 or parts % beats == 0:
        spans = [1] * parts
    elif HOLD in texts:
        reading.told[f"{parts} signs share a bar of {beats} beats in equal parts"] += 1
        spans = [1] * parts
    elif SLASH in texts:
        raise InputError(
            f"{words[0].where}: {parts} names and slashes in a bar of {beats} beats: write one for each beat"
        )
    elif parts > beats:
        raise InputError(f"{words[0].where}: {parts} chords in a bar of {beats} beats: part them by bar lines")
    else:
        spans = [beats // parts + (number < beats % parts) for number in range(parts)]
        reading.told[f"{parts} chords share a bar of {beats} beats as {' + '.join(map(str, spans))}"] += 1
    return placed(words, spans, reading)


def placed(words: Sequence[Word], spans: Sequence[int], reading: Reading) -> tuple[PlacedChord, ...]:
    """Chords that last so many parts of a bar each.

    Raises:
        InputError: a word that is no chord.
    """
    chords, start, whole = [], 0, sum(spans)
    for word, span in zip(words, spans, strict=True):
        if word.text not in (HOLD, SLASH):
            chords.append(placed_chord(word, Fraction(start, whole), reading))
        start += span
    return tuple(chords)


def placed_chord(word: Word, place: Fraction, reading: Reading) -> PlacedChord:
    """A chord at a place of its bar.

    Raises:
        InputError: the word is no chord.
    """
    name = word.text
    if name.startswith("(") and name.endswith(")") and name.count("(") == 1:
        name = name[1:-1]
    if reading.german:
        name = _GERMAN_NOTE.sub(lambda match: reading.german.get(match[0], match[0]), name)
    try:
        return PlacedChord(place, name, parse_chord(name))
    except InputError:
        raise InputError(f"{word.where}: {word.text!r} is no chord: {CHORD_HELP}") from None


def german(words: Iterable[str]) -> dict[str, str]:
    """What German names of notes are called, where there are some: H is B, and B is Bb unless there are Bb, too."""
    chords = [word for word in words if is_chord(word)]
    notes = {match[0] for word in chords for match in re.finditer(r"(?<![A-Za-z])[HB]b?", word)}
    if "H" not in notes:
        return {}
    return {"H": "B"} | ({"B": "Bb"} if "B" in notes and "Bb" not in notes else {})


@lru_cache(maxsize=4096)
def is_chord(text: str) -> bool:
    """Whether a word is the name of a chord whose root is a capital, or "N.C."."""
    if not text[:1].isupper() and text[:1] not in ("(", "n"):
        return False
    try:
        parse_chord(text.removeprefix("(").replace("H", "B", 1))
    except InputError:
        return False
    return True
