"""Odd inputs for everything that reads what users and strangers hand in: it is read, or refused with a line.

The same inputs every time, a few of each kind; scripts/fuzz.py tries any number of others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"
TARGETS = (
    *("recognise", "text", "midi", "guitar pro 3 to 5", "guitar pro 6", "guitar pro 7", "musicxml", "mxl", "alphatex"),
    *("chart", "training settings", "search settings", "site settings", "single settings", "model documents"),
    *("model binaries", "tokenizer", "parquet", "pages.jsonl", "spider", "command lines"),
)


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield import_module("fuzzing.working")
    for name in [name for name in sys.modules if name.partition(".")[0] == "fuzzing"]:
        del sys.modules[name]


@pytest.mark.parametrize("target", TARGETS)
def test_odd_inputs_are_read_or_refused_with_a_line(
    working: ModuleType, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly = replace(working.TARGETS[target], seconds=60)  # where lines are counted, and others share the machine
    monkeypatch.setitem(working.TARGETS, target, slowly)
    count = 15 if target == "command lines" else 60
    outcome = working.run(target, 2, 0, count)
    assert not outcome.findings, f"scripts/fuzz.py {target!r} --seed 2 --show N: {outcome.first}"
    assert outcome.tried == count


def test_every_target_is_tried_here(working: ModuleType) -> None:
    assert set(TARGETS) == set(working.TARGETS)


def test_an_input_is_the_same_each_time(working: ModuleType) -> None:
    for target in ("midi", "pages.jsonl", "parquet"):
        assert working.input_of(target, 2, 7) == working.input_of(target, 2, 7) != working.input_of(target, 3, 7)


def test_what_goes_wrong_is_found(working: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(content: bytes, folder: Path) -> None:
        if content == b"die":
            import os

            os.kill(os.getpid(), 9)
        raise ValueError if content == b"wrong" else SystemError

    target = type(working.TARGETS["midi"])
    odd = target(lambda chance: chance.choice([b"die", b"wrong", b"other"]), read)
    monkeypatch.setitem(working.TARGETS, "odd", odd)
    outcome = working.run("odd", 1, 0, 12)
    assert outcome.tried == 12
    kinds = {kind.partition(" at ")[0] for kind in outcome.findings}
    assert kinds == {"the process died", "ValueError", "SystemError"}
