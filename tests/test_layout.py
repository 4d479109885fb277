import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.tab.layout import LINE_WIDTH, Bar, NoRoomError, Placed, in_even_lines, lay_out, write
from basstab_hf.tab.marks import AFTER, BEFORE
from basstab_hf.tab.timing import bar_lead, beats, timed_notes
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import Tab
from tests.strategies import tabs, tunings


def rows(*notes: Placed, width: int = 8) -> list[str]:
    """The string lines of one bar in GDAE, its blank first column left out."""
    written = write(Bar(width, notes), 4).columns
    return ["".join(row)[1:] for row in zip(*written, strict=True)]


def low(*notes: Placed, width: int = 8) -> str:
    """The lowest string line of one bar."""
    return rows(*notes, width=width)[3]


def low_note(column: int, fret: int | None, before: str = "", after: str = "", tied: bool = False) -> Placed:
    return Placed(column, 4, fret, before, after, tied)


@pytest.mark.parametrize(
    ("notes", "line"),
    [
        ([low_note(0, 5), low_note(2, 7, "h")], "5h7-----"),
        ([low_note(0, 5), low_note(4, 7, "/")], "5--/7---"),
        ([low_note(0, 12), low_note(3, 10, "p")], "12p10---"),
        ([low_note(1, 5, "(")], "(5)-----"),
        ([low_note(1, 12, "<")], "<12>----"),
        ([low_note(1, 5, "(", "b")], "(5b)----"),
        ([low_note(0, None), low_note(1, None)], "xx------"),
        ([low_note(0, 7, after="~")], "7~------"),
        ([low_note(0, 7, after="\\")], "7\\------"),
        ([low_note(4, 3, tied=True)], "----3==="),
        ([low_note(1, 12, "t")], "t12-----"),
    ],
)
def test_notes_and_marks_are_written_as_bassists_do(notes: list[Placed], line: str) -> None:
    assert low(*notes) == line


def test_a_mark_before_the_first_beat_stands_in_the_blank_column() -> None:
    layout = lay_out(STANDARD, [Bar(8, (low_note(0, 5, "("),)), Bar(8, (low_note(0, 7, "h"),))], ())
    tab = Tab(layout.systems)
    assert tab.systems[0].lines[-1] == "(5)------|h7-------|"
    assert [(note.onset, note.techniques) for note in timed_notes(tab)] == [(0, ("ghost note",)), (2, ("hammer-on",))]


@pytest.mark.parametrize(
    ("notes", "line"),
    [
        ([low_note(0, 5), low_note(1, 7, "h")], "57------"),  # no column between
        ([low_note(7, 5, after="~")], "-------5"),  # the bar line follows
        ([low_note(0, 7, after="b"), low_note(2, 9)], "7-9-----"),  # 7b9: bent up to the ninth fret
        ([low_note(0, 7, after="/"), low_note(2, 9)], "7-9-----"),  # 7/9: a slide to the ninth fret
        ([low_note(0, 7, after="/"), low_note(3, 9)], "7--9----"),  # 7/-9: the same
        ([low_note(0, 7, after="/"), low_note(3, 5)], "7/-5----"),  # out of the 7
        ([low_note(0, 7, after="\\"), low_note(3, 0)], "7\\-0----"),
        ([low_note(0, 19), low_note(3, 22), low_note(6, 21)], "19-22-21"),
        ([low_note(0, 7, after="~", tied=True)], "7~------"),  # a tie takes all columns to the bar line
        ([low_note(7, 7, tied=True)], "-------7"),
    ],
)
def test_a_mark_without_room_is_left_out(notes: list[Placed], line: str) -> None:
    assert low(*notes) == line


@pytest.mark.parametrize(
    "notes",
    [
        [low_note(0, 1), low_note(1, 2)],  # 12
        [low_note(0, 2), low_note(1, 2), low_note(2, 0)],  # 2, 20
        [low_note(0, 22)],  # 2, 2
        [low_note(0, 22), low_note(4, 9)],
        [low_note(0, 2), low_note(1, 2), low_note(4, 14)],  # 22, 14
        [low_note(0, 12), low_note(1, 5)],  # the second digit's column
        [low_note(7, 10)],  # over the bar line
        [low_note(3, 5), low_note(3, 7)],
        [low_note(8, 5)],
        [low_note(-1, 5)],
    ],
)
def test_frets_that_would_be_read_as_others_are_refused(notes: list[Placed]) -> None:
    with pytest.raises(NoRoomError):
        write(Bar(8, tuple(notes)), 4)


def test_a_usual_bar_of_odd_width_is_refused() -> None:
    with pytest.raises(NoRoomError, match="bar 1 of 5 columns would be read as of 6"):
        lay_out(STANDARD, [Bar(5, (low_note(0, 3),)), Bar(8)] + [Bar(5)] * 3)
    assert bar_lead(Tab(lay_out(STANDARD, [Bar(8), Bar(8), Bar(5)]).systems)) == 1


def test_a_bar_whose_second_digits_would_be_no_time_is_refused() -> None:
    dotted = tuple([low_note(column, 12) for column in (0, 3, 6, 9)])
    bars = [Bar(16)] * 4 + [Bar(20, dotted)]
    with pytest.raises(NoRoomError, match="bar 5 of 20 columns would be read as of 16"):
        lay_out(STANDARD, bars)
    on_beats = Bar(20, tuple([low_note(4 * number, 12) for number in range(4)]))
    assert beats(Tab(lay_out(STANDARD, [*bars[:4], on_beats]).systems)) == 21


