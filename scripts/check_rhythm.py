"""Measure how often the printed rhythm of other people's tabs is read as a person read it.

    python scripts/check_rhythm.py FOLDER

FOLDER has the documents, under any names; tests/data/printed_rhythm.json has their hashes and what is right: for the
system whose first string line is in `line`, the onsets of its first bars in beats (`bars`), how long these last
(`lengths`) and how often the system is played (`plays`); tempo and time signature of the page. Prints a table.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from basstab_hf.recognise import Recognition, recognise_bytes
from basstab_hf.rhythm.beat_grid import TabRhythm, read_rhythm
from basstab_hf.rhythm.form import playing_order
from basstab_hf.tab.timing import stroke_bars

TABLE = Path(__file__).parent.parent / "tests" / "data" / "printed_rhythm.json"


def check(content: bytes, right: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """What is wrong: the name of a value, what is right and what was read."""
    found = recognise_bytes(content, all_instruments=True)
    rhythm = read_rhythm(found)
    for name in ("tempo", "time_signature"):
        read = rhythm.tempo if name == "tempo" else rhythm.time.time_signature
        if name in right and right[name] != read:
            yield name, right[name], read
    if right.get("swing", rhythm.time.swing) != rhythm.time.swing:
        yield "swing", right["swing"], rhythm.time.swing
    if "bars" not in right:
        return
    place = next((i for i, system in enumerate(found.systems) if right["line"] in system.line_numbers), None)
    if place is None:
        yield "system", right["line"], [system.first_line for system in found.systems][:4]
        return
    yield from _wrong_bars(found, rhythm, place, right)


def _wrong_bars(
    found: Recognition, rhythm: TabRhythm, place: int, right: dict[str, Any]
) -> Iterator[tuple[str, object, object]]:
    columns = rhythm.grid.columns_per_beat
    systems = stroke_bars(found.tab, rhythm.time.times, columns)
    bars = [bar for bar in systems[place] if bar.width]
    for number, onsets in enumerate(right["bars"]):
        read = (
            sorted({float(stroke.column) / columns for stroke in bars[number].strokes}) if number < len(bars) else None
        )
        if read is None or not _near(read, onsets):
            yield f"bar {number + 1}", onsets, read
    lengths = [float(bar.width) / columns for bar in bars[: len(right.get("lengths", ()))]]
    if "lengths" in right and not _near(lengths, right["lengths"]):
        yield "lengths", right["lengths"], lengths
    if "plays" in right:
        first = sum(map(len, systems[:place]))
        order = playing_order(rhythm.time.form) if rhythm.time.form else [first]
        times = max(order.count(first + i) for i in range(len(systems[place])))
        if times != right["plays"]:
            yield "plays", right["plays"], times


def _near(read: Sequence[float], right: Sequence[float]) -> bool:
    return len(read) == len(right) and all(abs(a - b) < 0.01 for a, b in zip(read, right, strict=True))


def main(folder: str) -> None:
    contents = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path for path in Path(folder).iterdir() if path.is_file()
    }
    tried: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for right in json.loads(TABLE.read_text(encoding="utf-8")):
        path = contents.get(right["sha256"])
        if path is None:
            continue
        wrong = list(check(path.read_bytes(), right))
        tried[right["kind"]] += 1
        passed[right["kind"]] += not wrong
        for name, expected, read in wrong:
            print(f"{path.name} line {right['line']}, {name}: {expected}, not {read}")
    if not tried:
        raise SystemExit(f"{folder} has none of the documents of {TABLE}")
    for kind, count in tried.items():
        print(f"{kind}: {passed[kind]} of {count} right")
    print(f"all: {passed.total()} of {tried.total()} right")


if __name__ == "__main__":
    main(sys.argv[1])
