"""A pasted or mended text -> the bass line in it, with what the text prints beside it and what was mended.

Input: any text. Output: `Riff`. On our pages everything is for a bass: one string line is a bass line whose other
strings are silent, five lines without labels are a five-string's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from basstab_hf.errors import InputError
from basstab_hf.formats.text import track_of
from basstab_hf.formats.track import Track
from basstab_hf.page import values
from basstab_hf.recognise import Recognition, recognise_tabs
from basstab_hf.recognise.stated import BASS_TUNING
from basstab_hf.tab.columns import BAR
from basstab_hf.tab.marks import LABEL
from basstab_hf.tab.values import System, Tab

#: Characters of a riff, about 250 bars of it; and of a tab on the page, which may be a whole song.
MAX_PROMPT, MAX_TAB = 20_000, 200_000
#: Remarks on single systems that are told.
_MOST_TOLD = 6
#: Labels of so many lines without labels, from the top.
_LABELS = {1: "E", 2: "AE", 3: "DAE", 4: "GDAE", 5: "GDAEB", 6: "CGDAEB"}
#: A line that may be one string: a label or none, then frets and dashes, marks and bar lines; with blanks for dashes.
_LOOSE = re.compile(
    rf"\s*(?:(?P<label>{LABEL})(?=[\s|:.-])\s*[|:.]?)?\s*(?P<body>[-|0-9x(<~=][-|0-9xXhHpPbrtsSvV/\\~()<>^=*.\s]*)"
)
_NOTE = re.compile(r"[0-9]+|[xX]")
_GAPS = re.compile(r"[\s.]+")
_LEAST_NOTES = 2


@dataclass(frozen=True, slots=True)
class Riff:
    """A track, and what was mended or guessed, a sentence each."""

    track: Track
    told: tuple[str, ...] = ()


def read_riff(text: str, most: int = MAX_TAB) -> Riff | None:
    """The bass line in a text; None where it is empty.

    Raises:
        InputError: a text that is too long, or holds no tab.
    """
    if len(text) > most:
        raise InputError(f"the tab has {len(text):,} characters, {most:,} are taken: leave its beginning out")
    if not text.strip():
        return None
    found = recognise_tabs(text)
    told: list[str] = []
    if not found.systems:
        found, told = _as_bass(text, found)
    return Riff(track_of(found), (*told, *_repairs(found)))


def needed(text: str, most: int = MAX_TAB) -> Riff:
    """The bass line in a text.

    Raises:
        InputError: a text that is empty or too long, or holds no tab.
    """
    found = read_riff(text, most)
    if found is None:
        raise InputError("there is no tab yet: write one, or press Generate")
    return found


def whole_bars(tab: Tab) -> Tab:
    """The tab without a bar that is still open at its end.

    Raises:
        InputError: nothing else is there.
    """
    systems = list(tab.systems)
    while systems:
        last = systems[-1]
        closed = [place for place, column in enumerate(last.columns) if set(column) == {BAR}]
        if closed:
            kept = System.from_columns(last.tuning, last.columns[: closed[-1] + 1])
            return replace(tab, systems=(*systems[:-1], kept))
        systems.pop()
    raise InputError("there was not one whole bar yet")


def plainly(remark: str) -> str:
    """A remark of a reader or writer as a sentence of the page: what it says of flags is left out."""
    cut = re.split(r"[;:,] --[a-z]", remark.strip(), maxsplit=1)[0].rstrip(" .")
    return f"{cut[:1].upper()}{cut[1:]}." if cut else ""


def value(name: str, given: object, most: int = MAX_TAB) -> str:
    """The text of a tab in a message."""
    if isinstance(given, str) and len(given) > most:
        raise InputError(f"{name} has {len(given):,} characters, {most:,} are taken: leave its beginning out")
    return values.text(name, given, most)


def _as_bass(text: str, found: Recognition) -> tuple[Recognition, list[str]]:
    """What is found where it is known that a bass plays; else what stands in the text is told to be none."""
    lines = [line for line in text.splitlines() if line.strip()]
    for tuning in ("E A D G", "B E A D G", "B E A D G C"):
        stated = recognise_tabs(f"{BASS_TUNING}: {tuning}\n\n{text}")
        if stated.systems:
            bare = stated.systems[0].labels is None
            return stated, [f"Lines without names: read as the {tuning} of a bass."] if bare else []
    if spelt := list(_spelt(lines)):
        labels = " ".join(label for label, _ in spelt)
        tuning = "E A D G" if len(spelt) <= 4 else " ".join(reversed(_LABELS[len(spelt)]))
        stated = recognise_tabs(f"{BASS_TUNING}: {tuning}\n\n" + "\n".join(f"{name}|{body}" for name, body in spelt))
        if stated.systems:
            named = any(_loose(line)["label"] for line in lines)
            what, names = ("A line", "a name") if len(spelt) == 1 else ("Lines", "names")
            return stated, [] if named else [f"{what} without {names}: read as the {labels} of a bass."]
    why = "".join(f" (line {no.first_line}: {no.reason})" for no in found.rejected[:1])
    raise InputError(f"the text holds no bass tab{why}: lines such as 'G|--5--|', one a string, make one")


def _spelt(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The strings of a text that is nothing but one loose system, as a tab spells them: label, line."""
    found = [_LOOSE.fullmatch(line) for line in lines]
    matched = [match for match in found if match]
    if len(matched) < len(found) or len(matched) not in _LABELS:
        return
    if sum(len(_NOTE.findall(match["body"])) for match in matched) < _LEAST_NOTES:
        return
    labels = [match["label"] for match in matched]
    if not all(labels):
        labels = list(_LABELS[len(matched)])
    bodies = [_GAPS.sub("-", match["body"].strip()).strip(BAR) for match in matched]
    width = max(map(len, bodies))
    for label, body in zip(labels, bodies, strict=True):
        yield label[:1].upper() + label[1:], f"-{body.ljust(width, '-')}-|"


def _loose(line: str) -> re.Match[str]:
    match = _LOOSE.fullmatch(line)
    if match is None:
        raise InputError(f"{line[:40]!r} is no string line")
    return match


def _repairs(found: Recognition) -> Iterator[str]:
    """What was mended, each once, with the bars where it is not all of the tab."""
    where: dict[str, list[int]] = {}
    for number, system in enumerate(found.systems, start=1):
        for repair in dict.fromkeys(system.repairs):
            where.setdefault(repair, []).append(number)
    told = list(where.items())
    for repair, systems in told[:_MOST_TOLD]:
        everywhere = len(systems) == len(found.systems)
        places = "" if everywhere else f" (line {', '.join(map(str, systems[:_MOST_TOLD]))} of the tab)"
        yield plainly(repair + places)
    if len(told) > _MOST_TOLD:
        yield f"And {len(told) - _MOST_TOLD} more repairs."
    if found.rejected:
        no = found.rejected[0]
        others = f", and {len(found.rejected) - 1} more" if len(found.rejected) > 1 else ""
        lines = f"line {no.first_line}" if no.first_line == no.last_line else f"lines {no.first_line} to {no.last_line}"
        yield plainly(f"left out: {lines}, {no.reason}{others}")
