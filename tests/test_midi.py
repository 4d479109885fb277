"""Reading MIDI files: every file here is made by mido or by our own writer from music written for the test."""

import io
import itertools
from dataclasses import replace
from pathlib import Path

import mido
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from basstab_hf import Tab, formats
from basstab_hf.cli import main
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats import WriteSettings, midi
from basstab_hf.formats.midi_notes import MAX_BYTES
from basstab_hf.formats.track import Track
from basstab_hf.tab.layout import Bar, NoRoomError, Placed, lay_out
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import Tuning
from tests.conftest import riff

TICKS = 480
BASS, PIANO = 33, 0


def line(*notes, channel=0, program=BASS, name=None, extra=()):
    """A track of (onset, length, pitch) in beats; `extra` are (beat, message) pairs."""
    events = [(round(at * TICKS), message) for at, message in extra]
    for onset, length, pitch in notes:
        events.append((round(onset * TICKS), mido.Message("note_on", channel=channel, note=pitch, velocity=90)))
        events.append((round((onset + length) * TICKS), mido.Message("note_off", channel=channel, note=pitch)))
    track = mido.MidiTrack()
    if name is not None:
        track.append(mido.MetaMessage("track_name", name=name))
    if program is not None:
        track.append(mido.Message("program_change", channel=channel, program=program))
    now = 0
    for tick, message in sorted(events, key=lambda event: (event[0], event[1].type == "note_on")):
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def to_bytes(*tracks, kind=1, ticks=TICKS):
    file = mido.MidiFile(type=kind, ticks_per_beat=ticks)
    file.tracks.extend(tracks)
    stream = io.BytesIO()
    file.save(file=stream)
    return stream.getvalue()


def read(*tracks, **options) -> Track:
    found = midi.read_tracks(to_bytes(*tracks, **options), "song.mid")
    assert found.refused == ()
    (track,) = found.tracks
    return track


def played(track: Track):
    return [(note.onset, note.pitch) for note in timed_notes(track.tab, track.columns_per_beat, track.time.times)]


def run(*pitches, step=0.5, length=None, start=0.0):
    return [(start + place * step, length or step, pitch) for place, pitch in enumerate(pitches)]


def signature(beat, beats, unit):
    return (beat, mido.MetaMessage("time_signature", numerator=beats, denominator=unit))


WALK = run(31, 33, 35, 36, 38, 36, 35, 33)


def test_a_bass_line_reads_as_a_bass_tab() -> None:
    track = read(line(*WALK, name="Bass", extra=[(0, mido.MetaMessage("set_tempo", tempo=500_000))]))
    assert track.tab.text.splitlines() == [
        "G|-----------------|",
        "D|-----------------|",
        "A|-------3-5-3-2-0-|",
        "E|-3-5-7-----------|",
    ]
    assert played(track) == [(onset, pitch) for onset, _, pitch in WALK]
    assert (track.name, track.tempo, track.time_signature, track.columns_per_beat) == ("Bass", 120.0, "4/4", 4)


def test_every_bass_part_and_nothing_else_is_read() -> None:
    conductor = mido.MidiTrack([mido.MetaMessage("track_name", name="Song")])
    file = to_bytes(
        conductor,
        line(*WALK, channel=1, program=PIANO, name="Piano"),
        line(*WALK, channel=2, program=39, name="Synth"),
        line(*WALK, channel=3, program=None, name="My Bass Part"),
        line(*WALK, channel=9, program=BASS, name="Bass drum"),
        line(*WALK, channel=4, program=70, name="Bassoon"),
    )
    tracks = midi.read_tracks(file, "song.mid")
    assert [(track.name, track.tab.title) for track in tracks.tracks] == [("Synth", "Song"), ("My Bass Part", "Song")]


def test_channels_of_one_track_are_told_apart() -> None:
    both = mido.merge_tracks([line(*WALK, channel=1), line(*run(60, 64, 67), channel=0, program=PIANO)])
    assert played(read(both, kind=0)) == [(onset, pitch) for onset, _, pitch in WALK]


