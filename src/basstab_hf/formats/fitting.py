"""Notes that no tab can say -> the nearest that one can: on another string, an octave away, or left out, and told.

Input: a tuning and `TimedBar`s. Output: bars with frets that can be written, and `Told` of each note changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from basstab_hf.formats.rhythm import unsaid_frets
from basstab_hf.formats.timed import TimedBar, TimedNote
from basstab_hf.formats.told import Told
from basstab_hf.formats.track import BROKEN_FRETS, TrackError
from basstab_hf.tab.marks import LEADING, MAX_FRET, can_be_said
from basstab_hf.tab.tuning import Tuning


@dataclass(frozen=True, slots=True)
class Fitted:
    """Bars that can be written, and what became of the notes that could not."""

    bars: tuple[TimedBar, ...]
    told: tuple[Told, ...]


def fit(tuning: Tuning, bars: Sequence[TimedBar]) -> Fitted:
    """Give every note a fret that can be said: on another string, else an octave away; the others are left out.

    What led from a note that moved to the next on its string is no mark of that one any more.

    Raises:
        TrackError: half of the notes or more would be left out.
    """
    told: list[Told] = []
    found = []
    broken: set[int] = set()  # strings whose last note is not where it was
    for number, bar in enumerate(bars, start=1):
        kept: list[TimedNote] = []
        sayable = _sayable(tuning, bar)
        taken = {(note.onset, note.string) for note in sayable}
        for note in sorted(bar.notes, key=lambda note: (note.onset, note.string)):
            if note in sayable:
                leads = note.string in broken and note.before in LEADING
                kept.append(replace(note, before="") if leads else note)
                broken.discard(note.string)
                continue
            broken.add(note.string)
            moved = next((goal for goal in _goals(tuning, note) if (goal.onset, goal.string) not in taken), None)
            where = f"fret {note.fret} of string {note.string}"
            if moved is None:
                told.append(Told(number, note.onset, where))
                continue
            taken.add((moved.onset, moved.string))
            kept.append(moved)
            told.append(Told(number, note.onset, where, f"fret {moved.fret} of string {moved.string}"))
        found.append(replace(bar, notes=tuple(kept)))
    lost = [one for one in told if not one.goal]
    if lost and 2 * len(lost) >= sum(len(bar.notes) for bar in bars):
        raise TrackError(BROKEN_FRETS, f"cannot be written as a tab: {lost[0]} is on no string of {tuning}")
    return Fitted(tuple(found), tuple(told))


def _sayable(tuning: Tuning, bar: TimedBar) -> list[TimedNote]:
    """The notes of a bar that can stay where they are, beside the others."""
    in_range = [
        note
        for note in bar.notes
        if 1 <= note.string <= tuning.n_strings and (note.fret is None or 0 <= note.fret <= MAX_FRET)
    ]
    unsaid = unsaid_frets([replace(bar, notes=tuple(in_range))])
    found = [note for note in in_range if note.fret is None or note.fret not in unsaid]
    if len(found) == len(bar.notes):
        return found
    # What moves may stand beside a fret that depends on its neighbours.
    return [note for note in found if note.fret is None or can_be_said(note.fret)]


def _goals(tuning: Tuning, note: TimedNote) -> Iterator[TimedNote]:
    """Where a note may be played instead, the likeliest first: the same pitch on a near string, then an octave away.

    Nothing says what a string sounds like that the tuning does not have.
    """
    if not 1 <= note.string <= tuning.n_strings:
        return
    pitch = tuning.pitches[note.string - 1] + (note.fret or 0)
    strings = sorted(range(1, tuning.n_strings + 1), key=lambda string: (abs(string - note.string), string))
    for octave in (0, -12, 12):
        for string in strings:
            fret = pitch + octave - tuning.pitches[string - 1]
            if can_be_said(fret):
                before = "" if note.before in LEADING else note.before
                yield replace(note, string=string, fret=fret, before=before)
