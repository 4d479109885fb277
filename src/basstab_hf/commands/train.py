"""`basstab train`: train a model on a dataset."""

from __future__ import annotations

import argparse
import contextlib
import sys
from functools import partial

from basstab_hf.commands.arguments import (
    flag_dataset,
    flag_out,
    flag_track,
    flags_settings,
    positive,
    seed,
    settings_of,
)
from basstab_hf.commands.output import hush_transformers, say
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab train`."""
    flag_dataset(parser)
    flag_out(parser)
    flags_settings(parser, "configs/train")
    parser.add_argument(
        "--tokenizer", metavar="DIR", help="use this saved tokenizer (default: one made from the dataset)"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --out")
    parser.add_argument(
        "--processes",
        type=positive,
        metavar="N",
        help="how many processes share the training: as many as torchrun was told, or as --ray is to start",
    )
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="start the processes on a Ray cluster: auto (the one that runs here), HOST:PORT, or local to start one",
    )
    flag_track(parser, "the run")
    parser.add_argument(
        "--seed", type=seed, metavar="N", help="the same number gives the same model again on this machine"
    )


def run(options: argparse.Namespace) -> None:
    """`basstab train`."""
    from basstab_hf.training.config import TrainConfig
    from basstab_hf.training.processes import asked_processes, rank
    from basstab_hf.training.train import train as train_here
    from basstab_hf.training.train_on_ray import train_on_ray

    processes = asked_processes(options.processes)
    hush_transformers()
    settings = settings_of(options, "training.seed")
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


def _how_to_go_on(options: argparse.Namespace) -> str:
    from pathlib import Path

    from basstab_hf.training.run_folder import last_checkpoint

    if last_checkpoint(Path(options.out)) is None:
        return " before the first checkpoint"
    if options.processes or options.ray:
        return ": the same command with --resume goes on from its last checkpoint"
    return f": go on from its last checkpoint with `basstab train {options.dataset} --out {options.out} --resume`"


VERB = Verb(
    about="train a model on a dataset",
    example="basstab train data --out model",
    group="train",
    order=40,
    add_flags=add_flags,
    run=run,
    how_to_go_on=_how_to_go_on,
)
