import random
from collections import Counter
from pathlib import Path

import pytest

from basstab_hf import BassTabTokenizer
from basstab_hf.dataset.load import load_texts
from basstab_hf.metrics.attributes import control_words
from basstab_hf.tokenizer import infilling
from basstab_hf.tokenizer.control_words import CHORD_WORDS, CONTROL_WORDS, FIM_PREFIX
from basstab_hf.tokenizer.token_kinds import KINDS
from basstab_hf.training.data import TrainingPieces, cut_blocks, pad_blocks


@pytest.fixture(scope="module")
def texts(riff_dataset: Path) -> list[str]:
    return load_texts(str(riff_dataset), "train")


@pytest.fixture(scope="module", params=KINDS)
def tokenizer(texts: list[str], request: pytest.FixtureRequest) -> BassTabTokenizer:
    return BassTabTokenizer.from_column_texts(texts, kind=request.param)


def _ids(pieces: TrainingPieces) -> list[list[int]]:
    return [item["input_ids"] for item in pieces]


@pytest.mark.parametrize("context", [52, 100, 1000])
def test_without_changes_the_blocks_are_those_of_cut_blocks(
    texts: list[str], tokenizer: BassTabTokenizer, context: int
) -> None:
    pieces = TrainingPieces(texts, tokenizer, context)
    blocks = cut_blocks(texts, tokenizer, context)
    assert _ids(pieces) == blocks
    assert len(pieces) == len(blocks)
    pieces.set_epoch(1)
    assert _ids(pieces) == blocks


def test_an_epoch_is_the_same_whoever_draws_it(texts: list[str], tokenizer: BassTabTokenizer) -> None:
    def make() -> TrainingPieces:
        return TrainingPieces(texts, tokenizer, 100, controls=0.5, fill_in_the_middle=0.5, seed=3)

    one, other = make(), make()
    first = _ids(one)
    one.set_epoch(1)
    second = _ids(one)
    other.set_epoch(1)
    assert _ids(other) == second != first
    other.set_epoch(0)
    assert _ids(other) == first


def test_control_words_in_front_are_true_and_any_few_of_them(texts: list[str], tokenizer: BassTabTokenizer) -> None:
    pieces = TrainingPieces(texts, tokenizer, 1000, controls=0.8)
    described = 0
    kept: Counter[str] = Counter()
    for ids, text in zip(_ids(pieces), texts, strict=True):
        words = tokenizer.decode(ids, output="columns").removeprefix("<bos> ").split()
        own = [word for word in words if word in CONTROL_WORDS]
        assert words[: len(own)] == own
        assert set(own) <= set(control_words(text))
        assert " ".join(words[len(own) :]) == f"{text} <eos>"
        described += bool(own)
        kept.update(own)
    assert 0.6 < described / len(texts) < 0.9
    assert pieces.described() == Counter(word for text in texts for word in control_words(text))
    assert all(0 < count < pieces.described()[word] for word, count in kept.items() if count > 5)


@pytest.mark.parametrize("context", [110, 1000])
def test_middles_are_whole_bars_that_join_back_to_the_piece(
    texts: list[str], tokenizer: BassTabTokenizer, context: int
) -> None:
    pieces = TrainingPieces(texts, tokenizer, context, fill_in_the_middle=0.5)
    drawn = _ids(pieces)
    assert max(map(len, drawn)) <= context
    plain = cut_blocks(texts, tokenizer, context - 11)
    changed = 0
    for ids, before in zip(drawn, plain, strict=True):
        if ids == before:
            continue
        changed += 1
        text = tokenizer.decode(ids, output="columns")
        begins, ends = text.startswith("<bos> "), text.endswith(" <eos>")
        assert (begins, ends) == (before[0] == tokenizer.bos_token_id, True)
        words = text.removeprefix("<bos> ").removesuffix(" <eos>").split()
        assert " ".join(infilling.join(words)) == tokenizer.decode_columns(before)
        # As the tokenizer cuts it when it is asked to fill in a middle.
        assert tokenizer(" ".join(words))["input_ids"][1:] == ids[int(begins) : -1]
    assert 0.3 < changed / len(plain) < 0.7


