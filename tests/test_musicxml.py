"""MusicXML of others: what is read, and what is refused in one line."""

from __future__ import annotations

import random
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from basstab_hf import formats
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.musicxml import to_musicxml
from basstab_hf.formats.musicxml_read import read_content
from basstab_hf.tab import Tab
from basstab_hf.timing import timed_notes
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
    track = read_content(content, "x.musicxml")
    return [(note.onset, note.pitch, note.string) for note in timed_notes(track.tab, track.columns_per_beat)]


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
        (b"<score-timewise/>", "in parts"),
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
        read_content(content, "x.musicxml")
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_a_zip_without_a_score_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mxl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
    with pytest.raises(InputError, match=r"broken \.mxl"):
        formats.read(path)


def test_a_bomb_in_a_zip_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("basstab_hf.formats.musicxml_read.MAX_BYTES", 10_000)
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
    track = read_content(to_musicxml(tab, WriteSettings()).encode(), "x")
    found = [note.techniques for note in timed_notes(track.tab, track.columns_per_beat)]
    assert found == [note.techniques for note in timed_notes(tab)]
    assert len({*found}) > 9
