"""Readers and the practice page take time in proportion to their input, or refuse it with a line."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats.parts import MAX_PARTS, Listed, taking_turns
from tests.growth import in_proportion

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield import_module("bench_growth")
    sys.modules.pop("bench_growth", None)


@pytest.mark.parametrize(
    ("pattern", "size"), [("MIDI, stacked notes", 2_400), ("MIDI, stacked notes", 40_000), ("practice page, bars", 600)]
)
def test_four_times_the_file_takes_about_four_times_as_long(bench: ModuleType, pattern: str, size: int) -> None:
    works = {each: bench.FILES[pattern](each) for each in (size, 4 * size)}
    assert in_proportion(lambda each: works[each](), size)


@pytest.mark.parametrize("pattern", ["MIDI, tracks of one note", "MusicXML, empty parts"])
def test_files_of_too_many_parts_are_refused(bench: ModuleType, pattern: str) -> None:
    with pytest.raises(InputError, match=rf"^the file has {MAX_PARTS + 1} parts: files of up to {MAX_PARTS} are read$"):
        bench.FILES[pattern](MAX_PARTS + 1)()


def test_a_crowd_of_basses_is_not_compared_each_with_each() -> None:
    asked = []
    parts = [Listed(number, "Bass", is_bass=True) for number in range(1, 101)]
    assert taking_turns(parts, lambda *pair: bool(asked.append(pair))) == [[place] for place in range(100)]
    assert not asked


def test_the_bench_tries_forty_patterns(bench: ModuleType) -> None:
    """Each of them runs."""
    assert len(bench.TEXTS) + len(bench.FILES) >= 40
    for make in bench.FILES.values():
        with contextlib.suppress(BasstabError):
            make(8)()
