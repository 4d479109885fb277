"""Headings in the languages of tabs, ChordPro's directives, rows of chords with a name that is none."""

from __future__ import annotations

import pytest

from basstab_hf.recognise import RecognisedSystem, recognise_tabs
from basstab_hf.recognise.annotations import Chord
from basstab_hf.recognise.section_names import section_name
from basstab_hf.tab.names import stated_names

SYSTEM = "G|--------5-7-|\nD|----5-7-----|\nA|--5---------|\nE|5-----------|\n"


def under(heading: str) -> tuple[RecognisedSystem, ...]:
    return recognise_tabs(f"[Verse]\n{SYSTEM}\n{heading}\n{SYSTEM}").systems


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Припев:", "Припев"),
        ("Estribillo", "Estribillo"),
        ("Refrão x2", "Refrão"),
        ("Couplet 1 :", "Couplet 1"),
        ("Strophe", "Strophe"),
        ("Zwischenspiel:", "Zwischenspiel"),
        ("間奏", "間奏"),
        ("【サビ】", "サビ"),
        ("Aメロ:", "Aメロ"),
        ("2. Куплет", "2. Куплет"),
        ("Nakarat:", "Nakarat"),
        ("Kertosäe 2:", "Kertosäe 2"),
        ("Toistuva osa:", "Toistuva osa"),
        ("Cantiga:\nAm    F", "Cantiga"),
        ("Cantiga：", "Cantiga"),
        ("{start_of_tab: Riff}", "Riff"),
        ("{start_of_verse: Verse 2}", "Verse 2"),
        ("{soc}", "Chorus"),
        ("{start_of_bridge}", "Bridge"),
        ('{start_of_chorus: label="Last one"}', "Last one"),
        ("{comment: Outro}", "Outro"),
        ("{c: Solo}", "Solo"),
        ("{comment: play it softly}", "Verse"),
        ("{start_of_tab}", "Verse"),
        ("{title: The Bridge}", "Verse"),
        ("Title: Chorus of One", "Verse"),
        ("Tuning:", "Verse"),
        ("Bass:", "Verse"),
        ("Tabbed by:", "Verse"),
    ],
)
def test_a_heading_names_its_section(heading: str, name: str) -> None:
    assert [system.section for system in under(heading)] == ["Verse", name]


def test_a_known_heading_follows_an_unknown_one() -> None:
    found = recognise_tabs(f"Cantiga:\n{SYSTEM}\n{SYSTEM}\nChorus:\n{SYSTEM}\nsome words\n{SYSTEM}").systems
    assert [system.section for system in found] == ["Cantiga", "Cantiga", "Chorus", "Chorus"]


@pytest.mark.parametrize(
    ("row", "chords", "told"),
    [
        ("  Am  F   H7", ((0, "Am"), (4, "F")), "H7"),
        ("  Am  F   C   G  x2", ((0, "Am"), (4, "F"), (8, "C"), (12, "G")), ""),
        ("  A7  E7  D7", ((0, "A7"), (4, "E7"), (8, "D7")), ""),
        ("  Am  %   F", ((0, "Am"), (8, "F")), "%"),
        ("  Am  Bbmaj7(13)     C   riff D", ((0, "Am"), (19, "C"), (28, "D")), "Bbmaj7(13) riff"),
    ],
)
def test_an_unknown_chord_is_left_out_and_told(row: str, chords: tuple[tuple[int, str], ...], told: str) -> None:
    (system,) = recognise_tabs(f"{row}\n{SYSTEM}").systems
    assert system.chords == tuple(Chord(column, name) for column, name in chords)
    assert system.repairs == ((f"left out of the row of chords: {told}",) if told else ())


@pytest.mark.parametrize("row", ["A B see the words of it", "Am I the only one", "Go on", "D string to C"])
def test_words_are_no_chords(row: str) -> None:
    (system,) = recognise_tabs(f"{row}\n{SYSTEM}").systems
    assert system.chords == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Title: A\nArtist: B", ("A", "B")),
        ("title : A\r\n  ARTIST: B\r\n", ("A", "B")),
        ("{title: A}\n{artist: B}\n{subtitle: C}", ("A", "B")),
        ("{t:A}\n{st:B}", ("A", "B")),
        ("{meta: title A}\n{meta: artist B}", ("A", "B")),
        ("Song: A\nBand: B\nTitle: C", ("A", "B")),
        ("Title：Ａ", ("Ａ", "")),
        ("t: A\nst: B\nSubtitle: C", ("", "")),
        ("the title: A\nno artist: B", ("", "")),
        ("Title:\nArtist:   \nx: y", ("", "")),
        ("Artist: B: the {best}", ("", "B: the {best}")),
    ],
)
def test_names_are_stated(text: str, names: tuple[str, str]) -> None:
    assert tuple(stated_names(text)) == names


def test_names_behind_markup() -> None:
    page = f"<html><body><b>Title:</b> Tea &amp; Toast<br>Artist: N<pre>{SYSTEM}</pre></body></html>"
    found = recognise_tabs(page)
    assert (found.title, found.artist) == ("Tea & Toast", "N")


def test_headings_side_by_side() -> None:
    assert section_name("Riff 1           Припев", 20) == "Припев"
