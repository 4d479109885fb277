"""The commands about this installation: env, version."""

from __future__ import annotations

import argparse

from basstab_hf import __version__
from basstab_hf.commands.output import print_json


def env(options: argparse.Namespace) -> None:
    """`basstab env`: versions for bug reports."""
    from basstab_hf.versions import environment

    facts = environment()
    if options.json:
        print_json(facts)
        return
    for name, value in facts.items():
        print(f"{name:16} {value or 'not installed'}")


def version(options: argparse.Namespace) -> None:
    """`basstab version`."""
    del options
    print(__version__)
