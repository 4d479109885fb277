"""Where the notes of a part lie on a bass: the bulk decides tuning and octave, the others are moved or left out."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.formats.midi_notes import Played
from basstab_hf.formats.track import OUT_OF_RANGE, TrackError
from basstab_hf.tab.marks import MAX_FRET, OCTAVE, can_be_said
from basstab_hf.tab.tuning import Tuning

#: Share of the notes that a tuning must hold, and an octave with the best of its tunings.
BULK, OCTAVE_BULK = 0.95, 0.8
#: Notes that begin within this time (beats) are struck together.
TOGETHER = Fraction(1, 16)
_OCTAVES = (0, -12, 12, -24, 24)
# The likeliest first.
_TUNINGS = tuple(map(Tuning.parse, ("GDAE", "GbDbAbEb", "GDAD", "GDAEB", "CGDAEB")))


@dataclass(frozen=True, slots=True)
class Range:
    """What holds the bulk of a part: semitones by which it is moved, and the tuning."""

    semitones: int
    tuning: Tuning

    def spans(self, pitch: int) -> bool:
        """Whether a pitch of the part lies on the neck."""
        return self.tuning.pitches[-1] <= pitch + self.semitones <= self.tuning.pitches[0] + MAX_FRET

    def holds(self, pitch: int) -> bool:
        """Whether some string has a fret for a pitch of the part that a tab can say."""
        return any(can_be_said(pitch + self.semitones - string) for string in self.tuning.pitches)

    @property
    def told(self) -> tuple[str, ...]:
        """Remarks for the user: what the file does not say."""
        octaves = abs(self.semitones) // OCTAVE
        way = f"{octaves} octave{'s' * (octaves > 1)} {'up' if self.semitones > 0 else 'down'}"
        moved = [f"all notes are moved, since no bass goes where they are: {way}"] if octaves else []
        guessed = [f"the tuning is guessed from the notes: {self.tuning}"] if self.tuning != _TUNINGS[0] else []
        return (*moved, *guessed)


@dataclass(frozen=True, slots=True)
class Change:
    """A note that is not in the tab where it was in the file; `goal` is its new pitch in the tab, None: left out."""

    note: Played
    goal: int | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """Notes at their pitches in the tab, and those that had to change."""

    notes: tuple[Played, ...]
    changes: tuple[Change, ...]


def range_of(pitches: Sequence[int]) -> Range:
    """The likeliest octave and tuning that hold the bulk of some pitches; else those that hold most.

    Raises:
        TrackError: none holds more than half.
    """
    counts = Counter(pitches)
    best, most = Range(0, _TUNINGS[0]), 0.0
    for semitones in _OCTAVES:
        ranges = [Range(semitones, tuning) for tuning in _TUNINGS]
        shares = [sum(n for pitch, n in counts.items() if found.spans(pitch)) / len(pitches) for found in ranges]
        place = next((place for place, share in enumerate(shares) if share >= BULK), shares.index(max(shares)))
        if shares[place] > most:
            best, most = ranges[place], shares[place]
        if most >= OCTAVE_BULK:
            break
    if most <= 0.5:
        raise TrackError(OUT_OF_RANGE)
    return best


def within(found: Range, notes: Sequence[Played]) -> Within:
    """Notes, by onset, in a range: one outside goes to the next octave, unless it is struck with another.

    Then, and where an octave does not help, it is left out: switches of samplers lie there.
    """
    inside = [note.onset for note in notes if found.holds(note.pitch)]
    kept, changes = [], []
    for note in notes:
        goal = note.pitch
        if not found.holds(note.pitch):
            goal += OCTAVE if note.pitch + found.semitones < found.tuning.pitches[-1] else -OCTAVE
            place = bisect_left(inside, note.onset - TOGETHER)
            alone = place == len(inside) or inside[place] > note.onset + TOGETHER
            if not (found.holds(goal) and alone):
                changes.append(Change(note, None))
                continue
            changes.append(Change(note, goal + found.semitones))
        kept.append(replace(note, pitch=goal + found.semitones))
    return Within(tuple(kept), tuple(changes))
