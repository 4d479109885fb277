"""A song -> what a bassist hears in it: key, chords and form as a chart, groove, tuning.

Input: `Song`. Output: `Heard`. Its bars are the bars of the file, one by one; `Song.form` says how they are repeated.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.chart.names import Chord, Key, parse_chord
from basstab_hf.chart.values import Chart, ChartBar, PlacedChord, Section
from basstab_hf.errors import InputError
from basstab_hf.listen import beats as beat
from basstab_hf.listen.form import spans
from basstab_hf.listen.groove import Groove, Hit, groove
from basstab_hf.listen.harmony import chords
from basstab_hf.listen.key import key_of
from basstab_hf.listen.tunings import TuningHint, tuning_hint
from basstab_hf.listen.values import Song
from basstab_hf.tab.marks import FLATS, SHARPS, semitones

#: Tonics of major keys that are spelt with flats; a minor key goes with its relative.
_FLAT_KEYS = frozenset({5, 10, 3, 8, 1})
#: Those with two sharps at most, and how roots are spelt there: Bb and Eb from outside, but C# and F#.
_FEW_SIGNS = frozenset({0, 7, 2})
_MIXED = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
#: Bars that a printed chord holds at most where no other is printed and another one is heard.
_HOLDS, _HOLDS_ALONE = 4, 1
#: Printed chords below this count are believed; of more, this share must go with what sounds.
_FEW, _SOME = 8, 0.25
#: Quarter notes by which a note may reach into a bar without counting there.
_RINGS = Fraction(1, 24)
#: Names in one remark.
_MOST_TOLD = 8
#: A root or bass in the name of a chord.
_NOTE = re.compile(r"(?:^|(?<=/))[A-Ga-g][#b]?")


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard in a song; tuples have an item for each bar.

    Attributes:
        chart: chords, form, key, time and tempo. A power chord has its name, "E5", but as its chord the third that the
            key has over its root: the notes that fit.
        groove: kick, snare, accents and density.
        silent: whether nobody plays.
        bare: whether drums and basses are silent in it, of a song that has some.
        tuning: of a bass that fits the song.
    """

    song: Song
    key: Key
    chart: Chart
    groove: Groove
    silent: tuple[bool, ...]
    bare: tuple[bool, ...]
    tuning: TuningHint

    @property
    def kicks(self) -> tuple[tuple[Hit, ...], ...]:
        """Where the kick drum is struck in each bar, and how loud."""
        return self.groove.kicks

    @property
    def accents(self) -> tuple[tuple[Hit, ...], ...]:
        """Where the other parts strike together or most, and how much."""
        return self.groove.accents


@dataclass(frozen=True, slots=True)
class _Placed:
    """A chord from a beat on."""

    name: str
    chord: Chord | None


def hear(song: Song, *, with_bass: bool = False, printed: bool = True) -> Heard:
    """Listen to a song.

    Args:
        song: with all its parts.
        with_bass: whether its old basses help to find the chords; where no other part has notes, they do.
        printed: whether chord names in the file count before what is heard.
    """
    over = beat.beats(song.bars)
    others = [part for part in song.pitched if part.notes]
    heard = beat.sounding(song, others or song.basses, over)
    bass = beat.sounding(song, song.basses, over).lowest if with_bass and others else None
    key = key_of(heard)
    spelling = _spelling(key)
    found = [
        _Placed(spelling[chord.root] + chord.quality, _meant(spelling[chord.root], chord.quality, key))
        for chord in chords(heard, over, key, bass)
    ]
    remarks = list(song.remarks)
    if printed and song.chords:
        found = _with_printed(song, over, found, remarks)
    silent = _empty(song, range(len(song.parts)))
    rhythm_section = [place for place, part in enumerate(song.parts) if part.is_drums or part.is_bass]
    bare = _empty(song, rhythm_section) if rhythm_section else (False,) * len(song.bars)
    return Heard(
        song=song,
        key=key,
        chart=_chart(song, key, over, found, silent, remarks),
        groove=groove(song),
        silent=silent,
        bare=bare,
        tuning=tuning_hint(song),
    )


def key_name(key: Key) -> str:
    """A key as musicians write it: "Em", "Bb"."""
    return _spelling(key)[key.tonic] + ("m" if key.minor else "")


def _spelling(key: Key) -> Sequence[str]:
    relative = (key.tonic + (3 if key.minor else 0)) % 12
    return FLATS if relative in _FLAT_KEYS else _MIXED if relative in _FEW_SIGNS else SHARPS


def _meant(root: str, quality: str, key: Key) -> Chord | None:
    chord = parse_chord(root + quality)
    if chord is None or quality != "5":
        return chord
    third = next((third for third in (3, 4) if (chord.root + third) % 12 in key.scale), None)
    if third is None or chord.root not in key.scale:
        return chord
    return Chord(chord.root, chord.intervals | {third}, chord.bass)