def test_a_program_chosen_in_another_track_counts() -> None:
    conductor = mido.MidiTrack([mido.Message("program_change", channel=5, program=34)])
    assert len(played(read(conductor, line(*WALK, channel=5, program=None)))) == 8


def test_most_notes_decide_where_the_program_changes() -> None:
    change = [(3, mido.Message("program_change", program=PIANO))]
    assert len(played(read(line(*WALK, extra=change)))) == 8
    change = [(1, mido.Message("program_change", program=PIANO))]
    assert midi.read_tracks(to_bytes(line(*WALK, extra=change)), "song.mid").tracks == ()


def test_human_timing_moves_to_sixteenths() -> None:
    late = [
        (onset + shift, 0.4, pitch)
        for (onset, _, pitch), shift in zip(WALK, itertools.cycle((0.03, -0.02, 0.05)), strict=False)
    ]
    assert played(read(line((0.0, 0.4, 31), *late[1:]))) == [(onset, pitch) for onset, _, pitch in WALK]


def test_triplets_get_six_columns_a_beat() -> None:
    track = read(line(*run(31, 33, 35, 36, 38, 36, step=1 / 3), *run(31, 33, start=2)))
    assert track.columns_per_beat == 6
    assert [round(onset * 12) for onset, _ in played(track)] == [0, 4, 8, 12, 16, 20, 24, 30]


def test_thirty_seconds_get_eight_columns_a_beat() -> None:
    track = read(line(*run(*[31, 33] * 8, step=1 / 8)))
    assert track.columns_per_beat == 8
    assert len(played(track)) == 16


def test_a_grace_note_in_the_column_of_another_is_left_out() -> None:
    walk = [
        (onset, length, pitch) for bar in range(4) for onset, length, pitch in run(31, 33, 35, 36, 38, start=4 * bar)
    ]
    assert (0, 30) not in played(read(line(*walk, (15.9, 0.1, 30), (16, 1, 31))))


@pytest.mark.parametrize(
    ("pitches", "word"),
    [
        ((28, 40), "GDAE"),
        ((27, 40), "GbDbAbEb"),
        ((26, 40), "GDAD"),
        ((25, 40), "GDAEB"),
        ((23, 40), "GDAEB"),
        ((23, 69), "CGDAEB"),
    ],
)
def test_the_bass_is_the_smallest_that_reaches_the_notes(pitches, word) -> None:
    track = read(line(*run(*pitches, step=1)))
    assert track.tab.tuning == Tuning.parse(word)
    assert [pitch for _, pitch in played(track)] == [*pitches]


@pytest.mark.parametrize(("pitches", "moved"), [((72, 76, 79), -12), ((16, 20, 21), 12), ((90, 95), -24)])
def test_a_part_written_elsewhere_is_moved_by_octaves(pitches, moved) -> None:
    assert [pitch for _, pitch in played(read(line(*run(*pitches))))] == [pitch + moved for pitch in pitches]


def test_a_part_wider_than_any_bass_is_refused() -> None:
    tracks = midi.read_tracks(to_bytes(line(*run(20, 100))), "song.mid")
    assert (tracks.tracks, tracks.refused) == ((), ("out of the range of a bass",))


def test_notes_that_have_no_room_on_any_grid_are_refused() -> None:
    notes = run(*[67] * 12, step=1 / 8)  # fret 24 of the highest string, two digits each
    tracks = midi.read_tracks(to_bytes(line((0, 1, 23), *run(*[72] * 24, step=1 / 40, start=1), *notes)), "song.mid")
    assert tracks.refused == ("rhythm too fine for a tab",)


