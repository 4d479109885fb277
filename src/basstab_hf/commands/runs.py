"""`basstab runs`: list and compare training runs recorded in MLflow."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_json
from basstab_hf.commands.output import print_json, show
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab runs`."""
    parser.add_argument(
        "--store",
        metavar="URI|DIR",
        help="the MLflow store: a URI, or the folder of its mlflow.db (default: $MLFLOW_TRACKING_URI, else "
        "this folder)",
    )
    parser.add_argument(
        "--compare",
        nargs="+",
        default=[],
        metavar="ID",
        help="show in what these runs differ; the first letters of each ID are enough",
    )
    parser.add_argument("--trials", action="store_true", help="list the trials of each search, too, below it")
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab runs`."""
    from basstab_hf.tracking import runs as recorded

    runs = recorded.list_runs(options.store)
    if options.compare:
        runs = recorded.choose(runs, options.compare)
    if options.json:
        print_json({"runs": [run.as_dict() for run in runs]})
    else:
        show(recorded.compared(runs) if options.compare else recorded.table(runs, trials=options.trials))


VERB = Verb(
    about="list and compare training runs recorded in MLflow",
    example="basstab runs --compare 3f2a 90c1",
    group="train",
    order=44,
    add_flags=add_flags,
    run=run,
)
