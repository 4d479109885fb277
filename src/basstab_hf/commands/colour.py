"""Colour for headings and errors, where a terminal shows it and nobody asked for none (https://no-color.org)."""

from __future__ import annotations

import os
from typing import TextIO

_BOLD, _RED, _PLAIN = "\033[1m", "\033[1;31m", "\033[0m"


def heading(text: str, stream: TextIO) -> str:
    """A heading of help."""
    return _painted(_BOLD, text, stream)


def alarm(text: str, stream: TextIO) -> str:
    """What an error begins with."""
    return _painted(_RED, text, stream)


def _painted(colour: str, text: str, stream: TextIO) -> str:
    shown = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"{colour}{text}{_PLAIN}" if shown else text
