"""A score -> where everything stands: bars in lines of even width, beats spaced by their length.

Input: `Score` and the width of the page. Output: `Sheet`, which `engraving` draws and whose places a player follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.formats.score_values import Beat, Score, ScoreBar, ScoreNote
from basstab_hf.formats.track import one_line

#: Lengths in px. A4 is 794 x 1123.
A4_WIDTH, A4_HEIGHT = 794.0, 1123.0
MARGIN = 46.0
#: Between string lines.
GAP = 12.0
#: Labels of the strings in front of a system.
INDENT = 18.0
#: A sixteenth takes so much room; longer notes more, by this power of their length.
_SIXTEENTH, _POWER = 19.0, 0.45
_BAR_LEAD, _BAR_TAIL, _SIGNATURE = 14.0, 4.0, 20.0
_DIGIT, _AROUND = 7.0, 9.0
#: A letter of a chord's name, a row of names over a system, the dots of a repeat sign.
_LETTER, _ROW, _REPEAT = 8.0, 17.0, 8.0
#: A last line is not stretched where it fills less than this share of its width.
_FULL = 0.7
#: Room over the top line for a row of marks and without, and under the bottom line for stems.
_MARKED, _PLAIN, _STEMS = 40.0, 22.0, 48.0


@dataclass(frozen=True, slots=True)
class PlacedBeat:
    """A beat that begins `start` quarter notes into the piece, its middle at `x`."""

    start: Fraction
    x: float
    beat: Beat


@dataclass(frozen=True, slots=True)
class PlacedBar:
    """A bar (numbers from 1) between its bar lines; `signature`: its time signature is printed."""

    number: int
    left: float
    right: float
    start: Fraction
    bar: ScoreBar
    signature: bool
    beats: tuple[PlacedBeat, ...]


@dataclass(frozen=True, slots=True)
class SheetSystem:
    """A line of bars; `above` and `below` are the room over its top string line and under its bottom one.

    `chords_row` and `bars_row` are how far over the top line the names of chords stand, and what concerns whole bars.
    """

    bars: tuple[PlacedBar, ...]
    above: float
    below: float
    chords_row: float = 0.0
    bars_row: float = 0.0


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


def fret_text(note: ScoreNote) -> str:
    """What stands on the string: a dead note is drawn, not written."""
    if note.fret is None:
        return "x"
    if note.harmonic:
        return f"<{note.fret}>"
    return f"({note.fret})" if note.ghost else str(note.fret)


def has_marks_above(note: ScoreNote) -> bool:
    """Whether something of a note stands over the top line."""
    return bool(note.reached or note.left_hand or note.bend or note.vibrato or note.tap or note.struck)


def lay_out(score: Score, width: float = A4_WIDTH, margin: float = MARGIN) -> Sheet:
    """Break a score into systems that fill the width between the margins."""
    signed = [
        before is None or (before.numerator, before.denominator) != (bar.numerator, bar.denominator)
        for before, bar in zip([None, *score.bars], score.bars, strict=False)
    ]
    natural = [_natural(bar, signature) for bar, signature in zip(score.bars, signed, strict=True)]
    room = width - 2 * margin - INDENT
    starts = _starts(natural, room)
    number, now = 0, Fraction(0)
    systems = []
    for first, end in zip(starts, [*starts[1:], len(natural)], strict=True):
        used = sum(natural[first:end])
        last = end == len(natural)
        scale = 1.0 if last and used < _FULL * room else room / used
        left = margin + INDENT
        bars = []
        for number in range(first, end):
            bar = _placed(number, left, natural[number] * scale, now, score.bars[number], signed[number])
            bars.append(bar)
            left, now = bar.right, now + bar.bar.length
        systems.append(_system(bars))
    return Sheet(score, width, margin, tuple(systems))


def _system(bars: Sequence[PlacedBar]) -> SheetSystem:
    """A line of bars with room for what stands over it."""
    chords_row = _MARKED if _is_marked(bars) else _PLAIN
    beats = [beat.beat for bar in bars for beat in bar.beats]
    bars_row = chords_row + _ROW * any(beat.chord for beat in beats)
    has_bars_row = any(bar.bar.section or bar.bar.sign.endings for bar in bars) or any(
        beat.tempo is not None for beat in beats
    )
    return SheetSystem(tuple(bars), bars_row + _ROW * has_bars_row, _STEMS, chords_row, bars_row)


def _is_marked(bars: Sequence[PlacedBar]) -> bool:
    return any(has_marks_above(note) for bar in bars for beat in bar.beats for note in beat.beat.notes)


def _natural(bar: ScoreBar, signature: bool) -> float:
    return _front(bar, signature) + sum(map(_room, bar.beats)) + _tail(bar)


def _front(bar: ScoreBar, signature: bool) -> float:
    return _BAR_LEAD + (_SIGNATURE if signature else 0.0) + (_REPEAT if bar.sign.opens else 0.0)


def _tail(bar: ScoreBar) -> float:
    return _BAR_TAIL + (_REPEAT if bar.sign.closes else 0.0)


def _room(beat: Beat) -> float:
    text = max((len(fret_text(note)) for note in beat.notes), default=1)
    bend = 10.0 if any(note.bend for note in beat.notes) else 0.0
    chord = _LETTER * len(one_line(beat.chord))
    spread: float = (4 * float(beat.value.length)) ** _POWER
    return max(_SIXTEENTH * spread, _AROUND + _DIGIT * text, chord) + bend


def _placed(number: int, left: float, width: float, start: Fraction, bar: ScoreBar, signature: bool) -> PlacedBar:
    """Beats share the room that lead and signature leave."""
    front = _front(bar, signature)
    natural = [_room(beat) for beat in bar.beats]
    scale = (width - front - _tail(bar)) / sum(natural)
    x, now = left + front, start
    beats = []
    for beat, room in zip(bar.beats, natural, strict=True):
        beats.append(PlacedBeat(now, x + min(_SIXTEENTH, room * scale) / 2 - 2, beat))
        x, now = x + room * scale, now + beat.value.length
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
