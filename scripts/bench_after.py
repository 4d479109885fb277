#!/usr/bin/env python3
"""TabBench after other songs: bits per column of held-out songs after others of their artists, as a Markdown table.

    scripts/bench_after.py DATASET [MODEL ...] [--gdae-only] [--held-out-artists 0.18] [--json]

Test songs stand in the order of the dataset. Three protocols (`basstab_hf.evaluation.after`), all given the training
split; a MODEL folder must have been trained on that of the same split (`scripts/bench_model.py --out`):

    alone     each song after nothing
    others    each song after all other test songs of its artist, in that order
    online    each song after all test songs before it

with 95 % bootstrap intervals over songs. n-gram: counts go on; PPMd and ZPAQ: what came before is put between the
training songs and the song; MODEL: its match cache, or its mixture, has read it. Anything else with `score_after` is a
line in `models`.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench_split import Split, read_split

from basstab_hf.errors import BasstabError
from basstab_hf.evaluation.after import Adapting, CachedModel, MixedModel, score_after_others, score_online
from basstab_hf.evaluation.baselines import PpmdModel, ZpaqModel, ppmd_is_here, zpaq_is_here
from basstab_hf.evaluation.ngram import TunedNgram
from basstab_hf.evaluation.scoring import n_columns
from basstab_hf.metrics.averages import interval, mean
from basstab_hf.printing.tables import markdown

PROTOCOLS = ("alone", "others", "online")


def models(folders: Sequence[str], split: Split) -> Iterator[tuple[str, Adapting]]:
    """Everything that is scored, by its name."""
    yield "n-gram, cache", TunedNgram.fit(split.train, split.validation, cached=True)
    if ppmd_is_here():
        yield "PPMd", PpmdModel(split.train, split.validation)
    if zpaq_is_here():
        yield "ZPAQ", ZpaqModel(split.train)
    for folder in folders:
        yield f"{Path(folder).name}, match cache", CachedModel(Path(folder), split.test)
        yield Path(folder).name, MixedModel(Path(folder), split.test, split.validation, split.validation_artists)


def scores(model: Adapting, split: Split) -> dict[str, list[float]]:
    """Nats of each test song by protocol."""
    return {
        "alone": [model.score_after([], piece) for piece in split.test],
        "others": score_after_others(model, split.test, split.test_artists),
        "online": score_online(model, split.test),
    }


def bench(options: argparse.Namespace) -> dict[str, Any]:
    """Everything that is printed."""
    split = read_split(Path(options.dataset), gdae_only=options.gdae_only, artists=options.held_out_artists)
    counts = [n_columns(text) for text in split.test]
    found: dict[str, Any] = {}
    for name, model in models(options.models, split):
        cpu, wall = time.process_time(), time.perf_counter()
        rows = {}
        for protocol, nats in scores(model, split).items():
            bits = [cost / math.log(2) / count for cost, count in zip(nats, counts, strict=True)]
            ends = interval(bits, counts)
            rows[protocol] = {"bits_per_column": mean(bits, counts), "low": ends.low, "high": ends.high, "songs": bits}
        seconds = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        print(f"{name}: {seconds['wall']:.0f} s", file=sys.stderr)
        found[name] = rows | {"seconds": seconds}
    alone = sum(split.test_artists.count(artist) == 1 for artist in split.test_artists)
    return {**split.facts(), "only_songs_of_their_artist": alone, "models": found}


def table(answer: dict[str, Any]) -> str:
    """Markdown, with a line about the split above."""
    rows = [("", *PROTOCOLS)]
    for name, by_protocol in answer["models"].items():
        told = (by_protocol[protocol] for protocol in PROTOCOLS)
        rows.append((name, *(f"{one['bits_per_column']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for one in told)))
    about = f"{answer['pieces']['test']} test songs of {answer['artists']['test']} artists, {answer['columns']} columns"
    return f"{about}; {answer['only_songs_of_their_artist']} are their artist's only one\n\n{markdown(rows)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", metavar="DATASET", help="a folder that `basstab build` wrote")
    parser.add_argument("models", nargs="*", metavar="MODEL", help="a model folder, trained on the split's songs")
    parser.add_argument("--gdae-only", action="store_true", help="leave out systems in other tunings")
    parser.add_argument("--held-out-artists", type=float, metavar="SHARE", help="as in bench_model.py")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    try:
        answer = bench(options)
    except BasstabError as error:
        print(f"bench_after: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=2) if options.json else table(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
