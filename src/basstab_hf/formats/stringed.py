"""Notes on the strings that a file names -> the same notes on those of a bass.

Input: `ReadNote`s of each bar and the open strings. Output: `Strung`. A bass that was written on guitar strings sounds
an octave lower than they say; of strings that it does not use, four to six are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from basstab_hf.errors import TuningError
from basstab_hf.formats.from_score import ReadNote
from basstab_hf.formats.parts import pitch_name
from basstab_hf.formats.track import WRONG_STRINGS, WRONG_TUNING, TrackError
from basstab_hf.tab.columns import STRINGS
from basstab_hf.tab.marks import OCTAVE
from basstab_hf.tab.tuning import NAMES, Tuning

#: Tunings of so many strings where a file names none.
_USUAL = {4: "standard", 5: "5-string", 6: "6-string"}


@dataclass(frozen=True, slots=True)
class Strung:
    """A part on strings: the notes of each bar, those that go on in the next one tied."""

    tuning: Tuning
    bars: tuple[tuple[ReadNote, ...], ...]
    remarks: tuple[str, ...] = ()


def on_bass(bars: Sequence[Sequence[ReadNote]], pitches: Sequence[int]) -> Strung:
    """Find the tuning; `pitches` are those of the open strings, the highest string first, none where a file has none.

    Raises:
        TrackError: notes on strings that are not there, or a tuning that no bass has.
    """
    used = {note.note.string for bar in bars for note in bar}
    highest, lowest = min(used, default=1), max(used, default=1)
    count = len(pitches) or max(min(STRINGS), lowest)
    if pitches and count < min(STRINGS):
        raise TrackError(WRONG_STRINGS, f"has {count} strings: basses of {min(STRINGS)} to {max(STRINGS)} are read")
    if highest < 1 or lowest > count or not (pitches or count in STRINGS):
        wrong = lowest if highest >= 1 else highest
        told = f"has notes on string {wrong} of {count}: basses of {min(STRINGS)} to {max(STRINGS)} strings are read"
        raise TrackError(WRONG_STRINGS, told)
    kept = tuple(map(tuple, bars))
    if not pitches:
        return Strung(Tuning.parse(NAMES[_USUAL[count]]), kept)
    tuning, octaves = next(_tunings(tuple(pitches), highest), (None, 0))
    if tuning is not None:
        remark = f"written on guitar strings ({' '.join(map(pitch_name, pitches))}): read an octave lower"
        return Strung(tuning, _renumbered(kept, count - tuning.n_strings), (remark,) * octaves)
    if count not in STRINGS:
        raise TrackError(WRONG_STRINGS, f"has {count} strings: basses of {min(STRINGS)} to {max(STRINGS)} are read")
    strings = " ".join(map(str, pitches))
    raise TrackError(WRONG_TUNING, f"cannot be written as a tab: open strings {strings} are no bass tuning")


def _tunings(pitches: tuple[int, ...], highest: int) -> Iterator[tuple[Tuning, int]]:
    """Tunings of a bass, and how many octaves lower: all strings as they are, then without those that are not used."""
    fewer = [pitches[skipped:] for skipped in range(highest) if len(pitches) - skipped >= min(STRINGS)]
    for octaves in (0, 1):
        # A bass on guitar strings is one of four, if it can be.
        for strings in fewer if octaves == 0 else reversed(fewer):
            try:
                yield Tuning.from_pitches([pitch - OCTAVE * octaves for pitch in strings]), octaves
            except TuningError:
                continue


def _renumbered(bars: tuple[tuple[ReadNote, ...], ...], skipped: int) -> tuple[tuple[ReadNote, ...], ...]:
    """Notes without the first strings."""
    if not skipped:
        return bars
    return tuple(
        tuple(replace(note, note=replace(note.note, string=note.note.string - skipped)) for note in bar) for bar in bars
    )
