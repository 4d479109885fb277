"""Values of a message, as any browser may send them -> what they shall be.

Input: a value and what messages call it. Output: the value, or an InputError in words of the page.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from basstab_hf.errors import InputError

#: Characters of a value that a message repeats.
_TOLD = 40


def text(name: str, value: object, most: int) -> str:
    """A text of at most `most` characters; None is an empty one, halves of surrogate pairs become question marks.

    Raises:
        InputError: another value, or a longer text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{name}: write a text, not {_kind(value)}")
    if len(value) > most:
        raise InputError(f"{name} has {len(value):,} characters, {most:,} are taken")
    return value.encode(errors="replace").decode()


def number(name: str, value: object, least: float, most: float) -> float:
    """A number.

    Raises:
        InputError: no number, or one out of range.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise InputError(f"{name}: write a number from {least:.15g} to {most:.15g}")
    if not least <= value <= most:
        shown = f" {value:.15g}" if abs(value) < 1e15 else ""
        raise InputError(f"{name}{shown}: choose {least:.15g} to {most:.15g}")
    return value


def whole(name: str, value: object, least: float, most: float) -> int:
    """A whole number.

    Raises:
        InputError: another value, or one out of range.
    """
    parsed = number(name, value, least, most)
    if parsed != int(parsed):
        raise InputError(f"{name} {parsed:.15g}: write a whole number")
    return int(parsed)


def maybe_number(name: str, value: object, least: float, most: float) -> float | None:
    """A number, or None for an empty field."""
    return None if value is None or value == "" else number(name, value, least, most)


def maybe_text(name: str, value: object, most: int) -> str | None:
    """A text, which may be empty, or None where there is none."""
    return None if value is None else text(name, value, most)


def maybe_whole(name: str, value: object, least: float, most: float) -> int | None:
    """A whole number, or None for an empty field."""
    return None if value is None or value == "" else whole(name, value, least, most)


def flag(name: str, value: object) -> bool:
    """Yes or no; None is no.

    Raises:
        InputError: another value.
    """
    if value is not None and not isinstance(value, bool):
        raise InputError(f"{name}: say true or false, not {_kind(value)}")
    return bool(value)


def fields(name: str, value: object) -> Mapping[str, Any]:
    """Fields by name; None has none.

    Raises:
        InputError: another value.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InputError(f"{name}: send fields by name, not {_kind(value)}")
    return value


def known(name: str, given: Mapping[str, Any], names: frozenset[str]) -> Mapping[str, Any]:
    """Fields, none of which is unknown.

    Raises:
        InputError: one is.
    """
    for field in given:
        if field not in names:
            raise InputError(f"{name}: there is no field {field[:_TOLD]!r}: there are {', '.join(sorted(names))}")
    return given


def content(name: str, value: object, most: int) -> bytes:
    """The bytes of a file of at most `most` bytes, sent as base64.

    Raises:
        InputError: another value, a longer or an empty file.
    """
    if not isinstance(value, str):
        raise InputError(f"{name}: send the file as base64, not {_kind(value)}")
    if len(value) > 4 * (most // 3 + 1):
        raise InputError(f"{name} has more than {most:,} bytes, which is the most that is taken")
    try:
        found = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{name}: what was sent is no base64") from error
    if not found:
        raise InputError(f"{name} is empty")
    if len(found) > most:
        raise InputError(f"{name} has {len(found):,} bytes, {most:,} are taken")
    return found


def _kind(value: object) -> str:
    return {list: "a list", dict: "fields", bool: "yes or no", int: "a number", float: "a number"}.get(
        type(value), type(value).__name__
    )