def _with_printed(song: Song, over: Sequence[beat.Beat], found: Sequence[_Placed], remarks: list[str]) -> list[_Placed]:
    """The chords with those that the file prints in their places."""
    named: dict[int, tuple[str, Chord]] = {}
    unread: Counter[str] = Counter()
    starts = [one.start for one in over]
    for onset, name in song.chords:
        try:
            chord = parse_chord(name)
        except InputError:
            unread[name] += 1
            continue
        if chord is not None:  # "N.C." stands where a guitar plays single notes: a bass goes on
            named[_nearest(starts, onset)] = (name, chord)
    if unread:
        remarks.append(f"printed over notes, but no chords: {', '.join(sorted(unread)[:_MOST_TOLD])}")
    up = _lift(named, found)
    if up is None:
        remarks.append("printed chords are left out: they go with nothing that sounds")
        return list(found)
    if up:
        remarks.append(f"printed chords sound {up} semitones higher than they are written: a capo or other tuning")
    placed = {number: _raised(name, chord, up) for number, (name, chord) in named.items()}
    result = list(found)
    for number, following in itertools.pairwise([*sorted(placed), len(over)]):
        alone = following == len(over) or over[following].bar - over[number].bar > _HOLDS
        for place in range(number, following):
            held = over[place].bar - over[number].bar
            if alone and held >= _HOLDS_ALONE and found[place] != found[number]:
                break
            result[place] = placed[number]
    return result


def _lift(named: Mapping[int, tuple[str, Chord]], found: Sequence[_Placed]) -> int | None:
    """Semitones by which printed chords sound higher than written: shapes of a guitar with a capo or tuned down.

    None: there are many, and hardly any goes with what sounds.
    """
    ups: Counter[int] = Counter()
    for number, (_, chord) in named.items():
        heard = found[number].chord
        if heard is not None:
            ups[(heard.root - chord.root) % 12] += 1
    if ups.total() < _FEW:
        return 0
    up, count = ups.most_common(1)[0]
    if 2 * count > ups.total():
        return up
    return 0 if ups[0] >= _SOME * ups.total() else None


def _raised(name: str, chord: Chord, up: int) -> _Placed:
    if not up:
        return _Placed(name, chord)
    plain = name.replace("♭", "b").replace("♯", "#")
    raised = _NOTE.sub(lambda note: SHARPS[(semitones(note[0].capitalize()) + up) % 12], plain)
    return _Placed(raised, parse_chord(raised))


def _nearest(starts: Sequence[Fraction], onset: Fraction) -> int:
    after = min(bisect_right(starts, onset), len(starts) - 1)
    return min(max(after - 1, 0), after, key=lambda number: abs(starts[number] - onset))


def _empty(song: Song, places: Sequence[int]) -> tuple[bool, ...]:
    """Whether some parts are silent in each bar."""
    begun = [0] * (len(song.bars) + 1)  # how many more notes sound than in the bar before
    for place in places:
        for note in song.parts[place].notes:
            begun[song.bar_at(note.onset)] += 1
            begun[song.bar_at(max(note.end - _RINGS, note.onset)) + 1] -= 1
    return tuple(count == 0 for count in itertools.accumulate(begun[:-1]))


def _chart(
    song: Song,
    key: Key,
    over: Sequence[beat.Beat],
    found: Sequence[_Placed],
    silent: Sequence[bool],
    remarks: Sequence[str],
) -> Chart:
    nothing = _Placed("N.C.", None)
    by_bar: list[list[tuple[Fraction, _Placed]]] = [[] for _ in song.bars]
    for one, chord in zip(over, found, strict=True):
        by_bar[one.bar].append((one.place, nothing if silent[one.bar] else chord))
    sections = []
    for span in spans(song):
        bars = []
        last: _Placed | None = None  # each section says its first chord
        for number in range(span.start, span.end):
            begun = []
            for place, chord in by_bar[number]:
                if chord != last:
                    begun.append(PlacedChord(place, chord.name, chord.chord))
                last = chord
            bars.append(ChartBar(tuple(begun)))
        sections.append(Section(span.name, tuple(bars)))
    signature = Counter(bar.signature for bar in song.bars).most_common(1)[0][0]
    beats_, unit = map(int, signature.split("/"))
    told = ("bars that are repeated by signs stand once",) if song.form else ()
    return Chart(
        sections=tuple(sections),
        title=song.title,
        artist=song.artist,
        time=(beats_, unit),
        key=key_name(key),
        tempo=song.tempo,
        remarks=(*remarks, *told),
    )
