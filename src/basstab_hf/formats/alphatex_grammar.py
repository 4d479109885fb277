r"""AlphaTex -> its tags, beats and bar lines, as they stand: what the text says, not yet what it means.

Input: text. Output: `Tag`, `Duration`, `Beat` and `BarLine` from left to right. Values in parentheses belong to what
stands before them; without, `_VALUES` says how many words a tag takes, and what is followed by a point is a note.
Unknown tags and effects are read, too. Grammar: https://alphatab.net/docs/alphatex
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from basstab_hf.errors import InputError
from basstab_hf.formats.alphatex_tokens import Token, tokens, unescaped

_NUMBER = re.compile(r"-?[0-9]{1,9}")
_DIGITS = re.compile(r"[0-9]{1,9}")
_PITCH_NAME = re.compile(r"[A-Ga-g][#b]?[0-9]")
#: Values of a tag without parentheses: n a number, f one that may have a point, t a text, w a word or text, p an open
#: string or what stands for none, v anything; ? where it may be missing, * as many as there are. Others: "v*".
_VALUES = {
    **dict.fromkeys(("title", "subtitle", "artist", "album", "words", "music", "copyright", "tab"), "wt?a?"),
    **dict.fromkeys(("wordsandmusic", "copyright2"), "ta?"),
    **dict.fromkeys(("instructions", "notices", "jump", "ks", "ottava", "simile", "accidentals", "voicemode"), "w"),
    **dict.fromkeys(("barlineleft", "barlineright", "barnumberdisplay", "defaultbarnumberdisplay"), "w"),
    **dict.fromkeys(("bracketextendmode", "singletracktracknamepolicy", "multitracktracknamepolicy"), "w"),
    **dict.fromkeys(("firstsystemtracknamemode", "othersystemstracknamemode"), "w"),
    **dict.fromkeys(("firstsystemtracknameorientation", "othersystemstracknameorientation"), "w"),
    **dict.fromkeys(("capo", "displaytranspose", "transpose", "rc", "ae", "defaultsystemslayout"), "n"),
    **dict.fromkeys(("scale", "width", "spd", "sph", "spu"), "f"),
    **dict.fromkeys(("instrument", "clef", "tf"), "v"),
    **dict.fromkeys(("staff", "voice", "ro", "ac", "ft", "db", "showdynamics", "hidedynamics", "multibarrest"), ""),
    **dict.fromkeys(("usesystemsignseparator", "extendbarlines", "hideemptystaves"), ""),
    **dict.fromkeys(("hideemptystavesinfirstsystem", "showsinglestaffbrackets"), ""),
    "chorddiagramsinscore": "b?",
    "systemslayout": "n*",
    "beaming": "nn*",
    "track": "w?t?",
    "ts": "nn",
    "tuning": "p*",
    "chord": "wv*",
    "lyrics": "n?t",
    "articulation": "wn?",
    "section": "ww?",
    "tempo": "ft?",
    "sync": "nnnf?",
}
_ALIGNMENTS = frozenset({"left", "center", "right"})
_NO_STRINGS = frozenset({"piano", "none", "voice", "hide"})
#: Effects that take one word, whatever it is; others take none but these.
_WITH_A_WORD = frozenset({"dy", "beam", "instrument", "txt", "ch", "ot", "rasg", "slur", "acc", "fermata", "color"})
_OPTIONS = frozenset(
    {"onbeat", "beforebeat", "bendgrace", "ob", "bb", "default", "buzzroll", "full", "half", "hide", "gradual", "fast"}
    | {"custom", "bend", "release", "bendrelease", "hold", "prebend", "prebendbend", "prebendrelease", "percussion"}
    | {"dive", "dip", "predive", "predivedive", "true", "false"}
)


@dataclass(frozen=True, slots=True)
class Effect:
    """A word in braces with its values."""

    name: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    r"""A tag such as \ts, its name in small letters."""

    name: str
    values: tuple[str, ...]
    effects: tuple[Effect, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Note:
    """`value` is a fret, a pitch, x, - or the name of a drum; `string` is 0 where there is none."""

    value: str
    string: int
    effects: tuple[Effect, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Beat:
    """Notes struck together, none: a rest; `duration` is None where that of the beat before holds."""

    notes: tuple[Note, ...]
    duration: int | None
    effects: tuple[Effect, ...]
    times: int
    line: int


@dataclass(frozen=True, slots=True)
class Duration:
    """The duration of the beats that follow."""

    value: int
    effects: tuple[Effect, ...]
    line: int


@dataclass(frozen=True, slots=True)
class BarLine:
    """The end of a bar."""

    line: int


Node: TypeAlias = Tag | Duration | Beat | BarLine


def nodes(text: str, name: str) -> Iterator[Node]:
    """What stands in the text; `name` is what messages call it.

    Raises:
        InputError: text that is no AlphaTex, naming the line.
    """
    return _Parser(text, name).nodes()


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._tokens = list(tokens(text, name))
        self._place = 0

    def nodes(self) -> Iterator[Node]:
        while token := self._peek():
            if token.kind == "tag":
                yield self._tag()
            elif token.text == "|":
                yield BarLine(self._next().line)
            elif token.text == ":":
                self._next()
                yield Duration(self._number("duration"), self._effects(), token.line)
            elif token.text == ".":
                self._next()  # before alphaTab 1.7 a dot ended the heading
            else:
                yield self._beat()

    # Tokens

    def _peek(self, ahead: int = 0) -> Token | None:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise InputError(f"{self._name} ends in the middle of a beat")
        self._place += 1
        return token

    def _comes(self, sign: str) -> bool:
        token = self._peek()
        if token is None or token.kind != "sign" or token.text != sign:
            return False
        self._place += 1
        return True

    def _wrong(self, token: Token, wanted: str) -> InputError:
        return InputError(f"{self._name}, line {token.line}: {token.text[:20]!r} is no {wanted}")

    def _number(self, wanted: str) -> int:
        token = self._next()
        if not _NUMBER.fullmatch(token.text):
            raise self._wrong(token, wanted)
        return int(token.text)

    # Tags

    def _tag(self) -> Tag:
        token = self._next()
        name = token.text.lstrip("\\").lower()
        effects = self._effects()  # of a chord before its values
        values = tuple(self._values(name))
        return Tag(name, values, (*effects, *self._effects()), token.line)

    def _values(self, tag: str) -> Iterator[str]:
        """What follows a tag: values in parentheses, or as many words as belong to it."""
        wanted = _VALUES.get(tag, "v*")
        if wanted and self._comes("("):  # behind others they hold a chord
            yield from self._until_closed()
            return
        if tag == "ts" and self._is_value("w", sure=True):
            wanted = "w"  # common
        for kind, often in re.findall(r"([a-z])([?*]?)", wanted):
            while self._is_value(kind, sure=not often):
                yield self._value_text(points=kind in "fv")
                if often != "*":
                    break

    def _until_closed(self) -> Iterator[str]:
        while not self._comes(")"):
            yield self._value_text(points=True)

    def _is_value(self, kind: str, *, sure: bool) -> bool:
        """Whether the next token is a value of this kind; unless one is `sure` to come, it may be a note."""
        token = self._peek()
        if token is None or token.kind not in ("word", "text"):
            return False
        number, text = _NUMBER.fullmatch(token.text) is not None, token.kind == "text"
        if kind == "f":
            return number
        if not sure and not text and (token.text in ("r", "x", "-") or self._is_note()):
            return False
        return {
            "n": number,
            "t": text,
            "w": text or not number,
            "a": text or token.text in _ALIGNMENTS,
            "b": token.text in ("true", "false"),
            "p": text or token.text in _NO_STRINGS or _PITCH_NAME.fullmatch(token.text) is not None,
        }.get(kind, True)

    def _is_note(self) -> bool:
        after = self._peek(1)
        return after is not None and after.kind == "sign" and after.text == "."

    def _value_text(self, *, points: bool) -> str:
        """A value; with `points` a number may have one: 92.5 is a tempo, 3.4.8 a beat."""
        token = self._next()
        if token.kind == "text":
            return unescaped(token.text[1:-1])
        dot, decimals, beyond = self._peek(), self._peek(1), self._peek(2)
        if not points or not _NUMBER.fullmatch(token.text) or dot is None or decimals is None or dot.text != ".":
            return token.text
        is_beat = beyond is not None and beyond.kind == "sign" and beyond.text == "."
        if is_beat or not _DIGITS.fullmatch(decimals.text):
            return token.text
        self._place += 2
        return f"{token.text}.{decimals.text}"

    # Beats

    def _beat(self) -> Beat:
        notes: list[Note] = []
        token = self._peek()
        line = token.line if token else 0
        if self._comes("("):
            while not self._comes(")"):
                notes.append(self._note())
        elif token is not None and token.kind == "word" and token.text == "r":
            self._next()
        else:
            notes.append(self._note())
        duration = None
        if self._followed_by_a_number():
            self._next()
            duration = self._number("duration")
        times = self._times()
        effects = self._effects()
        return Beat(tuple(notes), duration, effects, times * self._times(), line)

    def _followed_by_a_number(self) -> bool:
        """Whether a dot and a duration come; a dot before a tag ends the notes, as before alphaTab 1.7."""
        dot, after = self._peek(), self._peek(1)
        return dot is not None and dot.text == "." and after is not None and after.kind != "tag"

    def _times(self) -> int:
        return max(self._number("number of repeats"), 1) if self._comes("*") else 1

    def _note(self) -> Note:
        token = self._next()
        if token.kind not in ("word", "text"):
            raise self._wrong(token, "fret: notes are read as fret.string")
        value = unescaped(token.text[1:-1]) if token.kind == "text" else token.text
        has_string = _NUMBER.fullmatch(value) is not None or value in ("x", "-")
        string = 0
        if has_string and self._followed_by_a_number():
            self._next()
            string = self._number("string")
        return Note(value, string, self._effects(), token.line)

    def _effects(self) -> tuple[Effect, ...]:
        """Effects in braces with their values: `{h b (0 4)}`."""
        found: list[Effect] = []
        if not self._comes("{"):
            return ()
        while not self._comes("}"):
            token = self._next()
            values: tuple[str, ...] = ()
            if token.text == "(" and token.kind == "sign":
                values = tuple(self._until_closed())
            elif self._is_effect(token, found):
                found.append(Effect(token.text.lower()))
            else:
                self._place -= 1
                values = (self._value_text(points=True),)
            if found and values:
                found[-1] = replace(found[-1], values=(*found[-1].values, *values))
        return tuple(found)

    def _is_effect(self, token: Token, before: list[Effect]) -> bool:
        """Whether a word in braces is an effect of its own, and no value of the one before it."""
        if token.kind != "word" or _NUMBER.fullmatch(token.text):
            return False
        takes_it = before and not before[-1].values and before[-1].name in _WITH_A_WORD
        return not takes_it and not (before and token.text.lower() in _OPTIONS)
