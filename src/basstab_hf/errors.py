"""The one exception tree: every error that a user can cause is a `BasstabError` with a one-line message.

    BasstabError
    ├── TuningError        a tuning that cannot be read: "GDXE"
    ├── TabError           text or column words that are not a well-formed tab
    ├── InputError         a file, folder or setting handed to us that is missing, unreadable or of the wrong kind
    ├── OutputError        something that cannot be written: it exists already, the disk is full
    ├── TrainingError      a training run that cannot go on: its loss is no number any more
    ├── HubError           the Hugging Face Hub refuses, has not what is asked for, or cannot be reached
    └── MissingExtraError  an optional package that is not installed

A message says what was wrong, where, and what to do. The command line prints it and exits with 1.
"""

from __future__ import annotations

from collections.abc import Iterable


class BasstabError(Exception):
    """Anything that a user can mend; `str(error)` is one line."""


class TuningError(BasstabError, ValueError):
    """A tuning that cannot be read or that no bass of 4 to 6 strings has."""


class TabError(BasstabError, ValueError):
    """Text or column words that are not a well-formed tab."""


class InputError(BasstabError):
    """A file, folder or setting that is missing, unreadable or of the wrong kind."""


class OutputError(BasstabError):
    """A result that cannot be written where it was asked for."""


class TrainingError(BasstabError):
    """A training run that cannot go on: its loss or gradient is no number any more."""


class HubError(BasstabError):
    """The Hugging Face Hub refuses, has not what is asked for, or cannot be reached."""


class MissingExtraError(BasstabError, ImportError):
    """An optional package is missing; the message names the pip command."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f'{package} is not installed: run pip install "basstab-hf[{extra}]"')


def nearest(word: str, names: Iterable[str], least: float = 0.6) -> str | None:
    """The name that is most like a word, if any is at least so like it, 0 to 1."""
    from difflib import get_close_matches

    by_small = {name.lower(): name for name in names}
    near = get_close_matches(word.lower(), by_small, 1, least)
    return by_small[near[0]] if near else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """What a message adds where one of the names is near to the word: ": did you mean generate?"; else nothing."""
    near = nearest(word, names)
    return f": did you mean {near}?" if near else ""
