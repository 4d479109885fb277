import dataclasses
import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.generate.grammar import MAX_LINE, Grammar, usual_width
from basstab_hf.generate.grammar_table import GrammarTable
from basstab_hf.generate.vocabulary import Vocabulary

SYMBOLS = "-0123456789xhp/\\~b()"
WORDS: list[str | None] = [
    None,
    *("".join(word) for word in itertools.product("-57h(", repeat=4)),
    *(f"{symbol}---" for symbol in SYMBOLS if symbol not in "-57h("),
    "||||",
    "<END>",
    "|---",
    "GDAE",
]


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return Grammar(Vocabulary(tuple(WORDS)), 4)


def _legal(grammar: Grammar, state) -> set[str]:
    return {WORDS[place] for place in np.flatnonzero(grammar.legal(state))}


def _after(grammar: Grammar, *words: str, width: int | None = 8):
    state = grammar.start(width=width)
    for word in words:
        state = grammar.advance(state, word)
    return state


def test_columns_are_whole_and_bars_have_their_width(grammar: Grammar) -> None:
    start = _legal(grammar, _after(grammar))
    assert "----" in start
    assert "5---" in start
    assert not start & {"||||", "<END>", "|---", "GDAE", None}
    assert _legal(grammar, _after(grammar, "5---", *["----"] * 7)) == {"||||"}


def test_a_technique_needs_a_note_to_act_on_and_one_to_reach(grammar: Grammar) -> None:
    assert "h---" not in _legal(grammar, _after(grammar, "----"))
    assert "h---" in _legal(grammar, _after(grammar, "5---"))
    behind = _legal(grammar, _after(grammar, "5---", "h---"))
    assert behind
    assert all(word[0] in "0123456789x(" for word in behind)


def test_digits_that_touch_are_one_fret_up_to_24(grammar: Grammar) -> None:
    assert _legal(grammar, _after(grammar, "1---")) >= {"0---", "5---", "9---", "----", "h---"}
    assert {word for word in _legal(grammar, _after(grammar, "2---")) if word[0].isdigit()} == {
        *("0---", "1---", "3---", "4---")
    }
    for whole in (["5---"], ["1---", "2---"], ["0---"], ["5---", "h---", "7---"]):
        assert not {word for word in _legal(grammar, _after(grammar, *whole)) if word[0].isdigit()}
    assert "7---" in _legal(grammar, _after(grammar, "5---", "----"))
    assert "5---" in _legal(grammar, _after(grammar, "x---"))


def test_no_note_starts_while_a_fret_of_two_digits_is_written_out(grammar: Grammar) -> None:
    behind = _legal(grammar, _after(grammar, "1---"))
    assert "5---" in behind
    assert "-5--" in behind
    assert "55--" not in behind


def test_brackets_close_inside_the_bar(grammar: Grammar) -> None:
    assert "(---" in _legal(grammar, _after(grammar, *["----"] * 5))
    assert "(---" not in _legal(grammar, _after(grammar, *["----"] * 6))
    assert _legal(grammar, _after(grammar, "(---", "5---")) >= {")---"}
    assert "----" not in _legal(grammar, _after(grammar, "(---", "5---"))


