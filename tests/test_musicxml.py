"""MusicXML of others: what is read, and what is refused in one line."""

from __future__ import annotations

import io
import random
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from basstab_hf import formats
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.musicxml import to_musicxml
from basstab_hf.formats.musicxml_read import read_tracks
from basstab_hf.rhythm.form import Sign
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Tab
from tests.conftest import riff


def score(notes: str, *, name: str = "Bass", attributes: str = "", program: int = 34) -> bytes:
    """A part of two quarter notes a bar division; `notes` are its bars."""
    return f"""<?xml version="1.0"?><score-partwise version="3.1"><part-list><score-part id="P1">
<part-name>{name}</part-name><midi-instrument id="I"><midi-program>{program}</midi-program></midi-instrument>
</score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>2</divisions>
<time><beats>4</beats><beat-type>4</beat-type></time>{attributes}</attributes>{notes}</measure></part>
</score-partwise>""".encode()


def note(step: str, octave: int, duration: int, more: str = "", chord: str = "") -> str:
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    return f"<note>{chord}{pitch}<duration>{duration}</duration>{more}</note>"


def fretted(string: int, fret: int) -> str:
    technical = f"<technical><string>{string}</string><fret>{fret}</fret></technical>"
    return f"<notations>{technical}</notations>"


def read(content: bytes) -> list[tuple[float, int, int]]:
    """Onset, pitch, string."""
    track = read_tracks(content, "x.musicxml").first("x.musicxml")
    return [
        (note.onset, note.pitch, note.string)
        for note in timed_notes(track.tab, track.columns_per_beat, track.time.times)
    ]


def test_pitches_without_strings_are_fingered() -> None:
    """A bass part sounds an octave lower than it is written."""
    transpose = "<transpose><chromatic>0</chromatic><octave-change>-1</octave-change></transpose>"
    bars = note("E", 2, 2) + note("G", 2, 4, '<tie type="start"/>') + note("A", 2, 2)
    assert [(onset, pitch) for onset, pitch, _ in read(score(bars, attributes=transpose))] == [
        (0, 28),
        (1, 31),
        (3, 33),
    ]


def test_a_staff_with_strings_goes_before_one_without() -> None:
    bars = (
        note("A", 1, 4, "<staff>1</staff>")
        + note("D", 2, 4, "<staff>1</staff>")
        + "<backup><duration>8</duration></backup>"
        + note("A", 1, 4, "<staff>2</staff>" + fretted(4, 5))
        + note("D", 2, 4, "<staff>2</staff>" + fretted(3, 5))
    )
    assert read(score(bars)) == [(0, 33, 4), (2, 38, 3)]


def test_chords_voices_ties_rests_and_grace_notes() -> None:
    bars = (
        "<note><grace/><pitch><step>C</step><octave>2</octave></pitch></note>"
        + note("E", 1, 2, fretted(4, 0))
        + note("B", 1, 2, fretted(3, 2), "<chord/>")
        + "<note><rest/><duration>2</duration></note>"
        + note("G", 1, 2, '<tie type="start"/>' + fretted(4, 3))
        + note("G", 1, 2, '<tie type="stop"/>' + fretted(4, 3))
        + "<backup><duration>8</duration></backup><forward><duration>6</duration></forward>"
        + note("D", 2, 2, "<voice>2</voice>" + fretted(2, 0))
    )
    assert read(score(bars)) == [(0, 35, 3), (0, 28, 4), (2, 31, 4), (3, 38, 2)]


