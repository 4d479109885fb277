"""Which part of a file is the bass, which one is asked for, and what the user is told of the others."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.cli import main
from basstab_hf.dataset import pieces, sources
from basstab_hf.dataset.names import named
from basstab_hf.dataset.report import Report
from basstab_hf.errors import InputError
from basstab_hf.formats import midi
from basstab_hf.formats.parts import Listed, is_bass, is_bass_name, joined_bars, sound_together, taking_turns
from basstab_hf.formats.tracks import numbered
from basstab_hf.tab.marks import SHARPS
from basstab_hf.tab.timing import timed_notes
from tests.test_midi import WALK, line, played, run, to_bytes

CASES = Path(__file__).parents[2] / "shared" / "cases" / "files"
LOW = run(28, 31, 33, 28, 31, 33, 28, 31, start=4)


@pytest.mark.parametrize(
    "name",
    ["Bass", "Slap", "E-Bass", "Bass Guitar", "Contrabass", "Kontrabass", "Contrebasse", "baixo", "Bass 2", "bass_line",
     "Fretless", "Double Bass", "BASS (DI)", "Basso", "Bajo eléctrico", "Synth Bass & Drums"],
)  # fmt: skip
def test_names_of_basses(name: str) -> None:
    assert is_bass_name(name)


@pytest.mark.parametrize(
    "name",
    ["Bassoon", "Contrabassoon", "Bass Clarinet", "Bass Trombone", "bass drum", "Bassdrum", "Basset Horn", "Bass Cl.",
     "Contrabass Clarinet", "Bass Flute", "Bass Tuba", "Guitar", "Lead", "Bass Voice", "Bassist", "Basson", ""],
)  # fmt: skip
def test_names_of_what_is_no_bass(name: str) -> None:
    assert not is_bass_name(name)


@pytest.mark.parametrize(
    ("part", "bass"),
    [
        (("Guitar", 29, (64, 59, 55, 50, 45, 38)), False),  # drop D
        (("", None, (64, 59, 55, 50, 45, 38)), False),
        (("", None, (43, 38, 33, 28)), True),
        (("Track 5", 25, (43, 38, 33, 28)), True),
        (("", None, (48, 43, 38, 33, 28, 23)), True),
        (("Guitar", None, (43, 38, 33, 28)), False),
        (("Bass", 81, ()), True),  # on a lead synthesiser
        (("Bass", 52, ()), False),  # sung
        (("Part 3", 33, ()), True),
        (("Cello", 42, (57, 50, 43, 36)), False),
    ],
)
def test_a_part_is_a_bass_by_its_name_program_or_strings(part, bass: bool) -> None:
    assert is_bass(*part) is bass


@given(st.lists(st.lists(st.booleans(), max_size=6), max_size=6))
def test_parts_that_take_turns_are_joined_without_loss(parts: list[list[bool]]) -> None:
    listed = [Listed(number, "", is_bass=True) for number in range(len(parts))]
    groups = taking_turns(listed, sound_together(parts, bool))
    assert sorted(place for group in groups for place in group) == [*range(len(parts))]
    joined = [joined_bars([parts[place] for place in group], bool) for group in groups]
    assert sum(map(sum, joined)) == sum(map(sum, parts))


def read(*tracks):
    return midi.read_tracks(to_bytes(*tracks), "song.mid")


def test_basses_that_take_turns_are_one_track() -> None:
    found = read(line(*WALK, name="Fingers"), line(*LOW, name="Pick", channel=1))
    (track,) = found.tracks
    assert played(track) == [(onset, pitch) for onset, _, pitch in [*WALK, *LOW]]
    assert track.remarks == (
        'joined, since they never sound together: 1 "Fingers", 2 "Pick"; --track NUMBER takes one alone',
    )
    assert [pitch for _, pitch in played(found.chosen("song.mid", "pick")[0])] == [pitch for *_, pitch in LOW]


TWO_TEX = r"""
\track "Guitar" \tuning (E4 B3 G3 D3 A2 D2) 0.6.1 | 0.6.1 |
\track "Slap" \tuning (G2 D2 A1 E1) 3.4.1 | r.1 |
\track "Bass" \tuning (G2 D2 A1 E1) r.1 | 5.3.1 |
\track "Bass 5" \tuning (G2 D2 A1 E1 B0) r.1 | 5.5.1 |
"""


@pytest.mark.parametrize("suffix", [".atex", ".gp5", ".musicxml"])
def test_basses_in_turns_of_every_format_of_notation(suffix: str) -> None:
    """Those tuned alike are joined; the fifth string stays alone."""
    found = formats.read_tracks(_three_basses(suffix), "song", suffix)
    assert [track.number for track in found.tracks] == [2, 4]
    first = found.first("song")
    notes = timed_notes(first.tab, first.columns_per_beat)
    assert [(note.onset, note.string, note.fret) for note in notes] == [(0, 4, 3), (4, 3, 5)]
    joined = 'joined, since they never sound together: 2 "Slap", 3 "Bass"; --track NUMBER takes one alone'
    left_out = 'other bass tracks are left out: 4 "Bass 5"; --track NUMBER takes one, --track all each'
    assert first.remarks[-2:] == (joined, left_out)


def _three_basses(suffix: str) -> bytes:
    if suffix == ".atex":
        return TWO_TEX.encode()
    return _guitar_pro() if suffix == ".gp5" else _musicxml()


PARTS = (
    ("Guitar", (64, 59, 55, 50, 45, 38), (6, 0), (6, 0)),
    ("Slap", (43, 38, 33, 28), (4, 3), None),
    ("Bass", (43, 38, 33, 28), None, (3, 5)),
    ("Bass 5", (43, 38, 33, 28, 23), None, (5, 5)),
)


def _guitar_pro() -> bytes:
    import guitarpro as gp

    made = gp.Song()
    made.addMeasureHeader(gp.MeasureHeader(number=2, start=960 * 5))
    made.tracks.clear()
    for number, (name, strings, *bars) in enumerate(PARTS, start=1):
        track = gp.Track(made, number=number, name=name)
        track.strings = [gp.GuitarString(place, pitch) for place, pitch in enumerate(strings, start=1)]
        track.measures = [gp.Measure(track, header) for header in made.measureHeaders]
        for measure, played_ in zip(track.measures, bars, strict=True):
            beat = gp.Beat(measure.voices[0], duration=gp.Duration(1), start=measure.start)
            beat.status = gp.BeatStatus.normal if played_ else gp.BeatStatus.rest
            if played_:
                beat.notes.append(gp.Note(beat, value=played_[1], string=played_[0], type=gp.NoteType.normal))
            measure.voices[0].beats.append(beat)
        made.tracks.append(track)
    stream = io.BytesIO()
    gp.write(made, stream, version=(5, 1, 0))
    return stream.getvalue()


def _musicxml() -> bytes:
    listed = "".join(
        f'<score-part id="P{number}"><part-name>{part[0]}</part-name></score-part>' for number, part in enumerate(PARTS)
    )
    parts = "".join(f'<part id="P{number}">{_measures(*part[1:])}</part>' for number, part in enumerate(PARTS))
    return f"<score-partwise><part-list>{listed}</part-list>{parts}</score-partwise>".encode()


def _measures(strings: tuple[int, ...], *bars: tuple[int, int] | None) -> str:
    tunings = "".join(
        f'<staff-tuning line="{line_}">{_pitch(pitch, "tuning-")}</staff-tuning>'
        for line_, pitch in enumerate(reversed(strings), start=1)
    )
    details = f"<attributes><divisions>1</divisions><staff-details>{tunings}</staff-details></attributes>"
    found = []
    for bar in bars:
        what = "<rest/>"
        technical = ""
        if bar:
            what = f"<pitch>{_pitch(strings[bar[0] - 1] + bar[1], '')}</pitch>"
            fretted = f"<string>{bar[0]}</string><fret>{bar[1]}</fret>"
            technical = f"<notations><technical>{fretted}</technical></notations>"
        found.append(f"<measure>{details}<note>{what}<duration>4</duration>{technical}</note></measure>")
        details = ""
    return "".join(found)


def _pitch(pitch: int, prefix: str) -> str:
    step, sign = (f"{SHARPS[pitch % 12]} ")[:2]
    alter = f"<{prefix}alter>{int(sign == '#')}</{prefix}alter>"
    return f"<{prefix}step>{step}</{prefix}step>{alter}<{prefix}octave>{pitch // 12 - 1}</{prefix}octave>"


def test_of_basses_that_sound_together_the_first_is_written_and_the_others_named() -> None:
    found = read(
        line(*WALK, name="One"), line(*run(60, 64), name="Keys", channel=1, program=0), line(*WALK, name="Two")
    )
    assert [track.number for track in found.tracks] == [1, 3]
    remark = 'other bass tracks are left out: 3 "Two"; --track NUMBER takes one, --track all each'
    assert found.first("song.mid").remarks == (remark,)
    assert [track.remarks for track in found.chosen("song.mid", "all")] == [(), ()]
    assert [track.name for track in found.chosen("song.mid", "3")] == ["Two"]


def test_any_part_can_be_asked_for_and_none_lists_all() -> None:
    found = read(line(*run(60, 64), name="Keys", program=4), line(*WALK, name="Low saw", channel=1, program=81))
    assert found.tracks == ()
    listed = r'1 "Keys" \(program 5, C4 to E4\), 2 "Low saw" \(program 82, G1 to D2\)'
    with pytest.raises(InputError, match=f"^song.mid holds no bass track: .*{listed}$"):
        found.first("song.mid")
    assert played(found.chosen("song.mid", "saw")[0]) == [(onset, pitch) for onset, _, pitch in WALK]
    for wrong, words in (("9", "no track '9'"), ("bass", "no track 'bass'"), ("s", "several tracks 's'")):
        with pytest.raises(InputError, match=f"^song.mid has {words}: it has 1 "):
            found.chosen("song.mid", wrong)


def test_the_only_part_is_taken_where_nothing_says_what_it_is() -> None:
    assert len(read(line(*WALK, program=None, name="Clip 1")).tracks) == 1
    assert read(line(*WALK, program=None, name="Piano")).tracks == ()
    assert read(line(*WALK, program=None), line(*WALK, program=None, channel=1)).tracks == ()


def test_names_of_parts_stand_on_one_line() -> None:
    assert str(Listed(3, "My\n\tBass", program=33)) == '3 "My Bass" (program 34)'
    assert str(Listed(1, "x" * 99)) == f'1 "{"x" * 40}"'


def test_convert_writes_the_track_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.mid"
    source.write_bytes(to_bytes(line(*WALK, name="One"), line(*LOW, *WALK, name="Two")))
    assert main(["convert", str(source), str(tmp_path / "first.txt")]) == 0
    assert '2 "Two"' in capsys.readouterr().err
    assert main(["convert", str(source), str(tmp_path / "out.txt"), "--track", "all"]) == 0
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out-1.txt", "out-2.txt"]
    assert (tmp_path / "out-1.txt").read_text() == (tmp_path / "first.txt").read_text()
    assert main(["convert", str(source), str(tmp_path / "second.txt"), "--track", "two"]) == 0
    assert (tmp_path / "second.txt").read_text() == (tmp_path / "out-2.txt").read_text()
    assert main(["convert", str(source), str(tmp_path / "none.txt"), "--track", "3"]) == 1
    assert numbered("a.b/out.mid", 2) == "a.b/out-2.mid"


def test_a_tab_in_text_is_one_track(tmp_path: Path) -> None:
    found = formats.read_tracks(b"G|-5-7-|\nD|-----|\nA|-----|\nE|-----|\n", "t", ".txt")
    assert found.chosen("t", "1") == found.chosen("t", "all") == found.chosen("t", None)
    with pytest.raises(InputError, match=r"^t has no track '2': it is one tab$"):
        found.chosen("t", "2")


def test_build_takes_the_track_that_is_asked_for_and_keeps_kinds_of_remarks() -> None:
    page = sources.Page(
        "s", to_bytes(line(*WALK, name="One"), line(*LOW, *WALK, (1, 0.5, 12), name="Two")), suffix=".mid"
    )
    assert len(pieces.read(page)) == len(pieces.read(page, "all")) == 2
    (piece,) = pieces.read(page, "two")
    assert piece.remarks == ("notes left out, since a tab cannot say them",)
    (refusal,) = pieces.read(page, "3")
    assert refusal.reason == "no such track that can be written"


def test_remarks_of_a_report_come_back() -> None:
    report = Report()
    report.remarks["swing is written as even notes"] = 3
    assert Report.from_dict(report.as_dict()).remarks == report.remarks
    assert Report.from_dict({key: value for key, value in report.as_dict().items() if key != "remarks"}).remarks == {}


@pytest.mark.parametrize(
    "name",
    ["untitled", "Track 0", "Standard input", "Song", "", " - ", "Bass", "Electric Bass", "TEMPO TRACK", "Song 12"],
)
def test_names_that_name_nothing(name: str) -> None:
    assert named(name) == ""


@pytest.mark.parametrize("name", ["Blue Bass", "1979", "Song for Ann", "The Track", "Bassline Blues"])
def test_names_that_name_something(name: str) -> None:
    assert named(name) == name


def test_songs_without_a_name_of_their_own_are_not_glued_together() -> None:
    content = to_bytes(line(*WALK, name="Track 0"))
    (named_by_file,) = pieces.read(sources.Page("a/x.mid", content, title="Blue", suffix=".mid"))
    assert (named_by_file.tab.title, named_by_file.song) == ("Blue", "")
    unnamed = [
        pieces.read(sources.Page(f"{one}/untitled.mid", content, title="untitled", suffix=".mid"))[0] for one in "ab"
    ]
    assert len({piece.song for piece in unnamed}) == 2


def test_music_of_kinds_that_are_not_read_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(to_bytes(line(*WALK)))
    for name in ("b.mscz", "c.jpg", ".hidden"):
        (tmp_path / name).write_bytes(b"")
    page, refusal = sources.items(str(tmp_path))
    assert (page.source, refusal) == ("a.mid", sources.Refusal("b.mscz", ".mscz files are not read"))


WANTED = {
    "01_one_note_on_fret_22.gp5": (32, ()),
    "11_harmonic_of_kind_0.gp5": (17, []),
    "20_one_note_below_low_B.mid": (64, ["bar 8, beat 4.5 (A0 to A1)"]),
    "22_one_keyswitch_note.mid": (66, ["left out, since a tab cannot say them: bar 1, beat 1 (C0)"]),
    "23_one_part_without_program.mid": (64, []),
    "25_two_basses_taking_turns.mid": (48, ["never sound together"]),
    "27_sixteenths_with_two_digit_frets.mid": (64, []),
    "41_drop_D_guitar_before_the_bass.musicxml": (4, []),
    "64_drop_D_guitar_before_the_bass.alphatex": (6, []),
}


@pytest.mark.skipif(not CASES.is_dir(), reason="no shared cases beside this checkout")
@pytest.mark.parametrize("name", WANTED)
def test_files_of_other_people_keep_their_notes(name: str) -> None:
    n_notes, words = WANTED[name]
    track = formats.read_track(CASES / name)
    assert len(played(track)) == n_notes
    assert str(track.tab.tuning) == "GDAE"
    for word in words:
        assert any(word in remark for remark in track.remarks)
