"""A score -> where everything stands: bars in lines of even width, beats spaced by their length.

Input: `Score` and the width of the page. Output: `Sheet`, which `engraving` draws and whose places a player follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from basstab_hf.formats.over_staff import BEND, BENDS, LETTER, NAME, Over, over_staff, own_letters
from basstab_hf.formats.placed import PlacedBar, PlacedBeat, half_width
from basstab_hf.formats.rhythm_signs import stem_room
from basstab_hf.formats.score_values import Beat, Score, ScoreBar
from basstab_hf.formats.text_widths import text_width
from basstab_hf.formats.track import one_line

#: Lengths in px. A4 is 794 x 1123.
A4_WIDTH, A4_HEIGHT = 794.0, 1123.0
MARGIN = 46.0
#: Between string lines.
GAP = 12.0
#: Labels of the strings in front of a system.
INDENT = 18.0
#: Size of time signatures.
SIGNATURE = 19.0
#: A sixteenth takes so much room; longer notes more, by this power of their length.
_SIXTEENTH, _POWER = 19.0, 0.45
_BAR_LEAD, _BAR_TAIL, _REPEAT = 10.0, 4.0, 9.0
#: Between a fret and the next one, and what slides from and to nowhere take.
_APART, _SLIDE = 3.0, 9.0
#: A last line is not stretched where it fills less than this share of its width.
_FULL = 0.7
#: Least room over the top line, over what stands there, and under the bottom line: with stems, with tuplets.
_PLAIN, _AIR, _STEMS, _TUPLETS = 22.0, 10.0, 40.0, 50.0


@dataclass(frozen=True, slots=True)
class SheetSystem:
    """A line of bars; `above` and `below` are the room over its top string line and under the staff.

    `scale`: a bar that is wider than the page stands in a line by itself, all of which is drawn smaller; places of
    bars and beats, `above` and `below` are those on the page, places in `over` those before.
    """

    bars: tuple[PlacedBar, ...]
    above: float
    below: float
    over: tuple[Over, ...] = ()
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A score laid out for one width."""

    score: Score
    width: float
    margin: float
    systems: tuple[SheetSystem, ...]

    @property
    def staff_height(self) -> float:
        return (self.score.tuning.n_strings - 1) * GAP


def lay_out(score: Score, width: float = A4_WIDTH, margin: float = MARGIN) -> Sheet:
    """Break a score into systems that fill the width between the margins."""
    signed = [
        before is None or (before.numerator, before.denominator) != (bar.numerator, bar.denominator)
        for before, bar in zip([None, *score.bars], score.bars, strict=False)
    ]
    natural = [_natural(bar, signature) for bar, signature in zip(score.bars, signed, strict=True)]
    room = width - 2 * margin - INDENT
    starts = _starts(natural, room)
    now = Fraction(0)
    systems = []
    for first, end in zip(starts, [*starts[1:], len(natural)], strict=True):
        used = sum(natural[first:end])
        last = end == len(natural)
        stretch = 1.0 if (last and used < _FULL * room) or used > room else room / used
        left = (margin + INDENT) / min(1.0, room / used)
        bars = []
        for number in range(first, end):
            bar = _placed(number, left, natural[number] * stretch, now, score.bars[number], signed[number])
            bars.append(bar)
            left, now = bar.right, now + bar.bar.length
        systems.append(_system(score, bars, width - margin, min(1.0, room / used)))
    return Sheet(score, width, margin, tuple(systems))


def signature_width(bar: ScoreBar) -> float:
    """Room of a time signature."""
    return max(text_width(str(number), SIGNATURE) for number in (bar.numerator, bar.denominator)) * 1.1


def _system(score: Score, bars: Sequence[PlacedBar], edge: float, scale: float) -> SheetSystem:
    """A line of bars with room for what stands over it."""
    first = bars[0].number == 1
    over = over_staff(bars, edge / scale, score.tempo if first else None, swing=first and score.swing)
    above = max(_PLAIN, *(one.top + _AIR for one in over))
    below = _TUPLETS if any(beat.beat.value.tuplet > 1 for bar in bars for beat in bar.beats) else _STEMS
    staff = (score.tuning.n_strings - 1) * GAP
    return SheetSystem(
        tuple(resized(bar, scale) for bar in bars),
        above * scale,
        (below + staff) * scale - staff,
        tuple(over),
        scale,
    )


