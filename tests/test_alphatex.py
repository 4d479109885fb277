"""AlphaTex: what we write is what alphaTab reads."""

from __future__ import annotations

import pytest

from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.alphatex import to_alphatex
from basstab_hf.formats.alphatex_read import read_tracks
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Tab

RIFF = r"""
G|-----------------|-------------5/7-|
D|---------9h11p9--|-<12>-----t5-----|
A|-7/9-x-----------|-----(3)-2b--4~--|
E|-0---0---3-------|-5\--------------|
"""


def test_a_riff_is_printed_as_the_grammar_says() -> None:
    tab = Tab(Tab.parse(RIFF).systems, title='A "riff" \\ of\tours', artist="")
    text = to_alphatex(tab, WriteSettings(tempo=92.5, tone="pick"))
    assert text.splitlines() == [
        r'\title "A \"riff\" \\ of ours"',
        r"\tempo 92.5",
        r'\track "Bass"',
        r"\staff {tabs}",
        r"\tuning (G2 D2 A1 E1)",
        r"\instrument 34",
        r"\ts (4 4) (7.3{sl} 0.4).8 9.3.8 (x.3 0.4).4 (9.2{h} 3.4).8 11.2.8 -.2{h}.16 9.2.8{d} |",
        r"5.4{sod}.16 12.2{nh}.8{d} -.2.16 3.3{g}.8{d} 2.3{b (0 4)}.8 5.2.8{tt} (5.1{sl} 4.3{v}).8 7.1.8 |",
    ]


@pytest.mark.parametrize(("word", "names"), [("CbGbDbAb", "Cb3 Gb2 Db2 Ab1"), ("GDAEB", "G2 D2 A1 E1 B0")])
def test_open_strings_have_their_octaves(word: str, names: str) -> None:
    from basstab_hf.formats.alphatex import note_names
    from basstab_hf.tab.tuning import Tuning

    assert " ".join(note_names(Tuning.parse(word))) == names


PEOPLE = r"""
/* An old heading, ended by a dot */
\title "Two \"bars\"" \subtitle "by nobody" \tempo 92.5
\track "Guitar" \tuning E4 B3 G3 D3 A2 E2
\track 'My bass' \instrument ElectricBassFinger
\tuning G2 D2 A1 E1 \capo 2
.
\ts 3 4 :8 0.4 {pm} 3.4{h} 5.4 r (2.3{h} 0.4) 2.3{t} | // three beats
:8 {tu 3} 5.2 * 3 3.4.4{d} x.4.8 |
\ts 2 4 12.1{nh}.4 7.2{b (0 2 0)}.8 -.2{v}.8
"""


def test_alphatex_of_people_is_read_and_what_is_passed_over_is_named() -> None:
    track = read_tracks(PEOPLE.encode(), "x.alphatex").first("x.alphatex")
    assert (track.tab.title, track.tempo, track.tab.tuning.word) == ('Two "bars"', 92.5, "GDAE")
    assert track.remarks == ("passed over: \\capo, other tracks, {pm}",)
    notes = timed_notes(track.tab, track.columns_per_beat, track.time.times)
    assert [(note.string, note.fret, round(note.onset, 3), note.techniques) for note in notes] == [
        (4, 0, 0, ()),
        (4, 3, 0.5, ()),
        (4, 5, 1, ("hammer-on",)),
        (3, 2, 2, ()),
        (4, 0, 2, ()),
        (2, 5, 3, ()),
        (2, 5, 3.333, ()),
        (2, 5, 3.667, ()),
        (4, 3, 4, ()),
        (4, 0, 5, ("dead note",)),
        (1, 12, 6, ("harmonic",)),
        (2, 7, 6.667, ("bend",)),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("\\tuning (E4 B3 G3 D3 A2 E2) 0.1 |", "holds no bass track"),
        ("", "holds no bass track"),
        ("\\tuning (G2 D2 A1 E1) 0.4.8 99.4 |", "fret 99"),
        ("\\tuning (G2 D2 A1 E1)\n0.5 |", "line 2: there is no string 5 of 4"),
        ("\\tuning (G2 D2 A1 E1)\nC2.4 |", "line 2: 'C2' is no fret"),
        ("\\tuning (G2 D2 A1 E1) 0.4.7 |", "'7' is no duration"),
        ("\\tuning (G2 D2 A1 E1) (0.4", "ends in the middle of a beat"),
        ("\\tuning (G2 D2 A1 E1) \\ts (4 3) 0.4 |", "4/3 is no time signature"),
        ("\\tuning (G2 D2 A1 E1) \\ts four 0.4 |", "write \\ts (4 4)"),
        ("\\tuning (G2 D2 A1 E1) 0.4 * 999999999 |", "more than 200,000 beats"),
        ("\\tuning (G2 D2 A1 E1) " + "|" * 6000, "more than 5,000 bars"),
        ("\\tuning (E1) 0.1 |", "has 1 strings"),
        ("\\tuning (G2 G2 G2 E1) 0.1 |", "no bass tuning"),
        ('\\title "open', "is no AlphaTex"),
        ("/", "is no AlphaTex"),
    ],
)
def test_what_is_no_bass_tab_says_why(text: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        read_tracks(text.encode(), "x.alphatex").first("x.alphatex")
    assert why in str(error.value)
    assert "\n" not in str(error.value)
