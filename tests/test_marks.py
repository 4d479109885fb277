"""The table of what characters mean, and what is made from it."""

import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.generate.grammar import Grammar
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.tab import marks
from basstab_hf.tab.marks import split_frets
from basstab_hf.tab.timing import stroke_bars
from basstab_hf.tab.tuning import STANDARD
from basstab_hf.tab.values import System, Tab
from basstab_hf.tokenizer.control_words import CONTROLS, reserved_count
from basstab_hf.tokenizer.token_kinds import pattern
from basstab_hf.tokenizer.tokenization_basstab import chat_template


def test_what_may_stand_where() -> None:
    assert set("hp/\\t(<") == marks.BEFORE
    assert set("b^~/\\") == marks.AFTER
    assert set("hp/\\") == marks.LEADING
    assert set("b^/\\") == marks.AIMING
    assert set("hpb/\\~^=)>") == marks.BEHIND
    assert marks.CLOSING == {"(": ")", "<": ">"}


def test_frets_are_those_of_ten_to_twenty_four_without_twenty_two() -> None:
    single = {str(fret) for fret in range(100) if len(split_frets(str(fret))) == 1}
    assert single == {str(fret) for fret in range(marks.MAX_FRET + 1) if fret != 22}


@pytest.mark.parametrize(
    ("kind", "digest"),
    [
        ("column", "8827667c567c8cac6e6f8d268f1b896270ff25d87d3aa89f6d078a3a8f0e912f"),
        ("note", "f8ee5d157107d56389d01c3bf29f9ba0c3981694077fcd79bb15391c5cc6129e"),
        ("riff", "3c20078f3588f4be20b9dd3683b05604ccc82cd97b25941616768f0587934823"),
    ],
)
def test_tokens_are_cut_by_the_expression_of_saved_tokenizers(kind: str, digest: str) -> None:
    """To the last byte: tokenizer.json of each model has it."""
    assert hashlib.sha256(pattern(kind).encode()).hexdigest() == digest


def test_the_shipped_tokenizer_has_todays_expression_and_template() -> None:
    document = json.loads((shipped_model() / "tokenizer.json").read_text())
    assert document["pre_tokenizer"]["pattern"]["Regex"] == pattern("note")
    vocabulary = document["model"]["vocab"]
    words = sorted(vocabulary, key=vocabulary.__getitem__)
    reserved = words[: reserved_count(words)]
    assert (shipped_model() / "chat_template.jinja").read_text() == chat_template(reserved)


def _columns() -> Vocabulary:
    """All that can stand on one of four strings, the others empty."""
    words = [f"{'-' * string}{mark}{'-' * (3 - string)}" for mark in "-0123456789x" for string in range(4)]
    return Vocabulary.of({f" {word}": place for place, word in enumerate(dict.fromkeys([*words, "||||", "<END>"]))})


@given(st.text(marks.DIGITS, min_size=1, max_size=6).filter(lambda digits: digits != "22"))
def test_grammar_controls_and_notes_read_digits_alike(digits: str) -> None:
    """And a digit that the grammar lets follow changes no fret but the last, to which it is the second digit."""
    frets = [int(fret) for _, fret in split_frets(digits)]
    line = f"{digits}---"
    [[bar]] = stroke_bars(Tab((System(STANDARD, (line, *["-" * len(line)] * 3)),)))
    assert [stroke.fret for stroke in bar.strokes] == frets
    columns = [f"{digit}---" for digit in digits]
    so_far = SoFar.of(["GDAE", "||||", *columns], STANDARD, None)
    assert [(note.column, note.fret) for note in so_far.notes] == [(at, int(fret)) for at, fret in split_frets(digits)]
    grammar = Grammar(vocabulary := _columns(), 4)
    state, read = grammar.start(), []
    for place, column in enumerate(columns, start=1):
        if not grammar.legal(state)[vocabulary.ids[column]]:
            break
        state = grammar.advance(state, column)
        before, read = read, [int(fret) for _, fret in split_frets(digits[:place])]
        assert read[:-1] in (before, before[:-1])
        assert len(read) > len(before) or read[-1] == 10 * before[-1] + int(digits[place - 1])


