"""The fast way from raw tabs to ids, held to the `tokenizers` pipeline."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf import BassTabTokenizer, Tab
from basstab_hf.errors import TabError
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System
from basstab_hf.tokenizer import bar_ids, column_ids
from basstab_hf.tokenizer.column_ids import ColumnIds
from basstab_hf.tokenizer.tab_words import column_text
from basstab_hf.tokenizer.token_kinds import KINDS
from tests.strategies import TUNINGS, odd_texts, tabs

#: What frets of two digits, marks and repeated digits are made of, so that most events are cut somewhere.
_DENSE = "------1112205hx~()|"


def _dense_system(word: str, chance: random.Random) -> System:
    tuning = Tuning.parse(word)
    body = []
    for _ in range(chance.randint(0, 40)):
        body.append("".join(chance.choices(_DENSE, k=tuning.n_strings)) if chance.random() < 0.1 else "")
        string = chance.randrange(tuning.n_strings)
        if not body[-1]:
            body[-1] = "".join(chance.choice(_DENSE) if at == string else "-" for at in range(tuning.n_strings))
        if chance.random() < 0.1:
            body[-1] = "|" * tuning.n_strings
    return System.from_columns(tuning, body)


def _dense_tab(seed: int) -> Tab:
    chance = random.Random(seed)
    return Tab(tuple(_dense_system(chance.choice(TUNINGS), chance) for _ in range(chance.randint(0, 4))))


#: Odd columns in the vocabulary, too: reserved words, tuning words and ends of systems among them.
_LEARNT = [
    *(" ".join(_dense_tab(seed).words) for seed in range(120)),
    *["GDAEB ||||| <bos> ----- ABCDE <pad> <unk> A-GDE ||||| <END> CGDAEB |||||| -<bos> <eos>- ------ |||||| <END>"]
    * 2,
    *["GDAE |||| GDAE 5--- |||| ADGB 5--- <END> GbDbAbEb |||| ---- GDAE |||| <END>"] * 2,
]


@pytest.fixture(scope="module", params=KINDS)
def tokenizer(request: pytest.FixtureRequest) -> BassTabTokenizer:
    return BassTabTokenizer.from_column_texts(_LEARNT, kind=request.param)


def _table(tokenizer: BassTabTokenizer) -> ColumnIds:
    assert tokenizer._table is not None
    return tokenizer._table


def _slowly(tokenizer: BassTabTokenizer, text: str) -> list[int]:
    ids: list[int] = tokenizer.backend_tokenizer.encode(column_text(text), add_special_tokens=False).ids
    return ids


def _agree(tokenizer: BassTabTokenizer, texts: list[str]) -> list[list[int] | None]:
    found = _table(tokenizer).encode(texts)
    for text, ids in zip(texts, found, strict=True):
        assert ids is None or ids == _slowly(tokenizer, text), text
    return found


@settings(max_examples=25)
@given(st.lists(tabs(), min_size=1, max_size=6))
def test_batches_of_clean_tabs_have_the_ids_of_the_pipeline(tokenizer: BassTabTokenizer, found: list[Tab]) -> None:
    _agree(tokenizer, [tab.text for tab in found])


@settings(max_examples=25)
@given(st.integers(0, 1 << 32))
def test_events_and_riffs_beyond_the_vocabulary_have_the_ids_of_the_pipeline(
    tokenizer: BassTabTokenizer, seed: int
) -> None:
    texts = [_dense_tab(seed + number).text for number in range(8)]
    for text, ids in zip(texts, _agree(tokenizer, texts), strict=True):
        assert ids is not None or not text, text  # nothing of this goes the long way


@settings(max_examples=60)
@given(st.lists(odd_texts(), max_size=5))
def test_odd_texts_have_the_ids_of_the_pipeline_or_are_left_to_it(
    tokenizer: BassTabTokenizer, texts: list[str]
) -> None:
    found = _table(tokenizer).encode(texts)
    for text, ids in zip(texts, found, strict=True):
        if ids is not None:
            assert ids == _slowly(tokenizer, text)
        elif len(text.strip().splitlines()) > 1:
            try:
                wanted = _slowly(tokenizer, text)
            except TabError:
                continue
            assert tokenizer(text, add_special_tokens=False)["input_ids"] == wanted


@pytest.mark.parametrize(
    "column", ["<bos>", "<unk>", "GDAEB", "A-GDE", "F#CGC", "<END>", "-----", "|||||", "x|<b>", '9!9"9']
)
def test_columns_that_look_like_something_else(tokenizer: BassTabTokenizer, column: str) -> None:
    rows = [f"{label}|5-{mark}--5-{mark}|" for label, mark in zip("GDAEB", column, strict=True)]
    if column != "<END>":
        text = "\n".join(rows)
        assert tokenizer(text, add_special_tokens=False)["input_ids"] == _slowly(tokenizer, text)
        _agree(tokenizer, [text, f"{text}\n\n\n{text}"])


def test_numbers_of_strings_may_change_and_systems_may_stop(tokenizer: BassTabTokenizer) -> None:
    four, five = "G|-5-|\nD|---|\nA|---|\nE|---|", "g|-5-\nd|---\na|---\ne|---\nb|---"
    for text in (f"{four}\n\n{five}", f"{five}\n\n{four}", f"\n{five}\n\n\n\n{four}\n\n{four}\n\n{five}\n"):
        assert _agree(tokenizer, [text])[0] is not None


def test_what_is_remembered_stays_bounded(tokenizer: BassTabTokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar_ids, "MAX_BARS", 8)
    monkeypatch.setattr(column_ids, "BLOCK", 50)
    monkeypatch.setattr(column_ids, "MAX_UNKNOWN", 6)
    table = ColumnIds(tokenizer.backend_tokenizer, tokenizer.kind, tokenizer._ids)
    texts = [
        "\n".join(f"{label}|{first}{mark}|---|-{first}-|{first}5{mark}|" for label in "GDAE")
        for first in "-57"
        for mark in "!$%&+,:;@AZ[]_`{}"
    ]
    for batch in (texts, texts[::-1]):
        for text, ids in zip(batch, table.encode(batch), strict=True):
            assert ids is None or ids == _slowly(tokenizer, text)
    assert len(table._unknown) <= 6
    if table._bars:
        assert len(table._bars._bars) < 40
