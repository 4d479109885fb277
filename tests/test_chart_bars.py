"""The chords of a bar as text, and back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.chart.bars import bar_text, parse_bar
from basstab_hf.errors import InputError

NAMES = st.sampled_from(["Am", "F", "C7", "Gmaj7", "Bb/D", "N.C."])


def places(text: str) -> list[tuple[Fraction, str]]:
    return [(chord.place, chord.name) for chord in parse_bar(text)]


def test_chords_share_a_bar() -> None:
    assert places("Am") == [(Fraction(0), "Am")]
    assert places("Dm7 G7") == [(Fraction(0), "Dm7"), (Fraction(1, 2), "G7")]
    assert places("C . . G") == [(Fraction(0), "C"), (Fraction(3, 4), "G")]
    assert places(". . G") == [(Fraction(2, 3), "G")]
    assert places("") == []


def test_no_chord_is_one_that_is_silent() -> None:
    (nothing,) = parse_bar("N.C.")
    assert nothing.chord is None


def test_a_name_that_is_none_is_refused_with_its_bar() -> None:
    with pytest.raises(InputError, match="chord 3, 'H9x'"):
        parse_bar("Am H9x", 3)


@given(st.lists(st.one_of(NAMES, st.just(".")), max_size=12))
def test_a_bar_is_printed_as_it_was_read(words: list[str]) -> None:
    read = parse_bar(" ".join(words))
    assert parse_bar(bar_text(read)) == read
