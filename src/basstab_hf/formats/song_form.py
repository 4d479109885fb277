"""The form of a piece as files of notation tell it -> what stands beside its bars, and what is told of the rest.

Input: a `SongForm`: bars with their signs, tempos. Output: `Beside` and `Sign` of each bar, remarks. Endings are
parts of their own, each with how often it is played.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.formats.track import Beside
from basstab_hf.rhythm.form import Form, Sign
from basstab_hf.rhythm.tab_time import Tempo
from basstab_hf.rhythm.tempo_words import PLAYED_TEMPOS

#: Changes of tempo that a remark names.
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class SongBar:
    """What all parts share of a bar: its time signature, and its length in quarter notes.

    `section` is None where no new one begins. `closes` is how often the repeat is played that ends here, 0 for none;
    `endings` has bit 0 for the first time, bit 1 for the second ... `swing` (of eighths), `uneven` (other notes played
    long and short) and `jumps` (da capo, coda) say that a bar has them.
    """

    signature: str
    length: Fraction
    section: str | None = None
    opens: bool = False
    closes: int = 0
    endings: int = 0
    swing: bool = False
    uneven: bool = False
    jumps: bool = False


@dataclass(frozen=True, slots=True)
class SongForm:
    """The bars of a piece, and its tempos in order."""

    bars: tuple[SongBar, ...]
    tempos: tuple[Tempo, ...] = ()

    def beside(self) -> list[Beside]:
        """Time signature, part, section and repeats of each bar: parts begin at sections, repeat groups and endings."""
        found: list[Beside] = []
        section, part = "", 0
        for group in _repeat_groups(self.bars):
            part += 1
            for bar, plays in zip(group, _plays(group), strict=True):
                section = section if bar.section is None else bar.section
                changed = found and found[-1].part == part and found[-1].repeats != plays
                part += bool(bar.section is not None or bar.endings or changed)
                found.append(Beside(bar.signature, part, section, plays))
        return found

    def signs(self, kept: range | None = None) -> Form:
        """The repeat signs of the bars that are kept; empty where nothing is repeated."""
        signs: list[Sign] = []
        for group in _repeat_groups(self.bars):
            signs += _signs(group)
        found = signs if kept is None else [signs[number] for number in kept]
        return tuple(found) if any(sign.closes for sign in found) else ()

    def swings(self, kept: range) -> bool:
        """Whether most of the bars that are kept are played in swing."""
        return 2 * sum(self.bars[number].swing for number in kept) > len(kept)

    def remarks(self, kept: range) -> Iterator[str]:
        """What a tab does not keep of the form of some bars, for the user."""
        swing = self.swings(kept)
        for what, numbers in (
            ("even eighths are played in swing, as most are", [n for n in kept if swing and not self.bars[n].swing]),
            ("swing is written as even notes", [n for n in kept if self.bars[n].swing and not swing]),
            (
                "swing of other notes than eighths is written as even notes",
                [n for n in kept if self.bars[n].uneven],
            ),
            ("jumps (da capo, coda) are left out", [n for n in kept if self.bars[n].jumps]),
        ):
            if numbers:
                yield f"{what}: bar {numbers[0] + 1}" + (f" and {len(numbers) - 1} more" if len(numbers) > 1 else "")


@dataclass(frozen=True, slots=True)
class KeptTempo:
    """The tempo of a tab, that of its first note, None: the file tells none; and where it is another one.

    Bars are counted from the first that is kept.
    """

    tempo: float | None
    changes: tuple[Tempo, ...] = ()


def kept_tempo(tempos: Sequence[Tempo], kept: range, n_notes: Sequence[int]) -> KeptTempo:
    """The tempo of the first of the kept bars that has notes, and how it changes before and behind it."""
    first = next((number for number in kept if n_notes[number]), kept.start)
    told = [tempo for tempo in tempos if PLAYED_TEMPOS[0] <= tempo.tempo <= PLAYED_TEMPOS[1]]
    if not told:
        return KeptTempo(None)
    until_first = [tempo for tempo in told if (tempo.bar, tempo.onset) <= (first, 0)] or told[:1]
    now = until_first[-1].tempo
    opening = [tempo for tempo in told if (tempo.bar, tempo.onset) <= (kept.start, 0)]
    inside = [tempo for tempo in told if tempo.bar in kept and tempo not in opening]
    places = [*(Tempo(0, Fraction(0), tempo.tempo) for tempo in opening[-1:])]
    places += [replace(tempo, bar=tempo.bar - kept.start) for tempo in inside]
    before = [now, *(tempo.tempo for tempo in places)]
    return KeptTempo(now, tuple(place for place, last in zip(places, before, strict=False) if place.tempo != last))


def changes_told(changes: Sequence[Tempo]) -> Iterator[str]:
    """A remark of changes of tempo, where the format has none."""
    if changes:
        named = ", ".join(f"{change.tempo:g} in bar {change.bar + 1}" for change in changes[:_MOST_TOLD])
        more = f" and {len(changes) - _MOST_TOLD} more" if len(changes) > _MOST_TOLD else ""
        yield f"one tempo is written, not its changes: {named}{more}"


def _repeat_groups(bars: Sequence[SongBar]) -> list[list[SongBar]]:
    """Bars that are repeated together: up to a closing bar and the endings behind it."""
    groups: list[list[SongBar]] = []
    for bar in bars:
        closed = bool(groups) and groups[-1][-1].closes > 0
        if not groups or bar.opens or (closed and not bar.endings):
            groups.append([])
        groups[-1].append(bar)
    return groups


def _signs(group: Sequence[SongBar]) -> Iterator[Sign]:
    """The signs of a repeat group: each ending goes up to the sign that closes it, or over the bar that names it."""
    closed = max((place for place, bar in enumerate(group) if bar.closes > 0), default=-1)
    passes = max((max(bar.closes, bar.endings.bit_length()) for bar in group), default=0)
    ending = 0
    for place, bar in enumerate(group):
        ending = (bar.endings or ending) if closed >= 0 else 0
        times = tuple(time for time in range(1, passes + 1) if ending >> time - 1 & 1)
        closes = 0 if not bar.closes else passes if any(one.endings for one in group) else bar.closes
        yield Sign(closed >= 0 and place == 0, closes, times)
        if bar.closes > 0 or place > closed:
            ending = 0


def _plays(group: Sequence[SongBar]) -> list[int]:
    """How often each bar of a repeat group is played."""
    closed = max((place for place, bar in enumerate(group) if bar.closes > 0), default=-1)
    passes = max([1, *(max(bar.closes, bar.endings.bit_length()) for bar in group if closed >= 0)])
    plays, ending = [], 0
    for place, bar in enumerate(group):
        ending = bar.endings or ending
        plays.append(min(ending.bit_count(), passes) if ending else passes if place <= closed else 1)
        if bar.closes > 0 or place > closed:
            ending = 0
    return plays