def test_twenty_two_is_two_notes_for_grammar_and_controls() -> None:
    grammar = Grammar(vocabulary := _columns(), 4)
    behind = grammar.advance(grammar.start(), "2---")
    assert grammar.legal(behind)[vocabulary.ids["2---"]]
    assert not grammar.legal(grammar.advance(behind, "2---"))[vocabulary.ids["1---"]]  # it would make a 21
    assert [note.fret for note in SoFar.of(["GDAE", "||||", "2---", "2---"], STANDARD, None).notes] == [2, 2]


@given(st.sampled_from("²³٣९５"))
def test_digits_of_other_scripts_are_no_frets(mark: str) -> None:
    assert not SoFar.of(["GDAE", "||||", f"{mark}---"], STANDARD, None).notes
    assert not stroke_bars(Tab((System(STANDARD, (f"{mark}-", "--", "--", "--")),)))[0][0].strokes


@given(st.sets(st.sampled_from(sorted(marks.BEHIND | marks.BEFORE)), min_size=1))
def test_marks_stand_in_the_class_of_an_expression(some: set[str]) -> None:
    found = re.compile(f"[-{marks.any_of(some)}]")
    assert {mark for mark in map(chr, range(128)) if found.fullmatch(mark)} == some | {"-"}


@pytest.mark.parametrize(
    ("rows", "frets"),
    [
        (["-19-22-19-"], [19, 22, 19]),
        (["-22-19-"], [22, 19]),
        (["-22-22-12-"], [22, 22, 12]),
        (["-5-22-19-"], [5, 2, 2, 19]),  # the fret before it is low
        (["-22-22-"], [2, 2, 2, 2]),
        (["-22-x-14-"], [22, None, 14]),
        (["-222-14-"], [2, 2, 2, 14]),
        (["-2122-"], [21, 2, 2]),  # not by itself
        (["-22------", "----19-17"], [22, 19, 17]),  # alone on its string: all others of the bar
        (["-22------", "----19-0-"], [2, 2, 19, 0]),
        (["-19-22---", "-------0-"], [19, 22, 0]),
        (["-19-|-22-", "----|----"], [19, 2, 2]),  # a bar is read by itself
        (["-19-|-22-", "-------"], [19, 22]),  # no bar line
    ],
)
def test_twenty_two_is_a_fret_among_high_ones(rows: list[str], frets: list[int | None]) -> None:
    width = max(map(len, rows))
    read = marks.frets_of([row.ljust(width, "-") for row in rows])
    assert [None if text == marks.DEAD else int(text) for _, _, text in read] == frets


@given(st.lists(st.text("-012349x|", min_size=12, max_size=12), min_size=1, max_size=4))
def test_a_row_is_read_run_by_run_but_for_twenty_two(rows: list[str]) -> None:
    read = marks.frets_of(rows)
    apart = {
        (run.start() + offset, string, fret)
        for string, row in enumerate(rows, start=1)
        for run in re.finditer("[0-9]+", row)
        for offset, fret in split_frets(run[0])
    }
    twos = {(column + place, string, "2") for column, string, fret in read if fret == "22" for place in (0, 1)}
    assert {note for note in read if note[2] not in (marks.DEAD, "22")} == apart - twos
    assert twos <= apart


@given(st.lists(st.lists(st.integers(0, marks.MAX_FRET), max_size=5), min_size=1, max_size=4))
def test_what_cannot_be_said_is_twenty_two_among_low_frets(strings: list[list[int]]) -> None:
    assert marks.unsaid(strings) <= {22}
    if all(fret < 12 or fret == 22 for frets in strings for fret in frets):
        assert (22 in marks.unsaid(strings)) == any(22 in frets for frets in strings)
    assert not marks.unsaid(
        [[fret for pair in zip(frets, frets, strict=True) for fret in (12, pair[0] % 13 + 12)] for frets in strings]
    )


def test_names_of_notes() -> None:
    assert [marks.semitones(name) for name in ("C", "bb", "Cb", "F##", "B#")] == [0, 10, -1, 7, 12]
    for names in (marks.SHARPS, marks.FLATS, marks.KEY_NAMES):
        assert [marks.semitones(name) for name in names] == [*range(12)]
    assert CONTROLS["key"][:12] == marks.KEY_NAMES
