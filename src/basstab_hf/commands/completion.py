"""`basstab completion`: print what lets a shell complete commands, flags and their values."""

from __future__ import annotations

import argparse

from basstab_hf.commands.output import say
from basstab_hf.commands.verb import Verb

#: Shells, and where each looks for such a script.
_PLACES = {
    "bash": "~/.local/share/bash-completion/completions/basstab",
    "zsh": "~/.zfunc/_basstab (with fpath+=~/.zfunc before compinit in ~/.zshrc)",
    "fish": "~/.config/fish/completions/basstab.fish",
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab completion`."""
    parser.add_argument("shell", choices=_PLACES, metavar="SHELL", help=f"your shell: {', '.join(_PLACES)}")


def run(options: argparse.Namespace) -> None:
    """`basstab completion`."""
    import shtab

    from basstab_hf.commands.parser import commands_of, parser

    top = parser()
    for command in commands_of(top).values():
        for action in command._actions:
            _prepare(action)
    print(shtab.complete(top, options.shell))
    say(f"basstab: save this as {_PLACES[options.shell]}, and open a new shell")


def _prepare(action: argparse.Action) -> None:
    """Files where files are asked for; of values, those that need no quotes: zsh takes `r&b` for a command."""
    import re

    import shtab

    if action.choices is not None:
        action.choices = [value for value in action.choices if re.fullmatch(r"[\w./-]+", str(value))]
    elif action.metavar in ("FILE", "PATH", "TAB", "RIFF", "SONG", "IN", "OUT", "SOURCE", "MODEL", "URL"):
        action.complete = shtab.FILE  # type: ignore[attr-defined]
    elif action.metavar in ("DIR", "DATASET"):
        action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]


VERB = Verb(
    about="let your shell complete commands and flags: bash, zsh or fish",
    example="basstab completion bash",
    group="look after",
    order=61,
    add_flags=add_flags,
    run=run,
)
