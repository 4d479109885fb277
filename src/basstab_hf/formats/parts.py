"""The parts of a file, as messages list them, and which of them are basses: by name, program and open strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from basstab_hf.errors import InputError
from basstab_hf.formats.track import one_line
from basstab_hf.tab.marks import SHARPS

#: General MIDI programs of basses, counted from 0.
BASS_PROGRAMS = range(32, 40)
#: Programs of choirs: "Bass" is a voice there.
_VOICES = range(52, 55)
# What a bass is called in several languages; and the instruments whose names begin with it, which are none.
_BASS = r"bass|baixo|bajo|\bslap|\bfretless|бас|ベース"
_OTHERS = (
    r"drum|clarinet|klarinet|trombon|posaun|flute|flöte|sax|oboe|horn|trumpet|tuba|recorder|blockfl|marimba|vo[cx]|"
    r"voice|sing|clar\b|cl\b|tbn|tb\b|trb|fl\b"
)
_BASS_NAME = re.compile(rf"(?:{_BASS})(?!oon|on\b|ist\b|et)(?!o?[\s._(-]*(?:{_OTHERS}))", re.IGNORECASE)
# A file's own word for another instrument; with it only a program or a name says that a part is a bass.
_OTHER_NAME = re.compile(
    r"guit|\bgtr|\bgit\b|violao|violão|ukulele|banjo|mandolin|cello|viola|violin|piano|organ|keys|voice|vocal|choir|lead"
    r"|clarinet|trombone|bassoon|drum|perc|flute|sax|trumpet|horn|string|synth pad",
    re.IGNORECASE,
)
# Lowest open strings of basses of so many strings that no guitar has: four and five up to G1, six up to D1.
_SURELY = {4: 31, 5: 31, 6: 26}
#: Parts of a file that are read: scores for orchestras have some 60, and basses are compared each with each.
MAX_PARTS = 256
#: Basses of a file that may be one line in turns; of more, each is compared with none.
_MOST_JOINED = 16
#: Parts that a message lists.
_MOST_LISTED = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed:
    """A part as a file tells it: its number from 1, General MIDI program from 0, pitches of its open strings.

    `pitches` are the lowest and the highest of its notes. Of `None` the file says nothing.
    """

    number: int
    name: str
    program: int | None = None
    strings: tuple[int, ...] = ()
    pitches: tuple[int, int] | None = None
    is_bass: bool = False

    def __str__(self) -> str:
        told = [
            f"program {self.program + 1}" if self.program is not None else "",
            "{} to {}".format(*map(pitch_name, self.pitches)) if self.pitches else "",
            f"{len(self.strings)} strings" if self.strings else "",
        ]
        said = ", ".join(filter(None, told))
        return f"{self.label} ({said})" if said else self.label

    @property
    def label(self) -> str:
        """Number and name, on one line: `2 "Bass"`."""
        return f'{self.number} "{one_line(self.name)[:40]}"'


def few_enough(count: int, name: str) -> None:
    """Refuse the file called `name` with more parts than any song has.

    Raises:
        InputError: it has.
    """
    if count > MAX_PARTS:
        raise InputError(f"{name} has {count:,} parts: files of up to {MAX_PARTS} are read")


def is_bass_name(name: str) -> bool:
    """Whether a name says bass: "Slap Bass", "baixo", "Contrabass", but not "bassoon", "Bass Clarinet", "bass drum"."""
    return _BASS_NAME.search(name) is not None


def is_other_name(name: str) -> bool:
    """Whether a name says that a part is something else than a bass."""
    return not is_bass_name(name) and _OTHER_NAME.search(name) is not None


def is_bass(name: str, program: int | None = None, strings: Sequence[int] = ()) -> bool:
    """Whether a part is a bass: it says so by its name or program, or has strings as only basses have.

    A voice called "Bass" is none, and no guitar tuned down. `strings` are pitches of open strings.
    """
    if is_bass_name(name):
        return program not in _VOICES
    if program in BASS_PROGRAMS:
        return True
    return not is_other_name(name) and min(strings, default=128) <= _SURELY.get(len(strings), -1)


def listing(parts: Sequence[Listed]) -> str:
    """Parts for a message: `1 "Lead" (program 82, E3 to G5), 2 "Drums"`."""
    more = f" and {len(parts) - _MOST_LISTED} more" if len(parts) > _MOST_LISTED else ""
    return ", ".join(map(str, parts[:_MOST_LISTED])) + more


def pitch_name(pitch: int) -> str:
    """A MIDI number as people say it: 28 is E1."""
    return f"{SHARPS[pitch % 12]}{pitch // 12 - 1}"


def taking_turns(parts: Sequence[Listed], collide: Callable[[int, int], bool]) -> list[list[int]]:
    """Places of the basses among some parts, those together that are tuned alike and of which no two collide.

    Each bass goes into the first group that takes it; `collide` is asked with two places. Where a file has more than
    `_MOST_JOINED` basses, each is alone.
    """
    basses = [place for place, part in enumerate(parts) if part.is_bass]
    if len(basses) > _MOST_JOINED:
        return [[place] for place in basses]
    groups: list[list[int]] = []
    for place in basses:
        alike = [group for group in groups if parts[group[0]].strings == parts[place].strings]
        free = (group for group in alike if not any(collide(other, place) for other in group))
        group = next(free, None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    return groups


def sound_together(bars: Sequence[Sequence[T]], sounds: Callable[[T], bool]) -> Callable[[int, int], bool]:
    """Whether two parts, given the bars of all, both sound in some bar."""
    sounding = [int("0" + "".join("01"[sounds(bar)] for bar in reversed(part)), 2) for part in bars]  # a bit a bar
    return lambda first, second: sounding[first] & sounding[second] != 0


def joined_bars(parts: Sequence[Sequence[T]], sounds: Callable[[T], bool]) -> list[T]:
    """Of parts that take turns, for each bar the one that sounds in it."""
    longest = max(map(len, parts), default=0)
    found = []
    for number in range(longest):
        bars = [bars[number] for bars in parts if number < len(bars)]
        found.append(next((bar for bar in bars if sounds(bar)), bars[0]))
    return found
