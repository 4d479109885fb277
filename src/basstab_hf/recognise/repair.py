"""Mend the string lines of a system into the one form that every later stage reads.

Input: lines as found, unequal and written in any style. Output: lines of one length in printable ASCII without blanks,
bar lines aligned, fills as `-`, techniques in one spelling, and what was done.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from basstab_hf.tab import columns
from basstab_hf.tab.marks import CLOSING, HARMONIC, SLIDE_DOWN, SLIDE_UP, TAP, frets_of

_LOWER = str.maketrans("HPX", "hpx")
_BARS = re.compile(r"(\|+)")
_CLEAN = re.compile(r"[-|0-9hpx/\\^~()<>*o+:b]*")
_ODD = re.compile(r"[^!-~]")
#: Words between dashes, in brackets or not: "(let ring)", "Repeat". Letters that all write techniques are none.
_WORDS_INSIDE = re.compile(
    r"[(\[]?(?<![A-Za-z])(?=[A-Za-z. ]*[ac-gi-kmnquwyzAC-GI-KMNQUWYZ])[A-Za-z]{3,}(?>(?:\.?[ ][A-Za-z]{2,})*)[)\]]?"
)
#: Signs and letters in a clean system that are to be respelled: 5>7, 12*.
_FOREIGN = re.compile(r"\d(?:>\d|\*)")
#: From fret to fret: 5s7, 5s-7, 5sl7, 5-sl-7, 5>7; of `<12>7` the sign closes a harmonic. A capital S may be a slap.
_SURE_SLIDE = re.compile(r"(?<![\d<])(\d++)(-?(?i:sl)-?|s-?|>)(?=(\d+))")
_SLIDE = re.compile(r"(?<![\d<])(\d++)(-?(?i:sl)-?|[sS]-?|>)(?=(\d+))")
_TAP = re.compile(r"T(?=\d)")
#: Harmonics: [12], and 12* behind a blank; a star at a bar line is a repeat sign.
_BRACKETED = re.compile(r"\[(\d{1,2})\]")
_HARMONIC = rf"{HARMONIC}\1{CLOSING[HARMONIC]}"
_STARRED = re.compile(r"-(\d{1,2})\*(?=[^|\d])")
_SLAP = re.compile(r"(?<![\dhpx)>~])[SP](?=\d)")
_POP = re.compile(r"(?<![\dhpx)>~])P(?=\d)")
_VIBRATO = re.compile(r"(?<=\d)v+")
_RINGING = re.compile(r"(?<=[\d=])_+")


@dataclass(frozen=True, slots=True)
class Repaired:
    """Mended lines, top string first, and the list of what was mended."""

    lines: tuple[str, ...]
    repairs: tuple[str, ...]


def repair(bodies: Sequence[str]) -> Repaired:
    """Mend lines as they stand in the text, capital letters and all, for `P` may be a pop."""
    lines = tuple(bodies)
    length, text = len(lines[0]), "".join(lines)
    is_clean = all(len(line) == length for line in lines) and _CLEAN.fullmatch(text) is not None
    if is_clean and not (("*" in text or ">" in text) and _FOREIGN.search(text)):
        return Repaired(lines, ())  # 97 % of the systems of the 292 pages
    words = [word for line in lines for word in _WORDS_INSIDE.findall(line)]
    repairs = [f"words inside a line became -: {', '.join(dict.fromkeys(words))[:60]}"] if words else []
    if words:
        lines = tuple([_WORDS_INSIDE.sub(lambda word: "-" * len(word[0]), line) for line in lines])
    steps: tuple[tuple[str, Callable[[tuple[str, ...]], tuple[str, ...]]], ...] = (
        ("fill", _fill),
        ("inner blanks and odd characters became -", _plain),
        ("techniques respelled", _respell),
        ("a bar line doubled after the label on some strings only was dropped", _collapse),
        ("lines of unequal length aligned at their bar lines", _align),
    )
    for name, step in steps:
        mended = step(lines)
        if mended != lines:
            repairs.append(name if name != "fill" else "fill characters became -")
        lines = mended
    if _spells_end(lines):
        lines = tuple(line.replace("N", "-") for line in lines)
    return Repaired(lines, tuple(repairs))


def _fill(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Where a system is drawn with = or _ or . in place of -, put -."""
    text = "".join(lines)
    fill = max("-=_.", key=text.count)
    return lines if fill == "-" else tuple(line.replace(fill, "-") for line in lines)