def test_end_comes_behind_a_bar_line_and_when_the_line_is_full(grammar: Grammar) -> None:
    bar = ["5---", *["----"] * 7, "||||"]
    assert "<END>" in _legal(grammar, _after(grammar, *bar))
    assert _legal(grammar, _after(grammar, *bar * (MAX_LINE // 9))) == {"<END>"}


def test_the_first_bar_sets_the_width_of_the_others(grammar: Grammar) -> None:
    state = _after(grammar, "5---", *["----"] * 4, width=None)
    assert "||||" in _legal(grammar, state)
    state = grammar.advance(state, "||||")
    assert state.width == 5
    assert state.bars == 1


def test_bars_do_not_fall_silent(grammar: Grammar) -> None:
    def sounds(*words: str, width: int | None = 8) -> bool:
        """Whether nothing but a note may follow."""
        return all(set(word) & set("0123456789x") for word in _legal(grammar, _after(grammar, *words, width=width)))

    empty = ["----"] * 8
    assert not sounds(*empty[:6])
    assert sounds(*empty[:7])  # a first bar may be a pickup: its last column
    played = ["5---", *empty[:7], "||||"]
    assert not sounds(*played, *empty[:7])  # under a held note
    assert not sounds(*played, *empty, "||||", *empty[:2])
    assert sounds(*played, *empty, "||||", *empty[:3])  # a second one: its middle
    assert sounds(*empty[:3], width=None)


def test_a_prompt_gives_width_and_open_bar(grammar: Grammar) -> None:
    prompt = Tab.parse("G|----|--\nD|----|--\nA|----|--\nE|5--7|0-")
    assert usual_width(prompt) == 4
    state = grammar.start(prompt)
    assert (state.width, state.bar_columns, state.bars) == (4, 2, 0)


def test_a_prompt_that_breaks_the_grammar_can_be_continued(grammar: Grammar) -> None:
    prompt = Tab.parse("G|h-S(\nD|----\nA|----\nE|----")
    assert _legal(grammar, grammar.start(prompt, width=8))


def test_a_vocabulary_for_other_strings_is_not_usable(grammar: Grammar) -> None:
    assert grammar.usable
    assert not Grammar(Vocabulary(tuple(WORDS)), 5).usable


def _walk_is_a_tab_of_equal_bars(grammar: Grammar, vocabulary: list[str | None], random, width: int | None) -> None:
    """Take any legal word again and again, for four bars."""
    state, words = grammar.start(width=width), ["GDAE", "||||"]
    while state.bars < 4:
        choices = np.flatnonzero(grammar.legal(state)).tolist()
        assert choices
        word = vocabulary[random.choice(choices)] or ""
        words += word.split(" ")
        state = grammar.advance(state, word)
        words += ["GDAE", "||||"] if word == "<END>" else []
    tab = Tab.from_words(words)
    assert {len(bar) for bar in tab.bars} == {state.width}
    assert len(tab.bars) == 4
    for system in tab.systems:
        for line in system.lines:
            assert "h|" not in line
            assert all((int(fret) <= 24 and fret[0] != "0") or len(fret) == 1 for fret in re.findall(r"\d+", line))
            assert "-h" not in line
            assert line.count("(") == line.count(")")


@settings(max_examples=20)
@given(st.randoms(use_true_random=False), st.sampled_from([None, 4, 7, 16]))
def test_every_walk_ends_in_a_tab_of_equal_bars(grammar: Grammar, random, width: int | None) -> None:
    _walk_is_a_tab_of_equal_bars(grammar, WORDS, random, width)


LONG: list[str | None] = [
    *WORDS,
    *(
        "5--- ---- ----",
        "---- ----",
        "5--- h---",
        "5--- h--- 7---",
        "h--- 7--- ----",
        "h--- ----",
        "(--- 5---",
        "-5-- x---",
    ),
    *("5--- ---- ---- ----", "5--- |||| 5---"),
]


@pytest.fixture(scope="module")
def long_grammar() -> Grammar:
    return Grammar(Vocabulary(tuple(LONG)), 4)


def _legal_long(grammar: Grammar, *words: str) -> set[str]:
    return {LONG[place] or "" for place in np.flatnonzero(grammar.legal(_after(grammar, *words)))}


@pytest.mark.parametrize(
    "before",
    [
        *([], ["5---"], ["5---", "h---"], ["----"], ["(---"], ["5---", *["----"] * 4], ["5---", *["----"] * 5]),
        *(["5---", *["----"] * 6], ["5---", *["----"] * 7], [*["----"] * 6], [*["----"] * 5], ["(---", "5---"]),
        ["5---", *["----"] * 7, "||||", *["----"] * 8, "||||", "----", "----"],
        ["5---", *["----"] * 7, "||||", *["----"] * 8, "||||", "----", "----", "----"],
    ],
)
def test_a_word_of_several_columns_is_legal_when_they_are_one_by_one(long_grammar: Grammar, before: list[str]) -> None:
    """Against the definition, with the last column's word looked at alone."""
    legal = _legal_long(long_grammar, *before)
    for word in LONG:
        if word is None or " " not in word or "|" in word:
            continue
        *first, last = word.split(" ")
        steps = [_legal_long(long_grammar, *before, *first[:place]) for place in range(len(first) + 1)]
        # A column that leaves something open is legal alone if the vocabulary can close it: so it is inside a word.
        one_by_one = all(column in step for column, step in zip([*first, last], steps, strict=True))
        assert (word in legal) == one_by_one, word


def test_words_reach_over_no_bar_line(long_grammar: Grammar) -> None:
    assert "5--- |||| 5---" not in _legal_long(long_grammar)
    state = _after(long_grammar, "5--- h--- 7---", "---- ----")
    assert state == _after(long_grammar, "5---", "h---", "7---", "----", "----")


@settings(max_examples=20)
@given(st.randoms(use_true_random=False), st.sampled_from([None, 4, 7, 16]))
def test_walks_over_long_words_end_in_tabs_of_equal_bars(long_grammar: Grammar, random, width: int | None) -> None:
    _walk_is_a_tab_of_equal_bars(long_grammar, LONG, random, width)


@settings(max_examples=20)
@given(st.randoms(use_true_random=False), st.sampled_from([None, 4, 7, 16]))
def test_the_table_says_what_the_grammar_says(long_grammar: Grammar, random, width: int | None) -> None:
    vocabulary = Vocabulary(tuple(LONG))
    table = GrammarTable(vocabulary, long_grammar)
    state = long_grammar.start(width=width)
    number = table.number(state)
    for _ in range(60):
        legal = long_grammar.legal(state)
        after = table.row(number)[table.shapes]
        assert ((after >= 0) == legal).all()
        token = random.choice(np.flatnonzero(legal).tolist())
        state, number = long_grammar.advance(state, LONG[token] or ""), int(after[token])
        assert table.state(number) == dataclasses.replace(state, bars=min(state.bars, 1))
    assert len(table) < 2000


def test_a_vocabulary_without_columns_has_a_table(long_grammar: Grammar) -> None:
    grammar = Grammar(Vocabulary((None, "GDAE")), 4)
    table = GrammarTable(Vocabulary((None, "GDAE")), grammar)
    assert not grammar.usable
    assert (table.row(table.number(grammar.start(width=8)))[table.shapes] < 0).all()
