"""Lines of a chart that are no chords: "Key: Em", "96 bpm", "[Verse, style=reggae]", "Chorus x2".

Input: a line, or a name and its value. Output: `Facts`, `SectionLine`s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from basstab_hf.chart.names import key_name
from basstab_hf.chart.written import Head, Reading, clean
from basstab_hf.errors import InputError

T = TypeVar("T")
_FIELDS = {
    "title": "title", "song": "title", "artist": "artist", "by": "artist", "composer": "artist", "author": "artist",
    "key": "key", "tempo": "tempo", "bpm": "tempo", "time": "time", "time signature": "time", "meter": "time",
    "metre": "time", "style": "style", "capo": "capo",
}  # fmt: skip
_HEADING = re.compile(rf"({'|'.join(_FIELDS)})\s{{0,9}}[:=](.*)", re.IGNORECASE)
#: Where a second heading begins in a line: "Key: Em, Tempo: 96".
_NEXT = re.compile(rf"(?:[,;|]|\s\s|\s-\s)\s{{0,40}}(?=(?:{'|'.join(_FIELDS)})\s{{0,9}}[:=])", re.IGNORECASE)
_TEMPO_LINE = re.compile(r"(?:[♩q]\s?=\s?)?(\d{1,3}(?:\.\d{1,20})?)\s?bpm|[♩q]\s?=\s?(\d{1,3})", re.IGNORECASE)
_TEMPO = re.compile(r"(?:[♩q]\s*=\s*)?(\d{1,3}(?:\.\d{1,20})?)\s*(?:bpm)?", re.IGNORECASE)
_TIME = re.compile(r"\(?(\d{1,2})\s*/\s*(\d{1,2})\)?")
_COMMON = {"c": (4, 4), "common": (4, 4), "cut": (2, 2), "c|": (2, 2)}
_WORDS = (
    r"intro(?:duction)?|verse|(?:pre|post|after)[- ]?chorus|chorus|bridge|outro|solo|riff|interlude|break(?:down)?"
    r"|ending|coda|refrain|hook|instrumental|part|section|middle(?: (?:8|eight))?|vamp|turnaround|tag|groove|theme|head"
    r"|build[- ]?up|strophe|vers|refrän|zwischenspiel|vorspiel|nachspiel|schluss|couplet|estribillo|estrofa|refrão"
    r"|ponte|strofa|ritornello"
)
#: A usual name of a section, with its number or letter.
SECTION = re.compile(rf"(?:{_WORDS})(?:\s*#?(?:\d{{1,2}}|[A-Z])\b)?", re.IGNORECASE)
_TIMES = r"(?:\s{{0,9}}[(\[]?(?:[x×]\s?(?P<{0}>\d{{1,2}})|(?P<{0}b>\d{{1,2}})\s?[x×])[)\]]?)?".format("times")
_BRACKETED = re.compile(rf"\[(?P<name>[^\[\]|]{{0,120}})\]:?{_TIMES}(?P<rest>|\s.*)", re.DOTALL)
_COLON = re.compile(rf"(?P<name>[^|:\[\]]{{1,60}}?){_TIMES}\s{{0,9}}:(?![|\]])(?P<rest>.*)", re.DOTALL)
_BARE = re.compile(
    rf"[-=*(<~]{{0,4}}\s{{0,9}}(?P<name>{SECTION.pattern}){_TIMES}\s{{0,9}}[-=*)>~]{{0,4}}(?P<rest>|\s{{0,40}}[|𝄆].*)",
    re.IGNORECASE | re.DOTALL,
)
_INNER_TIMES = re.compile(rf"(?P<name>.*?){_TIMES}\s*", re.DOTALL)
_OPTION = re.compile(r",\s*(\w{1,20})\s*=\s*([^,=]{1,40}?)\s*(?=,|$)")
_ENDING = re.compile(r"\s*\d\.?(?:[,–-]\s?\d\.?)*\s*")


@dataclass(slots=True)
class Facts:
    """What headings tell of the whole; `semitones`: how much higher it sounds than it is written."""

    title: str = ""
    artist: str = ""
    key: str | None = None
    tempo: float | None = None
    style: str | None = None
    semitones: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """One heading: "key", "Em"."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SectionLine:
    """The beginning of a section.

    Attributes:
        times: how often it is played.
        rest: what stands behind the name, and `column` characters in front of it.
    """

    head: Head
    times: int
    rest: str
    column: int
    is_bracketed: bool


