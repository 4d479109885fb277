import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.token_notes import GROWS, Notes, TokenNotes, pending
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.tab.tuning import STANDARD

WORDS = ("----", "||||", "<END>", "GDAE", "5--x", "--1-", "--2-", "--0-", "--5-", "2-1-", "0-0-", "--7- ---- -3--")
COLUMNS = Vocabulary((None, *WORDS))
START = ("GDAE", "||||")


def notes_of(notes: Notes, token: int) -> list[tuple[int, int, int, bool]]:
    at = notes.token == token
    rows = zip(notes.offset[at], notes.string[at], notes.fret[at], notes.growing[at], strict=True)
    return [(int(offset), int(string), int(fret), bool(growing)) for offset, string, fret, growing in rows]


def written(words: list[str]) -> SoFar:
    so_far = SoFar.of(START, STANDARD, None)
    for word in words:
        so_far.read(word)
    return so_far


def test_notes_of_tokens_stand_at_their_columns() -> None:
    table = TokenNotes(COLUMNS, STANDARD)
    notes = table.after(())
    assert notes_of(notes, COLUMNS.ids["5--x"]) == [(0, 0, 5, False), (0, 3, -1, False)]
    assert notes_of(notes, COLUMNS.ids["--1-"]) == [(0, 2, 1, True)]
    assert notes_of(notes, COLUMNS.ids["--7- ---- -3--"]) == [(0, 2, 7, False), (2, 1, 3, False)]
    assert all(notes_of(notes, COLUMNS.ids[word]) == [] for word in ("----", "||||", "<END>", "GDAE"))
    assert list(table.open_pitches) == [43, 38, 33, 28]


def test_a_second_digit_settles_the_first_and_anything_else_leaves_it() -> None:
    notes = TokenNotes(COLUMNS, STANDARD).after(((3, 1),))
    assert notes_of(notes, COLUMNS.ids["--5-"]) == [(-1, 2, 15, False)]
    assert notes_of(notes, COLUMNS.ids["0-0-"]) == [(-1, 2, 10, False), (0, 0, 0, False)]
    for word in ("----", "||||", "<END>"):
        assert notes_of(notes, COLUMNS.ids[word]) == [(-1, 2, 1, False)]
    assert notes_of(notes, COLUMNS.ids["5--x"]) == [(-1, 2, 1, False), (0, 0, 5, False), (0, 3, -1, False)]


def test_a_digit_is_a_note_where_a_token_holds_the_fret_that_it_would_make() -> None:
    words = (*WORDS, "--1- --5- ----")
    notes = TokenNotes(Vocabulary(words), STANDARD).after(((3, 1),))
    assert notes_of(notes, words.index("--5-")) == [(-1, 2, 1, False), (0, 2, 5, False)]


def test_two_frets_may_grow_at_once() -> None:
    so_far = written(["2-1-"])
    assert sorted(pending(so_far)) == [(1, 2), (3, 1)]
    notes = TokenNotes(COLUMNS, STANDARD).after(pending(so_far))
    assert sorted(notes_of(notes, COLUMNS.ids["0-0-"])) == [(-1, 0, 20, False), (-1, 2, 10, False)]
    assert sorted(notes_of(notes, COLUMNS.ids["--5-"])) == [(-1, 0, 2, False), (-1, 2, 15, False)]


def test_what_is_settled_does_not_grow() -> None:
    assert pending(written([])) == ()
    assert pending(written(["--1-", "----"])) == ()
    assert pending(written(["--1-", "--0-"])) == ()
    assert pending(written(["--1-", "||||"])) == ()
    assert pending(written(["--5-"])) == ()


@pytest.mark.parametrize(("words", "grows"), [(WORDS, GROWS), ((*WORDS, "--1- --2- ----"), 0.0)])
def test_where_frets_of_two_digits_are_tokens_a_digit_stays_what_it_is(words: tuple[str, ...], grows: float) -> None:
    assert TokenNotes(Vocabulary(words), STANDARD).grows == grows


def test_values_are_summed_by_token() -> None:
    table = TokenNotes(COLUMNS, STANDARD)
    notes = table.after(())
    sums = table.summed(notes, np.ones(len(notes.token)))
    assert sums.shape == (len(COLUMNS),)
    assert sums[COLUMNS.ids["5--x"]] == 2
    assert sums[0] == sums[COLUMNS.ids["----"]] == 0


@given(st.lists(st.sampled_from(["----", "5--x", "--5-", "--1-", "--7- ---- -3--"]), max_size=8))
def test_token_by_token_the_notes_are_those_of_the_tab(words: list[str]) -> None:
    """What `after` says of each token, one after the other, is what reading the whole tab finds.

    But for three notes on fret 1 that touch: where tokens are columns, the grammar lets none behind an 11.
    """
    assume("--1- --1- --1-" not in " ".join(words))
    table = TokenNotes(COLUMNS, STANDARD)
    found = []
    so_far = written([])
    for word in [*words, "----"]:
        for offset, string, fret, growing in notes_of(table.after(pending(so_far)), COLUMNS.ids[word]):
            if not growing:
                found.append((so_far.column + offset, string, fret))
        so_far.read(word)
    notes = [(note.column, note.string - 1, -1 if note.fret is None else note.fret) for note in so_far.notes]
    assert sorted(found) == sorted(notes)
