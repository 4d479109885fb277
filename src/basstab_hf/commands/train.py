"""`basstab train`: train a model on a dataset or on files of tabs, from nothing or from another model."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
from functools import partial
from typing import TYPE_CHECKING

from basstab_hf.commands.arguments import (
    flag_out,
    flag_track,
    flags_settings,
    in_formats,
    positive,
    seed,
    settings_of,
)
from basstab_hf.commands.output import hush_transformers, say
from basstab_hf.commands.verb import Verb

if TYPE_CHECKING:
    from basstab_hf.training.config import TrainConfig


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab train`."""
    parser.add_argument(
        "dataset",
        nargs="+",
        metavar="DATASET",
        help="a folder that `basstab build` wrote, or a dataset on the Hub: USER/NAME; "
        f"or files or folders of tabs ({in_formats()})",
    )
    flag_out(parser)
    parser.add_argument(
        "--from",
        dest="base_model",
        metavar="MODEL",
        help="go on from this model: a model folder, USER/NAME on the Hub, or shipped: the one of this package; "
        "without --config by the preset adapt",
    )
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
    from basstab_hf.training.processes import asked_processes, rank
    from basstab_hf.training.train import train as train_here
    from basstab_hf.training.train_on_ray import train_on_ray

    processes = asked_processes(options.processes)
    hush_transformers()
    config = _config(options)
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


def _config(options: argparse.Namespace) -> TrainConfig:
    """What --config, --from, --resume and --set ask for together.

    Raises:
        InputError: a run that began from another model.
    """
    from dataclasses import replace

    from basstab_hf.errors import InputError
    from basstab_hf.training.config import TrainConfig

    settings = settings_of(options, "training.seed")
    file = options.config or (f"{options.out}/training.yaml" if options.resume else None)
    if file is None:
        return TrainConfig.adapt(options.base_model, settings) if options.base_model else TrainConfig.small(settings)
    config = TrainConfig.read(file, settings)
    if options.base_model is None or config.base_model == options.base_model:
        return config
    if options.resume and not options.config:
        began = f"from {config.base_model}" if config.base_model else "without --from"
        raise InputError(f"{options.out} began {began}: go on without --from, or start anew with --force")
    return replace(config, base_model=options.base_model)


def _how_to_go_on(options: argparse.Namespace) -> str:
    from pathlib import Path

    from basstab_hf.training.run_folder import last_checkpoint

    if last_checkpoint(Path(options.out)) is None:
        return " before the first checkpoint"
    if options.processes or options.ray:
        return ": the same command with --resume goes on from its last checkpoint"
    again = f"basstab train {shlex.join(options.dataset)} --out {options.out} --resume"
    return f": go on from its last checkpoint with `{again}`"


VERB = Verb(
    about="train a model on a dataset or on tabs of your own, from nothing or from another model",
    example="basstab train data --out model",
    group="train",
    order=40,
    add_flags=add_flags,
    run=run,
    room=64,
    caches=True,
    how_to_go_on=_how_to_go_on,
)
