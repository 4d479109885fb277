import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.recognise.annotations import Chord, annotations_around
from basstab_hf.tab.chord_row import names, placed_names

NAMES = st.lists(st.sampled_from(["Am", "F", "C#m7", "Bb/D", "C-7", "N.C.", "(G)"]), max_size=8)
PARTING = st.sampled_from([" ", "  ", " | ", ", ", " - ", "|", "| ", " – "])


@pytest.mark.parametrize(
    "row", ["Am F C G", "Am, F | C  G", "| Am | F | C | G |", "Am - F - C - G", "Am|F|C|G", "\tAm,F,C,G\n"]
)
def test_names_are_parted_by_blanks_commas_bar_lines_and_dashes(row: str) -> None:
    assert names(row) == ("Am", "F", "C", "G")


@given(NAMES, st.data())
def test_names_come_back_with_their_places(chords: list[str], data: st.DataObject) -> None:
    row = "".join(data.draw(PARTING) + chord for chord in chords)
    assert names(row) == tuple(chords)
    assert all(row[place : place + len(name)] == name for place, name in placed_names(row))


@given(st.text())
def test_any_text_is_a_row(row: str) -> None:
    assert all(row[place:].startswith(name) and name.strip() == name for place, name in placed_names(row))


@given(NAMES.filter(bool), st.integers(0, 8), st.sampled_from([" ", "  |  ", " - "]))
def test_a_row_over_a_system_is_read_by_the_same_rule(chords: list[str], column: int, parting: str) -> None:
    lines = [" " * column + parting.join(chords), *(f"{label}|-----|" for label in "GDAE")]
    found = annotations_around(lines, 1, 4, column, [])
    assert found.chords == tuple(Chord(place - column, name) for place, name in placed_names(lines[0]))
