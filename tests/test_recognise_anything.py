"""For any text and any bytes recognition answers, in linear time, with systems that every later stage can read."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.errors import InputError
from basstab_hf.recognise import Recognition, explain, recognise_bytes, recognise_tabs
from basstab_hf.tab.values import System, Tab
from tests import strategies
from tests.growth import in_proportion

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
    try:
        found = recognise_bytes(data)
    except InputError:
        return  # bytes that begin like a file of a kind that holds no text
    check(found)


def drawn_with_dashes(system: System) -> bool:
    text = "".join(system.lines)
    played = any(symbol.isdigit() for symbol in text) and not re.search(r"\d(?:[sS>]\d|\*)", text)
    return played and len(system.lines[0]) > 2 and text.count("-") > max(text.count("="), text.count("."))


@settings(max_examples=120, deadline=None)
@given(strategies.systems().filter(drawn_with_dashes))
def test_a_clean_system_of_any_symbols_comes_back(system: System) -> None:
    """Up to what is respelled: P is a pull-off unless it stands like a pop, T a tap; 5S7, 5>7, 12* are left out."""
    found = recognise_tabs(system.text)
    one_spelling = str.maketrans("PT", "pt")
    assert found.tab.text.translate(one_spelling) == system.text.translate(one_spelling)


#: Pieces of text, how often each is said, and what stands before them.
HARD = {
    "one line of bars": ("-|-|", 60_000),
    "short lines": ("G|-\nD|-\nA|-\nE|-\n", 1_500),
    "short lines of one string": ("G|--\n", 6_000),
    "unlabelled lines": ("|--5-\n", 6_000),
    "double spaced lines": ("G|--\n\n", 3_000),
    "systems side by side": ("G|--5--|  ", 6_000),
    "newlines lost": ("G|--5--| D|--5--| A|--5--| E|--5--| ", 1_500),
    "blanks inside": ("-5 ", 36_000),
    "columns all over": ("".join(" " * (7 * (i % 13)) + "|--5--|\n" for i in range(13)), 190),
    "deep markup": ("<div>", 25_000),
    "scripts in deep markup": ("<div class=a><script></script>", 6_000),
    "open tags": ("<br ", 60_000),
    "open comments": ("<br><!--", 25_000),
    "a deep store": ("[", 25_000, '<div class="js-store" data-content="'),
    "tags closed by what is not open": ("<div></x>", 4_000),
    "tags closed out of a table": ("<div><table></div></table>", 4_000),
    "a store among open tags": ("<div>", 25_000, "js-store"),
    "many stores": ('<div class="js-store', 10_000),
    "bars without a blank": (">1|", 5_000),
    "numbers without a blank": ('"10",', 10_000, "--["),
    "many labels": ("G D A E ", 5_000),
    "two labels": ("G|--\nD|-- ", 4_000),
    "headings": ("Cantiga:\n", 4_000),
    "nested tags": ("<div><pre>", 4_000),
    **{
        piece: (piece, 40_000 // len(piece))
        for piece in ("G|- ", "|", "-", "5=", "<b><i>x</i>", "Title:", "{t:", "x2 ")
    },
}


@pytest.mark.parametrize("hard", HARD.values(), ids=HARD)
def test_four_times_the_text_takes_about_four_times_as_long(hard: tuple) -> None:
    """Up to 1 MB each: one quadratic step anywhere would show."""
    piece, count, *before = hard
    assert in_proportion(lambda size: check(recognise_tabs("".join(before) + piece * size)), count)


def side_by_side(row: str, n: int) -> str:
    """`n` systems side by side under a row, of which each reads the row over it."""
    return row * n + "\n" + "".join(f"{label}|--5--|  " * n + "\n" for label in "GDAE")


@pytest.mark.parametrize("row", ["Am   F   ", "1 & 2 & 3 ", "word, and "])
def test_a_row_over_many_systems_is_not_read_by_each(row: str) -> None:
    assert len(recognise_tabs(side_by_side(row, 250)).systems) == 250
    assert in_proportion(lambda size: recognise_tabs(side_by_side(row, size)), 1000)


def test_no_pattern_has_a_possessive_group() -> None:
    """Python before 3.11.5, as Debian 12 has it, matches `(?:...)*+` wrongly (gh-106052); `(?>(?:...)*)` is right."""
    from basstab_hf import recognise

    modules = [import_module(found.name) for found in iter_modules(recognise.__path__, f"{recognise.__name__}.")]
    patterns = [value.pattern for module in modules for value in vars(module).values() if isinstance(value, re.Pattern)]
    texts = [pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern for pattern in patterns]
    assert len(texts) > 50
    assert not [text for text in texts if re.search(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+", text)]
