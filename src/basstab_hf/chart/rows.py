"""A row of chords as text, with or without bar lines -> written bars.

    | Dm7 G7 | Cmaj7 | % |      bar lines count; several chords share a bar
    |: C | F |1. G :|2. C |     repeats and endings; (x3) behind them or behind the row
    Am F C G                    without bar lines a chord is a bar
    C / / / G / F /             but with slashes or dots each sign is a beat

Input: a row and where it stands. Output: bars, added to a `Reading`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from basstab_hf.chart.bars import HOLD
from basstab_hf.chart.beats import SLASH, share
from basstab_hf.chart.values import PlacedChord
from basstab_hf.chart.written import Jump, Reading, Word, WrittenBar
from basstab_hf.errors import InputError

#: Signs of other fonts, each for one of ours.
_AS_ASCII = str.maketrans(dict.fromkeys("│┃｜¦‖𝄀𝄁𝄂", "|") | {"𝄎": "%", "×": "x"})
_LINES = re.compile(r"[|𝄆𝄇]|\[:|:\]")
_JUMP = re.compile(
    r"[(\[]?\b(?P<back>D\.\s?[CS]\b|D[CS]\b|da capo\b|dal segno\b)\.?"
    r"(?:\s{1,4}al(?:la)?\s{1,4}(?P<until>coda|fine|\d)[^|)\]]{0,12})?[)\]]?",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(?P<line>:{0,2}\[?\|+\]?(?:\.(?=\s*$))?:{0,2}|\[:|:\]|𝄆|𝄇)"
    rf"|(?P<jump>{_JUMP.pattern})"
    r"|(?P<sign>[(\[]?\b(?:to\s{1,4}coda|fine|segno|coda)\b[)\]]?|𝄋|𝄌)"
    r"|(?P<times>[(\[]?(?:x\s?\d{1,3}|\d{1,3}\s?(?:x|times))[)\]]?\.?(?=[\s|,:]|$))"
    r"|(?P<time>\(?\d{1,2}/\d{1,2}\)?(?=[\s|,]|$))"
    r"|(?P<ending>\[?\d\.?(?:[,–-]\s?\d\.?){0,8}(?:[\]).]:?|(?=[\s|]|$)))"
    r"|(?P<word>(?:[^\s|,()\[\]:]|\([^()|\[\]]*\))+)"
    r"|(?P<other>[^\s,])",
    re.IGNORECASE,
)
_DASHES = frozenset("-–—")
_AGAIN = {"%": 1, "%%": 2, "𝄏": 2}


@dataclass(slots=True)
class _Cell:
    """What stands between two bar lines: words, and signs in front of them and behind them."""

    where: str
    words: list[Word] = field(default_factory=list)
    signs: dict[str, Any] = field(default_factory=dict)
    behind: dict[str, Any] = field(default_factory=dict)


def has_lines(row: str) -> bool:
    """Whether a row has bar lines."""
    return _LINES.search(row.translate(_AS_ASCII)) is not None


def words_of(row: str) -> list[str]:
    """The names of a row without its dashes and signs of repeats."""
    found = [match[0] for match in _TOKEN.finditer(row.translate(_AS_ASCII)) if match.lastgroup in ("word", "other")]
    return [word for word in found if not _DASHES.issuperset(word)]


def read_row(row: str, line: int, reading: Reading, column: int = 0) -> None:
    """Add the bars of a row, which begins `column` characters behind the beginning of its line.

    Raises:
        InputError: what is no chord and no sign, or stands where it says nothing.
    """
    _Row(row.translate(_AS_ASCII), line, column, reading).read()


class _Row:
    def __init__(self, row: str, line: int, column: int, reading: Reading) -> None:
        self._row, self._line, self._column, self._reading = row, line, column, reading
        self._has_lines = has_lines(row)
        self._first = len(reading.bars)
        self._cell = _Cell(reading.at(line, column + 1))
        self._edge = ""  # the bar line before the cell
        self._times = 0
        self._is_two = False  # the bar before stands for two

    def read(self) -> None:
        for match in _TOKEN.finditer(self._row):
            where = self._reading.at(self._line, self._column + match.start() + 1)
            kind, text = str(match.lastgroup), match[0]
            if self._times and kind not in ("jump", "line"):
                raise InputError(f"{where}: behind x{self._times} the row is over: write {text!r} into the next one")
            match kind:
                case "line":
                    self._bar_line(text, where)
                case "times":
                    self._repeat(int(re.sub(r"\D", "", text)), where)
                case "time":
                    first, second = re.findall(r"\d+", text)
                    self._reading.set_time((int(first), int(second)), where)
                case "jump":
                    self._sign(where, jump=jump_in(text))
                case "sign":
                    self._named_sign(text.strip("()[]").casefold(), where)
                case "ending" if not self._cell.words:
                    self._cell.signs["endings"] = _numbers(text)
                case "word":
                    self._cell.words += _split(text, where)
                case _:
                    raise InputError(
                        f"{where}: {text!r} says nothing here: write chords and bar lines, and # before words"
                    )
        self._close()
        if self._times:
            self._repeat_row()

    def _bar_line(self, text: str, where: str) -> None:
        ends, opens = text[0] == ":" or text == "𝄇", text[-1] == ":" or text == "𝄆"
        if self._cell.words:
            self._finish()
        elif self._edge == text == "|" and not self._times:
            self._reading.told["a bar without chords: the one before goes on"] += 1
            self._reading.add(WrittenBar((), where, **self._cell.signs))
            self._cell = _Cell(where)
        if ends:
            self._reading.mark(where, times=2)
        if "||" in text or "]" in text:
            self._reading.close()
        self._cell = _Cell(where, signs=self._cell.signs if not self._cell.words else {})
        self._cell.signs |= {"opens": True} if opens else {}
        self._edge = text

    def _sign(self, where: str, **signs: Any) -> None:
        """Signs behind what is there."""
        if self._cell.words:
            self._cell.behind |= signs
        else:
            self._reading.mark(where, **signs)
            self._edge = ""

    def _named_sign(self, name: str, where: str) -> None:
        if name in ("segno", "𝄋"):
            self._cell.signs["segno"] = True
        elif name == "fine":
            self._sign(where, fine=True)
        elif name in ("coda", "𝄌") and not self._cell.words:
            self._cell.signs["coda"] = True
        else:
            self._sign(where, to_coda=True)

    def _repeat(self, times: int, where: str) -> None:
        if not 1 <= times <= 99:
            raise InputError(f"{where}: x{times}: write how often it is played, 1 to 99")
        if not self._cell.words and self._edge[:1] in (":", "𝄇"):
            self._reading.mark(where, times=times)
        else:
            self._times = times

    def _close(self) -> None:
        """The end of the row."""
        signs = self._cell.signs
        if self._cell.words:
            self._finish()
        elif signs.pop("coda", False):
            self._reading.mark(self._cell.where, to_coda=True)
        if signs and not self._cell.words:
            raise InputError(f"{self._cell.where}: no bar behind this sign: write its chords in the same row")

    def _repeat_row(self) -> None:
        bars = self._reading.bars
        if self._first == len(bars):
            raise InputError(
                f"{self._cell.where}: x{self._times} stands alone: write it behind the bars that it repeats"
            )
        if any(bar.opens or bar.times or bar.endings for bar in bars[self._first :]):
            where = self._reading.at(self._line)
            raise InputError(f"{where}: x{self._times} behind a row with repeats of its own: write it behind :|")
        bars[self._first] = replace(bars[self._first], opens=True)
        bars[-1] = replace(bars[-1], times=self._times)

    def _finish(self) -> None:
        """Bars of what stands in the cell."""
        signs = self._cell.signs
        for words in self._bars():
            where = words[0].where if words else self._cell.where
            for chords in self._chords(words, where):
                self._reading.add(WrittenBar(chords, where, **signs))
                signs = {}
        self._reading.mark(self._cell.where, **self._cell.behind)

    def _chords(self, words: list[Word], where: str) -> list[tuple[PlacedChord, ...]]:
        """The chords of a bar, or of two that come again."""
        texts = [word.text for word in words]
        back = _AGAIN.get(texts[0], 0) if words else 0
        was_two, self._is_two = self._is_two, back == 2
        if was_two and set(texts) == {HOLD}:
            return []  # the second of the two, which ChordPro's grids write down
        if back and set(texts[1:]) <= {HOLD}:
            return [self._reading.again(number, where) for number in range(back, 0, -1)]
        if any(word.text in _AGAIN for word in words):
            raise InputError(f"{where}: % stands for whole bars: write it alone between bar lines")
        return [share(words, self._reading)]

    def _bars(self) -> list[list[Word]]:
        """The words of each bar of the cell."""
        words, beats = self._cell.words, self._reading.time[0]
        if self._has_lines and len(words) == beats:  # a dash is a beat where the others leave it one
            words = [replace(word, text=HOLD) if word.text in _DASHES else word for word in words]
        words = [word for word in words if word.text not in _DASHES]
        if self._has_lines:
            return [words]
        if not any(word.text in (HOLD, SLASH) for word in words):
            return [[word] for word in words]
        if len(words) % beats:
            told = f"{len(words)} chords and beats do not fill bars of {beats} beats"
            raise InputError(f"{words[0].where}: {told}: write a sign for each beat, or bar lines")
        return [words[start : start + beats] for start in range(0, len(words), beats)]


def _split(text: str, where: str) -> list[Word]:
    """A word, slashes at its end apart: "C///"."""
    name = text.rstrip(SLASH)
    if not text.strip(HOLD):
        return [Word(HOLD, where)] * len(text)
    if len(text) > 1 and _DASHES.issuperset(text):
        return [Word("-", where)]
    return [Word(name, where)] * bool(name) + [Word(SLASH, where)] * (len(text) - len(name))


def _numbers(text: str) -> tuple[int, ...]:
    """Numbers of endings: "1.", "1,2", "1-3"."""
    numbers: list[int] = []
    for sign, number in re.findall(r"([,–-]?)\s?(\d)", text):
        numbers += range(numbers[-1] + 1, int(number)) if sign in ("–", "-") and numbers else ()
        numbers.append(int(number))
    return tuple(numbers)


def jump_in(text: str) -> Jump | None:
    """The D.C. or D.S. that a text begins with: "D.S. al Coda", "DC al 2nd ending"."""
    match = _JUMP.match(text)
    if match is None:
        return None
    sign, until = "s" in match["back"].casefold(), (match["until"] or "").casefold()
    return Jump(sign, int(until) if until.isdecimal() else "coda" if until == "coda" else "fine" if until else None)
