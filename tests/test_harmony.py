import math

import numpy as np
import pytest

from basstab_hf.chart.bars import sounding
from basstab_hf.chart.names import parse_key
from basstab_hf.generate.harmony import Harmony
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.token_notes import TokenNotes
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.tab.tuning import STANDARD

# On the A string: A, Bb, B, C, C#, D, E flat, E, F, F#, G, G#.
FRETS = [f"--{fret}-" for fret in range(10)]
VOCABULARY = Vocabulary(("----", "||||", "<END>", "--x-", "0-0-", "--5- ---- --4- ----", *FRETS))
NAMES = dict(zip(("A", "Bb", "B", "C", "C#", "D", "Eb", "E", "F", "F#"), FRETS, strict=True))


def harmony(key: str = "", chords: str = "", strength: float = 1.0, vocabulary: Vocabulary = VOCABULARY) -> Harmony:
    read = sounding([bar.strip() for bar in chords.split("|")] if "|" in chords else chords.split())
    return Harmony(TokenNotes(vocabulary, STANDARD), parse_key(key) if key else None, read, strength, 4)


def after(*words: str, width: int | None = 16) -> SoFar:
    """A tab that has begun with a note, so that only the place in the bar counts."""
    so_far = SoFar.of(("GDAE", "||||", "0---", *["----"] * 15, "||||"), STANDARD, width)
    for word in words:
        so_far.read(word)
    return so_far


def between_beats() -> SoFar:
    return after("----")


def said(control: Harmony, so_far: SoFar, vocabulary: Vocabulary = VOCABULARY) -> dict[str, float]:
    bias = control.bias(so_far)
    assert bias is not None
    return dict(zip(map(str, vocabulary.words), map(float, bias), strict=True))


def test_notes_outside_the_key_cost_and_others_do_not() -> None:
    once, twice = said(harmony("G"), between_beats()), said(harmony("G", strength=2.0), between_beats())
    outside = {NAMES[name] for name in ("Bb", "C#", "Eb", "F")}
    # In this vocabulary a 1 may become a 12, and a 2 a 20; "--5- ---- --4- ----" has a C#.
    assert {word for word, nats in once.items() if nats < 0} == outside | {"--5- ---- --4- ----"}
    assert all(once[word] == 0 for word in {*FRETS, "----", "||||", "<END>", "--x-"} - outside)
    assert twice[NAMES["F"]] == pytest.approx(2 * once[NAMES["F"]])


def test_several_notes_of_a_token_cost_together() -> None:
    once = said(harmony("C"), between_beats())[NAMES["C#"]]
    assert said(harmony("Ab"), between_beats())["--5- ---- --4- ----"] == pytest.approx(once)  # D is out, C# is in
    assert said(harmony("B"), between_beats())["0-0-"] == pytest.approx(2 * once)  # so are G and A
    assert said(harmony("C"), between_beats())["0-0-"] == 0


def test_the_raised_seventh_of_a_minor_key_is_nearly_in_it() -> None:
    bias = said(harmony("Dm"), between_beats())
    assert bias[NAMES["D"]] > bias[NAMES["C#"]] > bias[NAMES["Eb"]]
    assert said(harmony("Dm", strength=10), between_beats())[NAMES["C#"]] > -math.inf


@pytest.mark.parametrize(("strength", "forbidden"), [(9.9, False), (10.0, True), (100.0, True)])
def test_from_a_strength_of_ten_on_nothing_outside_is_written(strength: float, forbidden: bool) -> None:
    assert math.isinf(said(harmony("G", strength=strength), after())[NAMES["Eb"]]) == forbidden
    assert math.isinf(said(harmony("", "G", strength), after())[NAMES["D"]]) == forbidden  # first beat: only the bass


def test_a_key_has_its_tonic_on_the_first_beat() -> None:
    bias = said(harmony("C"), after())
    assert max(FRETS, key=lambda word: bias[word]) == NAMES["C"]
    assert bias[NAMES["E"]] > bias[NAMES["D"]] > bias[NAMES["C#"]]
    assert said(harmony("C"), between_beats())[NAMES["C"]] == said(harmony("C"), between_beats())[NAMES["D"]]