def resized(bar: PlacedBar, factor: float) -> PlacedBar:
    """A bar whose places are multiplied by a factor."""
    if factor == 1.0:
        return bar
    beats = tuple(replace(beat, x=beat.x * factor) for beat in bar.beats)
    return replace(bar, left=bar.left * factor, right=bar.right * factor, beats=beats)


def _natural(bar: ScoreBar, signature: bool) -> float:
    return _front(bar, signature) + sum(_room(beat) for beat in bar.beats) + _tail(bar)


def _front(bar: ScoreBar, signature: bool) -> float:
    return _BAR_LEAD + (signature_width(bar) + 2 if signature else 0.0) + (_REPEAT if bar.sign.opens else 0.0)


def _tail(bar: ScoreBar) -> float:
    return _BAR_TAIL + (_REPEAT if bar.sign.closes else 0.0)


def _spread(beat: Beat) -> float:
    spread: float = (4 * float(beat.value.length)) ** _POWER
    return _SIXTEENTH * spread


@lru_cache(maxsize=4096)  # here and below: riffs come again and again, and are laid out for several widths
def _lead(beat: Beat) -> float:
    """Room in front of the middle of a beat."""
    before = max((half_width(note) + _SLIDE * bool(note.slide_in) for note in beat.notes), default=7.0)
    return max(before, min(_SIXTEENTH, _spread(beat)) / 2 - 2)


@lru_cache(maxsize=4096)
def _room(beat: Beat) -> float:
    """All the room of a beat at least: no fret touches the next one, none hides a dot, a flag or a name."""
    letters = own_letters(beat)
    behind = [stem_room(beat)]
    for note in beat.notes:
        half = half_width(note)
        letter = text_width(letters.get(note.string, ""), LETTER)
        bend = BEND + max(text_width(BENDS.get(note.bend, "2"), LETTER) / 2, 4) if note.bend else 0.0
        behind.append(half + max(letter, bend, _SLIDE * bool(note.slide_out)))
    chord = text_width(one_line(beat.chord), NAME) + 4
    return max(_spread(beat), _lead(beat) + max(behind) + _APART, min(chord, 4 * _SIXTEENTH) if beat.chord else 0.0)


def _placed(number: int, left: float, width: float, start: Fraction, bar: ScoreBar, signature: bool) -> PlacedBar:
    """Beats share the room that lead and signature leave."""
    front = _front(bar, signature)
    natural = [_room(beat) for beat in bar.beats]
    stretch = (width - front - _tail(bar)) / sum(natural)
    x, now = left + front, start
    beats = []
    for beat, room in zip(bar.beats, natural, strict=True):
        beats.append(PlacedBeat(now, x + _lead(beat), beat))
        x, now = x + room * stretch, now + beat.value.length
    return PlacedBar(number + 1, left, left + width, start, bar, signature, tuple(beats))


def _starts(natural: Sequence[float], room: float) -> list[int]:
    """First bars of systems: as few systems as can be, their slack spread as evenly as can be.

    Dynamic programming over the bar that a system ends with (Knuth and Plass, Breaking Paragraphs into Lines, 1981).
    """
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]  # by bars placed: systems, badness, first bar of the last system
    for end in range(1, len(natural) + 1):
        options = []
        for first, used in _systems_ending(natural, end, room):
            last = end == len(natural)
            slack = 0.0 if last and used >= _FULL * room else 1 - used / room
            options.append((best[first][0] + 1, best[first][1] + slack * slack, first))
        best.append(min(options))
    starts = []
    end = len(natural)
    while end:
        end = best[end][2]
        starts.append(end)
    return starts[::-1]


def _systems_ending(natural: Sequence[float], end: int, room: float) -> Iterator[tuple[int, float]]:
    """Systems that end before bar `end`: their first bar and width; a bar wider than the page is one by itself."""
    used = 0.0
    for first in range(end - 1, -1, -1):
        used += natural[first]
        if used > room and first < end - 1:
            return
        yield first, used
