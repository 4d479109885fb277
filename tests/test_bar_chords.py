"""What rows tell of a piece reaches training: style, tempo and the chords of its bars, often or not at all."""

import random
from pathlib import Path

import pytest

from basstab_hf import BassTabTokenizer
from basstab_hf.dataset.build import build
from basstab_hf.dataset.load import Facts, PlacedChord, load_facts, load_texts
from basstab_hf.errors import InputError
from basstab_hf.tokenizer.control_words import CHORD_WORDS
from basstab_hf.tokenizer.infilling import bars as found_bars
from basstab_hf.training.augmentation import change_tuning, move_across_strings, move_along_neck, pitch_shift, relabel
from basstab_hf.training.bar_chords import bar_chords, with_chords
from basstab_hf.training.data import TrainingPieces, pad_blocks

BAR = "5--- ---- ---- ---- 7--- ---- ---- ----"
TEXT = f"GDAE |||| {BAR} |||| {BAR} |||| {BAR} |||| <END> GDAE |||| {BAR} |||| <END>"


def over(*names: tuple[int, str]) -> tuple[PlacedChord, ...]:
    return tuple(PlacedChord(column, name) for column, name in names)


def roots(text: str, *systems: tuple[PlacedChord, ...]) -> list[list[int | None]]:
    return [[chord and chord.root for chord in bar] for bar in bar_chords(text, systems)]


def test_a_name_holds_to_the_next_in_its_system() -> None:
    assert roots(TEXT, over((0, "C"), (13, "G")), ()) == [[0], [0, 7], [7], []]
    assert roots(TEXT, over((10, "N.C.")), over((0, "A"))) == [[], [None], [None], [9]]
    assert roots(TEXT, over((8, "D"), (17, "E")), ()) == [[], [2], [4], []]  # over the bar line, and just before one
    assert roots(TEXT, over((0, "C"), (9, "riff"), (18, "F")), ()) == [[0], [], [5], []]
    assert bar_chords(TEXT, ((), ())) == ()
    with pytest.raises(InputError, match="has 1 systems, its columns 2"):
        bar_chords(TEXT, (over((0, "C")),))


def test_the_words_are_part_of_bars_and_cost_nothing() -> None:
    texts = [TEXT] * 4
    tokenizer = BassTabTokenizer.from_column_texts(texts, min_count=1, kind="note")
    facts = [Facts("rock", 125.0, (over((0, "Am"), (9, "F/C")), over((0, "Bdim"))))] * 4
    pieces = TrainingPieces(texts, tokenizer, 200, facts=facts, controls=1.0, seed=3)
    asking = set(tokenizer.convert_tokens_to_ids(list(CHORD_WORDS)))
    seen: set[str] = set()
    for epoch in range(12):
        pieces.set_epoch(epoch)
        for place in range(len(pieces)):
            ids = pieces[place]["input_ids"]
            words = [tokenizer.decode([token]).strip() for token in ids]
            seen.update(words)
            assert len(found_bars(words)) == 4
            assert tokenizer.decode_columns(ids) == TEXT
            labels = pad_blocks([{"input_ids": ids}], pad=0, reserved=tokenizer.n_reserved)["labels"][0].tolist()
            assert all(label == -100 for token, label in zip(ids, labels, strict=True) if token in asking)
    assert {"<style:rock>", "<tempo:120-139>", "<root:A>", "<quality:m>", "<root:F>", "<bass:C>"} <= seen
    assert pieces.n_with_chords == 4
    assert pieces.described()["<style:rock>"] == 4


def test_songs_and_single_bars_go_without() -> None:
    bars = bar_chords(TEXT, (over((0, "C"), (9, "D"), (18, "E")), over((0, "F"))))
    chance = random.Random(1)
    counts = [with_chords(TEXT, bars, 0, chance).count("<root:") for _ in range(300)]
    assert counts.count(max(counts)) > 130  # half of the songs keep all
    assert set(range(max(counts))) - {1} <= set(counts)


def test_chords_move_with_the_notes_and_go_where_there_is_no_music() -> None:
    assert pitch_shift(TEXT, TEXT) == 0
    for by in (-2, 3):
        assert pitch_shift(TEXT, str(move_along_neck(TEXT, by))) == by
    assert pitch_shift(TEXT, str(move_across_strings(TEXT, 1))) == -5
    assert pitch_shift(TEXT, str(change_tuning(TEXT, "GbDbAbEb"))) == -1
    assert pitch_shift(TEXT, str(relabel(TEXT, random.Random(2)))) is None
    bars = bar_chords(TEXT, (over((0, "C")), ()))
    moved = {word for seed in range(9) for word in with_chords(TEXT, bars, 3, random.Random(seed)).split()}
    assert moved & set(CHORD_WORDS) == {"<root:Eb>"}


def test_names_that_are_none_are_told(caplog: pytest.LogCaptureFixture) -> None:
    tokenizer = BassTabTokenizer.from_column_texts([TEXT], min_count=1)
    TrainingPieces([TEXT], tokenizer, 100, facts=[Facts(chords=(over((0, "riff")), ()))], controls=1.0)
    assert caplog.messages == [
        "1 names over bars are no chords, such as 'riff': nothing is learnt of these bars' chords"
    ]


def test_composed_rows_tell_what_was_composed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 limits for 1 sources"):
        build(["composed"], tmp_path / "dataset", limit=[1, 2])
    build(["composed:ballad"], tmp_path / "dataset", limit=[24], seed=3)
    texts, facts = (load(str(tmp_path / "dataset"), "train") for load in (load_texts, load_facts))
    assert len(texts) == len(facts)
    assert {one.style for one in facts if isinstance(one, Facts)} == {"ballad"}
    for text, told in zip(texts, facts, strict=True):
        assert isinstance(told, Facts)
        assert told.tempo
        bars = bar_chords(str(text), told.chords)
        assert len(bars) == len(found_bars(str(text).split()))
        assert sum(map(bool, bars)) > len(bars) / 2
    assert Facts.of_row({"columns": TEXT}) == Facts.of_row({"style": None, "systems": [{"chords": None}]}) == Facts()
