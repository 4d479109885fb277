#!/usr/bin/env python3
"""The table of the kinds of tokens: size, words a token, and speed beside the seed's algorithm and MidiTok, in one run.

    scripts/bench_tokenizer.py [DATASET] [--rounds N] [--write docs/representation.md]

DATASET is a folder that `basstab build` wrote; without it, the pages of $BASSTAB_REAL_TABS (../shared/real_tabs) are
recognised first. Vocabularies are learnt from three quarters of the pieces, and cover the rest (every fourth). Speed is
raw tab text to ids of all pieces in CPU seconds, the best of N rounds that take turns, each with a tokenizer fresh from
its files, so that it remembers nothing. `--write` puts the table into a page, between the lines that mark it. Rows:

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

from basstab_hf import BassTabTokenizer, Tab, files
from basstab_hf.dataset.load import load_texts
from basstab_hf.formats import WriteSettings, midi
from basstab_hf.recognise import recognise_bytes
from basstab_hf.tab.columns import END, to_text
from basstab_hf.tokenizer.control_words import RESERVED
from basstab_hf.tokenizer.coverage import measure_coverage
from basstab_hf.tokenizer.token_kinds import KINDS

Work = Callable[[], Callable[[], object]]
#: What encloses the table in a page.
MARKS = ("<!-- scripts/bench_tokenizer.py -->\n", "<!-- end -->\n")
#: One piece of so many is held out.
HELD_OUT = 4


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


def learnt(tabs: list[Tab], folder: Path) -> dict[str, str]:
    """Save a tokenizer of each kind; what the table says of it: vocabulary, kB of tokenizer.json, words a token."""
    texts = [" ".join(tab.words) for tab in tabs]
    rows = {}
    for kind in KINDS:
        shown = [text for place, text in enumerate(texts) if place % HELD_OUT]
        tokenizer = BassTabTokenizer.from_column_texts(shown, kind=kind)
        tokenizer.save_pretrained(folder / kind)
        size = len(tokenizer) - len(RESERVED)
        bytes_ = (folder / kind / "tokenizer.json").stat().st_size
        words = 1 / measure_coverage(tokenizer, texts[::HELD_OUT]).tokens_per_column
        rows[kind] = f"{size:,} | {bytes_ / 1000:.0f} kB | {words:.2f}"
    return rows


def tasks(tabs: list[Tab], folder: Path) -> dict[tuple[str, str], Work]:
    """What is timed: (who, how) -> a function that prepares afresh and returns the work."""
    texts = [tab.text for tab in tabs]
    work: dict[tuple[str, str], Work] = {}
    for kind in KINDS:
        work[kind, "batched"] = partial(ours, folder / kind, lambda tokenizer: tokenizer(texts))
        work[kind, "single"] = partial(ours, folder / kind, lambda tokenizer: [tokenizer(text) for text in texts])
    words = {word for tab in tabs for word in tab.words} | {"GDAE"}
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


def timed(work: dict[tuple[str, str], Work], rounds: int) -> dict[tuple[str, str], float]:
    """The fewest CPU seconds of each."""
    best = dict.fromkeys(work, float("inf"))
    for _ in range(rounds):
        for name, prepare in work.items():
            run = prepare()
            start = time.process_time()
            run()
            best[name] = min(best[name], time.process_time() - start)
    return best


def table(rows: dict[str, str], best: dict[tuple[str, str], float], columns: int) -> str:
    """A row a tokenizer: millions of columns a CPU second, and times what the seed's algorithm does."""

    def speed(who: str, how: str) -> str:
        seconds = best.get((who, how))
        if seconds is None:
            return "|"
        return f"| {columns / seconds / 1e6:.1f} ({best['seed', 'single'] / seconds:.1f}) "

    lines = [
        "| kind | vocabulary | tokenizer.json | words a token | M columns/s, all in one call | text by text |",
        "|---|---|---|---|---|---|",
    ]
    for who in dict.fromkeys(name for name, _ in best):
        lines.append(f"| {who} | {rows.get(who, '| |')} {speed(who, 'batched')}{speed(who, 'single')}|")
    return "\n".join(lines) + "\n"


def put(page: Path, text: str) -> None:
    """Put a table between the marks of a page."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not mark or not end:
        raise SystemExit(
            f"{page}: it has no lines {MARKS[0].strip()!r} and {MARKS[1].strip()!r}: put them where the table goes"
        )
    files.write_text(page, f"{before}{mark}{text}{end}{after}", force=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    options = parser.parse_args()
    tabs = read(options.dataset)
    columns = sum(len(tab.words) for tab in tabs)
    with tempfile.TemporaryDirectory() as folder:
        rows = learnt(tabs, Path(folder))
        found = table(rows, timed(tasks(tabs, Path(folder)), options.rounds), columns)
    found += f"\n{len(tabs):,} pieces, {columns:,} column words; best of {options.rounds} rounds.\n"
    print(found)
    if options.write:
        put(options.write, found)


if __name__ == "__main__":
    main()
