"""Other people's files as we read them, beside what readers that are not ours find in them.

    scripts/check_files FOLDER... [--below SHARE]

Guitar Pro and AlphaTex: alphaTab in Node, and of Guitar Pro 3 to 5 PyGuitarPro. MIDI: mido. MusicXML: music21. A file
with a bass has a track with the program of one, or that says bass in its name; of each the track of ours is taken that
agrees best. Right is a note at its onset (moved: within half a column of it, and where people play within an eighth of
a beat) and on its string and fret, or where the oracle has none at its pitch (octave: another octave of it); tied notes
are no notes. Files with fewer right notes than SHARE (0.999) are named.

Then our tracks alone: how many are the same after a trip through .txt, wider than sixteenths without need, and what is
hard to read in them.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

from file_oracles import Heard, Oracle, Staff, alphatab, music21, of_mido, pyguitarpro

from basstab_hf.errors import BasstabError
from basstab_hf.formats import WriteSettings, table
from basstab_hf.formats.track import MOST_RESTS, Track
from basstab_hf.formats.tracks import Tracks
from basstab_hf.tab.timing import stroke_bars, timed_notes
from basstab_hf.tab.values import Note

ORACLES: dict[str, tuple[tuple[str, ...], Oracle]] = {
    "alphaTab": ((".gp3", ".gp4", ".gp5", ".gpx", ".gp", ".alphatex", ".atex"), alphatab),
    "PyGuitarPro": ((".gp3", ".gp4", ".gp5"), pyguitarpro),
    "mido": ((".mid", ".midi"), of_mido),
    "music21": ((".musicxml", ".xml", ".mxl"), music21),
}
SUFFIXES = {suffix for suffixes, _ in ORACLES.values() for suffix in suffixes}
#: Beats within which an onset is the same: readers count in 960ths of a beat; and where people play.
SAME, PLAYED = 0.005, 0.13
#: Columns of a bar beyond which it is wide.
WIDE = 48


@dataclass(frozen=True)
class Score:
    """Counts of notes; `bars` are bar lines that are there, of `of_bars`."""

    right: int = 0
    moved: int = 0
    octave: int = 0
    lost: int = 0
    extra: int = 0
    bars: int = 0
    of_bars: int = 0


# Ours


def read(path: Path) -> Tracks | str:
    """Our tracks of a file, or why there are none."""
    try:
        return table.reader_of(path).read_tracks(path.read_bytes(), path.name)
    except BasstabError as error:
        return str(error).replace(path.name, "FILE")


def notes_of(track: Track) -> list[Note]:
    return list(timed_notes(track.tab, track.columns_per_beat, track.time.times))


def bars_of(track: Track) -> list[float]:
    """Where the bars of a track begin, in quarter notes."""
    bars = stroke_bars(track.tab, track.time.times, track.columns_per_beat)
    widths = [float(Fraction(bar.width) / track.columns_per_beat) for of_system in bars for bar in of_system]
    return list(accumulate(widths, initial=0.0))[:-1]


def place_of(note: Note, heard: Heard) -> tuple[int, int | None] | int:
    """What an oracle calls the place of a note of ours."""
    if isinstance(heard.place, int):
        return note.pitch
    return note.string, None if "dead note" in note.techniques else note.fret


def compared(track: Track, bass: Staff, start: float) -> Score:
    """A track of ours, which begins at `start`, beside the oracle's."""
    near = PLAYED if bass.played else 0.5 / track.columns_per_beat + SAME
    ours: defaultdict[tuple[int, int | None] | int, list[float]] = defaultdict(list)
    for note in notes_of(track):
        ours[place_of(note, bass.notes[0])].append(start + note.onset)

    def taken(place: tuple[int, int | None] | int, onset: float) -> float | None:
        """The distance to our nearest note at a place, which is then no one else's."""
        nearest = min(ours.get(place, []), key=lambda other: abs(other - onset), default=None)
        if nearest is None or abs(nearest - onset) > near:
            return None
        ours[place].remove(nearest)
        return abs(nearest - onset)

    count: Counter[str] = Counter()
    missed = []
    for heard in sorted(bass.notes, key=lambda heard: heard.onset):
        distance = taken(heard.place, heard.onset)
        if distance is None:
            missed.append(heard)
        else:
            count["right" if distance <= SAME else "moved"] += 1
    for heard in missed:
        octaves = range(heard.place % 12, 128, 12) if isinstance(heard.place, int) else ()
        count["octave" if any(taken(pitch, heard.onset) is not None for pitch in octaves) else "lost"] += 1
    lines = [start + place for place in bars_of(track)]
    theirs = [place for place in bass.bars if start <= place <= max(lines, default=start)]
    count["bars"] = sum(any(abs(place - line) <= SAME for line in lines) for place in theirs)
    return Score(**count, extra=sum(map(len, ours.values())), of_bars=len(theirs))


def best(tracks: Sequence[Track], bass: Staff, basses: Sequence[Staff]) -> Score:
    """The score of the track that agrees best with one of the basses of its file."""
    # Ours begins with the first bar, or behind many empty ones with a note, of whichever of those that are joined.
    starts = {bass.bars[0], *(other.bars[other.first_bar] for other in basses if other.first_bar > MOST_RESTS)}
    found = (compared(track, bass, start) for track in tracks for start in starts)
    return max(
        found,
        key=lambda score: (score.right + score.moved, score.octave, -score.extra),
        default=Score(lost=len(bass.notes)),
    )