def test_roots_are_pushed_on_the_first_beat_chord_tones_on_others() -> None:
    control = harmony("", "Am")
    first, offbeat, middle = said(control, after()), said(control, after("----")), said(control, after(*["----"] * 8))
    assert first[NAMES["A"]] > 0 > first[NAMES["C"]] > first[NAMES["D"]] > first[NAMES["C#"]]
    assert middle[NAMES["A"]] > middle[NAMES["C"]] > middle[NAMES["D"]] > middle[NAMES["C#"]]
    assert offbeat[NAMES["A"]] == offbeat[NAMES["C"]] == 0 > offbeat[NAMES["D"]] > offbeat[NAMES["C#"]]
    assert first["----"] == first["||||"] == 0
    assert first["--x-"] < 0 == offbeat["--x-"]  # a dead note is of no chord


def test_padding_at_the_start_of_a_bar_takes_no_time() -> None:
    control = harmony("", "Am")
    assert said(control, after("----", width=17)) == said(control, after(width=16))
    early = said(control, after(width=17))
    assert 0 == early["----"] > early[NAMES["A"]] > early[NAMES["C"]]  # a note would come before its beat
    assert said(harmony("", "Am", 10), after(width=17))[NAMES["A"]] == -math.inf


def test_in_three_four_no_beat_is_the_middle() -> None:
    control = harmony("", "Am")
    beats = [said(control, after(*["----"] * column, width=12)) for column in (4, 8)]
    assert beats[0] == beats[1] == said(control, after(*["----"] * 4))


def test_the_bass_note_behind_a_slash_stands_on_the_first_beat() -> None:
    bias = said(harmony("", "C/E"), after())
    assert bias[NAMES["E"]] > bias[NAMES["C"]] > bias[NAMES["D"]]


def test_chords_take_a_bar_each_and_go_round() -> None:
    control = harmony("", "Am D N.C.")
    bar = [*["----"] * 16, "||||"]
    roots = [said(control, after(*bar * number)) for number in range(4)]
    assert roots[0][NAMES["A"]] == roots[1][NAMES["D"]] > 0
    assert set(roots[2].values()) == {0.0}
    assert roots[3] == roots[0]


def test_chords_share_a_bar() -> None:
    control = harmony("", "Am . . D | | F")
    here = [said(control, after(*["----"] * columns)) for columns in (0, 8, 12)]
    assert here[0][NAMES["A"]] > 0 > here[0][NAMES["D"]]
    assert here[1][NAMES["D"]] < here[1][NAMES["A"]]
    assert here[2][NAMES["D"]] == here[0][NAMES["A"]]  # it begins there: its bass is pushed as on a first beat
    whole = [*["----"] * 16, "||||"]
    assert said(control, after(*whole))[NAMES["D"]] > 0  # nothing begins: D goes on
    assert said(control, after(*whole * 2))[NAMES["F"]] > 0


def test_passing_notes_are_of_the_key_where_there_is_one() -> None:
    offbeat = after("----")
    assert said(harmony("", "C"), offbeat)[NAMES["F#"]] < said(harmony("G", "C"), offbeat)[NAMES["F#"]]
    assert said(harmony("G", "E"), offbeat)["0-0-"] < 0  # G and A: not of E major's own scale


def test_a_one_is_judged_by_what_it_is_where_longer_frets_are_tokens_of_their_own() -> None:
    whole = Vocabulary((*map(str, VOCABULARY.words), "--1- --0- ----"))
    bias = said(harmony("G", vocabulary=whole), between_beats(), whole)
    assert bias[NAMES["Bb"]] == bias[NAMES["C#"]] < 0
    assert bias["--1- --0- ----"] == 0  # fret 10: G


def test_a_one_may_become_a_fret_of_two_digits_and_is_then_judged_by_it() -> None:
    control, always = harmony("G"), harmony("G", strength=10)
    outside = said(control, between_beats())[NAMES["C#"]]
    assert outside < said(control, between_beats())[NAMES["Bb"]] < 0
    bias = said(control, after("----", NAMES["Bb"]))
    assert bias["--0-"] == 0  # 10: G
    assert bias["--1-"] == pytest.approx(outside)  # 11: G#
    assert bias["----"] == pytest.approx(outside)  # 1: Bb
    assert said(always, between_beats())[NAMES["Bb"]] > -math.inf
    assert said(always, after("----", NAMES["Bb"]))["----"] == -math.inf


def test_what_it_says_does_not_depend_on_what_it_said() -> None:
    fresh, used = harmony("D", "D A7"), harmony("D", "D A7")
    for words in ([], ["--1-"], ["----"] * 3):
        assert used.bias(after(*words)) is used.bias(after(*words))
    for words in (["----"] * 3, ["--1-"], []):
        np.testing.assert_array_equal(fresh.bias(after(*words)), used.bias(after(*words)))
