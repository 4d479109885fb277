"""Guitar Pro 6 to 8: every score here is written by hand (`tests.gpif`) and packed as .gpx or .gp."""

import json
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf import Tab, formats, web_parts
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats.guitarpro import read_song, read_tracks
from basstab_hf.formats.track import Marks, Track
from basstab_hf.recognise.annotations import Chord
from basstab_hf.tab.timing import beats, timed_notes
from tests import test_guitarpro as older
from tests.conftest import needs_npm
from tests.gpif import (
    BEADG,
    EADG,
    GUITAR,
    RIFF,
    TIED,
    Note,
    beat,
    bend,
    e,
    gp,
    gpx,
    grace,
    on,
    q,
    score,
    slide,
    tempo,
    told,
)
from tests.gpif import Track as Music

REST = [beat(1)]
READER = Path(__file__).parent / "node" / "read_scores.mjs"


def read(*bars, **more) -> Track:
    """The one track of a score of some bars; `more` is for the track or for the score."""
    own = {name: more.pop(name) for name in ("strings", "name", "program", "told", "beside", "marks") if name in more}
    tracks = read_tracks(gp(score(Music(bars, **own), **more)), "song.gp")
    assert tracks.refused == ()
    (track,) = tracks.tracks
    return track


def played(track: Track):
    return [
        (note.onset, note.string, note.fret, note.techniques)
        for note in timed_notes(track.tab, track.columns_per_beat, track.time.times)
    ]


@pytest.mark.parametrize("version", [6, 7, 8])
@pytest.mark.parametrize("pack", [gp, gpx])
def test_a_riff_reads_as_a_bass_tab(pack, version) -> None:
    music = Music([RIFF, [q(4, 3), beat(4), beat(2, Note(2, 12), Note(4, 10))]])
    (track,) = read_tracks(pack(score(music, version=version)), "song.gp").tracks
    assert track.tab.text.splitlines() == [
        "G|-----------------|-----------------|",
        "D|-------5---------|---------12------|",
        "A|-----5---3-------|-----------------|",
        "E|-3-3---------0-1-|-3-------10------|",
    ]
    assert (track.tab.title, track.tab.artist, track.name) == ("Walk", "Nobody", "Bass")
    assert (track.tempo, track.time_signature, track.columns_per_beat) == (120.0, "4/4", 4)
    assert (track.marks, track.remarks) == ((Marks(),), ())


@pytest.mark.parametrize(
    ("music", "wanted"),
    [
        ([e(4, 5, on("HopoOrigin")), e(4, 7, on("HopoDestination"))], [(4, 5, ()), (4, 7, ("hammer-on",))]),
        ([e(4, 7, on("HopoOrigin")), e(4, 5)], [(4, 7, ()), (4, 5, ("pull-off",))]),
        ([e(4, 5, slide(1)), e(4, 9)], [(4, 5, ()), (4, 9, ("slide",))]),
        ([e(4, 9, slide(2)), e(4, 5)], [(4, 9, ()), (4, 5, ("slide",))]),
        ([e(1, 7, slide(4)), e(4, 0)], [(1, 7, ("slide",)), (4, 0, ())]),
        ([e(1, 7), e(1, 9, slide(16))], [(1, 7, ()), (1, 9, ("slide",))]),
        ([e(1, 7, bend(100)), e(4, 0)], [(1, 7, ("bend",)), (4, 0, ())]),
        ([e(1, 7, bend(0)), e(4, 0)], [(1, 7, ()), (4, 0, ())]),
        ([e(4, 9, extra="<Vibrato>Slight</Vibrato>"), e(3, 9)], [(4, 9, ("vibrato",)), (3, 9, ())]),
        (
            [e(4, 0), e(2, 12, on("Harmonic") + told("HarmonicType", "HType", "Natural"))],
            [(4, 0, ()), (2, 12, ("harmonic",))],
        ),
        ([e(4, 0), e(2, 12, told("HarmonicType", "HType", "NoHarmonic"))], [(4, 0, ()), (2, 12, ())]),
        ([e(4, 3), e(4, 3, on("Muted"))], [(4, 3, ()), (4, 0, ("dead note",))]),
        ([e(4, 3), e(4, 1, extra="<AntiAccent>Normal</AntiAccent>")], [(4, 3, ()), (4, 1, ("ghost note",))]),
        ([e(1, 7), e(1, 9, on("Tapped"))], [(1, 7, ()), (1, 9, ("tap",))]),
        ([e(4, 3), e(4, 7, on("LeftHandTapped"))], [(4, 3, ()), (4, 7, ("hammer-on",))]),
        ([beat(8), grace(1, 7, slide(2)), e(1, 9)], [(1, 9, ("slide",))]),
        ([beat(8), grace(1, 9, on("HopoOrigin")), e(1, 7)], [(1, 7, ("pull-off",))]),
        ([beat(8), grace(1, 5), e(1, 7)], [(1, 7, ())]),
        ([beat(8), grace(2, 5, on("HopoOrigin")), e(1, 7)], [(1, 7, ())]),
    ],
)
def test_techniques_are_kept(music, wanted) -> None:
    assert [found[1:] for found in played(read([*music, beat(2, dots=1)]))] == wanted


