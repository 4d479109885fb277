"""Rests of a file reach every format that has them; text, which has none, says so."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.timed import silences
from basstab_hf.formats.track import Track

HEAD = (
    '\\title "Gaps"\n\\tempo 100\n\\track "Bass"\n\\staff {tabs}\n\\tuning (G2 D2 A1 E1)\n\\instrument 33\n\\ts (4 4) '
)
#: Bars as eighths: a note, what goes on, a rest; the first one begins with a note, so that no bar is left out.
BARS = st.lists(st.text("n-r", min_size=8, max_size=8), min_size=1, max_size=5).map(
    lambda bars: ["n" + bars[0][1:], *bars[1:]]
)


def atex(bars: list[str]) -> str:
    lines = []
    for bar in bars:
        beats: list[list[str | int]] = []
        for sign in bar:
            if sign == "-" and beats and beats[-1][0] == "n" and beats[-1][1] in (1, 3):
                beats[-1][1] = int(beats[-1][1]) + 1
            else:
                beats.append(["n" if sign == "n" else "r", 1])
        values = {1: ".8", 2: ".4", 3: ".4 {d}", 4: ".2"}
        lines.append(" ".join(("3.4" if sign == "n" else "r") + values[int(n)] for sign, n in beats))
    return HEAD + " |\n".join(lines) + " |\n"


def written(track: Track, path: Path) -> Track:
    settings = WriteSettings(
        tempo=track.tempo or 100, columns_per_beat=track.columns_per_beat, time=track.time, marks=track.marks
    )
    formats.write(track.tab, path, settings, force=True)
    return formats.read_track(path)


def spans(track: Track) -> list[tuple[float, float]]:
    """Onset and end of the notes, in beats."""
    from basstab_hf.tab.timing import notes_of

    bars = [bar for system in track.time.bars(track.tab, track.columns_per_beat) for bar in system]
    notes = notes_of(bars, track.columns_per_beat)
    return [(round(note.onset, 6), round(note.onset + note.duration, 6)) for note in notes]


@pytest.mark.parametrize("suffix", [".gp5", ".musicxml", ".alphatex", ".mid"])
@given(bars=BARS)
def test_notes_end_where_the_file_ends_them(
    bars: list[str], suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = tmp_path_factory.getbasetemp() / f"rests{suffix[1:]}.alphatex"
    source.write_text(atex(bars))
    track = formats.read_track(source)
    wanted = [(start, start + length) for number, bar in enumerate(bars) for start, length in sounding(bar, number * 4)]
    assert spans(track) == wanted
    assert spans(written(track, source.with_name(f"written{suffix}"))) == wanted


def sounding(bar: str, start: float) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    lasts = False
    for place, sign in enumerate(bar):
        if sign == "n":
            found.append((start + place / 2, 0.5))
        elif sign == "-" and lasts and found[-1][1] in (0.5, 1.5):
            found[-1] = (found[-1][0], found[-1][1] + 0.5)
        else:
            lasts = False
            continue
        lasts = True
    return found


def test_sound_stops_there(tmp_path: Path) -> None:
    source = tmp_path / "rests.alphatex"
    source.write_text(atex(["nrnrnrnr"]))
    track = formats.read_track(source)
    written(track, tmp_path / "rests.mid")
    now, lengths, begun = 0, [], 0
    for message in mido.MidiFile(tmp_path / "rests.mid").tracks[-1]:
        now += message.time
        if message.type == "note_on":
            begun = now
        elif message.type == "note_off":
            lengths.append(now - begun)
    assert lengths == [240] * 4  # of 480 ticks a beat


def test_text_says_that_it_has_none(tmp_path: Path) -> None:
    source = tmp_path / "rests.alphatex"
    source.write_text(atex(["nrnrnnn-"]))
    track = formats.read_track(source)
    settings = WriteSettings(columns_per_beat=track.columns_per_beat, time=track.time, marks=track.marks)
    remarks = formats.write(track.tab, tmp_path / "rests.txt", settings, force=True)
    assert [remark for remark in remarks if "rests" in remark] == [
        "rests, which a tab cannot say (a note lasts until the next), are left out: 2"
    ]
    assert formats.read_track(tmp_path / "rests.txt").time.n_rests == 0


def test_silence_begins_where_the_last_note_ends() -> None:
    played = [
        (Fraction(0), Fraction(3)),
        (Fraction(1), Fraction(2)),
        (Fraction(4), Fraction(8)),
        (Fraction(9), Fraction(10)),
    ]
    edges = [Fraction(4 * bar) for bar in range(4)]
    assert silences(played, edges) == [(3,), (), (2,)]
    assert silences([], edges) == [(), (), ()]
