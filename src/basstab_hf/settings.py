"""Settings from YAML files, and single ones of the command line (`--set a.b=value`) put over them.

Input: a path, texts such as "training.max_steps=100". Output: plain nested mappings, whose names their owner checks.
"""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import yaml

from basstab_hf import files
from basstab_hf.errors import InputError, did_you_mean

#: Bytes of a file of settings, at most: PyYAML reads 150,000 a second.
_LONGEST = 300_000
#: How deep brackets may be nested.
_DEEPEST = 60
_BRACKET = re.compile(r"[\[\]{}]")
#: Values of a file of settings, at most, as many times as it names them; the longest of ours has 150.
_MOST_VALUES = 100_000
#: Up to here a float knows every whole number.
_EXACT = 2**53


def read_yaml(path: str | os.PathLike[str]) -> Any:
    """What a YAML file holds; {} for an empty one.

    Raises:
        InputError: no such file, or no YAML.
    """
    try:
        return _parsed(files.read_bytes(path, _LONGEST)) or {}
    except ValueError as error:
        raise InputError(f"{path} is no YAML: {error}") from error


def named(values: Any, settings: Sequence[str], names: Collection[str], source: str) -> dict[str, Any]:
    """The mapping of settings that YAML gave, with `settings` put over it.

    Raises:
        InputError: no mapping, or a name that is none of `names`; it tells the `source`.
    """
    if not isinstance(values, dict):
        raise InputError(f"{source} must map names to values, as the files in configs/ do")
    chosen = dict(values)
    for setting in settings:
        _put(chosen, setting)
    if unknown := sorted(set(map(str, chosen)) - set(names)):
        near = did_you_mean(unknown[0], names) or f": there are {', '.join(names)}"
        raise InputError(f"{source}: {unknown[0]!r} is no setting{near}")
    return chosen


def number(value: Any) -> Any:
    """YAML 1.1 reads 1e-3 as text: take it as the number that is meant, a whole one if it is one (1e3)."""
    if not isinstance(value, str):
        return value
    try:
        meant = float(value)
    except ValueError:
        return value
    return int(meant) if meant.is_integer() and abs(meant) < _EXACT else meant


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, which would take the last of two values for one name and say nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        if twice := [name for name, times in names.items() if times > 1]:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} is there twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _parsed(text: bytes | str) -> Any:
    """What YAML holds.

    Raises:
        ValueError: none, a date or number that does not exist, what is nested too deeply, or too much behind aliases.
    """
    if _nesting(text) > _DEEPEST:  # PyYAML takes time that grows with the square of it
        raise ValueError("it is nested too deeply")
    try:
        found = yaml.load(text, _Loader)  # noqa: S506  # a SafeLoader
        size = _unfolded(found, {})
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if size > _MOST_VALUES:
        raise ValueError(f"its aliases unfold to {size:,} values: up to {_MOST_VALUES:,} are read")
    return found


def _nesting(text: bytes | str) -> int:
    """How deep brackets are nested, those in quotes and comments among them."""
    signs = text.decode("latin-1") if isinstance(text, bytes) else text
    depths = itertools.accumulate(1 if sign in "[{" else -1 for sign in _BRACKET.findall(signs))
    return max(depths, default=0)


def _unfolded(value: Any, known: dict[int, int]) -> int:
    """How many values there are, those behind aliases each time: 700 bytes of them can stand for gigabytes."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = _MOST_VALUES + 1  # of what holds itself
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_unfolded(one, known) for one in inner)
    return known[id(value)]


def _put(values: dict[str, Any], setting: str) -> None:
    """Put one "a.b=value" into nested mappings; the value is YAML."""
    path, equals, text = setting.partition("=")
    if not equals or not path:
        raise InputError(f"--set {setting!r} is not of the form name=value, such as training.max_steps=100")
    *groups, name = path.split(".")
    for group in groups:
        inner = values.get(group, {})
        if not isinstance(inner, dict):
            raise InputError(f"--set {setting!r}: {group} holds a value, not further settings")
        values[group] = dict(inner)  # other places may hold the same one, by a YAML alias
        values = values[group]
    try:
        values[name] = _parsed(text)
    except ValueError as error:
        raise InputError(f"--set {setting!r}: the value is no YAML") from error
