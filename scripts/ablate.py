"""Variants of a training configuration, each trained with several seeds, as a Markdown table for docs/log.md.

    scripts/ablate CONFIG --dataset DATASET --vary KEY=A,B,C [KEY=...] [--vary ...]
                   --out FOLDER [--seeds 3] [--set KEY=VALUE] [--pages DATASET]

The first variant has the first value of each KEY. The others differ from it in the keys of one --vary, in every
combination of their values, and are compared with it. Each run is a model folder in FOLDER; its ablation.json tells
what it was and what it paid. The same command again trains what is not finished there. One thread. FOLDER/table.md
holds, from the first run on, a table for the test split and one for every sixth piece of another dataset (--pages):

    with cache, alone    bits per column with the match cache that the run fitted, and of the model alone: mean over
                         seeds and standard deviation between them
    change               of the mean in percent; 95 % bootstrap interval over songs, each the mean of its seeds
    p                    of a sign-flip test over songs (two-sided, `metrics.averages.paired_p`). It knows nothing of
    seeds                how other seeds would differ: with how many seeds the variant pays less
    CPU s                of a training with all that `basstab train` does, mean over seeds
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from statistics import fmean

import numpy as np
import yaml
from bench_model import prepare

from basstab_hf.dataset.load import fingerprint, load_texts
from basstab_hf.dataset.rows import SPLITS
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.evaluation.scoring import Scorer, n_columns
from basstab_hf.files import write_text
from basstab_hf.metrics.averages import interval, paired_p, spread
from basstab_hf.model.match_cache import MatchSettings
from basstab_hf.printing.tables import markdown
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.train import train

TEST, PAGES = "test", "pages"
#: What is measured: the model with the match cache of its folder, and without.
CACHED, ALONE = "with cache", "alone"
#: Of the other dataset, every so many-th piece: 48 of the 288 real pages that docs/log.md has figures of.
PAGES_STEP = 6
HEAD = ("variant", CACHED, "change", "p", "seeds", ALONE, "change", "p", "seeds", "CPU s")


@dataclass(frozen=True, slots=True)
class Run:
    """A variant trained with one seed; `bits[set][measure]`: bits of each song."""

    variant: str
    seed: int
    cpu_seconds: float
    bits: Mapping[str, Mapping[str, Sequence[float]]]


def variants(groups: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """The settings of every variant by its name, which tells those that differ from the first variant's.

    Raises:
        InputError: a text that is not of the form KEY=A,B,C.
    """
    crossed = [[list(some) for some in product(*map(choices, group))] for group in groups]
    first = [setting for group in crossed for setting in group[0]]
    found = {", ".join(first): first}
    for group in crossed:
        for settings in group[1:]:
            name = ", ".join(setting for setting in settings if setting not in first)
            found[name] = [*first, *settings]  # the last of two settings of a key counts
    return found


def choices(text: str) -> list[str]:
    """The settings of a text such as "training.seed=1,2"; values are YAML, so a list has brackets."""
    key, _, values = text.partition("=")
    try:
        found = yaml.safe_load(f"[{values}]")
    except yaml.YAMLError:
        found = None
    if not key or not found:
        raise InputError(f"--vary {text!r} is not of the form KEY=A,B,C, such as kind=note,column")
    return [f"{key}={value if isinstance(value, str) else json.dumps(value)}" for value in found]


def runs(options: argparse.Namespace) -> Iterator[Run]:
    """All runs, seed after seed: whenever it is stopped, the variants have been tried about equally often."""
    texts = {TEST: load_texts(options.dataset, TEST)}
    if options.pages:
        pages = [text for split in SPLITS for text in load_texts(options.pages, split)]
        texts[PAGES] = pages[::PAGES_STEP]
    for seed in range(1, options.seeds + 1):
        for name, settings in variants(options.vary).items():
            yield finished(options, name, settings, seed, texts)


def finished(
    options: argparse.Namespace, name: str, settings: Sequence[str], seed: int, texts: Mapping[str, list[str]]
) -> Run:
    """A run, trained and scored unless that was done before.

    Raises:
        InputError: its folder holds a run of something else.
    """
    config = TrainConfig.read(options.config, [*options.set, *settings, f"training.seed={seed}"])
    about = {"config": asdict(config), "dataset": str(options.dataset), "scored": fingerprint(texts)}
    folder = Path(options.out) / f"{name} {seed}".replace("/", "_")
    record = folder / "ablation.json"
    if record.exists():
        known = json.loads(record.read_bytes())
        if known["about"] != about:
            raise InputError(f"{folder} is a run of something else: choose another --out")
        return Run(**known["run"])
    print(f"{name}, seed {seed}", file=sys.stderr)
    cpu = time.process_time()
    train(options.dataset, folder, config, force=True)
    run = Run(name, seed, time.process_time() - cpu, scores(folder, texts))
    write_text(record, json.dumps({"about": about, "run": asdict(run)}) + "\n")
    return run


def scores(folder: Path, texts: Mapping[str, list[str]]) -> dict[str, dict[str, list[float]]]:
    """What each song costs, in bits for each column of an average song: their mean is bits per column over all."""
    scorer, cache = Scorer(folder), MatchSettings.of_folder(folder)
    found = {}
    for name, songs in texts.items():
        unit = fmean(map(n_columns, songs)) * math.log(2)
        pieces = scorer.pieces(songs)
        found[name] = {
            CACHED: [piece.nats(cache) / unit for piece in pieces],
            ALONE: [piece.nats() / unit for piece in pieces],
        }
    return found


def report(found: Sequence[Run]) -> str:
    """All tables."""
    sets = found[0].bits.items()
    return "\n\n".join(f"{name}: {len(bits[ALONE])} songs\n\n{table(found, name)}" for name, bits in sets)


def table(found: Sequence[Run], scored: str) -> str:
    """Markdown: a line for each variant, what it pays on a set and how that differs from the first one."""
    by_variant = {run.variant: [one for one in found if one.variant == run.variant] for run in found}
    first = next(iter(by_variant.values()))
    lines: list[Sequence[str]] = [HEAD]
    for name, mine in by_variant.items():
        cells = [cell for measure in (CACHED, ALONE) for cell in compared(mine, first, scored, measure)]
        lines.append([name, *cells, f"{fmean(run.cpu_seconds for run in mine):.0f}"])
    return markdown(lines)


def compared(mine: Sequence[Run], first: Sequence[Run], scored: str, measure: str) -> list[str]:
    """Four cells: bits per column, the change against the first variant, its p, and the seeds for which it is less.

    Compared are the seeds that both have.
    """
    bits, base = ({run.seed: np.array(run.bits[scored][measure]) for run in some} for some in (mine, first))
    means = [float(songs.mean()) for songs in bits.values()]
    between = f" ± {spread(means):.3f}" if len(means) > 1 else ""
    own = f"{fmean(means):.3f}{between}"
    both = sorted(bits.keys() & base.keys())
    if mine is first or not both:
        return [own, "", "", ""]
    percent = 100 / fmean(float(base[seed].mean()) for seed in both)
    changes = [(bits[seed] - base[seed]) * percent for seed in both]
    by_song = np.mean(changes, axis=0).tolist()
    ends = interval(by_song)
    less = sum(float(change.mean()) < 0 for change in changes)
    change = f"{fmean(by_song):+.1f} % [{ends.low:+.1f}, {ends.high:+.1f}]"
    return [own, change, f"{paired_p(by_song):.4f}", f"{less} of {len(both)}"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", metavar="CONFIG", help="a file as in configs/train")
    parser.add_argument("--dataset", required=True, metavar="DATASET", help="a folder that `basstab build` wrote")
    parser.add_argument(
        "--vary", action="append", nargs="+", required=True, metavar="KEY=A,B,C", help="values of a setting"
    )
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where the runs are, and the table")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="how many; training.seed is 1 to N")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of all variants")
    parser.add_argument("--pages", metavar="DATASET", help="another dataset that is scored, too")
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error(f"--seeds {options.seeds}: choose 1 or more")
    prepare()
    try:
        found: list[Run] = []
        for run in runs(options):
            found.append(run)
            text = report(found)
            write_text(Path(options.out) / "table.md", text + "\n", force=True)
    except BasstabError as error:
        print(f"ablate: {error}", file=sys.stderr)
        return 1
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
