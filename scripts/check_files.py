"""Other people's files as we read them, beside what readers that are not ours find in them.

    scripts/check_files FOLDER... [--below SHARE]

Guitar Pro (.gp3 .gp4 .gp5 .gpx .gp): alphaTab in Node, and of versions 3 to 5 PyGuitarPro. A file with a bass has a
track with the program of one, or that says bass in its name; of each the track of ours is taken that agrees best. Right
is a note at its string, fret and onset, moved one within half a column of it; tied notes are no notes. Files with fewer
right notes than SHARE (0.999) are named.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from basstab_hf import web_parts
from basstab_hf.errors import BasstabError
from basstab_hf.formats import guitarpro
from basstab_hf.formats.parts import BASS_PROGRAMS, is_bass_name
from basstab_hf.formats.track import MOST_RESTS, Track
from basstab_hf.formats.tracks import Tracks
from basstab_hf.tab.timing import timed_notes

GUITAR_PRO = (".gp3", ".gp4", ".gp5", ".gpx", ".gp")
READER = Path(__file__).parent.parent / "tests" / "node" / "read_scores.mjs"
#: Files that Node is given at once.
BATCH = 50
#: Beats within which an onset is the same: readers count in 960ths of a beat.
SAME = 0.005


@dataclass(frozen=True)
class Heard:
    """A note that is struck: quarter notes from the start of the piece, and None for the fret of a dead note."""

    onset: float
    string: int
    fret: int | None


@dataclass(frozen=True)
class Staff:
    """A bass as an oracle reads it."""

    bars: tuple[float, ...]
    notes: tuple[Heard, ...]
    first_bar: int


@dataclass(frozen=True)
class Score:
    """Counts of notes."""

    right: int = 0
    moved: int = 0
    lost: int = 0
    extra: int = 0


# Oracles: files -> for each its basses, or None where the oracle cannot read it


def alphatab(paths: Sequence[Path]) -> Iterator[list[Staff] | None]:
    waiting = iter(paths)
    while batch := list(islice(waiting, BATCH)):
        command = ["node", str(READER), str(web_parts.node_modules()), "--staves", *map(str, batch)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        for found in json.loads(done.stdout):
            yield (
                None
                if "error" in found
                else [
                    staff(found["bars"], stave["notes"])
                    for stave in found["staves"]
                    if not stave["percussion"] and stave["tuning"] and is_bass(stave["program"], stave["name"])
                ]
            )


def pyguitarpro(paths: Sequence[Path]) -> Iterator[list[Staff] | None]:
    import guitarpro as gp

    for path in paths:
        try:
            song = gp.parse(io.BytesIO(path.read_bytes()), encoding="latin-1")
        except Exception:  # the library lets escape whatever goes wrong
            yield None
            continue
        yield [
            staff([(header.start - 960) / 960 for header in song.measureHeaders], list(gp_notes(track)))
            for track in song.tracks
            if not track.isPercussionTrack and is_bass(track.channel.instrument, track.name)
        ]


def gp_notes(track: Any) -> Iterator[tuple[Any, ...]]:
    for number, measure in enumerate(track.measures):
        for beat in (beat for voice in measure.voices for beat in voice.beats):
            for note in beat.notes:
                if note.type.name != "rest":
                    onset, tied = (beat.start - measure.start) / 960, note.type.name == "tie"
                    yield number, onset, note.string, note.value + track.offset, tied, note.type.name == "dead"


def is_bass(program: int, name: str) -> bool:
    return program in BASS_PROGRAMS or is_bass_name(name)


def staff(bars: Sequence[float], notes: Iterable[Sequence[Any]]) -> Staff:
    rows = [row for row in notes if not row[4]]
    heard = {Heard(bars[bar] + onset, string, None if dead else fret) for bar, onset, string, fret, _, dead in rows}
    return Staff(tuple(bars), tuple(heard), min((row[0] for row in rows), default=0))


ORACLES: dict[str, tuple[tuple[str, ...], Callable[[Sequence[Path]], Iterator[list[Staff] | None]]]] = {
    "alphaTab": (GUITAR_PRO, alphatab),
    "PyGuitarPro": (GUITAR_PRO[:3], pyguitarpro),
}


# Ours


def read(path: Path) -> Tracks | str:
    """Our tracks of a file, or why there are none."""
    try:
        return guitarpro.read_tracks(path.read_bytes(), path.name)
    except BasstabError as error:
        return str(error).replace(path.name, "FILE")


def compared(track: Track, bass: Staff) -> Score:
    """A track of ours beside the oracle's; ours begins with the first bar, or behind many empty ones with a note."""
    start = bass.bars[bass.first_bar if bass.first_bar > MOST_RESTS else 0]
    ours: dict[tuple[int, int | None], list[float]] = {}
    for note in timed_notes(track.tab, track.columns_per_beat, track.time.times):
        fret = None if "dead note" in note.techniques else note.fret
        ours.setdefault((note.string, fret), []).append(start + note.onset)
    right = moved = lost = 0
    for note in sorted(bass.notes, key=lambda note: note.onset):
        onsets = ours.get((note.string, note.fret), [])
        nearest = min(onsets, key=lambda onset: abs(onset - note.onset), default=None)
        distance = abs(nearest - note.onset) if nearest is not None else 9.0
        if nearest is None or distance > 0.5 / track.columns_per_beat + SAME:
            lost += 1
            continue
        onsets.remove(nearest)
        right, moved = right + (distance <= SAME), moved + (distance > SAME)
    return Score(right, moved, lost, sum(map(len, ours.values())))


