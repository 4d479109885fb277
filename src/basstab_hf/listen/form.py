"""The sections of a song: as the file names them, else by bars that come again.

Input: `Song`. Output: spans of bars with names. Where nothing is named, bars are compared in fours by pitch classes and
rhythm; what comes again gets the same letter (after Foote's self-similarity, 1999).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from basstab_hf.listen.beats import Array
from basstab_hf.listen.groove import place_of
from basstab_hf.listen.values import Song

#: Bars that are compared together, and most bars of a section that nobody named.
_PHRASE, _LONGEST = 4, 16
#: From this likeness on (cosine, mean of the bars) a phrase comes again.
_ALIKE = 0.9
#: Places of a bar at which onsets are counted.
_PLACES = 12
#: Named sections below this count say nothing of the form.
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Span:
    """Bars from `start` up to `end`, without it."""

    name: str
    start: int
    end: int


def spans(song: Song) -> list[Span]:
    """The sections of a song in order; together they are all its bars."""
    named = [(number, bar.section) for number, bar in enumerate(song.bars) if bar.section]
    if len(named) >= _FEWEST:
        starts = [*([(0, "")] if named[0][0] else []), *named]
        ends = [start for start, _ in starts[1:]] + [len(song.bars)]
        return [Span(name, start, end) for (start, name), end in zip(starts, ends, strict=True)]
    return _found(song)


def _found(song: Song) -> list[Span]:
    features = _features(song)
    sounding = np.flatnonzero(features[:, -1] == 0)
    first = int(sounding[0]) if len(sounding) else 0
    first += first + 1 < len(song.bars) and song.bars[first].length < song.bars[first + 1].length  # an upbeat
    starts = [*range(first, len(song.bars), _PHRASE)]
    edges = [*starts, len(song.bars)]
    kinds = _kinds([features[start:end] for start, end in zip(starts, edges[1:], strict=True)])
    units = _paired(kinds)
    spans: list[Span] = [Span("", 0, first)] if first else []
    place = 0
    letters: dict[tuple[int, ...], str] = {}
    for unit in units:
        start, place = starts[place], place + len(unit)
        name = letters.setdefault(unit, _letter(len(letters)))
        last = spans[-1] if spans else None
        if last is not None and last.name == name and edges[place] - last.start <= _LONGEST:
            spans[-1] = Span(name, last.start, edges[place])
        else:
            spans.append(Span(name, start, edges[place]))
    return spans


def _letter(number: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return letters[number % 26] + (str(number // 26 + 1) if number >= 26 else "")


def _features(song: Song) -> Array:
    """A row for each bar: shares of its pitch classes and of the places of its onsets, each of length 1.

    The last column tells silent bars, so that every row times itself gives 2.
    """
    chroma, rhythm = np.zeros((len(song.bars), 12)), np.zeros((len(song.bars), _PLACES))
    for part in song.parts:
        for note in part.notes:
            bar, place = place_of(song, note.onset)
            rhythm[bar, int(place * _PLACES)] += 1
            if not part.is_drums:
                chroma[bar, note.pitch % 12] += float(note.length)
    # Where only drums or only long notes sound, rhythm or pitches alone have the length of both.
    rows = _unit(np.hstack([_unit(chroma), _unit(rhythm)])) * np.sqrt(2)
    return np.hstack([rows, np.sqrt(2) * ~rows.any(axis=1, keepdims=True)])


def _unit(rows: Array) -> Array:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Array = rows / np.where(length > 0, length, 1.0)
    return found


def _kinds(phrases: Sequence[Array]) -> list[int]:
    """The number of each phrase's kind: that of the first one that is alike most, else a new one."""
    width = phrases[0].shape[1] * _PHRASE
    models = np.zeros((len(phrases), width))
    known = 0
    kinds = []
    for phrase in phrases:
        row = np.pad(phrase.ravel(), (0, width - phrase.size))
        likeness = models[:known] @ row / (2 * len(phrase))
        best = int(likeness.argmax()) if known else -1
        if best >= 0 and likeness[best] >= _ALIKE:
            kinds.append(best)
        else:
            models[known] = row
            kinds.append(known)
            known += 1
    return kinds


def _paired(kinds: Sequence[int]) -> list[tuple[int, ...]]:
    """Phrases in order, those two together that never come apart and come twice or more."""
    pairs = list(itertools.pairwise(kinds))
    always = {
        (first, second)
        for first, second in pairs
        if first != second
        and pairs.count((first, second)) > 1
        and pairs.count((first, second)) == kinds.count(first) == kinds.count(second)
    }
    units: list[tuple[int, ...]] = []
    place = 0
    while place < len(kinds):
        pair = tuple(kinds[place : place + 2])
        units.append(pair if pair in always else (kinds[place],))
        place += len(units[-1])
    return units
