"""What stands over the strings of a system, each so high that nothing covers anything else.

Input: placed bars. Output: `Over`s, which `engraving_signs` draws. From the strings upwards: numbers of bars, bends,
vibrato and letters of techniques, counts of repeats; names of chords in a row; endings; sections and tempos in a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from basstab_hf.formats.placed import PlacedBar, PlacedBeat, half_width
from basstab_hf.formats.score_values import Beat, ScoreNote
from basstab_hf.formats.text_widths import text_width, wrapped
from basstab_hf.formats.track import one_line

#: Sizes of letters in px.
NAME, LETTER, NUMBER = 12.0, 10.0, 8.0
#: Between the lines of a section's name that is wider than the page.
NAME_LINE = 15.0
LETTERS = {"hammer-on": "H", "pull-off": "P"}
BENDS = {1: "½", 2: "full", 3: "1½", 4: "2"}
#: A wave of vibrato.
WAVE = 5.0
#: A bend's arrow stands so far behind its fret.
BEND = 7.0
#: What stands on the top string line reaches so high, and a slur on it.
_CLEAR, _SLUR = 6.0, 13.0
_GAP = 3.0


class Kind(Enum):
    """What stands there."""

    NUMBER = "number of a bar"
    BEND = "bend"
    WAVE = "vibrato"
    LETTER = "letter of a technique"
    TIMES = "how often a repeat is played"
    CHORD = "chord"
    ENDING = "ending"
    SECTION = "section"
    TEMPO = "tempo"
    SWING = "swing"


_HEIGHTS = {
    Kind.NUMBER: 8.5,
    Kind.BEND: 22.0,
    Kind.WAVE: 9.0,
    Kind.LETTER: 10.5,
    Kind.TIMES: 10.5,
    Kind.CHORD: 14.0,
    Kind.ENDING: 16.0,
    Kind.SECTION: 18.0,
    Kind.TEMPO: 17.0,
    Kind.SWING: 17.0,
}


@dataclass(frozen=True, slots=True)
class Over:
    """Something from `left` to `right`, its lower edge `base` px over the top string line.

    `closes`: the bracket of an ending goes down at its right. `tempo`: in quarter notes a minute.
    """

    kind: Kind
    left: float
    right: float
    text: str = ""
    base: float = 0.0
    closes: bool = False
    tempo: float | None = None

    @property
    def height(self) -> float:
        return _HEIGHTS[self.kind] + NAME_LINE * self.text.count("\n")

    @property
    def top(self) -> float:
        return self.base + self.height


def letter_of(note: ScoreNote) -> str:
    """The letter of how a note begins by itself: tapped, hammered by the left hand, slapped, popped."""
    if note.tap:
        return "T"
    if note.left_hand:
        return LETTERS.get(note.left_hand, "")
    return {"slap": "S", "pop": "P"}.get(note.struck, "") if not note.tied else ""


def own_letters(beat: Beat) -> dict[int, str]:
    """Letters that stand beside their notes, by string: over the strings nobody could tell whose they are."""
    if len(beat.notes) < 2:
        return {}
    letters = {note.string: LETTERS.get(note.reached, "") + letter_of(note) for note in beat.notes}
    return {} if len({*letters.values()}) < 2 else {string: letter for string, letter in letters.items() if letter}


def over_staff(bars: Sequence[PlacedBar], edge: float, opening: float | None, *, swing: bool = False) -> list[Over]:
    """All that stands over a system that reaches to `edge`; `opening`: the tempo of the piece, where it begins here."""
    lifted = _Lifted(bars[0].left, edge)
    for slur in _slurs(bars):
        lifted.block(slur)
    for bar in bars:
        lifted.put(Over(Kind.NUMBER, bar.left, bar.left + text_width(str(bar.number), NUMBER), str(bar.number)))
    techniques = [*_techniques(bars)]
    for kind in (Kind.BEND, Kind.WAVE, Kind.LETTER):
        for over in techniques:
            if over.kind is kind:
                lifted.put(over)
    for bar in bars:
        if bar.bar.sign.closes > 2 and not bar.bar.sign.endings:
            text = f"{bar.bar.sign.closes}x"
            lifted.put(Over(Kind.TIMES, bar.right - text_width(text, LETTER), bar.right, text))
    lifted.row([*_chords(bars)])
    lifted.row([*_endings(bars)])
    lifted.row([*_whole_bars(bars, edge, opening, swing=swing)])
    return lifted.found


class _Lifted:
    """What stands there already, and where the next thing finds room."""

    def __init__(self, left: float, edge: float) -> None:
        self.found: list[Over] = []
        self._blocked: list[Over] = []
        self._left, self._edge = left, edge

    def block(self, over: Over) -> None:
        """Keep a place free."""
        self._blocked.append(over)

    def put(self, over: Over, least: float = _CLEAR) -> None:
        over = self._lift(self._inside(over), least)
        self.found.append(over)
        self._blocked.append(over)

    def row(self, row: Sequence[Over]) -> None:
        """Put things at one height, those that would cover each other higher."""
        least = max((self._lift(self._inside(over), _CLEAR).base for over in row), default=_CLEAR)
        for over in row:
            self.put(over, least)

    def _inside(self, over: Over) -> Over:
        """Moved to the left where it would leave the page, but not over the left edge of the system."""
        by = min(self._edge - over.right, 0.0)
        by = max(by, min(self._left - over.left, 0.0))
        return replace(over, left=over.left + by, right=over.right + by)

    def _lift(self, over: Over, least: float) -> Over:
        near = [one for one in self._blocked if one.left < over.right + _GAP and over.left < one.right + _GAP]
        base = least
        for one in sorted(near, key=lambda one: one.base):
            if one.base < base + over.height and base < one.top:
                base = one.top
        return replace(over, base=base)


def _slurs(bars: Sequence[PlacedBar]) -> Iterator[Over]:
    """Where slurs on the top string are."""
    last = bars[0].left
    for bar in bars:
        for beat in bar.beats:
            for note in beat.beat.notes:
                if note.string == 1:
                    if note.tied or note.reached in LETTERS:
                        yield Over(Kind.LETTER, last, beat.x, base=_SLUR - _HEIGHTS[Kind.LETTER])
                    last = beat.x


def _techniques(bars: Sequence[PlacedBar]) -> Iterator[Over]:
    beats = [(beat, bar) for bar in bars for beat in bar.beats]
    before: PlacedBeat | None = None
    for place, (beat, bar) in enumerate(beats):
        end = beats[place + 1][0].x - 6 if place + 1 < len(beats) else bar.right
        letters: dict[str, float] = {}
        if bent := [note for note in beat.beat.notes if note.bend]:
            text = BENDS.get(bent[0].bend, str(bent[0].bend))
            tip, half = beat.x + half_width(bent[0]) + BEND, max(text_width(text, LETTER) / 2, 4)
            yield Over(Kind.BEND, tip - half, tip + half, text)
        for note in beat.beat.notes:
            if own_letters(beat.beat):
                break
            if note.reached in LETTERS:
                letters.setdefault(LETTERS[note.reached], _join_place(before, beat, note, bars[0].left))
            if letter_of(note):
                letters[letter_of(note)] = beat.x
        if any(note.vibrato for note in beat.beat.notes):
            waves = max(2, min(8, int((end - beat.x) / WAVE)))
            yield Over(Kind.WAVE, beat.x - 3, beat.x - 3 + waves * WAVE)
        for letter, x in letters.items():
            yield _centred(Kind.LETTER, x, letter)
        before = beat


def _join_place(before: PlacedBeat | None, beat: PlacedBeat, note: ScoreNote, left: float) -> float:
    """Over the middle of a slur, or over its goal where another note stands between."""
    if before is None:
        return (left + beat.x) / 2
    return (before.x + beat.x) / 2 if any(one.string == note.string for one in before.beat.notes) else beat.x


def _centred(kind: Kind, x: float, text: str) -> Over:
    half = text_width(text, LETTER) / 2
    return Over(kind, x - half, x + half, text)


def _chords(bars: Sequence[PlacedBar]) -> Iterator[Over]:
    """Names where chords change, as in charts; again where a line, a section, a repeat or an ending begins."""
    before = ""
    for bar in bars:
        if bar.bar.section or bar.bar.sign.opens or bar.bar.sign.endings:
            before = ""
        for beat in bar.beats:
            name = one_line(beat.beat.chord)
            if name and name != before:
                before = name
                yield Over(Kind.CHORD, beat.x - 4, beat.x - 4 + text_width(name, NAME), name)


def _endings(bars: Sequence[PlacedBar]) -> Iterator[Over]:
    """Brackets over bars that are played on some passes only; neighbours of the same ending share one."""
    begin: float | None = None
    for place, bar in enumerate(bars):
        sign = bar.bar.sign
        if not sign.endings:
            continue
        begin = bar.left if begin is None else begin
        after = bars[place + 1].bar.sign if place + 1 < len(bars) else None
        if sign.closes or after is None or after.endings != sign.endings:
            text = ", ".join(f"{time}." for time in sign.endings)
            right = max(bar.right - 3, begin + 8 + text_width(text, LETTER))
            yield Over(Kind.ENDING, begin, right, text, closes=sign.closes > 0)
            begin = None


def _whole_bars(bars: Sequence[PlacedBar], edge: float, opening: float | None, *, swing: bool) -> Iterator[Over]:
    """Sections and tempos, beside each other where they begin together."""
    for bar in bars:
        x = bar.left
        if section := one_line(bar.bar.section):
            lines = wrapped(section, edge - bars[0].left - 10, NAME, bold=True)
            x += max(text_width(line, NAME, bold=True) for line in lines) + 8
            yield Over(Kind.SECTION, bar.left, x, "\n".join(lines))
            x += 8
        for beat in bar.beats:
            first = beat is bars[0].beats[0] and opening is not None
            tempo = opening if first else beat.beat.tempo
            if tempo is None:
                continue
            begin = max(x, bar.left if beat is bar.beats[0] else beat.x - 4)
            x = begin + 14 + text_width(f"= {tempo:g}", LETTER, bold=True)
            yield Over(Kind.TEMPO, begin, x, f"= {tempo:g}", tempo=tempo)
            if first and swing:
                begin, x = x + 8, x + 8 + text_width("Swing", NAME)
                yield Over(Kind.SWING, begin, x, "Swing")
