"""A model folder that transformers' own classes saved again: what writing needs is still there, or its loss is told."""

import json
import logging
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from basstab_hf.generate import Composer, Request, generate_tab
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.generate.steering import knows_chords, learnt_words
from basstab_hf.hub.shipped import shipped_model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    AutoModelForCausalLM.from_pretrained(shipped_model()).save_pretrained(folder)
    PreTrainedTokenizerFast.from_pretrained(shipped_model()).save_pretrained(folder)
    return folder


def test_it_writes_as_the_model_that_it_is(saved: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert not (saved / "metrics.json").exists()
    asked = Request(bars=4, seed=3, asked=("<metre:3/4>",))
    with caplog.at_level(logging.WARNING, "basstab_hf"):
        assert generate_tab(saved, asked) == generate_tab(shipped_model(), asked)
    assert not caplog.records
    before, after = ModelWords.of_folder(shipped_model()), ModelWords.of_folder(saved)
    assert after.cache == before.cache is not None
    assert learnt_words(after.metrics) == learnt_words(before.metrics)
    assert knows_chords(after.metrics)
    assert after.fills_in


def test_a_folder_that_lost_it_is_told_of_and_writes(
    saved: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for path in saved.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    del config["basstab"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    with caplog.at_level(logging.WARNING, "basstab_hf"):
        composer = Composer(tmp_path)
        tab = next(composer.write(Request(bars=4, seed=3))).tab
    assert len({len(bar) for bar in tab.bars}) == 1
    [record] = caplog.records
    assert "metrics.json is not there, nor does config.json say how wide bars are" in record.message
