import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import BasstabError, to_columns, to_text
from basstab_hf.errors import TabError
from basstab_hf.tab.columns import split_labels
from basstab_hf.tab.marks import split_frets
from tests.strategies import tabs

SEED_TAB = """\
G|---9h11
D||-------
A|-7-----
E||-------"""
SEED_WORDS = ("GDAE", "||||", "----", "--7-", "----", "9---", "h---", "1---", "1---")


def test_the_seeds_example_gives_the_seeds_words() -> None:
    assert to_columns(SEED_TAB) == SEED_WORDS


def test_printing_the_seeds_words_gives_the_tab_with_one_start() -> None:
    assert to_text(SEED_WORDS) == SEED_TAB.replace("||", "|")


def test_end_closes_a_system_but_not_a_last_one_that_stops_inside_a_bar() -> None:
    closed = "G|-5-|\nD|---|\nA|---|\nE|---|"
    assert to_columns(closed)[-1] == "<END>"
    open_then_closed = to_columns(f"{SEED_TAB}\n\n{closed}")
    assert open_then_closed[len(SEED_WORDS)] == "<END>"
    assert open_then_closed.count("<END>") == 2


@given(tabs())
def test_printing_is_the_exact_inverse(tab) -> None:
    words = to_columns(tab.text)
    assert to_text(words) == tab.text
    assert to_columns(to_text(words)) == words
    assert {len(word) for system in tab.systems for word in system.columns} <= {4, 5, 6}


@given(st.text(alphabet="GDAEgb#|-0123hp \n\tx<>END", max_size=200))
def test_any_text_gives_words_that_print_back_or_a_clear_error(text: str) -> None:
    try:
        words = to_columns(text)
    except BasstabError as error:
        assert "\n" not in str(error)
        return
    assert to_columns(to_text(words)) == words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("G|---\nD|---\nA|---", "line 1: a system has 4 to 6 string lines, this one 3"),
        ("G|---\nD|---\nA|--\nE|---", "line 3: 2 columns, the line above has 3"),
        ("G|---\nsome words\nA|---\nE|---", "line 2: 'some words' is not a labelled string line"),
        ("\n\nG|- -\nD|---\nA|---\nE|---", "line 3: 'G|- -' is not a labelled string line"),
        ("G|<\nD|E\nA|N\nE|D\nB|>", "line 1: a column reads <END>"),
    ],
)
def test_what_is_no_clean_tab_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TabError, match=r"basstab recognise|<END>") as caught:
        to_columns(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["GDAE", "----"], "does not start with the bar line ||||"),
        (["GDAE"], "does not start with the bar line"),
        (["GDAE", "||||", "-----"], "column 2 of a system in GDAE is '-----'"),
        (["----", "||||"], "'----' is no tuning word"),
        (["GDAE", "||||", "<END>", "<END>"], "a system is empty"),
    ],
)
def test_words_that_are_no_tab_are_refused(words: list[str], message: str) -> None:
    with pytest.raises(TabError) as caught:
        to_text(words)
    assert message in str(caught.value)


def test_nothing_is_a_tab_without_systems() -> None:
    assert to_columns(" \n\n") == ()
    assert to_text(()) == ""


def test_labels_of_any_tuning_are_split_and_padded_when_printed() -> None:
    assert split_labels("F#CG#C#") == ("F#", "C", "G#", "C#")
    assert to_text(["F#CGC", "||||", "5---"]) == "F#|5\nC |-\nG |-\nC |-"


@pytest.mark.parametrize(
    ("digits", "frets"),
    [
        ("9", ["9"]),
        ("12", ["12"]),
        ("1012", ["10", "12"]),
        ("57", ["5", "7"]),
        ("22", ["2", "2"]),
        ("24", ["24"]),
        ("25", ["2", "5"]),
        ("11", ["11"]),
        ("111", ["1", "1", "1"]),
        ("555510", ["5", "5", "5", "5", "10"]),
        ("007", ["0", "0", "7"]),
    ],
)
def test_runs_of_digits_split_into_frets(digits: str, frets: list[str]) -> None:
    found = split_frets(digits)
    assert [fret for _, fret in found] == frets
    assert all(digits[place:].startswith(fret) for place, fret in found)
