"""Tempo, time signature, grid and swing as the text of a page states them.

Input: lines of text between the systems, such as `Tempo: 140`, `120 bpm`, `♩=96`, `Q.=80`, `4/4`, `Time: 6/8`,
`4 columns a beat`, `(swing)`. Output: `Stated`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

_NUMBER = r"(?P<{0}>\d{{2,3}}(?:[.,]\d{{1,2}})?)(?![\d/:])"
_NOTE = (
    r"(?P<note>[♩♪]|\b(?:half|quarter|eighth|crotchet|quaver|minim)(?:[ -]?note)?|(?<![A-Za-z?&])[hqeHQE])"
    r"(?P<dot>\.|\s?dotted)?"
)
_TEMPO = re.compile(
    rf"(?P<dotted>\bdotted\s+)?{_NOTE}\s?=\s?(?:ca?\.\s?)?{_NUMBER.format('by_note')}(?![A-Za-z])"
    rf"|\b(?:tempo|bpm|metronome)\s*(?:is|of|at)?\s*[*_]{{0,2}}[:=~-]?[*_]{{0,2}}\s*(?:ca?\.|about|approx\.?)?\s*{_NUMBER.format('after')}"
    rf"|(?<![\d.]){_NUMBER.format('before')}\s*(?:bpm|b\.p\.m\.?|beats (?:per|a) minute)\b"
    r"|♩=(?P<slow>\d(?:\.\d{1,2})?)(?![\d/:])",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"(?:\b(?:time(?:\s*sig(?:nature)?|ing)?\.?|metre|meter|sig(?:nature)?)\s*[*_]{0,2}[:=]?[*_]{0,2}\s*(?:is\s|of\s|in\s)?\s*)"
    r"(?P<named>\d{1,2}\s?/\s?(?:2|4|8|16))(?!\d|/)"
    r"|(?<![\d/])(?P<plain>\d{1,2}/(?:2|4|8|16))(?=\s*(?:time\b|$))"
    r"|^\s*(?P<alone>\d{1,2}/(?:2|4|8|16))(?![\d/])(?=\s*(?:$|,|\(|[A-Za-z\d]+\s?(?:bpm|columns|=)))",
    re.IGNORECASE,
)
_GRID = re.compile(r"\b(?P<columns>\d{1,3})\s+columns\s+(?:a|per)\s+(?P<of>beat|bar)\b", re.IGNORECASE)
_SWING = re.compile(
    r"\b(?:swing|swung|shuffled?)[ -](?:feel|beat|eighths?|8ths?|rhythm|time|groove)\b"
    r"|\((?:swing|swung|shuffle)[^()]*\)"
    r"|^\W*(?:(?:medium|slow|fast|light|up)[ -](?:tempo[ -])?)?(?:swing|swung|shuffle)\W*$|\b8=s8\b"
    r"|\b(?:feel|rhythm|groove|style|tempo)\s*[:=][^:=]{0,30}\b(?:swing|swung|shuffle)\b",
    re.IGNORECASE,
)
#: Quarter notes in a note, by the first letters of its name; others are quarters.
_QUARTERS = {"h": Fraction(2), "minim": Fraction(2), "e": Fraction(1, 2), "quaver": Fraction(1, 2), "♪": Fraction(1, 2)}
#: Beats (quarter notes) a minute that people state, and that can be asked for.
TEMPOS = (20, 400)
#: Those that are written and read: players go from a quarter of the slowest to one and a half times the fastest.
PLAYED_TEMPOS = (TEMPOS[0] // 4, TEMPOS[1] * 3 // 2)
#: Quarter notes in a bar that a signature may say.
_LONGEST_BAR = 12


@dataclass(frozen=True, slots=True)
class Stated:
    """Tempo in quarter notes a minute; the first signature of the page; columns in a beat or in a bar."""

    tempo: float | None = None
    time_signature: str = ""
    columns_a_beat: int | None = None
    columns_a_bar: int | None = None
    swing: bool = False


def read_words(lines: Iterable[str]) -> Stated:
    """The first of each that the lines state; one that states a grid counts before the others."""
    tempo: float | None = None
    signature, swing = "", False
    columns: dict[str, int] = {}
    for line in sorted(lines, key=lambda line: _GRID.search(line) is None):
        tempo = tempo or _tempo(line)
        signature = signature or _signature(line)
        swing = swing or _SWING.search(line) is not None
        grid = _GRID.search(line)
        if grid is not None:
            columns.setdefault(grid["of"].lower(), int(grid["columns"]))
    return Stated(tempo, signature, columns.get("beat"), columns.get("bar"), swing)


def in_words(signature: str, columns_per_beat: int | None, tempo: float | None, *, swing: bool = False) -> str:
    """A line that `read_words` reads as these, such as `4/4, 16 columns a bar, ♩=120`; "" where nothing is told."""
    signature = _signature(signature)
    beats = signature_length(signature) or Fraction(4)
    told = [signature] if signature else []
    if columns_per_beat is not None:
        a_bar = columns_per_beat * beats
        whole = signature and a_bar.denominator == 1
        told.append(f"{a_bar} columns a bar" if whole else f"{columns_per_beat} columns a beat")
    if tempo is not None:
        told.append(f"♩={f'{tempo:.2f}'.rstrip('0').rstrip('.')}")
    return ", ".join(told) + (" (swing)" if swing else "")


def count_unit(signature: str) -> Fraction:
    """Quarter notes in what one counts in a signature: an eighth in 6/8; a quarter note where none can be said."""
    return Fraction(4, int(signature.split("/")[1])) if _signature(signature) else Fraction(1)


def signature_length(signature: str) -> Fraction | None:
    """Quarter notes in a bar of a signature such as "6/8"; None for ""."""
    if not signature:
        return None
    numerator, denominator = map(int, signature.split("/"))
    return Fraction(numerator * 4, denominator)


def _tempo(line: str) -> float | None:
    for match in _TEMPO.finditer(line):
        number = float((match["by_note"] or match["after"] or match["before"] or match["slow"]).replace(",", "."))
        if match["note"]:
            name = match["note"].lower()
            beat = next((length for start, length in _QUARTERS.items() if name.startswith(start)), Fraction(1))
            number *= float(beat * (Fraction(3, 2) if match["dot"] or match["dotted"] else 1))
        least, most = PLAYED_TEMPOS if "♩" in match[0] else TEMPOS
        if least <= number <= most:
            return number
    return None


def _signature(line: str) -> str:
    for match in _SIGNATURE.finditer(line):
        found = re.sub(r"\s", "", match["named"] or match["plain"] or match["alone"])
        length = signature_length(found)
        if length is not None and not found.startswith("1/") and 1 <= length <= _LONGEST_BAR:
            return found
    return ""