def test_ties_hold_notes_and_cross_the_bar_line() -> None:
    track = read(
        [q(4, 3), q(4, 3, extra=TIED), q(3, 5), e(3, 5), e(2, 7)], [e(2, 7, extra=TIED), e(2, 5), beat(2, dots=1)]
    )
    assert [
        (note.onset, note.duration, note.string, note.fret)
        for note in timed_notes(track.tab, track.columns_per_beat, track.time.times)
    ] == [(0, 2, 4, 3), (2, 1, 3, 5), (3, 0.5, 3, 5), (3.5, 1, 2, 7), (4.5, 3.5, 2, 5)]


def test_a_tie_over_a_rest_and_a_tie_to_nothing_are_struck() -> None:
    assert played(read([q(3, 2, extra=TIED), q(4, 3), beat(4), q(4, 3, extra=TIED)])) == [
        (0, 3, 2, ()),
        (1, 4, 3, ()),
        (3, 4, 3, ()),
    ]


def test_voices_are_merged() -> None:
    high = [q(1, 7), q(1, 9), beat(2, Note(1, 7))]
    low = [beat(2, Note(4, 5)), beat(4, Note(1, 2)), q(4, 3)]
    assert [found[:3] for found in played(read((high, low)))] == [
        (0, 1, 7),
        (0, 4, 5),
        (1, 1, 9),
        (2, 1, 7),
        (3, 4, 3),
    ]


@pytest.mark.parametrize(
    ("music", "columns_per_beat"),
    [
        ([beat(8, Note(4, 3), dots=1), beat(16, Note(4, 3))] * 4, 4),
        ([beat(4, Note(4, 3), dots=2), beat(16, Note(4, 3))] * 2, 4),
        ([beat(8, Note(4, 3), tuplet=(3, 2))] * 12, 6),
        ([beat(32, Note(4, 3))] * 8 + [beat(2, Note(4, 3)), q(4, 3)], 8),
        ([beat(16, Note(4, 3), tuplet=(6, 4))] * 24, 6),
    ],
)
def test_onsets_are_those_of_the_note_values(music, columns_per_beat) -> None:
    track = read(music)
    onsets, now = [], Fraction(0)
    for made in music:
        onsets.append(float(now))
        dotted = 2 - Fraction(1, 2**made.dots)
        now += Fraction(4, made.value) * dotted * (Fraction(made.tuplet[1], made.tuplet[0]) if made.tuplet else 1)
    assert track.columns_per_beat == columns_per_beat
    assert [onset for onset, *_ in played(track)] == pytest.approx(onsets)


def test_tuplets_in_the_second_place_count() -> None:
    xml = score(Music([[beat(8, Note(4, 3), tuplet=(3, 2))] * 12])).replace(b"PrimaryTuplet", b"SecondaryTuplet")
    (track,) = read_tracks(gp(xml), "song.gp").tracks
    assert [onset for onset, *_ in played(track)] == pytest.approx([number / 3 for number in range(12)])


def test_bars_of_any_metre_keep_their_length() -> None:
    track = read([q(4, 1)], [e(4, 3)] * 7, REST, [q(4, 5)] * 3, signatures={0: "1/4", 1: "7/8", 3: "3/4"})
    assert [onset for onset, *_ in played(track)] == [0, *(1 + step / 2 for step in range(7)), 8, 9, 10]
    assert (track.time_signature, beats(track.tab)) == ("7/8", 11)


