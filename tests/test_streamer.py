"""Tabs that appear while `generate` writes them."""

import io
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from basstab_hf import BassTabTokenizer
from basstab_hf.errors import InputError
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.generate.processors import GrammarProcessor
from basstab_hf.generate.streamer import TabIterator, TabStreamer
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab


@pytest.fixture(scope="module")
def model(riff_model: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(riff_model)


@pytest.fixture(scope="module")
def tokenizer(riff_model: Path) -> BassTabTokenizer:
    return BassTabTokenizer.from_pretrained(str(riff_model))


def test_what_is_printed_is_the_tab(model: Any, tokenizer: BassTabTokenizer, riff_model: Path) -> None:
    """Of a tuning that is spelt, so that its word is whole only when the bar line comes; once more with the same."""
    stream = io.StringIO()
    streamer = TabStreamer(tokenizer, stream)
    for _ in range(2):
        grammar = GrammarProcessor(ModelWords.of_folder(riff_model), bars=3, tuning=Tuning.parse("A#FCG"))
        ids = tokenizer("<density:low>", return_tensors="pt")["input_ids"]
        out = model.generate(ids, logits_processor=[grammar], streamer=streamer, max_new_tokens=100, do_sample=False)
        tab = Tab.from_words(tokenizer.decode_columns(out[0]).split())
        assert tab.text.startswith("A#|")
        assert stream.getvalue() == f"{tab.text}\n"
        stream.seek(0)
        stream.truncate()


def test_columns_come_to_a_loop_one_by_one(model: Any, tokenizer: BassTabTokenizer) -> None:
    inputs = tokenizer("G|-5\nD|--\nA|--\nE|--", return_tensors="pt")
    words = TabIterator(tokenizer, timeout=60)
    options = {"streamer": words, "max_new_tokens": 6, "do_sample": False}
    thread = Thread(target=model.generate, args=(inputs["input_ids"],), kwargs=options)
    thread.start()
    found = list(words)
    thread.join()
    assert found[0] == ["GDAE", "||||", "----", "5---"]
    assert len(found) == 7
    assert all(len(one) == 1 for one in found[1:])


def test_printing_stops_where_no_tab_goes_on(tokenizer: BassTabTokenizer, capsys: pytest.CaptureFixture[str]) -> None:
    streamer = TabStreamer(tokenizer)
    for words in (["GDAE", "||||", "5---"], ["7"], ["5---"], ["xy"]):
        streamer.put(torch.tensor([tokenizer(" ".join(words), add_special_tokens=False)["input_ids"]]))
    streamer.end()
    assert capsys.readouterr().out == "G|5\nD|-\nA|-\nE|-\n"


def test_one_tab_at_a_time(tokenizer: BassTabTokenizer) -> None:
    with pytest.raises(InputError, match="2 tabs are written at a time: stream one"):
        TabStreamer(tokenizer).put(torch.zeros(2, 3, dtype=torch.long))
    streamer = TabStreamer(tokenizer)
    streamer.end()  # nothing came: nothing is printed
