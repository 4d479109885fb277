"""scripts/try_cuts.py and scripts/try_races.py in small, with seeds of their own."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from basstab_hf import files
from basstab_hf.errors import OutputError

SCRIPTS = Path(__file__).parents[1] / "scripts"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where its dataclasses look for their annotations
    spec.loader.exec_module(module)
    return module


def test_power_cuts_lose_no_page_and_double_none() -> None:
    told = script("try_cuts").main(15, seed=1)
    assert told.pop("cuts") == 15
    assert told.pop("pages") > 100
    assert not any(told.values()), told


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_of_many_races_each_has_one_winner_whose_result_stays(tmp_path: Path, kind: str) -> None:
    for number in range(40):
        place = tmp_path / f"{number}" / "out"
        place.parent.mkdir()
        reader, writer = os.pipe()
        racers = []
        for name in ("first", "second"):
            racer = os.fork()
            if racer == 0:
                os.close(writer)
                os.read(reader, 1)  # until the start: the end of the pipe
                status = 2
                try:
                    with files.writing(place) as temporary:
                        if kind == "folder":
                            temporary.mkdir()
                        (temporary / "a" if kind == "folder" else temporary).write_text(name)
                    status = 0
                except OutputError:
                    status = 1
                finally:
                    os._exit(status)
            racers.append(racer)
        os.close(reader)
        os.close(writer)
        ended = [os.waitstatus_to_exitcode(os.waitpid(racer, 0)[1]) for racer in racers]
        assert sorted(ended) == [0, 1]
        assert (place / "a" if kind == "folder" else place).read_text() == ("first", "second")[ended.index(0)]
        assert list(place.parent.iterdir()) == [place]


@pytest.mark.slow
def test_two_commands_at_once_have_one_winner(capsys: pytest.CaptureFixture[str]) -> None:
    races = script("try_races")
    for told in races.main(2, "convert", "build").values():
        assert told == {"races": 2, "two": 0, "none": 0, "other": 0, "debris": 0}
    capsys.readouterr()
