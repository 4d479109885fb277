"""`basstab tokenizer`: make a tokenizer from a dataset."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_dataset, flag_json, flag_out, positive
from basstab_hf.commands.output import print_json, say
from basstab_hf.commands.verb import Verb
from basstab_hf.printing.words import counted


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab tokenizer`."""
    from basstab_hf.tokenizer.token_kinds import KINDS

    flag_dataset(parser)
    flag_out(parser)
    parser.add_argument(
        "--kind",
        choices=KINDS,
        default=KINDS[0],
        help="what a token is: a column; a note with its length; or a figure of several columns",
    )
    parser.add_argument(
        "--min-count",
        type=positive,
        default=2,
        metavar="N",
        help="what comes fewer than N times gets no token of its own, but several smaller ones",
    )
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab tokenizer`."""
    from basstab_hf.dataset.load import load_texts
    from basstab_hf.files import writing
    from basstab_hf.tokenizer.coverage import measure_coverage
    from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer

    texts = {split: load_texts(options.dataset, split) for split in ("train", "validation")}
    tokenizer = BassTabTokenizer.from_column_texts(texts["train"], options.min_count, options.kind)
    with writing(options.out, force=options.force) as folder:
        tokenizer.save_pretrained(folder)
    coverage = measure_coverage(tokenizer, texts["validation"])
    if options.json:
        about = {"out": options.out, "kind": tokenizer.kind, "size": len(tokenizer)}
        print_json({**about, "pieces_learnt": len(texts["train"]), "validation": coverage.as_dict()})
        return
    say(f"{options.out}: {len(tokenizer)} tokens of kind {tokenizer.kind} from {counted(len(texts['train']), 'piece')}")
    if coverage.columns:
        say(f"validation split: {coverage}")


VERB = Verb(
    about="make the vocabulary of a model from a dataset (train does it, too)",
    example="basstab tokenizer data --out tokenizer",
    group="train",
    order=42,
    add_flags=add_flags,
    run=run,
)
