import sys

import pytest

from basstab_hf.dataset.abc_notation import read_tune, split_book
from basstab_hf.dataset.tune import TuneError
from basstab_hf.errors import MissingExtraError

pytest.importorskip("music21")

HEADER = "X:1\nT:Trial\nM:4/4\nL:1/8\nK:C\n"


def notes(body, header=HEADER):
    """Bars as lists of (onset, duration, pitch)."""
    return [[(n.onset, n.duration, n.pitch) for n in bar.notes] for bar in read_tune(header + body).bars]


def pitches(body, header=HEADER):
    return [[pitch for _, _, pitch in bar] for bar in notes(body, header)]


def test_a_book_is_cut_at_its_numbers():
    first, second = split_book("% A book\n\nX:1\nT:One\nK:C\nC4|\n\nX: 2\nT:Two X:3\nK:C\nD4|\n")
    assert first.startswith("X:1\nT:One")
    assert second.startswith("X: 2\nT:Two X:3")
    assert split_book("no tune") == []


def test_header():
    tune = read_tune(
        'X:7\nT:PETER\'S -- JIG\nT:Another name\nM:6/8\nL:1/8\nQ:3/8=120 "Fast"\n'
        "Z:Transcribed by Ann O'Nym, ann@example.org 1/2/97\nZ:Corrected by B. Best\nZ:a remark (~) on turns\n"
        "K:Ador\nA3 B3|\n"
    )
    assert tune.title == "Peter's Jig"
    assert (tune.key, tune.time_signature, tune.tempo) == ("A dorian", "6/8", 180.0)
    assert tune.transcriber == "Ann O'Nym, Corrected by B. Best"


@pytest.mark.parametrize(
    ("field", "title"),
    [("Kerry Cobbler, The", "The Kerry Cobbler"), ("Poor Man., A", "A Poor Man"), ("Plain.", "Plain")],
)
def test_titles_read_as_one_says_them(field, title):
    assert read_tune(f"X:1\nT:{field}\nM:C\nL:1/8\nK:C\nC8|").title == title


@pytest.mark.parametrize(
    ("credit", "name"),
    [
        ("Transcribed by jane.doe@mail.example", "Jane Doe"),
        ('"Transcribed by Jo Roe, jo@example.org"', "Jo Roe"),
        ("Contributed 20010917181900 by Al Moe amoe:example.net", "Al Moe"),
        ("Jack Poe * www.example.org.uk * 2009", "Jack Poe"),
        ("abc 1.6", ""),
    ],
)
def test_credits_name_people_without_addresses(credit, name):
    assert read_tune(f"X:1\nT:T\nZ:{credit}\nM:C\nL:1/8\nK:C\nC8|").transcriber == name


@pytest.mark.parametrize(("metre", "meant"), [("C", "4/4"), ("C|", "2/2"), ("9/8", "9/8")])
def test_metres(metre, meant):
    assert read_tune(f"X:1\nT:T\nM:{metre}\nL:1/8\nK:C\nC8|").time_signature == meant


def test_lengths_and_broken_rhythm():
    assert notes("C2 D/ E3/2 z|") == [[(0, 1, 60), (1, 0.25, 62), (1.25, 0.75, 64)]]
    assert notes('(C>.D) E<"4"F|') == [[(0, 0.75, 60), (0.75, 0.25, 62), (1, 0.25, 64), (1.25, 0.75, 65)]]
    assert read_tune(HEADER + "C2 D/ E3/2 z|").bars[0].length == 2.5


def test_tuplets_and_grace_notes():
    triplet = notes("{cd}(3CDE F2|")[0]
    assert [pitch for _, _, pitch in triplet] == [60, 62, 64, 65]
    assert [onset for onset, _, _ in triplet] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_keys_and_accidentals_hold_to_the_bar_line():
    assert pitches("FCf|", HEADER.replace("K:C", "K:D")) == [[66, 61, 78]]
    assert pitches("F^FF|F|") == [[65, 66, 66], [65]]
    assert pitches("F2|[K:G]F2|") == [[65], [66]]


def test_ties_join_notes_of_one_pitch_and_slurs_do_not():
    assert notes("C2-C2 D2-E2|") == [[(0, 2, 60), (2, 1, 62), (3, 1, 64)]]
    assert notes("z2 C2 C/-C/-C/|") == [[(1, 1, 60), (2, 0.75, 60)]]
    held = read_tune(HEADER + "C4-|C2D2|").bars
    assert [(n.onset, n.pitch) for n in held[1].notes] == [(1, 62)]
    assert held[1].length == 2


def test_of_a_chord_the_highest_note_is_taken():
    assert pitches("[CEG]2 [A,C]2|") == [[67, 60]]


def test_repeats_and_endings_are_marked():
    bars = read_tune(HEADER + "C8|:D8|1 E8:|2 F8||G8|]").bars
    assert [bar.strain for bar in bars] == [True, True, False, False, True]
    assert [bar.ending for bar in bars] == [0, 0, 1, 2, 0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("X:1\nT:T\nM:C\nL:1/8\nK:C\nV:1\nC8|\nV:2\nE8|", "several voices"),
        ("X:1\nT:T\nM:C\nL:1/8\nK:C\nC8 & E8|", "several voices"),
        ("X:1\nT:T\nM:C\nL:1/8\nK:C\nC8|\nM:3/4\nC6|", "no metre or several"),
        ("X:1\nT:T\nL:1/8\nK:C\nC8|", "no metre or several"),
        ("X:1\nT:T\nM:none\nL:1/8\nK:C\nC8|", "no metre or several"),
        ("X:1\nT:T\nM:C\nL:1/8\nC8|", "no key"),
        ("X:1\nT:T\nM:C\nL:1/8\nK:Hp\nC8|", "no key"),
        ("X:1\nT:T\nM:C\nL:1/8\nK:C\n[CE8|", "music21 cannot read it"),
        ("X:1\nT:T\nM:C\nL:1/8\nK:C\nX8|", "music21 cannot read it"),
    ],
)
def test_what_is_no_single_melody_is_refused(text, reason, capfd):
    with pytest.raises(TuneError) as error:
        read_tune(text)
    assert error.value.reason == reason
    assert capfd.readouterr() == ("", "")


def test_without_music21_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "music21", None)
    with pytest.raises(MissingExtraError, match=r'pip install "basstab-hf\[corpus\]"'):
        read_tune(HEADER + "C8|")
