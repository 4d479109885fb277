"""`basstab evaluate`: score a model on tabs that it did not learn from."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import count, flag_json, flag_model
from basstab_hf.commands.output import hush_transformers, print_json, progress, show
from basstab_hf.commands.verb import Verb
from basstab_hf.printing.tables import FORMS


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab evaluate`."""
    flag_model(parser, "model")
    parser.add_argument(
        "dataset",
        metavar="DATASET",
        help="a folder that `basstab build` wrote, a dataset on the Hub: USER/NAME, or a folder of your own tabs",
    )
    parser.add_argument(
        "--beside",
        nargs="+",
        default=[],
        metavar="MODEL",
        help="other models: they are scored, too, and it is told how much more or less they pay",
    )
    parser.add_argument(
        "--given",
        metavar="DATASET",
        help="the dataset whose training split the baselines learn from (default: DATASET; of a folder of tabs: none)",
    )
    parser.add_argument(
        "--split",
        default="test",
        metavar="NAME",
        help="the split of the dataset to score on: test, validation or train",
    )
    parser.add_argument(
        "--samples",
        type=count,
        default=40,
        metavar="N",
        help="let the model write N tabs, and measure them beside those of the split; 0: none (then only the score)",
    )
    parser.add_argument(
        "--obedience",
        type=count,
        default=0,
        metavar="N",
        help="let the model write N tabs for each thing that can be asked for (density, key, chords, "
        "difficulty ...), and "
        "count how many have it; 0: none",
    )
    parser.add_argument(
        "--remember",
        action="store_true",
        help="score the model with the training songs beside each piece, too, as compressors are given them (a minute)",
    )
    parser.add_argument(
        "--zpaq",
        type=count,
        metavar="N",
        help="of how many pieces ZPAQ is asked, if the program is installed (default: about a minute of work); 0: none",
    )
    parser.add_argument("--format", choices=FORMS, default="text", help="how tables are printed")
    parser.add_argument("--out", metavar="DIR", help="write metrics.json, plots and model-index.yaml to this folder")
    parser.add_argument("--force", action="store_true", help="replace files that exist already")
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab evaluate`."""
    from basstab_hf.evaluation.evaluation import evaluate_model
    from basstab_hf.evaluation.report import check_report_free, write_report

    hush_transformers()
    if options.out:
        check_report_free(options.out, force=options.force)
    evaluation = evaluate_model(
        options.model,
        options.dataset,
        options.split,
        beside=options.beside,
        given=options.given,
        most_zpaq=options.zpaq,
        samples=options.samples,
        obedience=options.obedience,
        remember=options.remember,
        progress=progress(options),
    )
    if options.out:
        write_report(evaluation, options.out, force=options.force)
    if options.json:
        print_json(evaluation.as_dict())
    else:
        show(evaluation.table(options.format))


VERB = Verb(
    about="score a model on tabs that it did not learn from",
    example="basstab evaluate shipped data",
    group="train",
    order=41,
    add_flags=add_flags,
    run=run,
    room=8,
    caches=True,
)
