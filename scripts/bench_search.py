#!/usr/bin/env python3
"""What a search costs beside its trainings, and what it finds beside the seed's preset and the seed's way of searching.

    scripts/bench_search.py DATASET --out DIR [--config configs/search/small.yaml] [--set trials=4] [--no-hyperopt]

1. `basstab search` from a cold shell: seconds by the clock.
2. The same trainings alone, each up to the step where its trial ended, as many at a time as the search had, in
   processes that have imported everything: what is left of 1 is the overhead, start of Ray and report included.
3. The seed's preset (configs/train/seed.yaml) for the CPU time that every trial was given.
4. hyperopt alone, as the seed calls it: one training after the other, none pruned; same space, seed, budget, trials.

Bits per column are those of `basstab evaluate` on the validation split where a model was finished (with match cache,
and without), else of the trainings' own evaluations. Printed are Markdown tables. One thread each. Measure on an idle
machine: about 20 minutes for 12 trials.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from pyarrow import parquet

from basstab_hf.dataset.load import load_texts
from basstab_hf.search.config import SearchConfig
from basstab_hf.training.config import TrainConfig

SEED_PRESET = Path(__file__).resolve().parent.parent / "configs" / "train" / "seed.yaml"


@lru_cache
def texts(dataset: str) -> dict[str, list[str]]:
    return {split: load_texts(dataset, split) for split in ("train", "validation")}


def warm(dataset: str) -> None:
    """Import what a training needs: a worker of the search does so once, too."""
    import transformers

    import basstab_hf.training.column_trainer  # noqa: F401

    transformers.set_seed(1)
    texts(dataset)


def train_alone(dataset: str, config: TrainConfig, last_step: int) -> tuple[float, float]:
    """Seconds by the clock, and bits per column, of a training up to a step, without Ray and without a model folder."""
    from transformers import TrainerCallback, set_seed

    from basstab_hf.training.progress import TrainingBar
    from basstab_hf.training.setup import learn_tokenizer, new_trainer, training_arguments

    class StopAt(TrainerCallback):
        def on_save(self, args, state, control, **_) -> None:
            control.should_training_stop |= state.global_step >= last_step

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        arguments = training_arguments(Path(folder), config)
        words = learn_tokenizer(texts(dataset)["train"], config, arguments.seed)
        set_seed(arguments.seed)
        trainer = new_trainer(arguments, config, words, texts(dataset))
        trainer.remove_callback(TrainingBar)
        trainer.add_callback(StopAt())
        trainer.train_from(None)
    return time.perf_counter() - began, lowest(trainer.state.log_history)


def lowest(log: Sequence[Mapping[str, float]]) -> float:
    name = "eval_validation_bits_per_column"
    return min(entry[name] for entry in log if name in entry)


def searched(dataset: str, out: Path, arguments: Sequence[str]) -> float:
    command = [sys.executable, "-m", "basstab_hf", "search", dataset, "--out", str(out), "--force", *arguments]
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def trainings(dataset: str, config: SearchConfig, out: Path, processes: int) -> list[float]:
    """Seconds of each training of the search alone, `processes` at a time."""
    rows = parquet.read_table(out / "results.parquet").to_pylist()
    asked = []
    for row in sorted((row for row in rows if row["step"]), key=lambda row: row["number"]):
        chosen = {parameter.name: row[f"parameter.{parameter.name}"] for parameter in config.parameters}
        asked.append((config.configured(chosen, row["steps"]), row["step"]))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=warm, initargs=(dataset,)) as pool:
        list(pool.map(warm, [dataset] * processes))
        futures = [pool.submit(train_alone, dataset, *each) for each in asked]
        return [future.result()[0] for future in futures]


def steps_of(dataset: str, config: TrainConfig, seconds: float) -> int:
    from basstab_hf.search.budget import steps_within
    from basstab_hf.training.setup import learn_tokenizer

    return steps_within(seconds, config, learn_tokenizer(texts(dataset)["train"], config, 42), texts(dataset))


def seed_preset(dataset: str, config: SearchConfig, out: Path) -> dict[str, Any]:
    """metrics.json of the seed's preset, trained for the budget of a trial."""
    preset = TrainConfig.read(SEED_PRESET)
    steps = config.budget.steps or steps_of(dataset, preset, config.budget.cpu_seconds or 0)
    every = max(1, steps // config.budget.evaluations)
    command = [sys.executable, "-m", "basstab_hf", "train", dataset, "--out", str(out), "--config", str(SEED_PRESET)]
    for setting in (f"max_steps={steps}", f"eval_steps={every}", f"save_steps={every}"):
        command += ["--set", f"training.{setting}"]
    subprocess.run([*command, "--force"], check=True, stderr=subprocess.DEVNULL)
    metrics: dict[str, Any] = json.loads((out / "metrics.json").read_text())
    return metrics


def hyperopt_alone(dataset: str, config: SearchConfig) -> tuple[float, float]:
    """Seconds, and bits per column of the best."""
    import numpy as np
    from hyperopt import fmin, tpe
    from ray.tune.search.hyperopt import HyperOptSearch

    paid = []

    def objective(chosen: dict[str, Any]) -> float:
        first = config.configured(chosen, steps=1)
        steps = config.budget.steps or steps_of(dataset, first, config.budget.cpu_seconds or 0)
        training = config.configured(chosen, steps)
        paid.append(train_alone(dataset, training, training.training["max_steps"])[1])
        print(f"hyperopt {len(paid)}: {paid[-1]:.3f}", file=sys.stderr)
        return paid[-1]

    space = HyperOptSearch.convert_search_space({each.name: each.domain() for each in config.parameters})
    warm(dataset)
    began = time.perf_counter()
    chance = np.random.default_rng(config.seed)
    fmin(objective, space, algo=tpe.suggest, max_evals=config.trials, rstate=chance, show_progressbar=False)
    return time.perf_counter() - began, min(paid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", default="configs/search/small.yaml")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--no-hyperopt", action="store_true")
    options = parser.parse_args()
    config = SearchConfig.read(options.config, options.set)
    processes = config.parallel or (os.cpu_count() or 1) // config.cpus_per_trial

    settings = [part for setting in options.set for part in ("--set", setting)]
    seconds = searched(options.dataset, options.out / "search", ["--config", options.config, *settings])
    alone = trainings(options.dataset, config, options.out / "search", processes)
    needed = sum(alone) / processes
    print("| | seconds |\n|---|---|")
    print(f"| search of {config.trials} trials, {processes} at a time, from the shell | {seconds:.0f} |")
    print(f"| the same {len(alone)} trainings alone, {processes} at a time | {needed:.0f} |")
    over = (seconds - needed) * processes / len(alone)
    print(f"| overhead a trial | {over:.1f} ({seconds / needed - 1:.1%}) |\n", flush=True)

    found = json.loads((options.out / "search" / "model" / "metrics.json").read_text())
    preset = seed_preset(options.dataset, config, options.out / "seed")
    print("| | CPU s | bits per column | without cache | of the trainings |\n|---|---|---|---|---|")
    for name, metrics in (("best trial", found), ("seed preset", preset)):
        bits = metrics["validation"]
        spent, own = metrics["cpu_seconds"], lowest(metrics["trained"]["log"])
        both = f"{bits['bits_per_column']:.3f} | {bits['bits_per_column_no_cache']:.3f}"
        print(f"| {name} | {spent:.0f} | {both} | {own:.3f} |", flush=True)
    if not options.no_hyperopt:
        seconds, best = hyperopt_alone(options.dataset, config)
        print(f"| hyperopt alone, {config.trials} trials in {seconds:.0f} s | | | | {best:.3f} |")


if __name__ == "__main__":
    main()
