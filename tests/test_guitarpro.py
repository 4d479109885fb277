"""Guitar Pro files: every file here is made by PyGuitarPro itself from music written for the test."""

import contextlib
import io
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import guitarpro
import pytest
from guitarpro import models as gp
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf import Tab, formats
from basstab_hf.errors import BasstabError, InputError, MissingExtraError
from basstab_hf.formats.guitarpro import MAX_BYTES, read_tracks
from basstab_hf.formats.track import Marks, Track
from basstab_hf.recognise.annotations import Chord
from basstab_hf.tab.timing import beats, timed_notes

VERSIONS = [(3, 0, 0), (4, 0, 6), (5, 0, 0), (5, 1, 0)]
EADG, BEADG = (43, 38, 33, 28), (43, 38, 33, 28, 23)
GUITAR = (64, 59, 55, 50, 45, 40)


def note(string, fret, kind="normal", **effects):
    return (string, fret, kind, effects)


def beat(value, *notes, dotted=False, tuplet=None, chord="", slap="none"):
    """One beat: its value (4 is a quarter) and its notes, none for a rest."""
    return (gp.Duration(value, dotted, gp.Tuplet(*(tuplet or (1, 1)))), notes, chord, slap)


def q(string, fret, kind="normal", **effects):
    return beat(4, note(string, fret, kind, **effects))


def e(string, fret, kind="normal", **effects):
    return beat(8, note(string, fret, kind, **effects))


def s(string, fret, kind="normal", **effects):
    return beat(16, note(string, fret, kind, **effects))


REST = beat(1)


def song(*bars, tuning=EADG, name="Bass", program=33, tempo=120, signatures=None, second=None, capo=0):
    """A song of one track; `signatures` by bar, a bar number from 0; `second` is the second voice."""
    made = gp.Song(title="Walk", artist="Nobody", tempo=tempo)
    for _ in bars[1:]:
        made.newMeasure()
    signature = (4, 4)
    start = gp.Duration.quarterTime
    for number, header in enumerate(made.measureHeaders):
        signature = (signatures or {}).get(number, signature)
        header.timeSignature = gp.TimeSignature(signature[0], gp.Duration(signature[1]))
        header.start = start
        start += header.length
    track = made.tracks[0]
    track.name, track.offset = name, capo
    track.strings = [gp.GuitarString(number, pitch) for number, pitch in enumerate(tuning, start=1)]
    track.channel = gp.MidiChannel(instrument=program)
    fill(track, bars, 0)
    if second:
        fill(track, second, 1)
    return made


def fill(track, bars, voice):
    for measure, music in zip(track.measures, bars, strict=True):
        now = measure.start
        for duration, notes, chord, slap in music if isinstance(music, list) else [music]:
            made = gp.Beat(measure.voices[voice], duration=duration, start=now, status=gp.BeatStatus.normal)
            if not notes:
                made.status = gp.BeatStatus.rest
            if chord:
                made.effect.chord = gp.Chord(len(track.strings), name=chord, firstFret=1)
            made.effect.slapEffect = gp.SlapEffect[slap]
            for string, fret, kind, effects in notes:
                made.notes.append(
                    gp.Note(made, value=fret, string=string, type=gp.NoteType[kind], effect=gp.NoteEffect(**effects))
                )
            measure.voices[voice].beats.append(made)
            now += duration.time


def to_bytes(made, version=(5, 1, 0)):
    stream = io.BytesIO()
    guitarpro.write(made, stream, version=version)
    return stream.getvalue()


def read(made, version=(5, 1, 0)) -> Track:
    tracks = read_tracks(to_bytes(made, version), "song.gp5")
    assert tracks.refused == ()
    (track,) = tracks.tracks
    return track


def played(track: Track):
    return [
        (note.onset, note.string, note.fret, note.techniques)
        for note in timed_notes(track.tab, track.columns_per_beat, track.time.times)
    ]


