"""The parser of `basstab`: a command line in, the command and its options out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import groupby, takewhile
from typing import Any, NoReturn

from basstab_hf import __version__
from basstab_hf.commands import colour
from basstab_hf.commands.verb import Verb, verbs
from basstab_hf.errors import did_you_mean


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Defaults behind the flags that have one; headings in colour."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        nothing = action.default is None or action.default is False or action.default in ("", [])
        return action.help if nothing else super()._get_help_string(action)

    def _format_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None) -> str:
        return super()._format_usage(usage, actions, groups, f"{colour.heading('usage:', sys.stdout)} ")

    def start_section(self, heading: str | None) -> None:
        super().start_section(heading and colour.heading(heading, sys.stdout))


#: argparse's words -> words for people who never saw it.
_PLAIN = {
    "the following arguments are required: ": "missing: ",
    "expected one argument": "a value is missing",
    "expected at least one argument": "a value is missing",
    "invalid int value: ": "no whole number: ",
    "invalid float value: ": "no number: ",
}


#: As many names as a line can list.
_LISTED = 25


class _Parser(argparse.ArgumentParser):
    """argparse with a one-line answer to wrong usage: what is wrong, what may be meant, and where help is."""

    def error(self, message: str) -> NoReturn:
        message = " ".join(message.removeprefix("argument ").split())
        for theirs, plain in _PLAIN.items():
            message = message.replace(theirs, plain)
        joined = f"{message} See" if message.endswith("?") else f"{message}: see"
        self.exit(2, f"{colour.alarm(f'{self.prog}:', sys.stderr)} {joined} `{self.prog} -h`\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        (file or sys.stderr).write(message)  # argparse would keep silent about a full disk

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        names = [str(name) for name in action.choices]
        where = action.option_strings[-1] if action.option_strings else action.metavar
        listed = f": choose one of {', '.join(names)}" if len(names) <= _LISTED else ""  # help lists more
        said = did_you_mean(str(value), names) or listed
        self.error(f"{where}: there is no {value!r}{said}")


class _Top(_Parser):
    """The parser of `basstab` itself: its help lists the commands by what people want."""

    def format_help(self) -> str:
        lines = [f"{colour.heading('usage:', sys.stdout)} basstab COMMAND ...", "", str(self.description)]
        for group, commands in groupby(verbs().items(), key=lambda command: command[1].group):
            lines += ["", colour.heading(f"{group}:", sys.stdout)]
            listed = list(commands)
            lines += [f"  {name:11} {verb.about}" for name, verb in listed]
            lines += [f"  {'':11} $ {listed[0][1].example}"]
        lines += ["", "`basstab COMMAND -h` tells its flags, `basstab --version` the version."]
        return "\n".join(lines) + "\n"


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser; what it parsed has the command as `command`, and its name as `verb`.

    Args:
        only: the command that gets its flags, which takes time; None: all of them.
    """
    top = _Top(prog="basstab", description="Find bass tabs, learn from them, write new ones, and hear them.")
    top.add_argument("--version", action="version", version=__version__, help="print the version")
    table = top.add_subparsers(dest="verb", required=True, metavar="COMMAND", parser_class=_Parser)
    for name, verb in verbs().items():
        _add(table, name, verb, with_flags=only in (None, name))
    return top


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse a command line; without any, prints help; exits with 2 and one line where it is wrong."""
    words = list(sys.argv[1:] if arguments is None else arguments) or ["-h"]
    name = next((word for word in words if not word.startswith("-")), "")
    top = parser(name)
    chosen = commands_of(top).get(name)
    _refuse_unknown_flags(chosen or top, words)
    options, unknown = top.parse_known_args(words)
    if unknown:
        options.usage_error(f"cannot use {' '.join(unknown)}{did_you_mean(unknown[0], _flags(chosen or top))}")
    if wrong := options.command.wrong_usage(options):
        options.usage_error(wrong)
    return options


def commands_of(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands by their names."""
    (table,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    return dict(table.choices)


def _flags(parser: argparse.ArgumentParser) -> list[str]:
    return [flag for action in parser._actions for flag in action.option_strings]


def _refuse_unknown_flags(parser: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """Before argparse does: it would rather tell of what is missing, or take the value behind the flag for a file."""
    known = _flags(parser)
    for word in takewhile(lambda word: word != "--", words):
        flag = word.partition("=")[0]
        if flag.startswith("--") and " " not in flag and not any(one.startswith(flag) for one in known):
            parser.error(f"there is no flag {flag}{did_you_mean(flag, known)}")


def _add(table: Any, name: str, verb: Verb, *, with_flags: bool) -> None:
    sub: argparse.ArgumentParser = table.add_parser(
        name,
        help=verb.about,
        description=f"{verb.about[0].upper()}{verb.about[1:]}.",
        epilog=f"Example: {verb.example}",
        formatter_class=_Help,
        add_help=False,
    )
    if with_flags:
        sub._positionals.title, sub._optionals.title = "what it takes", "flags"
        verb.add_flags(sub)
        _add_general(sub)
        sub.usage = _usage(sub)
    sub.set_defaults(command=verb, usage_error=sub.error)


def _add_general(sub: argparse.ArgumentParser) -> None:
    """The flags of every command, as the last group of its help."""
    general = sub.add_argument_group("as with every command")
    general.add_argument("-h", "--help", action="help", help="show this help")
    general.add_argument("--progress", action="store_true", help="show progress bars even where stderr is no terminal")
    general.add_argument("--debug", action="store_true", help="show debug messages, and where an error came up")


def _usage(sub: argparse.ArgumentParser) -> str:
    """What must be given, and that there are flags: all of them would fill a screen."""
    shapes = {"?": "[{0}]", "*": "[{0} ...]", "+": "{0} [{0} ...]"}
    taken = [one for one in sub._actions if not one.option_strings]
    required = [one for one in sub._actions if one.option_strings and one.required]
    words = [shapes.get(str(one.nargs), "{0}").format(one.metavar) for one in taken]
    words += [f"{one.option_strings[-1]} {one.metavar}" for one in required]
    return " ".join(["%(prog)s", *words, "[flags]"])
