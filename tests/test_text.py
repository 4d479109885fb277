"""Writing text of any width, with its title; reading it back."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab, formats
from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings, text
from basstab_hf.tab.timing import timed_notes
from tests.conftest import riff
from tests.strategies import tabs


@given(tabs(), st.integers(10, 100))
def test_broken_lines_hold_the_same_bars(tab: Tab, width: int) -> None:
    broken = text.wrapped(tab, width)
    assert broken.bars == tab.bars
    assert timed_notes(broken) == timed_notes(tab)
    assert "".join(line for system in broken.systems for line in system.lines[:1]) == "".join(
        line for system in tab.systems for line in system.lines[:1]
    )
    for system in broken.systems:
        assert len(system.text.splitlines()[0]) <= width or len(system.bar_spans) <= 1


@given(st.integers(0, 50), st.integers(20, 100), st.text(max_size=30), st.text(max_size=10))
def test_text_of_any_width_and_title_reads_back(number: int, width: int, title: str, artist: str) -> None:
    tab = replace(Tab.parse(riff(number)), title=title, artist=artist)
    back = text.parse(text.to_text(tab, width).encode(), "t.txt")
    assert back.bars == tab.bars
    assert back.tuning == tab.tuning


def test_title_and_artist_come_back(tmp_path: Path) -> None:
    tab = replace(Tab.parse(riff(1)), title='So "what" <b> & Co', artist="Me\nand\tYou")
    formats.write(tab, tmp_path / "t.txt", WriteSettings(text_width=40))
    lines = (tmp_path / "t.txt").read_text().splitlines()
    assert lines[:3] == ['Title: So "what" <b> & Co', "Artist: Me and You", ""]
    assert max(map(len, lines)) == 38
    back = formats.read(tmp_path / "t.txt")
    assert (back.title, back.artist, back.bars) == (tab.title, "Me and You", tab.bars)
    formats.write(replace(tab, title=""), tmp_path / "u.txt")
    assert (formats.read(tmp_path / "u.txt").title, formats.read(tmp_path / "u.txt").artist) == ("", "Me and You")


def test_a_title_that_would_change_the_tab_is_left_out(caplog) -> None:
    tab = replace(Tab.parse(riff(1)), title="Guitar Solo (standard guitar tuning EADGBE, for electric guitar)")
    written = text.to_text(tab)
    assert text.parse(written.encode(), "t.txt").systems == tab.systems


def test_a_bar_wider_than_the_line_is_told(tmp_path: Path, capsys) -> None:
    (tmp_path / "t.txt").write_text(riff(2))
    assert main(["convert", str(tmp_path / "t.txt"), str(tmp_path / "u.txt"), "--text-width", "12"]) == 0
    assert "stays whole: its lines have 20 characters, more than 12" in capsys.readouterr().err
    assert formats.read(tmp_path / "u.txt").bars == Tab.parse(riff(2)).bars
    with pytest.raises(InputError, match="choose 10 or more"):
        WriteSettings(text_width=9)
