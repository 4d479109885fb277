"""Augmentation: what moves, what stays, and what is left alone."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from basstab_hf.tab.columns import is_empty, to_columns, to_text
from basstab_hf.tab.timing import Stroke, stroke_bars, timed_notes
from basstab_hf.tab.values import Note, Tab
from basstab_hf.training.augmentation import Augmentation, change_tuning, move_across_strings, move_along_neck, relabel
from tests.strategies import tabs

RIFF = """
G|-------------|
D|-------------|
A|-3-5-9---x---|
E|-------10--3-|
"""


def text_of(tab: str) -> str:
    return " ".join(to_columns(tab.strip("\n")))


def rows_of(text: str | None) -> list[str]:
    assert text is not None
    return [line.split("|", 1)[1] for line in to_text(text.split()).splitlines()]


def notes(text: str) -> tuple[Note, ...]:
    return timed_notes(Tab.from_words(text.split()))


def strokes(tab: Tab) -> list[Stroke]:
    return [stroke for system in stroke_bars(tab) for bar in system for stroke in bar.strokes]


def test_frets_move_along_the_neck_and_make_room_for_a_second_digit() -> None:
    assert rows_of(move_along_neck(text_of(RIFF), 2))[2:] == ["-5-7-11--x---|", "-------12--5-|"]
    assert rows_of(move_along_neck(text_of(RIFF), -1))[2:] == ["-2-4-8---x---|", "-------9---2-|"]


@pytest.mark.parametrize("row", ["-9h11-", "-24---", "-<12>-", "-1-9|-", "-44--", "-9"])
def test_without_room_nothing_moves(row: str) -> None:
    blank = "-" * len(row)
    tab = "\n".join(f"{label}|{line}" for label, line in zip("GDAE", [row, blank, blank, blank], strict=True))
    assert move_along_neck(text_of(tab), 8 if row == "-44--" else 1) is None


def test_an_open_string_goes_up_but_not_down() -> None:
    tab = "G|-0-\nD|---\nA|---\nE|---"
    assert rows_of(move_along_neck(text_of(tab), 3))[0] == "-3-"
    assert move_along_neck(text_of(tab), -1) is None


def test_shapes_move_across_strings_while_the_edge_is_free() -> None:
    up = move_across_strings(text_of(RIFF), -1)
    assert rows_of(up) == ["-------------|", "-3-5-9---x---|", "-------10--3-|", "-------------|"]
    assert move_across_strings(up or "", 1) == text_of(RIFF)
    assert move_across_strings(text_of(RIFF), 1) is None
    sounding = [note.pitch for note in notes(text_of(RIFF))]
    assert [note.pitch for note in notes(up or "")] == [pitch + 5 for pitch in sounding]


def test_a_tuning_that_is_lower_on_all_strings_keeps_every_fret() -> None:
    lower = change_tuning(text_of(RIFF), "GbDbAbEb")
    assert lower == text_of(RIFF).replace("GDAE", "GbDbAbEb")


def test_in_drop_d_the_lowest_string_is_fretted_two_higher() -> None:
    dropped = change_tuning(text_of(RIFF), "GDAD")
    assert rows_of(dropped)[2:] == ["-3-5-9---x---|", "-------12--5-|"]
    assert [note.pitch for note in notes(dropped or "")] == [note.pitch for note in notes(text_of(RIFF))]


def test_a_piece_in_several_tunings_or_of_other_strings_stays() -> None:
    both = f"{text_of(RIFF)} {text_of(RIFF).replace('GDAE', 'GDAD')}"
    assert change_tuning(both, "GDAE") is None
    assert change_tuning(text_of(RIFF), "GDAEB") is None


@given(tabs(), st.integers(-7, 7))
@example(Tab.parse("G|9-/\nD|---\nA|---\nE|---"), 1)
@example(Tab.parse("G|10~\nD|---\nA|---\nE|---"), -1)
def test_moving_back_along_the_neck_undoes_it(tab: Tab, by: int) -> None:
    text = " ".join(tab.words)
    moved = move_along_neck(text, by)
    if moved is not None:
        assert move_along_neck(moved, -by) == text
        for before, after in zip(strokes(tab), strokes(Tab.from_words(moved.split())), strict=True):
            assert (before.printed, before.string, before.techniques) == (after.printed, after.string, after.techniques)
            assert before.fret is None or after.fret == before.fret + by


@given(tabs(), st.integers(0, 2**32))
def test_relabelling_keeps_what_is_alike_alike(tab: Tab, seed: int) -> None:
    text = " ".join(tab.words)
    changed = relabel(text, random.Random(seed))
    if changed is None:
        return
    before, after = text.split(), changed.split()
    assert len(before) == len(after)
    for word, other in zip(before, after, strict=True):
        assert is_empty(word) == is_empty(other)
        assert word == other or sorted(word.translate(DIGITS)) == sorted(other.translate(DIGITS))


DIGITS = str.maketrans("0123456789", "0000000000")


@given(st.integers(0, 1000))
def test_relabelled_repetitions_stay_repetitions(seed: int) -> None:
    text = f"{text_of(RIFF)} {text_of(RIFF)}"
    changed = Augmentation(relabelled=1.0)(text, random.Random(seed)).split()
    assert changed[: len(changed) // 2] == changed[len(changed) // 2 :]
    assert changed != text.split() or seed


def test_shares_decide_what_happens() -> None:
    text = text_of(RIFF)
    assert Augmentation()(text, random.Random(1)) == text
    moved = {Augmentation(transposed=1.0, tunings=["GDAD"])(text, random.Random(seed)) for seed in range(40)}
    assert len(moved) > 10
    for found in moved:
        assert len(notes(found)) == len(notes(text))
        assert [note.onset for note in notes(found)] == [note.onset for note in notes(text)]
    assert {found.split()[0] for found in moved} == {"GDAE", "GDAD"}
