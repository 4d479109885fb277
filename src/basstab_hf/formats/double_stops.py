"""Notes struck together -> the strings on which one hand plays them, given where it plays the lowest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from basstab_hf.formats.midi_notes import Played
from basstab_hf.tab.fingering import SPAN, Fingering
from basstab_hf.tab.layout import Placed
from basstab_hf.tab.marks import can_be_said
from basstab_hf.tab.tuning import Tuning


def voicings(lowest: Placed, hand: Fingering, notes: Sequence[Played], tuning: Tuning) -> Iterator[tuple[Placed, ...]]:
    """Ways to play a chord, `notes` from the lowest up, the fullest first: no note is left out below one that is kept.

    Of equally full ones the first has its lowest note where the hand is, the next ones near to it.
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
    for placed in sorted(found, key=len, reverse=True):
        if len(placed) > 1:
            yield placed


def _under(lowest: Placed, frets: range, notes: Sequence[Played], tuning: Tuning) -> tuple[Placed, ...]:
    """A chord with its lowest note in place and the others on higher strings, open or within `frets`."""
    found = [lowest]
    for note in notes[1:]:
        for string in range(found[-1].string - 1, 0, -1):
            fret = note.pitch - tuning.pitches[string - 1]
            if can_be_said(fret) and (fret == 0 or fret in frets):
                found.append(Placed(lowest.column, string, fret))
                break
        else:
            return tuple(found)
    return tuple(found)
