"""Tabs on a screen while they are written, read off a terminal of twenty lines, and in files."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.errors import TabError
from basstab_hf.tab.column_printer import ColumnPrinter
from basstab_hf.tab.tuning import STANDARD
from basstab_hf.tab.values import Tab
from tests.strategies import tabs


def screen(transcript: str, width: int = 10_000) -> str:
    """What a terminal shows: line ends, cursor up and erasing a line are all it knows; nothing may reach its edge."""
    rows, row, place = [""], 0, 0
    for part in re.findall(r"\x1b\[\d*[A-Z]|\n|[^\n\x1b]+", transcript):
        if part == "\n":
            row, place = row + 1, 0
            rows += [""] * (row + 1 - len(rows))
        elif part == "\x1b[2K":
            rows[row] = " " * place
        elif part.endswith("A") and part[0] == "\x1b":
            row -= int(part[2:-1])
            assert row >= 0
        else:
            rows[row] = rows[row][:place] + part + rows[row][place + len(part) :]
            place += len(part)
            assert place < width
    return "\n".join(rows)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(
    words: tuple[str, ...], *, live: bool, begun: int = 0, at_a_time: int = 1, width: int = 10_000
) -> io.StringIO:
    stream = io.StringIO()
    printer = ColumnPrinter(stream, STANDARD, live=live, width=width)
    if begun:
        printer.begin(words[:begun])
    for place in range(begun, len(words), at_a_time):
        printer.write(words[place : place + at_a_time])
    printer.close()
    return stream


@given(tabs(), st.booleans(), st.integers(1, 5), st.data())
def test_what_stands_there_in_the_end_is_the_tab(tab: Tab, live: bool, at_a_time: int, data: st.DataObject) -> None:
    words = tab.words
    begun = data.draw(st.sampled_from([0, *(n for n in range(2, len(words) + 1) if words[n - 1] != "<END>")]))
    shown = screen(printed(words, live=live, begun=begun, at_a_time=at_a_time).getvalue())
    assert shown == (f"{tab.text}\n" if words else "")


PROMPT = ("GDAE", "||||", "--7-", "----", "||||", "<END>")


def test_all_strings_of_a_terminal_grow_at_once() -> None:
    stream = Terminal()
    printer = ColumnPrinter.to(stream, STANDARD)
    printer.begin(PROMPT)
    assert screen(stream.getvalue()) == "G|--|\nD|--|\nA|7-|\nE|--|\n"
    printer.write(["---5"])
    assert screen(stream.getvalue()) == "G|--|-\nD|--|-\nA|7-|-\nE|--|5\n"
    printer.write(["---h", "---7"])
    assert screen(stream.getvalue()) == "G|--|---\nD|--|---\nA|7-|---\nE|--|5h7\n"


def test_where_nothing_moves_a_system_appears_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (io.StringIO(), Terminal()):
        monkeypatch.setenv("TERM", "dumb")
        printer = ColumnPrinter.to(stream, STANDARD)
        printer.begin(PROMPT)
        printer.write(["---5", "||||"])
        assert stream.getvalue() == ""
        printer.write(["<END>"])
        assert stream.getvalue() == (first := "G|--|-|\nD|--|-|\nA|7-|-|\nE|--|5|\n")
        printer.write(["GDAD", "||||", "----"])
        assert stream.getvalue() == first
        printer.close()
        assert stream.getvalue() == f"{first}\nG|-\nD|-\nA|-\nD|-\n"


def test_a_new_tab_is_in_the_tuning_that_was_named() -> None:
    stream = io.StringIO()
    printer = ColumnPrinter(stream, Tab.parse("Gb|\nDb|\nAb|\nEb|").tuning, live=False, width=80)
    printer.begin([])
    printer.write(["5---", "<END>", "||||", "7---"])
    printer.close()
    assert stream.getvalue() == "Gb|5\nDb|-\nAb|-\nEb|-\n\nGb|7\nDb|-\nAb|-\nEb|-\n"


def test_a_system_wider_than_the_terminal_goes_on_below_from_a_bar_line() -> None:
    words = ("GDAE", *(("||||", *["5---"] * 8) * 5), "||||", "<END>", *PROMPT)
    shown = screen(printed(words, live=True, width=30).getvalue(), width=30)
    assert [block.splitlines()[0] for block in shown.split("\n\n")] == [
        "G|55555555|55555555|55555555|",
        "G|55555555|55555555|",
        "G|--|",
    ]


@given(st.lists(st.sampled_from(["5---", "--7-", "||||"]), max_size=90), st.integers(1, 40), st.integers(1, 7))
def test_nothing_is_lost_at_the_edge_of_a_terminal(columns: list[str], width: int, at_a_time: int) -> None:
    words = ("GDAE", "||||", *columns)
    shown = screen(printed(words, live=True, width=width, at_a_time=at_a_time).getvalue(), width=max(width, 11))
    blocks = [block.splitlines() for block in shown.split("\n\n")]
    rows = ["".join(block[string][2:] for block in blocks) for string in range(4)]
    assert ["".join(column) for column in zip(*rows, strict=True)] == columns
    assert all([line[0] for line in block] == list("GDAE") for block in blocks)


@pytest.mark.parametrize(
    ("words", "message"), [(("--7-",), "'--7-' is no tuning word"), (("||||", "--7"), "'--7' of a tab of 4 strings")]
)
def test_what_is_no_tab_is_told(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(TabError, match=message):
        printed(words, live=True)
