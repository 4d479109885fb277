"""How much of the match cache counts while a model writes: what makes its tabs most like those of the validation split.

Usage: python scripts/fit_writing.py MODEL DATASET [--tabs N]

The weights of the cache are fitted to what people wrote; a model that takes up its own bars as eagerly writes loops.
Tabs of 16 bars, asked for nothing, are compared with the first 16 bars of held-out songs by `metrics.statistics`; the
share whose values lie nearest in the mean is written into MODEL/generation_config.json.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from basstab_hf.dataset.load import load_texts
from basstab_hf.generate import Request, generate_tabs
from basstab_hf.metrics.statistics import Values, compare_values, statistics
from basstab_hf.model.folder import set_match_cache
from basstab_hf.model.match_cache import MatchSettings
from basstab_hf.tab import columns
from basstab_hf.tab.columns import END
from basstab_hf.tab.values import Tab

SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
BARS = 16


def beginning(text: str) -> Tab:
    """The first bars of a piece in column words."""
    words: list[str] = []
    lines = 0  # bar lines, of which each system has one before its first bar
    for word in text.split():
        words.append(word)
        lines += (set(word) == {"|"}) - (word == END)
        if lines > BARS:
            break
    return Tab.parse(columns.to_text(words if words[-1] == END else [*words, END]))


def distance(model: Path, tabs: int, references: Sequence[Values]) -> float:
    """How far the values of its tabs lie from the references', in standard deviations, in the mean."""
    written = [statistics(tab) for tab in generate_tabs(model, Request(bars=BARS, seed=1), tabs)]
    found = [abs(row.distance) for row in compare_values(written, references)]
    known = [value for value in found if math.isfinite(value)]
    return sum(known) / len(known)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("dataset")
    parser.add_argument("--tabs", type=int, default=100)
    options = parser.parse_args()
    cache = MatchSettings.of_folder(options.model)
    if cache is None:
        raise SystemExit(f"fit_writing: {options.model} has no match cache")
    references = [statistics(beginning(text)) for text in load_texts(options.dataset, "validation")]
    found = {}
    for share in SHARES:
        set_match_cache(options.model, replace(cache, share=share))
        found[share] = distance(options.model, options.tabs, references)
        print(f"share {share:g}: {found[share]:.3f} standard deviations apart", flush=True)
    best = min(found, key=lambda share: found[share])
    set_match_cache(options.model, replace(cache, share=best))
    print(json.dumps({"share": best}))


if __name__ == "__main__":
    main()
