"""Reserved words: which ids they have for good, spare ones, and tokenizers of earlier and later versions."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from basstab_hf import BassTabTokenizer, generate_tab
from basstab_hf.errors import InputError, TabError
from basstab_hf.generate import Composer, Request
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.tokenizer.control_table import ASKED, TABLE
from basstab_hf.tokenizer.control_words import CONTROL_WORDS, LEAST_RESERVED, RESERVED, SPARE, refusal
from basstab_hf.training.column_trainer import columns_of_tokens
from basstab_hf.training.data import TrainingPieces
from tests.conftest import riff
from tests.test_tokenization import TEXTS

SPARES = RESERVED[LEAST_RESERVED:]


def test_the_first_words_have_their_ids_for_good() -> None:
    """The model that ships was trained on these: its file says so, whatever the table says."""
    document = json.loads((shipped_model() / "tokenizer.json").read_text())
    shipped = {token["id"]: token["content"] for token in document["added_tokens"]}
    assert RESERVED[:LEAST_RESERVED] == tuple(shipped[place] for place in range(62))
    assert len(RESERVED) == 62 + SPARE


def test_rows_are_fit_for_words_flags_and_fields() -> None:
    assert len({control.name for control in TABLE}) == len(TABLE)
    for control in TABLE:
        assert control.name.isidentifier()
        assert control.name.islower()
        assert len(set(control.values)) == len(control.values)
        assert not any(set(value) & set("<> \t") or not value.isprintable() for value in control.values)
    assert len(set(CONTROL_WORDS)) == len(CONTROL_WORDS) == sum(len(control.values) for control in TABLE)
    assert all(control.help for control in ASKED)


def _saved(folder: Path, kind: str = "note") -> Path:
    BassTabTokenizer.from_column_texts(TEXTS, min_count=1, kind=kind).save_pretrained(folder)
    return folder


def _renamed(folder: Path, words: dict[str, str]) -> None:
    """As a later version writes a tokenizer with words of its own."""
    path = folder / "tokenizer.json"
    document = json.loads(path.read_text())
    for token in document["added_tokens"]:
        token["content"] = words.get(token["content"], token["content"])
    document["model"]["vocab"] = {words.get(token, token): place for token, place in document["model"]["vocab"].items()}
    path.write_text(json.dumps(document, ensure_ascii=False))


def _as_format_2(folder: Path) -> None:
    """As the version before this one wrote a tokenizer: without spare words."""
    path = folder / "tokenizer.json"
    document = json.loads(path.read_text())
    spare = set(SPARES)
    document["added_tokens"] = [token for token in document["added_tokens"] if token["content"] not in spare]
    vocabulary = [token for token in document["model"]["vocab"] if token not in spare]
    document["model"]["vocab"] = {token: place for place, token in enumerate(vocabulary)}
    path.write_text(json.dumps(document, ensure_ascii=False))
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, "basstab_format": 2}))


@pytest.mark.parametrize("kind", ["column", "note", "riff"])
def test_a_tokenizer_of_format_2_reads_and_counts_as_ever(tmp_path: Path, kind: str) -> None:
    _as_format_2(_saved(tmp_path, kind))
    old, new = BassTabTokenizer.from_pretrained(str(tmp_path)), BassTabTokenizer.from_column_texts(TEXTS, 1, kind)
    assert (old.n_reserved, new.n_reserved) == (LEAST_RESERVED, len(RESERVED))
    assert len(new) - len(old) == SPARE
    for text in [*TEXTS, riff(1), "<key:Em>\n" + riff(2)]:
        shifted = [token + SPARE * (token >= LEAST_RESERVED) for token in old(text)["input_ids"]]
        assert shifted == new(text)["input_ids"]
        assert old.decode(old(text)["input_ids"]) == new.decode(new(text)["input_ids"])
    counts = columns_of_tokens(new).tolist()
    assert columns_of_tokens(old).tolist() == counts[:LEAST_RESERVED] + counts[len(RESERVED) :]
    old.save_pretrained(tmp_path / "again")  # as the checkpoint of a training does
    assert (tmp_path / "again" / "tokenizer.json").read_text() == _pretty(tmp_path / "tokenizer.json")
    assert json.loads((tmp_path / "again" / "tokenizer_config.json").read_text())["basstab_format"] == 2
    with pytest.raises(TabError, match="<control:127>: this tokenizer has no such word"):
        old("<control:127> GDAE |||| ----")


def _pretty(path: Path) -> str:
    return Tokenizer.from_file(str(path)).to_str(pretty=True)


def test_a_spare_word_is_no_column_and_left_out(tmp_path: Path) -> None:
    tokenizer = BassTabTokenizer.from_pretrained(str(_saved(tmp_path)))
    text = f"{SPARES[0]} {SPARES[-1]} GDAE |||| --5- <END>"
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert ids[:2] == [LEAST_RESERVED, len(RESERVED) - 1]
    assert tokenizer.decode_columns(ids) == "GDAE |||| --5- <END>"
    assert not columns_of_tokens(tokenizer)[: len(RESERVED)].any()


@pytest.mark.parametrize("later", ["<feel:swing>", "<section:verse>"])
def test_words_of_a_later_version_are_refused_in_one_line(riff_model: Path, tmp_path: Path, later: str) -> None:
    model = Path(shutil.copytree(riff_model, tmp_path / "model"))
    _renamed(model, {SPARES[0]: later})
    what = f"has the control {later}, which this version does not know: update with `pip install -U"
    message = f"{model}: the tokenizer there {what}"
    for load in (lambda: BassTabTokenizer.from_pretrained(str(model)), lambda: generate_tab(model)):
        with pytest.raises(InputError) as caught:
            load()
        assert str(caught.value).startswith(message)
        assert "\n" not in str(caught.value)


def test_words_of_later_controls_are_found_wherever_a_tokenizer_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This version, were it a later one: with words that stand at other spare ids in each tokenizer."""
    known = {"<feel:swing>", "<feel:straight>", *SPARES}
    monkeypatch.setattr("basstab_hf.tokenizer.control_words._KNOWN", frozenset(known))
    _renamed(_saved(tmp_path), {SPARES[0]: "<feel:straight>", SPARES[1]: "<feel:swing>"})
    tokenizer = BassTabTokenizer.from_pretrained(str(tmp_path))
    assert tokenizer("<feel:swing> GDAE |||| --5-", add_special_tokens=False)["input_ids"][0] == LEAST_RESERVED + 1
    assert tokenizer.n_reserved == len(RESERVED)


