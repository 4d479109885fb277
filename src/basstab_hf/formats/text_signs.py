"""Repeat signs, counts and endings in plain text: `|:--3--:| x4`, `1.` and `2.` in a row above.

Input: systems, the form of their bars, what stands beside them. Output: blocks of lines, which are read back.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from basstab_hf.formats import text_rows
from basstab_hf.formats.track import Marks
from basstab_hf.rhythm.form import Form, Sign
from basstab_hf.tab import columns
from basstab_hf.tab.repeat_signs import edges
from basstab_hf.tab.values import System, Tab

_SIGN = ":"
#: A repeat is played twice unless a count says otherwise.
_PLAIN = 2


@dataclass(frozen=True, slots=True)
class Printed:
    """Systems as text, and what could not be kept."""

    text: str
    remarks: tuple[str, ...] = ()


def printed(tab: Tab, form: Form, marks: Sequence[Marks]) -> Printed:
    """The systems of a tab with the signs of its form and what stands beside them, a blank line between two."""
    signs = iter(form)
    blocks: list[str] = []
    section, lost, unnamed = "", 0, set()
    for system, beside in zip(tab.systems, marks, strict=True):
        own = [next(signs) for _ in system.bar_spans] if form else []
        if beside.section and (beside.section != section or beside.heads_section):
            head = text_rows.heading(beside.section)
            blocks += [head] if head and not beside.heads_section else []
            unnamed |= set() if head else {beside.section}
        else:
            head = ""
        section = beside.section or section
        for number, part in enumerate(_cut(system, own, beside)):
            block = _block(*part)
            lost += block.lost
            above = f"{head}\n" if head and beside.heads_section and not number else ""
            blocks.append(above + block.text)
    told = [f"{lost} chord names are left out: they have no room or would not be read"] if lost else []
    told += [f"{len(unnamed)} section names are left out: they would not be read back"] if unnamed else []
    return Printed("\n\n".join(blocks), tuple(told))


def _cut(system: System, signs: Sequence[Sign], marks: Marks) -> Iterator[tuple[System, Sequence[Sign], Marks]]:
    """A system in parts that end with each repeat of more than two times: only behind a system is there a count."""
    spans = system.bar_spans
    width = len(system.lines[0])
    ends = [number for number, sign in enumerate(signs, start=1) if sign.closes > _PLAIN and number < len(signs)]
    for start, end in itertools.pairwise([0, *ends, len(signs)] if signs else [0, 0]):
        first = 0 if start == 0 else spans[start][0]
        last = width if end == len(signs) else spans[end][0]
        beside = text_rows.part(marks, first, last, is_last=last == width)
        yield System(system.tuning, tuple(line[first:last] for line in system.lines)), signs[start:end], beside


class _Block(NamedTuple):
    text: str
    lost: int  # chords


def _block(system: System, signs: Sequence[Sign], marks: Marks) -> _Block:
    """One system: rows above and below, signs inside, a count behind."""
    whole = len(signs) > 0 and signs[0].opens and signs[-1].closes > 0
    inner = any(sign.opens for sign in signs[1:]) or any(sign.closes for sign in signs[:-1])
    bare = not any(any(edges(system.lines, *span)) for span in system.bar_spans)
    times = max((sign.closes for sign in signs), default=0)
    counted = whole and not inner and bare and times > _PLAIN and not any(sign.endings for sign in signs)
    places = [] if counted else _sign_places(system, signs)
    shown = _with_signs(system, places)
    lines = shown.text.split("\n")
    if times > _PLAIN:
        lines[0] += f" x{times}"
    row = _endings(shown, signs)
    label = max(map(len, system.tuning.labels)) + len(columns.BAR)
    beside = text_rows.around(text_rows.moved(marks, places), label, has_endings=bool(row))
    indent = " " * beside.indent
    own = [indent + line for line in ([row, *lines] if row else lines)]
    return _Block("\n".join([*beside.above, *own, *beside.below]), beside.lost)


def _sign_places(system: System, signs: Sequence[Sign]) -> list[int]:
    """The columns in front of which stands a sign of a repeat that the system does not show itself."""
    places: list[int] = []
    for (first, end), sign in zip(system.bar_spans, signs, strict=bool(signs)):
        shown = edges(system.lines, first, end)
        places += [first] if sign.opens and not shown.opens else []
        places += [end] if sign.closes and not shown.closes else []
    return places


def _with_signs(system: System, places: Sequence[int]) -> System:
    """A system with a column of colons in front of the columns at `places`."""
    lines = list(system.lines)
    for place in sorted(places, reverse=True):
        lines = [line[:place] + _SIGN + line[place:] for line in lines]
    return System(system.tuning, tuple(lines))


def _endings(system: System, signs: Sequence[Sign]) -> str:
    """The row over a system that names its endings, "" where it has none."""
    row = ""
    label = max(map(len, system.tuning.labels)) + len(columns.BAR)
    before: tuple[int, ...] = ()
    for (first, _), sign in zip(system.bar_spans, signs, strict=bool(signs)):
        if sign.endings and sign.endings != before:
            row = row.ljust(label + first) + ",".join(map(str, sign.endings)) + "."
        before = () if sign.closes else sign.endings
    return row
