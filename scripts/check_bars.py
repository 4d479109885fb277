"""Bar lines of other people's MusicXML as we read them, beside music21: scripts/check_bars.py FOLDER...

A file is right if some part that music21 reads has its bars where ours are. Those that are not are named with the first
bar that differs; a file has an upbeat if its first bar is shorter than its time signature.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from itertools import accumulate
from pathlib import Path

from basstab_hf.errors import BasstabError
from basstab_hf.formats.musicxml_file import read_root
from basstab_hf.formats.musicxml_parts import Piece, read_piece

#: Quarter notes within which places are the same: music21 rounds them.
SAME = 0.001


def theirs(path: Path) -> list[list[float]]:
    """Where the bars of each part begin, in quarter notes."""
    import music21

    score = music21.converter.parse(str(path), forceSource=True)
    return [[float(bar.offset) for bar in part.getElementsByClass("Measure")] for part in score.parts]


def ours(piece: Piece) -> list[float]:
    return [float(place) for place in accumulate((bar.length for bar in piece.form.bars), initial=0)]


def has_upbeat(piece: Piece) -> bool:
    first = piece.parts[0].bars[0]
    return piece.form.bars[0].length < first.signature


def check(path: Path, counts: Counter[str]) -> None:
    counts["files"] += 1
    try:
        piece = read_piece(read_root(path.read_bytes(), path.name), path.name)
    except BasstabError as error:
        counts["refused by us"] += 1
        print(error)
        return
    try:
        parts = [places for places in theirs(path) if places]
    except Exception:  # music21 lets escape whatever goes wrong
        parts = []
    if not parts:
        counts["refused by music21"] += 1
        return
    mine = ours(piece)
    wrong = [
        next((bar for bar, (a, b) in enumerate(zip(places, mine, strict=False), 1) if abs(a - b) > SAME), 0)
        for places in parts
    ]
    upbeat = has_upbeat(piece)
    counts.update({"compared": 1, "right": 0 in wrong, "upbeat": upbeat, "upbeat right": upbeat and 0 in wrong})
    if 0 not in wrong:
        print(f"{path}: from bar {wrong[0]}")


def main() -> None:
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    for folder in map(Path, sys.argv[1:]):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".musicxml", ".mxl", ".xml"):
                check(path, counts)
    print(", ".join(f"{count:,} {name}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
