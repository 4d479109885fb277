import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.chart.names import Key, parse_chord, parse_key
from basstab_hf.errors import InputError

C, D, E, F, G, A, B = 0, 2, 4, 5, 7, 9, 11


@pytest.mark.parametrize(
    ("name", "tonic", "minor"),
    [
        ("C", C, False), ("Em", E, True), ("F#m", 6, True), ("Bb", 10, False), ("Gb", 6, False), ("bb", 10, False),
        ("E#", F, False), ("Cb", B, False), ("cb", B, False), ("B♭m", 10, True), ("C♯ minor", 1, True),
        ("A major", A, False), ("Dmin", D, True), ("GM", G, False), (" am ", A, True), ("Fbb", 3, False),
    ],
)  # fmt: skip
def test_keys(name: str, tonic: int, minor: bool) -> None:
    assert parse_key(name) == Key(tonic, minor)


def test_scales() -> None:
    assert parse_key("C").scale == parse_key("Am").scale == {C, D, E, F, G, A, B}
    assert parse_key("Am").raised_seventh == 8
    assert parse_key("C").raised_seventh is None
    assert parse_key("Eb").scale == {3, F, G, 8, 10, C, D}


@pytest.mark.parametrize("name", ["", "H", "Cm7", "C dorian", "m", "C###", "1"])
def test_what_is_no_key_is_told(name: str) -> None:
    with pytest.raises(InputError, match="write a note and m for minor"):
        parse_key(name)


@pytest.mark.parametrize(
    ("name", "tones"),
    [
        ("C", {C, E, G}), ("Cmaj", {C, E, G}), ("Am", {A, C, E}), ("Amin", {A, C, E}), ("A-", {A, C, E}),
        ("bb", {10, D, F}),
        ("G7", {G, B, D, F}), ("Cmaj7", {C, E, G, B}), ("CM7", {C, E, G, B}), ("CΔ", {C, E, G}), ("CΔ7", {C, E, G, B}),
        ("Ebmaj7", {3, G, 10, D}), ("Dm7", {D, F, A, C}), ("Bm7b5", {B, D, F, A}), ("Bø", {B, D, F, A}),
        ("Bø7", {B, D, F, A}), ("Bdim", {B, D, F}), ("B°7", {B, D, F, 8}), ("Caug", {C, E, 8}), ("C+", {C, E, 8}),
        ("C7#5", {C, E, 8, 10}), ("C7+5", {C, E, 8, 10}), ("C7-9", {C, E, G, 10, 1}), ("Dsus4", {D, G, A}),
        ("Dsus", {D, G, A}), ("Dsus2", {D, E, A}), ("G7sus4", {G, C, D, F}), ("E7#9", {E, 8, B, D, G}),
        ("C6", {C, E, G, A}), ("C6/9", {C, E, G, A, D}), ("C69", {C, E, G, A, D}), ("Am6", {A, C, E, 6}),
        ("C9", {C, E, G, 10, D}), ("Am9", {A, C, E, G, B}), ("Cmaj9", {C, E, G, B, D}), ("G11", {G, B, D, F, A, C}),
        ("G13", {G, B, D, F, A, E}), ("G13b9", {G, B, D, F, 8, E}), ("Cadd9", {C, E, G, D}), ("C5", {C, G}),
        ("Bb5", {10, F}), ("C(no3)", {C, G}), ("Cno5", {C, E}), ("Am(maj7)", {A, C, E, 8}), ("AmM7", {A, C, E, 8}),
        ("C7(b9,#11)", {C, E, G, 10, 1, 6}), ("G7alt", {G, B, F, 8, 10, 3}), ("C/G", {C, E, G}),
        ("C/D", {C, D, E, G}), ("F♯m7♭5", {6, A, C, E}), ("E#m", {F, 8, C}), ("Cadd11", {C, E, G, F}),
        ("C7b13", {C, E, G, 10, 8}), ("C-7", {C, 3, G, 10}), ("C-7b5", {C, 3, 6, 10}), ("C-9", {C, 3, G, 10, D}),
        ("C-5", {C, E, 6}), ("C^7", {C, E, G, B}), ("C-^7", {C, 3, G, B}), ("Ch7", {C, 3, 6, 10}),
        ("F#ø7", {6, A, C, E}),
        ("Co7", {C, 3, 6, A}), ("Bdim7", {B, D, F, 8}), ("C-b6", {C, 3, G, 8}), ("C-#5", {C, 3, 8}),
        ("C7b9#5", {C, E, 8, 10, 1}), ("C7#9b13", {C, E, G, 10, 3, 8}), ("C7b9sus", {C, F, G, 10, 1}),
        ("C7add3sus", {C, E, F, G, 10}), ("C^7#11", {C, E, G, B, 6}), ("C2", {C, D, E, G}), ("Cadd2", {C, D, E, G}),
        ("C4", {C, F, G}), ("C7/9", {C, E, G, 10, D}), ("C/9", {C, D, E, G}), ("C7(13)", {C, E, G, 10, A}),
        ("C(9)", {C, D, E, G}), ("C+7", {C, E, 8, 10}), ("G7+", {G, B, 3, F}), ("C7M", {C, E, G, B}),
        ("Cj7", {C, E, G, B}),
        ("Cmin/maj7", {C, 3, G, B}), ("Cm(#7)", {C, 3, G, B}), ("CmΔ7", {C, 3, G, B}), ("Cm+7", {C, 3, G, B}),
        ("G13sus4", {G, C, D, F, E, A}), ("Csus2sus4", {C, D, F, G}), ("Csus24", {C, D, F, G}),
        ("C6add9", {C, D, E, G, A}),
        ("C(omit3)", {C, G}), ("Cmaj7/F#", {C, E, G, B, 6}), ("CMaj7", {C, E, G, B}), ("CMin", {C, 3, G}),
        ("Am7*", {A, C, E, G}), ("Caddb9", {C, 1, E, G}), ("Cmaj7#5", {C, E, 8, B}), ("Bbm6/9", {10, 1, F, G, C}),
        ("C\\G", {C, E, G}), ("Cm7sus4", {C, F, G, 10}), ("C9sus", {C, F, G, 10, D}), ("Bm2", {B, D, 6, 1}),
        ("Db+4", {1, F, G, 8}), ("Cm7/add11", {C, 3, F, G, 10}),
    ],
)  # fmt: skip
def test_chords(name: str, tones: set[int]) -> None:
    chord = parse_chord(name)
    assert chord is not None
    assert chord.tones == tones
    assert chord.scale >= tones


