"""AlphaTex as people and alphaTab write it: tracks, tags, form, and what is passed over."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.errors import BasstabError
from basstab_hf.formats.alphatex_read import read_tracks
from basstab_hf.formats.track import Track
from basstab_hf.rhythm.form import Sign
from basstab_hf.tab.timing import timed_notes

BASS = '\\track "Bass"\n\\tuning (G2 D2 A1 E1)\n'


def track(text: str) -> Track:
    return read_tracks(text.encode(), "x.alphatex").first("x.alphatex")


def played(text: str) -> list[tuple[float, int, int]]:
    """Onset, string, fret."""
    found = track(text)
    notes = timed_notes(found.tab, found.columns_per_beat, found.time.times)
    return [(round(note.onset, 3), note.string, note.fret) for note in notes]


OTHERS = {
    "drums": '\\track "Drums"\n\\instrument percussion\n\\articulation defaults\n"Kick (hit)".4 36.4 r.2 |\n',
    "voice": '\\track "Voice"\n\\staff {score}\n\\tuning piano\nC5.4 (D5 F#5).4 E5{acc #}.2 |\n',
    "drop D guitar": '\\track "Guitar"\n\\tuning (E4 B3 G3 D3 A2 D2)\n0.6.1 |\n',
    "bass clarinet": '\\track "Bass Clarinet" {\n instrument 71\n}\nC2.1 |\n',
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("order", [1, -1])
def test_other_tracks_stand_before_or_behind_the_bass(other: str, order: int) -> None:
    text = "".join([OTHERS[other], BASS + "3.4.4 5.3.4 0.4.2 |\n"][::order])
    assert played(text) == [(0, 4, 3), (1, 3, 5), (2, 4, 0)]


@pytest.mark.parametrize(
    "tag",
    [
        '\\copyright2 ("2024" center)',
        "\\scale 0.75",
        "\\scale (0.75)",
        "\\ro",
        "\\displaytranspose 0",
        '\\tempo (92.5 "slow" 0.5 hide)',
        "\\beaming (8 2 2 2 2)",
        "\\ks c",
        "\\section Verse",
        '\\section ("A" "Verse")',
        '\\chord {showname false} ("Am" 0 1 2 2)',
        '\\lyrics 1 "la la"',
        "\\unheard 7 of",
        "\\clef f4",
        "\\sync 0 0 1000 0.5",
        "\\staff {score tabs}",
    ],
)
def test_tags_take_their_values_and_no_note(tag: str) -> None:
    assert played(f"{BASS}{tag}\n(3.4 5.3).4 3.4.4 3.4.2 |")[:2] == [(0, 3, 5), (0, 4, 3)]
    assert played(f"{BASS}{tag}\n3.4.4 5.3.4 3.4.2 |")[0] == (0, 4, 3)


@pytest.mark.parametrize(
    "effects",
    [
        "dy mf beam Up",
        "txt d",
        "instrument lead2sawtooth",
        "tp (8 default)",
        "fermata (short 0.5)",
        "acc # dy f",
    ],
)
def test_words_of_effects_are_no_effects(effects: str) -> None:
    """A `d` behind txt is a text, and makes no note longer."""
    assert played(f"{BASS}3.4.4{{{effects}}} 5.3.4 r.2 |") == [(0, 4, 3), (1, 3, 5)]


def test_the_time_signature_of_one_track_holds_for_all() -> None:
    text = "\\track A \\ts (3 4) r.4 r.4 r.4 | \\ts (2 4) r.2 |\n" + BASS + "3.4.4 r.2 | 0.4.2 | 1.4.2 |"
    assert played(text) == [(0, 4, 3), (3, 4, 0), (5, 4, 1)]
    assert track(text).time_signature == "2/4"


def test_an_upbeat_is_as_long_as_its_beats() -> None:
    text = BASS + "\\ac 3.4.4 | 0.4.4 r.2 r.4 | 1.4.1 |"
    assert played(text) == [(0, 4, 3), (1, 4, 0), (5, 4, 1)]


def test_a_duration_holds_until_the_next_over_bars() -> None:
    text = BASS + "3.4.8 5.3 r.2 r.4 | 0.4 :16 {tu 6} 1.4 * 6 :4 r r r |"
    sixth = [round(5 + number / 6, 3) for number in range(6)]
    assert [onset for onset, _, _ in played(text)] == [0, 0.5, 4, *sixth]


def test_all_voices_are_read() -> None:
    text = BASS + "\\voice 3.4.4 r.2 r.4 | r.1 | \\voice r.2 5.1.2 | 7.2.1 |"
    assert played(text) == [(0, 4, 3), (2, 1, 5), (4, 2, 7)]
    text = BASS + "\\voiceMode barWise \\voice 3.4.4 r.2 r.4 \\voice r.2 5.1.2 | r.1 |"
    assert played(text) == [(0, 4, 3), (2, 1, 5)]


def test_a_bar_as_before_has_its_notes() -> None:
    assert [onset for onset, _, _ in played(BASS + "3.4.1 | \\simile simple r.1 |")] == [0, 4]


def test_form_and_chords_are_kept_and_the_rest_told() -> None:
    text = BASS + (
        '\\tempo 100 \\section "Verse" \\ro 3.4.1{ch "Am"} | \\ae 1 \\rc 2 5.4.1 | \\ae 2 7.4.1 |'
        "\\section Outro \\tempo 120 \\tf triplet8th \\jump fine 0.4.1 |"
    )
    found = track(text)
    assert [(marks.section, marks.repeats) for marks in found.marks] == [
        ("Verse", 2),
        ("Verse", 1),
        ("Verse", 1),
        ("Outro", 1),
    ]
    assert [chord.name for marks in found.marks for chord in marks.chords] == ["Am"]
    assert found.tempo == 100
    assert found.time.form == (Sign(True), Sign(closes=2, endings=(1,)), Sign(endings=(2,)), Sign())
    assert [(change.bar, change.tempo) for change in found.time.tempos] == [(3, 120)]
    assert found.remarks == (
        "swing is written as even notes: bar 4",
        "jumps (da capo, coda) are left out: bar 4",
    )


def test_a_bass_without_strings_is_fingered() -> None:
    text = '\\track "Bass" \\instrument 33\n\\tuning none\nE1.4 A1{t}.4 (C2 -).4 G2.8{gr} D2.4 | -.1 |'
    found = track(text)
    notes = timed_notes(found.tab, found.columns_per_beat, found.time.times)
    assert [(note.onset, note.pitch) for note in notes] == [(0, 28), (1, 33), (2, 36), (3, 38)]


def test_a_bass_on_guitar_strings_is_read_an_octave_lower() -> None:
    found = track('\\track "Bass"\n\\tuning (E4 B3 G3 D3 A2 E2)\n0.6.4 3.5.4 0.3.2 |')
    assert found.tab.tuning.word == "GDAE"
    assert [note.pitch for note in timed_notes(found.tab, found.columns_per_beat, found.time.times)] == [28, 36, 43]
    assert "written on guitar strings (E4 B3 G3 D3 A2 E2): read an octave lower" in found.remarks


PIECES = [*OTHERS.values(), BASS, "3.4.8", "(0.4{h} 2.3).4{d}", ":8 {tu 3}", "|", "\\ts 3 4", *"{()*.9"]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_tracks(text.encode(), "x.alphatex")
    except BasstabError as error:
        assert "\n" not in str(error)


def test_changed_letters_are_read_or_refused() -> None:
    whole = (OTHERS["voice"] + BASS + "\\ro 3.4.4{dy mf} (5.3 7.2{b (0 4)}).8{d} r.16 0.4.2 * 2 | r.1 |").encode()
    chance = random.Random(3)
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.choice(b"(){}.|\\* 0123456789abr-\"'\x00\xff")
        try:
            read_tracks(bytes(content), "x.alphatex")
        except BasstabError as error:
            assert "\n" not in str(error)