def test_double_stops_under_one_hand_are_kept_others_go_octaves_down_or_leave_their_lowest_note() -> None:
    chords = [(0, 1, 31), (0, 1, 38), (0, 1, 43), (1, 1, 33), (1.02, 1, 60), (2, 1, 28), (2, 1, 29)]
    track = read(line(*chords))
    assert played(track) == [(0, 43), (0, 38), (0, 31), (1, 48), (1, 33), (2, 28)]
    assert track.remarks == (
        "notes moved, since a tab cannot say them: bar 1, beat 2.02 (C4, out of the hand's reach, to C3)",
        "notes left out, since a tab cannot say them: bar 1, beat 3 (F1, out of the hand's reach)",
    )


@pytest.mark.parametrize("event", [b"\xff\x59\x02\x03\xff", b"\xff\x59\x02\x08\x00", b"\xff\x58\x02\x04\x02"])
def test_a_key_or_time_signature_that_makes_no_sense_does_not_cost_the_file(event) -> None:
    content = to_bytes(line(*run(31, 33), name="Bass"))
    place = content.index(b"MTrk") + 4
    length = int.from_bytes(content[place : place + 4]) + len(event) + 1
    damaged = content[:place] + length.to_bytes(4) + b"\x00" + event + content[place + 4 :]
    (track,) = midi.read_tracks(damaged, "song.mid").tracks
    assert played(track) == [(0, 31), (0.5, 33)]


def test_a_double_stop_goes_to_other_strings_where_it_has_no_room() -> None:
    notes = [(0, 0.25, 53), *run(41, 51, 41, 48, step=0.25)]  # fret 10 of the octave would run into fret 8
    track = read(line(*notes))
    assert played(track) == [(0, 53), *((place / 4, pitch) for place, pitch in enumerate((41, 51, 41, 48)))]
    assert (track.columns_per_beat, track.remarks) == (4, ())


def test_bars_follow_the_time_signatures() -> None:
    changes = [signature(0, 3, 4), signature(6, 7, 8), signature(9.5, 0, 4), signature(9.5, 4, 4)]
    track = read(line(*run(*[31] * 18, step=1), extra=changes))
    assert [len(bar) - 1 for bar in track.tab.bars] == [12, 12, 14, 16, 16]
    assert [onset for onset, _ in played(track)] == [*range(18)]
    assert track.time_signature == "3/4"  # of most bars


def test_a_signature_in_the_middle_of_a_bar_cuts_it() -> None:
    track = read(line(*run(*[31] * 9, step=1), extra=[signature(1, 4, 4)]))
    assert [len(bar) - 1 for bar in track.tab.bars] == [4, 16, 16]


def test_bars_of_odd_width_get_a_finer_grid() -> None:
    track = read(line(*run(*[31] * 10, step=0.25), extra=[signature(0, 5, 16)]))
    assert track.columns_per_beat == 8
    assert [onset for onset, _ in played(track)] == [step / 4 for step in range(10)]


def test_rests_before_a_part_are_kept_unless_it_enters_late() -> None:
    track = read(line(*run(31, 33, start=41)))
    assert [len(bar) - 1 for bar in track.tab.bars] == [16] * 11
    assert [onset for onset, _ in played(track)] == [41, 41.5]
    assert track.remarks == ()
    track = read(line(*run(31, 33, start=81)))
    assert [len(bar) - 1 for bar in track.tab.bars] == [16]
    assert [onset for onset, _ in played(track)] == [1, 1.5]
    assert track.remarks == ("empty bars before the first note are left out: 20, bar 21 comes first",)


def test_an_echo_of_short_notes_is_not_joined_with_its_part() -> None:
    sixteenths = run(*[31, 43, 31, 33] * 16, step=0.25)
    echo = [(onset + 1 / 32, length, pitch) for onset, length, pitch in sixteenths]
    found = midi.read_tracks(to_bytes(line(*sixteenths), line(*echo, channel=1)), "song.mid")
    assert [len(played(track)) for track in found.tracks] == [64, 64]


