"""The dataset card: what is in a built dataset, where it comes from, what was left out, and how rows get removed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from basstab_hf.dataset.plots import plot_contents, plot_lengths
from basstab_hf.dataset.rows import SPLITS, features
from basstab_hf.tab import columns

#: Rows of the card's tables; the rest is summed up in one.
MOST_ROWS = 30


@dataclass
class Origin:
    """What came from one place under one licence."""

    pieces: int = 0
    columns: int = 0
    retrieved: set[str] = field(default_factory=set)  # the first and the last day
    credits: Counter[str] = field(default_factory=Counter)

    def count(self, row: dict[str, Any]) -> None:
        """Count a row."""
        self.pieces += 1
        self.columns += row["n_columns"]
        days = self.retrieved | {row["retrieved_at"][:10]} - {""}
        self.retrieved = {min(days), max(days)} if days else days
        if row["credit"]:
            self.credits[row["credit"]] += 1


@dataclass
class Statistics:
    """What the card tells of the rows, counted as they are written."""

    lengths: dict[str, Counter[int]] = field(default_factory=lambda: {split: Counter() for split in SPLITS})  # bars
    tunings: Counter[str] = field(default_factory=Counter)
    techniques: Counter[str] = field(default_factory=Counter)
    origins: dict[tuple[str, str], Origin] = field(default_factory=dict)
    notes: int = 0
    bars: int = 0
    examples: dict[str, str] = field(default_factory=dict)  # the first system of a split

    def count(self, split: str, row: dict[str, Any]) -> None:
        """Count a row."""
        self.lengths[split][row["n_bars"]] += 1
        self.tunings[row["tuning"]] += 1
        self.techniques.update(row["techniques"])
        self.notes += row["n_notes"]
        self.bars += row["n_bars"]
        self.origins.setdefault((_place(row), row["licence"]), Origin()).count(row)
        first = row["systems"][0]
        self.examples.setdefault(split, columns.print_rows(first["labels"], first["lines"]))


def write_card(folder: Path, stats: dict[str, Any], statistics: Statistics, n_bytes: dict[str, int]) -> None:
    """Write README.md, with the YAML head that the Hub and `load_dataset` read, and its plots.

    Args:
        stats: what stats.json holds.
        n_bytes: size of the rows in memory by split.
    """
    from jinja2 import Environment

    (folder / "plots").mkdir()
    plot_lengths(statistics.lengths, folder / "plots" / "lengths.png")
    plot_contents(statistics.tunings, statistics.techniques, folder / "plots" / "contents.png")
    environment = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701  # Markdown
    environment.filters["cell"] = _cell
    template = environment.from_string(Path(__file__).with_name("card.md.jinja").read_text(encoding="utf-8"))
    card = template.render(
        stats=stats,
        found=statistics,
        n_pieces=sum(stats["kept"].values()),
        n_bytes=n_bytes,
        download_size=sum(path.stat().st_size for path in (folder / "data").iterdir()),
        features=features()._to_yaml_list(),  # as datasets writes it into its own cards
        size=_size_category(sum(stats["kept"].values())),
        origins=_most(statistics.origins),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


def _most(origins: dict[tuple[str, str], Origin]) -> list[tuple[tuple[str, str], Origin]]:
    """Origins, the largest first; many small ones become one."""
    ordered = sorted(origins.items(), key=lambda item: (-item[1].pieces, item[0]))
    rest = ordered[MOST_ROWS:]
    if len(rest) > 1:
        others = Origin(sum(one.pieces for _, one in rest), sum(one.columns for _, one in rest))
        ordered[MOST_ROWS:] = [((f"{len(rest)} more", "see the field licence"), others)]
    return ordered


def _place(row: dict[str, Any]) -> str:
    """Where a row comes from: a web site, a collection, or the files of who built the dataset."""
    return urlsplit(row["url"]).hostname or (row["artist"] if row["credit"] else "local files")


def _cell(text: object) -> str:
    """A text as one cell of a Markdown table: no line ends, nothing that is markup."""
    return re.sub(r"([\\`*_\[\]<>|#~$&])", r"\\\1", " ".join(str(text).split()))


def _size_category(rows: int) -> str:
    """The Hub's words for how many rows there are."""
    steps = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((words for most, words in steps if rows < most), "1M<n<10M")
