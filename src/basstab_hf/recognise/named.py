"""Which instrument the words of a page name, and where: headings such as "Bass riff:", "Guitarra", "Ударные".

Input: the text lines of a page. Output: `Mention`s by line; prose that happens to speak of an instrument names none.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass

from basstab_hf.recognise import instrument_words as words_for

BASS, GUITAR, DRUMS, OTHER = "bass", "guitar", "drums", "other"

_PATTERN = re.compile(
    "(?<![^\\W_])(?:"
    + "|".join(
        f"(?P<{name}>{words})"
        for name, words in (
            ("no", words_for.NONE),
            ("four", "|".join(words_for.FOURS.values())),
            (DRUMS, words_for.DRUMS),
            (BASS, rf"(?:{words_for.BASS})(?:[ -](?:guitare?|chitarra|gitarre|гитара))?|guitar bass|guitare basse"),
            (GUITAR, words_for.GUITAR),
            (OTHER, words_for.OTHER),
        )
    )
    + ")(?![^\\W_])",
    re.IGNORECASE,
)
_BARE_BAS = re.compile(r"[^\w]*(bas|basu|baza)[^\w]*(?:\d|tab|riff|intro|solo|:)?[^\w]*", re.IGNORECASE)
_PURE = re.compile(
    r"tab(?:lature|s|ulature|ulatura)?|transcription|transcribed|part|parts|section|version|by|for|the|only|line|guitar|electric|"
    r"notation|score|табы?|партия|[^\W\d_]*tab|partitura|タブ|パート|譜|악보",
    re.IGNORECASE,
)
_NAMES_A_PAGE = re.compile(r"\btab(?:s|lature)?\b|\btranscription\b", re.IGNORECASE)
_JOINED = re.compile(r"\s*(?:[&+/,]|and\b|with\b|und\b|y\b|et\b|e\b|и\b)")
_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_FIFTHS = {
    **dict.fromkeys(("violin", "mandolin", "bouzouki"), frozenset("EADG")),
    **dict.fromkeys(("viola", "cello", "banjo", "tenor guitar"), frozenset("ADGC")),
}
_SPOKEN = re.compile(rf"(?<![^\W_])(?:{words_for.BASS})(?![^\W_])", re.IGNORECASE)
# A scan for beginnings of the words above, before a line is looked at closely.
_START = re.compile(
    r"ba(?:s|j|i|á|t)|gui|gtr|git|lead|drum|mand|uk|ban[jd]|viol|fidd|cell|bouz|buz|tenor|piano|key|syn|org|voc|voi|kon|cont"
    r"|chit|kyt|schl|perc|hat|snare|kick|cymb|[\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]",
    re.IGNORECASE,
)
_LONGEST, _MOST_WORDS = 80, 9  # characters and words of a heading
_DECORATED = "-=*#_~[]()<>{}:|+. \t"
_PLAIN = re.compile(f"[^{re.escape(_DECORATED)}]")
_FAR = 2000  # characters in front of a heading, and behind its beginning


@dataclass(frozen=True, slots=True)
class Mention:
    """An instrument named in a heading."""

    line: int  # index of the text line; -1: what the page says apart from its text
    instrument: str  # BASS, GUITAR, DRUMS, OTHER, or a four-string instrument by its name
    is_whole: bool  # the heading says nothing else: it holds for everything up to the next instrument


def mention(text: str, line: int = 0) -> Mention | None:
    """The instrument that a heading names; None of prose, of lines with frets, and where several are named at once."""
    words = text.strip(_DECORATED)
    if not words or len(words) > _LONGEST or "--" in words:
        return None
    found = [match for match in _PATTERN.finditer(words) if match.lastgroup != "no"]
    if not found:
        return Mention(line, BASS, is_whole=True) if _BARE_BAS.fullmatch(words) else None
    if len(_WORD.findall(words)) > _MOST_WORDS:
        return None
    if len({match.lastgroup for match in found}) > 1:
        leads = found[0].lastgroup == BASS and not found[0].start() and not _JOINED.match(words, found[0].end())
        return Mention(line, BASS, is_whole=False) if leads else None
    rest = _PURE.sub(" ", _PATTERN.sub(" ", words))
    is_whole = not _WORD.search(rest) or bool(_NAMES_A_PAGE.search(words))
    return Mention(line, _instrument(found[0]), is_whole=is_whole)


def before_in_line(line: str, start: int) -> str:
    """What may be a heading in front of place `start` of a line, "" where it is too long for one.

    Of a line with thousands of systems side by side the beginning alone is looked at for each.
    """
    found = _PLAIN.search(line, 0, min(start, _FAR))
    if found is None or start > found.start() + _FAR:
        return ""
    end = found.start() + _LONGEST
    return "" if _PLAIN.search(line, end, start) else line[found.start() : min(start, end)]


def sentence(text: str, line: int) -> Mention | None:
    """A bass that a sentence speaks of, whatever its length, where it speaks of no other instrument."""
    if "--" in text:
        return None
    kinds = {match.lastgroup for match in _PATTERN.finditer(text)}
    return Mention(line, BASS, is_whole=False) if kinds == {BASS} else None


def _instrument(match: re.Match[str]) -> str:
    if match.lastgroup != "four":
        return match.lastgroup or ""
    return next(name for name, words in words_for.FOURS.items() if re.fullmatch(words, match[0], re.IGNORECASE))


class Named:
    """The mentions of one page in reading order."""

    def __init__(self, words: Sequence[tuple[int, str]], apart: str = "") -> None:
        """`words`: the text lines with their indices; `apart`: what the page says of its instrument beside its text."""
        said = [mention(apart, -1)] if apart else []
        said += [mention(line, index) for index, line in words if _START.search(line)]
        self.mentions = [each for each in said if each is not None]
        self._lines = [each.line for each in self.mentions]

    def before(self, line: int) -> Mention | None:
        """The last mention above text line `line`."""
        place = bisect.bisect_left(self._lines, line)
        return self.mentions[place - 1] if place else None

    def names(self, instrument: str) -> bool:
        """Whether a heading names the instrument."""
        return any(each.instrument == instrument for each in self.mentions)


def speaks_of_bass(text: str) -> bool:
    """Whether the word bass stands anywhere, in prose as well."""
    return _SPOKEN.search(text) is not None


def may_name_fours(text: str) -> bool:
    """Whether a text in small letters names another instrument of four strings at all: a quick look."""
    return any(beginning in text for beginning in words_for.FOUR_BEGINNINGS)


def may_be_for(instrument: str, labels: Sequence[str]) -> bool:
    """Whether four strings with these labels can be that instrument's; without labels they can be any's."""
    return instrument in words_for.FOURS and (not labels or frozenset(labels) == _FIFTHS.get(instrument))
