"""The commands that learn and measure: tokenizer, train, search, runs, evaluate."""

from __future__ import annotations

import argparse
import contextlib
import sys
from dataclasses import asdict
from functools import partial

from basstab_hf.commands.output import hush_transformers, print_json, progress, say
from basstab_hf.errors import InputError
from basstab_hf.processes import asked_processes, rank


def tokenizer(options: argparse.Namespace) -> None:
    """`basstab tokenizer`."""
    from basstab_hf.coverage import measure_coverage
    from basstab_hf.dataset.load import load_texts
    from basstab_hf.files import writing
    from basstab_hf.tokenization_basstab import BassTabTokenizer

    texts = {split: load_texts(options.dataset, split) for split in ("train", "validation")}
    tokenizer = BassTabTokenizer.from_column_texts(texts["train"], options.min_count, options.kind)
    with writing(options.out, force=options.force) as folder:
        tokenizer.save_pretrained(folder)
    coverage = measure_coverage(tokenizer, texts["validation"])
    if options.json:
        about = {"out": options.out, "kind": tokenizer.kind, "size": len(tokenizer)}
        print_json({**about, "pieces_learnt": len(texts["train"]), "validation": coverage.as_dict()})
        return
    say(f"{options.out}: {len(tokenizer)} tokens of kind {tokenizer.kind} from {len(texts['train'])} pieces")
    if coverage.columns:
        say(f"validation split: {coverage}")


def train(options: argparse.Namespace) -> None:
    """`basstab train`."""
    from basstab_hf.train import train as train_here
    from basstab_hf.train_config import TrainConfig
    from basstab_hf.train_on_ray import train_on_ray

    processes = asked_processes(options.processes)
    hush_transformers()
    settings = _settings(options, "training.seed")
    file = options.config or (f"{options.out}/training.yaml" if options.resume else None)
    config = TrainConfig.read(file, settings) if file else TrainConfig.small(settings)
    with contextlib.redirect_stdout(sys.stderr):  # trackio greets there
        folder = (partial(train_on_ray, address=options.ray) if options.ray else train_here)(
            options.dataset,
            options.out,
            config,
            tokenizer=options.tokenizer,
            resume=options.resume,
            force=options.force,
            track=options.track,
            processes=processes,
        )
    if rank() == 0:
        say(f"{folder}: trained; try `basstab generate {folder}`")


def search(options: argparse.Namespace) -> None:
    """`basstab search`."""
    from basstab_hf.search.config import SearchConfig
    from basstab_hf.search.search import resumable
    from basstab_hf.search.search import search as run_search
    from basstab_hf.search.table import TrialTable

    hush_transformers()
    settings = _settings(options, "seed")
    if options.resume:
        if options.config or settings:
            raise InputError(f"--resume goes on with {options.out}/search.yaml: leave --config, --set and --seed out")
        config = resumable(options.out)
    else:
        config = SearchConfig.read(options.config, settings) if options.config else SearchConfig.small(settings)
    with contextlib.redirect_stdout(sys.stderr):  # trackio greets there
        best = run_search(
            options.dataset,
            options.out,
            config,
            resume=options.resume,
            force=options.force,
            address=options.address,
            storage=options.storage,
            track=options.track,
            listeners=[TrialTable(config.trials, config.parallel)],
        )
    if options.json:
        print_json({"out": options.out, "best": {**asdict(best), "bits_per_column": best.bits_per_column}})
    paid = f"{best.bits_per_column:.3f} bits per column"
    say(f"{options.out}: trial {best.number} is the best: {paid}; report.html tells more")
    say(f"try `basstab generate {options.out}/model`, or train longer with --config {options.out}/best.yaml")


def runs(options: argparse.Namespace) -> None:
    """`basstab runs`."""
    from basstab_hf import runs as recorded

    found = recorded.list_runs(options.store)
    if options.compare:
        found = recorded.choose(found, options.compare)
    if options.json:
        print_json({"runs": [run.as_dict() for run in found]})
    else:
        print(recorded.compared(found) if options.compare else recorded.table(found, trials=options.trials))


def evaluate(options: argparse.Namespace) -> None:
    """`basstab evaluate`."""
    from basstab_hf.evaluation import evaluate_model
    from basstab_hf.evaluation_report import check_report_free, write_report

    hush_transformers()
    if options.out:
        check_report_free(options.out, force=options.force)
    evaluation = evaluate_model(
        options.model,
        options.dataset,
        options.split,
        samples=options.samples,
        obedience=options.obedience,
        progress=progress(options),
    )
    if options.out:
        write_report(evaluation, options.out, force=options.force)
    if options.json:
        print_json(evaluation.as_dict())
    else:
        print(evaluation.table())


def _settings(options: argparse.Namespace, seed: str) -> list[str]:
    """What --set says, and --seed under the name of its setting."""
    return [*options.set, *([f"{seed}={options.seed}"] if options.seed is not None else [])]
