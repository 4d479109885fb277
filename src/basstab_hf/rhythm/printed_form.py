"""The form of a tab from its repeat signs, the counts behind and above its systems, and rows of endings.

Input: recognised systems and the bars in them. Output: a `Form`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from basstab_hf.recognise.annotations import RhythmRow
from basstab_hf.recognise.recognition import RecognisedSystem
from basstab_hf.rhythm.form import NO_SIGN, Form, Sign
from basstab_hf.rhythm.printed_bar import Under, by_bar

_ENDING = re.compile(r"(?<![\w.])(?P<numbers>\d(?:\s?[.,&-]\s?\d)*)(?P<sign>[.):]+)(?!\d)")
_ENDINGS_ROW = re.compile(r"[\s\d.,&:)(|\[\]_-]*")
#: Most often that bars are played: more is no count but a number.
_MOST_TIMES = 64


def read_form(systems: Sequence[RecognisedSystem], bars: Sequence[Sequence[Under]]) -> Form:
    """The form that a tab prints; empty where nothing is repeated."""
    signs: list[Sign] = []
    for found, under in zip(systems, bars, strict=True):
        goes_on = bool(signs) and signs[-1].closes > 0 and len(signs[-1].endings) > 0
        signs += _signs(found, under, goes_on=goes_on)
    signs = [*_over_sections(systems, bars, signs)]
    return tuple(signs) if any(sign != NO_SIGN for sign in signs) else ()


def _signs(found: RecognisedSystem, bars: Sequence[Under], *, goes_on: bool) -> list[Sign]:
    """The signs of one system; a count behind it tells how often its last repeat is played, or all of it.

    It may go on with the next ending where the system before it ended with one.
    """
    signs = [Sign(bar.opens, 2 if bar.closes else 0) for bar in bars]
    times = found.annotations.repeats_behind
    if times is not None and 1 < times <= _MOST_TIMES and signs:
        closing = [number for number, sign in enumerate(signs) if sign.closes]
        if closing:
            signs[closing[-1]] = replace(signs[closing[-1]], closes=times)
        elif not any(sign.opens for sign in signs):
            signs[0] = replace(signs[0], opens=True)
            signs[-1] = replace(signs[-1], closes=times)
    for row in found.annotations.rows:
        if row.distance < 0:
            signs = _with_endings(signs, row, bars, goes_on=goes_on)
    return signs


def is_endings_row(text: str) -> bool:
    """Whether a row may name endings: `1.____ 2.____`."""
    return _ENDINGS_ROW.fullmatch(text) is not None and _ENDING.search(text) is not None


def _with_endings(signs: list[Sign], row: RhythmRow, bars: Sequence[Under], *, goes_on: bool) -> list[Sign]:
    """Bars under `1.____ 2.____`: each ending goes up to the sign that closes it, or up to the next one."""
    if not _ENDINGS_ROW.fullmatch(row.text):
        return signs
    found = [(match.start() - row.column, match["numbers"]) for match in _ENDING.finditer(row.text)]
    begins = any(sign.closes for sign in signs) and bool(found) and "1" in found[0][1]
    if not found or not (begins or goes_on):
        return signs
    signs = list(signs)
    endings: tuple[int, ...] = ()
    for number, marks in enumerate(by_bar(found, bars)):
        if marks:
            endings = tuple(int(digit) for digit in re.findall(r"\d", marks[-1].text))
        signs[number] = replace(signs[number], endings=endings)
        if signs[number].closes or (endings and 1 not in endings):
            endings = ()
    return signs


def _over_sections(
    systems: Sequence[RecognisedSystem], bars: Sequence[Sequence[Under]], signs: Sequence[Sign]
) -> Iterator[Sign]:
    """A count in a heading or above holds up to the next heading, unless signs in these systems say otherwise."""
    rest = iter(signs)
    place = 0
    while place < len(systems):
        end = place + 1
        times = systems[place].annotations.repeats_above
        if systems[place].annotations.heads_section:
            while end < len(systems) and _same_section(systems[place], systems[end]):
                end += 1
        group = [next(rest) for under in bars[place:end] for _ in under]
        plain = all(sign == NO_SIGN for sign in group)
        if times is not None and 1 < times <= _MOST_TIMES and group:
            if plain:
                group[0] = replace(group[0], opens=True)
                group[-1] = replace(group[-1], closes=times)
            elif sum(bool(sign.closes) for sign in group) == 1 and not any(sign.closes > 2 for sign in group):
                group = [replace(sign, closes=times) if sign.closes else sign for sign in group]
        yield from group
        place = end


def _same_section(first: RecognisedSystem, later: RecognisedSystem) -> bool:
    beside = later.annotations
    return first.section == later.section and not beside.heads_section and beside.repeats_above is None
