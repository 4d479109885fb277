#!/usr/bin/env python3
"""TabBench: bits per column on held-out songs of baselines, the seed's recipe and our presets, same split, one run.

    scripts/bench_model.py DATASET [--presets small base] [--gdae-only] [--held-out-artists 0.1] [--seeds 1 2] [--json]

Trains the seed's model with the seed's recipe (scripts/seed_recipe.py, on column tokens) and each preset of
configs/train on the training split, one thread each, scores all on the test split and prints a Markdown table:

    bits per column     what held-out pieces cost, end to end, by their columns; 95 % bootstrap interval over pieces
    CPU s               of training, all processes. The seed's: making ids and its loop alone; a preset's: everything
                        that `basstab train` does once torch is loaded, its evaluations and files included
    of the seed's       that, divided by the CPU time of the seed's recipe with the same random seed
    without cache       the same of the model alone, where it has a match cache (`basstab_hf.model.match_cache`)
    parameters          of the model

With several seeds the mean over them and the standard deviation between them stand below. `scripts/bench_after.py`
scores the models that --out keeps after other songs of the same artists. PPMd and ZPAQ are given the training songs.
xz, the strongest form found, is `basstab_hf.evaluation.baselines`; what it makes of the tabs as text stands below the
table.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench_split import Split, read_split, write_split

from basstab_hf.errors import BasstabError
from basstab_hf.evaluation.baselines import Baseline, PpmdModel, XzModel, ZpaqModel, ppmd_is_here, zpaq_is_here
from basstab_hf.evaluation.evaluation import ALONE, MODEL, model_nats
from basstab_hf.evaluation.ngram import NgramModel, TunedNgram
from basstab_hf.evaluation.scoring import Scorer, bits_per_column, n_columns
from basstab_hf.files import check_free, write_text
from basstab_hf.metrics.averages import interval, mean, spread
from basstab_hf.printing.tables import markdown
from basstab_hf.tab import columns
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.train import train

CONFIGS = Path(__file__).resolve().parent.parent / "configs" / "train"
HEAD = ("model", "bits per column", "without cache", "CPU s", "of the seed's", "wall s", "parameters")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `relative_cpu`: in CPU times of the seed's recipe."""

    name: str
    bits_per_column: float
    cpu_seconds: float
    wall_seconds: float
    parameters: int | None = None
    relative_cpu: float | None = None
    bits_per_column_no_cache: float | None = None
    low: float = math.nan
    high: float = math.nan
    run: str = ""  # what seeds are seeds of

    def cells(self) -> list[str]:
        share = "" if self.relative_cpu is None else f"{self.relative_cpu:.2f}"
        alone = "" if self.bits_per_column_no_cache is None else f"{self.bits_per_column_no_cache:.3f}"
        bits = f"{self.bits_per_column:.3f} [{self.low:.3f}, {self.high:.3f}]"
        cpu, wall = f"{self.cpu_seconds:.1f}", f"{self.wall_seconds:.1f}"
        return [self.name, bits, alone, cpu, share, wall, f"{self.parameters:,}" if self.parameters else ""]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a model makes of texts, in nats of each, by `MODEL` and, if it has a cache, `ALONE`; and its size."""

    nats: Callable[[Sequence[str]], dict[str, list[float]]]
    parameters: int | None = None


def measured(
    name: str, split: Split, learn: Callable[[], Trained], seed_cpu: float | None = None, run: str = ""
) -> Row:
    """Time the training, and score."""
    cpu, wall = cpu_seconds(), time.perf_counter()
    trained = learn()
    cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
    counts = [n_columns(text) for text in split.test]
    nats = trained.nats(split.test)
    bits = {which: bits_per_column(costs, counts) for which, costs in nats.items()}
    each = [cost / math.log(2) / count for cost, count in zip(nats[MODEL], counts, strict=True)]
    ends = interval(each, counts)
    print(f"{name}: {bits[MODEL]:.3f} bits per column after {cpu:.0f} CPU seconds", file=sys.stderr)
    share = cpu / seed_cpu if seed_cpu else None
    return Row(name, bits[MODEL], cpu, wall, trained.parameters, share, bits.get(ALONE), ends.low, ends.high, run)


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    return math.fsum(os.times()[:4])


def counted(model: Baseline) -> Trained:
    return Trained(lambda texts: {MODEL: model.nats(texts)})


def seeds_model(texts: Sequence[str], iterations: int, seed: int) -> Trained:
    from seed_recipe import SeedRecipe, SeedTrainer, joined, nats

    recipe = SeedRecipe(iterations=iterations)
    tokenizer = BassTabTokenizer.from_column_texts(texts)
    trainer = SeedTrainer(recipe, joined(texts, tokenizer), len(tokenizer), seed)
    trainer.train(recipe.iterations)
    parameters = sum(weights.numel() for weights in trainer.model.parameters())
    return Trained(lambda held_out: {MODEL: nats(trainer.model, held_out, tokenizer, recipe)}, parameters)


def preset(name: str, dataset: Path, settings: Sequence[str], out: Path) -> Trained:
    config = TrainConfig.read(CONFIGS / f"{name}.yaml", ["training.use_cpu=true", *settings])
    train(str(dataset), out, config)
    parameters = json.loads((out / "metrics.json").read_text(encoding="utf-8"))["parameters"]
    return Trained(lambda held_out: model_nats(Scorer(out), held_out), parameters)


def rows(options: argparse.Namespace, split: Split, dataset: Path, models: Path) -> Iterator[Row]:
    """All lines: what learns nothing or little first."""
    yield measured("unigram", split, lambda: counted(NgramModel(split.train, 1)))
    yield measured("4-gram", split, lambda: counted(NgramModel(split.train, 4)))
    yield measured("n-gram", split, lambda: counted(TunedNgram.fit(split.train, split.validation, cached=False)))
    yield measured("n-gram, cache", split, lambda: counted(TunedNgram.fit(split.train, split.validation, cached=True)))
    yield measured("xz -9e", split, lambda: counted(XzModel(split.train)))
    if ppmd_is_here():
        yield measured("PPMd, primed", split, lambda: counted(PpmdModel(split.train, split.validation)))
    if zpaq_is_here() and not options.no_zpaq:
        yield measured("ZPAQ, primed", split, lambda: counted(ZpaqModel(split.train)))
    for seed in options.seeds:
        tag = f", seed {seed}" if len(options.seeds) > 1 else ""
        base = None
        if options.iterations:
            learn = partial(seeds_model, split.train, options.iterations, seed)
            yield (base := measured(f"seed's recipe{tag}", split, learn, run="seed's recipe"))
        for name in options.presets:
            settings = [*options.set, f"training.seed={seed}"]
            learn = partial(preset, name, dataset, settings, models / f"{name}-{seed}")
            yield measured(f"{name}{tag}", split, learn, base and base.cpu_seconds, run=name)


def as_text(texts: Sequence[str]) -> dict[str, float]:
    """Bits per column of `xz -9e` on files as they come."""
    counts = sum(map(n_columns, texts))
    forms = {"tab": [columns.to_text(text.split()) for text in texts], "column text": texts}
    sizes = {
        form: sum(len(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)) for text in written)
        for form, written in forms.items()
    }
    return {form: size * 8 / counts for form, size in sizes.items()}


def bench(options: argparse.Namespace) -> dict[str, Any]:
    """Everything that is printed."""
    prepare()
    out = Path(options.out) if options.out else None
    if out:
        check_free(out, force=False)
    split = read_split(Path(options.dataset), gdae_only=options.gdae_only, artists=options.held_out_artists)
    with tempfile.TemporaryDirectory() as scratch:
        dataset = write_split(split, Path(scratch) / "dataset")
        found = list(rows(options, split, dataset, out or Path(scratch)))
    answer = {
        "dataset": options.dataset,
        "gdae_only": options.gdae_only,
        "held_out_artists": options.held_out_artists,
        **split.facts(),
        "models": [asdict(row) for row in found],
        "xz_of_files": as_text(split.test),
    }
    if out:
        write_text(out / "bench_model.json", json.dumps(answer, indent=2) + "\n")
    return answer


def prepare() -> None:
    """One thread; what takes long to import before any clock runs; no bars for saving a megabyte."""
    import torch
    from transformers import GPT2LMHeadModel, Trainer  # noqa: F401
    from transformers.utils import logging

    torch.set_num_threads(1)
    logging.disable_progress_bar()
    logging.set_verbosity_error()


def table(answer: dict[str, Any]) -> str:
    """Markdown, with a line about the split above and one about xz below."""
    found = [Row(**row) for row in answer["models"]]
    about = ", ".join(f"{count} pieces in {name}" for name, count in answer["pieces"].items())
    files = ", ".join(f"{bits:.3f} as {form}" for form, bits in answer["xz_of_files"].items())
    lines = [f"{about}; {answer['columns']} columns in test", "", markdown([HEAD, *(row.cells() for row in found)]), ""]
    for run in dict.fromkeys(row.run for row in found if row.run):
        bits = [row.bits_per_column for row in found if row.run == run]
        if len(bits) > 1:
            lines.append(f"{run}: {mean(bits):.3f} ± {spread(bits):.3f} over {len(bits)} seeds")
    return "\n".join([*lines, f"xz -9e of files: {files}"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", metavar="DATASET", help="a folder that `basstab build` wrote")
    parser.add_argument("--presets", nargs="*", default=["small"], metavar="NAME", help="configs/train/NAME.yaml")
    parser.add_argument("--gdae-only", action="store_true", help="leave out systems in other tunings")
    parser.add_argument(
        "--held-out-artists", type=float, metavar="SHARE", help="split anew: this share of the artists is the test"
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[1], metavar="N", help="random seeds, a run each")
    parser.add_argument("--iterations", type=int, default=1000, metavar="N", help="of the seed's recipe; 0: without")
    parser.add_argument("--no-zpaq", action="store_true", help="leave ZPAQ out: it packs the training split per piece")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting of presets")
    parser.add_argument("--out", metavar="DIR", help="keep the models and the figures there")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    try:
        answer = bench(options)
    except BasstabError as error:
        print(f"bench_model: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=2) if options.json else table(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
