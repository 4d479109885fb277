"""The table of README.md as parameters of tests: each journey on its pages, in its ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

WAYS = ("desktop", "phone", "keyboard")
#: Number of a journey -> what the player does, and on which pages.
ROWS: dict[int, tuple[str, tuple[str, ...]]] = {
    int(number): (what, tuple(pages.split()))
    for number, what, pages in re.findall(
        r"^\| (\d+) \| (.+) \| ([a-z ]+) \|$", (Path(__file__).parent / "README.md").read_text(encoding="utf-8"), re.M
    )
}


def journey(number: int) -> Callable[[Any], Any]:
    """A test of one row: its `me` is a person at each page that the row names, in each way."""
    _, pages = ROWS[number]
    chosen = [pytest.param((number, place, way), id=f"{number:02}-{place}-{way}") for place in pages for way in WAYS]
    return pytest.mark.parametrize("me", chosen, indirect=True)
