"""A form as a style writes it, "-intro:4 verse:16 chorus:8" -> the `Plan`s of its sections in order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from basstab_hf.errors import InputError

_SECTION = re.compile(r"(-?)([a-z]+):(\d+)")
#: How the names of sections are printed.
_TITLES = {"prechorus": "Pre-Chorus"}
#: Bars of the longest section.
_MOST_BARS = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """A section of a form: its kind, bars, and whether the bass is silent in it."""

    kind: str
    bars: int
    silent: bool = False

    @property
    def title(self) -> str:
        return _TITLES.get(self.kind, self.kind.capitalize())


def parse_form(text: str) -> tuple[Plan, ...]:
    """Read a form.

    Raises:
        InputError: a section that is not written as in "verse:16".
    """
    plans = []
    for word in text.split():
        match = _SECTION.fullmatch(word)
        if match is None or not 1 <= int(match[3]) <= _MOST_BARS:
            raise InputError(f"form: {word!r} is no section of 1 to {_MOST_BARS} bars such as verse:16 or -intro:4")
        plans.append(Plan(match[2], int(match[3]), silent=bool(match[1])))
    return tuple(plans)
