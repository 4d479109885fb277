import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from basstab_hf.errors import InputError, TabError
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer import infilling
from basstab_hf.tokenizer.infilling import Cut
from tests.strategies import tabs

TWO_SYSTEMS = [
    *["GDAE", "||||", "1---", "----", "||||", "2---", "||||", "<END>"],
    *["GDAE", "||||", "3---", "----", "||||", "4---", "----", "||||", "<END>"],
]


def test_the_middle_stands_behind_what_surrounds_it() -> None:
    words = infilling.split(TWO_SYSTEMS, infilling.cut_bars(TWO_SYSTEMS, 2, 2), infilling.MARKS)
    assert " ".join(words) == (
        "<fim_suffix> |||| <END> GDAE |||| 3--- ---- |||| 4--- ---- |||| <END> "
        "<fim_prefix> GDAE |||| 1--- ---- |||| <fim_middle> 2---"
    )


def test_a_middle_over_the_end_of_a_system_holds_the_next_ones_start_and_has_a_mark_for_each_bar() -> None:
    words = infilling.split(TWO_SYSTEMS, infilling.cut_bars(TWO_SYSTEMS, 2, 3), infilling.MARKS)
    assert " ".join(words).endswith("||||" + " <fim_middle>" * 2 + " 2--- |||| <END> GDAE |||| 3--- ----")


def test_a_bar_that_a_system_ends_without_a_bar_line_is_closed_by_its_end() -> None:
    words = ["GDAE", "||||", "1---", "||||", "2---", "----", "<END>", "GDAE", "||||", "3---", "||||", "4---"]
    assert [words[bar.start : bar.end] for bar in infilling.bars(words)] == [["1---"], ["2---", "----"], ["3---"]]


@given(tabs())
def test_bars_are_those_of_the_tab(tab: Tab) -> None:
    words = tab.words
    found = [words[bar.start : bar.end] for bar in infilling.bars(words)]
    open_bar = bool(words) and words[-1] != "<END>"
    assert found == list(tab.bars)[: len(tab.bars) - open_bar]


@given(tabs(), st.integers(0, 10_000))
def test_join_puts_the_middle_back(tab: Tab, seed: int) -> None:
    words = list(tab.words)
    cut = infilling.draw_cut(words, random.Random(seed))
    assume(cut is not None)
    assert cut is not None
    assert infilling.join(infilling.split(words, cut, infilling.MARKS)) == words


@given(st.integers(2, 60), st.integers(0, 10_000))
def test_drawn_middles_are_one_to_eight_bars_and_half_at_most(count: int, seed: int) -> None:
    words = ["GDAE", "||||", *["5---", "||||"] * count, "<END>"]
    cut = infilling.draw_cut(words, random.Random(seed))
    assert cut is not None
    bars = words[cut.start : cut.end].count("||||") + 1
    assert 1 <= bars == cut.n_bars <= min(8, count / 2)


def test_a_single_bar_has_no_middle() -> None:
    assert infilling.draw_cut(["GDAE", "||||", "5---", "||||", "<END>"], random.Random(1)) is None


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 1), (1, 5)])
def test_bars_that_are_not_there_are_told(first: int, last: int) -> None:
    with pytest.raises(InputError, match=f"bars {first}-{last}: the tab has bars 1 to 4"):
        infilling.cut_bars(TWO_SYSTEMS, first, last)


@pytest.mark.parametrize(
    "text",
    [
        *("", "GDAE ||||", "<fim_suffix> a <fim_middle> b", "x <fim_suffix> <fim_prefix> <fim_middle>"),
        *("<fim_prefix> a <fim_suffix> b <fim_middle> c", "<fim_suffix> <fim_prefix> <fim_middle> a <fim_middle>"),
    ],
)
def test_parts_that_are_missing_are_told(text: str) -> None:
    with pytest.raises(TabError, match=r"in this order|between one"):
        infilling.join(text.split())


@given(tabs(max_systems=6), st.integers(0, 10_000), st.integers(3, 200))
def test_a_window_fits_and_is_a_tab_around_the_middle(tab: Tab, seed: int, room: int) -> None:
    words = list(tab.words)
    cut = infilling.draw_cut(words, random.Random(seed))
    assume(cut is not None)
    assert cut is not None
    middle = words[cut.start : cut.end]
    try:
        near, moved = infilling.window(words, cut, room)
    except InputError:
        assert len(middle) + 4 >= room
        return
    assert len(near) <= max(room, 0)
    assert near[moved.start : moved.end] == middle
    Tab.from_words(near)
    if len(words) <= room:
        assert (near, moved) == (words, cut)


def test_a_window_takes_as_much_from_before_as_from_behind() -> None:
    words = ["<key:Em>", "GDAE", "||||", *["5---", "||||"] * 40, "<END>"]
    cut = infilling.cut_bars(words, 20, 21)
    near, moved = infilling.window(words, cut, 24)
    assert near[:2] == ["GDAE", "||||"]
    assert len(near) in (23, 24)
    assert abs(moved.start - (len(near) - moved.end)) <= 3
    assert infilling.window(words, Cut(3, 4), 24)[0] == words[:23]
    assert infilling.window(words, infilling.cut_bars(words, 40, 40), 11)[0] == [*words[1:3], *words[-9:]]


def test_a_middle_beyond_the_room_is_told() -> None:
    with pytest.raises(InputError, match="choose fewer bars"):
        infilling.window(TWO_SYSTEMS, infilling.cut_bars(TWO_SYSTEMS, 2, 4), 8)