ENTITIES = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no readable XML"),
        (b"hello", "no readable XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "no readable XML"),
        (ENTITIES, "no readable XML"),
        (b"<score-timewise/>", "holds no notes"),
        (b"<score/>", "in parts"),
        (b"<score-partwise/>", "holds no notes"),
        (score(""), "holds no notes"),
        (score(note("H", 1, 2)), "the pitch 'H'"),
        (score(note("E", 1, 2, fretted(9, 0))), "string 9"),
        (score(note("E", 1, 2, fretted(4, 99))), "fret 99"),
        (score(note("E", 1, 2).replace("<duration>2", "<duration>two")), "'two' where MusicXML has a number"),
        (score(note("E", 1, 2).replace("<duration>2", "<duration>1e300")), "which no score needs"),
        (score(note("E", 1, 2).replace("<duration>2", "<duration>900000")), "too long"),
        (score(note("E", 1, 2, fretted(4, 0)).replace("<duration>2", "<duration>900000")), "too long"),
        (score(note("E", 9, 2)), "no bass part that can be written"),
        (score("</measure><measure>" * 6000), "more than 5,000 bars"),
        (b"PK\x03\x04broken", "broken .mxl"),
    ],
)
def test_what_is_no_bass_part_says_why(content: bytes, why: str) -> None:
    with pytest.raises(InputError) as error:
        read_tracks(content, "x.musicxml").first("x.musicxml")
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_a_zip_without_a_score_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mxl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
    with pytest.raises(InputError, match=r"broken \.mxl"):
        formats.read(path)


def test_a_bomb_in_a_zip_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("basstab_hf.formats.musicxml_file.MAX_BYTES", 10_000)
    path = tmp_path / "a.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="a"/></container>')
        archive.writestr("a", " " * 1_000_000)
    with pytest.raises(InputError, match="too large"):
        formats.read(path)


@pytest.mark.parametrize("suffix", [".musicxml", ".alphatex", ".gp5"])
def test_broken_files_say_so_in_one_line(suffix: str, tmp_path: Path) -> None:
    """Truncated and mutated files are read or refused."""
    path = tmp_path / f"tab{suffix}"
    formats.write(Tab.parse(riff(3, bars=2)), path, WriteSettings())
    whole = path.read_bytes()
    chance = random.Random(5)
    outcomes: Counter[bool] = Counter()
    for number in range(60):
        content = bytearray(whole[: chance.randrange(len(whole))] if number % 3 == 0 else whole)
        for _ in range(chance.randint(0, 4)):
            if content:
                content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content)
        try:
            formats.read(path)
            outcomes[True] += 1
        except BasstabError as error:
            assert "\n" not in str(error)
            outcomes[False] += 1
    assert outcomes[False]


def test_techniques_come_back() -> None:
    rows = ["-5h7p5--(3)--x-5/7--<12>--t5", "", "--h3----5b-----5~-----7/--/9", ""]
    tab = Tab.parse("\n".join(f"{label}|{row:-<32}|" for label, row in zip("GDAE", rows, strict=True)))
    track = read_tracks(to_musicxml(tab, WriteSettings()).encode(), "x").first("x")
    found = [note.techniques for note in timed_notes(track.tab, track.columns_per_beat, track.time.times)]
    assert found == [note.techniques for note in timed_notes(tab)]
    assert len({*found}) > 9


# Files as programs write them: bars, containers, encodings, parts


def piece(*parts: str, names: tuple[str, ...] = ("Bass",), kind: str = "score-partwise") -> bytes:
    """Parts given by their bars."""
    known = "".join(
        f'<score-part id="P{number}"><part-name>{name}</part-name></score-part>' for number, name in enumerate(names)
    )
    bodies = "".join(f'<part id="P{number}">{bars}</part>' for number, bars in enumerate(parts))
    return f'<?xml version="1.0"?><{kind}><part-list>{known}</part-list>{bodies}</{kind}>'.encode()


def bar(content: str, attributes: str = "", *, implicit: bool = False) -> str:
    upbeat = ' implicit="yes"' if implicit else ""
    return f'<measure number="1"{upbeat}><attributes>{attributes}</attributes>{content}</measure>'


FOUR = "<divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
REST = '<note><rest measure="yes"/><duration>8</duration></note>'


