"""The tokenizer in the hands of others: stock pipelines, streamers, `datasets`, copies."""

import copy
import pickle
from typing import Any

import datasets
import pytest
from datasets.fingerprint import Hasher
from transformers import AutoModelForCausalLM, TextIteratorStreamer, pipeline

from basstab_hf import BassTabTokenizer
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.tab.columns import to_columns
from tests.conftest import riff

PROMPTS = ["GDAE |||| ---- 5---", "GDAE |||| ---5 ---- |||| ---5 ----"]


@pytest.fixture(scope="module")
def tokenizer() -> BassTabTokenizer:
    return BassTabTokenizer.from_pretrained(str(shipped_model()))


@pytest.fixture(scope="module")
def model() -> Any:
    return AutoModelForCausalLM.from_pretrained(str(shipped_model()))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_stock_pipeline_goes_on_in_column_words(tokenizer: BassTabTokenizer, model: Any, prompt: str) -> None:
    write = pipeline("text-generation", model=model, tokenizer=tokenizer)
    options = {"max_new_tokens": 12, "do_sample": False}
    [whole], [new] = (write(prompt, **options, return_full_text=full) for full in (True, False))
    assert whole["generated_text"] == prompt + new["generated_text"]
    words = whole["generated_text"].split()
    assert words[: len(prompt.split())] == prompt.split()
    assert {len(word) for word in words if word != "<END>"} == {4}  # none is glued to another


@pytest.mark.parametrize("skip_prompt", [True, False])
def test_a_streamer_says_column_words_as_they_come(
    tokenizer: BassTabTokenizer, model: Any, *, skip_prompt: bool
) -> None:
    streamer = TextIteratorStreamer(tokenizer, skip_prompt=skip_prompt, output="columns", skip_special_tokens=True)
    inputs = tokenizer(PROMPTS[0], return_tensors="pt")
    written = model.generate(**inputs, max_new_tokens=12, do_sample=False, streamer=streamer)[0].tolist()
    pieces = [piece for piece in streamer if piece]
    start = inputs["input_ids"].shape[1] if skip_prompt else 0
    assert "".join(pieces) == tokenizer.decode(written[start:], output="columns", skip_special_tokens=True)
    assert "".join(pieces).split() == tokenizer.decode_columns(written[start:]).split()
    assert len(pieces) > 3


def test_copies_are_the_same_before_and_after_use(tokenizer: BassTabTokenizer) -> None:
    fresh = BassTabTokenizer.from_pretrained(str(shipped_model()))
    before = Hasher.hash(fresh)
    ids = fresh(riff(1))["input_ids"]
    assert Hasher.hash(fresh) == before  # so that `datasets` finds what it did with it
    for again in (pickle.loads(pickle.dumps(fresh)), copy.deepcopy(fresh)):
        assert again(riff(1))["input_ids"] == ids
        assert again.kind == fresh.kind
        assert again.decode(ids, skip_special_tokens=True) == fresh.decode(ids, skip_special_tokens=True)


def test_datasets_map_in_two_processes(tokenizer: BassTabTokenizer) -> None:
    texts = [riff(number) for number in range(8)]
    tokenizer(texts[0])
    rows = datasets.Dataset.from_dict({"text": texts})

    def encode(batch: dict[str, list[str]]) -> dict[str, list[list[int]]]:
        return {"input_ids": tokenizer(batch["text"])["input_ids"]}

    found = rows.map(encode, batched=True, batch_size=2, num_proc=2, load_from_cache_file=False)
    assert found["input_ids"][:] == tokenizer(texts)["input_ids"]
    assert all(
        tokenizer.decode_columns(ids) == " ".join(to_columns(text))
        for ids, text in zip(found["input_ids"], texts, strict=True)
    )