def test_an_upbeat_is_as_long_as_its_fullest_part() -> None:
    bass, guitar = [[q(4, 3)], [q(4, 5)] * 4], [[q(1, 3), q(1, 5)], REST]
    tracks = (Music(guitar, GUITAR, "Guitar", 25), Music(bass))
    (track,) = read_tracks(gp(score(*tracks, head="<Anacrusis />")), "song.gp").tracks
    assert [onset for onset, *_ in played(track)] == [0, 2, 3, 4, 5]
    (track,) = read_tracks(gp(score(*tracks)), "song.gp").tracks
    assert [onset for onset, *_ in played(track)] == [0, 4, 5, 6, 7]


def test_what_an_overfull_bar_has_beyond_its_end_is_left_out_and_told() -> None:
    track = read([q(4, 1)] * 4, [q(4, fret) for fret in range(1, 7)])
    assert [fret for *_, fret, _ in played(track)] == [1, 1, 1, 1, 1, 2, 3, 4]
    assert track.remarks == (
        "left out, since a tab cannot say it: notes beyond the end of their bar (2, first in bar 2)",
    )


def test_bars_that_repeat_others_by_a_sign_are_written_out() -> None:
    marks = {1: "Simple", 4: "FirstOfDouble", 5: "SecondOfDouble"}
    bars = [[q(4, 1)] * 4, REST, [q(4, 2)] * 4, [q(4, 3)] * 4, REST, REST]
    track = read(*bars, marks={bar: f"<SimileMark>{mark}</SimileMark>" for bar, mark in marks.items()})
    assert [fret for *_, fret, _ in played(track)][::4] == [1, 1, 2, 3, 2, 3]


def section(text: str, letter: str = "") -> str:
    return f"<Section><Letter>{letter}</Letter><Text>{text}</Text></Section>"


def repeat(count: int = 0) -> str:
    flags = 'start="false" end="true"' if count else 'start="true" end="false"'
    return f'<Repeat {flags} count="{count}" />'


def test_sections_repeats_and_endings_get_systems_of_their_own() -> None:
    masters = {
        0: section("Verse  1"),
        1: repeat(),
        3: repeat(2) + "<AlternateEndings>1</AlternateEndings>",
        4: "<AlternateEndings>2</AlternateEndings>",
        6: section("Chorus", "B") + repeat(),
        7: repeat(4),
    }
    track = read(*[RIFF] * 8, masters=masters)
    assert [
        (marks.section, marks.repeats, len(system.bars))
        for marks, system in zip(track.marks, track.tab.systems, strict=True)
    ] == [
        ("Verse 1", 1, 1),
        ("Verse 1", 2, 2),
        ("Verse 1", 1, 1),
        ("Verse 1", 1, 2),
        ("B Chorus", 4, 2),
    ]


@pytest.mark.parametrize(
    ("tempos", "wanted", "changes"),
    [
        (tempo(0, "95 2"), 95, []),
        (tempo(0, "190 1"), 95, []),
        (tempo(0, "60 3"), 90, []),
        (tempo(0, "60 4"), 120, []),
        (tempo(0, "95.5 2"), 95.5, []),
        (tempo(0, "190"), 95, []),
        (tempo(0, "100 2") + tempo(1, "150 2"), 150, [(0, 0, 100), (1, 0, 150)]),
        (tempo(1, "100 2") + tempo(2, "150 2", 0.5), 100, [(2, 2, 150)]),
        (tempo(3, "150 2") + tempo(0, "100 2"), 100, [(3, 0, 150)]),
        (
            "".join(tempo(bar, f"{bar}0 2") for bar in (9, 5, 6, 7, 8)),
            50,
            [(6, 0, 60), (7, 0, 70), (8, 0, 80), (9, 0, 90)],
        ),
        (tempo(0, "100 2") + tempo(4, "100 2"), 100, []),
        (tempo(0, "9000 2") + tempo(0, "0 2"), None, []),
        ("", None, []),
    ],
)
def test_the_tempo_is_that_of_the_first_bar_that_sounds(tempos, wanted, changes) -> None:
    track = read(REST, *[RIFF] * 9, tempos=tempos)
    assert track.tempo == wanted
    assert [(change.bar, change.onset, change.tempo) for change in track.time.tempos] == changes
    assert not track.remarks


