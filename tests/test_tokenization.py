import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from tokenizers import Tokenizer

from basstab_hf import BassTabTokenizer, Tab, register, to_columns
from basstab_hf.errors import TabError
from tests.strategies import tabs
from tests.test_columns import SEED_TAB, SEED_WORDS

TEXTS = [" ".join(SEED_WORDS), "GDAD |||| ---- 5--- |||| <END> GDAD |||| 5--- |||| <END>"]


@pytest.fixture(scope="module")
def tokenizer() -> BassTabTokenizer:
    return BassTabTokenizer.from_column_texts(TEXTS, min_count=1)


@pytest.fixture(scope="module")
def folder(tokenizer: BassTabTokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save_pretrained(path)
    return path


def test_the_seeds_dictionary_is_there(tokenizer: BassTabTokenizer) -> None:
    ids = tokenizer.convert_tokens_to_ids([f" {word}" for word in SEED_WORDS])
    assert ids == tokenizer(SEED_TAB, add_special_tokens=False)["input_ids"]
    assert set(ids) <= set(tokenizer.get_vocab().values())


@given(tab=tabs())
def test_tabs_survive_character_for_character(tokenizer: BassTabTokenizer, tab: Tab) -> None:
    ids = tokenizer(tab.text)["input_ids"]
    assert ids == tokenizer(" ".join(tab.words))["input_ids"]
    assert tokenizer.unk_token_id not in ids
    assert tokenizer.decode(ids, skip_special_tokens=True) == tab.text
    assert tokenizer.decode_columns(ids) == " ".join(tab.words)


def test_batches_are_padded_on_the_left_for_generation(tokenizer: BassTabTokenizer) -> None:
    ids = tokenizer([SEED_TAB, "GDAE |||| ----"], padding=True)["input_ids"]
    assert len(ids[0]) == len(ids[1])
    assert ids[1][0] == tokenizer.pad_token_id
    assert tokenizer.batch_decode(ids, skip_special_tokens=True)[0].startswith("G|---9h11")


def test_rare_columns_fall_back_to_characters_and_tunings_never(tokenizer: BassTabTokenizer) -> None:
    rare = BassTabTokenizer.from_column_texts(TEXTS, min_count=2)
    assert " 9---" not in rare.get_vocab()
    assert " GDAD" in rare.get_vocab()
    assert rare.decode(rare(SEED_TAB)["input_ids"], skip_special_tokens=True).startswith("G|---9h11")


def test_what_is_no_tab_decodes_to_its_words(tokenizer: BassTabTokenizer) -> None:
    assert tokenizer.decode(tokenizer("---- 5---")["input_ids"], skip_special_tokens=True) == "---- 5---"


def test_a_broken_tab_is_refused_with_its_line(tokenizer: BassTabTokenizer) -> None:
    with pytest.raises(TabError, match="line 2"):
        tokenizer("G|---\nD|--\nA|---\nE|---")


def test_pairs_are_refused(tokenizer: BassTabTokenizer) -> None:
    with pytest.raises(ValueError, match="not pairs"):
        tokenizer(SEED_TAB, SEED_TAB)


STOCK = """
import json, sys
sys.modules["basstab_hf"] = None
from transformers import AutoTokenizer
folder, tab = sys.argv[1], sys.argv[2]
stock = AutoTokenizer.from_pretrained(folder)
trusted = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
chat = stock.apply_chat_template([{"role": "user", "content": tab}])
words = stock.decode(stock(sys.argv[3])["input_ids"], skip_special_tokens=True)
print(json.dumps({
    "stock": stock(sys.argv[3])["input_ids"], "chat": chat["input_ids"], "trusted": trusted(tab)["input_ids"],
    "words": words.strip(), "printed": trusted.decode(trusted(tab)["input_ids"], skip_special_tokens=True),
    "raw": stock(tab)["input_ids"], "unknown": stock.unk_token_id,
}))
"""


@pytest.mark.parametrize("tab", [SEED_TAB, f"{SEED_TAB}\n\nGb|5|\nDb|-|\nAb|-|\nEb|-|"])
def test_the_folder_loads_without_the_package(folder: Path, tokenizer: BassTabTokenizer, tab: str) -> None:
    words = " ".join(to_columns(tab))
    done = subprocess.run(
        [sys.executable, "-c", STOCK, str(folder), tab, words], capture_output=True, text=True, check=True, cwd=folder
    )
    found = json.loads(done.stdout)
    ids = tokenizer(tab)["input_ids"]
    assert found["stock"] == found["chat"] == found["trusted"] == ids
    assert found["words"] == words
    assert found["printed"] == tokenizer.decode(ids, skip_special_tokens=True)
    assert found["unknown"] in found["raw"]  # a raw tab given to the stock class does not pass silently


def test_the_file_is_plain_tokenizers_json(folder: Path, tokenizer: BassTabTokenizer) -> None:
    plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert plain.encode(TEXTS[1]).ids == tokenizer(TEXTS[1])["input_ids"]
    again = BassTabTokenizer.from_pretrained(str(folder))
    assert again(SEED_TAB)["input_ids"] == tokenizer(SEED_TAB)["input_ids"]


def test_register_can_be_called_again() -> None:
    register()
    register()
