"""What a bass locks with: kick, snare and the accents of the other parts, bar by bar.

Input: `Song`. Output: `Groove`. Places are parts of the bar; notes that people played by hand are moved to the nearest
sixteenth or third of a beat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.listen.beats import weight
from basstab_hf.listen.values import Part, Song, SongNote

#: Keys of General MIDI.
KICKS, SNARES = frozenset({35, 36}), frozenset({37, 38, 39, 40})
#: Twelfths of a beat on which notes are looked for: sixteenths and thirds.
_GRID = (0, 3, 4, 6, 8, 9, 12)
#: Denominators of onsets, in quarter notes, that are taken as they stand.
_EXACT = frozenset({1, 2, 3, 4, 6, 8, 12})
#: An accent has at least this share of the strongest onset of its bar.
_ACCENT = 0.5
#: As many notes together as make a full chord.
_FULL_CHORD = 3
_USUAL_VELOCITY = 96


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A stroke at a place of its bar, 0 <= place < 1; `weight` is 0 to 1."""

    place: Fraction
    weight: float


@dataclass(frozen=True, slots=True)
class Groove:
    """For each bar its strokes by place; `density` is how many places of a beat the pitched parts strike."""

    kicks: tuple[tuple[Hit, ...], ...]
    snares: tuple[tuple[Hit, ...], ...]
    accents: tuple[tuple[Hit, ...], ...]
    density: tuple[float, ...]


def groove(song: Song) -> Groove:
    """The groove of a song, its basses left out."""
    drums = [note for part in song.drums for note in part.notes]
    struck: list[defaultdict[Fraction, float]] = [defaultdict(float) for _ in song.bars]
    for part in song.pitched:
        for bar, place, strength in _struck(song, part):
            struck[bar][place] += strength
    return Groove(
        _drummed(song, drums, KICKS),
        _drummed(song, drums, SNARES),
        tuple(_accents(onsets) for onsets in struck),
        tuple(len(onsets) / float(bar.length) for onsets, bar in zip(struck, song.bars, strict=True)),
    )


def place_of(song: Song, onset: Fraction) -> tuple[int, Fraction]:
    """The bar that an onset falls into, and its place there."""
    number = song.bar_at(onset)
    bar = song.bars[number]
    inside = _on_grid(onset - bar.start)
    if inside >= bar.length:
        following = number + 1 < len(song.bars)
        return (number + 1, Fraction(0)) if following else (number, Fraction(0))
    return number, inside / bar.length


def _on_grid(onset: Fraction) -> Fraction:
    if onset.denominator in _EXACT:
        return onset
    whole, part = divmod(onset, 1)
    return whole + Fraction(min(_GRID, key=lambda twelfths: abs(part - Fraction(twelfths, 12))), 12)


def _drummed(song: Song, notes: Sequence[SongNote], keys: Collection[int]) -> tuple[tuple[Hit, ...], ...]:
    found: list[dict[Fraction, float]] = [{} for _ in song.bars]
    for note in notes:
        if note.pitch in keys:
            bar, place = place_of(song, note.onset)
            found[bar][place] = max(found[bar].get(place, 0.0), note.velocity / 127)
    return tuple(tuple(Hit(place, round(loud, 3)) for place, loud in sorted(bar.items())) for bar in found)


def _struck(song: Song, part: Part) -> Iterator[tuple[int, Fraction, float]]:
    """Where a part strikes, and how much each stroke counts."""
    together: defaultdict[Fraction, list[int]] = defaultdict(list)
    for note in part.notes:
        together[note.onset].append(note.velocity)
    share = weight(part)
    for onset, velocities in together.items():
        full = min(len(velocities) / _FULL_CHORD, 1.0)
        yield (*place_of(song, onset), share * full * max(velocities) / _USUAL_VELOCITY)


def _accents(onsets: dict[Fraction, float]) -> tuple[Hit, ...]:
    strongest = max(onsets.values(), default=0.0)
    if not strongest:
        return ()
    return tuple(
        Hit(place, round(strength / strongest, 3))
        for place, strength in sorted(onsets.items())
        if strength >= _ACCENT * strongest
    )