def test_changes_of_tempo_are_kept_and_markers_name_sections() -> None:
    conductor = mido.MidiTrack()
    for bars, tempo_, name in ((0, 100, "Intro"), (2, 150, "Verse"), (1, 96, ""), (1, 80, "Outro")):
        conductor.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo_), time=bars * 4 * 480))
        conductor.append(mido.MetaMessage("marker", text=name))
    track = read(conductor, line(*run(*[31] * 12, step=1, start=8)))
    assert track.tempo == 150
    assert [(change.bar, change.onset, change.tempo) for change in track.time.tempos] == [
        *[(0, 0, 100), (2, 0, 150)],
        *[(3, 0, 96), (4, 0, 80)],
    ]
    assert not track.remarks
    assert [beside.section for beside in track.marks] == ["Intro", "Verse", "Outro"]
    assert [len(system.bar_spans) for system in track.tab.systems] == [2, 2, 1]


def test_notes_held_over_the_bar_line_are_tied() -> None:
    track = read(line((3, 2, 31), (5, 1, 33), (7.5, 0.5, 35), (8, 1, 36)))
    notes = timed_notes(track.tab)
    assert [(note.onset, note.duration) for note in notes] == [(3, 2), (5, 2.5), (7.5, 0.5), (8, 4)]
    assert "=" in track.tab.text


def test_notes_without_an_end_are_read() -> None:
    track = mido.MidiTrack([mido.Message("program_change", program=33), mido.Message("note_on", note=31, velocity=90)])
    assert played(read(track)) == [(0, 31)]


def test_tempos_beyond_music_are_none() -> None:
    assert read(line(*WALK, extra=[(0, mido.MetaMessage("set_tempo", tempo=1))])).tempo is None
    assert read(line(*WALK)).tempo is None


@st.composite
def bass_tabs(draw) -> Tab:
    """Tabs in one voice on every usual tuning of four or five strings, as a player would finger them."""
    tuning = Tuning.parse(draw(st.sampled_from(["GDAE", "GDAD", "GDAEB", "GbDbAbEb"])))
    bars = []
    for _ in range(draw(st.integers(1, 5))):
        columns = sorted(draw(st.sets(st.integers(0, 7), max_size=6)))
        notes = [
            Placed(
                2 * column, draw(st.integers(1, tuning.n_strings)), draw(st.integers(0, 12)), tied=draw(st.booleans())
            )
            for column in columns
        ]
        bars.append(Bar(16, tuple(notes)))
    try:
        return Tab(lay_out(tuning, bars).systems, title="Mine")
    except NoRoomError:  # 11 and 1 would read as three notes
        reject()


@given(bass_tabs())
@settings(max_examples=80)
def test_what_our_writer_wrote_is_read_back(tab: Tab) -> None:
    stream = io.BytesIO()
    midi.to_midi(tab, WriteSettings()).save(file=stream)
    found = midi.read_tracks(stream.getvalue(), "song.mid")
    wanted = timed_notes(tab)
    if not wanted:
        assert found.tracks == ()
        return
    for lowest in (28, 27, 26):  # of GDAE, GbDbAbEb, GDAD
        below = sum(note.pitch < lowest for note in wanted)
        assume(not below or below > 0.05 * len(wanted))  # fewer do not decide the tuning
    (track,) = found.tracks
    notes = timed_notes(Tab.parse(track.tab.text), track.columns_per_beat, track.time.times)
    assert [(note.onset, note.pitch) for note in notes] == [(note.onset, note.pitch) for note in wanted]
    assert track.tab.title == "Mine"
    assert midi.read_tracks(stream.getvalue(), "song.mid") == found


def test_music21_reads_the_same_notes(tmp_path: Path) -> None:
    """An independent reader agrees on pitches and onsets."""
    from music21 import converter

    path = tmp_path / "song.mid"
    path.write_bytes(to_bytes(line(*WALK, *run(38, 40, 31, step=1, start=4.5), name="Bass")))
    notes = converter.parse(path, quantizePost=False).flatten().notes
    assert played(read(line(*WALK, *run(38, 40, 31, step=1, start=4.5)))) == [
        (float(note.offset), note.pitch.midi) for note in notes
    ]


