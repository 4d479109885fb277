"""`basstab search`: try training configurations with Ray Tune, and keep the best."""

from __future__ import annotations

import argparse
import contextlib
import sys

from basstab_hf.commands.arguments import (
    flag_dataset,
    flag_json,
    flag_out,
    flag_track,
    flags_settings,
    seed,
    settings_of,
)
from basstab_hf.commands.output import hush_transformers, print_json, say
from basstab_hf.commands.verb import Verb
from basstab_hf.errors import InputError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab search`."""
    flag_dataset(parser)
    flag_out(parser)
    flags_settings(parser, "configs/search")
    parser.add_argument("--resume", action="store_true", help="go on with the unfinished search in --out")
    parser.add_argument(
        "--address",
        metavar="ADDRESS",
        default="local",
        help="the Ray cluster: auto (the one that runs here), HOST:PORT, or local to start one",
    )
    parser.add_argument(
        "--storage",
        metavar="URL",
        help="where unfinished trials are kept: a folder or URL that all machines of the cluster reach",
    )
    flag_track(parser, "the search and its trials")
    parser.add_argument(
        "--seed",
        type=seed,
        metavar="N",
        help="the same number tries the same values (that of the trainings is the setting train.training.seed)",
    )
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab search`."""
    from dataclasses import asdict

    from basstab_hf.search.config import SearchConfig
    from basstab_hf.search.search import resumable
    from basstab_hf.search.search import search as run_search
    from basstab_hf.search.table import TrialTable

    hush_transformers()
    settings = settings_of(options, "seed")
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
    score = f"{best.bits_per_column:.3f} bits per column"
    say(f"{options.out}: trial {best.number} is the best: {score}; report.html tells more")
    say(f"try `basstab generate {options.out}/model`, or train longer with --config {options.out}/best.yaml")


def _how_to_go_on(options: argparse.Namespace) -> str:
    where = "" if options.address == "local" else f" --address {options.address}"
    return f": `basstab search {options.dataset} --out {options.out} --resume{where}` goes on"


VERB = Verb(
    about="try many settings of the training, and keep the best (Ray Tune)",
    example="basstab search data --out found",
    group="train",
    order=43,
    add_flags=add_flags,
    run=run,
    room=256,
    caches=True,
    how_to_go_on=_how_to_go_on,
)
