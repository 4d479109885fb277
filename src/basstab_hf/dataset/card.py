"""The dataset card: what is in a built dataset, where it comes from, and what was left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from basstab_hf.dataset.rows import SPLITS


def card(rows: dict[str, list[dict[str, Any]]], stats: dict[str, Any]) -> str:
    """README.md of a dataset folder, with the YAML head that the Hub and `load_dataset` read."""
    from jinja2 import Environment

    every = [row for split in SPLITS for row in rows[split]]
    licences = Counter((row["artist"] if row["credit"] else "", row["licence"], row["credit"]) for row in every)
    template = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False).from_string(  # noqa: S701  # Markdown
        Path(__file__).with_name("card.md.jinja").read_text(encoding="utf-8")
    )
    return template.render(
        splits={split: len(rows[split]) for split in SPLITS},
        stats=stats,
        notes=sum(row["n_notes"] for row in every),
        bars=sum(row["n_bars"] for row in every),
        tunings=Counter(row["tuning"] for row in every).most_common(),
        licences=licences.most_common(),
        size=_size_category(len(every)),
    )


def _size_category(rows: int) -> str:
    """The Hub's words for how many rows there are."""
    steps = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((words for most, words in steps if rows < most), "1M<n<10M")
