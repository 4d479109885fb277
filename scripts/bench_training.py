#!/usr/bin/env python3
"""How fast we train beside the seed's loop: equal width, depth, heads, batch and context, one thread, same run.

    scripts/bench_training.py DATASET [--rounds 5] [--steps 60] [--set training.bf16=true] [--json]

The seed's loop is scripts/seed_recipe.py; ours is what `basstab train` runs with configs/train/seed.yaml, between the
end of its third step and of its last, evaluations and checkpoints off, with tokens of the kind `column` (as the seed's)
and `note` (as our presets), with all of the seed's dropout and without that of attention. The loops take turns; printed
are medians over the rounds, as a Markdown table:

    tokens/s     per second of CPU time, padding not counted
    columns/s    that, times the columns that a token stands for in the training split
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
import transformers.trainer
from seed_recipe import SeedRecipe, SeedTrainer, joined
from transformers import TrainerCallback

from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import BasstabError
from basstab_hf.evaluation.scoring import n_columns
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.data import cut_blocks
from basstab_hf.training.train import train

CONFIG = Path(__file__).resolve().parent.parent / "configs" / "train" / "seed.yaml"
#: Ours with the seed's dropout, and without the part of it for which torch has no fast attention on CPUs.
OURS: dict[str, list[str]] = {"": [], ", no dropout in attention": ["model.attn_pdrop=0"]}
#: No pauses while the clock runs.
ALONE = {"eval_strategy": "no", "save_strategy": "no", "load_best_model_at_end": False, "use_cpu": True}
#: Steps before the clock starts: memory is taken, kernels are chosen.
WARM_STEPS = 3
HEAD = ("loop", "tokens/s", "of the seed's", "columns/s", "of the seed's")


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians over rounds, per second of CPU time."""

    name: str
    tokens: float
    columns: float


class EndOfTraining(Exception):  # noqa: N818  # no error
    """Training is over: what follows, saving and scoring, is not measured."""


class Clock(TrainerCallback):
    """Takes the CPU time of the steps of whatever Trainer is made while it is among the default callbacks."""

    def __init__(self) -> None:
        self.start = self.seconds = 0.0

    def on_step_end(self, args, state, control, **_) -> None:
        if state.global_step == WARM_STEPS:
            self.start = time.process_time()
        if state.global_step == state.max_steps:
            self.seconds = time.process_time() - self.start

    def on_train_end(self, args, state, control, **_) -> None:
        raise EndOfTraining


def seed_loop(texts: Sequence[str], recipe: SeedRecipe, steps: int) -> Callable[[], float]:
    """A function that trains on and gives tokens per CPU second."""
    tokenizer = BassTabTokenizer.from_column_texts(texts)
    trainer = SeedTrainer(recipe, joined(texts, tokenizer), len(tokenizer), seed=1)

    def run() -> float:
        trainer.train(WARM_STEPS)
        start = time.process_time()
        tokens = trainer.train(steps)
        return tokens / (time.process_time() - start)

    return run


def our_loop(dataset: str, texts: Sequence[str], config: TrainConfig, steps: int) -> Callable[[], float]:
    """A function that trains anew and gives tokens per CPU second."""
    training = config.training | ALONE | {"max_steps": steps + WARM_STEPS}
    config = replace(config, training=training)
    tokenizer = BassTabTokenizer.from_column_texts(texts, config.min_count, config.kind)
    blocks = cut_blocks(texts, tokenizer, config.context)
    tokens = steps * training["per_device_train_batch_size"] * statistics.fmean(map(len, blocks))

    def run() -> float:
        clock = Clock()
        transformers.trainer.DEFAULT_CALLBACKS.append(clock)
        try:
            with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):  # its bar
                train(dataset, Path(folder) / "model", config)
        except EndOfTraining:
            return tokens / clock.seconds
        finally:
            transformers.trainer.DEFAULT_CALLBACKS.remove(clock)
        raise RuntimeError("the Trainer did not call its callbacks")

    return run


def columns_per_token(texts: Sequence[str], kind: str) -> float:
    tokenizer = BassTabTokenizer.from_column_texts(texts, kind=kind)
    tokens = sum(len(tokenizer(text, verbose=False)["input_ids"]) for text in texts)
    return sum(map(n_columns, texts)) / tokens


def bench(dataset: str, rounds: int, steps: int, settings: Sequence[str]) -> list[Speed]:
    """The seed's loop first."""
    texts = load_texts(dataset, "train")
    loops = {"seed's loop, column": seed_loop(texts, SeedRecipe(), steps)}
    kinds = {"seed's loop, column": "column"}
    for kind in ("column", "note"):
        for about, changed in OURS.items():
            config = TrainConfig.read(CONFIG, [f"kind={kind}", *changed, *settings])
            loops[f"ours, {kind}{about}"] = our_loop(dataset, texts, config, steps)
            kinds[f"ours, {kind}{about}"] = kind
    found: dict[str, list[float]] = {name: [] for name in loops}
    for number in range(rounds):
        for name, run in loops.items():
            found[name].append(run())
        said = ", ".join(f"{name} {speeds[-1]:.0f}" for name, speeds in found.items())
        print(f"round {number + 1}, tokens/s: {said}", file=sys.stderr)
    medians = {name: statistics.median(speeds) for name, speeds in found.items()}
    per_token = {kind: columns_per_token(texts, kind) for kind in ("column", "note")}
    return [Speed(name, speed, speed * per_token[kinds[name]]) for name, speed in medians.items()]


def table(speeds: Sequence[Speed]) -> str:
    """Markdown, ratios to the first line."""
    seed = speeds[0]
    rows = [HEAD, ("---",) * len(HEAD)] + [
        (
            speed.name,
            f"{speed.tokens:,.0f}",
            f"{speed.tokens / seed.tokens:.2f}",
            f"{speed.columns:,.0f}",
            f"{speed.columns / seed.columns:.2f}",
        )
        for speed in speeds
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", metavar="DATASET", help="a folder that `basstab build` wrote")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--steps", type=int, default=60, metavar="N", help="timed steps of each loop in a round")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting of ours")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    try:
        speeds = bench(options.dataset, options.rounds, options.steps, options.set)
    except BasstabError as error:
        print(f"bench_training: {error}", file=sys.stderr)
        return 1
    print(json.dumps([asdict(speed) for speed in speeds], indent=2) if options.json else table(speeds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