def test_what_a_tab_cannot_say_is_told_once_with_its_bar() -> None:
    music = [
        RIFF,
        [
            q(4, 3, on("PalmMuted"), "<LetRing /><Accent>8</Accent>"),
            beat(4, Note(3, 3), properties=on("Slapped")),
            beat(4, Note(3, 3), properties=on("Popped"), extra="<Tremolo>1/2</Tremolo>"),
            grace(3, 5),
            q(3, 3, slide(64)),
        ],
        [q(4, 3, on("PalmMuted"))],
    ]
    masters = {1: "<TripletFeel>Triplet8th</TripletFeel>", 2: "<Directions><Jump>DaCapo</Jump></Directions>"}
    track = read(*music, masters=masters, told=told("PartialCapoFret", "Fret", 2))
    names = ("accents", "frets of grace notes", "let ring")
    names = (*names, "palm mute (2,", "partial capo", "pick scrapes", "tremolo picking")
    left_out, swing, jumps = track.remarks
    assert left_out.startswith("left out, since a tab cannot say it: ")
    assert [found.split(" (")[0] for found in left_out.split(": ")[1].split("), ")] == [
        name.split(" (")[0] for name in names
    ]
    assert "palm mute (2, first in bar 2)" in left_out
    assert swing == "swing is written as even notes: bar 2"
    assert jumps == "jumps (da capo, coda) are left out: bar 3"


def test_chord_names_stand_over_their_columns() -> None:
    items = '<Items><Item id="0" name="Gm7" /><Item id="7" name="C" /></Items>'
    chords = f'<Property name="DiagramCollection">{items}</Property>'
    music = [
        beat(2, Note(4, 3), extra="<Chord>0</Chord>"),
        q(3, 3, extra=""),
        beat(4, Note(3, 3), extra="<Chord>7</Chord>"),
    ]
    assert read(RIFF, music, told=chords).marks == (Marks(chords=(Chord(19, "Gm7"), Chord(31, "C"))),)


def test_a_capo_counts_as_frets() -> None:
    track = read([q(4, 0), q(4, 3), q(4, 3, extra=TIED), beat(4)], told=told("CapoFret", "Fret", 2))
    assert [fret for *_, fret, _ in played(track)] == [2, 5]


@pytest.mark.parametrize(
    ("strings", "word"),
    [
        (EADG, "GDAE"),
        ((43, 38, 33, 26), "GDAD"),
        ((41, 36, 31, 24), "FCGC"),
        (BEADG, "GDAEB"),
        ((48, 43, 38, 33, 28, 23), "CGDAEB"),
    ],
)
@pytest.mark.parametrize("version", [6, 8])
def test_tunings_are_those_of_the_file(strings, word, version) -> None:
    track = read([q(len(strings), 3)] * 4, strings=strings, version=version)
    assert track.tab.tuning.word == word
    assert {note.pitch for note in timed_notes(track.tab)} == {strings[-1] + 3}


def test_every_bass_and_nothing_else_is_read() -> None:
    bars = [[q(4, 3)] * 4]
    tracks = (
        Music(bars, GUITAR, "Guitar", 29),
        Music(bars, name="Slap Bass", program=25),  # by its name
        Music(bars, name="Track 3", program=38),  # by its program
        Music(bars, (45, 40, 35, 28), "Track 4", 25, beside="<InstrumentSet><Type>electricBass</Type></InstrumentSet>"),
        Music(bars, name="Track 5", program=25),  # by its strings
        Music(bars, BEADG, "Piano", 0, beside="<InstrumentSet><Type>acousticPiano</Type></InstrumentSet>"),
        Music(bars, (52, 45, 40, 36), "Cello", 42),
        Music(bars, name="Bass drum", beside="<InstrumentSet><Type>drumKit</Type></InstrumentSet>"),
        Music(bars, GUITAR, "Bass on a guitar", 33),
    )
    found = read_tracks(gp(score(*tracks)), "song.gp")
    assert [track.name for track in found.tracks] == ["Slap Bass", "Track 3", "Track 4", "Track 5"]
    assert found.refused == ("out of the range of a bass",)


def test_drums_and_pianos_of_version_6_are_passed_over() -> None:
    drums = '<GeneralMidi table="Percussion"><Program>0</Program></GeneralMidi>'
    piano = '<Instrument ref="a-piano-gs" />'
    music = score(
        Music([RIFF], name="Bass drums"), Music([RIFF], (), "Piano", 0, beside=piano), Music([RIFF]), version=6
    )
    music = music.replace(b'<GeneralMidi table="Instrument"><Program>33</Program></GeneralMidi>', drums.encode(), 1)
    # The piano has two staffs: the bars of the last track are the fourth.
    music = music.replace(b"<Bars>0 1 2</Bars>", b"<Bars>0 1 1 2</Bars>")
    (track,) = read_tracks(gpx(music), "song.gpx").tracks
    assert len(played(track)) == len(RIFF)
    music = music.replace(b"<Bars>0 1 1 2</Bars>", b"<Bars>0 -1 2</Bars>")
    assert read_tracks(gpx(music), "song.gpx").tracks == (track,)