@pytest.mark.parametrize("suffix", [".mid", ".midi"])
def test_files_are_converted(tmp_path: Path, suffix) -> None:
    path = (tmp_path / "song").with_suffix(suffix)
    path.write_bytes(to_bytes(line(*WALK)))
    assert formats.read(path) == read(line(*WALK)).tab
    path.write_bytes(to_bytes(line(*WALK, program=PIANO)))
    with pytest.raises(InputError, match=r"song\.midi? holds no bass track: "):
        formats.read(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no readable MIDI file"),
        (b"Dear all, no tab today.", "no readable MIDI file"),
        (to_bytes(line(*WALK))[:-9], "no readable MIDI file"),
        (to_bytes(line(*WALK), ticks=-6400), "film frames"),
        (to_bytes(line(*WALK))[:22] + b"\xff" * 1_000_000, "number without end"),
        (b"\0" * (MAX_BYTES + 1), "up to"),
    ],
)
def test_broken_files_are_told_in_one_line(content, why) -> None:
    with pytest.raises(InputError, match=why) as error:
        midi.read_tracks(content, "song.mid")
    assert str(error.value).startswith("song.mid ")
    assert "\n" not in str(error.value)


def test_hours_of_silence_and_bars_without_length_are_refused_soon() -> None:
    tracks = (
        line((0, 1, 31), (100_000, 1, 31)),
        line(*run(*[31] * 20_001, step=0.25)),
        line((0, 1, 31), (19_999, 1, 31), extra=[signature(0, 1, 64)]),
    )
    contents = list(map(to_bytes, tracks))
    for content in contents:
        assert midi.read_tracks(content, "song.mid").refused == ("too long",)
    assert played(read(line(*WALK, extra=[signature(0, 4, 2**200)])))


WHOLE = to_bytes(
    line(
        *WALK,
        *run(28, 40, 52, step=1 / 3, start=4),
        (6, 3, 31),
        name="Bass",
        extra=[signature(0, 3, 4), signature(6, 4, 4)],
    )
)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6), st.none() | st.integers(0, 400))
@settings(max_examples=150)
def test_changed_and_cut_bytes_give_tabs_or_one_line(changes, cut) -> None:
    content = bytearray(WHOLE)
    for place, value in changes:
        content[place % len(content)] = value
    try:
        tracks = midi.read_tracks(bytes(content[:cut]), "song.mid")
    except BasstabError as error:
        assert "\n" not in str(error)
        return
    for track in tracks.tracks:
        assert Tab.parse(track.tab.text).systems == track.tab.systems


def test_a_converted_file_keeps_its_tempo_and_grid(tmp_path: Path) -> None:
    """Triplets need another grid than sixteenths, and 180 is not the usual tempo."""
    triplets = run(31, 33, 35, 36, 38, 36, 35, 33, 31, 33, 35, 36, step=1 / 3)
    source, target = tmp_path / "in.mid", tmp_path / "out.mid"
    source.write_bytes(to_bytes(line(*triplets, extra=[(0, mido.MetaMessage("set_tempo", tempo=333_333))])))
    assert main(["convert", str(source), str(target)]) == 0
    messages = [message for message in mido.MidiFile(target) if message.type == "set_tempo"]
    assert round(mido.tempo2bpm(messages[0].tempo)) == 180
    assert [pitch for _, pitch in played(formats.read_track(target))] == [pitch for _, _, pitch in triplets]
    assert [onset for onset, _ in played(formats.read_track(target))] == pytest.approx([at for at, _, _ in triplets])
    assert main(["convert", str(source), str(target), "--tempo", "90", "--force"]) == 0
    assert round(formats.read_track(target).tempo or 0) == 90


@pytest.mark.parametrize("title", ["", "Über – 日本 🎸"])
def test_titles_come_back_and_none_is_made_up(tmp_path: Path, title: str) -> None:
    formats.write(replace(Tab.parse(riff(1)), title=title), tmp_path / "t.mid")
    assert formats.read(tmp_path / "t.mid").title == title
