"""Sections, chords and rests at the start travel from one format into the next."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.formats import text
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.table import reader_of
from basstab_hf.formats.track import Beside, Heading, Track, to_track
from basstab_hf.recognise import recognise_tabs
from basstab_hf.tab.layout import Bar, Placed
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import System, Tab

NAMES = ("Intro", "Verse 1", "Chorus", "Bridge", "Outro")
CHORDS = ("Am", "F#m7", "Bb", "Cmaj7", "G7/B")


def song(bars) -> Track:
    """Bars of 4/4 in sixteenths: the section that begins, chords by column, notes by column."""
    placed, beside, part, section = [], [], 0, ""
    for name, chords, columns in bars:
        part, section = part + bool(name), name or section
        placed.append(Bar(16, tuple(Placed(column, 3, 3 + column % 4) for column in columns)))
        beside.append(Beside("4/4", part, section, 1, tuple(sorted(chords.items()))))
    return to_track(Heading("Song", "", "Bass", 100.0), STANDARD, placed, beside, 4)


SONG = song(
    [
        ("Intro", {}, ()),
        ("", {}, ()),
        ("Verse 1", {0: "Am", 8: "F#m7"}, (0, 4, 6, 10)),
        ("", {0: "Bb"}, (2, 4)),
        ("Chorus", {0: "Cmaj7", 8: "G7/B"}, (0,)),
    ]
)


def written(track: Track) -> WriteSettings:
    return WriteSettings(track.tempo, track.columns_per_beat, time=track.time, marks=track.marks)


def seen(track: Track):
    """Notes, and what stands over the bars, with its place in beats."""
    notes = [(note.onset, note.pitch) for note in timed_notes(track.tab, track.columns_per_beat, track.time.times)]
    sections, chords, start, section = [], [], 0, ""
    for system, beside in zip(track.tab.systems, track.marks, strict=True):
        if beside.section != section:
            section = beside.section
            sections.append((start, section))
        for chord in beside.chords:
            first = max(begin for begin, _ in system.bar_spans if begin <= chord.column or begin == 1)
            bar = [begin for begin, _ in system.bar_spans].index(first)
            chords.append((start + 4 * bar + max(chord.column - first - 1, 0) / 4, chord.name))
        start += 4 * len(system.bar_spans)
    return notes, sections, chords


@pytest.mark.parametrize("suffix", [".txt", ".html", ".gp5", ".musicxml", ".alphatex"])
def test_sections_chords_and_rests_come_back(tmp_path, suffix) -> None:
    path = tmp_path / f"song{suffix}"
    remarks = formats.write(SONG.tab, path, written(SONG))
    assert remarks == ()
    (track,) = reader_of(path).read_tracks(path.read_bytes(), "song").tracks
    assert seen(track) == seen(SONG)
    assert track.remarks == ()


def test_midi_holds_sections_and_tells_of_chords(tmp_path) -> None:
    path = tmp_path / "song.mid"
    remarks = formats.write(SONG.tab, path, written(SONG))
    assert remarks == ("chord names that the format has no place for are left out: 5",)
    (track,) = reader_of(path).read_tracks(path.read_bytes(), "song").tracks
    assert seen(track)[:2] == seen(SONG)[:2]


def test_what_is_no_chord_is_told_by_musicxml(tmp_path) -> None:
    track = song([("", {0: "N.C.", 8: "Am"}, (0, 8))])
    remarks = formats.write(track.tab, tmp_path / "song.musicxml", written(track))
    assert remarks == ("chord names that the format has no place for are left out: 1",)


@st.composite
def songs(draw):
    """Bars with rests in front, sections, and chords over the first and third beat."""
    bars = [("", {}, ())] * draw(st.integers(0, 3))
    for _ in range(draw(st.integers(1, 4))):
        chords = draw(st.dictionaries(st.sampled_from([0, 8]), st.sampled_from(CHORDS)))
        columns = draw(st.lists(st.integers(0, 15), min_size=1, max_size=6, unique=True))
        bars.append((draw(st.sampled_from(["", *NAMES])), chords, tuple(sorted(columns))))
    return song(bars)


@given(songs())
@settings(max_examples=40)
def test_text_keeps_sections_chords_and_rests(track: Track) -> None:
    made = text.printed(track.tab, None, track.time, track.marks)
    assert made.remarks == ()
    (back,) = text.read_tracks(made.text.encode(), "song").tracks
    assert seen(back) == seen(track)


@pytest.mark.parametrize("labels", ["BGDAE", "EBGDAE"])
def test_a_bass_tuned_as_a_guitar_says_so_and_is_read_back(labels) -> None:
    lines = tuple("-3---5---3---5---|" for _ in labels)
    tab = Tab((System(Tuning.parse(labels), lines),), title="Song")
    made = text.to_text(tab)
    assert f"Bass tuning: {' '.join(reversed(labels))}\n" in made
    assert text.parse(made.encode(), "song") == tab
    for words in ("Tuning: ", "Guitar tuning: ", "Bass guitar tuning: ", "Bass: EADG, guitar tuning: "):
        other = made.replace("Bass tuning: ", words)
        assert not recognise_tabs(other).systems
