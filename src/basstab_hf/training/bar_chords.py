"""The chord names over the systems of a piece -> the chords of each of its bars, and their words in its column text.

A name holds to the next one in its system. One that stands in the first fifth of a bar holds from its beginning. Bars
without a name, or with one that is none, have no chords: nothing is known of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from basstab_hf.chart.names import Chord, parse_chord
from basstab_hf.dataset.load import PlacedChord
from basstab_hf.errors import InputError
from basstab_hf.generate.chord_words import spelt, with_bar_words
from basstab_hf.tab.columns import is_bar_line, systems

#: The chords of a bar in turn, None for "no chord"; nothing where nothing is known.
BarChords: TypeAlias = tuple[Chord | None, ...]
#: Share of a bar in which a name still belongs to its beginning.
_EARLY = 0.2
#: The most chords that a bar is told by: a line without bar lines is one bar of four in two chords each.
_MOST = 8
#: How often all bars of a piece keep their chords; in the others, each keeps them with a chance drawn for the piece.
_ALL_BARS = 0.5


def bar_chords(text: str, beside: Sequence[Sequence[PlacedChord]]) -> tuple[BarChords, ...]:
    """The chords of each bar of a piece in column text; `beside` are the names over each of its systems.

    Raises:
        InputError: names for another number of systems.
    """
    found: list[BarChords] = []
    if not any(beside):
        return ()
    every = list(systems(text.split()))
    if len(every) != len(beside):
        raise InputError(f"a row of the dataset has {len(beside)} systems, its columns {len(every)}: build it anew")
    for words, placed in zip(every, beside, strict=True):
        found += _of_system(words[2:], placed)
    return tuple(found)


def unreadable(beside: Sequence[Sequence[PlacedChord]]) -> list[str]:
    """The names that are no chords."""
    return [placed.name for system in beside for placed in system if not _read(placed.name)]


def with_chords(text: str, bars: Sequence[BarChords], semitones: int, chance: random.Random) -> str:
    """Column text with the chords of its bars, or of some of them, so many semitones higher."""
    share = 1.0 if chance.random() < _ALL_BARS else chance.random()
    kept = [bar if chance.random() < share else () for bar in bars]
    spelled = [[word for chord in bar for word in spelt(chord, semitones)] for bar in kept]
    return " ".join(with_bar_words(text.split(), spelled))


def _of_system(columns: Sequence[str], placed: Sequence[PlacedChord]) -> Iterator[BarChords]:
    """The chords of each bar of a system."""
    waiting = sorted(placed, key=lambda chord: chord.column)
    held: BarChords = ()
    for start, end in _spans(columns):
        bar, known = held, True
        while waiting and waiting[0].column < end:
            name = waiting.pop(0)
            held = _read(name.name)
            known = known and bool(held)
            early = name.column - start < _EARLY * (end - start)
            bar = held if early else (*bar, *held)
        yield bar if known and len(bar) <= _MOST else ()


def _spans(columns: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each bar begins and ends among the columns of a system."""
    start = 0
    for place, column in enumerate([*columns, "|"]):
        if is_bar_line(column):
            if place > start:
                yield start, place
            start = place + 1


@lru_cache(maxsize=4096)
def _read(name: str) -> BarChords:
    """The chord of a name; nothing where it is none."""
    try:
        return (parse_chord(name),)
    except InputError:
        return ()