def _plain(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_ODD.sub("-", line.expandtabs()) for line in lines)


def _respell(lines: tuple[str, ...]) -> tuple[str, ...]:
    """One spelling a technique, column for column: 5s7 is 5/7, 5sl7 is 5-/7, 3v is 3~, [5] and 5* are <5>.

    9___ rings on as 9===. S and P in front of a fret that no other fret leads to are slap and pop, and stay, as T then
    does for the thumb; else they are slide and pull-off, and T is a tap.
    """
    slapped = any(_SLAP.search(line) for line in lines)
    return tuple([_respell_line(line, slapped=slapped) for line in lines])


def _respell_line(line: str, *, slapped: bool) -> str:
    if slapped:
        line = _POP.sub("\0", line)
    line = line.translate(_LOWER).replace("\0", "P")
    line = _VIBRATO.sub(lambda shaken: "~" * len(shaken[0]), line)
    if "_" in line:
        line = _RINGING.sub(lambda ring: "=" * len(ring[0]), line)
    if "T" in line and not slapped:
        line = _TAP.sub(TAP, line)
    if "[" in line or "*" in line:
        line = _STARRED.sub(_HARMONIC, _BRACKETED.sub(_HARMONIC, line))
    slide = _SURE_SLIDE if slapped else _SLIDE
    return slide.sub(_slide, line) if any(sign in line for sign in "sS>") else line


def _slide(match: re.Match[str]) -> str:
    """The slide in front of its goal; a sign between equal frets stays what it is."""
    frets = [(column, int(fret)) for column, _, fret in frets_of([f"{match[1]}-{match[3]}"])]
    start = [fret for column, fret in frets if column < len(match[1])][-1]
    goal = next(fret for column, fret in frets if column > len(match[1]))
    if start == goal:
        return match[0]
    return match[1] + (SLIDE_UP if start < goal else SLIDE_DOWN).rjust(len(match[2]), columns.EMPTY)


def _collapse(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(columns.collapse_start(lines))


def _align(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Pad lines to one length: bar by bar where all have equally many bars, else at the end."""
    if len({*map(len, lines)}) == 1:
        return lines
    cut = [_BARS.split(line) for line in lines]
    most = max(map(len, cut))
    full = next(cells for cells in cut if len(cells) == most)
    for cells in cut:
        if len(cells) == most - 2 and not full[-1] and cells[-1]:
            cells += ["|", ""]  # the closing bar line was left out
    if len({*map(len, cut)}) == 1:
        widths = [max(map(len, cells)) for cells in zip(*cut, strict=True)]
        return tuple("".join(map(_pad, cells, widths)) for cells in cut)
    return _align_cut(lines)


def _pad(cell: str, width: int) -> str:
    return cell.ljust(width, "|" if cell.startswith("|") else "-")


def _align_cut(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Lines whose bars do not pair: pad at the end, and draw the bar lines that all longer lines have there."""
    length = max(map(len, lines))
    padded = []
    for line in lines:
        longer = [other for other in lines if len(other) > len(line)]
        bars = [
            bool(longer) and all(other[i : i + 1] in ("|", "") for other in longer) for i in range(len(line), length)
        ]
        padded.append(line + "".join("|" if bar else "-" for bar in bars))
    return tuple(padded)


def _spells_end(lines: Sequence[str]) -> bool:
    """Whether a column happens to read as the word that closes a system."""
    return len(lines) == len(columns.END) and columns.END in map("".join, itertools.zip_longest(*lines, fillvalue="-"))