def test_transforms_come_first(texts: list[str], tokenizer: BassTabTokenizer) -> None:
    """A piece whose notes are all moved is described, and cut, as it then is."""

    def muted(text: str, chance: random.Random) -> str:
        chance.random()
        return "".join("x" if character.isdigit() else character for character in text)

    pieces = TrainingPieces(texts, tokenizer, 1000, transforms=[muted], controls=1.0)
    texts_seen = [tokenizer.decode(ids, output="columns") for ids in _ids(pieces)]
    assert not any(character.isdigit() for text in texts_seen for character in text.split(" GDAE ", 1)[1])
    assert sum("<technique:dead-note>" in text for text in texts_seen) > 5
    assert pieces.described()["<technique:dead-note>"] == len(texts)
    assert pieces.described()["<technique:none>"] == 0


@pytest.mark.parametrize("times", [1, 3])
def test_a_piece_keeps_its_slots(texts: list[str], tokenizer: BassTabTokenizer, times: int) -> None:
    """Pieces three times as long, or a third as long, than planned."""
    short, long = texts[:5], [" ".join([text] * 3) for text in texts[:5]]

    def changed(text: str, chance: random.Random) -> str:
        del chance
        return " ".join([text] * 3) if times == 3 else " ".join(text.split()[: len(text.split()) // 3])

    given = short if times == 3 else long
    pieces = TrainingPieces(given, tokenizer, 100, transforms=[changed])
    planned = [len(cut_blocks([text], tokenizer, 100)) for text in given]
    assert len(pieces) == len(_ids(pieces)) == sum(planned)
    possible = {
        tuple(block) for text in given for block in cut_blocks([changed(text, random.Random())], tokenizer, 100)
    }
    assert {tuple(ids) for ids in _ids(pieces)} <= possible


def test_asking_words_have_no_label(tokenizer: BassTabTokenizer) -> None:
    asked = tokenizer.convert_tokens_to_ids([FIM_PREFIX, CONTROL_WORDS[0], CONTROL_WORDS[-1], *CHORD_WORDS[::13]])
    note, size = tokenizer.n_reserved + 8, len(asked)
    items = [{"input_ids": [1, *asked, note, 2]}, {"input_ids": [1, note, 2]}]
    batch = pad_blocks(items, pad=0, reserved=tokenizer.n_reserved)
    assert batch["labels"].tolist() == [[1, *[-100] * size, note, 2], [1, note, 2, *[-100] * size]]


def test_no_pieces_no_blocks(tokenizer: BassTabTokenizer) -> None:
    assert len(TrainingPieces([], tokenizer, 100)) == 0


def test_in_the_first_epochs_rows_are_short_shuffled_and_anywhere(
    texts: list[str], tokenizer: BassTabTokenizer
) -> None:
    pieces = TrainingPieces(texts, tokenizer, 100, short=16, short_epochs=1)
    whole = [token for block in cut_blocks(texts, tokenizer, 100) for token in block]
    items = [pieces[place] for place in range(len(pieces))]
    assert sorted(token for item in items for token in item["input_ids"]) == sorted(whole)
    rows = [length for item in items for length in item["rows"]]
    assert max(rows) <= 16
    assert sum(rows) == len(whole)
    batch = pad_blocks(items, pad=0)
    assert batch["input_ids"].shape == (len(rows), max(rows))
    starts = [start for item in items for start in item["starts"]]
    assert batch["position_ids"][:, 0].tolist() == starts
    assert len({*starts}) > 1
    assert max(start + length for start, length in zip(starts, rows, strict=True)) <= 100
    assert batch["labels"][batch["labels"] >= 0].tolist() == [token for item in items for token in item["input_ids"]]
    pieces.set_epoch(1)
    assert _ids(pieces) == cut_blocks(texts, tokenizer, 100)
