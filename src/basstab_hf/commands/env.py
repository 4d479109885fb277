"""`basstab env`: print versions for bug reports."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_json
from basstab_hf.commands.output import print_json
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab env`."""
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab env`: versions for bug reports."""
    from basstab_hf.versions import environment

    facts = environment()
    if options.json:
        print_json(facts)
        return
    for name, value in facts.items():
        print(f"{name:16} {value or 'not installed'}")


VERB = Verb(
    about="print versions for bug reports",
    example="basstab env",
    group="look after",
    order=60,
    add_flags=add_flags,
    run=run,
)
