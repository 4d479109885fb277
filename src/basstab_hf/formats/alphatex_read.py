r"""AlphaTex as people write it -> a score: the notes of its first bass track.

Input: text. Output: `Score`. Read are \title \artist \tempo \track \tuning \instrument \ts, bars, beats with
`fret.string.duration`, chords, rests, `:8` and `{tu 3}` for the beats that follow, `* 3`, and the effects that a tab
can say. The rest is passed over, and `Score.remarks` names it. Grammar: https://alphatab.net/docs/alphatex
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from basstab_hf.columns import STRINGS
from basstab_hf.errors import InputError, TuningError
from basstab_hf.formats.note_values import SHORTEST, TUPLETS, NoteValue
from basstab_hf.formats.score import Beat, Score, ScoreBar, ScoreNote
from basstab_hf.formats.track import BASS_PROGRAMS, MAX_BARS, is_bass_name, one_line
from basstab_hf.tuning import STANDARD, Tuning

#: Most beats of one file, repeated ones (`* 3`) included.
MAX_BEATS = 200_000
_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<tag>\\{1,2}[A-Za-z]+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<word>[^\s.:(){}|*\\"'/]+)
    |(?P<sign>[.:(){}|*])""",
    re.VERBOSE | re.DOTALL,
)
#: A comment by which `alphatex.print_score` tells the grid of the tab.
_GRID = re.compile(r"^// (\d{1,2}) columns a beat$", re.MULTILINE)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PITCH = re.compile(r"([A-Ga-g])([#b]?)(\d)")
_SEMITONE = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
#: Tags whose value is one word or text; all others take what looks like a value.
_ONE_VALUE = frozenset({"title", "artist", "tempo", "track", "instrument", "capo"})
#: What layout and display take, which no tab loses.
_SILENT = frozenset({"staff", "subtitle", "album", "words", "music", "copyright", "instructions", "notices", "tab"})
_NO_MARKS = frozenset({"d", "dd", "tu", "tt", "t", "x"})
#: Six notes in the time of four are two times three in the time of two.
_MULTIPLES = {6: 3, 12: 3, 10: 5}
_BASS_BELOW = 40  # the lowest open string of a bass is below E2


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


@dataclass(slots=True)
class _Part:
    """A track while it is read."""

    name: str = ""
    program: int | None = None
    pitches: tuple[int, ...] = ()
    bars: list[ScoreBar] = field(default_factory=list)

    @property
    def is_bass(self) -> bool:
        called = is_bass_name(self.name) or self.program in BASS_PROGRAMS
        return min(self.pitches) < _BASS_BELOW if self.pitches else called


def parse(text: str, name: str) -> Score:
    """The first bass track of AlphaTex; `name` is what messages call it.

    Raises:
        InputError: text that is no AlphaTex of fretted notes, naming the line, or that has no bass track.
    """
    return _Parser(text, name).parse()


def _tokens(text: str, name: str) -> Iterator[_Token]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise InputError(f"{name}, line {line}: {text[place : place + 20]!r} is no AlphaTex")
        if found.lastgroup != "blank":
            yield _Token(str(found.lastgroup), found[0], line)
        line += found[0].count("\n")
        place = found.end()