# Tables


def check(name: str, paths: Sequence[Path], ours: dict[Path, Tracks | str], below: float) -> None:
    suffixes, oracle = ORACLES[name]
    told = [path for path in paths if path.suffix.lower() in suffixes]
    if not told:
        return
    counts: dict[str, Counter[str]] = {suffix: Counter() for suffix in suffixes}
    named: list[str] = []
    for path, basses in zip(told, oracle(told), strict=True):
        count = counts[path.suffix.lower()]
        found = ours[path]
        tracks = found.tracks if isinstance(found, Tracks) else ()
        sounding = [bass for bass in basses or [] if bass.notes]
        count.update(files=1, **{"oracle reads": basses is not None, "with bass": bool(sounding)})
        count["with bass read"] += bool(sounding and tracks)
        for bass in sounding:
            score = best(tracks, bass, sounding)
            count.update(basses=1, notes=len(bass.notes), **vars(score))
            if score.right + score.moved * bass.played < below * len(bass.notes) or score.bars < score.of_bars:
                named.append(f"  {path.name}: {len(bass.notes)} notes, {vars(score)}")
    columns = ("files", "oracle reads", "with bass", "with bass read", "basses", *vars(Score()), "notes")
    print(f"\n{name:12}" + "".join(f"{column:>15}" for column in columns))
    for suffix, count in counts.items():
        if count["files"]:
            print(f"{suffix:12}" + "".join(f"{count[column]:>15,}" for column in columns))
    if named:
        print(f"fewer than {below:.1%} right, or other bar lines:", *named, sep="\n")


def alone(ours: dict[Path, Tracks | str]) -> None:
    """Our tracks by themselves: the way through .txt and back, and how they read."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    named = []
    with tempfile.TemporaryDirectory() as folder:
        for path, found in ours.items():
            for track in found.tracks if isinstance(found, Tracks) else ():
                count = counts[path.suffix.lower()]
                notes = notes_of(track)
                sixteenths = all(float(note.onset * 4).is_integer() for note in notes)
                count.update(
                    tracks=1,
                    notes=len(notes),
                    **{"all in 16ths": sixteenths, "wider": sixteenths and track.columns_per_beat > 4},
                    **legibility(track),
                )
                same = notes_of(through_text(track, Path(folder) / "tab.txt")) == notes
                count["same by .txt"] += same
                if not same:
                    named.append(f"  {path.name}: {track.name!r} is another behind .txt")
    columns = ("tracks", "same by .txt", "all in 16ths", "wider", "bars", f"bars > {WIDE}", "notes", "run together")
    print(f"\n{'ours':12}" + "".join(f"{column:>15}" for column in columns))
    for suffix, count in sorted(counts.items()):
        print(f"{suffix:12}" + "".join(f"{count[column]:>15,}" for column in columns))
    print(*named, sep="\n")


def legibility(track: Track) -> Counter[str]:
    """Bars, wide ones among them, and frets of two digits that stand directly beside another fret."""
    count: Counter[str] = Counter()
    bars = stroke_bars(track.tab, track.time.times, track.columns_per_beat)
    for system, of_system in zip(track.tab.systems, bars, strict=True):
        for (start, end), bar in zip(system.bar_spans, of_system, strict=True):
            count.update({"bars": 1, f"bars > {WIDE}": end - start > WIDE + 1})
            frets = {(stroke.string, stroke.printed): stroke.fret or 0 for stroke in bar.strokes}
            for (string, place), fret in frets.items():
                beside = frets.get((string, place + len(str(fret))))
                count["run together"] += beside is not None and max(fret, beside) > 9
    return count


def through_text(track: Track, path: Path) -> Track:
    tempo = min(max(track.tempo or 100.0, 20.0), 400.0)
    settings = WriteSettings(tempo=tempo, columns_per_beat=track.columns_per_beat, time=track.time, marks=track.marks)
    table.writer_of(path).write(track.tab, path, settings, force=True)
    return table.reader_of(path).read_tracks(path.read_bytes(), path.name).tracks[0]


def refusals(ours: dict[Path, Tracks | str]) -> None:
    reasons: Counter[tuple[str, str]] = Counter()
    for path, found in ours.items():
        if isinstance(found, str):
            reasons[path.suffix.lower(), re.sub(r"\s+", " ", found)[:110]] += 1
        else:
            reasons.update((path.suffix.lower(), f"bass left out: {reason}") for reason in found.refused)
            reasons[path.suffix.lower(), "no bass"] += not found.tracks and not found.refused
    print("\nrefused by us, by reason")
    for (suffix, reason), count in sorted(reasons.items()):
        if count:
            print(f"{suffix:10}{count:>6}  {reason}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--below", type=float, default=0.999)
    options = parser.parse_args()
    found = {path for folder in options.folders for path in ([folder] if folder.is_file() else folder.rglob("*"))}
    paths = sorted(path for path in found if path.is_file() and path.suffix.lower() in SUFFIXES)
    ours = {path: read(path) for path in paths}
    for name in ORACLES:
        check(name, paths, ours, options.below)
    alone(ours)
    refusals(ours)


if __name__ == "__main__":
    main()
