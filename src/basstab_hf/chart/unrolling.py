"""Written bars with repeats, endings and jumps -> sections of bars as they are played.

A repeat without a sign at its beginning goes back to the last repeat or section. Behind D.C. and D.S. repeats are
played once, with their last ending.

Input: `WrittenBar`s. Output: `Section`s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from basstab_hf.chart.values import ChartBar, Section
from basstab_hf.chart.written import MOST_BARS, Head, WrittenBar
from basstab_hf.errors import InputError

#: A section that a repeat begins anew is another one from so many bars on; a shorter one is a figure within one.
LEAST_AGAIN = 8


def unroll(bars: Sequence[WrittenBar]) -> tuple[Section, ...]:
    """The form as it is played.

    Raises:
        InputError: signs that contradict each other, or too many bars.
    """
    return tuple(_sections(bars, _Player(bars).play()))


class _Player:
    """Goes through written bars as a musician does."""

    def __init__(self, bars: Sequence[WrittenBar]) -> None:
        # A sign that a repeat begins, at a second ending, is one that the first has ended.
        self._bars = [replace(bar, opens=False) if bar.endings and 1 not in bar.endings else bar for bar in bars]
        self._start, self._turn, self._open = 0, 1, False
        self._jumped: WrittenBar | None = None
        self._is_coda = False
        self._played: list[int] = []

    def play(self) -> list[int]:
        """Numbers of bars in the order in which they are played."""
        place: int | None = 0
        while place is not None and place < len(self._bars):
            bar = self._bars[place]
            self._enter(place)
            if bar.endings and self._turn not in bar.endings:
                place = self._ending(place)
                continue
            if bar.endings and self._turn >= max(self._endings(self._start), default=0):
                self._open = False  # the last ending goes on without a sign
            if len(self._played) >= MOST_BARS:
                raise InputError(f"{bar.where}: with its repeats the chart has more than {MOST_BARS:,} bars; split it")
            self._played.append(place)
            place = self._leave(place)
        return self._played

    def _enter(self, place: int) -> None:
        bar = self._bars[place]
        begins = bar.opens or (bar.head is not None and not self._open and (not bar.endings or 1 in bar.endings))
        if begins and place != self._start:
            if bar.opens and self._open:
                raise InputError(f"{bar.where}: a repeat begins within another one: write one of them out")
            self._start, self._turn = place, 1
        self._open = self._open or bar.opens
        if self._jumped and place == self._start:
            until = self._jumped.jump and self._jumped.jump.until
            self._turn = until if isinstance(until, int) else max(self._endings(place), default=1)

    def _leave(self, place: int) -> int | None:
        """Where it goes on behind a bar; None: it ends."""
        bar, jump = self._bars[place], self._jumped and self._jumped.jump
        if bar.times and not self._jumped:
            times = max([bar.times, *self._endings(self._start)])
            if self._turn < times:
                self._turn += 1
                return self._start
        if jump and ((bar.fine and jump.until != "coda") or self._ends(place, jump.until)):
            return None
        if bar.times:
            self._start, self._turn, self._open = place + 1, 1, False
        if jump and bar.to_coda and jump.until == "coda" and not self._is_coda:
            self._is_coda = True
            self._start, self._turn, self._open = self._coda(), 1, False
            return self._start
        if bar.jump and bar is not self._jumped:
            return self._jump(bar)
        return place + 1

    def _jump(self, bar: WrittenBar) -> int:
        if self._jumped:
            raise InputError(f"{bar.where}: a second D.C. or D.S.: write out what it plays")
        self._jumped, jump = bar, bar.jump
        if jump and jump.until == "fine" and not any(other.fine for other in self._bars):
            raise InputError(f"{bar.where}: there is no Fine at which it ends: write Fine behind a bar")
        if jump and jump.until == "coda":
            self._coda()
            if not any(other.to_coda for other in self._bars):
                raise InputError(f"{bar.where}: nothing says where it goes on to the coda: write To Coda behind a bar")
        target = 0
        if jump and jump.sign:
            target = next((place for place, other in enumerate(self._bars) if other.segno), -1)
            if target < 0:
                raise InputError(f"{bar.where}: there is no segno to go back to: write Segno in front of a bar")
        self._start, self._turn, self._open = target, 1, False
        return target

    def _coda(self) -> int:
        for place in range(len(self._bars) - 1, -1, -1):
            if self._bars[place].coda:
                return place
        where = self._jumped.where if self._jumped else self._bars[-1].where
        raise InputError(f"{where}: there is no coda: write [Coda] in front of its bars")

    def _ending(self, place: int) -> int:
        """Where this turn goes on instead of in an ending of another: in its own, or behind the repeat."""
        behind = None
        for other in range(place, len(self._bars)):
            bar = self._bars[other]
            if other > place and (bar.opens or 1 in bar.endings):
                break
            if self._turn in bar.endings:
                return other
            if bar.times:
                behind = other + 1
        if self._turn == 1 or behind is None:
            where = self._bars[place].where
            raise InputError(f"{where}: an ending for a later turn, but no repeat ends before it: write :| there")
        self._start, self._turn, self._open = behind, 1, False
        return behind

    def _endings(self, start: int) -> list[int]:
        """The numbers of the endings of the repeat that begins there."""
        found: list[int] = []
        for bar in self._bars[start:]:
            if bar.opens and bar is not self._bars[start]:
                break
            if bar.endings and found and min(bar.endings) <= max(found):
                break
            found += bar.endings
        return found

    def _ends(self, place: int, number: object) -> bool:
        """Whether an ending that is played last ends with this bar."""
        if not isinstance(number, int) or not (
            self._bars[place].closes or self._bars[place].times or place + 1 == len(self._bars)
        ):
            return False
        return any(number in self._bars[before].endings for before in range(self._start, place + 1))


def _sections(bars: Sequence[WrittenBar], played: Sequence[int]) -> list[Section]:
    found: list[tuple[Head, list[ChartBar]]] = []
    owner = _owners(bars)
    for turn, place in enumerate(played):
        head = owner[place]
        begins = bars[place].head is not None and (turn == 0 or not _is_figure(bars, played[turn - 1], place))
        if not found or begins or (turn > 0 and owner[played[turn - 1]] is not head):
            found.append((head, []))
        found[-1][1].append(ChartBar(bars[place].chords))
    return [Section(head.name, tuple(chords), head.style, head.density) for head, chords in found]


def _owners(bars: Sequence[WrittenBar]) -> list[Head]:
    """The head of the section that each bar is in."""
    owners, head = [], Head("")
    for bar in bars:
        head = bar.head or head
        owners.append(head)
    return owners


def _is_figure(bars: Sequence[WrittenBar], last: int, place: int) -> bool:
    """Whether it goes back by a repeat over so few bars that it is the same section that goes on."""
    return 0 <= last - place < LEAST_AGAIN - 1 and bars[last].times > 0