RIFF = [e(4, 3), e(4, 3), e(3, 5), e(2, 5), q(3, 3), e(4, 0), e(4, 1)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_riff_reads_as_a_bass_tab(version) -> None:
    track = read(song(RIFF, [q(4, 3), beat(4), beat(2, note(2, 12), note(4, 10))]), version)
    assert track.tab.text.splitlines() == [
        "G|-----------------|-----------------|",
        "D|-------5---------|---------12------|",
        "A|-----5---3-------|-----------------|",
        "E|-3-3---------0-1-|-3-------10------|",
    ]
    assert (track.tab.title, track.tab.artist, track.name) == ("Walk", "Nobody", "Bass")
    assert (track.tempo, track.time_signature, track.columns_per_beat) == (120.0, "4/4", 4)
    assert track.marks == (Marks(),)


MARKED = [
    ([e(4, 5, hammer=True), e(4, 7)], [(0, 4, 5, ()), (0.5, 4, 7, ("hammer-on",))]),
    ([e(4, 7, hammer=True), e(4, 5)], [(0, 4, 7, ()), (0.5, 4, 5, ("pull-off",))]),
    ([e(4, 5, slides=[gp.SlideType.shiftSlideTo]), e(4, 9)], [(0, 4, 5, ()), (0.5, 4, 9, ("slide",))]),
    ([e(4, 9, vibrato=True), e(3, 9)], [(0, 4, 9, ("vibrato",)), (0.5, 3, 9, ())]),
    ([beat(8), e(2, 12, harmonic=gp.NaturalHarmonic())], [(0.5, 2, 12, ("harmonic",))]),
    ([e(4, 3), e(4, 3, "dead")], [(0, 4, 3, ()), (0.5, 4, 0, ("dead note",))]),
    ([e(4, 3), e(4, 1, ghostNote=True)], [(0, 4, 3, ()), (0.5, 4, 1, ("ghost note",))]),
    ([e(4, 3), e(4, 0, "dead", ghostNote=True)], [(0, 4, 3, ()), (0.5, 4, 0, ("ghost note", "dead note"))]),
]
BEND = gp.BendEffect(gp.BendType.bend, 100, [gp.BendPoint(0, 0), gp.BendPoint(12, 4)])
MARKED_FROM_4 = [
    ([e(1, 7, bend=BEND)], [(0, 1, 7, ("bend",))]),
    ([e(1, 7, slides=[gp.SlideType.outDownwards])], [(0, 1, 7, ("slide",))]),
    ([e(1, 7), e(1, 9, slides=[gp.SlideType.intoFromBelow])], [(0, 1, 7, ()), (0.5, 1, 9, ("slide",))]),
    ([e(1, 7), beat(8, note(1, 9), slap="tapping")], [(0, 1, 7, ()), (0.5, 1, 9, ("tap",))]),
    ([e(1, 7), beat(8, note(1, 9), slap="slapping")], [(0, 1, 7, ()), (0.5, 1, 9, ())]),
    (
        [beat(8), e(1, 9, grace=gp.GraceEffect(fret=7, transition=gp.GraceEffectTransition.slide))],
        [(0.5, 1, 9, ("slide",))],
    ),
    (
        [beat(8), e(1, 7, grace=gp.GraceEffect(fret=9, transition=gp.GraceEffectTransition.hammer))],
        [(0.5, 1, 7, ("pull-off",))],
    ),
    ([beat(8), e(1, 7, grace=gp.GraceEffect(fret=5))], [(0.5, 1, 7, ())]),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("music", "wanted"), MARKED)
def test_techniques_are_kept(music, wanted, version) -> None:
    if any("slides" in effects for _, notes, _, _ in music for *_, effects in notes) and version == (3, 0, 0):
        music = [*music[:1], *music[1:]]  # version 3 knows one kind of slide, this one
    if any("vibrato" in effects or "harmonic" in effects for _, notes, _, _ in music for *_, effects in notes):
        version = max(version, (4, 0, 6))  # PyGuitarPro does not write these of single notes for version 3
    assert played(read(song([*music, beat(2, dotted=True)]), version)) == wanted


@pytest.mark.parametrize("version", VERSIONS[1:])
@pytest.mark.parametrize(("music", "wanted"), MARKED_FROM_4)
def test_techniques_that_version_4_brought_are_kept(music, wanted, version) -> None:
    assert played(read(song([*music, beat(2, dotted=True)]), version)) == wanted


def test_a_hammer_on_between_sixteenths_gets_a_column_of_its_own() -> None:
    track = read(song([s(4, 5, hammer=True), s(4, 7), e(4, 5), q(4, 5), q(4, 5), q(4, 5)]))
    assert track.columns_per_beat == 4
    assert track.tab.text.splitlines()[-1] == "E|-5h7-5---5---5---5---|"


def test_one_hammer_on_in_thirty_does_not_double_the_lines() -> None:
    eighths = [e(4, 5, hammer=True), e(4, 7)] * 4
    fast = [s(4, 5, hammer=True), s(4, 7), e(4, 5), q(4, 5), q(4, 5), q(4, 5)]
    track = read(song(*[eighths] * 8, fast))
    assert track.columns_per_beat == 4
    assert sum("hammer-on" in techniques for *_, techniques in played(track)) == 33


def test_hammer_ons_go_over_the_bar_line_but_not_to_the_same_fret() -> None:
    music = song([q(4, 5), q(4, 5), q(4, 5, hammer=True), q(4, 5, hammer=True)], [q(4, 7), beat(2, dotted=True)])
    assert [techniques for *_, techniques in played(read(music))] == [(), (), (), (), ("hammer-on",)]


@pytest.mark.parametrize("version", VERSIONS)
def test_ties_hold_notes_and_cross_the_bar_line(version) -> None:
    bars = [[q(4, 3), q(4, 0, "tie"), q(3, 5), e(3, 5), e(2, 7)], [e(2, 0, "tie"), e(2, 5), beat(2, dotted=True)]]
    track = read(song(*bars), version)
    assert [
        (note.onset, note.duration, note.string, note.fret)
        for note in timed_notes(track.tab, track.columns_per_beat, track.time.times)
    ] == [(0, 2, 4, 3), (2, 1, 3, 5), (3, 0.5, 3, 5), (3.5, 1, 2, 7), (4.5, 3.5, 2, 5)]


def test_a_tie_over_a_rest_is_struck_again_and_a_tie_to_nothing_is_silent() -> None:
    track = read(song([q(3, 0, "tie"), q(4, 3), beat(4), q(4, 0, "tie")]))
    assert played(track) == [(1, 4, 3, ()), (3, 4, 3, ())]


def test_two_voices_are_merged() -> None:
    high = [q(1, 7), q(1, 9), beat(2, note(1, 7))]
    low = [beat(2, note(4, 5)), beat(4, note(1, 2)), q(4, 3)]
    low[1] = beat(4, note(1, 2))
    assert played(read(song(high, second=[low]))) == [
        (0, 1, 7, ()),
        (0, 4, 5, ()),
        (1, 1, 9, ()),
        (2, 1, 7, ()),
        (3, 4, 3, ()),
    ]


@pytest.mark.parametrize(
    ("music", "columns_per_beat"),
    [
        ([e(4, 3)] * 8, 4),
        ([beat(8, note(4, 3), dotted=True), s(4, 3)] * 4, 4),
        ([beat(32, note(4, 3))] * 2 + [s(4, 3), e(4, 3), q(4, 3), beat(2, note(4, 3))], 8),
        ([beat(8, note(4, 3), tuplet=(3, 2))] * 12, 6),
        ([beat(8, note(4, 3), tuplet=(3, 2))] * 3 + [beat(32, note(4, 3))] * 8 + [beat(2, note(4, 3))], 4),
        ([beat(64, note(4, 3))] * 4 + [beat(16), e(4, 3), q(4, 3), beat(2, note(4, 3))], 4),
    ],
)
def test_the_coarsest_grid_that_tells_the_rhythm_is_chosen(music, columns_per_beat) -> None:
    track = read(song(music))
    assert track.columns_per_beat == columns_per_beat
    onsets, now = [], Fraction(0)
    for duration, notes, *_ in music:
        onsets += [float(now)] if notes else []
        now += Fraction(duration.time) / 960
    assert [onset for onset, *_ in played(track)] == pytest.approx(onsets)


def test_quintuplets_get_columns_of_their_own() -> None:
    fives = [beat(16, note(4, 3), tuplet=(5, 4))] * 5
    thirds = [beat(8, note(4, 5), tuplet=(3, 2))] * 3
    track = read(song([*fives, *thirds, beat(2, note(4, 3))]))
    thirds = [1, 1 + 1 / 3, 1 + 2 / 3]
    assert [onset for onset, *_ in played(track)] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, *thirds, 2])


