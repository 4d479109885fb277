"""Changes of tempo, and swing, reach every format that has them; text, which has none, says so."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.formats.clock import Clock
from basstab_hf.formats.gestures import gestures, length
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import Track
from basstab_hf.rhythm.tab_time import Tempo

HEAD = '\\tempo {}\n\\track "Bass"\n\\staff {{tabs}}\n\\tuning (G2 D2 A1 E1)\n\\instrument 33\n\\ts (4 4) '
NOTATION = [".gp5", ".musicxml", ".alphatex", ".mid"]
#: The tempo of each quarter note; 0: as before.
TEMPOS = st.lists(st.sampled_from([0, 0, 0, 0, 60, 90, 120, 200]), min_size=4, max_size=20)


def atex(tempos: list[int], *, signs: dict[int, str] | None = None, feel: str = "") -> str:
    """Bars of quarter notes, a note for each tempo; the first one is that of the piece."""
    beats = [f"3.4.4{{tempo {tempo}}}" if tempo else "3.4.4" for tempo in tempos]
    bars = [beats[start : start + 4] for start in range(0, len(beats), 4)]
    bars[-1] += ["r.4"] * (4 - len(bars[-1]))
    lines = [" ".join([(signs or {}).get(number, ""), *bar]) for number, bar in enumerate(bars)]
    return HEAD.format(tempos[0] or 100) + feel + " |\n".join(lines) + " |\n"


def read(text: str, folder: Path) -> Track:
    path = folder / "source.alphatex"
    path.write_text(text)
    return formats.read_track(path)


def settings_of(track: Track) -> WriteSettings:
    return WriteSettings(
        tempo=track.tempo or 100, columns_per_beat=track.columns_per_beat, time=track.time, marks=track.marks
    )


def sounding(track: Track, settings: WriteSettings | None = None) -> list[float]:
    """Onsets in seconds, and the length of the whole."""
    settings = settings or settings_of(track)
    return [
        *(round(gesture.onset, 3) for gesture in gestures(track.tab, settings)),
        round(length(track.tab, settings), 3),
    ]


@pytest.mark.parametrize("suffix", NOTATION)
@given(tempos=TEMPOS)
def test_notes_begin_when_they_do(tempos: list[int], suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    track = read(atex(tempos), folder)
    now, tempo, wanted = 0.0, tempos[0] or 100, []
    for change in [*tempos, *[0] * (-len(tempos) % 4)]:
        tempo = change or tempo
        wanted.append(round(now, 3))
        now += 60 / tempo
    expected = [*wanted[: len(tempos)], round(now, 3)]
    assert sounding(track) == expected
    path = folder / f"tempos{suffix}"
    assert not formats.write(track.tab, path, settings_of(track), force=True)
    assert sounding(formats.read_track(path)) == pytest.approx(expected, abs=2e-3)


def test_a_midi_player_hears_it(tmp_path: Path) -> None:
    track = read(atex([60, 0, 0, 0, 120, 0, 0, 0]), tmp_path)
    formats.write(track.tab, tmp_path / "tempos.mid", settings_of(track), force=True)
    now, onsets = 0.0, []
    for message in mido.MidiFile(tmp_path / "tempos.mid"):
        now += message.time
        if message.type == "note_on":
            onsets.append(round(now, 3))
    assert onsets == [0, 1, 2, 3, 4, 4.5, 5, 5.5]


def test_what_is_played_again_has_its_tempo_again(tmp_path: Path) -> None:
    track = read(atex([60, 0, 0, 0, 120, 0, 0, 0], signs={0: "\\ro", 1: "\\rc 2"}), tmp_path)
    assert sounding(track) == [0, 1, 2, 3, 4, 4.5, 5, 5.5, 6, 7, 8, 9, 10, 10.5, 11, 11.5, 12]


def test_another_tempo_moves_the_changes_too(tmp_path: Path) -> None:
    track = read(atex([60, 0, 0, 0, 120, 0, 0, 0]), tmp_path)
    twice = replace(settings_of(track), tempo=120)
    assert sounding(track, twice) == [0, 0.5, 1, 1.5, 2, 2.25, 2.5, 2.75, 3]


@given(tempos=TEMPOS, beats=st.lists(st.floats(-1, 25), max_size=8))
def test_the_clock_runs_both_ways(
    tempos: list[int], beats: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    track = read(atex(tempos), tmp_path_factory.getbasetemp())
    clock = Clock.of(track.tab, settings_of(track))
    assert [clock.beat(clock.seconds(beat)) for beat in beats] == pytest.approx(beats)
    assert sorted(map(clock.seconds, beats)) == [clock.seconds(beat) for beat in sorted(beats)]


@pytest.mark.parametrize("suffix", [".gp5", ".musicxml", ".alphatex", ".txt"])
def test_swing_stays_swing(suffix: str, tmp_path: Path) -> None:
    track = read(atex([100, 0, 0, 0] * 2, feel="\\tf triplet8th "), tmp_path)
    assert track.time.swing
    assert not track.remarks
    formats.write(track.tab, tmp_path / f"swing{suffix}", settings_of(track), force=True)
    assert formats.read_track(tmp_path / f"swing{suffix}").time.swing
    even = replace(settings_of(track), time=replace(track.time, swing=False))
    formats.write(track.tab, tmp_path / f"even{suffix}", even, force=True)
    assert not formats.read_track(tmp_path / f"even{suffix}").time.swing


def test_swing_of_a_few_bars_is_told(tmp_path: Path) -> None:
    text = atex([100, 0, 0, 0] * 4, signs={3: "\\tf triplet8th"})
    track = read(text, tmp_path)
    assert not track.time.swing
    assert track.remarks == ("swing is written as even notes: bar 4",)
    track = read(text.replace("triplet8th", "triplet16th"), tmp_path)
    assert track.remarks == ("swing of other notes than eighths is written as even notes: bar 4",)


def test_text_says_that_it_has_one_tempo(tmp_path: Path) -> None:
    track = read(atex([100, 0, 0, 0, 150, 0, 0, 0]), tmp_path)
    remarks = formats.write(track.tab, tmp_path / "tempos.txt", settings_of(track), force=True)
    assert remarks == ("one tempo is written, not its changes: 150 in bar 2",)


def test_another_grid_moves_the_changes_with_their_columns(tmp_path: Path) -> None:
    track = read(atex([60, 0, 120, 0]), tmp_path)
    time = track.time.on_another_grid(track.columns_per_beat / 2)
    settings = WriteSettings(tempo=60, columns_per_beat=track.columns_per_beat / 2, time=time)
    assert sounding(track, settings) == [0, 2, 4, 5, 6]
    assert not time.rests


@pytest.mark.parametrize("suffix", NOTATION)
def test_tempos_change_inside_notes_and_at_the_end_of_bars(suffix: str, tmp_path: Path) -> None:
    track = read(HEAD.format(100) + "3.4.1 | 3.4.1 | 3.4.1 |\n", tmp_path)
    changes = (Tempo(0, Fraction(5, 2), 150), Tempo(1, Fraction(4), 75))
    track = replace(track, time=replace(track.time, tempos=changes))
    assert sounding(track) == [0, 2.1, 3.7, 6.9]
    formats.write(track.tab, tmp_path / f"tempos{suffix}", settings_of(track), force=True)
    assert sounding(formats.read_track(tmp_path / f"tempos{suffix}")) == pytest.approx([0, 2.1, 3.7, 6.9], abs=2e-3)
