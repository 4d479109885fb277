"""Tab -> file -> tab: the same notes, whatever the tab."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.errors import BasstabError
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.rhythm import to_grid
from basstab_hf.formats.timed import TimedBar, TimedNote
from basstab_hf.tab.layout import lay_out
from basstab_hf.tab.time_map import TimeMap
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import STANDARD
from basstab_hf.tab.values import Tab
from tests.strategies import steady_tabs, systems, tunings, widened

SUFFIXES = (".alphatex", ".gp5", ".musicxml")


def notes(tab: Tab, columns_per_beat: float, times: TimeMap = ()) -> Counter[tuple[float, int, int]]:
    """Onset from the first one, string, fret: a file may leave out silence before the first note."""
    found = timed_notes(tab, columns_per_beat, times)
    return Counter((round(note.onset - found[0].onset, 4), note.string, note.fret) for note in found)


@st.composite
def tabs(draw: st.DrawFn) -> Tab:
    tuning = draw(tunings())
    return Tab(tuple(draw(st.lists(systems(tuning), min_size=1, max_size=3))))


DOTTED = tuple(TimedNote(Fraction(3 * place, 4), 4, 12) for place in range(4))


@st.composite
def bars_of_other_widths(draw: st.DrawFn) -> list[TimedBar]:
    """Bars of four beats, and some longer by as many sixteenths as they have frets of two digits."""
    bars = [TimedBar(Fraction(4))] * 4
    for _ in range(draw(st.integers(1, 3))):
        places = draw(st.sets(st.integers(0, 7), min_size=1, max_size=6))
        shift = draw(st.integers(0, 1))
        notes = [TimedNote(Fraction(2 * place + shift, 4), draw(st.integers(1, 4)), 12) for place in sorted(places)]
        bars.append(TimedBar(4 + Fraction(len(notes), 4), tuple(notes)))
    return bars


@given(bars_of_other_widths())
@example([TimedBar(Fraction(4))] * 4 + [TimedBar(Fraction(5), DOTTED)])
def test_long_bars_with_frets_of_two_digits_are_written_so_that_they_are_read_as_long(bars: list[TimedBar]) -> None:
    gridded = to_grid(STANDARD, bars)
    layout = lay_out(STANDARD, gridded.bars)
    tab = Tab(layout.systems)
    starts = itertools.accumulate((bar.length for bar in bars), initial=Fraction(0))
    wanted = [start + note.onset for start, bar in zip(starts, bars, strict=False) for note in bar.notes]
    assert [note.onset for note in timed_notes(tab, gridded.columns_per_beat, layout.times)] == wanted


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(tab=tabs() | steady_tabs().map(widened), columns_per_beat=st.sampled_from([1, 2, 3, 4, 4, 4, 6, 8, 12]))
def test_notes_survive(tmp_path_factory: pytest.TempPathFactory, suffix: str, tab: Tab, columns_per_beat: int) -> None:
    path = tmp_path_factory.getbasetemp() / f"tab{suffix}"
    settings = WriteSettings(columns_per_beat=columns_per_beat)
    if not tab.bars:
        with pytest.raises(BasstabError, match="no bars"):
            formats.write(tab, path, settings, force=True)
        return
    remarks = formats.write(tab, path, settings, force=True)
    if not timed_notes(tab):
        return
    track = formats.read_track(path)
    if not remarks:
        assert notes(track.tab, track.columns_per_beat, track.time.times) == notes(tab, columns_per_beat)
    assert track.tab.tuning.pitches == tab.tuning.pitches


@st.composite
def high_bars(draw: st.DrawFn) -> list[TimedBar]:
    """Bars of frets 12 to 24 on one string or two, each with one that is not 22."""
    bars = []
    for _ in range(draw(st.integers(1, 3))):
        strings = draw(st.sampled_from([(1,), (1, 2)]))
        frets = draw(st.lists(st.sampled_from([12, 17, 19, 21, 22, 22, 22, 24]), min_size=1, max_size=7))
        played = [(place, draw(st.sampled_from(strings)), fret) for place, fret in enumerate(frets)]
        notes = [TimedNote(Fraction(place, 1), string, fret) for place, string, fret in (*played, (len(frets), 1, 19))]
        bars.append(TimedBar(Fraction(8), tuple(notes)))
    return bars


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(bars=high_bars())
def test_fret_twenty_two_survives_among_high_ones(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, bars: list[TimedBar]
) -> None:
    gridded = to_grid(STANDARD, bars)
    tab = Tab(lay_out(STANDARD, gridded.bars).systems)
    wanted = [(note.string, note.fret) for bar in bars for note in bar.notes]
    assert [(note.string, note.fret) for note in timed_notes(tab)] == wanted
    path = tmp_path_factory.getbasetemp() / f"high{suffix}"
    formats.write(tab, path, WriteSettings(columns_per_beat=gridded.columns_per_beat), force=True)
    assert [(note.string, note.fret) for note in timed_notes(formats.read_track(path).tab)] == wanted


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("columns_per_beat", [1, 2, 3, 4, 6, 8, 12])
def test_bars_come_back_as_they_were(tmp_path: Path, suffix: str, columns_per_beat: int) -> None:
    width = 4 * columns_per_beat
    rows = {"G": "0-", "D": "--5", "A": "7" + "-" * (width - 2) + "5", "E": ""}
    text = "\n".join(f"{label}|-{row.ljust(width, '-')[:width]}|" for label, row in rows.items())
    tab = Tab.parse(text)
    for twice in ("a", "b"):
        formats.write(tab, tmp_path / f"{twice}{suffix}", WriteSettings(columns_per_beat=columns_per_beat))
        track = formats.read_track(tmp_path / f"{twice}{suffix}")
        assert track.columns_per_beat == columns_per_beat
        assert track.tab.bars == tab.bars
        tab = track.tab
