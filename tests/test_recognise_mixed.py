"""Pages where a bass is the exception: a guitar never becomes one, a part on some strings is one, no fret is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.recognise import explain, recognise_tabs
from basstab_hf.recognise.stated import read_statement
from tests.mixed_pages import Part, guitar_pages, parts

ROWS = ["-5-----7--|", "----------|", "--3-------|", "1---------|"]
BARE = "\n\n" + "\n".join("|" + row for row in ROWS)


def stack(labels: str, rows: list[str]) -> str:
    return "\n".join(f"{label}|{row}" for label, row in zip(labels.split(), rows, strict=True))


@settings(max_examples=150, deadline=None)
@given(guitar_pages())
def test_a_guitar_never_becomes_a_bass(page: str) -> None:
    assert recognise_tabs(page).systems == ()


@settings(max_examples=150, deadline=None)
@given(parts())
def test_a_part_on_some_strings_is_the_whole_bass(part: Part) -> None:
    (found,) = recognise_tabs(part.text).systems
    assert found.labels == part.labels
    assert found.system == part.system
    assert len(found.lines) == len(found.line_numbers) == len(part.labels)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 3),
    st.integers(2, 9),
    st.sampled_from(["(let ring)", " h ", "    ", " - - ", "let ring", "(hold it)"]),
)
def test_words_and_blanks_inside_a_line_move_no_fret(place: int, column: int, words: str) -> None:
    rows = ["-" * 30 + "|" for _ in range(4)]
    frets = {column: "7", column + len(words) + 3: "9", 28: "5"}
    row = list(rows[place])
    row[column + 2 : column + 2 + len(words)] = words
    for at, fret in frets.items():
        row[at] = fret
    rows[place] = "".join(row)
    (found,) = recognise_tabs(stack("G D A E", rows)).systems
    line = found.repaired_lines[place]
    assert {at: line[at] for at in frets} == frets
    assert len(line) == 31
    assert found.repairs


@pytest.mark.parametrize(
    ("words", "tuning"),
    [
        ("Tuning: Drop B", "EBF#B"),
        ("Drop-D", "GDAD"),
        ("Drop A", "DAEA"),
        ("C standard", "EbBbFC"),
        ("1/2 step down (Eb)", "GbDbAbEb"),
        ("half a step down", "GbDbAbEb"),
        ("E string tuned to D", "GDAD"),
        ("Afinación: medio tono abajo", "GbDbAbEb"),
        ("Afinação: Mi La Ré Sol", "GDAE"),
        ("Stimmung: einen Ganzton tiefer", "FCGD"),
        ("Accordage : Ré La Ré Sol", "GDAD"),
        ("Строй: на полтона ниже", "GbDbAbEb"),
        ("チューニング：半音下げ", "GbDbAbEb"),
        ("DADG tuning", "GDAD"),
    ],
)
def test_a_tuning_in_words(words: str, tuning: str) -> None:
    (found,) = recognise_tabs(words + BARE).systems
    assert found.tuning.word == tuning


@pytest.mark.parametrize(
    "prose", ["drop a line", "the tune is in D", "a big step down the road", "let it drop", "a standard"]
)
def test_prose_states_no_tuning(prose: str) -> None:
    assert read_statement([prose]).tunings == {}


def test_five_and_six_lines_are_a_bass_where_the_page_says_so() -> None:
    five, six = "\n\n" + "|-3--|\n" * 5, "\n\n" + "|-3--|\n" * 6
    for words in ("For 5 string bass (B E A D G)", "Bajo de 5 cuerdas", "5-Saiter Bass", "Stimmung: H E A D G"):
        assert [found.tuning.word for found in recognise_tabs(words + five).systems] == ["GDAEB"]
    assert [found.tuning.word for found in recognise_tabs("6 string bass" + six).systems] == ["CGDAEB"]
    for words in ("6 string guitar", "Bass", "5 string banjo", ""):
        assert recognise_tabs(words + six).systems == ()


def test_a_printed_label_wins_over_a_statement_unless_it_is_nominal() -> None:
    labelled = "\n\n" + stack("G D A E", ROWS)
    (printed,) = recognise_tabs("Tuned down a half step." + labelled).systems
    assert printed.tuning.word == "GDAE"
    (nominal,) = recognise_tabs("Tuned down a half step; labels are nominal." + labelled).systems
    assert nominal.tuning.word == "GbDbAbEb"
    assert any("nominal" in repair for repair in nominal.repairs)


@pytest.mark.parametrize(
    ("labels", "tuning"),
    [("G D A D B", "GDADB"), ("G D A D A", "GDADA"), ("G D G D", "GDGD"), ("G C G C", "GCGC"), ("B D A D G", "GDADB")],
)
def test_an_open_tuning_is_no_slip(labels: str, tuning: str) -> None:
    rows = [*ROWS, "----------|"][: len(labels.split())]
    (found,) = recognise_tabs(stack(labels, rows)).systems
    assert found.tuning.word == tuning


@pytest.mark.parametrize(
    "page",
    [
        "3----0---2--\n4--2--------\n5-----------\n6--3--------",
        "Schlagzeug:\n|x---x---|\n|----x---|\n|x---x---|\n|--------|",
        "Mandolin\n\nE|--0-2-3-|\nA|--------|\nD|--------|\nG|--------|",
        "G|---|---|-2-|---|\nD|---|-1-|---|---|\nA|---|---|-3-|---|\nE|---|---|---|-4-|",
        "C\nG|-0-|\nD|-2-|\nA|-3-|\nE|---|",
        "(D string) ---3--\n(G string) ---3--\n(B string) ---3--\n(E string) ---3--",
        "Guitar\n|--3--5--|\n|--------|\n|--------|\n|--------|",
    ],
)
def test_other_things_of_four_lines(page: str) -> None:
    assert recognise_tabs(page).systems == ()


def test_typographic_dashes_are_as_wide_as_they_make_the_lines_equal() -> None:
    lines = ["G MMM5N", "D M3MMN", "A -----------MN-", "E 1MMMN--"]
    text = "\n".join(lines).replace("M", "\u2014").replace("N", "\u2013")
    (found,) = recognise_tabs(text).systems
    assert len({*map(len, found.repaired_lines)}) == 1


def test_a_time_signature_is_no_chord() -> None:
    (found,) = recognise_tabs("G|---|-----5--|\nD|-4-|--------|\nA|-4-|-3------|\nE|---|1-------|").systems
    assert not re.search("4", "".join(found.repaired_lines))
    assert any("time signature" in repair for repair in found.repairs)


def test_explain_names_the_nearest_reading() -> None:
    guitar = stack("e B G D A E", ["-3-|"] * 6)
    part = "A|--3--|\nE|3----|"
    told = explain(guitar + "\n\n" + part, recognise_tabs(guitar + "\n\n" + part))
    assert "six lines labelled EBGDAE: guitar; --all-instruments keeps it" in told
    assert "strings AE of a bass, under a heading with the word bass" in told


FRETS = ["-0---2---|", "---1-----|"]
NOTHING = "nothing keeps it"
#: Kind of what is refused -> the page, and what `--explain` calls it.
NEAREST = {
    "guitar": (stack("e B G D A E", FRETS * 3), "six lines labelled EBGDAE: guitar; --all-instruments keeps it"),
    "guitar without labels": (
        "Verse\n" + "\n".join(f"|{row}" for row in FRETS * 3),
        'six lines without labels: guitar; --all-instruments keeps it; a bass where the page says "6 string bass"',
    ),
    "seven strings": (
        stack("e B G D A E B", [*FRETS * 3, FRETS[0]]),
        f"seven lines labelled EBGDAEB: guitar; {NOTHING}",
    ),
    "drums": (
        "HH|x-x-x-x-|\nSD|----o---|\nBD|o-------|",
        f"three lines labelled HH SD BD: drums; {NOTHING}",
    ),
    "ukulele": (
        stack("A E C G", FRETS * 2),
        "four lines labelled AECG: ukulele; a bass with the labels of its strings",
    ),
    "mandolin": ("Mandolin tab\n" + stack("E A D G", FRETS * 2), "mandolin; a bass under a heading with the word bass"),
    "fretboard": (
        "\n".join(["|---|---|-o-|---|", "|---|---|---|---|"] + ["|-o-|---|---|---|"] * 4),
        f"a picture of where the fingers stand, not of what is played; {NOTHING}",
    ),
    "a line of dashes": (
        "|-----------|",
        f"one line without labels and without frets: a rule or an empty string; {NOTHING}",
    ),
    "cut guitar": (stack("e B G D", FRETS * 2), "four lines labelled EBGD: guitar; --all-instruments keeps it"),
    "four lines of a guitar": (
        "Guitar solo\n" + "\n".join(f"|{row}" for row in FRETS * 2),
        "four lines without labels; a bass under a heading with the word bass, or with the labels G D A E",
    ),
}


@pytest.mark.parametrize(("page", "nearest"), NEAREST.values(), ids=NEAREST)
@pytest.mark.parametrize("all_instruments", [False, True])
def test_every_refusal_says_what_the_lines_are_and_what_keeps_them(
    page: str, nearest: str, all_instruments: bool
) -> None:
    found = recognise_tabs(page, all_instruments=all_instruments)
    if all_instruments and "--all-instruments" in nearest:
        assert found.systems
        assert not found.rejected
        return
    assert not found.systems
    assert any(refused.nearest.startswith(nearest) for refused in found.rejected)


def test_what_would_keep_a_block_does() -> None:
    bare = "\n".join(f"|{row}" for row in FRETS * 2)
    assert recognise_tabs(f"Guitar solo\n{stack('G D A E', FRETS * 2)}").systems
    assert recognise_tabs(f"Guitar solo\nBass\n{bare}").systems
    assert recognise_tabs(f"Mandolin tab\nBass\n{stack('E A D G', FRETS * 2)}").systems
    six = "\n".join(f"|{row}" for row in FRETS * 3)
    assert recognise_tabs(f"for 6 string bass\n\nVerse\n{six}").systems


SONG = "A song\n\n[Verse]\nC        G\nwords of the first line\n\n"
LOW, TWO = "E|--3-----3--5-|", "A|-----5-------|\nE|--3-----3--5-|"
PARTS = [
    f"Bass:\n{TWO}",
    f"[Bass]\n{LOW}",
    f"## Bass\n{TWO}",
    f"**Bass riff**\n{LOW}",
    f"Bajo:\n{TWO}",
    f"Baixo\n{LOW}",
    f"Basse :\n{TWO}",
    f"Basso:\n{LOW}",
    f"Бас:\n{TWO}",
    f"Bass part\n\n{TWO}",
    f"Bass:\n   C       G\n{TWO}",
    f"Bass: {LOW}",
    "Bass: A|-----5-------|\n      E|--3-----3--5-|",
    f"Bass:\n(softly)\n\n{LOW}",
]


@pytest.mark.parametrize("part", PARTS)
def test_labelled_parts_under_the_word_bass_are_read_among_chords_and_words(part: str) -> None:
    (found,) = recognise_tabs(f"{SONG}{part}\n\n[Chorus]\nF    C\nmore words").systems
    assert found.tuning.word == "GDAE"
    assert found.repaired_lines[3] == "--3-----3--5-|"


@pytest.mark.parametrize(
    ("part", "string"),
    [
        ("Bass (E string):\n|--3-----3--5-|", 3),
        ("Bass riff on the low E string\n\n--3-----3--5---3---", 3),
        ("Bass, A string\n|--3-----3--5-|", 2),
        ("Bajo, cuerda Mi:\n|--3-----3--5-|", 3),
        ("Bass:\n(A string) |--3-----3--5-|", 2),
    ],
)
def test_one_line_whose_words_say_which_string(part: str, string: int) -> None:
    (found,) = recognise_tabs(f"{SONG}{part}\n").systems
    assert found.repaired_lines[string].startswith("--3-----3--5-")
    assert found.confidence < 0.9
    assert any("as the words say" in repair for repair in found.repairs)


@pytest.mark.parametrize(
    "heading", ["Bass:", "[Bass]", "Bass riff", "Bass part on a string", "Bass: E string, A string"]
)
@pytest.mark.parametrize(("count", "labels"), [(1, "E"), (2, "A and E"), (3, "D, A and E")])
def test_lines_without_labels_under_the_word_bass_are_refused_with_advice(
    heading: str, count: int, labels: str
) -> None:
    found = recognise_tabs(f"{SONG}{heading}\n" + "|--3-----3--5-|\n" * count)
    assert not found.systems
    (refused,) = found.rejected
    assert f"without labels under {heading!r}: label" in refused.nearest
    assert f"{labels} if" in refused.nearest
