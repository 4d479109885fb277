"""For any text and any bytes recognition answers, in linear time, with systems that every later stage can read."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.recognise import Recognition, explain, recognise_bytes, recognise_tabs
from basstab_hf.tab import System, Tab
from tests import strategies

LABELS = ["G|", "D|", "A|", "E|", "Gb|", "e|", "B ", "C:", "G ", "|", "||", "HH|"]
BODIES = ["-----", "--5--", "-12-", "==", "__", "..", "<12>", "7h9", "\u2014\u2014", "(", ")", "x4", "S", "N", "END"]
MARKUP = ["<", ">", "<br>", "</p>", "<div>", "&nbsp;", "[tab]", "[/tab]", "```", "P.M.", "Am", "1 & 2", "\\n"]
WORDS = st.sampled_from([*LABELS, *BODIES, *MARKUP, "\ue000", "é", "\0", " ", "\t", "\n", "\n", "\n", "\r\n"])
TEXTS = st.one_of(st.text(), st.lists(WORDS, max_size=80).map("".join))


def check(found: Recognition) -> None:
    assert Tab.parse(found.tab.text).systems == found.tab.systems
    for system in found.systems:
        assert system.tuning.n_strings == len(system.lines) == len(system.line_numbers)
        assert all(line.isascii() and " " not in line for line in system.repaired_lines)
        assert 0 < system.confidence < 1


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_any_text_gives_systems_that_can_be_printed_and_read(text: str) -> None:
    found = recognise_tabs(text)
    check(found)
    assert explain(text, found)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_all_instruments_give_such_systems_too(text: str) -> None:
    check(recognise_tabs(text, all_instruments=True))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(), TEXTS.map(lambda text: text.encode("utf-16")), TEXTS.map(lambda text: text.encode())))
def test_any_bytes_give_systems_that_can_be_printed_and_read(data: bytes) -> None:
    check(recognise_bytes(data))


def drawn_with_dashes(system: System) -> bool:
    text = "".join(system.lines)
    played = any(symbol.isdigit() for symbol in text) and not re.search(r"\dS\d", text)
    return played and len(system.lines[0]) > 2 and text.count("-") > max(text.count("="), text.count("."))


@settings(max_examples=200, deadline=None)
@given(strategies.systems().filter(drawn_with_dashes))
def test_a_clean_system_of_any_symbols_comes_back(system: System) -> None:
    """Up to what is respelled: P is a pull-off unless it stands like a pop; slides such as 5S7 are left out here."""
    found = recognise_tabs(system.text)
    assert found.tab.text.replace("P", "p") == system.text.replace("P", "p")