def facts_in(line: str) -> list[Fact]:
    """The headings of a line; none where it is no such line."""
    line = line.strip()
    if tempo := _TEMPO_LINE.fullmatch(line):
        return [Fact("tempo", tempo[1] or tempo[2])]
    if _TIME.fullmatch(line):
        return [Fact("time", line)]
    if line[:3].casefold() == "by " and (words := line[3:].strip()):
        return [Fact("artist", words.removeprefix(":").strip())]
    heading = _HEADING.fullmatch(line)
    if heading is None:
        return []
    parts = [heading] if is_free_fact(line) else [_HEADING.fullmatch(part.strip()) for part in _NEXT.split(line)]
    return [Fact(_FIELDS[part[1].casefold()], part[2].strip()) for part in parts if part and part[2].strip()]


def is_free_fact(line: str) -> bool:
    """Whether a line is a heading whose value may be any words: a title or a name."""
    heading = _HEADING.fullmatch(line.strip())
    return heading is not None and _FIELDS[heading[1].casefold()] in ("title", "artist")


def take_fact(fact: Fact, facts: Facts, reading: Reading, where: str) -> None:
    """Put what a heading says into `facts`, or into the time of `reading`.

    Raises:
        InputError: a value that cannot be read.
    """
    value = fact.value
    match fact.name:
        case "title":
            facts.title = facts.title or clean(value)
        case "artist":
            facts.artist = facts.artist or clean(value)
        case "key":
            facts.key = _first(facts.key, _key(value, where), "key", reading)
        case "tempo":
            facts.tempo = _first(facts.tempo, _tempo(value, where), "tempo", reading)
        case "time":
            reading.set_time(_time(value, where), where)
        case "style" if reading.bars:
            raise InputError(
                f"{where}: a style behind the first bars: write it into the section, [Verse, style={value}]"
            )
        case "style":
            facts.style = clean(value).casefold()
        case "capo":
            facts.semitones += _semitones(value, where)
            reading.told[f"capo {value}: chords are written here as they sound"] += 1


def section_line(line: str, where: str) -> SectionLine | None:
    """The section that a line begins: "[Verse 1]", "Chorus x2:", "A: | C | G |"; None: it begins none.

    Raises:
        InputError: it is told what no section can be told.
    """
    text = line.strip()
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed and _ENDING.fullmatch(bracketed["name"]) and bracketed["rest"]:
        return None
    match = bracketed or _BARE.fullmatch(text) or _COLON.fullmatch(text)
    if match is None or (not bracketed and match["name"].strip().casefold() in _FIELDS):
        return None
    name, times = match["name"], match["times"] or match["timesb"]
    options: dict[str, str] = {}
    if bracketed:
        options = {key.casefold(): value.casefold() for key, value in _OPTION.findall(name)}
        name = _OPTION.sub("", name)
        inner = _INNER_TIMES.fullmatch(name)
        if inner and inner["name"].strip() and (inner["times"] or inner["timesb"]):
            name, times = inner["name"], inner["times"] or inner["timesb"]
    if unknown := set(options) - {"style", "density"}:
        raise InputError(f"{where}: {min(unknown)}=: a section can be told style=... and density=...")
    head = Head(clean(name), options.get("style"), options.get("density"))
    column = len(line) - len(line.lstrip()) + match.start("rest")
    return SectionLine(head, int(times or 1), match["rest"], column, bracketed is not None)


def _first(before: T | None, value: T, what: str, reading: Reading) -> T:
    """What was told first; another value later is told."""
    if before is not None and before != value:
        reading.told[f"{what} {value} later in the song is left out"] += 1
    return value if before is None else before


def _key(value: str, where: str) -> str:
    try:
        return key_name(value)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _tempo(value: str, where: str) -> float:
    tempo = _TEMPO.fullmatch(value)
    if tempo is None or not 10 <= float(tempo[1]) <= 400:
        raise InputError(f"{where}: tempo {value!r}: write beats a minute, 10 to 400, such as 96")
    return float(tempo[1])


def _time(value: str, where: str) -> tuple[int, int]:
    if value.casefold() in _COMMON:
        return _COMMON[value.casefold()]
    time = _TIME.fullmatch(value)
    if time is None:
        raise InputError(f"{where}: time {value!r}: write beats of a bar and their unit, such as 3/4")
    return int(time[1]), int(time[2])


def _semitones(value: str, where: str) -> int:
    number = re.fullmatch(r"([+-]?\d{1,2})(?:st|nd|rd|th)?(?:\s+fret)?", value.strip(), re.IGNORECASE)
    if number is None:
        raise InputError(f"{where}: capo {value!r}: write the number of its fret, such as 2")
    return int(number[1])