def test_a_note_behind_a_slash_is_the_bass() -> None:
    slash, plain = parse_chord("C/G"), parse_chord("C")
    assert slash is not None
    assert plain is not None
    assert (slash.root, slash.bass, plain.bass) == (C, G, C)


@pytest.mark.parametrize("name", ["N.C.", "n.c.", "NC", "N. C."])
def test_no_chord(name: str) -> None:
    assert parse_chord(name) is None


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("C", {C, D, E, F, G, A, B}), ("C7", {C, D, E, F, G, A, 10}), ("Cm", {C, D, 3, F, G, 8, 10}),
        ("Cm7b5", {C, 1, 3, F, 6, 8, 10}), ("Caug", {C, D, E, F, 8, A, B}), ("C7b5", {C, D, E, F, 6, A, 10}),
    ],
)  # fmt: skip
def test_passing_notes_are_of_the_mode_that_has_the_chord(name: str, scale: set[int]) -> None:
    chord = parse_chord(name)
    assert chord is not None
    assert chord.scale == scale


@pytest.mark.parametrize(
    "name", ["", "H7", "Cfoo", "C/H", "C8", "Cm5", "C/", "/G", "7", "Am F", "Cm4", "C7b8", "dim", "Comit", "N.C.7"]
)
def test_what_is_no_chord_is_named_with_its_place(name: str) -> None:
    with pytest.raises(InputError, match=r"^chord 3, .*write a root") as told:
        parse_chord(name, 3)
    assert repr(name) in str(told.value)


@given(st.text(max_size=8) | st.from_regex(r"[A-G][b#]?(m|maj|dim|\+)?[0-9]{0,2}(sus4|b9)?(/[A-G])?", fullmatch=True))
def test_any_text_is_a_chord_or_told(name: str) -> None:
    try:
        chord = parse_chord(name)
    except InputError:
        return
    assert chord is None or (chord.bass in chord.tones and chord.tones <= set(range(12)))
