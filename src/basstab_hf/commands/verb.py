"""What a command of `basstab` is: every module of this package that has a `VERB` is one."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable
from typing import NamedTuple

import basstab_hf.commands


def _nothing(options: argparse.Namespace) -> str:
    del options
    return ""


# No dataclass: to import `dataclasses` takes a tenth of the time of `basstab -h`.
class Verb(NamedTuple):
    """A command; its module bears its name and has it as `VERB`.

    Attributes:
        about: what it does, in a line for `basstab -h` that begins with a small letter.
        example: a command line to copy.
        group: the heading of `basstab -h` under which it stands: what people want.
        order: where `basstab -h` lists it, from small to large: in a group the most used first.
        add_flags: adds its flags to its parser.
        run: does it; imports what takes its time.
        wrong_usage: what is wrong with flags where argparse cannot tell; empty where nothing is.
        room: megabytes that the disk must have left for what it writes, roughly and at least.
        caches: whether libraries that it calls keep things in the home folder.
        how_to_go_on: what to tell who interrupted it, such as `: the same command again goes on`.
    """

    about: str
    example: str
    group: str
    order: int
    add_flags: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], None]
    wrong_usage: Callable[[argparse.Namespace], str] = _nothing
    how_to_go_on: Callable[[argparse.Namespace], str] = _nothing
    room: int = 0
    caches: bool = False


def verbs() -> dict[str, Verb]:
    """The commands by their names, in the order of `basstab -h`."""
    # No pkgutil, which loads inspect: a twelfth of the time of `basstab -h`.
    files = sorted(os.listdir(basstab_hf.commands.__path__[0]))  # noqa: PTH208
    names = [name.removesuffix(".py") for name in files if name.endswith(".py") and name != "__init__.py"]
    modules = {name: importlib.import_module(f"basstab_hf.commands.{name}") for name in names}
    commands: dict[str, Verb] = {name: module.VERB for name, module in modules.items() if hasattr(module, "VERB")}
    return dict(sorted(commands.items(), key=lambda command: command[1].order))