def test_bars_of_any_metre_and_empty_bars_keep_their_length() -> None:
    bars = [beat(1), [q(4, 1)], [e(4, 3)] * 7, beat(1), [q(4, 5)] * 3, beat(1)]
    track = read(song(*bars, signatures={0: (4, 4), 1: (1, 4), 2: (7, 8), 4: (3, 4)}))
    assert [len(bar) - 1 for bar in track.tab.bars] == [16, 4, 14, 14, 12]  # silence behind the last note is gone
    assert [onset for onset, *_ in played(track)] == [4, *(5 + step / 2 for step in range(7)), 12, 13, 14]
    assert track.time_signature == "7/8"
    assert beats(track.tab) == 4 + 1 + 3.5 + 3.5 + 3


@pytest.mark.parametrize(("beats_", "unit", "columns_per_beat"), [(5, 16, 8), (7, 32, 16)])
def test_odd_bars_get_a_finer_grid_rather_than_another_rhythm(beats_, unit, columns_per_beat) -> None:
    track = read(song(*[[beat(unit, note(4, 3))] * beats_] * 3, signatures={0: (beats_, unit)}))
    assert track.columns_per_beat == columns_per_beat
    assert [onset for onset, *_ in played(track)] == [step * 4 / unit for step in range(3 * beats_)]