@pytest.mark.parametrize(
    ("music", "reason"),
    [
        (Music([[q(4, 90)] * 4]), "broken frets (> 24)"),
        (Music([[q(3, 1)] * 4], (43, 38, 33)), "not 4 to 6 strings"),
        (Music([[q(4, 3), q(7, 3)]]), "broken notes"),
        (Music([[beat(4, *[Note(4, 3)] * 13)]]), "broken notes"),
        (Music([[beat(4, Note(4, 3), tuplet=(0, 2))]]), "broken notes"),
        (Music([[beat(4, Note(4, 3), dots=9)]]), "broken notes"),
    ],
)
def test_basses_that_cannot_be_written_are_refused_and_cost_no_other(music, reason) -> None:
    found = read_tracks(gp(score(music, Music([RIFF], name="Other bass"))), "song.gp")
    assert found.refused == (reason,)
    assert [track.name for track in found.tracks] == ["Other bass"]


def test_beats_that_stand_everywhere_do_not_take_minutes() -> None:
    xml = score(Music([RIFF] * 500)).decode()
    many = " ".join(["0"] * 1_000)
    xml = re.sub("<Beats>[^<]*</Beats>", f"<Beats>{many}</Beats>", xml)
    assert read_tracks(gp(xml.encode()), "song.gp").refused == ("too long",)


GOOD = score(Music([RIFF, RIFF])).decode()


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        ("", "no element found"),
        ("Dear all", "syntax error"),
        (GOOD[: GOOD.index("<Voices>")], "no element found"),
        ("<score-partwise />", "'score-partwise' where GPIF should stand"),
        ("<GPIF />", "it has 0 bars"),
        (GOOD.replace("4/4", "4/3"), "the time signature 4/3"),
        (GOOD.replace("4/4", "4"), "not enough values"),
        (GOOD.replace("4/4", "x/4"), "could not convert"),
        (GOOD.replace("<Pitches>28", "<Pitches>nan"), "the number nan"),
        (GOOD.replace("<Pitches>28", "<Pitches>28.5"), "is no whole number"),
        (GOOD.replace("<Program>33", "<Program>1e99"), "the number 1e99"),
        (GOOD.replace("<GPIF>", '<!DOCTYPE GPIF [<!ENTITY b "c">]>\n<GPIF>'), "EntitiesForbidden"),
        (GOOD.replace("<MasterBar>", "<MasterBar>" * 100_000, 1), "mismatched tag"),
    ],
)
def test_broken_scores_are_told_in_one_line(xml: str, why: str) -> None:
    with pytest.raises(InputError, match=r"song\.gp is no readable Guitar Pro file \(.*\): save it anew") as error:
        read_tracks(gp(xml.encode()), "song.gp")
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_bars_beyond_number_are_told() -> None:
    xml = GOOD.replace("<MasterBars>", "<MasterBars>" + "<MasterBar />" * 5_000)
    with pytest.raises(InputError, match="it has 5,002 bars"):
        read_tracks(gp(xml.encode()), "song.gp")
    xml = GOOD.replace("<MasterBars>", "<MasterBars>" + "<MasterBar />" * 998)
    with pytest.raises(InputError, match="it has 1,000 bars in 1 tracks"):
        read_tracks(gp(xml.replace("<Staves>", "<Staves>" + "<Staff />" * 100).encode()), "song.gp")


def test_files_are_converted_and_told_by_their_content(tmp_path: Path) -> None:
    content = gpx(score(Music([RIFF])))
    for name in ("song.gpx", "song.gp", "song.gp5"):
        (tmp_path / name).write_bytes(content)
        assert formats.read(tmp_path / name) == read(RIFF).tab
    (tmp_path / "old.gp").write_bytes(older.to_bytes(older.song(older.RIFF)))
    assert formats.read(tmp_path / "old.gp") == read(RIFF).tab
    (tmp_path / "guitar.gp").write_bytes(gp(score(Music([RIFF], GUITAR, "Guitar", 25))))
    with pytest.raises(InputError, match=r"guitar\.gp holds no bass track"):
        formats.read(tmp_path / "guitar.gp")


