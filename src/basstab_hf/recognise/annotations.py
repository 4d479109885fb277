"""What stands around a system and belongs to it: section name, chords, rows of rhythm, slap letters, repeat count.

Input: the lines of a page, where a system stands, what trails its lines. Output: `Annotations`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from basstab_hf.recognise.section_names import repeat_in, section_name, unknown_name, without_repeat
from basstab_hf.tab import chord_row

_CHORD = re.compile(
    r"\(?(?:N\.?C\.?|[A-G][#b]?(?:maj|min|m|M|dim|aug|sus|add|alt|\+|°|ø)*\d{0,2}(?:(?:sus|add|maj|b|#|\+|-)\d{0,2})*"
    r"(?:/[A-G][#b]?)?)\)?\*?"
)
#: What may stand in a row of chords though it is none that is known: "H7", "Gmaj7(13)", "%", "riff".
_LIKE_A_CHORD = re.compile(r"\(?[A-HN].{0,12}|[^\w\s]{1,3}|[a-z]{1,8}")
_COUNT = re.compile(r"(?=[^|]*\d)[\s|\d&+eEaAnduhty.,()]+")
_SLAP = re.compile(r"(?=.*[SPT])[\sSPTHLx|.,-]+")
_RHYTHM = re.compile(r"(?=.*[A-Za-z])[\seqshwtEQSHWT.+|_~^=]+")
# Counts, note values, marks of triplets and endings, whatever they turn out to be.
_RHYTHMIC = re.compile(r"(?:[A-Za-z ]{1,9}:)?[\s\dwhqestaxndulyWHQESTX&+.,|()_=~:\[\]-]+")
_BRACKET = re.compile(r"[\s|\d:.,()_\[\]-]+")
_PLACED = frozenset(("counts", "rhythm", "slaps"))
#: Longest row in characters: of thousands of systems side by side each would read the same line over them.
_LONGEST_ROW = 2000
_UP_TO = 4  # text lines above a system that may annotate it
_RHYTHM_UP_TO, _RHYTHM_DOWN_TO = 4, 2  # the same for rows of rhythm, and below it


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord name above a system and the column of the system over which it begins, below 0 before the first one."""

    column: int
    name: str


@dataclass(frozen=True, slots=True)
class RhythmRow:
    """A line of text by a system that may tell its rhythm or what to slap, tab characters expanded.

    `column` is where the first column of the system stands in it, `distance` the text lines from it, below 0 above it.
    """

    text: str
    column: int
    distance: int


@dataclass(frozen=True, slots=True)
class Annotations:
    """Rows are as printed: from over the system's first column on, or whole where they begin before it."""

    repeats: int | None = None
    chords: tuple[Chord, ...] = ()
    counts: str | None = None
    rhythm: str | None = None  # "e e q": eighth, eighth, quarter
    slaps: str | None = None  # "S P": slap, pop
    rows: tuple[RhythmRow, ...] = ()  # the nearest first
    repeats_behind: int | None = None  # `repeats` where it stands behind the lines
    heads_section: bool = False  # a heading with the name of a section stands directly above
    no_chords: str = ""  # names in the row of chords that are none, blanks between
    printed: tuple[RhythmRow, ...] = ()  # all rows that are read but that of chords, from the highest to the lowest

    @property
    def repeats_above(self) -> int | None:
        """`repeats` where it stands above the system."""
        return self.repeats if self.repeats_behind is None else None


NOTHING = Annotations()


def repeat_count(tails: Iterable[str]) -> int | None:
    """The count in trailing text: 4 for "x4", "(4x)", "| play 4 times"."""
    for tail in tails:
        count = repeat_in(tail)
        if count is not None:
            return count
    return None


