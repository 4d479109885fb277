"""The tuning and number of strings that a page states in words or notes, in the languages that tabs are written in.

Input: the text lines of a page. Output: a `Statement`: "Tuning: D A D G", "Drop B", "½ step down", "5 string bass",
"Stimmung: H E A D G", and whether the page says that its labels are names only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from basstab_hf.errors import TuningError
from basstab_hf.recognise.instruments import USUAL, read_labels
from basstab_hf.recognise.note_names import LONG, NOTE_LABELS
from basstab_hf.tab.tuning import Tuning

#: How a text says that notes, from the lowest string, are a bass's though a guitar is tuned so.
BASS_TUNING = "Bass tuning"
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_SHARP_KEYS = frozenset("ABE")  # natural notes whose tunings are written with sharps: drop B is B F# B E
_GUESSED = 0.9  # certainty: notes in no usual tuning are a guitar's, perhaps
_LOWEST = {4: 4, 5: 11, 6: 11}  # E and B, as semitones above C
_FALLS = {4: (15, 10, 5, 0), 5: (20, 15, 10, 5, 0), 6: (25, 20, 15, 10, 5, 0)}  # above the lowest string

_TUNING = (
    r"tun(?:ings?|ed?|ing)\b|tuned\b|afinaci[oó]n|afinad[oa]|afinaç[aã]o|stimmung|gestimmt|accordage|accord[ée]e?\b"
    r"|accordatura|accordat[oa]|\bстрой|настро(?:йка|ен)|チューニング|調弦|调弦|튜닝|stroj(?:enie)?\b|strój|ladění|stemming"
    r"|stämning|viritys|hangolás|akort"
)
_TELLING = re.compile(
    rf"{_TUNING}|drop|ドロップ|st(?:e|an|d\b|imm)|\bstring|t[oô]n[eo]?\b|ton(?:e|os?|s)?\b|半音|全音|тон|sait|cuerda|cord[ae]"
    r"|struna|струн|弦|half|halb|nominal|^[ \t]*Gtr [IVX]+ \(",
    re.IGNORECASE,
)
_STATED = re.compile(
    rf"(?:{_TUNING})[^\n:：=]{{0,20}}?[\s:：=(]+([^\n<]{{1,80}})|\(([^()\n]{{7,40}})\)"
    rf"|\b([A-G][A-G#b \-]{{3,14}}?)[ -]tuning",
    re.IGNORECASE,
)
_NOTE = rf"(?:{LONG}(?![a-zа-я])|[A-H][#b]?)"
_NOTES = re.compile(rf"(?<![A-Za-zА-Яа-я])(?:{_NOTE}[ ,/|\-–]{{0,3}}){{3,5}}{_NOTE}(?![A-Za-zА-Яа-я#])")
_LOWER_NOTES = re.compile(r"(?:[a-h][#b]?[ ,/\-]{1,3}){3,5}[a-h][#b]?\.?|[eb]?eadgc?")
_EACH = re.compile(_NOTE)

_ACCIDENTAL = r"(#|b|[ -]?sharp|[ -]?flat)?"
_DROP = re.compile(
    rf"(?:[Dd]rop(?:ped)?|DROP|ドロップ)[ -]?(?:tuning )?([A-G]|[b-g](?![a-z])){_ACCIDENTAL}(?![A-Za-z'])"
)
_STANDARD = re.compile(rf"\b([A-G]){_ACCIDENTAL}[ -](?:[Ss]tandard|STANDARD|[Ss]td)\b")
_TO_NOTE = re.compile(
    rf"\b(?:[Tt]un(?:ed|e|ing)|TUNED)[: ]+(?:down )?(?:to |in |is )?([A-G]){_ACCIDENTAL}(?:[.;!)]|\s*$| standard)"
    rf"|\b([A-G])([b#]) tuning\b"
)
_LOW_TO_D = re.compile(
    r"\b(?:e|low(?:est)?|4th|fourth)[ -]?strings?\b.{0,30}?\b(?:to|in|as)\s+(?:a\s+)?(?:low\s+)?d\b", re.IGNORECASE
)

_STEPS_DOWN_TO = {1: "Eb", 2: "D", 3: "C#", 4: "C"}  # semitones -> what the E string sounds then
_HALF, _WHOLE = r"(?:half|1/2|½|0\.5)", r"(?:whole|full|one|1)"
_STEPS = (
    (3, rf"(?:{_WHOLE}|a)\s+and\s+(?:a\s+)?half|1[ -]?(?:1/2|½)|1\.5"),
    (1, rf"(?:a\s+)?{_HALF}(?:\s+a)?|semi"),
    (4, r"two|2"),
    (2, rf"(?:a\s+)?{_WHOLE}|a"),
)
_DOWN_STEPS = tuple(
    (
        semitones,
        re.compile(
            rf"(?<![\w/.])(?:{size})[ -]?(?:steps?|tones?)\s*(?:down|lower|flat|below)"
            rf"|\b(?:down|lower(?:ed)?|flat)\s+(?:by\s+)?(?:an?\s+)?(?:{size})[ -]?(?:steps?|tones?)\b",
            re.IGNORECASE,
        ),
    )
    for semitones, size in _STEPS
)
_HALF_ABROAD = re.compile(
    r"(?:medio|meio|mezzo)\s+(?:tono|tom|semitono)|semitono|demi[ -]?ton|halb(?:en)?[ -]?ton|halve toon|pół tonu|půltón"
    r"|halvton|на полтона|полтона|半音",
    re.IGNORECASE,
)
_WHOLE_ABROAD = re.compile(
    r"un (?:tono|tom|ton)\b|(?:1|ein(?:en)?|ganz(?:en)?)[ -]?ganz?ton|ganzton|hele toon|cały ton|на тон\b|全音|helton",
    re.IGNORECASE,
)
_DOWN_ABROAD = re.compile(
    r"abajo|abaixo|bajad|sotto|più bass|plus bas|en dessous|tiefer|runter|lager|niż|níž|ner\b|ниже|вниз|опущ|下",
    re.IGNORECASE,
)

_COUNTS = {
    5: "5|five|fünf|cinco|cinq|cinque|vijf|pięcio|пяти|пять|五",
    6: "6|six|sechs|seis|sei|zes|sześcio|шести|шесть|六",
}
_STRING_WORDS = "(?:string|sait|cuerda|corda|corde|snar|strun|струн|弦)"
_OF_STRINGS = tuple(
    (count, re.compile(rf"(?:\b|(?<=\D))(?:{words})[ -]?{_STRING_WORDS}", re.IGNORECASE))
    for count, words in _COUNTS.items()
)
_NO_BASS = re.compile(r"guitar|gitar|guit|chitarra|гитар|banjo|ギター|violin", re.IGNORECASE)
_BASS_GUITAR = re.compile(r"bass|bajo|baixo|basso|бас|ベース|贝斯|bas", re.IGNORECASE)
_BASS_TUNING = re.compile(rf"\s*{BASS_TUNING}:", re.IGNORECASE)
_NOMINAL = re.compile(
    r"\bnominal|\b(?:labell?ed|labels?|string names?|letters|notated|written|tabbed|shown)\b[^.\n]{0,40}"
    r"\bas\s+(?:if\s+|though\s+)?(?:it\s+were\s+|they\s+were\s+)?(?:in\s+|for\s+)?(?:a\s+)?(?:standard|normal|usual|EADG)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a page says of its strings; tunings by number of strings."""

    tunings: dict[int, Tuning]
    counts: frozenset[int] = frozenset()  # "5 string bass"
    spelled: frozenset[int] = frozenset()  # numbers of strings whose notes it gives one by one
    nominal: bool = False  # its labels are names only: the stated tuning sounds
    of_bass: frozenset[tuple[str, ...]] = frozenset()  # labels, the highest string first: "Bass tuning: E A D G B"

    def in_notes(self, count: int) -> bool:
        """Whether the page gives the notes of a bass with so many strings."""
        return count in self.spelled

    def tuning(self, count: int) -> Tuning | None:
        """The tuning of so many strings, where the page states one."""
        return self.tunings.get(count)