def test_what_is_refused_and_what_not() -> None:
    tokens: list[str | None] = [*RESERVED, " ----"]
    assert refusal(3, tokens) == refusal(2, tokens[:LEAST_RESERVED] + [" ----"] * SPARE) == ""
    assert "is not of basstab_hf" in refusal(None, tokens)
    assert "is not of basstab_hf" in refusal(3, tokens[1:])
    assert "is of format 4" in refusal(4, tokens)
    assert "has the control  ----" in refusal(3, tokens[:LEAST_RESERVED] + [" ----"] * SPARE)
    assert "has the control None" in refusal(3, [*tokens[:100], *[None] * 100])


def test_training_on_an_older_tokenizer_leaves_out_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def words(text: str, style: str, tempo: float | None) -> tuple[str, ...]:
        del text, style, tempo
        return ("<density:low>", "<feel:swing>")

    monkeypatch.setattr("basstab_hf.training.data.control_words", words)
    monkeypatch.setattr("basstab_hf.training.data.CONTROL_WORDS", (*CONTROL_WORDS, "<feel:swing>"))
    tokenizer = BassTabTokenizer.from_pretrained(str(_saved(tmp_path)))
    pieces = TrainingPieces(TEXTS, tokenizer, 100, controls=1.0)
    assert set(pieces.described()) == {"<density:low>"}
    assert caplog.messages == ["the tokenizer is older than some controls: nothing is learnt of new feel"]
    assert tokenizer.unk_token_id not in [token for place in range(len(pieces)) for token in pieces[place]["input_ids"]]


def test_the_model_that_ships_knows_every_reserved_word_and_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BASSTAB_MODEL", raising=False)
    composer = Composer(None, "numpy")
    tokens: list[Any] = [composer.model.tokenizer.id_to_token(place) for place in range(len(RESERVED))]
    assert tokens == list(RESERVED)
    assert next(iter(composer.write(Request(bars=2, seed=1), 1))).tab.systems
