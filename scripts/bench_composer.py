"""How fast the composer is, how like people's its songs are, and how different from each other.

    python scripts/bench_composer.py --songs 5000                               # speed and diversity
    python scripts/bench_composer.py --songs 600 --styles rock,punk,pop --beside DATASET     # statistics, too

DATASET is a folder that `basstab build` made of real pages; of it only means leave this script.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from basstab_hf.composer import compose, style_names
from basstab_hf.composer.song import Song
from basstab_hf.dataset.load import load_rows
from basstab_hf.dataset.rows import SPLITS
from basstab_hf.metrics.averages import spread
from basstab_hf.metrics.statistics import compare, table
from basstab_hf.tab.timing import StrokeBar, stroke_bars
from basstab_hf.tab.values import Tab

Bar = tuple[Any, ...]


def timed(seed: int, n_songs: int, styles: Sequence[str]) -> tuple[list[Song], float]:
    """Songs, of the styles in turn where they are given, and how many one core composes in a second."""
    compose(seed, 0)
    for style in style_names():
        compose(seed, 0, style)  # its file is read
    start = time.process_time()
    songs = [compose(seed, number, styles[number % len(styles)] if styles else None) for number in range(n_songs)]
    return songs, n_songs / (time.process_time() - start)


def bars(tab: Tab) -> Iterator[Bar]:
    """The bars with notes of a tab, as what is struck where."""
    for system in stroke_bars(tab):
        yield from (written(bar) for bar in system if bar.strokes)


def written(bar: StrokeBar) -> Bar:
    return (bar.width, *((stroke.column, stroke.string, stroke.fret) for stroke in bar.strokes))


def most_shared(songs: Sequence[frozenset[Bar]]) -> list[float]:
    """For each song the share of its different bars that the song most like it has, too."""
    holders: dict[Bar, list[int]] = defaultdict(list)
    for number, found in enumerate(songs):
        for bar in found:
            holders[bar].append(number)
    shared = []
    for number, found in enumerate(songs):
        common = Counter(other for bar in found for other in holders[bar] if other != number)
        shared.append(max(common.values(), default=0) / max(len(found), 1))
    return shared


def diversity(name: str, tabs: Sequence[Tab]) -> None:
    every = [list(bars(tab)) for tab in tabs]
    total = sum(map(len, every))
    print(
        f"{name}: {len(tabs)} songs, {total} bars with notes, {len({bar for song in every for bar in song})} distinct"
    )
    shared = sorted(most_shared([frozenset(song) for song in every]))
    print(
        f"  bars shared with the song most like it: median {shared[len(shared) // 2]:.2f}, most {shared[-1]:.2f}, "
        f"over 0.6 in {sum(share > 0.6 for share in shared)} songs"
    )
    again = [sum(a == b for a, b in pairwise(song)) / max(len(song) - 1, 1) for song in every]
    print(f"  bar = the one before: {sum(again) / len(again):.3f}, spread {spread(again):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--styles", default="", help="some of " + ", ".join(style_names()))
    parser.add_argument("--beside", type=Path, help="a dataset folder of real pages")
    options = parser.parse_args()
    songs, rate = timed(options.seed, options.songs, [name for name in options.styles.split(",") if name])
    n_bars = sum(len(line.bars) for song in songs for line in song.lines)
    print(f"{rate:.0f} songs a second and core; {n_bars / len(songs):.0f} bars a song")
    print(", ".join(f"{style} {count}" for style, count in Counter(song.style for song in songs).most_common()))
    diversity("composed", [song.tab for song in songs])
    if options.beside:
        rows = [row for split in SPLITS for row in load_rows(options.beside, split)]
        people = [Tab.from_words(row["columns"].split()) for row in rows]
        diversity("people", people)
        found = compare([song.tab for song in songs], people)
        print(table(found, ("composed", "people")))
        print(f"{sum(abs(row.distance) > 0.3 for row in found)} of {len(found)} values more than 0.3 apart")


if __name__ == "__main__":
    main()