def test_what_an_overfull_bar_has_beyond_its_end_is_left_out() -> None:
    track = read(song([q(4, fret) for fret in range(1, 7)], [q(4, 9)] * 4))
    assert [(onset, fret) for onset, _, fret, _ in played(track)] == [
        (0, 1),
        (1, 2),
        (2, 3),
        (3, 4),
        *((4 + n, 9) for n in range(4)),
    ]


def test_sections_repeats_and_endings_get_systems_of_their_own() -> None:
    made = song(*[RIFF] * 8)
    headers = made.measureHeaders
    headers[0].marker = gp.Marker("Verse  1")
    headers[1].isRepeatOpen, headers[3].repeatClose = True, 1
    headers[3].repeatAlternative, headers[4].repeatAlternative = 1, 2
    headers[6].marker = gp.Marker("Chorus")
    headers[6].isRepeatOpen, headers[7].repeatClose = True, 3
    track = read(made)
    assert [
        (marks.section, marks.repeats, len(system.bars))
        for marks, system in zip(track.marks, track.tab.systems, strict=True)
    ] == [
        ("Verse 1", 1, 1),
        ("Verse 1", 2, 2),
        ("Verse 1", 1, 1),
        ("Verse 1", 1, 2),
        ("Chorus", 4, 2),
    ]


def test_a_repeat_without_a_beginning_goes_back_to_the_start() -> None:
    made = song(*[RIFF] * 3)
    made.measureHeaders[1].repeatClose = 2
    assert [marks.repeats for marks in read(made).marks] == [3, 1]


def test_chord_names_stand_over_their_columns() -> None:
    music = [beat(2, note(4, 3), chord="Gm7"), beat(2, note(3, 3), chord="C")]
    track = read(song(RIFF, music))
    assert track.marks == (Marks(chords=(Chord(19, "Gm7"), Chord(27, "C"))),)
    column = track.tab.systems[0].columns[27]
    assert column == "--3-"


