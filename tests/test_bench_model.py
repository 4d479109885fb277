"""TabBench on riffs: its splits, the seed's model, and one run of the command."""

import json
import sys
from pathlib import Path

import pytest
import torch

from basstab_hf import BassTabTokenizer
from basstab_hf.dataset.load import load_texts
from basstab_hf.tab import columns

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))


def test_no_artist_is_on_two_sides(riff_dataset: Path) -> None:
    from bench_split import read_split

    own, anew = read_split(riff_dataset), read_split(riff_dataset, artists=0.3)
    assert own.facts()["test_artists_in_train"] > 0
    assert anew.facts()["test_artists_in_train"] == 0
    assert sum(own.facts()["pieces"].values()) == sum(anew.facts()["pieces"].values())
    assert list(own.test) == load_texts(str(riff_dataset), "test")


def test_a_split_that_is_written_is_read_again(riff_dataset: Path, tmp_path: Path) -> None:
    from bench_split import read_split, write_split

    split = read_split(riff_dataset, artists=0.3)
    folder = write_split(split, tmp_path / "dataset")
    assert all(tuple(load_texts(str(folder), name)) == getattr(split, name) for name in ("train", "validation", "test"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GDAE |||| ---- <END> GDAD |||| ---5 <END>", "GDAE |||| ---- <END>"),
        ("GDAD |||| ---5 <END> GDAE |||| ----", "GDAE |||| ----"),
        ("GDAE |||| ---- <END> GDAD |||| ---5", "GDAE |||| ---- <END>"),
        ("GDAD |||| ---5 <END>", ""),
    ],
)
def test_systems_in_other_tunings_are_left_out(text: str, kept: str) -> None:
    from bench_split import in_gdae

    assert in_gdae(text) == kept
    assert not kept or columns.to_text(kept.split())


def test_the_seeds_model_scores_every_token_once() -> None:
    """Against the definition, on a text shorter than a block; and the windows of a longer one."""
    from seed_recipe import SeedModel, SeedRecipe, framed, nats, windows

    text = "GDAE |||| ---- ---5 ---- --7- |||| <END>"
    tokenizer = BassTabTokenizer.from_column_texts([text])
    torch.manual_seed(0)
    recipe = SeedRecipe(width=14, layers=1, block=32)
    model = SeedModel(recipe, len(tokenizer)).eval()
    ids = torch.tensor(framed(text, tokenizer))
    expected = torch.nn.functional.cross_entropy(model(ids[None, :-1])[0], ids[1:], reduction="sum").item()
    assert nats(model, [text], tokenizer, recipe) == pytest.approx([expected], rel=1e-5)
    stream = torch.arange(100)
    parts = [(window, known) for window, known in windows(stream, 16)]
    assert torch.cat([window[known + 1 :] for window, known in parts]).tolist() == list(range(1, 100))
    assert all(len(window) == 17 and known == 12 for window, known in parts[1:-1])
    assert len(parts[0][0]) == 17


def test_the_seeds_model_sees_no_token_to_come() -> None:
    from seed_recipe import SeedModel, SeedRecipe

    torch.manual_seed(0)
    model = SeedModel(SeedRecipe(), 70).eval()
    ids = torch.randint(70, (1, 52))
    changed = ids.clone()
    changed[0, 30:] += 1
    changed %= 70
    assert torch.allclose(model(ids)[0, :30], model(changed)[0, :30], atol=1e-5)
    assert not torch.allclose(model(ids)[0, 30:], model(changed)[0, 30:], atol=1e-2)


@pytest.mark.slow
def test_one_command_measures_all_on_one_split(
    riff_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import bench_model

    brief = ("model.n_layer=1", "model.n_embd=16", "model.n_head=2", "training.max_steps=2", "training.eval_steps=1")
    arguments = [
        str(riff_dataset),
        "--iterations",
        "8",
        "--presets",
        "small",
        "--out",
        str(tmp_path / "bench"),
        "--no-zpaq",
    ]
    settings = [part for setting in brief for part in ("--set", setting)]
    monkeypatch.setattr(sys, "argv", ["bench_model.py", *arguments, *settings])
    threads = torch.get_num_threads()
    assert bench_model.main() == 0
    torch.set_num_threads(threads)
    said = capsys.readouterr().out
    answer = json.loads((tmp_path / "bench" / "bench_model.json").read_text())
    learnt_little = ["unigram", "4-gram", "n-gram", "n-gram, cache", "xz -9e", "PPMd, primed"]
    assert [row["name"] for row in answer["models"]] == [*learnt_little, "seed's recipe", "small"]
    assert all(row["low"] <= row["bits_per_column"] <= row["high"] for row in answer["models"])
    assert all(0 < row["bits_per_column"] < 12 for row in answer["models"])
    assert answer["models"][-1]["relative_cpu"] > 0
    assert said.count("\n| ") == 10
    assert (tmp_path / "bench" / "small-1" / "model.safetensors").exists()
    assert bench_model.main() == 1
    assert "bench exists already" in capsys.readouterr().err
