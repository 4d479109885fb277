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
from basstab_hf.tab.marks import frets_of, split_frets

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


def test_digits_that_touch_are_frets_up_to_24_or_notes(grammar: Grammar) -> None:
    assert _legal(grammar, _after(grammar, "1---")) >= {"0---", "5---", "9---", "----", "h---"}
    for before in (["5---"], ["0---"], ["2---"], ["5---", "h---", "7---"], ["5---", "----"], ["x---"]):
        assert _legal(grammar, _after(grammar, *before)) >= {"0---", "1---", "5---", "x---", "----"}
    assert not {word for word in _legal(grammar, _after(grammar, "1---", "2---")) if word[0].isdigit()}
    assert {word[0] for word in _legal(grammar, _after(grammar, "2---", "2---")) if word[0].isdigit()} == {*"256789"}


#: Tokens as of a model whose tokens are notes: frets 10, 11 and 12 whole on the first string, 12 on the second.
NOTES: list[str | None] = [
    *(f"{'-' * string}{mark}{'-' * (3 - string)}" for string in range(4) for mark in "-0123456789x"),
    *("1--- 0---", "1--- 1---", "1--- 2---", "1--- 2--- ----", "-1-- -2--", "5--- ----", "1--- ----", "||||", "<END>"),
]


@pytest.fixture(scope="module")
def notes_grammar() -> Grammar:
    return Grammar(Vocabulary(tuple(NOTES)), 4)


def test_two_words_spell_a_fret_only_where_no_word_holds_it(notes_grammar: Grammar) -> None:
    def second(string: int, first: str) -> set[str]:
        word = f"{'-' * string}{first}{'-' * (3 - string)}"
        state = notes_grammar.advance(notes_grammar.start(width=8), word)
        found = {NOTES[place] or "" for place in np.flatnonzero(notes_grammar.legal(state))}
        return {word[string] for word in found if word[string].isdigit()}

    assert second(0, "1") == {"1"}  # the second of three notes
    assert second(1, "1") == {*"01"}
    assert second(2, "1") == {*"012"}
    assert second(0, "2") == {*"256789"}  # nothing tells that the model knows frets from 20 up
    state = _after(notes_grammar, "1---", "1---")
    assert {NOTES[place] for place in np.flatnonzero(notes_grammar.legal(state))} == {
        *("1---", "1--- 1---", "1--- ----")
    }
    assert {"1---", "----"} <= {
        NOTES[place] for place in np.flatnonzero(notes_grammar.legal(_after(notes_grammar, *["1---"] * 3)))
    }


@given(st.text("01235", min_size=1, max_size=7))
def test_notes_that_touch_are_written_as_they_are_read(digits: str) -> None:
    """Where words hold all frets of two digits whole, digits of words of their own are notes of their own."""
    whole = [f"{first}--- {second}---" for first in "12" for second in "0123456789"]
    vocabulary = Vocabulary((*(f"{mark}---" for mark in "-0123456789"), *whole, "||||", "<END>"))
    grammar = Grammar(vocabulary, 4)
    state, written = grammar.start(width=16), True
    for column in [*(f"{digit}---" for digit in digits), "----"]:
        written = written and bool(grammar.legal(state)[vocabulary.ids[column]])
        state = grammar.advance(state, column)
    refused = re.search("22[0134]|111[^1]", digits)  # for nobody knows there that it is "2220" and not "220"
    assert written == (len(split_frets(digits)) == len(digits) and not refused)


@settings(max_examples=30)
@given(st.randoms(use_true_random=False), st.sampled_from([8, 16, 17]))
def test_no_note_changes_its_fret_by_what_follows(notes_grammar: Grammar, random, width: int) -> None:
    """But where two words spell a fret that no word holds, and for "22", of which its bar decides."""
    spelt = Vocabulary(tuple(NOTES)).spelt_frets(4)
    state, column, bar, meant = notes_grammar.start(width=width), 0, ["" for _ in range(4)], {}
    while state.bars < 3:
        word = NOTES[random.choice(np.flatnonzero(notes_grammar.legal(state)).tolist())] or ""
        state = notes_grammar.advance(state, word)
        if word in ("||||", "<END>"):
            found = {(place, string - 1): text for place, string, text in frets_of(bar)}
            assert all("111" in bar[string] for _, string in found.keys() - meant.keys()), bar
            for place, text in meant.items():
                if text == "11" and found.get(place) == "1":
                    continue  # a third one stands before it
                assert found.get(place, "") in (text, "", "22") or spelt[place[1], int(found[place])], bar
                if place not in found:  # the second digit of a fret that was spelt
                    fret = found[place[0] - 1, place[1]]
                    assert fret == "22" or spelt[place[1], int(fret)], bar
            column, bar, meant = 0, ["" for _ in range(4)], {}
            continue
        rows = ["".join(row) for row in zip(*word.split(" "), strict=True)]
        meant |= {(column + place, string - 1): text for place, string, text in frets_of(rows)}
        bar, column = [before + row for before, row in zip(bar, rows, strict=True)], column + len(rows[0])


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
    whole_bar = grammar.start(width=8, pickup=False)
    for column in empty[:3]:
        whole_bar = grammar.advance(whole_bar, column)
    assert all(set(word) & set("0123456789x") for word in _legal(grammar, whole_bar))


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
            assert all(int(fret) <= 24 for run in re.findall(r"\d+", line) for _, fret in split_frets(run))
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
    assert len(table) < 3000


def test_a_vocabulary_without_columns_has_a_table(long_grammar: Grammar) -> None:
    grammar = Grammar(Vocabulary((None, "GDAE")), 4)
    table = GrammarTable(Vocabulary((None, "GDAE")), grammar)
    assert not grammar.usable
    assert (table.row(table.number(grammar.start(width=8)))[table.shapes] < 0).all()