@pytest.mark.parametrize(
    ("tuning", "word"),
    [
        (EADG, "GDAE"),
        ((43, 38, 33, 26), "GDAD"),
        ((42, 37, 32, 27), "GbDbAbEb"),
        ((42, 37, 32, 25), "F#C#G#C#"),
        ((41, 36, 31, 24), "FCGC"),
        ((38, 33, 28, 23), "DAEB"),
        (BEADG, "GDAEB"),
        ((48, 43, 38, 33, 28), "CGDAE"),
        ((48, 43, 38, 33, 28, 23), "CGDAEB"),
        ((48, 43, 38, 33), "CGDA"),
    ],
)
def test_tunings_are_those_of_the_file(tuning, word) -> None:
    track = read(song([q(len(tuning), 3)] * 4, tuning=tuning))
    assert track.tab.tuning.word == word
    assert {note.pitch for note in timed_notes(track.tab)} == {tuning[-1] + 3}


def test_a_capo_counts_as_frets() -> None:
    assert [fret for _, _, fret, _ in played(read(song([q(4, 0), q(4, 3), q(4, 0, "tie"), beat(4)], capo=2)))] == [2, 5]


def several(*tracks):
    """One song of the tracks of several."""
    first, *others = tracks
    for other in others:
        track = other.tracks[0]
        track.song, track.number = first, len(first.tracks) + 1
        track.channel.channel = track.channel.effectChannel = len(first.tracks) + 1
        first.tracks.append(track)
    return first


def test_every_bass_and_nothing_else_is_read() -> None:
    bar = [q(4, 3)] * 4
    drums = song(bar, name="Bass drum", program=0)
    drums.tracks[0].isPercussionTrack = True
    made = several(
        song(bar, tuning=GUITAR, name="Guitar", program=29),
        song(bar, name="Slap Bass", program=25),  # by its name
        song(bar, tuning=GUITAR[2:], name="Banjo", program=105),
        song(bar, name="Track 4", program=38),  # by its program
        song(bar, name="Track 5", program=25),  # by its strings
        song(bar, tuning=(52, 45, 40, 36), name="Cello", program=42),
        song(bar, tuning=(60, 55, 50, 45), name="Bassoon", program=70),
        song(bar, tuning=(59, 54, 50, 45, 40, 35), name="Baritone", program=29),
        drums,
    )
    tracks = read_tracks(to_bytes(made), "song.gp5")
    assert [track.name for track in tracks.tracks] == ["Slap Bass", "Track 4", "Track 5"]
    assert tracks.refused == ()


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: song([q(1, 90)] * 4), "broken frets (> 24)"),
        (lambda: song(REST), "no notes"),
        (lambda: song([q(3, 1)] * 4, tuning=(43, 38, 33)), "not 4 to 6 strings"),
        (lambda: song([q(3, 1)] * 4, tuning=(28, 33, 38, 43)), "a tuning that no bass has"),
        (lambda: song([q(3, 1)] * 4, tuning=GUITAR), "out of the range of a bass"),
        (lambda: song(*[[q(4, 1)]] * 300, signatures={0: (127, 1)}), "too long"),
        (lambda: song([q(4, 1)], signatures={0: (0, 4)}), "bars of no length"),
    ],
)
def test_basses_that_cannot_be_written_are_refused_with_a_reason(made: Callable[[], gp.Song], reason) -> None:
    tracks = read_tracks(to_bytes(made()), "song.gp5")
    assert tracks.tracks == ()
    assert tracks.refused == (reason,)


def test_notes_too_close_to_each_other_are_left_out_and_told() -> None:
    track = read(song([beat(64, note(4, 12), tuplet=(13, 8))] * 16))
    assert 12 < len(played(track)) < 16
    assert len(track.remarks) == 2
    assert re.match(r"notes moved, .*: bar 1, beat 1.04 \(fret 12 of string 4 to beat 1.04\)", track.remarks[0])
    assert re.match("notes left out, .*: bar 1, beat 1.*too close", track.remarks[1])


