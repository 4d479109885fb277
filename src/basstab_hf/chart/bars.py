"""The chords of a bar as one text <-> chords at their places.

    "Am"         the whole bar
    "Dm7 G7"     half a bar each: names and dots share the bar in equal parts
    "C . . G"    a dot lets the chord before go on: G from three quarters of the bar on
    ". . G"      in front of the first chord the one of the bar before goes on
    ""           so it does for the whole bar

Input: text. Output: `PlacedChord`s; their places are parts of the bar, whatever its metre.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from basstab_hf.chart.keys import key_of
from basstab_hf.chart.names import Key, parse_chord
from basstab_hf.chart.values import ChartBar, PlacedChord

#: What lets a chord go on.
HOLD = "."


@lru_cache(maxsize=4096)
def parse_bar(text: str, number: int = 1) -> tuple[PlacedChord, ...]:
    """Read the chords of a bar; none where the one before goes on.

    Args:
        text: names and dots.
        number: the number of the bar, for the message.

    Raises:
        InputError: no name of a chord.
    """
    words = text.split()
    return tuple(
        PlacedChord(Fraction(place, len(words)), word, parse_chord(word, number))
        for place, word in enumerate(words)
        if word != HOLD
    )


def sounding(bars: Sequence[str]) -> tuple[tuple[PlacedChord, ...], ...]:
    """What sounds in each bar of a row of texts that goes round again: each begins with a chord, at place 0.

    Where nothing begins with the bar, what sounded before goes on; so it does from the last bar into the first one. A
    row in which nothing ever begins has empty bars. Chords know the key that all of them together stand in.

    Raises:
        InputError: no name of a chord.
    """
    begun = [parse_bar(text, number) for number, text in enumerate(bars, start=1)]
    key = key_of(begun)
    begun = [tuple(_in_key(placed, key) for placed in bar) for bar in begun]
    held = next((bar[-1] for bar in reversed(begun) if bar), None)
    found = []
    for bar in begun:
        found.append(bar if held is None or (bar and bar[0].place == 0) else (replace(held, place=Fraction(0)), *bar))
        held = bar[-1] if bar else held
    return tuple(found)


def _in_key(placed: PlacedChord, key: Key | None) -> PlacedChord:
    return placed if placed.chord is None else replace(placed, chord=replace(placed.chord, key=key))


def bar_text(chords: Sequence[PlacedChord]) -> str:
    """The text of a bar, in as few parts as hold all places."""
    parts = math.lcm(1, *(chord.place.denominator for chord in chords))
    if not chords:
        return ""
    words = [HOLD] * parts
    for chord in chords:
        words[int(chord.place * parts)] = chord.name
    return " ".join(words)


def bar_texts(bars: Iterable[ChartBar]) -> tuple[str, ...]:
    """The text of each bar by itself: one in which the chord before goes on begins with its name."""
    texts: list[str] = []
    sounding: PlacedChord | None = None
    for bar in bars:
        chords = bar.chords
        if sounding and not (chords and chords[0].place == 0):
            chords = (replace(sounding, place=Fraction(0)), *chords)
        texts.append(bar_text(chords))
        sounding = chords[-1] if chords else None
    return tuple(texts)
