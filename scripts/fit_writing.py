"""How much of mixture and match cache counts while a model writes: what makes its tabs most like validation songs.

Usage: python scripts/fit_writing.py MODEL DATASET [--tabs N]

The weights of both are fitted to what people wrote; a model that takes up its own bars as eagerly writes loops.
Tabs of 16 bars, asked for nothing, are compared with the first 16 bars of held-out songs by `metrics.statistics`; the
share whose values lie nearest in the mean is written into MODEL/generation_config.json for the cache, which pages and
transformers write with, and into MODEL/mixture.safetensors for the mixture, which engines write with.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from basstab_hf.dataset.load import load_texts
from basstab_hf.generate import Request, generate_tabs
from basstab_hf.metrics.statistics import Values, compare_values, statistics
from basstab_hf.model.folder import set_match_cache
from basstab_hf.model.match_cache import MatchSettings
from basstab_hf.model.mixture_weights import MIXTURE_FILE, Weights
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
    mixture = options.model / MIXTURE_FILE
    aside = mixture.with_suffix(".aside")
    if mixture.exists():
        mixture.rename(aside)  # so that the cache writes

    def write_with_cache(share: float) -> None:
        set_match_cache(options.model, replace(cache, share=share))

    best = {"match cache": fitted(options.model, options.tabs, references, write_with_cache)}
    if aside.exists():
        weights = Weights.load(aside)
        aside.unlink()

        def write_with_mixture(share: float) -> None:
            replace(weights, writing=share).save(mixture)

        best["mixture"] = fitted(options.model, options.tabs, references, write_with_mixture)
    print(json.dumps(best))


def fitted(model: Path, tabs: int, references: Sequence[Values], write_with: Callable[[float], None]) -> float:
    """The share whose tabs lie nearest; it is set when this returns."""
    found = {}
    for share in SHARES:
        write_with(share)
        found[share] = distance(model, tabs, references)
        print(f"share {share:g}: {found[share]:.3f} standard deviations apart", flush=True)
    best = min(found, key=lambda share: found[share])
    write_with(best)
    return best


if __name__ == "__main__":
    main()
