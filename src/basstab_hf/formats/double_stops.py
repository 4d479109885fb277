"""Notes struck together -> the strings on which one hand plays them, given where it plays the lowest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from basstab_hf.formats.midi_notes import Played
from basstab_hf.tab.fingering import SPAN, Fingering
from basstab_hf.tab.layout import Placed
from basstab_hf.tab.marks import OCTAVE, can_be_said
from basstab_hf.tab.tuning import Tuning


def voicings(lowest: Placed, hand: Fingering, notes: Sequence[Played], tuning: Tuning) -> Iterator[tuple[Placed, ...]]:
    """Ways to play a chord, `notes` from the lowest up, the fullest first: no note is left out below one that is kept.

    A note that the hand does not reach may go octaves down. Of equally full ones that with the fewest such notes comes
    first, then the one that has its lowest note where the hand is, then those near to it.
    """
    if len(notes) == 1:
        return
    found = [_under(lowest, range(hand.position, hand.position + SPAN), notes, tuning)]
    for string, open_pitch in enumerate(tuning.pitches, start=1):
        fret = notes[0].pitch - open_pitch
        if string != lowest.string and can_be_said(fret):
            moved = replace(lowest, string=string, fret=fret)
            found.append(_under(moved, range(fret - SPAN + 1, fret + SPAN), notes, tuning))
    found[1:] = sorted(found[1:], key=lambda placed: abs((placed[0].fret or 0) - (lowest.fret or 0)))
    for placed in sorted(found, key=lambda placed: (-len(placed), _n_moved(placed, notes, tuning))):
        if len(placed) > 1:
            yield placed


def pitch_of(placed: Placed, tuning: Tuning) -> int:
    """The pitch of a note that is no dead one."""
    return tuning.pitches[placed.string - 1] + (placed.fret or 0)


def _n_moved(placed: Sequence[Placed], notes: Sequence[Played], tuning: Tuning) -> int:
    return sum(pitch_of(one, tuning) != note.pitch for one, note in zip(placed, notes, strict=False))


def _under(lowest: Placed, frets: range, notes: Sequence[Played], tuning: Tuning) -> tuple[Placed, ...]:
    """A chord with its lowest note in place and the others on higher strings, open or within `frets`."""
    found = [lowest]
    for note in notes[1:]:
        taken = {pitch_of(placed, tuning) for placed in found}
        octaves = (pitch for pitch in range(note.pitch, min(taken), -OCTAVE) if pitch not in taken)
        reached = (_above(found[-1], pitch, frets, tuning) for pitch in octaves)
        placed = next((placed for placed in reached if placed is not None), None)
        if placed is None:
            break
        found.append(placed)
    return tuple(found)


def _above(below: Placed, pitch: int, frets: range, tuning: Tuning) -> Placed | None:
    """A pitch on the nearest higher string than another note of its chord, open or within `frets`."""
    for string in range(below.string - 1, 0, -1):
        fret = pitch - tuning.pitches[string - 1]
        if can_be_said(fret) and (fret == 0 or fret in frets):
            return Placed(below.column, string, fret)
    return None
