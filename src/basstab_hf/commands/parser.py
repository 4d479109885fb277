"""The parser of `basstab`: a command line in, the command and its options out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from basstab_hf.commands.verb import Verb, verbs


class _Parser(argparse.ArgumentParser):
    """argparse with a one-line answer to wrong usage: what is wrong, and where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}: see `{self.prog} -h`\n")


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Defaults behind the flags that have one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        nothing = action.default is None or action.default is False or action.default in ("", [])
        return action.help if nothing else super()._get_help_string(action)


def parser() -> argparse.ArgumentParser:
    """The parser; what it parsed has the command as `command`, and its name as `verb`."""
    top = _Parser(prog="basstab", description="Find bass tabs, learn from them, write new ones, and hear them.")
    table = top.add_subparsers(title="commands", dest="verb", required=True, metavar="COMMAND")
    for name, verb in verbs().items():
        _add(table, name, verb)
    return top


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse a command line; exits with 2 and one line where it is wrong."""
    options = parser().parse_args(arguments)
    if wrong := options.command.wrong_usage(options):
        options.usage_error(wrong)
    return options


def _add(table: Any, name: str, verb: Verb) -> None:
    sub: argparse.ArgumentParser = table.add_parser(
        name,
        help=verb.about,
        description=f"{verb.about[0].upper()}{verb.about[1:]}.",
        epilog=f"Example: {verb.example}",
        formatter_class=_Help,
    )
    sub.set_defaults(command=verb, usage_error=sub.error)
    sub.add_argument(
        "--debug", action="store_true", help="show debug messages, and where in the program an error came up"
    )
    sub.add_argument("--progress", action="store_true", help="show progress bars even where stderr is no terminal")
    verb.add_flags(sub)