@pytest.mark.parametrize("implicit", [True, False])
def test_bars_of_plain_notation_are_as_long_as_they_are(implicit: bool) -> None:
    """An upbeat, and a bar of 3 + 1 beats cut by a repeat; another part has rests of a whole bar throughout."""
    bass = bar(note("E", 1, 2), FOUR, implicit=implicit) + bar(note("G", 1, 8))
    bass += bar(note("A", 1, 6)) + bar(note("E", 1, 2), implicit=True) + bar(note("G", 1, 8))
    rests = bar(REST, FOUR, implicit=implicit) + bar(REST) * 4
    found = read_tracks(piece(rests, bass, names=("Flute", "Bass")), "x.musicxml").first("x.musicxml")
    notes = timed_notes(found.tab, found.columns_per_beat, found.time.times)
    assert [(note.onset, note.pitch) for note in notes] == [(0, 28), (1, 31), (5, 33), (8, 28), (9, 31)]
    assert [len(bar) // found.columns_per_beat for bar in found.tab.bars][:2] == [1, 4]


def test_triplets_in_plain_notation_are_exact() -> None:
    attributes = FOUR.replace("<divisions>2", "<divisions>6")
    third = "<note><pitch><step>E</step><octave>1</octave></pitch><duration>2</duration></note>"
    found = read(piece(bar(third * 3 + note("A", 1, 18), attributes)))
    assert [round(onset, 3) for onset, _, _ in found] == [0, 0.333, 0.667, 1]


def test_voices_cues_and_ties_over_bars() -> None:
    """A cue takes time; a note tied into the next bar is struck once."""
    cue = "<note><cue/><pitch><step>C</step><octave>4</octave></pitch><duration>2</duration></note>"
    first = cue + note("E", 1, 6, '<tie type="start"/>') + "<backup><duration>4</duration></backup>" + note("B", 1, 2)
    second = note("E", 1, 2, '<notations><tied type="stop"/></notations>') + note("G", 1, 6)
    found = read(piece(bar(first, FOUR) + bar(second)))
    assert [(onset, pitch) for onset, pitch, _ in found] == [(1, 28), (2, 35), (5, 31)]


def test_a_part_that_sounds_lower_than_it_is_written() -> None:
    """<double/> and <octave-change> move it; an octave clef does not, since pitches sound already."""
    clef = "<clef><sign>F</sign><line>4</line><clef-octave-change>-1</clef-octave-change></clef>"
    for transpose, octave in (("<octave-change>-1</octave-change>", 2), ("<double/>", 2), ("", 1)):
        moved = f"<transpose><chromatic>0</chromatic>{transpose}</transpose>"
        assert read(piece(bar(note("E", octave, 8), FOUR + clef + moved)))[0][1] == 28


@pytest.mark.parametrize("other", ["Bass Clarinet", "Bass Trombone", "Bassoon", "Bass Drum"])
@pytest.mark.parametrize("name", ["Contrabass", "Bass Guitar", "Slap Bass"])
def test_the_bass_is_found_among_names_with_bass(other: str, name: str) -> None:
    content = piece(bar(note("C", 3, 8), FOUR), bar(note("E", 1, 8), FOUR), names=(other, name))
    assert [track.name for track in read_tracks(content, "x.musicxml").tracks] == [name]


def strung(pitches: str) -> str:
    """Open strings from the lowest line up: "E2 A2"."""
    tunings = "".join(
        f'<staff-tuning line="{line}"><tuning-step>{word[0]}</tuning-step><tuning-octave>{word[1]}</tuning-octave>'
        "</staff-tuning>"
        for line, word in enumerate(pitches.split(), start=1)
    )
    return f"<staff-details>{tunings}</staff-details>"


def test_a_guitar_in_drop_d_is_no_bass_and_a_bass_on_guitar_strings_is_one() -> None:
    guitar = bar(note("D", 2, 8, fretted(6, 0)), FOUR + strung("D2 A2 D3 G3 B3 E4"))
    bass = bar(note("E", 2, 4, fretted(6, 0)) + note("C", 3, 4, fretted(5, 3)), FOUR + strung("E2 A2 D3 G3 B3 E4"))
    tracks = read_tracks(piece(guitar, bass, names=("Guitar", "Bass Guitar")), "x.musicxml")
    (found,) = tracks.tracks
    assert found.tab.tuning.word == "GDAE"
    notes = timed_notes(found.tab, found.columns_per_beat, found.time.times)
    assert [(note.string, note.fret) for note in notes] == [(4, 0), (3, 3)]
    assert any("an octave lower" in remark for remark in found.remarks)


DRUM = "<note><unpitched/><duration>8</duration></note>"


def test_one_note_far_off_is_moved_and_parts_without_pitch_are_told() -> None:
    many = "".join(bar(note("E", 1, 8), FOUR if not number else "") for number in range(30))
    found = read_tracks(piece(many + bar(note("C", 5, 8))), "x.musicxml").first("x.musicxml")
    assert found.tab.tuning.word == "GDAE"
    assert found.remarks == ("notes moved, since a tab cannot say them: bar 31, beat 1 (C5 to C4)",)
    with pytest.raises(InputError, match="holds no notes with a pitch"):
        read_tracks(piece(bar(DRUM, FOUR), names=("Drums",)), "x.musicxml").first("x.musicxml")


def test_form_chords_and_tempo() -> None:
    harmony = (
        "<harmony><root><root-step>F</root-step><root-alter>1</root-alter></root><kind>minor-seventh</kind>"
        "<bass><bass-step>A</bass-step></bass></harmony>"
    )
    start = (
        "<direction><direction-type><rehearsal>Verse</rehearsal></direction-type></direction>"
        "<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>60</per-minute>"
        '</metronome></direction-type></direction><barline><repeat direction="forward"/></barline>'
    )
    first = '<barline><ending number="1" type="start"/></barline>'
    close = '<barline><repeat direction="backward"/></barline>'
    second = '<barline><ending number="2" type="start"/></barline><sound tempo="120" dacapo="yes"/>'
    content = bar(start + harmony + note("E", 1, 8), FOUR) + bar(first + note("G", 1, 8) + close)
    found = read_tracks(piece(content + bar(second + note("A", 1, 8))), "x.musicxml").first("x.musicxml")
    assert [(marks.section, marks.repeats) for marks in found.marks] == [("Verse", 2), ("Verse", 1), ("Verse", 1)]
    assert [chord.name for marks in found.marks for chord in marks.chords] == ["F#m7/A"]
    assert found.tempo == 90
    assert found.time.form == (Sign(True), Sign(closes=2, endings=(1,)), Sign(endings=(2,)))
    assert [(change.bar, change.tempo) for change in found.time.tempos] == [(2, 120)]
    assert found.remarks == ("jumps (da capo, coda) are left out: bar 3",)


PLAIN = piece(bar(note("E", 1, 8), FOUR))


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.replace(b'"1.0"', b'"1.0" encoding="UTF-16"'),
        b"\n " + PLAIN,
        PLAIN.decode().replace('"1.0"', '"1.0" encoding="UTF-8"').encode("utf-16"),
        PLAIN.decode().replace('"1.0"', '"1.0" encoding="UTF-8"').encode("utf-16-be"),
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b">Bass<", b">Bass \xe9<").replace(b'"1.0"', b'"1.0" encoding="UTF-8"'),
        PLAIN.replace(b'"1.0"', b'"1.0" encoding="ISO-8859-1"'),
        PLAIN.replace(b"<score-partwise", b'<score-partwise xmlns="urn:x"'),
        PLAIN.replace(b"partwise", b"timewise")
        .replace(b'<part id="P0"><measure number="1">', b'<measure number="1"><part id="P0">')
        .replace(b"</measure></part>", b"</part></measure>"),
    ],
)
def test_encodings_and_roots(content: bytes) -> None:
    assert [(onset, pitch) for onset, pitch, _ in read(content)] == [(0, 28)]


@pytest.mark.parametrize(
    "container",
    [None, b"no XML", b"<c/>", b'<c><rootfile full-path="missing"/></c>', b'<c><rootfile full-path="/s.xml"/></c>'],
)
def test_a_zip_with_a_broken_table_of_contents_is_read(container: bytes | None) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        if container is not None:
            archive.writestr("META-INF/container.xml", container)
        archive.writestr("s.xml", PLAIN)
    assert [pitch for _, pitch, _ in read(zipped.getvalue())] == [28]


def test_changed_letters_of_plain_notation_are_read_or_refused() -> None:
    whole = piece(bar(note("E", 1, 4) + note("G", 1, 4, fretted(4, 3)), FOUR + strung("E1 A1 D2 G2")))
    chance = random.Random(7)
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            content[chance.randrange(len(content))] = chance.choice(b"0123456789-/<>ABCEe. \x00\xff")
        try:
            read_tracks(bytes(content), "x.musicxml")
        except BasstabError as error:
            assert "\n" not in str(error)
