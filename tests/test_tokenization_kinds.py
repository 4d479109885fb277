import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, pre_tokenizers

from basstab_hf import BassTabTokenizer, Tab
from basstab_hf.recognise import recognise_bytes
from basstab_hf.tab.marks import split_frets
from basstab_hf.tokenizer.control_words import SPARE
from basstab_hf.tokenizer.coverage import measure_coverage
from basstab_hf.tokenizer.token_kinds import KINDS, learn, pattern
from tests.conftest import REAL_TABS, riff
from tests.growth import in_proportion
from tests.strategies import tabs

RIFFS = [" ".join(Tab.parse(riff(number)).words) for number in range(30)]
#: A spare word takes so many bytes in tokenizer.json, whatever was learnt.
SPARE_BYTES = 213 * SPARE


def _pieces(kind: str, text: str) -> list[str]:
    cut = pre_tokenizers.Split(Regex(pattern(kind)), "isolated")
    return [piece.strip() for piece, _ in cut.pre_tokenize_str(f" {text}")]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("GDAE |||| ---- 5--- ---- ----", ["GDAE", "||||", "----", "5--- ---- ----"]),
        ("9--- h--- 1--- 1--- ----", ["9--- h---", "1--- 1--- ----"]),  # 9h11
        ("-1-- -2-- -1-- -0-- -1-- -2--", ["-1-- -2--", "-1-- -0--", "-1-- -2--"]),  # 121012
        ("2--- 2--- 2--- 5---", ["2---", "2---", "2---", "5---"]),
        ("1--- 1--- 1--- ----", ["1---", "1---", "1--- ----"]),
        ("1-5- 2--- ----", ["1-5- 2--- ----"]),
        ("1--- 2-5-", ["1---", "2-5-"]),  # an onset of its own under the second digit
        ("(--- 5--- )--- ----", ["(--- 5--- )--- ----"]),
        ("7--- b--- ---- ~---", ["7--- b--- ----", "~---"]),
        ("--5-- ----- ||||| -----", ["--5-- -----", "|||||", "-----"]),
        ("1----- 2----- ------ ||||||", ["1----- 2----- ------", "||||||"]),
        ("|||| <END> F#C#G#C# |||| ---- <END>", ["||||", "<END>", "F#C#G#C#", "||||", "----", "<END>"]),
        ("----- <END>", ["-----", "<END>"]),
        ("----( <END> GDAEB", ["----(", "<END>", "GDAEB"]),  # it has five characters, as a column here
        ("--- ----", ["---", "----"]),
    ],
)
def test_an_event_is_a_note_with_all_that_belongs_to_it(text: str, pieces: list[str]) -> None:
    assert _pieces("note", text) == pieces


@given(st.text("0123456789", min_size=1, max_size=7))
def test_frets_are_cut_as_columns_cuts_them(digits: str) -> None:
    frets = [fret for _, fret in split_frets(digits)]
    pieces = [
        "".join(column[1] for column in piece.split()) for piece in _pieces("note", " ".join(f"-{d}--" for d in digits))
    ]
    # Where a run of one digit follows a fret that ends in it, one digit more may go to the fret before.
    if not any(pair in digits for pair in ("11", "22", "00", "33", "44")):
        assert pieces == frets
    assert "".join(pieces) == digits


@pytest.mark.parametrize("kind", KINDS)
@given(tab=tabs())
def test_bar_lines_tunings_and_ends_stand_alone(kind: str, tab: Tab) -> None:
    pieces = _pieces(kind, " ".join(tab.words))
    assert " ".join(pieces).split() == list(tab.words)
    for piece in pieces:
        words = piece.split()
        assert len(words) == 1 or not any(word == "<END>" or set(word) == {"|"} for word in words)


@given(text=st.text(" -|<END>5h(GDA#b\n1", max_size=200))
@settings(max_examples=150)
def test_any_text_is_cut_without_loss(text: str) -> None:
    for kind in KINDS:
        cut = pre_tokenizers.Split(Regex(pattern(kind)), "isolated")
        assert "".join(piece for piece, _ in cut.pre_tokenize_str(text)) == text


@pytest.mark.parametrize("kind", KINDS)
def test_cutting_takes_linear_time(kind: str) -> None:
    cut = pre_tokenizers.Split(Regex(pattern(kind)), "isolated")
    for piece in (" ----", " 1---", " h---", " (---", " 1--- ----", " -----|", "-", " "):
        assert in_proportion(lambda count, piece=piece: cut.pre_tokenize_str(piece * count), 8_000)


