#!/usr/bin/env python3
"""Speed of the tokenizer, raw tab text to ids, beside the seed's algorithm and MidiTok, in one run.

    scripts/bench_tokenizer.py [DATASET] [--rounds N]

DATASET is a folder that `basstab build` wrote; without it, the pages of $BASSTAB_REAL_TABS (../shared/real_tabs) are
recognised first. Rows of the table, best of N rounds that take turns, each with a tokenizer fresh from its files:

    column, note, riff   BassTabTokenizer of that kind: text by text, and all texts in one call
    seed                 HMels/BassTab_Transformer, written anew below: one column after the other is joined from its
                         characters and looked up in a dict
    MidiTok              REMI (Huang & Yang 2020), its default configuration, on the same notes as MIDI, which symusic
                         has parsed before the clock starts; if it is installed: pip install miditok
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from basstab_hf import BassTabTokenizer, Tab
from basstab_hf.dataset.load import load_texts
from basstab_hf.formats import WriteSettings, midi
from basstab_hf.recognise import recognise_bytes
from basstab_hf.tab.columns import END, to_text
from basstab_hf.tokenizer.token_kinds import KINDS

Work = Callable[[], Callable[[], object]]


def read(dataset: str | None) -> list[Tab]:
    """The pieces to encode."""
    if dataset:
        texts = [text for split in ("train", "validation", "test") for text in load_texts(dataset, split)]
        return [Tab.parse(to_text(text.split())) for text in texts]
    pages = Path(os.environ.get("BASSTAB_REAL_TABS", "../shared/real_tabs")) / "pages"
    found = [recognise_bytes(path.read_bytes()).tab for path in sorted(pages.rglob("*.html"))]
    return [tab for tab in found if tab.systems]


def seed_ids(text: str, dictionary: dict[str, int]) -> list[int]:
    """As the seed's Dataset.py and Dictionary.py do it, for any number of strings."""
    words: list[str] = []
    for block in text.split("\n\n"):
        rows = [line.split("|", 1)[1] for line in block.split("\n")]
        words.append("GDAE")
        for place in range(len(rows[0])):
            words.append("".join([row[place] for row in rows]))
        words.append(END)
    return [dictionary[word] for word in words]


def remi(tabs: list[Tab]) -> tuple[Any, list[Any]] | None:
    """MidiTok's REMI and the parsed MIDI of the tabs; None where it is not installed."""
    try:
        from miditok import REMI, TokenizerConfig
        from symusic import Score
    except ImportError:
        return None
    scores = []
    with tempfile.TemporaryDirectory() as folder:
        for place, tab in enumerate(tabs):
            path = Path(folder) / f"{place}.mid"
            midi.write(tab, path, WriteSettings(), force=False)
            scores.append(Score(path))
    return REMI(TokenizerConfig()), scores


def tasks(tabs: list[Tab], folder: Path) -> dict[tuple[str, str], Work]:
    """What is timed: (who, how) -> a function that prepares afresh and returns the work."""
    texts = [tab.text for tab in tabs]
    columns = [" ".join(tab.words) for tab in tabs]
    work: dict[tuple[str, str], Work] = {}
    for kind in KINDS:
        BassTabTokenizer.from_column_texts(columns, kind=kind).save_pretrained(folder / kind)
        work[kind, "single"] = partial(ours, folder / kind, lambda tokenizer: [tokenizer(text) for text in texts])
        work[kind, "batched"] = partial(ours, folder / kind, lambda tokenizer: tokenizer(texts))
    words = {word for text in columns for word in text.split()} | {"GDAE"}
    dictionary = {word: place for place, word in enumerate(words)}
    work["seed", "single"] = lambda: lambda: [seed_ids(text, dictionary) for text in texts]
    found = remi(tabs)
    if found is None:
        print("MidiTok is not installed: pip install miditok (into an environment of its own, added to PYTHONPATH)\n")
    else:
        encoder, scores = found
        work["MidiTok REMI", "single"] = lambda: lambda: [encoder.encode(score) for score in scores]
    return work


def ours(folder: Path, use: Callable[[BassTabTokenizer], object]) -> Callable[[], object]:
    tokenizer = BassTabTokenizer.from_pretrained(str(folder), verbose=False)
    tokenizer("G|-|\nD|-|\nA|-|\nE|-|")  # what is built at first use is built
    return lambda: use(tokenizer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    tabs = read(options.dataset)
    columns = sum(len(tab.words) for tab in tabs)
    print(f"{len(tabs)} pieces, {columns} column words, best of {options.rounds} rounds\n")
    with tempfile.TemporaryDirectory() as folder:
        work = tasks(tabs, Path(folder))
        best = dict.fromkeys(work, float("inf"))
        for _ in range(options.rounds):
            for name, prepare in work.items():
                run = prepare()
                start = time.perf_counter()
                run()
                best[name] = min(best[name], time.perf_counter() - start)
    print("| tokenizer | how | columns/s | times the seed's |\n| --- | --- | --- | --- |")
    for (who, how), seconds in best.items():
        print(f"| {who} | {how} | {columns / seconds:,.0f} | {best['seed', 'single'] / seconds:.2f} |")


if __name__ == "__main__":
    main()
