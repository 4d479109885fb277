"""How well `basstab_hf.listen` hears songs, on other people's files and on songs composed here.

    scripts/bench_accompany.py FOLDER... [--composed N] [--named] [--parts STYLE]

FOLDERs hold .gp3 .gp4 .gp5 .gp .gpx .mid .musicxml .mxl files of others; nothing of them is kept. Three tables:
printed chords: half bars under a printed name (it holds up to the next one, at most four bars): the same root; of those
the same third; songs whose names are all off by as much are shapes of a capo, and are moved. People's basses: the bass
taken away, bars in which it plays: its first note is the heard root there; beside it the tonic of the heard key and the
lowest note that sounds; share of its onsets on the kick drum, and in the heard key. Composed songs: half bars of chords
rendered as guitars; right is the root, and the third where one sounds.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from basstab_hf.chart.names import Chord, parse_chord
from basstab_hf.chart.values import Chart
from basstab_hf.composer import compose
from basstab_hf.errors import BasstabError
from basstab_hf.generate import Composer
from basstab_hf.generate.accompany import ask_song, track_of
from basstab_hf.listen import beats as beat
from basstab_hf.listen.groove import place_of
from basstab_hf.listen.hear import hear
from basstab_hf.listen.read import parse_song
from basstab_hf.listen.values import SUFFIXES, Bar, Part, Song, SongNote
from basstab_hf.tab.timing import stroke_bars

#: Bars below which a file is a test, no song; bars that a printed chord holds at most.
FEWEST_BARS, HOLDS = 16, 4
HALF = Fraction(1, 2)


@dataclass
class Share:
    """Counts of what is right, by name."""

    right: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, right: bool) -> None:
        self.right[name] += right
        self.of[name] += 1

    def __str__(self) -> str:
        return ", ".join(f"{name} {self.right[name] / count:.1%} of {count:,}" for name, count in self.of.items())


def chord_at(chart: Chart, number: int, place: Fraction) -> Chord | None:
    """The chord at a place of a bar; what a bar begins with may have begun before."""
    found: Chord | None = None
    for bar in chart.bars[: number + 1][::-1]:
        for placed in reversed(bar.chords):
            if bar is not chart.bars[number] or placed.place <= place:
                return placed.chord
    return found


def chords_at(chart: Chart, parts: int = 2) -> list[list[Chord | None]]:
    """The chord at each half of each bar."""
    rows, last = [], None
    for bar in chart.bars:
        row = []
        for part in range(parts):
            place = Fraction(part, parts)
            begun = [one for one in bar.chords if one.place <= place]
            row.append(begun[-1].chord if begun else last)
        last = bar.chords[-1].chord if bar.chords else last
        rows.append(row)
    return rows


def third(chord: Chord) -> int | None:
    return next((one for one in (4, 3) if one in chord.intervals), None)


# Printed chords


def printed(song: Song) -> list[list[Chord | None]]:
    """The chord printed at each half of each bar; None where none holds."""
    told = []
    for onset, name in song.chords:
        try:
            told.append((onset, parse_chord(name)))
        except BasstabError:
            continue
    rows = []
    for number, bar in enumerate(song.bars):
        row: list[Chord | None] = []
        for place in (Fraction(0), HALF):
            at = bar.start + place * bar.length + Fraction(1, 8)
            before = [(onset, chord) for onset, chord in told if onset <= at]
            near = before and number - song.bar_at(before[-1][0]) < HOLDS
            row.append(before[-1][1] if near else None)
        rows.append(row)
    return rows


def has_chords(song: Song) -> bool:
    """Whether a part strikes three notes together now and then; lead sheets do not."""
    together = Counter(note.onset for part in song.pitched for note in part.notes)
    return sum(count > 2 for count in together.values()) > FEWEST_BARS


def on_printed(song: Song, share: Share) -> None:
    heard = chords_at(hear(song, printed=False).chart)
    names = printed(song)
    # Shapes of a guitar with a capo or tuned down: what most names are off by is taken off all.
    off = Counter(
        (found.root - name.root) % 12
        for row, ours in zip(names, heard, strict=True)
        for name, found in zip(row, ours, strict=True)
        if name is not None and found is not None
    )
    up = off.most_common(1)[0][0] if off else 0
    share.add("written as they sound", up == 0)
    for row, ours in zip(names, heard, strict=True):
        for name, found in zip(row, ours, strict=True):
            if name is not None:
                same = found is not None and found.root == (name.root + up) % 12
                share.add("root", same)
                if same and found is not None and third(name) is not None:
                    share.add("third", third(found) == third(name))


# People's basses


def without_bass(song: Song) -> Song:
    return replace(song, parts=tuple(part for part in song.parts if not part.is_bass))


def on_basses(song: Song, share: Share) -> Share:
    """Adds a song to the counts of all; returns its own."""
    own = Share()
    heard = hear(without_bass(song), printed=False)
    over = beat.beats(song.bars)
    lowest = beat.sounding(song, song.pitched, over).lowest
    by_bar: dict[int, SongNote] = {}
    kicks = [{hit.place for hit in bar} for bar in heard.groove.kicks]
    scale = heard.key.scale | ({heard.key.raised_seventh} if heard.key.minor else set())
    for note in sorted(note for part in song.basses for note in part.notes):
        number, place = place_of(song, note.onset)
        by_bar.setdefault(number, note)
        own.add("on kick", place in kicks[number]) if any(kicks) else None
        own.add("in key", note.pitch % 12 in scale)
    starts = [float(one.start) for one in over]
    for number, note in by_bar.items():
        _, place = place_of(song, note.onset)
        chord = chord_at(heard.chart, number, place)
        wanted = note.pitch % 12
        own.add("root", chord is not None and chord.root == wanted)
        own.add("tonic", heard.key.tonic == wanted)
        at = max(index for index, start in enumerate(starts) if start <= float(note.onset) + 1e-6)
        sounds = lowest[: at + 1].any(axis=1).nonzero()[0]
        own.add("lowest", len(sounds) > 0 and int(lowest[sounds[-1]].argmax()) == wanted)
    share.right.update(own.right)
    share.of.update(own.of)
    return own


# Parts


def on_part(song: Song, composer: Composer, style: str, share: Share, seed: int = 1) -> None:
    """A part written for the song without its bass, beside the bass and beside roots in eighths."""
    bare = without_bass(song)
    heard = hear(bare, printed=False)
    model = composer.model
    made = ask_song(model.metrics, heard, model.usual_width, style=style, seed=seed)
    (written,) = composer.write(made.request, 1)
    track = track_of(made, heard, written.tab)
    ours: list[tuple[int, Fraction, int]] = []
    bars = [bar for system in stroke_bars(track.tab, (), track.columns_per_beat) for bar in system]
    for number, bar in enumerate(bars):
        for stroke in bar.strokes:
            if stroke.fret is not None:
                pitch = track.tab.tuning.pitches[stroke.string - 1] + stroke.fret
                ours.append((number, Fraction(stroke.column) / bar.width, pitch))
    eighths = []
    for number, bar in enumerate(song.bars):
        for place in range(int(bar.length * 2)):
            at = Fraction(place, 2) / bar.length
            chord = chord_at(heard.chart, number, at)
            if chord is not None:
                eighths.append((number, at, chord.bass))
    people = [(*place_of(song, note.onset), note.pitch) for part in song.basses for note in part.notes]
    first: dict[int, int] = {}
    for number, _, pitch in sorted(people):
        first.setdefault(number, pitch)
    scale = heard.key.scale | ({heard.key.raised_seventh} if heard.key.minor else set())
    kicks = [{hit.place for hit in bar} for bar in heard.groove.kicks]
    for name, notes in (("part", ours), ("roots in eighths", eighths), ("people", people)):
        begun: dict[int, int] = {}
        for number, place, pitch in sorted(notes):
            begun.setdefault(number, pitch)
            share.add(f"{name} in key", pitch % 12 in scale)
            if any(kicks):
                share.add(f"{name} on kick", place in kicks[number])
        for number, pitch in first.items():
            if number in begun and name != "people":
                share.add(f"{name} first note", begun[number] % 12 == pitch % 12)


# Composed songs


def voicing(chord: Chord, way: str) -> list[int]:
    """Pitches of a chord as a guitar plays it, the lowest first."""
    root = 40 + (chord.root - 40) % 12
    tones = sorted(chord.intervals)
    if way == "power":
        return [root, root + (next((one for one in tones if one in (6, 7, 8)), 7)), root + 12]
    if way == "octave":
        return [root, root + 12]
    if way == "inverted":
        lifted = [*tones[1:], tones[0] + 12]
        return [root + tone for tone in lifted] + [root + lifted[0] + 12]
    fifth = [tone for tone in tones if tone in (6, 7, 8)]
    return [root, *(root + tone for tone in fifth), root + 12, *(root + 12 + tone for tone in tones[1:])]


def rendered(number: int, seed: int) -> tuple[Song, list[list[Chord | None]], list[str]]:
    """A composed song as a guitar, a melody now and then, and drums; the chords of its half bars and how they sound."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311
    song = compose(seed, number)
    beats, unit = map(int, song.time_signature.split("/"))
    length = Fraction(beats * 4, unit)
    ways = {}
    bars, truth, told = [], [], []
    guitar: list[SongNote] = []
    melody: list[SongNote] = []
    drums: list[SongNote] = []
    for line in song.lines:
        way = ways.setdefault(
            line.section, chance.choice(["strum", "strum", "arpeggio", "power", "inverted", "octave", "sparse"])
        )
        for chords in line.chords * line.repeats:
            start = sum((bar.length for bar in bars), Fraction(0))
            bars.append(Bar(start, length, song.time_signature))
            named = [parse_chord(chord.name) for chord in chords]
            truth.append([named[place * len(named) // 2] if named else None for place in range(2)])
            told.append(way)
            for place, chord in enumerate(named):
                if chord is not None:
                    begin = start + length * place / len(named)
                    guitar += played(chord, way, begin, length / len(named))
            drums += [SongNote(start, start + HALF, 36), SongNote(start + length / 2, start + length / 2 + HALF, 38)]
            if named and named[0] is not None and number % 2:
                scale = sorted(named[0].scale)
                for eighth in range(int(length)):
                    onset = start + eighth
                    melody.append(SongNote(onset, onset + 1, 72 + chance.choice(scale)))
    parts = (
        Part(1, "Guitar", tuple(sorted(guitar)), 27),
        Part(2, "Flute", tuple(sorted(melody)), 73),
        Part(3, "Drums", tuple(sorted(drums)), is_drums=True),
    )
    return Song("", "", tuple(bars), parts), truth, told


def played(chord: Chord, way: str, start: Fraction, length: Fraction) -> Iterator[SongNote]:
    pitches = voicing(chord, way)
    if way == "sparse":
        yield from (SongNote(start, start + length, pitch) for pitch in pitches)
        return
    for eighth in range(int(length * 2)):
        onset = start + eighth * HALF
        if way == "arpeggio":
            yield SongNote(onset, onset + HALF, pitches[eighth % len(pitches)])
        elif eighth % 4 != 1:
            yield from (SongNote(onset, onset + HALF, pitch) for pitch in pitches)


def on_composed(count: int) -> Share:
    share = Share()
    for number in range(count):
        song, truth, ways = rendered(number, 20)
        for row, ours, way in zip(truth, chords_at(hear(song).chart), ways, strict=True):
            for wanted, found in zip(row, ours, strict=True):
                if wanted is not None:
                    same = found is not None and found.root == wanted.root
                    share.add("root", same)
                    share.add(f"root, {way}", same)
                    if way not in ("power", "octave") and found is not None and third(wanted) is not None:
                        same = same and third(found) == third(wanted)
                        share.add("third", same)
                    share.add("chord", same)
    return share


# Files


def songs(folders: Sequence[str]) -> Iterator[tuple[str, Song]]:
    """Songs of folders, each title once."""
    seen = set()
    for path in sorted(path for folder in folders for path in Path(folder).rglob("*")):
        if path.suffix.lower() not in SUFFIXES:
            continue
        try:
            song = parse_song(path.read_bytes(), path.name, path.suffix)
        except BasstabError:
            continue
        what = (song.title.lower().split("(")[0].strip() or path.stem, len(song.bars))
        if len(song.bars) >= FEWEST_BARS and what not in seen and any(part.notes for part in song.pitched):
            seen.add(what)
            yield path.name, song


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--composed", type=int, default=200, help="songs that are composed (200)")
    parser.add_argument("--named", action="store_true", help="a line for each song")
    parser.add_argument("--parts", metavar="STYLE", help="write a part for each song that has a bass, too")
    options = parser.parse_args()
    parts, composer = Share(), Composer() if options.parts else None
    names, basses = Share(), Share()
    n_names = n_basses = 0
    started = time.process_time()
    bars = 0
    for name, song in songs(options.folders):
        bars += len(song.bars)
        if len(song.chords) >= 8 and has_chords(song):
            n_names += 1
            own = Share()
            on_printed(song, own)
            names.right.update(own.right)
            names.of.update(own.of)
            if options.named:
                print(f"printed  {name}: {own}")
        if any(part.notes for part in song.basses):
            n_basses += 1
            if composer is not None:
                on_part(song, composer, options.parts, parts)
            own = on_basses(song, basses)
            if options.named:
                print(f"bass     {name}: {own}")
    if bars:
        print(f"printed chords, {n_names} songs: {names}")
        print(f"people's basses, {n_basses} songs: {basses}")
        print(
            f"seconds for 100 bars, reading, hearing and counting: {(time.process_time() - started) / bars * 100:.2f}"
        )
    if composer is not None:
        print(f"parts for {n_basses} songs: {parts}")
    if options.composed:
        print(f"composed, {options.composed} songs: {on_composed(options.composed)}")


if __name__ == "__main__":
    main()