@pytest.mark.parametrize(
    ("wrong", "goal"), [((4, 25), (3, 20)), ((2, 22), (1, 17)), ((4, 22), (3, 17)), ((1, 26), (1, 14)), ((1, 90), None)]
)
def test_one_note_that_cannot_be_said_is_moved_or_left_out_and_told(wrong, goal) -> None:
    track = read(song([q(3, 1)] * 4, [q(3, 1), q(*wrong), q(3, 1), q(3, 1)]))
    notes = [(onset, string, fret) for onset, string, fret, _ in played(track)]
    assert [one for one in notes if one[0] == 5] == ([(5, *goal)] if goal else [])
    assert len(notes) == 7 + bool(goal)
    where = f"bar 2, beat 2 (fret {wrong[1]} of string {wrong[0]}"
    told = f"moved, since a tab cannot say them: {where} to fret {goal[1]} of string {goal[0]})" if goal else ""
    assert track.remarks == (f"notes {told or f'left out, since a tab cannot say them: {where})'}",)


@st.composite
def riffs(draw):
    """Bars of 4/4 in sixteenths and longer, or in triplets, on any strings, with two notes at once here and there."""
    bars = []
    for _ in range(draw(st.integers(1, 4))):
        triplets = draw(st.booleans())
        music = []
        for _ in range(4):
            values = draw(st.sampled_from([[8, 8, 8]] if triplets else [[4], [8, 8], [16] * 4, [8, 16, 16]]))
            for value in values:
                frets = st.integers(0, 24).filter(lambda fret: fret != 22)
                strings = draw(st.lists(st.integers(1, 4), max_size=2, unique=True))
                notes = [note(string, draw(frets)) for string in strings]
                music.append(beat(value, *notes, tuplet=(3, 2) if triplets else None))
        bars.append(music)
    return bars


@given(riffs(), st.sampled_from(VERSIONS))
@settings(max_examples=60)
def test_onsets_strings_frets_and_pitches_are_those_of_the_file(bars, version) -> None:
    wanted, now = [], Fraction(0)
    for duration, notes, *_ in (beat for bar in bars for beat in bar):
        wanted += [
            (float(now), string, fret, EADG[string - 1] + fret)
            for string, fret, *_ in sorted(notes, key=lambda n: n[0])
        ]
        now += Fraction(duration.time) / 960
    tracks = read_tracks(to_bytes(song(*bars), version), "song.gp5")
    if not wanted:
        assert tracks.refused == ("no notes",)
        return
    (track,) = tracks.tracks
    found = timed_notes(Tab.parse(track.tab.text), track.columns_per_beat, track.time.times)
    assert [(note.string, note.fret, note.pitch) for note in found] == [entry[1:] for entry in wanted]
    assert [note.onset for note in found] == pytest.approx([onset for onset, *_ in wanted])
    assert read_tracks(to_bytes(song(*bars), version), "song.gp5") == tracks


def test_files_are_converted(tmp_path: Path) -> None:
    (tmp_path / "song.gp4").write_bytes(to_bytes(song(RIFF), (4, 0, 6)))
    assert formats.read(tmp_path / "song.gp4") == read(song(RIFF)).tab


def test_files_without_a_bass_are_told(tmp_path: Path) -> None:
    path = tmp_path / "song.gp5"
    path.write_bytes(to_bytes(song([q(4, 3)] * 4, tuning=GUITAR, name="Guitar", program=29)))
    with pytest.raises(InputError, match=r"song\.gp5 holds no bass track: "):
        formats.read(path)
    path.write_bytes(to_bytes(song([q(1, 90)] * 4)))
    with pytest.raises(InputError, match=r"cannot be written as a tab: bar 1, beat 1 \(fret 90 of string 1\)"):
        formats.read(path)


