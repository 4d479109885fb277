"""The speed bench on riffs: every loop is timed, and nothing is left behind."""

import json
import sys
from pathlib import Path

import pytest
import torch
import transformers.trainer

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.mark.slow
def test_all_loops_are_timed(
    riff_dataset: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import bench_training

    callbacks, threads = list(transformers.trainer.DEFAULT_CALLBACKS), torch.get_num_threads()
    arguments = [str(riff_dataset), "--rounds", "1", "--steps", "1", "--set", "model.n_layer=1"]
    monkeypatch.setattr(sys, "argv", ["bench_training.py", *arguments, "--json"])
    assert bench_training.main() == 0
    torch.set_num_threads(threads)
    speeds = json.loads(capsys.readouterr().out)
    names = [speed["name"] for speed in speeds]
    assert names[::2] == [
        "seed's loop, column",
        "ours, column, no dropout in attention",
        "ours, note, no dropout in attention",
    ]
    assert all(speed["tokens"] > 0 for speed in speeds)
    assert speeds[-1]["columns"] > 1.5 * speeds[-1]["tokens"]  # a note and the empty columns behind it
    assert callbacks == transformers.trainer.DEFAULT_CALLBACKS
    monkeypatch.setattr(sys, "argv", ["bench_training.py", "nowhere"])
    assert bench_training.main() == 1
    assert "nowhere is no dataset folder" in capsys.readouterr().err


def test_the_table_compares_with_the_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    from bench_training import Speed, table

    lines = table([Speed("seed's", 1000, 900), Speed("ours", 1500, 2700)]).splitlines()
    assert lines[-1] == "| ours | 1,500 | 1.50 | 2,700 | 3.00 |"
