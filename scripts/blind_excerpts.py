"""Eight bars from the middle of pieces, of the machine and of others, printed so that only the notes tell them apart.

Whoever made it, an excerpt is notes in exact time; all that is shown together is laid out on one grid by one writer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from basstab_hf import files
from basstab_hf.composer import compose
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.line import DEAD
from basstab_hf.composer.style import style as read_style
from basstab_hf.dataset.load import load_rows
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats.table import Kind, readable, reader_of
from basstab_hf.formats.timed import TimedBar, TimedNote
from basstab_hf.tab.layout import Bar, NoRoomError, Placed, lay_out
from basstab_hf.tab.time_map import TimeMap
from basstab_hf.tab.timing import StrokeBar, stroke_bars
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab

COMPOSED = "composed"
BARS = 8
#: Columns in a quarter note that are tried, the most usual first: finer ones are hard to read.
GRIDS = (4, 3, 8, 6, 12)
#: Of the bars of an excerpt: how many must sound, and how many notes they must have, or it is the end of a piece.
SOUNDING, NOTES = 7, 14
#: Quarter notes in the longest bar: a longer one is a line without bar lines.
LONGEST = 8
#: Characters of a line on a desk and on a phone.
WIDE, NARROW = 80, 40


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Bars of one length, and what the key says of them; `style` is "" where nobody knows."""

    tuning: Tuning
    bars: tuple[TimedBar, ...]
    origin: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An excerpt as the page has it: what is heard, and its lines on a desk and on a phone."""

    tab: Tab
    columns_per_beat: int
    wide: str
    narrow: str


def others(source: str, seed: int) -> Iterator[Excerpt]:
    """Excerpts of composed songs, of a dataset's test split or of a folder's files, in a random order.

    Raises:
        InputError: no such source, or nothing in it.
    """
    chance = Chance(f"blind others {seed}")
    folder = Path(source)
    if source == COMPOSED:
        songs = (_of_song(chance.below(2**31), number) for number in range(10_000))
        return (song for song in songs if song)
    if (folder / "data").is_dir():
        return _of_rows(folder, chance)
    suffixes = readable(Kind.TEXT, Kind.NOTATION)
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in suffixes]
    if not paths:
        raise InputError(f"{source} has no tabs: name a folder of files, a dataset folder, or {COMPOSED}")
    return (found for path in shuffled(paths, chance) if (found := _of_file(path, folder)))


def shuffled(things: Sequence[Path], chance: Chance) -> list[Path]:
    left = list(things)
    return [left.pop(chance.below(len(left))) for _ in things]


def _of_song(seed: int, number: int) -> Excerpt | None:
    song = compose(seed, number)
    style = read_style(song.style)
    length = Fraction(style.quarters)
    step = length / style.steps
    lines = [
        [
            TimedBar(length, tuple(TimedNote(n.step * step, n.string, _fret(n.fret), *n[3:]) for n in bar))
            for bar in bars
        ]
        for line in song.lines
        for bars in [line.bars] * line.repeats
    ]
    return _middle([(song.tab.tuning, bars) for bars in lines], f"song {seed} {number}", song.style, strict=True)


def _fret(fret: int) -> int | None:
    return None if fret == DEAD else fret


def _of_rows(folder: Path, chance: Chance) -> Iterator[Excerpt]:
    rows = [row for row in load_rows(folder, "test") if row["columns_per_beat"] and not row["off_grid"]]
    if not rows:
        raise InputError(f"{folder} has no test split whose grid is known")
    while rows:
        row = rows.pop(chance.below(len(rows)))
        tab = Tab.from_words(row["columns"].split())
        found = middle(tab, row["columns_per_beat"], row["id"], row.get("style") or "")
        if found:
            yield found


def _of_file(path: Path, folder: Path) -> Excerpt | None:
    try:
        track = reader_of(path).read_tracks(files.read_bytes(path), path.name).first(path.name)
    except BasstabError:  # pages without a bass tab are in every folder
        return None
    return middle(track.tab, track.columns_per_beat, str(path.relative_to(folder)), times=track.time.times)


def middle(
    tab: Tab, columns_per_beat: float, origin: str, style: str = "", times: TimeMap = (), *, strict: bool = True
) -> Excerpt | None:
    """The bars nearest to the middle that go on in one tuning and length; None where there are none.

    They begin with a line if they can, as phrases do. With `strict` they must sound, too.
    """
    return _middle(list(_timed(tab, columns_per_beat, times)), origin, style, strict=strict)


def _middle(
    lines: Sequence[tuple[Tuning, Sequence[TimedBar]]], origin: str, style: str, *, strict: bool
) -> Excerpt | None:
    bars = [(tuning, bar, place == 0) for tuning, line in lines for place, bar in enumerate(line)]
    last = len(bars) - BARS
    for start in sorted(range(last + 1), key=lambda start: (not bars[start][2], abs(2 * start - last), start)):
        part = bars[start : start + BARS]
        found = tuple(bar for _, bar, _ in part)
        alike = len({(tuning, bar.length) for tuning, bar, _ in part}) == 1
        if alike and (not strict or _sounds(found)):
            return Excerpt(part[0][0], found, origin, style)
    return None


def _timed(tab: Tab, columns_per_beat: float, times: TimeMap) -> Iterator[tuple[Tuning, list[TimedBar]]]:
    scale = Fraction(columns_per_beat)
    for system, bars in zip(tab.systems, stroke_bars(tab, times, columns_per_beat), strict=True):
        yield system.tuning, [TimedBar(Fraction(bar.width) / scale, _notes(bar, scale)) for bar in bars if bar.width]


def _notes(bar: StrokeBar, scale: Fraction) -> tuple[TimedNote, ...]:
    return tuple(
        TimedNote(Fraction(n.column) / scale, n.string, n.fret, n.before, n.after, n.tied) for n in bar.strokes
    )


def _sounds(bars: Sequence[TimedBar]) -> bool:
    if bars[0].length > LONGEST:
        return False
    counts = [len(bar.notes) for bar in bars]
    return sum(map(bool, counts)) >= SOUNDING and sum(counts) >= NOTES


def shown_alike(excerpts: Sequence[Excerpt]) -> list[Shown]:
    """Excerpts on the coarsest grid that has room for all of them; none where no grid has."""
    for grid in GRIDS:
        try:
            return [_shown(excerpt, grid) for excerpt in excerpts]
        except NoRoomError:
            continue
    return []


def _shown(excerpt: Excerpt, grid: int) -> Shown:
    """An excerpt on a grid.

    Raises:
        NoRoomError: the grid has no room for it.
    """
    bars = [_on_grid(bar, grid) for bar in excerpt.bars]
    width = bars[0].width + 2
    wide, narrow = (_text(excerpt.tuning, bars, max(room // width, 1)) for room in (WIDE, NARROW))
    return Shown(wide, grid, wide.text, narrow.text)


def _on_grid(bar: TimedBar, grid: int) -> Bar:
    """A bar without habits of print: frets that touch ask for a finer grid, ties up to the bar line are not written.

    Raises:
        NoRoomError: the grid is too coarse.
    """
    places = [note.onset * grid for note in bar.notes]
    if any(place.denominator != 1 for place in [*places, bar.length * grid]):
        raise NoRoomError("an onset between two columns")
    notes = [
        Placed(int(place), note.string, note.fret, note.before, note.after)
        for place, note in zip(places, bar.notes, strict=True)
    ]
    for note, following in itertools.pairwise(sorted(notes, key=lambda note: (note.string, note.column))):
        if note.string == following.string and following.column <= note.end:
            raise NoRoomError("frets that touch")
    return Bar(int(bar.length * grid), tuple(notes))


def _text(tuning: Tuning, bars: Sequence[Bar], most: int) -> Tab:
    a_line = max(size for size in (4, 2, 1) if size <= most)
    return Tab(lay_out(tuning, bars, range(0, len(bars), a_line)).systems)
