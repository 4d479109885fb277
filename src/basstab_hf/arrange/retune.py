"""Other pitches, other strings: transposing, a new tuning that keeps what sounds or what is printed, a capo.

Input: a `Piece`. Output: a `Piece` in its new tuning, every pitch within its reach; what moved by octaves is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from basstab_hf.arrange.piece import Piece, PieceNote
from basstab_hf.errors import InputError, TuningError
from basstab_hf.formats.bar_marks import BarMarks
from basstab_hf.formats.parts import pitch_name
from basstab_hf.printing.words import counted
from basstab_hf.tab.marks import KEY_NAMES, LABEL, MAX_FRET, OCTAVE, can_be_said
from basstab_hf.tab.marks import semitones as pitch_class
from basstab_hf.tab.tuning import Tuning

#: Bars that a remark names.
_MOST_NAMED = 8
#: The notes in a chord's name: its root, and its bass behind a slash.
_NOTE = re.compile(rf"(^\(?|/)({LABEL})")


def transpose(piece: Piece, semitones: int) -> Piece:
    """All pitches, and the chords above, by so many semitones."""
    if not semitones:
        return piece
    bars = tuple(
        replace(
            bar,
            notes=tuple(note if note.dead else replace(note, pitch=note.pitch + semitones) for note in bar.notes),
            over=_other_chords(bar.over, semitones),
        )
        for bar in piece.bars
    )
    return replace(piece, bars=bars)


def _other_chords(over: BarMarks, semitones: int) -> BarMarks:
    return replace(over, chords=tuple((onset, _chord(name, semitones)) for onset, name in over.chords))


def _chord(name: str, semitones: int) -> str:
    """A chord's name with its root and its bass note moved: C#m7/E by 2 is Ebm7/F#."""
    return _NOTE.sub(lambda found: found[1] + KEY_NAMES[(pitch_class(found[2]) + semitones) % OCTAVE], name)


def in_tuning(piece: Piece, tuning: Tuning | None) -> Piece:
    """The same pitches in one tuning, None: that of most bars; where systems are in others, this is told."""
    if tuning is not None:
        return replace(piece, tuning=tuning)
    others = dict.fromkeys(str(system.tuning) for system in piece.source.tab.systems if system.tuning != piece.tuning)
    told = (f"all is written in {piece.tuning}, systems in {', '.join(others)} too",) if others else ()
    return replace(piece, remarks=(*piece.remarks, *told))


def with_capo(piece: Piece, fret: int) -> Piece:
    """The strings as they sound with a capo.

    Raises:
        InputError: no labels say them.
    """
    if not fret:
        return piece
    try:
        tuning = Tuning.from_pitches([pitch + fret for pitch in piece.tuning.pitches])
    except TuningError as error:
        raise InputError(f"a capo on fret {fret} of {piece.tuning}: {error}") from error
    told = f"capo on fret {fret}: frets count from it, and the labels name the strings as they sound with it: {tuning}"
    return replace(piece, tuning=tuning, remarks=(*piece.remarks, told))


def keeping_frets(piece: Piece, tuning: Tuning) -> Piece:
    """Another tuning with the same frets on the strings that correspond: pitches change.

    Raises:
        InputError: notes on a string that the new tuning does not have.
    """
    first = _first_string(piece.tuning, tuning)
    lost = [
        number
        for number, bar in enumerate(piece.bars, start=1)
        for note in bar.notes
        if not 1 <= note.string - first <= tuning.n_strings
    ]
    if lost:
        raise InputError(
            f"{counted(len(lost), 'note')} on strings that {tuning} does not have ({_bars(lost)}): keep pitches instead"
        )
    shifts = {
        new - old
        for old, new in zip(piece.tuning.pitches[max(first, 0) :], tuning.pitches[max(-first, 0) :], strict=False)
    }
    alike = shifts.pop() if len(shifts) == 1 else 0  # else some chords hold, and nobody can tell which
    bars = tuple(
        replace(
            bar,
            notes=tuple(_on(note, note.string - first, tuning) for note in bar.notes),
            over=_other_chords(bar.over, alike),
        )
        for bar in piece.bars
    )
    return replace(piece, tuning=tuning, bars=bars)


def _on(note: PieceNote, string: int, tuning: Tuning) -> PieceNote:
    low = tuning.pitches[string - 1]
    return replace(note, string=string, pitch=low + (note.fret or 0))


def _first_string(old: Tuning, new: Tuning) -> int:
    """How many strings the old tuning has above the highest of the new one; below 0: the new one has more.

    Those strings correspond that are nearest in pitch.
    """
    offsets = range(min(0, old.n_strings - new.n_strings), max(0, old.n_strings - new.n_strings) + 1)

    def distance(offset: int) -> int:
        pairs = [
            (old.pitches[place + offset], pitch)
            for place, pitch in enumerate(new.pitches)
            if 0 <= place + offset < old.n_strings
        ]
        return sum(abs(a - b) for a, b in pairs)

    return min(offsets, key=distance)


def within_reach(piece: Piece) -> Piece:
    """Notes that no string has go up or down by octaves until one has, and this is told."""
    reachable = {low + fret for low in piece.tuning.pitches for fret in range(MAX_FRET + 1) if can_be_said(fret)}
    low, high = piece.tuning.pitches[-1], max(reachable)
    moved: dict[bool, list[int]] = {True: [], False: []}
    bars = []
    for number, bar in enumerate(piece.bars, start=1):
        notes = []
        for note in bar.notes:
            goal = note.pitch if note.dead else _nearest(note.pitch, reachable)
            if goal != note.pitch:
                moved[goal > note.pitch].append(number)
            notes.append(replace(note, pitch=goal))
        bars.append(replace(bar, notes=tuple(notes)))
    told = tuple(
        f"notes moved {'up' if up else 'down'} by octaves, since {piece.tuning} has {pitch_name(low)} to "
        f"{pitch_name(high)}: {len(numbers)} ({_bars(numbers)})"
        for up, numbers in moved.items()
        if numbers
    )
    return replace(piece, bars=tuple(bars), remarks=(*piece.remarks, *told))


def _nearest(pitch: int, reachable: set[int]) -> int:
    octaves = [pitch + octave * OCTAVE for octave in range(-11, 12)]
    return min((goal for goal in octaves if goal in reachable), key=lambda goal: abs(goal - pitch))


def _bars(numbers: Sequence[int]) -> str:
    """The bars of some notes, for a remark: "bars 1, 2, 7"."""
    named = [*dict.fromkeys(numbers)]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return f"bar{'s' if len(named) > 1 else ''} {', '.join(map(str, named[:_MOST_NAMED]))}{more}"
