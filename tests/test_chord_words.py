"""Chords as a model reads them: any name is spelt in a few words, and these stand in front of their bars."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.chart.names import Chord, parse_chord
from basstab_hf.composer.style import names as composer_styles
from basstab_hf.errors import InputError
from basstab_hf.generate.chord_words import KINDS, spelt, with_bar_words
from basstab_hf.tab.columns import END
from basstab_hf.tokenizer.control_table import STYLES, TEMPO_BOUNDS, tempo_range
from basstab_hf.tokenizer.control_words import CHORD_PARTS, CHORD_WORDS, RESERVED

_ROOTS = [f"{letter}{sign}" for letter in "CDEFGAB" for sign in ("", "#", "b", "##", "bb")]
_QUALITIES = (
    *(
        "",
        "m",
        "min",
        "-",
        "maj7",
        "M7",
        "m7",
        "7",
        "9",
        "13",
        "6",
        "6/9",
        "m6",
        "dim",
        "dim7",
        "m7b5",
        "ø",
        "aug",
        "+",
    ),
    *(
        "sus2",
        "sus4",
        "sus",
        "7sus4",
        "9sus4",
        "add9",
        "5",
        "7#9",
        "7b5",
        "maj7#11",
        "mmaj7",
        "m9",
        "m11",
        "alt",
        "no3",
    ),
)
NAMES = st.builds(
    "{}{}{}".format,
    st.sampled_from(_ROOTS),
    st.sampled_from(_QUALITIES),
    st.one_of(st.just(""), st.sampled_from(_ROOTS).map("/{}".format)),
)


def chord_words(name: str) -> tuple[str, ...]:
    return spelt(parse_chord(name))


def _name(words: tuple[str, ...]) -> str:
    """A name of a chord that is spelt so."""
    values = dict(word.strip("<>").split(":") for word in words)
    bass = f"/{values['bass']}" if "bass" in values else ""
    return "N.C." if values["root"] == "none" else f"{values['root']}{values.get('quality', '')}{bass}"


@given(NAMES)
def test_any_chord_is_spelt_in_known_words_that_name_it(name: str) -> None:
    words = chord_words(name)
    assert 1 <= len(words) <= len(CHORD_PARTS)
    assert set(words) <= set(CHORD_WORDS) <= set(RESERVED)
    assert chord_words(_name(words)) == words
    meant, said = parse_chord(_name(words)), parse_chord(name)
    assert meant is not None
    assert said is not None
    assert (meant.root, meant.bass) == (said.root, said.bass)
    assert {3, 4} & meant.intervals == ({3, 4} & said.intervals if {3, 4} - said.intervals else {4})


@given(NAMES, st.integers(-12, 12))
def test_a_moved_chord_is_spelt_as_the_chord_there(name: str, semitones: int) -> None:
    chord = parse_chord(name)
    assert chord is not None
    there = Chord((chord.root + semitones) % 12, chord.intervals, (chord.bass + semitones) % 12)
    assert spelt(chord, semitones) == spelt(there)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("F", "<root:F>"),
        ("Am7/G", "<root:A> <quality:m7> <bass:G>"),
        ("Bm7b5", "<root:B> <quality:m7b5>"),
        ("Db9", "<root:C#> <quality:7>"),
        ("Cbmaj7/E#", "<root:B> <quality:maj7> <bass:F>"),
        ("Gsus", "<root:G> <quality:sus4>"),
        ("C/C", "<root:C>"),
        ("n.c.", "<root:none>"),
    ],
)
def test_what_some_names_are(name: str, words: str) -> None:
    assert " ".join(chord_words(name)) == words


def test_every_word_is_in_use() -> None:
    used = {word for root in CHORD_PARTS["root"] for word in chord_words("N.C." if root == "none" else root)}
    used |= {word for quality in CHORD_PARTS["quality"] for word in chord_words(f"C{quality}")}
    used |= {word for bass in CHORD_PARTS["bass"] for root in "CD" for word in chord_words(f"{root}/{bass}")}
    assert used == set(CHORD_WORDS)
    assert {name for name, _, _ in KINDS} == {"", *CHORD_PARTS["quality"]}
    with pytest.raises(InputError, match="chord 1, 'H'"):
        chord_words("H")


def test_words_stand_in_front_of_their_bars_whoever_breaks_the_line() -> None:
    text = "GDAE |||| 1--- |||| 2--- |||| <END> GDAE |||| |||| 3--- |||| <END>"
    words = text.split()
    bars = [("<root:A>", "<quality:m>"), (), ("<root:C>",)]
    assert " ".join(with_bar_words(words, bars)) == (
        "GDAE |||| <root:A> <quality:m> 1--- |||| 2--- |||| <root:C> <END> GDAE |||| |||| <root:C> 3--- |||| <END>"
    )
    assert with_bar_words(["||||", END, "GDAE", "||||"], [["<root:C>"]]).count("<root:C>") == 2
    assert with_bar_words(words, []) == words


def test_styles_and_tempi_are_the_composers() -> None:
    assert composer_styles() == STYLES
    values = [tempo_range(tempo) for tempo in (*TEMPO_BOUNDS, 40, 300)]
    assert values == ["80-99", "100-119", "120-139", "140-169", "170-up", "below-80", "170-up"]
