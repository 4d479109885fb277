#!/usr/bin/env python3
"""How long the mixture takes a token: in C++, beside the reference in Python and beside the match cache of the song.

    scripts/bench_mixture.py [--songs 4]

Composed songs in the shipped model's tokens, with its weights; the model's own chances are drawn by chance, for they
cost no time here. CPU microseconds a token, and how many times the first line's; the best of three.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from basstab_hf.composer.song import compose
from basstab_hf.evaluation.mixed import first_weights
from basstab_hf.generate.mixing import Mixing
from basstab_hf.generate.tab_model import TabModel
from basstab_hf.model.match_cache import USUAL, MatchCache, log_softmax
from basstab_hf.model.mixture import RATE
from basstab_hf.model.song_contexts import TokenFacts
from basstab_hf.printing.tables import markdown

ROUNDS = 3


def lines(n_songs: int) -> list[tuple[str, float]]:
    """Name and CPU seconds a token of each way."""
    model = TabModel.open()
    vocabulary = model.tokenizer.get_vocab()
    facts = TokenFacts.of(sorted(vocabulary, key=vocabulary.__getitem__))
    songs = [model.encode(compose(1, number).tab.words) for number in range(n_songs)]
    chance = np.random.default_rng(0)
    rows = [np.array([log_softmax(row) for row in chance.normal(0, 2, (len(song), len(vocabulary)))]) for song in songs]
    weights = first_weights(None)
    slow, fast = (Mixing.of(facts, weights, fast=quick) for quick in (False, True))

    def cached(song: Sequence[int], log_p: np.ndarray) -> None:
        cache = MatchCache(USUAL)
        for token, row in zip(song, log_p, strict=True):
            cache.mix(row)
            cache.read([token])

    ways: list[tuple[str, Callable[[Sequence[int], np.ndarray], object]]] = [
        ("match cache, numpy", cached),
        ("mixture, Python", lambda song, log_p: slow.score(song, log_p, 0.0)),
        ("mixture, C++", lambda song, log_p: fast.score(song, log_p, 0.0)),
        ("mixture that learns, C++", lambda song, log_p: fast.score(song, log_p, RATE)),
    ]
    if fast.native is None:
        print("bench_mixture: the C++ engine was not built: its lines are Python's, too", file=sys.stderr)
    return [(name, min(timed(way, songs, rows) for _ in range(ROUNDS))) for name, way in ways]


def timed(
    way: Callable[[Sequence[int], np.ndarray], object], songs: Sequence[Sequence[int]], rows: Sequence[np.ndarray]
) -> float:
    """CPU seconds a token."""
    start = time.process_time()
    for song, log_p in zip(songs, rows, strict=True):
        way(song, log_p)
    return (time.process_time() - start) / sum(map(len, songs))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=4, metavar="N", help="how many songs")
    found = lines(parser.parse_args().songs)
    base = found[0][1]
    cells = [(name, f"{seconds * 1e6:.0f}", f"{seconds / base:.2f}") for name, seconds in found]
    print(markdown([("", "microseconds a token", "of the first"), *cells]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
