import re

from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.generate.so_far import SoFar, Struck
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import STANDARD

PROMPT = ["GDAE", "||||", "--7-", "----", "----", "----", "||||", "1---", "2--x"]


def test_bars_of_the_prompt_have_numbers_below_0_but_the_open_one() -> None:
    so_far = SoFar.of(PROMPT, STANDARD, 4)
    assert (so_far.bar, so_far.column, so_far.tokens) == (0, 2, 0)
    assert so_far.notes == [Struck(-1, 0, 3, 7), Struck(0, 0, 1, 12), Struck(0, 1, 4, None)]
    assert so_far.bars == [["--7-", "----", "----", "----"], ["1---", "2--x"]]


def test_tokens_of_several_columns_are_read_and_a_system_may_end() -> None:
    so_far = SoFar.of(["GDAE", "||||"], STANDARD, 5)
    for word in ("5--- ---- ----", "2---", "9---", "||||", "<END>", "GDAE", "||||", "---3"):
        so_far.read(word)
    assert so_far.notes == [Struck(0, 0, 1, 5), Struck(0, 3, 1, 2), Struck(0, 4, 1, 9), Struck(1, 0, 4, 3)]
    assert (so_far.bar, so_far.column, so_far.lead, so_far.tokens) == (1, 1, 1, 8)


def test_the_first_bar_sets_the_width() -> None:
    so_far = SoFar.of(["GDAE", "||||"], STANDARD, None)
    for word in ("5---", "----", "----", "----", "||||"):
        so_far.read(word)
    assert (so_far.width, so_far.lead) == (4, 0)


ROWS = st.text("-0357x|", min_size=1, max_size=30).filter(lambda row: not re.search(r"\d\d|^\||\|\|", row))


@given(st.lists(ROWS, min_size=1, max_size=3))
def test_its_notes_are_those_of_the_timed_tab(rows: list[str]) -> None:
    """Where no digits touch, whose reading depends on what comes."""
    words = [word for row in rows for word in ("GDAE", "||||", *(f"--{mark}-" for mark in row), "<END>")]
    words = ["||||" if word == "--|-" else word for word in words]
    expected = [(None if "dead note" in note.techniques else note.fret) for note in timed_notes(Tab.from_words(words))]
    assert [note.fret for note in SoFar.of(words, STANDARD, None).notes] == expected
