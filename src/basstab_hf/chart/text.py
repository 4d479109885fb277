"""Charts as plain text: headings, names of sections, rows of chords, with or without words below them.

Input: lines. Output: a `Chart`. docs/charts.md shows what is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from basstab_hf.chart.beats import german, is_chord
from basstab_hf.chart.headings import SECTION, Facts, facts_in, is_free_fact, section_line, take_fact
from basstab_hf.chart.rows import has_lines, read_row, words_of
from basstab_hf.chart.transposing import transposed
from basstab_hf.chart.unrolling import unroll
from basstab_hf.chart.values import Chart
from basstab_hf.chart.written import Head, Reading, WrittenBar
from basstab_hf.errors import InputError

HOW_TO_WRITE = "write chords, such as | Am | F G |, or Am F C G, one a bar"
_COMMENT = re.compile(r"\s*(?:#|;|//)")
_BEHIND = re.compile(r"\s(?:#|//)\s.*")
_STRING_LINE = re.compile(r"\s*[A-Ga-g]?[#b]?\s?[|:\])]?[-\d|hpbrx/\\~().<>^sStTvo*=\s]{6,}")
#: Least lines that make a tab.
_LEAST_TAB = 3


def read_text(lines: Sequence[str], reading: Reading) -> Chart:
    """Read a chart in plain text.

    Raises:
        InputError: what cannot be read, with its line and column.
    """
    return _Text(lines, reading).chart()


def finish(reading: Reading, facts: Facts) -> Chart:
    """The chart of what was read.

    Raises:
        InputError: there are no bars, or its signs contradict each other.
    """
    if not reading.bars:
        raise InputError(f"{reading.name}: no chords found: {HOW_TO_WRITE}")
    chart = Chart(
        unroll(reading.bars),
        facts.title,
        facts.artist,
        reading.time,
        facts.key,
        facts.tempo,
        facts.style,
        reading.remarks,
    )
    return transposed(chart, facts.semitones)


class Sections:
    """Sections by name, so that one that is named again without bars comes back."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[str, list[WrittenBar]] = {}
        self._open: Head | None = None
        self._start, self._times, self._where = 0, 1, ""

    @property
    def is_open(self) -> bool:
        """Whether a section has begun and is not over."""
        return self._open is not None

    def begin(self, head: Head, where: str, times: int = 1, *, sung: bool = False) -> None:
        """A section begins; `sung`: among words, where one may have no chords."""
        self.end(sung=sung)
        self._open, self._times, self._where, self._start = head, times, where, len(self._reading.bars)
        self._reading.begin(head)

    def end(self, *, sung: bool = False) -> None:
        """The section before is over: it comes again if it has no bars, or is played several times.

        Raises:
            InputError: it has no bars, and none of its name came before.
        """
        head, own = self._open, self._reading.bars[self._start :]
        if head is None:
            return
        self._open = None
        again = self._times - 1 if own else self._times
        known = own or self._known.get(head.name.casefold(), [])
        if not known and not sung:
            told = f"section {head.name!r} has no bars, and none of this name came before"
            raise InputError(f"{self._where}: {told}: write its chords below it")
        if not known:
            self._reading.told[f"section {head.name!r} has no chords: left out"] += 1
            self._reading.begin(None)
            return
        if own:
            self._known[head.name.casefold()] = own
        else:
            if sung:
                self._reading.told[f"section {head.name!r} has no chords of its own: it comes back"] += 1
            first = known[0].head or head
            head = Head(head.name, head.style or first.style, head.density or first.density)
        for _ in range(again):
            self._reading.add(replace(known[0], head=head))
            for bar in known[1:]:
                self._reading.add(bar)


class _Text:
    def __init__(self, lines: Sequence[str], reading: Reading) -> None:
        self._lines, self._reading, self._facts = lines, reading, Facts()
        self._sections = Sections(reading)
        self._sung = any(_is_sung(line) for line in lines)
        self._words: list[int] = []
        self._strings: list[int] = []
        self._rows = 0

    def chart(self) -> Chart:
        reading = self._reading
        reading.spell_german(german(word for line in self._lines if self._is_chords(line) for word in words_of(line)))
        for number, line in enumerate(self._lines, 1):
            self._line(line, number)
        self._sections.end(sung=self._sung)
        if len(self._strings) >= max(_LEAST_TAB, self._rows):
            raise InputError(f"{reading.name} is a tab, no chart: `basstab recognise` and `basstab convert` read tabs")
        for lines, what in ((self._words, "words"), (self._strings, "a tab")):
            if lines:
                reading.told[f"lines of {what} are passed over: {len(lines)}, the first is line {lines[0]}"] += 1
        if self._rows and self._sung and not any(map(has_lines, self._lines)):
            reading.told["no bar lines: each chord is a bar"] += 1
        return finish(reading, self._facts)

    def _line(self, line: str, number: int) -> None:
        where = self._reading.at(number)
        if _COMMENT.match(line):
            name = line.strip().lstrip("#").strip()
            line = name if SECTION.fullmatch(name) else ""
        if not is_free_fact(line):
            line = _BEHIND.sub("", line, count=1)
        if not line.strip():
            return
        if facts := facts_in(line):
            for fact in facts:
                take_fact(fact, self._facts, self._reading, where)
        elif _is_string_line(line):
            self._strings.append(number)
        elif (section := section_line(line, where)) and (
            section.is_bracketed or self._goes_on(section.rest, section.head)
        ):
            self._sections.begin(section.head, where, section.times, sung=self._sung)
            if section.rest.strip():
                self._row(section.rest, number, section.column)
        else:
            self._row(line, number, 0)

    def _row(self, row: str, number: int, column: int) -> None:
        if self._is_row(row):
            self._rows += 1
            read_row(row, number, self._reading, column)
        else:
            self._words.append(number)

    def _is_row(self, row: str) -> bool:
        """Whether a line is chords, not words: where there are words, one that is mostly chords."""
        if has_lines(row) or not self._sung:
            return True
        words = words_of(row)
        chords = sum(map(_is_sign, words))
        return not words or 2 * chords > len(words)

    def _is_chords(self, line: str) -> bool:
        return not facts_in(line) and not _COMMENT.match(line) and self._is_row(line)

    def _goes_on(self, rest: str, head: Head) -> bool:
        """Whether words in front of a colon name a section: a usual name, or chords behind it, or nothing."""
        return bool(SECTION.fullmatch(head.name)) or not rest.strip() or self._is_row(rest)


def _is_sign(word: str) -> bool:
    return is_chord(word.rstrip("/")) or not word.strip("%./")


def _is_sung(line: str) -> bool:
    """Whether a line is words: three of them, none a chord."""
    if has_lines(line) or facts_in(line) or _COMMENT.match(line) or _is_string_line(line):
        return False
    words = [word for word in words_of(line) if word[0].isalpha()]
    return len(words) > 2 and not line.lstrip().startswith("[") and not any(map(_is_sign, words))


def _is_string_line(line: str) -> bool:
    return "--" in line and 3 * line.count("-") > len(line.strip()) and _STRING_LINE.fullmatch(line) is not None
