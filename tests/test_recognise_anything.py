"""For any text and any bytes recognition answers, in linear time, with systems that every later stage can read."""

from __future__ import annotations

import re
import time

import pytest
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


@settings(max_examples=120, deadline=None)
@given(TEXTS)
def test_any_text_gives_systems_that_can_be_printed_and_read(text: str) -> None:
    found = recognise_tabs(text)
    check(found)
    assert explain(text, found)


@settings(max_examples=120, deadline=None)
@given(TEXTS)
def test_all_instruments_give_such_systems_too(text: str) -> None:
    check(recognise_tabs(text, all_instruments=True))


@settings(max_examples=120, deadline=None)
@given(st.one_of(st.binary(), TEXTS.map(lambda text: text.encode("utf-16")), TEXTS.map(lambda text: text.encode())))
def test_any_bytes_give_systems_that_can_be_printed_and_read(data: bytes) -> None:
    check(recognise_bytes(data))


def drawn_with_dashes(system: System) -> bool:
    text = "".join(system.lines)
    played = any(symbol.isdigit() for symbol in text) and not re.search(r"\dS\d", text)
    return played and len(system.lines[0]) > 2 and text.count("-") > max(text.count("="), text.count("."))


@settings(max_examples=120, deadline=None)
@given(strategies.systems().filter(drawn_with_dashes))
def test_a_clean_system_of_any_symbols_comes_back(system: System) -> None:
    """Up to what is respelled: P is a pull-off unless it stands like a pop; slides such as 5S7 are left out here."""
    found = recognise_tabs(system.text)
    assert found.tab.text.replace("P", "p") == system.text.replace("P", "p")


HARD = {
    "one line of bars": "-|-|" * 250_000,
    "short lines": "G|-\nD|-\nA|-\nE|-\n" * 6_250,
    "short lines of one string": "G|--\n" * 25_000,
    "unlabelled lines": "|--5-\n" * 25_000,
    "double spaced lines": "G|--\n\n" * 12_500,
    "systems side by side": "G|--5--|  " * 25_000,
    "newlines lost": "G|--5--| D|--5--| A|--5--| E|--5--| " * 6_250,
    "blanks inside": "-5 " * 150_000,
    "columns all over": "".join(" " * (7 * (i % 13)) + "|--5--|\n" for i in range(10_000)),
    "deep markup": "<div>" * 100_000 + "G|--5--|",
    "scripts in deep markup": "<div class=a><script></script>" * 25_000,
    "open tags": "<br " * 250_000,
    "open comments": "<br><!--" * 100_000,
    "a deep store": '<div class="js-store" data-content="' + "[" * 100_000 + '">',
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_hard_texts_take_time_in_proportion(text: str) -> None:
    """0.1 to 1.3 MB each; a quadratic step anywhere would take a minute. Measured: under 0.3 s each, on one core."""
    start = time.process_time()
    check(recognise_tabs(text))
    assert time.process_time() - start < 5
