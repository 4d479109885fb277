import math
import re

import numpy as np
import pytest

from basstab_hf.errors import InputError
from basstab_hf.generate import Composer, Music, Request
from basstab_hf.generate.playing import LEVELS, Playing, columns_since
from basstab_hf.generate.request_controls import music_controls
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.token_notes import TokenNotes
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.metrics.hand import playability
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import STANDARD
from basstab_hf.tab.values import Tab

FRETS = [f"--{fret}-" for fret in range(10)]
LONG = [f"--1- --{fret % 10}- ----" for fret in range(10, 20)]
MARKS = ["--h-", "--~-", "--b-", "--t-", "--=-"]
VOCABULARY = Vocabulary(
    (None, "----", "||||", "<END>", "GDAE", *FRETS, *LONG, *MARKS, "5-5-", "1--4", "1--9", "0000", "5--- 7---", "--x-")
)


def playing(difficulty: int, tempo: float = 100.0, vocabulary: Vocabulary = VOCABULARY) -> Playing:
    return Playing(TokenNotes(vocabulary, STANDARD), vocabulary, LEVELS[difficulty], tempo, 4)


def after(*words: str, width: int | None = 16) -> SoFar:
    so_far = SoFar.of(("GDAE", "||||"), STANDARD, width)
    for word in words:
        so_far.read(word)
    return so_far


def said(control: Playing, so_far: SoFar) -> dict[str, float]:
    bias = control.bias(so_far)
    assert bias is not None
    return {word: float(nats) for word, nats in zip(VOCABULARY.words, bias, strict=True) if word}


def allowed(control: Playing, so_far: SoFar) -> set[str]:
    return {word for word, nats in said(control, so_far).items() if nats > -math.inf}


@pytest.mark.parametrize(("difficulty", "highest"), [(1, 5), (2, 7), (3, 12), (4, 17), (5, 19)])
def test_frets_go_as_far_as_the_level(difficulty: int, highest: int) -> None:
    words = allowed(playing(difficulty), after())
    found = [*(fret for fret in range(10) if FRETS[fret] in words), *(10 + n for n in range(10) if LONG[n] in words)]
    assert max(found) == highest
    assert {"----", "||||", "<END>", "--=-"} <= words


@pytest.mark.parametrize(("difficulty", "marks"), [(1, "="), (2, "=h"), (3, "=h~"), (4, "=h~b"), (5, "=h~bt")])
def test_techniques_come_with_the_levels(difficulty: int, marks: str) -> None:
    assert {word for word in MARKS if word in allowed(playing(difficulty), after())} == {f"--{mark}-" for mark in marks}


def test_chords_come_with_the_levels() -> None:
    found = [[word in allowed(playing(level), after()) for word in ("5-5-", "1--4", "0000")] for level in LEVELS]
    assert found == [[False] * 3, [False] * 3, [True, True, False], [True, True, False], [True] * 3]
    assert "1--9" not in allowed(playing(5), after())  # no hand reaches over nine frets


def test_beginners_play_on_eighths() -> None:
    words = ["5---", "----"]
    assert FRETS[3] not in allowed(playing(1), after("----", width=16))
    assert FRETS[3] in allowed(playing(1), after("----", width=17))  # padding takes no time
    assert FRETS[3] in allowed(playing(1), after(*words))
    assert FRETS[3] not in allowed(playing(1), after(*words[:1]))
    assert FRETS[3] in allowed(playing(3), after("5---"))


def test_notes_are_as_fast_as_the_level_at_the_tempo() -> None:
    assert FRETS[3] in allowed(playing(1, 100), after("3---", "----"))
    assert FRETS[3] not in allowed(playing(1, 120), after("3---", "----"))
    assert FRETS[3] in allowed(playing(1, 120), after("3---", "----", "----", "----"))
    assert "5--- 7---" not in allowed(playing(2), after())
    assert "5--- 7---" in allowed(playing(3), after())


def test_the_hand_stays_where_it_holds_all_notes() -> None:
    quiet = [*["----"] * 3]
    bias = said(playing(4), after("--5-", *quiet, "--7-", *quiet))  # the hand is at 4 or 5
    assert bias[FRETS[8]] == bias[FRETS[4]] == bias[FRETS[0]] == bias["----"] == bias["--x-"] == 0
    assert 0 > bias[FRETS[3]] > bias[FRETS[2]] > bias[FRETS[1]]


def test_only_what_no_hand_can_do_is_forbidden_at_the_highest_level() -> None:
    control = playing(5)
    soon, later = allowed(control, after("--9-")), allowed(control, after("--9-", "----", "----"))
    assert FRETS[5] in soon  # one fret in a sixteenth at 100: 0.15 s, Fitts asks for 0.1
    assert FRETS[2] not in soon
    assert FRETS[2] in later
    assert FRETS[0] in soon
    assert set(said(control, after("--9-")).values()) == {0.0, -math.inf}
    assert FRETS[2] not in allowed(playing(5, 200), after("--9-", "----", "----"))


