"""Speed of recognition beside the seed's algorithm, in one run, over a folder of pages.

    scripts/bench_recognise.py [FOLDER] [--jobs N] [--rounds N]

FOLDER holds .html or .txt pages (default: the pages of $BASSTAB_REAL_TABS, ../shared/real_tabs). The seed's algorithm
(HMels/BassTab_Transformer, Dataset.py) is written anew below, plainly, as it works there: it walks over every
character and knows GDAE alone.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from basstab_hf.recognise import recognise_bytes

KEPT = [*map(str, range(19)), *"hps/x.-^~|GDAE", "\\", "Gb", "Db", "Ab", "Eb"]
LABELS = ("G|", "D|", "A|", "E|")


def seed_columns(page: bytes) -> int:
    """Columns of the systems that the seed's algorithm finds on a page."""
    found: dict[str, str] = {}
    words: list[str] = []
    for raw in page.decode("utf-8", "replace").replace("<br>", "").split("\n"):
        line = seed_line(raw)
        label = line[:2]
        if label not in LABELS:
            continue
        if label == "G|" and found:
            found = {}
        found[label] = seed_notes(line)
        if len(found) == len(LABELS):
            words.append("GDAE")
            words += ["".join(column) for column in zip(*(found[each] for each in LABELS), strict=False)]
            words.append("<END>")
            found = {}
    return len(words)


def seed_line(raw: str) -> str:
    """Keep the characters of its list and bring labels into one form."""
    line = ""
    for char in raw:
        if char in KEPT:
            line += char
    for old, new in (
        ("G", "G|"),
        ("A", "A|"),
        ("D", "D|"),
        ("E", "E|"),
        ("||", "|"),
        ("||", "|"),
        ("H", "h"),
        ("P", "p"),
    ):
        line = line.replace(old, new)
    return line


def seed_notes(line: str) -> str:
    """A line up to its last bar line, doubled bar lines collapsed."""
    single = ""
    for place, char in enumerate(line):
        if char == "|" and line[place + 1 : place + 2] == "|":
            continue
        single += char
    last = single.rfind("|")
    return single[: last + 1] if last > 1 else single + "|"


def recognised_columns(page: bytes) -> int:
    return sum(len(found.system.lines[0]) + 2 for found in recognise_bytes(page).systems)


def timed(work: Callable[[bytes], int], pages: Iterable[bytes], jobs: int) -> tuple[float, int]:
    """Seconds and columns; the pool is started before the clock."""
    if jobs == 1:
        start = time.perf_counter()
        total = sum(map(work, pages))
        return time.perf_counter() - start, total
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(int, range(jobs)))
        start = time.perf_counter()
        total = sum(pool.map(work, pages, chunksize=8))
        return time.perf_counter() - start, total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("BASSTAB_REAL_TABS", "../shared/real_tabs")) / "pages"
    parser.add_argument("folder", nargs="?", type=Path, default=default)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5, help="best of so many, the two taking turns")
    options = parser.parse_args()
    pages = [path.read_bytes() for path in sorted(options.folder.rglob("*")) if path.suffix in (".html", ".txt")]
    megabytes = sum(map(len, pages)) / 1e6
    print(f"{len(pages)} pages, {megabytes:.2f} MB, {options.jobs} process(es), best of {options.rounds} rounds")
    best: dict[str, tuple[float, int]] = {}
    for _ in range(options.rounds):
        for name, work in (("seed's algorithm", seed_columns), ("recognise", recognised_columns)):
            best[name] = min(best.get(name, (float("inf"), 0)), timed(work, pages, options.jobs))
    for name, (seconds, columns) in best.items():
        speed = f"{megabytes / seconds:6.2f} MB/s {columns / seconds:9.0f} columns/s"
        print(f"{name:<16} {seconds:6.3f} s {columns:8} columns {speed}")
    (seed, _), (own, _) = best.values()
    print(f"Recognition is {seed / own:.1f} times as fast")


if __name__ == "__main__":
    main()