@pytest.mark.parametrize("suffix", [".tg", ".ptb", ".pt2"])
def test_files_of_programs_that_export_are_told_how(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(InputError, match=r"file: .*Guitar Pro") as error:
        formats.read(tmp_path / f"song{suffix}")
    assert "\n" not in str(error.value)


# Both readers of Guitar Pro agree


@given(older.riffs(), st.sampled_from([gp, gpx]))
@settings(max_examples=25)
def test_the_same_music_reads_the_same_from_version_5_and_from_later_ones(bars, pack) -> None:
    music = [
        [
            beat(
                duration.value,
                *(Note(string, fret) for string, fret, *_ in notes),
                tuplet=(duration.tuplet.enters, duration.tuplet.times) if duration.tuplet.enters > 1 else None,
            )
            for duration, notes, *_ in bar
        ]
        for bar in bars
    ]
    assert read_tracks(pack(score(Music(music))), "song.gp") == read_tracks(
        older.to_bytes(older.song(*bars)), "song.gp5"
    )


SHOWN = Music(
    [
        RIFF,
        [q(4, 5, on("HopoOrigin")), q(4, 7), q(3, 3, extra=TIED), grace(3, 5, slide(2)), q(3, 7, on("Muted"))],
        [beat(8, Note(1, 12), Note(4, 10), tuplet=(3, 2))] * 3 + [q(4, 0), q(4, 0, extra=TIED), q(2, 9)],
        ([beat(2, Note(1, 7)), q(1, 7)], [q(4, 1), beat(4), q(4, 1, extra=TIED), q(3, 2)]),
        [beat(4, Note(5, 0), dots=1), e(5, 3)],
    ],
    BEADG,
    told=told("CapoFret", "Fret", 1),
)


@needs_npm
def test_alphatab_finds_the_same_notes(tmp_path: Path) -> None:
    guitar = Music([*[RIFF] * 4, RIFF[:4]], GUITAR, "Guitar", 25)
    xml = {version: score(guitar, SHOWN, signatures={4: "2/4"}, version=version) for version in (6, 7)}
    contents = {"old.gpx": gpx(xml[6]), "new.gp": gp(xml[7])}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in contents]
    command = ["node", str(READER), str(web_parts.node_modules()), "--staves", *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    for (name, content), found in zip(contents.items(), json.loads(done.stdout), strict=True):
        song = read_song(content, name)
        assert len(found["staves"]) == len(song.parts) == 2
        for part, stave in zip(song.parts, found["staves"], strict=True):
            assert (part.name, part.program, list(part.strings)) == (stave["name"], stave["program"], stave["tuning"])
            ours = [
                [number, float(one.onset), one.note.string, one.note.fret, one.note.tied]
                for number, bar in enumerate(part.read().bars)
                for one in bar.notes
            ]
            theirs = [
                [bar, float(onset), string, None if dead else fret, tied]
                for bar, onset, string, fret, tied, dead in stave["notes"]
            ]
            assert sorted(map(str, ours)) == sorted(map(str, theirs))


# Whatever is changed in a file


WHOLE = score(
    Music([RIFF, [q(4, 3, on("HopoOrigin")), q(4, 5), q(4, 5, bend(100)), q(4, 5, extra=TIED)]]),
    masters={0: section("A"), 1: repeat(2)},
).decode()
TEXTS = [match.span() for match in re.finditer(r"(?<=>)[^<>]+(?=<)|(?<=\")[^\"]*(?=\")", WHOLE)]
ELEMENTS = [match.span() for match in re.finditer(r"<(\w+)[^<>]*>[^<>]*</\1>|<\w+[^<>]*/>", WHOLE)]
ODD = ["", "-1", "0", "999999999", "nan", "1e308", "0.5", "abc", "4/0", "1 1 1 1 1", "٣", "256th", "9" * 500]


@given(
    st.sampled_from([gp, gpx]),
    st.lists(st.tuples(st.sampled_from(TEXTS + ELEMENTS), st.sampled_from(ODD)), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 255)), max_size=2),
    st.booleans(),
)
@settings(max_examples=200)
def test_broken_files_give_tabs_or_one_line(pack, texts, changes, is_packed_broken) -> None:
    xml = WHOLE
    for (start, end), text in sorted(texts, reverse=True):
        xml = xml[:start] + text + xml[end:]
    content = bytearray(pack(xml.encode()))
    for place, value in changes if is_packed_broken else []:
        content[place % len(content)] = value
    try:
        tracks = read_tracks(bytes(content), "song.gp")
    except BasstabError as error:
        assert "\n" not in str(error)
        return
    for track in tracks.tracks:
        assert Tab.parse(track.tab.text).systems == track.tab.systems
