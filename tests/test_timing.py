import pytest
from hypothesis import given

from basstab_hf import Tab
from basstab_hf.timing import bar_lead, beats, timed_notes
from tests.strategies import tabs


def _tab(*rows: str) -> Tab:
    return Tab.parse("\n".join(f"{label}|{row}" for label, row in zip("GDAE", rows, strict=True)))


def test_columns_are_sixteenths_and_notes_last_until_the_next_on_any_string() -> None:
    notes = timed_notes(_tab("--------|", "----2---|", "--------|", "0-------|"))
    assert [(note.onset, note.duration, note.pitch, note.string, note.fret) for note in notes] == [
        (0, 1, 28, 4, 0),
        (1, 1, 40, 2, 2),
    ]


def test_bar_lines_take_no_time_and_end_notes() -> None:
    notes = timed_notes(_tab("----|----|", "----|----|", "----|----|", "3---|---5|"))
    assert [(note.onset, note.duration) for note in notes] == [(0, 1), (1.75, 0.25)]


def test_the_second_digit_belongs_to_its_fret() -> None:
    notes = timed_notes(_tab("12--7---|", "--------|", "--------|", "--------|"))
    assert [(note.onset, note.pitch, note.fret) for note in notes] == [(0, 55, 12), (1, 50, 7)]


def test_real_bars_of_17_columns_have_a_blank_in_front() -> None:
    tab = _tab("-" * 17 + "|", "-" * 17 + "|", "-" * 17 + "|", "-0---3---5---7---|")
    assert bar_lead(tab) == 1
    assert beats(tab) == 4
    assert [note.onset for note in timed_notes(tab)] == [0, 1, 2, 3]


def test_without_bars_there_is_no_blank_and_no_time() -> None:
    assert bar_lead(Tab(())) == 0
    assert beats(Tab(())) == 0


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("9h11----|", [(), ("hammer-on",)]),
        ("7p5-----|", [(), ("pull-off",)]),
        ("5/7-----|", [(), ("slide",)]),
        ("/7------|", [("slide",)]),
        ("7\\------|", [("slide",)]),
        ("7~~-----|", [("vibrato",)]),
        ("7b------|", [("bend",)]),
        ("(5)-----|", [("ghost note",)]),
        ("<12>----|", [("harmonic",)]),
        ("x-------|", [("dead note",)]),
    ],
)
def test_techniques_belong_to_the_note_they_join_or_follow(row: str, expected: list[tuple[str, ...]]) -> None:
    notes = timed_notes(_tab(row, "--------|", "--------|", "--------|"))
    assert [note.techniques for note in notes] == expected


def test_dead_notes_sound_at_the_open_string() -> None:
    (note,) = timed_notes(_tab("----|", "----|", "--x-|", "----|"))
    assert (note.pitch, note.fret, note.string) == (33, 0, 3)


def test_ties_up_to_the_bar_line_carry_a_note_into_the_next_bar() -> None:
    tied, plain = (
        timed_notes(_tab("----|----|", "----|----|", "----|----|", f"0-5{mark}|{mark}-7-|"))[1] for mark in "=-"
    )
    assert (tied.duration, plain.duration) == (1.0, 0.5)


@given(tabs())
def test_any_tab_gives_notes_in_order_inside_the_piece(tab: Tab) -> None:
    notes = timed_notes(tab)
    assert [note.onset for note in notes] == sorted(note.onset for note in notes)
    assert all(note.duration > 0 and note.onset + note.duration <= beats(tab) for note in notes)
    assert all(1 <= note.string <= 6 and 0 <= note.fret <= 24 for note in notes)
