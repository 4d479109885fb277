"""What stands beside the systems of a text is printed again, and read as the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.cli import main
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.text import read_tracks
from basstab_hf.formats.track import Marks, Track
from basstab_hf.recognise import RecognisedSystem, recognise_tabs
from basstab_hf.recognise.annotations import Chord

BARS = ("3---5---7---8---", "5---5---3---1---", "0-0-0-0-3---2---")
SECTIONS = st.sampled_from(["", "[Verse 1]", "Chorus:", "Припев", "間奏", "Toistuva osa:", "{start_of_tab: Riff}"])
CHORDS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["Am", "C/G", "E7", "F#m7", "N.C."])), max_size=5)
COUNTS = st.sampled_from(["", "1 . 2 . 3 . 4 . ", "1 & 2 & 3 & 4 &  1 & 2 & 3 & 4 &", "1   2   3   4    1   2"])
SLAPS = st.sampled_from(["", "S   P   S   P", "S P S P          S P", "  T   S"])
VALUES = st.sampled_from(["", "Q   Q   Q   Q", "e e e e Q"])
LABELS = st.sampled_from([("G|", "D|", "A|", "E|"), ("  G |", "  D |", "  A |", "  E |"), ("G:|", "D:|", "A:|", "E:|")])


@st.composite
def pages(draw: st.DrawFn) -> str:
    """Systems under headings, some of which stand directly above, with rows over and under them."""
    page = []
    for _ in range(draw(st.integers(1, 4))):
        labels = draw(LABELS)
        bars = draw(st.lists(st.sampled_from(BARS), min_size=1, max_size=3))
        blank = "|".join("-" * 16 for _ in bars)
        lines = [label + body + "|" for label, body in zip(labels, (blank, blank, blank, "|".join(bars)), strict=True)]
        chords = ""
        for gap, name in draw(CHORDS):
            chords += " " * (gap + bool(chords)) + name
        margin = " " * draw(st.integers(0, len(labels[0])))
        above = [margin + row for row in (chords, draw(VALUES), draw(COUNTS)) if row]
        below = [margin + row for row in (draw(SLAPS),) if row]
        heading = draw(SECTIONS)
        between = [""] if draw(st.booleans()) else []
        page += [*([heading, *between] if heading else []), *above, *lines, *below, ""]
    return "\n".join(page) + "\n"


def beside(found: RecognisedSystem) -> object:
    own = found.annotations
    signs = [
        [(place - row.column, sign) for place, sign in enumerate(row.text) if sign != " "] + [row.distance < 0]
        for row in own.printed
    ]
    words = [(text or "").split() for text in (own.counts, own.rhythm, own.slaps)]
    return found.lines, found.section, own.chords, own.heads_section, words, signs


def converted(page: str, folder: Path, width: int | None = None) -> str:
    source, target = folder / "a.txt", folder / "b.txt"
    source.write_text(page)
    track = formats.read_track(source)
    settings = WriteSettings(time=track.time, marks=track.marks, text_width=width)
    formats.write(track.tab, target, settings, force=True)
    return target.read_text()


@given(pages())
def test_the_same_is_read_from_what_is_written(tmp_path_factory: pytest.TempPathFactory, page: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    written = converted(page, folder)
    before, after = (recognise_tabs(text).systems for text in (page, written))
    assert [beside(found) for found in before] == [beside(found) for found in after]
    assert converted(written, folder) == written


@given(pages(), st.integers(20, 60))
def test_wrapped_lines_take_their_chords_along(tmp_path_factory: pytest.TempPathFactory, page: str, width: int) -> None:
    written = converted(page, tmp_path_factory.getbasetemp(), width)
    before, after = (recognise_tabs(text).systems for text in (page, written))
    assert places(before) == places(after)


def places(systems: tuple[RecognisedSystem, ...]) -> list[tuple[int, str, str | None]]:
    """Chords by their columns in the whole tab."""
    found, start = [], 0
    for system in systems:
        found += [(start + chord.column, chord.name, system.section) for chord in system.chords]
        start += len(system.repaired_lines[0])
    return found


PAGE = """Title: Song

[Verse 1]  x2
   Am      F    H7
   1 & 2 & 3 &
G|--------5-7-|--------5-7-|
D|----5-7-----|----5-7-----|
A|--5---------|--5---------|
E|5-----------|5-----------|
   S  P  S P

Cantiga:
G|--------5-7-| x3
D|----5-7-----|
A|--5---------|
E|5-----------|
"""
WRITTEN = """Title: Song

[Verse 1]
    Am      F
    1 & 2 & 3 &
G|:--------5-7-|--------5-7-:|
D|:----5-7-----|----5-7-----:|
A|:--5---------|--5---------:|
E|:5-----------|5-----------:|
    S  P  S P

[Cantiga]
G|--------5-7-| x3
D|----5-7-----|
A|--5---------|
E|5-----------|
"""


def test_signs_of_repeats_move_what_stands_over_the_columns(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE)
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]) == 0
    assert (tmp_path / "b.txt").read_text() == WRITTEN
    again = read_tracks(WRITTEN.encode(), "b").first("b")
    first = read_tracks(PAGE.encode(), "a").first("a")
    assert again.time.form == first.time.form
    assert [mark.section for mark in again.marks] == ["Verse 1", "Cantiga"]


def written(tmp_path: Path, *marks: Marks) -> tuple[str, tuple[str, ...]]:
    track: Track = read_tracks(PAGE.encode(), "a").first("a")
    tab = replace(track.tab, systems=track.tab.systems[: len(marks)], title="")
    told = formats.write(tab, tmp_path / "c.txt", WriteSettings(marks=marks), force=True)
    return (tmp_path / "c.txt").read_text(), told


def test_what_cannot_be_kept_is_told_once(tmp_path: Path) -> None:
    chords = (Chord(0, "Am"), Chord(1, "F"), Chord(4, "???"), Chord(8, "G"))
    page, told = written(tmp_path, Marks("a--b", 3, chords), Marks("a--b", 3))
    assert page.startswith("  Am      G\nG|--")
    assert told == (
        "2 chord names are left out: they have no room or would not be read",
        "1 section names are left out: they would not be read back",
        "2 systems repeated; text prints them once",
    )


def test_nothing_makes_another_tab_of_it(tmp_path: Path) -> None:
    bare, _ = written(tmp_path, Marks())
    page, told = written(tmp_path, Marks("Guitar solo (standard guitar tuning EADGBE, for electric guitar)"))
    assert recognise_tabs(page).tab.systems == recognise_tabs(bare).tab.systems
    assert (page == bare) == bool(told)
