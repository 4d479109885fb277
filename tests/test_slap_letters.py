"""Slap and pop: letters below a system, in front of a fret, and marks of notes in every format that has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.formats.gestures import gestures
from basstab_hf.formats.score import to_score
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import Track
from basstab_hf.recognise.annotations import slap_letters
from basstab_hf.rhythm.form import NO_SIGN, Sign

HEAD = '\\track "Bass"\n\\staff {tabs}\n\\tuning (G2 D2 A1 E1)\n\\instrument 33\n\\ts (4 4) '
BEATS = {"S": "3.4.8{s}", "P": "5.2.8{p}", "-": "3.3.8", "r": "r.8"}
#: Bars of eighths: slapped, popped, neither, rests; the first note sounds.
BARS = st.lists(st.text("SP-r", min_size=8, max_size=8), min_size=1, max_size=9).map(
    lambda bars: ["S" + bars[0][1:], *bars[1:]]
)


def read(bars: list[str], path: Path) -> Track:
    path.write_text(HEAD + "".join(" ".join(BEATS[sign] for sign in bar) + " |\n" for bar in bars))
    return formats.read_track(path)


def settings_of(track: Track) -> WriteSettings:
    return WriteSettings(columns_per_beat=track.columns_per_beat, time=track.time, marks=track.marks)


def struck(track: Track) -> str:
    score = to_score(track.tab, settings_of(track))
    notes = [note for bar in score.bars for beat in bar.beats for note in beat.notes if not note.tied]
    return "".join({"slap": "S", "pop": "P", "": "-"}[note.struck] for note in notes)


@pytest.mark.parametrize("suffix", [".gp5", ".musicxml", ".alphatex", ".txt"])
@given(bars=BARS)
def test_letters_survive(bars: list[str], suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    track = read(bars, folder / "slap.alphatex")
    wanted = "".join(bars).replace("r", "")
    assert struck(track) == wanted
    assert not track.remarks
    path = folder / f"slap{suffix}"
    formats.write(track.tab, path, settings_of(track), force=True)
    found = formats.read_track(path)
    assert found.tab.systems == track.tab.systems
    assert found.columns_per_beat == track.columns_per_beat
    assert struck(found) == wanted


def test_letters_stand_below_their_notes(tmp_path: Path) -> None:
    track = read(["S-P-SSPP"], tmp_path / "slap.alphatex")
    formats.write(track.tab, tmp_path / "slap.txt", settings_of(track), force=True)
    lines = (tmp_path / "slap.txt").read_text().splitlines()
    assert lines[-5:] == [
        "G|-----------------|",
        "D|-----5-------5-5-|",
        "A|---3---3---------|",
        "E|-3-------3-3-----|",
        "   S   P   S S P P",
    ]
    (row,) = track.marks[0].rows
    assert [letter for _, letter in slap_letters(row)] == list("SPSSPP")


def test_letters_are_heard_again_in_a_repeat(tmp_path: Path) -> None:
    """Where notes are as they are written, and a column beside their letter."""
    track = read(["S-P-SSPP", "PS------"], tmp_path / "slap.alphatex")
    settings = replace(settings_of(track), time=replace(track.time, form=(Sign(opens=True, closes=2), NO_SIGN)))
    wanted = "S-P-SSPP" * 2 + "PS------"
    assert "".join({"slap": "S", "pop": "P", "": "-"}[one.struck] for one in gestures(track.tab, settings)) == wanted
    shifted = tuple(
        replace(marks, rows=tuple(replace(row, column=row.column - 1) for row in marks.rows)) for marks in track.marks
    )
    assert [one.struck for one in gestures(track.tab, replace(settings, marks=shifted))] == [
        one.struck for one in gestures(track.tab, settings)
    ]


def test_letters_in_front_of_frets_are_read(tmp_path: Path) -> None:
    path = tmp_path / "slap.txt"
    path.write_text("G|-----P5--|\nD|---------|\nA|---------|\nE|-S3----3-|\n")
    assert struck(formats.read_track(path)) == "SP-"
