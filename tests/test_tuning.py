import pytest

from basstab_hf.errors import TuningError
from basstab_hf.tab.tuning import NAMES, Tuning


@pytest.mark.parametrize(
    ("word", "pitches"),
    [
        ("GDAE", (43, 38, 33, 28)),
        ("GDAD", (43, 38, 33, 26)),
        ("GbDbAbEb", (42, 37, 32, 27)),
        ("F#C#G#C#", (42, 37, 32, 25)),
        ("EBF#C#", (40, 35, 30, 25)),
        ("D#A#FC", (39, 34, 29, 24)),
        ("EbBbFBb", (39, 34, 29, 22)),
        ("FCGC", (41, 36, 31, 24)),
        ("DAEB", (38, 33, 28, 23)),
        ("GDAEB", (43, 38, 33, 28, 23)),
        ("CGDAE", (48, 43, 38, 33, 28)),
        ("CGDAEB", (48, 43, 38, 33, 28, 23)),
    ],
)
def test_octaves_are_those_of_a_bass(word: str, pitches: tuple[int, ...]) -> None:
    tuning = Tuning.parse(word)
    assert tuning.pitches == pitches
    assert tuning.word == str(tuning) == word
    assert tuning.n_strings == len(pitches)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_tuning(name: str) -> None:
    assert Tuning.parse(name.upper()).pitches == Tuning.parse(NAMES[name]).pitches


@pytest.mark.parametrize("word", [*NAMES.values(), "F#C#G#C#", "EBF#C#", "D#A#FC", "F#C#G#D#A#", "CGDA"])
def test_tunings_are_named_by_their_open_strings(word: str) -> None:
    assert Tuning.from_pitches(Tuning.parse(word).pitches).word == word


@pytest.mark.parametrize("pitches", [(), (43, 38, 33), (28, 33, 38, 43), (55, 50, 45, 40), (31, 26, 21, 16), (40,) * 9])
def test_open_strings_of_no_bass_are_refused(pitches: tuple[int, ...]) -> None:
    with pytest.raises(TuningError, match="are no bass tuning"):
        Tuning.from_pitches(pitches)


def test_small_letters_and_signs_of_print_are_read() -> None:
    assert Tuning.parse("g♭d♭a♭e♭") == Tuning.parse("GbDbAbEb")


@pytest.mark.parametrize("word", ["", "GDA", "GDXE", "GDAE!", "GDAEBFC", "drop Q", "BBBBBB"])
def test_other_words_are_refused_by_name(word: str) -> None:
    with pytest.raises(TuningError, match="is no bass tuning"):
        Tuning.parse(word)
