"""`basstab version`: print the version."""

from __future__ import annotations

import argparse

from basstab_hf import __version__
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab version`."""
    del parser


def run(options: argparse.Namespace) -> None:
    """`basstab version`."""
    del options
    print(__version__)


VERB = Verb(
    about="print the version",
    example="basstab version",
    group="look after",
    order=62,
    add_flags=add_flags,
    run=run,
)