def bars_a_system(*widths: int, breaks: tuple[int, ...] = ()) -> list[int]:
    return [len(system.bars) for system in lay_out(STANDARD, [Bar(width) for width in widths], breaks).systems]


def test_systems_hold_as_many_bars_as_their_lines_have_room_for() -> None:
    assert bars_a_system(*[16] * 9) == [4, 3, 2]
    assert bars_a_system(*[16] * 8) == [4, 4]
    assert bars_a_system(*[8] * 16) == [8, 8]
    assert bars_a_system(*[32] * 4) == [2, 2]
    assert bars_a_system(*[48] * 3) == [1, 1, 1]
    assert bars_a_system(16, 20, 16, 16, 16) == [3, 2]  # four would fit, but leave one alone
    assert bars_a_system(16, 40, 16, 16, 16) == [3, 2]
    assert bars_a_system(16) == [1]
    assert bars_a_system() == []


def test_systems_begin_where_they_are_asked_to() -> None:
    assert bars_a_system(*[16] * 8, breaks=(1, 3, 8)) == [1, 2, 3, 2]
    layout = lay_out(STANDARD, [Bar(16)] * 8, {5})
    assert layout.starts == (0, 3, 5)
    assert layout.place(6, 4) == (2, 18 + 1 + 4)


@st.composite
def placed_bars(draw: st.DrawFn) -> tuple[Tuning, list[Bar]]:
    """Bars of one usual even width and some others, full of notes, marks and ties."""
    tuning = draw(tunings())
    usual = 2 * draw(st.integers(2, 12))
    bars = []
    for number in range(draw(st.integers(1, 6))):
        width = usual if number % 2 == 0 else draw(st.integers(1, 24))
        places = st.tuples(st.integers(0, width - 1), st.integers(1, tuning.n_strings))
        notes = [
            Placed(
                column,
                string,
                draw(st.none() | st.integers(0, 24)),
                draw(st.sampled_from(["", "", *sorted(BEFORE)])),
                draw(st.sampled_from(["", "", *sorted(AFTER)])),
                draw(st.booleans()),
            )
            for column, string in draw(st.lists(places, max_size=8, unique=True))
        ]
        bars.append(Bar(width, tuple(notes)))
    return tuning, bars


@given(placed_bars(), st.sets(st.integers(0, 6)))
def test_what_is_written_is_what_is_read(music: tuple[Tuning, list[Bar]], breaks: set[int]) -> None:
    tuning, bars = music
    try:
        layout = lay_out(tuning, bars, breaks)
    except NoRoomError:
        return
    tab = Tab.parse(Tab(layout.systems).text)
    starts = [0, *itertools.accumulate(bar.width for bar in bars)]
    wanted = sorted(
        (start + note.column, note.string, note.fret or 0, note.techniques, tuning.pitches[note.string - 1])
        for start, bar in zip(starts, layout.bars, strict=False)
        for note in bar.notes
    )
    found = timed_notes(tab)
    assert [(n.onset * 4, n.string, n.fret, n.techniques, n.pitch - n.fret) for n in found] == wanted
    assert beats(tab) * 4 == starts[-1]
    assert {start for start in breaks if start < len(bars)} <= {*layout.starts}
    assert all(len(line) <= LINE_WIDTH for system in tab.systems for line in system.text.splitlines())


@given(placed_bars())
def test_no_note_is_lost_and_no_mark_made_up(music: tuple[Tuning, list[Bar]]) -> None:
    tuning, bars = music
    for bar in bars:
        try:
            written = write(bar, tuning.n_strings).bar
        except NoRoomError:
            continue
        asked = {(note.column, note.string): note for note in bar.notes}
        assert len(written.notes) == len(asked)
        for note in written.notes:
            wish = asked[note.column, note.string]
            assert replace(note, before=wish.before, after=wish.after, tied=wish.tied) == wish
            assert note.before in ("", wish.before)
            assert note.after in ("", wish.after)
            assert note.tied <= wish.tied


def test_ties_reach_into_the_next_bar() -> None:
    layout = lay_out(STANDARD, [Bar(8, (low_note(4, 3, tied=True),)), Bar(8, (low_note(4, 5),))])
    assert [(note.onset, note.duration) for note in timed_notes(Tab(layout.systems))] == [(1, 2), (3, 1)]


@given(tabs(), st.integers(0, 3))
def test_even_lines_hold_the_same_bars(tab: Tab, kept: int) -> None:
    found = in_even_lines(tab, kept)
    assert [bar for bar in found.bars if bar] == [bar for bar in tab.bars if bar]
    assert found.systems[:kept] == tab.systems[:kept]
    assert in_even_lines(found, kept) == found


def test_single_bars_become_lines_of_four() -> None:
    one = Tab.parse("G|-----------------|\nD|-----------------|\nA|-----------------|\nE|-3---3---3---3---|")
    found = in_even_lines(Tab(one.systems * 6), kept=1)
    assert [len(system.bar_spans) for system in found.systems] == [1, 4, 1]