def test_open_strings_leave_the_hand_its_time() -> None:
    assert FRETS[2] in allowed(playing(5), after("--9-", "0---", "0---"))


def test_beginners_change_position_once_in_four_bars() -> None:
    control, rest = playing(1), ["----"] * 15
    bar = ["--5-", *rest, "||||"]
    assert FRETS[1] in allowed(control, after(*bar))
    shifted = [*bar, "--1-", *rest, "||||"]
    assert {FRETS[4], FRETS[1], FRETS[0]} <= allowed(control, after(*shifted))
    assert FRETS[5] not in allowed(control, after(*shifted))
    assert FRETS[5] in allowed(control, after(*shifted, *["--1-", *rest, "||||"] * 3))


def test_columns_since_a_note_go_over_bar_lines_and_leave_padding_out() -> None:
    so_far = after(*["----"] * 13, "5---", *["----"] * 3, "||||", "----", width=17)
    assert columns_since(so_far, so_far.notes[0], 99) == 4
    assert columns_since(so_far, so_far.notes[0], 3) == 3
    long_ago = after("5---", *["----"] * 16, "||||", *["----"] * 17, "||||", width=17)
    assert columns_since(long_ago, long_ago.notes[0], 20) == 20


def test_a_one_may_become_a_fret_of_two_digits_and_is_then_judged_by_it() -> None:
    single = Vocabulary(("----", "||||", *FRETS))
    high = ["--9-", "----"]

    def bias(difficulty: int, *words: str) -> dict[str, float]:
        found = playing(difficulty, 150, single).bias(after(*words))
        assert found is not None
        return dict(zip(map(str, single.words), map(float, found), strict=True))

    assert bias(5, *high)["--1-"] > -math.inf  # 10 to 12 lie under the hand, 1 is too far away
    assert bias(5, *high)["--2-"] == -math.inf
    assert bias(5, *high, "--1-")["----"] == -math.inf
    assert bias(5, *high, "--1-")["--0-"] == 0
    assert bias(1, "--1-")["--0-"] == -math.inf  # fret 10 is none of the first level
    assert bias(1, "--1-")["----"] == 0


@pytest.mark.parametrize("difficulty", [1, 3])
def test_a_models_tabs_keep_to_the_level(difficulty: int) -> None:
    request = Request(bars=8, seed=1, music=Music(difficulty=difficulty, tempo=100, key="G", strength=2))
    level = LEVELS[difficulty]
    for written in Composer().write(request, 2):
        notes = timed_notes(written.tab)
        assert max(note.fret for note in notes) <= level.max_fret
        assert all((note.onset / level.grid) % 1 == 0 for note in notes)
        assert not any(note.techniques for note in notes)
        assert playability(written.tab, 100).impossible_moves == 0
        assert Tab.parse(written.tab.text) == written.tab


def test_nothing_asked_is_no_control() -> None:
    assert music_controls(Music(), VOCABULARY, STANDARD) == []
    assert music_controls(Music(chords=("N.C.",), strength=0), VOCABULARY, STANDARD) == []
    assert music_controls(Music(key="C", strength=0), VOCABULARY, STANDARD) == []
    assert len(music_controls(Music(key="C", chords=("C", "F"), difficulty=2), VOCABULARY, STANDARD)) == 2


def test_a_chord_that_is_none_is_told_before_anything_is_written() -> None:
    request = Request(bars=1, music=Music(chords=("C", "F", "Hm", "G")))
    with pytest.raises(InputError, match=re.escape("chord 3, 'Hm': write a root")):
        next(Composer().write(request))


def test_a_models_tabs_have_the_key_and_the_chords() -> None:
    composer = Composer()
    music = Music(key="F#", chords=("F#", "B"), strength=10)
    [written] = composer.write(Request(bars=4, seed=1, music=music))
    roots = [6, 11]
    for note in timed_notes(written.tab, 4):
        bar, beat = divmod(note.onset, 4)
        assert (note.pitch % 12) in {6, 8, 10, 11, 1, 3, 5}
        assert beat or note.pitch % 12 == roots[int(bar) % 2]


def test_what_it_says_does_not_depend_on_what_it_said() -> None:
    fresh, used = playing(2), playing(2)
    tabs = [("--5-", "----"), ("--1-",), ("--7-", *["----"] * 3, "--2-", "----")]
    for words in tabs:
        assert used.bias(after(*words)) is not None
    for words in reversed(tabs):
        np.testing.assert_array_equal(fresh.bias(after(*words)), used.bias(after(*words)))
