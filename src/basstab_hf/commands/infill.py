"""`basstab infill`: rewrite some bars of a tab, so that they fit the bars around them."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import bar_range, flag_bass_track, flag_model, flags_writing, positive
from basstab_hf.commands.tabs import check_out, hand_over, open_composer, read_prompt, request_of
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab infill`."""
    parser.add_argument("tab", metavar="TAB", help="a file with a tab, or - for standard input")
    flag_bass_track(parser)
    parser.add_argument(
        "--bars",
        type=bar_range,
        required=True,
        metavar="A-B",
        help="rewrite bars A to B, or bar A alone; the first is 1",
    )
    flag_model(parser, "--model")
    parser.add_argument(
        "--variations", type=positive, default=1, metavar="N", help="how many tabs to write, each with other new bars"
    )
    flags_writing(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab infill`."""
    check_out(options, options.variations, "--variations")
    tab = read_prompt(options, options.tab)
    composer = open_composer(options)
    first, last = options.bars
    hand_over(options, composer.infill(tab, first, last, request_of(options, composer), options.variations))


VERB = Verb(
    about="rewrite some bars of a tab to fit the bars around them",
    example="basstab infill riff.txt --bars 3-4 --variations 3",
    group="write and play",
    order=13,
    add_flags=add_flags,
    run=run,
)
