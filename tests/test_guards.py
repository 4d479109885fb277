"""A vocabulary of some columns and of words that reach over several; bars of eight columns."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.generate import Guards, Request, Sampling, generate_tab
from basstab_hf.generate.controls import Control
from basstab_hf.generate.guards import guard_controls
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.tab.tuning import STANDARD

REST = "----"
WORDS = (
    *(None, "GDAE", "||||", "<END>", REST, "5---", "-7--", "x---", "1---", "2---", "h---"),
    *("5--- ----", "5h-- -7--", "---- 5---", "5--- -7--", "-7-- ----", "1--- 2---", "5---- -----"),
)
VOCABULARY = Vocabulary(WORDS)
LOW, HIGH = "5---", "-7--"
BAR = [LOW, REST, REST, REST, HIGH, REST, REST, REST]
OTHER = [REST, REST, LOW, REST, REST, REST, HIGH, REST]
THIRD = [HIGH, REST, REST, REST, HIGH, REST, REST, REST]


def _control(**values: float) -> Control:
    [control] = guard_controls(Guards(**{"max_repeats": 0} | values), VOCABULARY, STANDARD)
    return control


def _heard(*bars: list[str]) -> list[str]:
    """Words of closed bars; the last one stays open."""
    return ["GDAE", *(word for bar in bars[:-1] for word in ("||||", *bar)), "||||", *bars[-1]]


def _forbidden(control: Control, words: list[str]) -> set[str | None]:
    bias = control.bias(SoFar.of(words, STANDARD, 8))
    return set() if bias is None else {WORDS[token] for token in np.flatnonzero(bias == -np.inf)}


def test_nothing_to_guard_nothing_to_ask() -> None:
    assert guard_controls(Guards(max_repeats=0), VOCABULARY, STANDARD) == []
    assert len(guard_controls(Guards(max_repeats=3, repetition=1.2), VOCABULARY, STANDARD)) == 2


@pytest.mark.parametrize("loop", [[BAR], [BAR, OTHER], [BAR, OTHER, THIRD], [BAR, OTHER, THIRD, OTHER]])
def test_a_loop_that_came_often_enough_must_end_at_its_last_onset(loop: list[list[str]]) -> None:
    control = _control(max_repeats=2)
    assert _forbidden(control, _heard(*loop, *loop, BAR[:4])) == set()
    worn = [*loop, *loop, *loop]
    assert _forbidden(control, _heard(*worn, BAR[:3])) == set()
    assert _forbidden(control, _heard(*worn, BAR[:4])) == {"-7--", "-7-- ----"}
    assert _forbidden(control, _heard(*worn, [])) == set()


def test_a_word_with_the_rest_of_the_bar_is_forbidden() -> None:
    bar = [REST, LOW, HIGH, *[REST] * 5]
    assert _forbidden(_control(max_repeats=1), _heard(bar, bar, [REST])) == {"5--- -7--", "5h-- -7--"}


def test_a_bar_that_differs_already_is_free() -> None:
    control = _control(max_repeats=1)
    assert _forbidden(control, _heard(BAR, BAR, [LOW, REST, LOW, REST])) == set()
    assert _forbidden(control, _heard(BAR, BAR, [*BAR[:4], REST])) == set()
    assert _forbidden(control, _heard(BAR, OTHER, BAR, BAR[:4])) == set()


def test_techniques_and_rests_make_no_other_bar() -> None:
    joined = [LOW, "h---", REST, REST, *BAR[4:]]
    assert _forbidden(_control(max_repeats=1), _heard(BAR, joined, [LOW, "h---", REST, REST])) == {HIGH, "-7-- ----"}


def test_bars_without_notes_are_left_to_the_grammar() -> None:
    assert _forbidden(_control(max_repeats=1), _heard([REST] * 8, [REST] * 8, [REST] * 7)) == set()


@given(st.lists(st.sampled_from([BAR, OTHER, THIRD]), min_size=1, max_size=12), st.integers(0, 8))
def test_a_guard_depends_on_the_tab_alone(bars: list[list[str]], open_columns: int) -> None:
    used, words = _control(max_repeats=1), _heard(*bars, bars[0][:open_columns])
    so_far = SoFar.of(words[:1], STANDARD, 8)
    for word in words[1:]:
        so_far.read(word)
        found = used.bias(so_far)
    fresh = _control(max_repeats=1).bias(so_far)
    assert np.array_equal(found, fresh) if fresh is not None else found is None


def _lowered(words: list[str]) -> set[str | None]:
    bias = _control(repetition=2).bias(SoFar.of(words, STANDARD, 8))
    if bias is None:
        return set()
    assert bias.tolist() == pytest.approx((bias < 0) * -math.log(2))
    return {WORDS[token] for token in np.flatnonzero(bias)}


def test_notes_just_played_are_less_likely() -> None:
    assert _lowered(_heard([REST])) == set()
    assert _lowered(_heard(["x---", REST])) == set()
    assert _lowered(_heard([HIGH, REST])) == {"-7--", "-7-- ----", "5h-- -7--", "5--- -7--"}
    assert _lowered(_heard(["1---", "2---", REST])) == {"1--- 2---"}
    assert _lowered(_heard(["2---", REST])) == {"2---"}
    assert _lowered(_heard(["1---", "2---", REST, "1---"])) == {"2---", "1--- 2---"}  # 12, and not 2


def test_after_two_bars_a_note_is_new_again() -> None:
    silent = [REST] * 8
    assert HIGH in _lowered(_heard([REST, HIGH, *[REST] * 6], silent, [REST]))
    assert HIGH not in _lowered(_heard([REST, HIGH, *[REST] * 6], silent, [REST, REST]))


def test_greedy_writing_loops_unless_it_is_guarded(riff_model: Path) -> None:
    def most(max_repeats: int) -> int:
        greedy = Request(bars=24, seed=1, sampling=Sampling(0.0), guards=Guards(max_repeats=max_repeats))
        bars = generate_tab(riff_model, greedy).bars
        runs = [0]
        for before, bar in itertools.pairwise(bars):
            runs.append(runs[-1] + 1 if bar == before else 0)
        return max(runs)

    assert most(0) > 4
    assert most(2) <= 2


def test_prompt_bars_count() -> None:
    """`SoFar.of` reads the prompt; its bars are as good as new ones."""
    so_far = SoFar.of(_heard(BAR, BAR, BAR[:4]), STANDARD, 8)
    assert so_far.bar == 0
    bias = _control(max_repeats=1).bias(so_far)
    assert bias is not None
    assert bias[WORDS.index(HIGH)] == -np.inf