def test_names_in_other_encodings_are_read() -> None:
    made = song(RIFF)
    made.title, made.artist = "Grüße", "a\x81b"
    stream = io.BytesIO()
    guitarpro.write(made, stream, version=(5, 1, 0), encoding="latin-1")
    (track,) = read_tracks(stream.getvalue(), "song.gp5").tracks
    assert (track.tab.title, track.tab.artist) == ("Grüße", "a b")
    made.title, made.artist = "Grüße".encode().decode("latin-1"), ""
    stream = io.BytesIO()
    guitarpro.write(made, stream, version=(5, 1, 0), encoding="latin-1")
    assert read_tracks(stream.getvalue(), "song.gp5").tracks[0].tab.title == "Grüße"


def test_without_pyguitarpro_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "guitarpro", None)
    with pytest.raises(MissingExtraError, match=r"basstab-hf\[export\]"):
        read_tracks(b"", "song.gp5")


@pytest.mark.parametrize(
    "content", [b"", b"\x1eFICHIER GUITAR PRO v5.10", b"Dear all, no tab today." * 9, b"\x00" * 500]
)
def test_files_of_another_kind_are_told_in_one_line(content) -> None:
    with pytest.raises(InputError, match=r"song\.gp5 is no readable Guitar Pro 3 to 5 file") as error:
        read_tracks(content, "song.gp5")
    assert "\n" not in str(error.value)


def test_files_too_large_are_told() -> None:
    with pytest.raises(InputError, match="up to"):
        read_tracks(b"\0" * (MAX_BYTES + 1), "song.gp5")


WHOLE = {
    version: to_bytes(song(RIFF, [q(4, 3, hammer=True), q(4, 5), q(4, 5, bend=BEND), q(4, 0, "tie")]), version)
    for version in VERSIONS
}


@given(
    st.sampled_from(VERSIONS),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=6),
    st.none() | st.integers(0, 4000),
)
@settings(max_examples=150)
def test_broken_files_give_tabs_or_one_line(version, changes, cut) -> None:
    content = bytearray(WHOLE[version])
    for place, value in changes:
        content[place % len(content)] = value
    try:
        tracks = read_tracks(bytes(content[:cut]), "song.gp5")
    except BasstabError as error:
        assert "\n" not in str(error)
        return
    for track in tracks.tracks:
        assert Tab.parse(track.tab.text).systems == track.tab.systems


def claiming(count: int, instead_of: int, before: bytes = b"") -> bytes:
    """A file of seven bars of nine beats that claims another number of something, with megabytes of zeros to read."""
    whole = to_bytes(song(*[[s(4, 1)] * 9] * 7))
    place = whole.rindex(instead_of.to_bytes(4, "little") + before)
    return whole[:place] + count.to_bytes(4, "little") + whole[place + 4 :] + b"\0" * 3_000_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (claiming(1_000_000, 7, b"\1\0\0\0"), "1,000,000 bars"),
        (claiming(2**31 - 1, 7, b"\1\0\0\0"), "2,147,483,647 bars"),
        (claiming(5_000, 7, b"\1\0\0\0"), "readable"),
        (claiming(1_000_000, 9), "1,000,000 beats in one bar"),
        (claiming(256, 9), None),
    ],
)
def test_counts_that_no_song_has_do_not_take_minutes(content, message) -> None:
    with pytest.raises(InputError, match=message) if message else contextlib.nullcontext():
        read_tracks(content, "song.gp5")


def test_many_bars_and_tracks_are_refused_before_they_are_read() -> None:
    whole = to_bytes(song(*[RIFF] * 1000))
    place = whole.index((1000).to_bytes(4, "little"))
    with pytest.raises(InputError, match="bars in all tracks"):
        read_tracks(whole[: place + 4] + (1000).to_bytes(4, "little") + whole[place + 8 :], "song.gp5")


def test_empty_bars_behind_the_last_note_are_told() -> None:
    walk = [q(4, 0), q(4, 0), q(4, 0), q(4, 0)]
    (track,) = read_tracks(to_bytes(song(walk, [REST], walk, [REST], [REST])), "song.gp5").tracks
    assert len(track.tab.bars) == 3
    assert track.remarks == ("empty bars behind the last note are left out: 2",)
