"""What a text says of its grid: whatever is read comes back from our own text on the same onsets."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.cli import main
from basstab_hf.dataset import pieces, rows, sources
from basstab_hf.formats import text
from basstab_hf.formats.from_score import ReadBar, ReadNote, read_bars
from basstab_hf.formats.gestures import gestures
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.song_form import SongBar, SongForm
from basstab_hf.formats.track import Heading, Track
from basstab_hf.rhythm.count_row import count_names, count_parts
from basstab_hf.rhythm.form import NO_SIGN, playing_order
from basstab_hf.rhythm.tempo_words import in_words, read_words
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import STANDARD

SIGNATURES = {
    "4/4": Fraction(4),
    "3/4": Fraction(3),
    "6/8": Fraction(3),
    "7/8": Fraction(7, 2),
    "12/8": Fraction(6),
    "5/16": Fraction(5, 4),
    "2/2": Fraction(4),
}
#: Parts of a beat: sixteenths, triplets, quintuplets, thirty-seconds, triplets of sixteenths.
PARTS = (1, 2, 4, 4, 3, 5, 8, 6)
MARKS = ({}, {}, {}, {"leads": "hammer-on"}, {"slide_out": "up"}, {"bend": 2}, {"harmonic": True}, {"ghost": True})


@st.composite
def music(draw: st.DrawFn) -> list[ReadBar]:
    """Bars of one signature or two, perhaps behind a pickup, beats in any parts, frets of one and two digits."""
    names = draw(st.lists(st.sampled_from([*SIGNATURES]), min_size=1, max_size=2))
    lengths = [(name, SIGNATURES[name]) for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=6))]
    if draw(st.booleans()):
        lengths.insert(0, (names[0], draw(st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(3, 2)]))))
    bars = []
    for name, length in lengths:
        notes = []
        for beat in range(int(length)):
            parts = draw(st.sampled_from(PARTS))
            for place in draw(st.sets(st.integers(0, parts - 1), max_size=parts)):
                string, fret = draw(st.integers(1, 4)), draw(st.sampled_from([0, 1, 3, 5, 7, 9, 10, 12, 14, 17]))
                note = ScoreNote(string, fret, STANDARD.pitches[string - 1] + fret, **draw(st.sampled_from(MARKS)))
                notes.append(ReadNote(beat + Fraction(place, parts), Fraction(1, parts), note))
        bars.append(ReadBar(name, length, tuple(notes)))
    return bars


def onsets(track: Track) -> list[tuple[float, int, int, tuple[str, ...]]]:
    notes = timed_notes(track.tab, track.columns_per_beat, track.time.times)
    return [(round(note.onset, 5), note.string, note.fret, note.techniques) for note in notes]


def again(track: Track, width: int | None = None) -> Track:
    """A track as it is read from the text of it."""
    (found,) = text.read_tracks(text.printed(track.tab, width, track.time, track.marks).text.encode(), "x.txt").tracks
    return found


@given(music(), st.none() | st.integers(20, 90))
@settings(max_examples=50)
def test_notes_come_back_from_text_where_they_were(bars: list[ReadBar], width: int | None) -> None:
    track = read_bars(Heading(tempo=120.0), STANDARD, bars)
    starts = itertools.accumulate((bar.length for bar in bars), initial=Fraction(0))
    wanted = sorted(
        (round(float(start + note.onset), 5), note.note.string, note.note.fret)
        for start, bar in zip(starts, bars, strict=False)
        for note in bar.notes
    )
    # 5/16 among bars that count halves has no counts: fifths of a beat have no place then, which is told.
    assert [note[:3] for note in onsets(track)] == wanted or any("notes moved" in told for told in track.remarks)
    found = again(track, width)
    assert onsets(found) == onsets(track)
    assert (found.columns_per_beat, found.tempo) == (track.columns_per_beat, 120.0)


@pytest.mark.parametrize("suffix", [".gp5", ".musicxml", ".alphatex", ".mid"])
@given(bars=music())
@settings(max_examples=12)
def test_files_and_the_texts_of_them_sound_alike(tmp_path_factory, suffix: str, bars: list[ReadBar]) -> None:
    made = read_bars(Heading(tempo=120.0), STANDARD, bars)
    path = tmp_path_factory.getbasetemp() / f"song{suffix}"
    wanted = formats.WriteSettings(120.0, made.columns_per_beat, time=made.time)
    formats.write(made.tab, path, wanted, force=True)
    if not onsets(made):
        return
    track = formats.read_track(path)
    assert onsets(again(track)) == onsets(track)


@given(
    st.sampled_from(["", *SIGNATURES]),
    st.none() | st.integers(1, 96),
    st.none() | st.integers(2000, 40000).map(lambda hundredths: hundredths / 100),
    st.booleans(),
)
@example("5/16", 2, None, False)
def test_what_is_stated_is_read(signature: str, grid: int | None, tempo: float | None, swing: bool) -> None:
    words = in_words(signature, grid, tempo, swing=swing)
    found = text.read_tracks(f"{words}\n\nG|-5-|\nD|---|\nA|---|\nE|---|\n".encode(), "x.txt").tracks[0]
    stated = read_words([words])
    assert (stated.time_signature, stated.tempo, stated.swing) == (signature, tempo, swing)
    assert (found.time.time_signature, found.tempo, found.time.swing, found.time.grid) == (
        signature,
        tempo,
        swing,
        grid,
    )


@given(st.integers(1, 40), st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(2)]))
def test_the_names_of_counts_tell_how_many_there_are(quarters: int, unit: Fraction) -> None:
    parts = count_parts(Fraction(quarters, 4), unit)
    if parts is not None:
        names = count_names(Fraction(quarters, 4), unit, parts)
        assert len(names) == Fraction(quarters, 4) / unit * parts
        assert names[0] == "1"


def eighths(*frets: int) -> tuple[ReadNote, ...]:
    half = Fraction(1, 2)
    return tuple(ReadNote(place * half, half, ScoreNote(4, fret, 28 + fret)) for place, fret in enumerate(frets))


def test_only_the_bar_with_a_triplet_is_finer() -> None:
    third = Fraction(1, 3)
    triplet = tuple(ReadNote(place * third, third, ScoreNote(4, 5, 33)) for place in range(3))
    plain = ReadBar("4/4", Fraction(4), eighths(*[3] * 8))
    track = read_bars(Heading(), STANDARD, [plain, plain, plain, ReadBar("4/4", Fraction(4), triplet)])
    assert text.printed(track.tab, None, track.time, track.marks).text.splitlines() == [
        "4/4, 16 columns a bar",
        "",
        "                                                         1     2   3   4",
        "G|-----------------|-----------------|-----------------|-------------------|",
        "D|-----------------|-----------------|-----------------|-------------------|",
        "A|-----------------|-----------------|-----------------|-------------------|",
        "E|-3-3-3-3-3-3-3-3-|-3-3-3-3-3-3-3-3-|-3-3-3-3-3-3-3-3-|-5-5-5-------------|",
    ]


@given(st.lists(st.sampled_from([9, 10, 12, 14]), min_size=16, max_size=16))
@settings(max_examples=25)
def test_frets_of_two_digits_have_a_blank_between_them_and_bars_are_no_wider_than_48(frets: list[int]) -> None:
    quarter = Fraction(1, 4)
    notes = [ReadNote(place * quarter, quarter, ScoreNote(4, fret, 28 + fret)) for place, fret in enumerate(frets)]
    track = read_bars(Heading(), STANDARD, [ReadBar("4/4", Fraction(4), tuple(notes))] * 2)
    assert track.columns_per_beat == 4
    (line,) = {system.lines[-1] for system in track.tab.systems}
    assert not re.search(r"1\d\d|\d1\d", line)
    assert max(len(bar) for bar in track.tab.bars) <= 49
    assert onsets(again(track)) == onsets(track)


def test_rows_say_their_grid_and_the_bars_off_it(tmp_path: Path) -> None:
    third = Fraction(1, 3)
    triplet = tuple(ReadNote(place * third, third, ScoreNote(4, 5, 33)) for place in range(3))
    bars = [ReadBar("4/4", Fraction(4), eighths(*[3] * 8)), ReadBar("4/4", Fraction(4), triplet)]
    track = read_bars(Heading(tempo=90.0), STANDARD, bars)
    content = text.printed(track.tab, None, track.time, track.marks).text
    (piece,) = pieces.read(sources.Page("a.txt", content, suffix=".txt"))
    assert isinstance(piece, pieces.Piece)
    row = rows.row(piece, ())
    assert (row["columns_per_beat"], row["time_signature"], row["tempo"]) == (4, "4/4", 90.0)
    assert row["rhythm_confidence"] == 1.0
    assert row["off_grid"] == [{"bar": 1, "columns": [1, 7, 11, 15, 19], "beats": [0.0, 1.0, 2.0, 3.0, 4.0]}]


def test_a_tempo_and_a_grid_that_are_asked_for_are_stated(tmp_path: Path) -> None:
    source, target = tmp_path / "in.txt", tmp_path / "out.txt"
    source.write_text("G|-5-7-|\nD|-----|\nA|-----|\nE|-----|\n")
    assert main(["convert", str(source), str(target)]) == 0
    assert "columns" not in target.read_text()
    assert main(["convert", str(source), str(target), "--force", "--columns-per-beat", "2", "--tempo", "90"]) == 0
    assert target.read_text().startswith("2 columns a beat, ♩=90\n\n")


@st.composite
def forms(draw: st.DrawFn) -> tuple[list[SongBar], list[int]]:
    """Bars with repeats and endings, and the numbers of the bars in the order in which they are played."""
    bars: list[SongBar] = []
    order: list[int] = []
    four = Fraction(4)
    for _ in range(draw(st.integers(1, 4))):
        first, length, times = len(bars), draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 3]))
        endings = draw(st.booleans()) and times > 1
        body = [*range(first, first + length)]
        bars += [SongBar("4/4", four, opens=times > 1 and place == first) for place in body]
        if endings:
            bars += [SongBar("4/4", four, closes=2 * (time < times - 1), endings=1 << time) for time in range(times)]
            order += [number for time in range(times) for number in (*body, body[-1] + 1 + time)]
        else:
            bars[-1] = replace(bars[-1], closes=times if times > 1 else 0)
            order += body * times
    return bars, order


@given(forms())
def test_repeats_are_played_as_the_file_says_and_come_back_from_text(song: tuple[list[SongBar], list[int]]) -> None:
    bars, order = song
    form = SongForm(tuple(bars))
    read = [ReadBar("4/4", Fraction(4), eighths(*[number % 9] * 8)) for number in range(len(bars))]
    track = read_bars(Heading(), STANDARD, read, form)
    played = form.signs() or (NO_SIGN,) * len(bars)
    assert playing_order(played) == order
    found = again(track)
    assert playing_order(found.time.form or (NO_SIGN,) * len(bars)) == order
    assert onsets(found) == onsets(track)


@pytest.mark.parametrize(("fret", "pitch"), [(12, 12), (7, 19), (5, 24), (4, 28), (2, 2)])
def test_natural_harmonics_sound_where_they_sound(fret: int, pitch: int) -> None:
    note = ScoreNote(2, fret, STANDARD.pitches[1] + fret, harmonic=True)
    track = read_bars(Heading(), STANDARD, [ReadBar("4/4", Fraction(4), (ReadNote(Fraction(0), Fraction(1), note),))])
    (gesture,) = gestures(track.tab, formats.WriteSettings())
    assert gesture.pitch == STANDARD.pitches[1] + pitch
