"""Whether what is written is a tab: six things that every system must keep.

Input: any text. Output: `Validity`. Systems are found as `recognise` finds them, and judged as they were found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from basstab_hf.recognise import RecognisedSystem, Recognition, recognise_tabs
from basstab_hf.tab import columns, marks
from basstab_hf.tab.values import System

#: Digits, blanks and bar lines, marks of techniques, closing brackets, ties; slap and pop letters, releases, staccato;
#: repeat marks.
LEGAL = marks.ONSETS | marks.BEFORE | marks.BEHIND | frozenset(f"{columns.EMPTY}{columns.BAR}STPrv+.*o:")
#: Two different digits above 24, such as 37, are two notes in neighbouring columns, or a fret that no bass has. Where
#: more than this share of what stands on the strings is such, it is the latter.
BROKEN_SHARE = 0.5
_DIGITS = re.compile(r"[0-9]+")
_TOO_HIGH = re.compile(r"2[5-9]|([3-9])(?!\1)[0-9]")
_BRACKETED = re.compile(r"\((?:[0-9]{1,2}|x)\)|<[0-9]{1,2}>")
_NOTE, _HAMMERS, _SLIDES = "0-9" + marks.DEAD, marks.any_of(marks.HAMMERS), marks.any_of(marks.SLIDES)
_OPENING, _CLOSING = marks.any_of(marks.CLOSING), marks.any_of(marks.CLOSING.values())
_DONE = marks.any_of(marks.AFTER - marks.SLIDES)  # bends and vibrato
_BRACKET = re.compile(r"[()<>]")
#: Marks that have no note to act on, in a line that begins with a bar line. Some lead over blanks: see `marks.REACHING`
#: and `marks.SLIDING`.
_STRAY = re.compile(
    rf"[{_HAMMERS}](?!{columns.EMPTY}{{,{marks.REACH - 1}}}[{_NOTE}{_OPENING}])"  # hammers lead to a note
    rf"|^[^{_NOTE}]*[{_HAMMERS}]"  # and come from one
    rf"|(?<![{_NOTE}{_CLOSING}{_DONE}])(?<![{_NOTE}{_CLOSING}{marks.VIBRATO}]{columns.EMPTY})[{_SLIDES}]"
    rf"(?![{_NOTE}{_OPENING}])"  # slides lead out of a note or into one
    rf"|(?<=[{_NOTE}{_CLOSING}{marks.VIBRATO}]{columns.EMPTY})[{_SLIDES}]"
    rf"(?!{columns.EMPTY}?[{_NOTE}{_OPENING}])"  # behind a blank only from one to the next
    rf"|(?<![{_NOTE}{_CLOSING}{_DONE}{_SLIDES}])[{_DONE}]"  # bends and vibrato follow a note
    rf"|(?<![{_NOTE}{_CLOSING}{marks.VIBRATO}{marks.TIE}|]){marks.TIE}"  # ties as well, or go on after a bar line
    rf"|[{marks.TAP}TSP](?![{_NOTE}{_OPENING}])"  # taps, slaps and pops precede one
)


@dataclass(frozen=True, slots=True)
class Validity:
    """Shares of systems, 0 to 1, that keep each rule, and (`tab_validity`) that keep all."""

    tab_validity: float
    equal_lines: float
    legal_symbols: float
    frets_in_range: float
    closed_frets: float
    attached_techniques: float
    usual_bars: float


@dataclass(frozen=True, slots=True)
class _Kept:
    """Which rules a system keeps."""

    equal_lines: bool = False
    legal_symbols: bool = False
    frets_in_range: bool = False
    closed_frets: bool = False
    attached_techniques: bool = False
    usual_bars: bool = False


def validity(text: str) -> Validity:
    """Judge every system of a text; several string lines that make no system are one that keeps no rule.

    A text without string lines keeps none either: all values are 0.
    """
    recognition = recognise_tabs(text)
    whole = [found for found in recognition.systems if len(found.lines) == found.tuning.n_strings]
    usual = _usual_width(found.system for found in whole)
    judged = [_judge(found, usual) for found in whole]
    judged += [_Kept()] * (_refused_blocks(recognition) + _parts(recognition))
    kept = [asdict(one) for one in judged or [_Kept()]]
    shares = {rule: sum(one[rule] for one in kept) / len(kept) for rule in kept[0]}
    return Validity(tab_validity=sum(all(one.values()) for one in kept) / len(kept), **shares)


def has_broken_frets(lines: Iterable[str]) -> bool:
    """Whether many of the frets are higher than any bass has (see `BROKEN_SHARE`)."""
    runs = [run for line in lines for run in _DIGITS.findall(line)]
    return sum(_TOO_HIGH.fullmatch(run) is not None for run in runs) > BROKEN_SHARE * len(runs)


def _refused_blocks(recognition: Recognition) -> int:
    """One line alone is an annotation, or the name of something."""
    return sum(refused.last_line > refused.first_line for refused in recognition.rejected)


def _parts(recognition: Recognition) -> int:
    """Systems that print some strings only: right in a song book, and no whole system in what a model writes."""
    return sum(1 < len(found.lines) < found.tuning.n_strings for found in recognition.systems)


def _judge(found: RecognisedSystem, usual: int | None) -> _Kept:
    lines = found.system.lines
    return _Kept(
        equal_lines=len({*map(len, columns.collapse_start(found.lines))}) == 1,
        legal_symbols=LEGAL.issuperset("".join(found.lines)),
        frets_in_range=not has_broken_frets(lines),
        closed_frets=_are_brackets_closed(lines) and _are_frets_closed(lines),
        attached_techniques=not any(_STRAY.search(columns.BAR + _BRACKETED.sub(_plain, line)) for line in lines),
        usual_bars=all(width == usual for width in _closed_widths(found.system)),
    )


def _plain(bracketed: re.Match[str]) -> str:
    """A fret in brackets acts as its note."""
    return "0" * len(bracketed[0])


def _are_brackets_closed(lines: Sequence[str]) -> bool:
    return not any(_BRACKET.search(_BRACKETED.sub("", line)) for line in lines)


def _are_frets_closed(lines: Sequence[str]) -> bool:
    """Whether no note starts on another string before a fret of two digits is written out."""
    frets = [(place, fret) for place, _, fret in marks.frets_of(lines) if fret != marks.DEAD]
    starts = {place for place, _ in frets}
    return not any(len(fret) > 1 and place + 1 in starts for place, fret in frets)


def _usual_width(systems: Iterable[System]) -> int | None:
    """Columns of the most frequent bar, None without one that a bar line closes."""
    widths = Counter(width for system in systems for width in _closed_widths(system))
    return widths.most_common(1)[0][0] if widths else None


def _closed_widths(system: System) -> list[int]:
    return [end - start for start, end in system.bar_spans if end < len(system.lines[0])]
