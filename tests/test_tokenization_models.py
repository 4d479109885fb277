"""Models over tokens of several columns: training, evaluation and generation as for single columns."""

import json
import math
from pathlib import Path

import pytest

from basstab_hf import Tab, generate_tab
from basstab_hf.cli import main
from basstab_hf.dataset.load import load_texts
from basstab_hf.evaluation.evaluation import evaluate_model
from basstab_hf.evaluation.scoring import n_columns
from basstab_hf.generate import Request, Sampling
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.data import cut_blocks
from basstab_hf.training.train import load_tokenizer, train
from tests.conftest import TINY, riff


@pytest.fixture(scope="module", params=["note", "riff"])
def model(request: pytest.FixtureRequest, riff_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = TrainConfig.from_dict(TINY, ["training.max_steps=20", f"kind={request.param}"])
    return train(str(riff_dataset), tmp_path_factory.mktemp(request.param) / "model", config)


def test_a_saved_tokenizer_gives_the_same_tokens(
    model: Path, riff_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = load_tokenizer(model).kind
    arguments = ["tokenizer", str(riff_dataset), "--out", str(tmp_path / "words"), "--kind", kind]
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert f"tokens of kind {kind} from" in said.err
    assert "tokens a column; no column falls back; 0.000% <unk>" in said.err
    assert main([*arguments, "--force", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["size"] == len(load_tokenizer(model))
    assert report["validation"]["tokens_per_column"] < 0.7
    assert (tmp_path / "words" / "tokenizer.json").read_bytes() == (model / "tokenizer.json").read_bytes()


def test_bits_are_counted_by_columns(model: Path, riff_dataset: Path) -> None:
    evaluation = evaluate_model(model, str(riff_dataset), "test")
    assert sum(evaluation.counts) == sum(map(n_columns, load_texts(str(riff_dataset), "test")))
    assert 0 < evaluation.bits_per_column < math.log2(40)


def test_blocks_start_where_systems_do(model: Path, riff_dataset: Path) -> None:
    texts, tokenizer = load_texts(str(riff_dataset), "test"), load_tokenizer(model)
    longest = max(len(tokenizer(text)["input_ids"]) for text in texts)
    blocks = cut_blocks(texts, tokenizer, longest * 2 // 3)
    assert len(blocks) > len(texts)
    assert all(tokenizer.decode_columns(block).startswith("GDAE |||| ") for block in blocks)
    assert tokenizer.decode_columns([token for block in blocks for token in block]) == " ".join(texts)


@pytest.mark.parametrize("temperature", [0.0, 1.0, 2.0])
def test_tabs_have_the_bars_asked_for_and_one_width(model: Path, temperature: float) -> None:
    tab = generate_tab(model, Request(bars=7, seed=1, sampling=Sampling(temperature, top_p=1.0)))
    assert len(tab.bars) == 7
    assert {len(bar) for bar in tab.bars} == {17}
    assert Tab.parse(tab.text) == tab


@pytest.mark.parametrize("end", [24, 25, 28, 29, 30, 31])
def test_a_prompt_that_stops_inside_a_note_is_gone_on_with(model: Path, end: int) -> None:
    prompt = Tab.parse("\n".join(line[:end] for line in riff(3).split("\n")[:4]))
    tab = generate_tab(model, Request(prompt=prompt, bars=1, seed=1))
    assert tab.words[: len(prompt.words)] == prompt.words
    assert {len(bar) for bar in tab.bars} == {17}


def test_engines_write_the_same_tab(model: Path) -> None:
    request = Request(bars=6, seed=4)
    assert generate_tab(model, request, engine="numpy") == generate_tab(model, request, engine="torch")