@pytest.mark.parametrize("kind", ["note", "riff"])
def test_unseen_pieces_fall_back_to_known_parts_not_to_characters(kind: str) -> None:
    tokenizer = BassTabTokenizer.from_column_texts(RIFFS, kind=kind)
    text = "GDAE |||| 5--- " + "---- " * 50 + "|||| <END>"
    tokens = tokenizer.tokenize(text)
    assert all(token.startswith(" ") for token in tokens)
    assert len(tokens) < (10 if kind == "note" else 60)
    column = "GDAE |||| 5x-- |||| <END>"
    assert tokenizer.tokenize(column)[2:-2][0].startswith(" 5")
    assert tokenizer.decode_columns(tokenizer(column)["input_ids"]) == column


def test_runs_of_empty_columns_are_single_lengths() -> None:
    tokenizer = BassTabTokenizer.from_column_texts(RIFFS, kind="note")
    for length in range(1, 32):
        tokens = tokenizer.tokenize("GDAE |||| 55-- " + " ".join(["----"] * length))
        assert tokens[-1] == " ----" * length


@pytest.mark.parametrize("kind", KINDS)
def test_reserved_words_in_training_texts_change_nothing(kind: str) -> None:
    steered = [f"<density:low> <key:Em> {text} <eos>" for text in RIFFS]
    assert learn(steered, kind, 2).to_str() == learn(RIFFS, kind, 2).to_str()


@pytest.mark.parametrize("kind", KINDS)
def test_learning_repeats_exactly_and_saves_little(kind: str, tmp_path: Path) -> None:
    first, again = (learn(RIFFS, kind, 2) for _ in range(2))
    assert first.to_str() == again.to_str()
    BassTabTokenizer.from_column_texts(RIFFS, kind=kind).save_pretrained(tmp_path)
    assert (tmp_path / "tokenizer.json").stat().st_size - SPARE_BYTES < 100_000


def test_longer_tokens_shorten_sequences() -> None:
    per_column = {}
    for kind in KINDS:
        coverage = measure_coverage(BassTabTokenizer.from_column_texts(RIFFS, kind=kind), RIFFS)
        assert (coverage.unknown, coverage.spelt) == (0, 0)
        assert coverage.as_dict()["pieces_per_spelt"] is None
        assert "no column falls back; 0.000% <unk>" in str(coverage)
        per_column[kind] = coverage.tokens_per_column
    assert per_column["column"] > 1.7 * per_column["note"] > 2.5 * per_column["riff"]


def test_coverage_counts_what_falls_back() -> None:
    tokenizer = BassTabTokenizer.from_column_texts(["GDAE |||| ---- 5--- |||| <END>"], min_count=1)
    coverage = measure_coverage(tokenizer, ["GDAE |||| ---- 7--- |||| <END>", "GDAE |||| \x07--- |||| <END>"])
    assert coverage.columns == 7
    assert (coverage.spelt, coverage.pieces, coverage.unknown) == (2, 10, 1)
    assert coverage.tokens == 5 + 5 + 4 + 5
    assert coverage.as_dict()["spelt_share"] == pytest.approx(2 / 7)
    assert "28.571% of columns fall back, to 5.0 characters each" in str(coverage)


@pytest.mark.slow
@pytest.mark.skipif(not (REAL_TABS / "pages").exists(), reason=f"no pages in {REAL_TABS}: set BASSTAB_REAL_TABS")
def test_all_real_pages_survive_in_every_kind(tmp_path: Path) -> None:
    found = [recognise_bytes(path.read_bytes()).tab for path in sorted((REAL_TABS / "pages").rglob("*.html"))]
    texts = [tab.text for tab in found if tab.systems]
    columns = [" ".join(tab.words) for tab in found if tab.systems]
    assert len(texts) > 280
    per_column = {}
    for kind in KINDS:
        tokenizer = BassTabTokenizer.from_column_texts(columns, kind=kind)
        rows = tokenizer(texts, verbose=False)["input_ids"]
        assert tokenizer.batch_decode(rows, skip_special_tokens=True) == texts
        assert rows == tokenizer(columns, verbose=False)["input_ids"]
        coverage = measure_coverage(tokenizer, columns)
        per_column[kind] = coverage.tokens_per_column
        assert coverage.unknown == 0
        tokenizer.save_pretrained(tmp_path / kind)
        path = tmp_path / kind / "tokenizer.json"
        assert path.stat().st_size - SPARE_BYTES < 200_000
        stock = Tokenizer.from_file(str(path))
        assert [stock.decode(ids)[1:] for ids in rows] == columns
        assert json.loads((tmp_path / kind / "tokenizer_config.json").read_text())["basstab_kind"] == kind
    assert per_column["column"] > 2.6 * per_column["note"]
