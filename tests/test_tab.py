import pytest
from hypothesis import given

from basstab_hf import Tab
from basstab_hf.errors import TabError
from basstab_hf.tab.tuning import STANDARD
from basstab_hf.tab.values import System
from tests.strategies import tabs

TWO_SYSTEMS = """\
G|--2-|4---|
D|----|----|
A|----|----|
E|0---|--0-|

G|----|
D|----|
A|--3-|
E|----|"""


@given(tabs())
def test_parse_and_print_are_inverse(tab: Tab) -> None:
    assert Tab.parse(tab.text) == tab
    assert Tab.from_words(tab.words) == tab


def test_bars_lie_between_bar_lines() -> None:
    tab = Tab.parse(TWO_SYSTEMS)
    assert len(tab.bars) == 3
    assert tab.bars[0] == ("---0", "----", "2---", "----")
    assert tab.tuning == STANDARD


def test_double_bar_lines_make_no_empty_bar() -> None:
    assert len(Tab.parse("G|-||-|\nD|-||-|\nA|-||-|\nE|-||-|").bars) == 2


def test_a_tab_without_systems_has_no_tuning() -> None:
    with pytest.raises(TabError, match="without systems"):
        _ = Tab(()).tuning


@pytest.mark.parametrize("lines", [("-", "-", "-"), ("-", "-", "-", "--"), ("- ", "- ", "- ", "- "), ("\x00",) * 4])
def test_a_system_of_ragged_lines_or_odd_characters_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(TabError):
        System(STANDARD, lines)


@pytest.mark.parametrize("words", [("GDAE",), ("GDAE", "----"), ("GDAE", "||||", "---"), ("H", "||||")])
def test_words_that_are_no_tab_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(TabError):
        Tab.from_words(words)
