import pytest
from hypothesis import given

from basstab_hf import Tab
from basstab_hf.formats import WriteSettings, guess_columns_per_beat
from basstab_hf.formats.gestures import gestures
from basstab_hf.metrics.bars import grid_bars
from basstab_hf.tab.timing import bar_lead, bar_widths, beats, stroke_bars, timed_notes
from tests.strategies import steady_tabs, tabs, widened


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


def test_bars_that_start_with_a_note_have_lost_their_blank() -> None:
    usual = f"-{'5---' * 4}|"
    tab = _low(usual * 4 + "7---7---7---7---|11-11-11-11-11-11-11-11-|")
    assert bar_lead(tab) == 0
    padded = _low(usual * 8 + "7---7---7---7---|11-11-11-11-11-11-11-11-|")
    assert (bar_lead(padded), bar_widths(padded)) == (1, (16,) * 10)
    assert [note.onset - 32 for note in timed_notes(padded)[32:]] == [0, 1, 2, 3, *(4 + n / 2 for n in range(8))]


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
        ("12*-5---|", [("harmonic",), ()]),
        ("5*--7h9*|", [("harmonic",), (), ("hammer-on",)]),
        ("5-5---5*|", [(), (), ()]),  # a repeat sign
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


QUARTERS = "-5---7---5---7---|"


def _low(line: str) -> Tab:
    blank = "".join("|" if mark == "|" else "-" for mark in line)
    return _tab(blank, blank, blank, line)


@pytest.mark.parametrize(
    ("bar", "onsets"),
    [
        ("-12-12-12-12-12-12-12-12-|", [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]),
        ("-9---10---9---12---|", [0, 1, 2, 3]),
        ("---------------12-|", [3.5]),
        ("-12b14r12---10---12---|", [0, 0.5, 1, 2, 3]),  # marks take their column
    ],
)
def test_second_digits_that_made_a_bar_wider_take_no_time(bar: str, onsets: list[float]) -> None:
    tab = _low(QUARTERS * 3 + bar)
    assert bar_widths(tab) == (16,) * 4
    assert [note.onset - 12 for note in timed_notes(tab) if note.onset >= 12] == onsets


@pytest.mark.parametrize(
    "line",
    [
        QUARTERS * 3 + "-12--10--12--10--|",  # of the usual width: the second digit is time
        QUARTERS * 3 + "-12---10---12---10--|",  # wider, but not by the second digits
        QUARTERS * 3 + "-12--10--12--10------|",  # the notes would leave the even columns
        QUARTERS * 2 + "-12---10---12---10---|",  # two bars tell no usual width
        QUARTERS * 3 + "".join("-" * width + "|" for width in range(20, 28)) + "-12---10---12---10---|",
    ],
)
def test_other_bars_are_as_long_as_they_are_wide(line: str) -> None:
    bars = line.rstrip("|").split("|")
    assert bar_widths(_low(line)) == tuple(len(bar) - 1 for bar in bars)


def test_a_second_digit_beside_which_a_note_begins_takes_time() -> None:
    usual, blank = f"{'-' * 16}|" * 4, f"{'-' * 17}|"
    tab = _tab(f"{usual}12---------------|", usual + blank, usual + blank, f"{usual}-5---------------|")
    assert bar_widths(tab) == (16, 16, 16, 16, 17)


@given(steady_tabs())
def test_a_tab_with_a_column_more_for_each_second_digit_is_the_same_music(tab: Tab) -> None:
    wide = widened(tab)
    assert timed_notes(wide) == timed_notes(tab)
    assert grid_bars(wide) == grid_bars(tab)
    assert guess_columns_per_beat(wide) == guess_columns_per_beat(tab)


def test_bends_find_their_goals_in_widened_bars() -> None:
    played = gestures(_low(QUARTERS * 3 + "-12b14r12---10---12---|"), WriteSettings())
    assert [gesture.mark for gesture in played[-5:]] == ["", "b", "r", "", ""]


@given(tabs())
def test_strokes_tell_where_they_are_printed(tab: Tab) -> None:
    for system, bars in zip(tab.systems, stroke_bars(tab), strict=True):
        for stroke in (stroke for bar in bars for stroke in bar.strokes):
            line = system.lines[stroke.string - 1]
            assert line.startswith("x" if stroke.fret is None else str(stroke.fret), stroke.printed)
            nearest = line[: stroke.printed].rstrip("-")[-1:]  # these lead over blanks, too: 5h--7, 5/-7
            assert stroke.before in ("", line[stroke.printed - 1], *(nearest if nearest in tuple("hp/\\") else ""))


@given(tabs())
def test_any_tab_gives_notes_in_order_inside_the_piece(tab: Tab) -> None:
    notes = timed_notes(tab)
    assert [note.onset for note in notes] == sorted(note.onset for note in notes)
    assert all(note.duration > 0 and note.onset + note.duration <= beats(tab) for note in notes)
    assert all(1 <= note.string <= 6 and 0 <= note.fret <= 24 for note in notes)