def may_be_nominal(text: str) -> bool:
    """Whether a text in small letters has the words of such a statement at all: a quick look."""
    if "nominal" in text:
        return True
    return " as " in text and any(word in text for word in ("standard", "normal", "usual", "eadg"))


def read_statement(lines: Iterable[str]) -> Statement:
    """Everything that the lines state; of several statements the first of its kind counts, notes before words."""
    telling = [line for line in lines if len(line) < 300 and _TELLING.search(line)]
    tunings: dict[int, Tuning] = {}
    noted = [tuning for tuning in map(_in_notes, telling) if tuning is not None]
    for tuning in (*noted, *(each for line in telling for each in _in_words(line))):
        tunings.setdefault(tuning.n_strings, tuning)
    counts = frozenset(count for line in telling for count in _string_counts(line))
    spelled = frozenset(tuning.n_strings for tuning in noted)
    of_bass = frozenset(labels for line in telling for labels in _labels_of_bass(line))
    return Statement(tunings, counts, spelled, any(_NOMINAL.search(line) for line in telling), of_bass)


def _labels_of_bass(line: str) -> Iterator[tuple[str, ...]]:
    """The notes of a line that says that they are a bass's, from the highest string; a guitar is not named there."""
    if not _BASS_TUNING.match(line) or _NO_BASS.search(line):
        return
    for notes in _NOTES.finditer(line):
        yield tuple(NOTE_LABELS[name] for name in reversed(_EACH.findall(notes[0])))