def best(tracks: Sequence[Track], bass: Staff) -> Score:
    found = (compared(track, bass) for track in tracks)
    return max(found, key=lambda score: (score.right, -score.extra), default=Score(lost=len(bass.notes)))


# The table


def check(name: str, paths: Sequence[Path], ours: dict[Path, Tracks | str], below: float) -> None:
    suffixes, oracle = ORACLES[name]
    told = [path for path in paths if path.suffix.lower() in suffixes]
    counts: dict[str, Counter[str]] = {suffix: Counter() for suffix in suffixes}
    named: list[str] = []
    for path, basses in zip(told, oracle(told), strict=True):
        count = counts[path.suffix.lower()]
        found = ours[path]
        tracks = found.tracks if isinstance(found, Tracks) else ()
        sounding = [bass for bass in basses or [] if bass.notes]
        count.update(
            files=1, **{"oracle reads": basses is not None, "with bass": bool(sounding), "we read": bool(tracks)}
        )
        count["with bass read"] += bool(sounding and tracks)
        for bass in sounding:
            score = best(tracks, bass)
            count.update(basses=1, notes=len(bass.notes), **vars(score))
            if score.right < below * len(bass.notes):
                named.append(f"  {path.name}: {len(bass.notes)} notes, {vars(score)}")
    columns = ("files", "oracle reads", "with bass", "with bass read", "basses", *vars(Score()), "notes")
    print(f"\n{name:12}" + "".join(f"{column:>16}" for column in columns))
    for suffix, count in counts.items():
        if count["files"]:
            print(f"{suffix:12}" + "".join(f"{count[column]:>16,}" for column in columns))
    if named:
        print(f"fewer than {below:.1%} right:", *named, sep="\n")


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
            print(f"{suffix:6}{count:>6}  {reason}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--below", type=float, default=0.999)
    options = parser.parse_args()
    found = {path for folder in options.folders for path in ([folder] if folder.is_file() else folder.rglob("*"))}
    paths = sorted(path for path in found if path.is_file() and path.suffix.lower() in GUITAR_PRO)
    ours = {path: read(path) for path in paths}
    for name in ORACLES:
        check(name, paths, ours, options.below)
    refusals(ours)


if __name__ == "__main__":
    main()