def annotations_around(
    lines: Sequence[str], first: int, last: int, column: int, tails: Sequence[str], strings: Container[int] = ()
) -> Annotations:
    """Read the rows directly over and under the system in lines `first` to `last` that begins at `column` of the text.

    `tails` is what trails its string lines, `strings` the lines of other systems, which are no rows.
    """
    repeats = repeat_count(tails) if any(tails) else None
    above = _near(lines, first - 1) if first - 1 not in strings else ""
    below = _near(lines, last + 1) if last + 1 not in strings else ""
    if not above.strip() and not below.strip():
        return NOTHING if repeats is None else Annotations(repeats=repeats, repeats_behind=repeats)
    rows = {"slaps": _row(below, column)} if "--" not in below and _kind(below) == "slaps" else {}
    chords: tuple[Chord, ...] = ()
    behind, heads, unknown = repeats, False, ""
    kinds: dict[int, str] = {}  # of the lines around, by their distance
    for index in range(first - 1, max(first - 1 - _UP_TO, -1), -1):
        line = _near(lines, index).expandtabs() if index not in strings else ""
        if not line.strip() or "--" in line:
            break
        kind = _kind(line)
        if kind == "chords" and not chords:
            chords, unknown = _chords(line, column)
        elif kind:
            rows[kind] = _row(line, column)
        if repeats is None:
            repeats = repeat_count([line]) if kind != "counts" else None
        if not kind:
            named = section_name(line) or (unknown_name(line) if "" not in kinds.values() else None)
            heads = heads or named is not None
        kinds[index - first] = kind
    if "counts" not in rows and "--" not in below and below and _kind(below) == "counts":
        rows["counts"] = _row(below, column)
    if below and "--" not in below:
        kinds[1] = _kind(below)
    rhythm = tuple(_rhythm_rows(lines, first, last, column, strings))
    counts, values, slaps = (rows.get(name) for name in ("counts", "rhythm", "slaps"))
    told = {row.distance: row for row in rhythm if kinds.get(row.distance) != "chords" or row.distance > 0}
    for distance in kinds.keys() - told.keys():
        if kinds[distance] in _PLACED:
            line = lines[distance + (first if distance < 0 else last)].expandtabs().rstrip()
            told[distance] = RhythmRow(line, column, distance)
    printed = tuple(told[distance] for distance in sorted(told))
    return Annotations(repeats, chords, counts, values, slaps, rhythm, behind, heads, unknown, printed)


def slap_letters(row: RhythmRow) -> Iterator[tuple[int, str]]:
    """The letters of a row that tells what to slap (S, with the thumb T) and pop (P), each with its column."""
    if _kind(row.text) == "slaps":
        yield from ((place - row.column, sign) for place, sign in enumerate(row.text) if sign in "SPT")


def _near(lines: Sequence[str], index: int) -> str:
    """A line that may be a row of annotation, "" where it is none or too long for one."""
    return lines[index] if 0 <= index < len(lines) and len(lines[index]) <= _LONGEST_ROW else ""


def chords_in(row: str, column: int) -> tuple[Chord, ...]:
    """The chords of a row over a system that begins at `column`; none where the row is no row of chords."""
    return _chords(row, column)[0] if _are_chords(row) else ()


def _chords(line: str, column: int) -> tuple[tuple[Chord, ...], str]:
    """The chords in a row over a system, and the names there that are none, with blanks between."""
    placed = chord_row.placed_names(without_repeat(line))
    found = tuple(Chord(place - column, name) for place, name in placed if _CHORD.fullmatch(name))
    return found, " ".join(name for _, name in placed if not _CHORD.fullmatch(name))


def _are_chords(line: str) -> bool:
    """Whether a row holds names of chords, and at most one other for each two of them."""
    named = chord_row.names(without_repeat(line))
    if not 0 < len(named) <= 40 or not _CHORD.fullmatch(named[0]):
        return False
    unknown = [name for name in named if not _CHORD.fullmatch(name)]
    return 2 * len(unknown) < len(named) and all(_LIKE_A_CHORD.fullmatch(name) for name in unknown)


def _rhythm_rows(
    lines: Sequence[str], first: int, last: int, column: int, strings: Container[int]
) -> Iterator[RhythmRow]:
    """The rows that may tell the rhythm, up to the next blank line or string line."""
    above = range(first - 1, max(first - 1 - _RHYTHM_UP_TO, -1), -1)
    below = range(last + 1, min(last + 1 + _RHYTHM_DOWN_TO, len(lines)))
    for start, indices in ((first, above), (last, below)):
        for index in indices:
            line = _near(lines, index)
            if not line or line.isspace() or index in strings or ("--" in line and not _BRACKET.fullmatch(line)):
                break
            if _RHYTHMIC.fullmatch(line):
                yield RhythmRow(line.expandtabs().rstrip(), column, index - start)


def _row(line: str, column: int) -> str:
    line = line.expandtabs().rstrip()
    return line if line[:column].strip() else line[column:]


def is_row(line: str) -> bool:
    """Whether a line is a row of chords, counts, note values or slap letters."""
    return len(line) <= _LONGEST_ROW and bool(_kind(line))


@lru_cache(maxsize=256)  # what stands under one system stands over the next
def _kind(line: str) -> str:
    """What a row of annotation tells, "" for text."""
    if _are_chords(line):  # first: "A7  E7" is made of signs that count, too
        return "chords"
    if _COUNT.fullmatch(line):
        return "counts"
    words = line.split()
    if _SLAP.fullmatch(line):
        return "slaps"
    return "rhythm" if _RHYTHM.fullmatch(line) and max(map(len, words)) < 3 else ""
