"""`basstab env`: print versions for bug reports; with --check what works here, and how to get the rest."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_json
from basstab_hf.commands.output import print_json
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab env`."""
    parser.add_argument(
        "--check", action="store_true", help="tell what works here, what is missing for what, and how to get it"
    )
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab env`: versions for bug reports."""
    if options.check:
        _check(options)
        return
    from basstab_hf.versions import environment

    facts = environment()
    if options.json:
        print_json(facts)
        return
    for name, value in facts.items():
        print(f"{name:16} {value or 'not installed'}")


def _check(options: argparse.Namespace) -> None:
    from basstab_hf.commands.needs import needs

    found = needs()
    if options.json:
        print_json({"needs": [need.as_dict() for need in found]})
        return
    print("works    writing, reading and converting tabs")
    for need in found:
        print(f"{'missing' if need.missing else 'works':8} {need.what}")
        if need.missing:
            print(f"{'':8} {need.missing} is not here: {need.get}")


VERB = Verb(
    about="tell versions, and what is missing for what (--check)",
    example="basstab env --check",
    group="look after",
    order=60,
    add_flags=add_flags,
    run=run,
)
