"""Settings from YAML files, and single ones of the command line (`--set a.b=value`) put over them.

Input: a path, texts such as "training.max_steps=100". Output: plain nested mappings, whose names their owner checks.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import Any

import yaml

from basstab_hf import files
from basstab_hf.errors import InputError


def read_yaml(path: str | os.PathLike[str]) -> Any:
    """What a YAML file holds; {} for an empty one.

    Raises:
        InputError: no such file, or no YAML.
    """
    try:
        return yaml.safe_load(files.read_bytes(path)) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no YAML: {' '.join(str(error).split())}") from error


def named(values: Any, settings: Sequence[str], names: Collection[str], source: str) -> dict[str, Any]:
    """The mapping of settings that YAML gave, with `settings` put over it.

    Raises:
        InputError: no mapping, or a name that is none of `names`; it tells the `source`.
    """
    if not isinstance(values, dict):
        raise InputError(f"{source} must map names to values, as the files in configs/ do")
    chosen: dict[str, Any] = _copied(values)
    for setting in settings:
        _put(chosen, setting)
    if unknown := sorted(set(map(str, chosen)) - set(names)):
        raise InputError(f"{source}: {unknown[0]!r} is no setting: there are {', '.join(names)}")
    return chosen


def number(value: Any) -> Any:
    """YAML 1.1 reads 1e-3 as text: take it as the number that is meant."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _copied(values: Any) -> Any:
    return {name: _copied(value) for name, value in values.items()} if isinstance(values, dict) else values


def _put(values: dict[str, Any], setting: str) -> None:
    """Put one "a.b=value" into nested mappings; the value is YAML."""
    path, equals, text = setting.partition("=")
    if not equals or not path:
        raise InputError(f"--set {setting!r} is not of the form name=value, such as training.max_steps=100")
    *groups, name = path.split(".")
    for group in groups:
        values = values.setdefault(group, {})
        if not isinstance(values, dict):
            raise InputError(f"--set {setting!r}: {group} holds a value, not further settings")
    try:
        values[name] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"--set {setting!r}: the value is no YAML") from error
