"""Files, folders or datasets -> the songs that tabs are to be like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from basstab_hf.dataset import pieces
from basstab_hf.dataset.load import load_rows
from basstab_hf.dataset.sources import Refusal, items
from basstab_hf.errors import InputError
from basstab_hf.generate.like import Songs
from basstab_hf.tab.values import Tab


def read_songs(sources: Sequence[str]) -> Songs:
    """Read files and folders of tabs, or training splits of dataset folders; what cannot be read is told.

    Raises:
        InputError: nothing there, or no tab in it.
    """
    tabs: list[tuple[str, Tab]] = []
    unread: Counter[str] = Counter()
    for source in sources:
        if not source or not Path(source).exists():
            raise InputError(f"{source!r} is no file, folder or dataset of songs: name one that is there")
        for found in _found(source):
            if isinstance(found, Refusal):
                unread[found.reason] += 1
            else:
                tabs.append(found)
    told = tuple(f"left out {count}: {reason}" for reason, count in unread.most_common())
    if not tabs:
        raise InputError(f"no tab in {', '.join(sources)}{': ' if told else ''}{'; '.join(told)}")
    return Songs(tuple(tabs), told)


def _found(source: str) -> Iterator[tuple[str, Tab] | Refusal]:
    folder = Path(source)
    if (folder / "data").is_dir():
        for row in load_rows(folder, "train"):
            yield row["title"] or row["source"], Tab.from_words(row["columns"].split())
        return
    for item in items(source):
        for piece in pieces.read(item):
            yield piece if isinstance(piece, Refusal) else (piece.tab.title or piece.source, piece.tab)
