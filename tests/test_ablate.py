"""The runner of ablations: variants, the figures of its table by hand, and one run of the command on riffs."""

import json
import sys
from pathlib import Path

import pytest
import torch
import yaml

from basstab_hf.errors import InputError
from tests.conftest import TINY

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))


def test_variants_differ_from_the_first_in_the_keys_of_one_group() -> None:
    from ablate import variants

    assert variants([["kind=note,column", "min_count=1,2"], ["tunings=[],[GDAE, GDAD]"]]) == {
        "kind=note, min_count=1, tunings=[]": ["kind=note", "min_count=1", "tunings=[]"],
        "min_count=2": ["kind=note", "min_count=1", "tunings=[]", "kind=note", "min_count=2"],
        "kind=column": ["kind=note", "min_count=1", "tunings=[]", "kind=column", "min_count=1"],
        "kind=column, min_count=2": ["kind=note", "min_count=1", "tunings=[]", "kind=column", "min_count=2"],
        'tunings=["GDAE", "GDAD"]': ["kind=note", "min_count=1", "tunings=[]", 'tunings=["GDAE", "GDAD"]'],
    }


@pytest.mark.parametrize("text", ["", "kind", "=note", "kind=", "kind=[note", "kind=note]: {"])
def test_what_is_no_list_of_values_is_told(text: str) -> None:
    from ablate import variants

    with pytest.raises(InputError, match="is not of the form KEY=A,B,C"):
        variants([[text]])


def test_the_table_compares_songs_and_seeds_with_the_first_variant() -> None:
    """Seed 1: from 1.2 to 1.1 (songs -.2 and 0), seed 2: from 1.3 to 1.4 (0 and +.2); together songs -.1 and +.1."""
    from ablate import Run, table

    def run(variant: str, seed: int, cpu: float, *bits: float) -> Run:
        return Run(variant, seed, cpu, {"test": {"with cache": bits, "alone": [10 * song for song in bits]}})

    found = [
        run("a", 1, 10, 1.0, 1.4),
        run("b", 1, 20, 0.8, 1.4),
        run("a", 2, 11, 1.0, 1.6),
        run("b", 2, 22, 1.0, 1.8),
        run("c", 1, 5, 0.6, 0.7),
    ]
    lines = [line.strip("| ").split(" | ") for line in table(found, "test").splitlines()]
    assert lines[2] == ["a", "1.250 ± 0.071", "", "", "", "12.500 ± 0.707", "", "", "", "10"]
    assert lines[3][:4] == ["b", "1.250 ± 0.212", "+0.0 % [-8.0, +8.0]", "1.0000"]
    assert lines[3][4] == lines[3][8] == "1 of 2"
    assert lines[4][1] == "0.650"
    assert lines[4][2].startswith("-45.8 % [-58.3, -33.3]")
    assert lines[4][4] == "1 of 1"
    assert lines[4][-1] == "5"


@pytest.mark.slow
def test_one_command_trains_once_scores_and_writes_the_table(
    riff_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import ablate

    config = tmp_path / "tiny.yaml"
    config.write_text(yaml.safe_dump(TINY))
    brief = ["--set", "training.max_steps=4", "--set", "training.eval_steps=2", "--seeds", "2"]
    where = ["--dataset", str(riff_dataset), "--pages", str(riff_dataset), "--out", str(tmp_path / "out")]
    command = ["ablate.py", str(config), *where, *brief, "--vary", "training.learning_rate=0.01,0.0001"]
    monkeypatch.setattr(sys, "argv", command)
    threads = torch.get_num_threads()
    assert ablate.main() == 0
    said = capsys.readouterr().out
    assert said == (tmp_path / "out" / "table.md").read_text()
    assert said.count(r"| training.learning\_rate=") == 4
    record = tmp_path / "out" / "training.learning_rate=0.0001 2" / "ablation.json"
    run = json.loads(record.read_bytes())["run"]
    metrics = json.loads((record.parent / "metrics.json").read_bytes())
    assert run["seed"] == 2
    assert 0 < run["cpu_seconds"] < 100
    assert len(run["bits"]["pages"]["alone"]) == 10
    assert metrics["validation"]["bits_per_column"] > 0

    record.unlink()
    trained: list[Path] = []
    train = ablate.train
    monkeypatch.setattr(
        ablate, "train", lambda data, out, *rest, **more: trained.append(out) or train(data, out, *rest, **more)
    )
    assert ablate.main() == 0
    assert trained == [record.parent]
    assert json.loads(record.read_bytes())["run"]["bits"] == run["bits"]

    monkeypatch.setattr(sys, "argv", [*command, "--set", "kind=note"])
    assert ablate.main() == 1
    assert "is a run of something else: choose another --out" in capsys.readouterr().err
    torch.set_num_threads(threads)