class _Parser:
    """Reads tokens from left to right; what holds for later beats is kept here."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._tokens = list(_tokens(text, name))
        grid = _GRID.search(text)
        self._columns_per_beat = int(grid[1]) if grid else None
        self._place = 0
        self._heading: dict[str, str] = {}
        self._parts = [_Part()]
        self._beats: list[Beat] = []
        self._signature = (4, 4)
        self._value = NoteValue(4)
        self._tuplet = 1
        self._skipped: Counter[str] = Counter()
        self._n_beats = 0
        self._muted = False  # inside a second voice

    def parse(self) -> Score:
        while token := self._peek():
            if token.kind == "tag":
                self._tag()
            elif token.text == "|":
                self._next()
                self._close_bar()
            elif token.text == ":":
                self._next()
                self._set_duration()
            elif token.text == ".":
                self._next()  # before alphaTab 1.7 a dot ended the heading
            else:
                self._beat()
        if self._beats:
            self._close_bar()
        return self._score()

    def _score(self) -> Score:
        part = next((part for part in self._parts if part.bars and part.is_bass), None)
        if part is None:
            raise InputError(f"{self._name} holds no bass track: \\tuning (G2 D2 A1 E1) makes one")
        if len(self._parts) > 1:
            self._skipped["other tracks"] += 1
        skipped = ", ".join(sorted(self._skipped))
        return Score(
            title=one_line(self._heading.get("title", "")),
            artist=one_line(self._heading.get("artist", "")),
            tempo=float(self._heading.get("tempo", 120)),
            program=BASS_PROGRAMS[1] if part.program is None else part.program,
            tuning=self._tuning(part),
            bars=tuple(part.bars),
            remarks=(f"passed over: {skipped}",) if skipped else (),
            columns_per_beat=self._columns_per_beat,
        )

    def _tuning(self, part: _Part) -> Tuning:
        if not part.pitches:
            return STANDARD
        if len(part.pitches) not in STRINGS:
            raise InputError(f"{self._name} has {len(part.pitches)} strings: basses of 4 to 6 are read")
        try:
            return Tuning.from_pitches(part.pitches)
        except TuningError as error:
            raise InputError(f"{self._name}: {error}") from error

    # Tokens

    def _peek(self, ahead: int = 0) -> _Token | None:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _next(self) -> _Token:
        token = self._peek()
        if token is None:
            raise InputError(f"{self._name} ends in the middle of a beat")
        self._place += 1
        return token

    def _comes(self, sign: str) -> bool:
        token = self._peek()
        if token is None or token.text != sign:
            return False
        self._place += 1
        return True

    def _wrong(self, token: _Token, wanted: str) -> InputError:
        return InputError(f"{self._name}, line {token.line}: {token.text[:20]!r} is no {wanted}")

    def _number(self, wanted: str) -> int:
        token = self._next()
        if not (token.text.isascii() and token.text.isdigit() and len(token.text) < 10):
            raise self._wrong(token, wanted)
        return int(token.text)

    # Tags

    def _tag(self) -> None:
        token = self._next()
        tag = token.text.lstrip("\\").lower()
        values = self._values(tag)
        self._properties()
        if tag in ("title", "artist") and values:
            self._heading[tag] = values[0]
        elif tag == "tempo" and values and re.fullmatch(r"\d{1,4}(\.\d{1,6})?", values[0]):
            self._heading.setdefault("tempo", values[0])
        elif tag == "track":
            if self._parts[-1].bars or self._beats or self._parts[-1].name:
                self._close_part()
            self._parts[-1].name = values[0] if values else "track"
        elif tag == "instrument" and values:
            self._parts[-1].program = self._program(values[0])
        elif tag == "tuning":
            self._parts[-1].pitches = tuple(_pitch(value) for value in values if _PITCH.fullmatch(value))
        elif tag == "ts":
            self._set_signature(token, values)
        elif tag == "voice":
            self._muted = bool(self._parts[-1].bars or self._beats)
            self._skipped["\\voice"] += self._muted
        elif tag not in _SILENT:
            self._skipped[f"\\{tag}"] += 1

    def _values(self, tag: str) -> list[str]:
        """What follows a tag: values in parentheses, or as many words as can be no beat."""
        if self._comes("("):
            found = []
            while not self._comes(")"):
                found.append(self._value_text())
            return found
        found = []
        while self._is_value(tag) and not (found and tag in _ONE_VALUE) and not (tag == "ts" and len(found) == 2):
            found.append(self._value_text())
        return found

    def _is_value(self, tag: str) -> bool:
        token, after = self._peek(), self._peek(1)
        if token is None or token.kind not in ("word", "text") or token.text in ("r", "x", "-"):
            return False
        return tag in _ONE_VALUE or token.kind == "text" or after is None or after.text != "."

    def _value_text(self) -> str:
        token = self._next()
        if token.kind == "text":
            return _unescaped(token.text[1:-1])
        dot, decimals, beyond = self._peek(), self._peek(1), self._peek(2)
        is_beat = beyond is not None and beyond.text == "."  # 92.5 is a tempo, 3.4.8 a beat
        if token.text.isdigit() and dot and decimals and dot.text == "." and decimals.text.isdigit() and not is_beat:
            self._place += 2
            return f"{token.text}.{decimals.text}"
        return token.text

    def _program(self, value: str) -> int | None:
        if value.isascii() and value.isdigit() and len(value) < 4:
            return int(value)
        return BASS_PROGRAMS[1] if is_bass_name(value) else None

    def _set_signature(self, token: _Token, values: list[str]) -> None:
        if values[:1] == ["common"]:
            values = ["4", "4"]
        if len(values) < 2 or not all(value.isascii() and value.isdigit() for value in values[:2]):
            raise self._wrong(token, "time signature: write \\ts (4 4)")
        beats, unit = int(values[0][:4]), int(values[1][:4])
        if not 1 <= beats <= 64 or unit not in (1, 2, 4, 8, 16, 32, 64):
            raise InputError(f"{self._name}, line {token.line}: {beats}/{unit} is no time signature")
        self._signature = (beats, unit)

    # Bars and beats

    def _close_part(self) -> None:
        if self._beats:
            self._close_bar()
        self._parts.append(_Part())
        self._signature, self._value, self._tuplet, self._muted = (4, 4), NoteValue(4), 1, False

    def _close_bar(self) -> None:
        bars = self._parts[-1].bars
        if not self._muted:
            bars.append(ScoreBar(*self._signature, tuple(self._beats)))
        if len(bars) > MAX_BARS:
            raise InputError(f"{self._name} has more than {MAX_BARS:,} bars")
        self._beats = []

    def _set_duration(self) -> None:
        self._value = self._duration()
        for effect, values in self._properties():
            if effect == "tu":
                self._tuplet = self._tuplet_of(values)

    def _duration(self) -> NoteValue:
        token = self._peek()
        denominator = self._number("duration")
        if token is not None and denominator not in (1, 2, 4, 8, 16, 32, SHORTEST):
            raise self._wrong(token, f"duration that is read: 1 2 4 8 16 32 {SHORTEST}")
        return NoteValue(denominator)

    def _beat(self) -> None:
        effects: list[tuple[str, list[str]]] = []
        notes: list[ScoreNote] = []
        if self._comes("("):
            while not self._comes(")"):
                notes.append(self._note(self._next()))
        else:
            token = self._next()
            if token.text != "r":
                notes.append(self._note(token))
        if self._comes("."):
            self._value = self._duration()
        effects += self._properties()
        times = self._number("number of repeats") if self._comes("*") else 1
        self._n_beats += times
        if self._n_beats > MAX_BEATS:
            raise InputError(f"{self._name} has more than {MAX_BEATS:,} beats")
        value, tuplet, tapped = self._value, self._tuplet, False
        for effect, values in effects:
            tuplet = self._tuplet_of(values) if effect == "tu" else tuplet
            value = replace(value, dots=len(effect)) if effect in ("d", "dd") else value
            tapped = tapped or effect == "tt"
        notes = [self._with_effects(replace(note, tap=note.tap or tapped), effects) for note in notes]
        if any(effect == "gr" for effect, _ in effects):
            return  # a grace note takes no time
        self._beats += [Beat(replace(value, tuplet=tuplet), tuple(notes))] * times

    def _tuplet_of(self, values: list[str]) -> int:
        """The tuplet of {tu 3}; of six, ten and twelve notes the one that they are a multiple of."""
        tuplet = int(values[0]) if values and re.fullmatch(r"\d{1,3}", values[0]) else 1
        tuplet = _MULTIPLES.get(tuplet, tuplet)
        if tuplet in TUPLETS:
            return tuplet
        self._skipped[f"tu {tuplet}"] += 1
        return 1

    def _note(self, token: _Token) -> ScoreNote:
        if token.text not in ("x", "-") and not (token.text.isascii() and token.text.isdigit() and len(token.text) < 4):
            raise self._wrong(token, "fret: notes are read as fret.string")
        if not self._comes("."):
            raise self._wrong(token, "note: notes are read as fret.string")
        string = self._number("string")
        open_strings = self._parts[-1].pitches or STANDARD.pitches
        if not 1 <= string <= len(open_strings):
            raise InputError(f"{self._name}, line {token.line}: there is no string {string} of {len(open_strings)}")
        fret = int(token.text) if token.text.isdigit() else None
        note = ScoreNote(string, fret, open_strings[string - 1] + (fret or 0), tied=token.text == "-")
        return self._with_effects(note, self._properties())

    def _properties(self) -> list[tuple[str, list[str]]]:
        """Effects in braces with their values: `{h b (0 4)}`."""
        found: list[tuple[str, list[str]]] = []
        if not self._comes("{"):
            return found
        while not self._comes("}"):
            token = self._next()
            if token.text == "(":
                values = []
                while not self._comes(")"):
                    values.append(self._next().text)
                if found:
                    found[-1][1].extend(values)
            elif token.kind == "text" or token.text.lstrip("-").isdigit() or token.kind == "sign":
                if found:
                    found[-1][1].append(token.text)
            else:
                found.append((token.text.lower(), []))
        return found

    def _with_effects(self, note: ScoreNote, effects: list[tuple[str, list[str]]]) -> ScoreNote:
        for effect, values in effects:
            if effect in _EFFECTS:
                note = replace(note, **_EFFECTS[effect])
            elif effect in ("b", "be"):
                quarters = [int(value) for value in values if re.fullmatch(r"\d{1,2}", value)]
                points = quarters if effect == "b" else quarters[1::2]
                note = replace(note, bend=max(1, max(points, default=4) // 2))
            elif effect == "t":
                note = replace(note, tied=True)
            elif effect == "x":
                note = replace(note, fret=None)
            elif effect not in _NO_MARKS:
                self._skipped[f"{{{effect}}}"] += 1
        return note


_EFFECTS: dict[str, dict[str, Any]] = {
    "h": {"leads": "hammer-on"},
    "sl": {"leads": "slide"},
    "ss": {"leads": "slide"},
    "lht": {"left_hand": "hammer-on"},
    "sib": {"slide_in": "up"},
    "sia": {"slide_in": "down"},
    "sou": {"slide_out": "up"},
    "sod": {"slide_out": "down"},
    **{effect: {"harmonic": True} for effect in ("nh", "ah", "th", "ph", "sh", "fh")},
    **{effect: {"vibrato": True} for effect in ("v", "vw")},
    "g": {"ghost": True},
}


def _pitch(name: str) -> int:
    """E1 is MIDI number 28."""
    found = _PITCH.fullmatch(name)
    assert found is not None  # noqa: S101
    return _SEMITONE[found[1].lower()] + {"#": 1, "b": -1, "": 0}[found[2]] + 12 * (int(found[3]) + 1)


def _unescaped(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        escape = found[1]
        if len(escape) == 5:
            return chr(int(escape[1:], 16))
        return {"n": " ", "r": " ", "t": " "}.get(escape, escape)

    return _ESCAPE.sub(letter, text)
