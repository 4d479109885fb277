"""A song of iReal Pro -> a chart.

    T44 time   *A section   { } repeat   N1 ending   | [ ] Z bar lines   x r bars again   n no chord   p slash
    W the chord before over another bass   S segno   Q coda   U end   <D.C. al Fine> words   (C7) alternative chord
    s l f Y sizes, fermata, spacing

A chord lasts a cell and the blank cells behind it, in proportion to the bar.

Input: an `IRealSong`. Output: a `Chart`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from basstab_hf.chart.bars import HOLD
from basstab_hf.chart.beats import placed
from basstab_hf.chart.headings import Facts
from basstab_hf.chart.ireal_links import IRealSong
from basstab_hf.chart.names import key_name
from basstab_hf.chart.rows import jump_in
from basstab_hf.chart.text import finish
from basstab_hf.chart.values import Chart, PlacedChord
from basstab_hf.chart.written import Head, Jump, Reading, Word, WrittenBar, clean
from basstab_hf.errors import InputError

_SIGN = re.compile(
    r"\*(?P<section>[A-Za-z])|T(?P<time>\d\d)|N(?P<ending>\d)|<(?P<words>[^<>]*)>|\((?P<other>[^()]*)\)"
    r"|(?P<line>[|\[\]{}Z])"
    r"|(?P<chord>(?:[A-G][b#]?|W)(?:sus|alt|add|[\d+^hob#-])*(?:\*(?P<own>[^*|]{0,20})\*)?(?:/[A-G][b#]?)?)"
    r"|(?P<blank> )|(?P<sign>[xrnpSQUfslY,])|(?P<unknown>.)",
    re.DOTALL,
)
_SECTIONS = {"i": "Intro", "v": "Verse", "V": "Verse"}
#: Words of iReal Pro's styles, and which of the composer's they are taken for.
STYLES = (
    ("bossa", "bossa"), ("reggae", "reggae"), ("country", "country"), ("bluegrass", "country"), ("disco", "disco"),
    ("funk", "funk"), ("waltz", "waltz"), ("ballad", "ballad"), ("swing", "walking"), ("blues", "blues"),
    ("rock", "rock"), ("pop", "pop"), ("ska", "ska"), ("son ", "tumbao"), ("cha cha", "tumbao"), ("soul", "motown"),
)  # fmt: skip
_REPEATS = re.compile(r"(?:x\s?(\d{1,2})|(\d{1,2})\s?x)", re.IGNORECASE)


@dataclass(slots=True)
class _Bar:
    """A bar while it is read: its words, how many cells each has, and its signs."""

    words: list[Word] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    blanks: int = 0
    signs: dict[str, Any] = field(default_factory=dict)
    behind: dict[str, Any] = field(default_factory=dict)


def read_song(song: IRealSong, reading: Reading) -> Chart:
    """Read a song.

    Raises:
        InputError: signs that cannot be played, with the song and its bar.
    """
    facts = Facts(clean(song.title), clean(song.artist), tempo=song.tempo or None)
    if song.key:
        facts.key = key_name(song.key)
    facts.style = _style(song.style)
    if song.style:
        told = f"taken as {facts.style}" if facts.style else "none of ours is like it"
        reading.told[f"style {clean(song.style)!r}: {told}"] += 1
    _Song(song.music, reading).read()
    return finish(reading, facts)


def _style(style: str) -> str | None:
    return next((ours for word, ours in STYLES if word in f"{style.casefold()} "), None)


class _Song:
    def __init__(self, music: str, reading: Reading) -> None:
        self._music, self._reading = music, reading
        self._bar, self._edge = _Bar(), ""
        self._was_pair = False  # the bar before stands for two
        self._times = 2  # how often the repeat is played that ends next
        self._codas: list[int] = []  # bars with coda signs
        self._words: list[str] = []

    def read(self) -> None:
        for match in _SIGN.finditer(self._music):
            self._take(str(match.lastgroup), match[0], match)
        self._finish("")
        self._form()
        if self._words:
            shown = ", ".join(self._words[:5]) + (", ..." if len(self._words) > 5 else "")
            self._reading.told[f"words are passed over: {shown}"] += 1

    @property
    def _where(self) -> str:
        return f"{self._reading.name}, bar {len(self._reading.bars) + 1}"

    def _take(self, kind: str, text: str, match: re.Match[str]) -> None:
        match kind:
            case "section":
                name = _SECTIONS.get(match[1], match[1].upper())
                self._bar.signs["head"] = Head(name)
            case "time":
                first, second = (12, 8) if match["time"] == "12" else (int(text[1]), int(text[2]))
                self._reading.set_time((first, second), self._where)
            case "ending":
                self._bar.signs["endings"] = (int(match["ending"]),)
            case "words":
                self._comment(match["words"])
            case "other":
                self._reading.told["an alternative chord in parentheses is left out"] += 1
            case "line":
                self._line(text)
            case "chord" | "own":
                self._chord(text)
            case "blank":
                self._bar.blanks += 1
                if self._bar.spans:
                    self._bar.spans[-1] += 1
            case "sign":
                self._sign(text)
            case _:
                raise InputError(f"{self._where}: {text!r} is no sign of iReal Pro: export the song again")

    def _line(self, text: str) -> None:
        """The end of a bar; one without chords is blank paper, but between two plain bar lines it goes on."""
        self._finish(text)
        if text == "}":
            self._reading.mark(self._where, times=self._times)
            self._times = 2
        if text in "[]Z":
            self._reading.close()
        if text == "{":
            self._bar.signs["opens"] = True
        self._edge = text

    def _finish(self, line: str) -> None:
        bar, was_pair = self._bar, self._was_pair
        texts = [word.text for word in bar.words]
        if not texts:
            if bar.behind:
                self._reading.mark(self._where, **bar.behind)
            if self._edge == line == "|" and bar.blanks and not was_pair:
                self._reading.told["a bar without chords: the one before goes on"] += 1
                self._add((), bar)
            else:
                self._bar = _Bar(signs=bar.signs)
        elif texts in (["x"], ["r"]):
            back = 1 if texts == ["x"] else 2
            for number in range(back, 0, -1):
                first, last = number == back, number == 1
                signs = _Bar(signs=bar.signs if first else {}, behind=bar.behind if last else {})
                self._add(self._reading.again(back, self._where), signs)
        else:
            words = [replace(word, text=HOLD) if word.text in ("x", "r") else word for word in bar.words]
            if words != bar.words:
                self._reading.told["a sign for whole bars beside chords: the chord before goes on"] += 1
            self._add(placed(words, self._lengths(), self._reading), bar)
        self._was_pair = texts == ["r"]

    def _add(self, chords: Sequence[PlacedChord], bar: _Bar) -> None:
        self._reading.add(WrittenBar(tuple(chords), self._where, **bar.signs, **bar.behind))
        self._bar = _Bar()

    def _lengths(self) -> list[int]:
        """How many parts of the bar each word lasts: cells, if all begin on beats so, else whole beats near that."""
        spans, beats = self._bar.spans, self._reading.time[0]
        *starts, cells = accumulate(spans, initial=0)
        if all(start * beats % cells == 0 for start in starts):
            return spans
        if len(spans) > beats:
            raise InputError(f"{self._where}: {len(spans)} chords in a bar of {beats} beats: part them by bar lines")
        lengths, number = list(spans), 0
        while sum(lengths) != beats:
            if sum(lengths) < beats:
                lengths[number % len(lengths)] += 1
            else:
                lengths[-1 - number % len(lengths)] -= lengths[-1 - number % len(lengths)] > 1
            number += 1
        self._reading.told[f"{len(spans)} chords share a bar of {beats} beats as {' + '.join(map(str, lengths))}"] += 1
        return lengths

    def _chord(self, text: str) -> None:
        if text[0] != "W":
            self._word(_usual(re.sub(r"\*\s*|\s*\*", "", text)))
            return
        bass = text.partition("/")[2]
        if not bass:
            self._word(HOLD)
            return
        last = self._reading.last
        before = next((word.text for word in reversed(self._bar.words) if word.text != HOLD), last.name if last else "")
        if not before:
            raise InputError(f"{self._where}: {text!r} is a bass without a chord before it: write the chord")
        self._word(f"{before.partition('/')[0]}/{bass}")

    def _word(self, text: str) -> None:
        self._bar.words.append(Word(text, self._where))
        self._bar.spans.append(1)

    def _sign(self, sign: str) -> None:
        match sign:
            case "x" | "r":
                self._word(sign)
            case "n":
                self._word("N.C.")
            case "p":
                self._word(HOLD)
            case "S":
                self._bar.signs["segno"] = True
            case "Q":
                is_behind = not self._bar.words and not self._bar.signs and self._was_pair
                self._codas.append(len(self._reading.bars) - is_behind)
            case "U":
                self._bar.behind["fine"] = True
                self._reading.told["END: a sign at which D.C. and D.S. end, else it is played on"] += 1
            case "f":
                self._reading.told["a fermata is left out"] += 1

    def _comment(self, words: str) -> None:
        text = re.sub(r"^\*\d\d", "", words).strip()
        times = _REPEATS.fullmatch(text)
        if times and int(times[1] or times[2]) > 1:
            self._times = int(times[1] or times[2])
        elif jump := jump_in(text):
            self._bar.behind["jump"] = jump
        elif text.casefold() == "fine":
            self._bar.behind["fine"] = True
        elif text:
            self._words.append(repr(text))

    def _form(self) -> None:
        """Signs that iReal Pro leaves to its player: where the coda is, and repeats that do not end."""
        bars, told = self._reading.bars, self._reading.told
        opened: int | None = None
        ending: int | None = None
        for place, bar in enumerate(bars):
            if bar.endings and max(bar.endings) > 1 and ending is not None:
                bars[place - 1] = replace(bars[place - 1], times=2)
                told["a repeat without its sign before an ending"] += 1
                opened = None
            if bar.opens and opened is not None:
                bars[opened] = replace(bars[opened], opens=False)
                told["a repeat that does not end is played once"] += 1
            opened = None if bar.times else place if bar.opens else opened
            ending = None if bar.times else place if bar.endings else ending
        jumps = [place for place, bar in enumerate(bars) if bar.jump]
        codas = sorted(place for place in set(self._codas) if place < len(bars))
        if len(codas) == 1 and jumps and codas[0] <= jumps[0] and jumps[0] + 1 < len(bars):
            codas.append(jumps[0] + 1)
        if len(codas) > 1:
            self._coda(codas, jumps)
        elif codas:
            told["a single coda sign is left out"] += 1
        for place in jumps:
            jump = bars[place].jump
            has_end = any(bar.fine if jump and jump.until == "fine" else bar.to_coda for bar in bars)
            if jump and jump.until in ("fine", "coda") and not has_end:
                bars[place] = replace(bars[place], jump=replace(jump, until=None))
                told[f"al {jump.until} without its sign: played to the end"] += 1

    def _coda(self, codas: Sequence[int], jumps: Sequence[int]) -> None:
        """The last sign begins the coda, the others go on to it; a D.C. is meant where none is written."""
        bars, target = self._reading.bars, codas[-1]
        for place in codas[:-1]:
            bars[place] = replace(bars[place], to_coda=True)
        bars[target] = replace(bars[target], coda=True)
        for place in jumps:
            jump = bars[place].jump
            if jump and jump.until is None:
                bars[place] = replace(bars[place], jump=replace(jump, until="coda"))
        if not jumps:
            has_segno = any(bar.segno for bar in bars[:target])
            bars[target - 1] = replace(bars[target - 1], jump=Jump(has_segno, "coda"))
            start = "the segno" if has_segno else "the beginning"
            self._reading.told[f"two coda signs: played again from {start} to the first, then from the second on"] += 1


def _usual(name: str) -> str:
    """A name of iReal Pro as people write it elsewhere: "Cm7" for "C-7", "Cmaj7" for "C^7", "Bø7" for "Bh7"."""
    root = name[: 2 if name[1:2] in ("b", "#") else 1]
    quality, slash, bass = name[len(root) :].partition("/")
    quality = re.sub(r"^-", "m", quality).replace("^", "maj").replace("h", "ø")
    return root + re.sub(r"^o", "dim", quality) + slash + bass