def _in_notes(line: str) -> Tuning | None:
    """ "Tuning: D A D G", "tuned to DGCF", "Afinación: Mi La Re Sol", "5 string bass (B E A D G)"."""
    for statement in _STATED.finditer(line):
        said = (statement[1] or statement[2] or statement[3]).strip()
        notes = _NOTES.search(said)
        if notes is not None:
            names = _EACH.findall(notes[0])
        elif _LOWER_NOTES.fullmatch(said):
            names = re.findall(r"[a-h][#b]?", said)
        else:
            continue
        labels = tuple(NOTE_LABELS[name] for name in names)
        reading = read_labels(labels, USUAL[min(len(labels), 6)])
        if reading.tuning is not None and not reading.repair and reading.certainty > _GUESSED:
            return reading.tuning
    return None


def _in_words(line: str) -> list[Tuning]:
    """ "Drop B", "C standard", "a half step down", "E string tuned to D": for basses with 4, 5 and 6 strings."""
    drop = _DROP.search(line)
    if drop is not None:
        return _dropped(_note(drop[1].upper(), drop[2]))
    standard = _STANDARD.search(line)
    if standard is not None:
        return _lowered(_note(standard[1], standard[2]))
    if _LOW_TO_D.search(line):
        return _dropped("D")
    semitones = _semitones_down(line)
    if semitones:
        return _lowered(_STEPS_DOWN_TO[semitones])
    to_note = _TO_NOTE.search(line)
    return _lowered(_note(to_note[1] or to_note[3], to_note[2] or to_note[4])) if to_note is not None else []


def _note(letter: str, accidental: str | None) -> str:
    return letter + {"": "", "#": "#", "b": "b", "sharp": "#", "flat": "b"}[(accidental or "").strip(" -").lower()]


def _semitones_down(line: str) -> int:
    for semitones, pattern in _DOWN_STEPS:
        if pattern.search(line):
            return semitones
    if not _DOWN_ABROAD.search(line):
        return 0
    return 1 if _HALF_ABROAD.search(line) else 2 if _WHOLE_ABROAD.search(line) else 0


def _pitch(note: str) -> int:
    return (_FLATS if note in _FLATS else _SHARPS).index(note) if note in (*_FLATS, *_SHARPS) else 0


def _spelled(pitches: Sequence[int], note: str) -> list[Tuning]:
    names = _SHARPS if note.endswith("#") or note in _SHARP_KEYS else _FLATS
    try:
        return [Tuning.parse("".join(names[pitch % 12] for pitch in pitches))]
    except TuningError:
        return []


def _lowered(note: str) -> list[Tuning]:
    """All strings moved alike, so that the E string sounds `note`."""
    down = _pitch(note) - _LOWEST[4]
    return [
        tuning
        for count, falls in _FALLS.items()
        for tuning in _spelled([_LOWEST[count] + fall + down for fall in falls], note)
    ]


def _dropped(note: str) -> list[Tuning]:
    """The lowest string a tone below where the others would put it: of four strings, and of five where it is low."""
    lowest = _pitch(note)
    four = _spelled([lowest + 17, lowest + 12, lowest + 7, lowest], note)
    low_b = _LOWEST[5] - 2 - lowest
    return four + (_spelled([lowest + fall for fall in (22, 17, 12, 7, 0)], note) if 0 <= low_b <= 2 else [])


def _string_counts(line: str) -> list[int]:
    """5 of "5 string bass"; none of "6 string guitar"."""
    bass = _BASS_GUITAR.search(line) is not None
    return [
        count
        for count, pattern in _OF_STRINGS
        if pattern.search(line) and (bass or (count == 5 and not _NO_BASS.search(line)))
    ]
