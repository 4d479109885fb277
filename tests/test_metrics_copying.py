import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.metrics.copying import Library, Match
from tests.test_intervals import line

SCALE = [40, 42, 44, 45, 47, 49, 51, 52, 54, 56]
CHORD = [40, 44, 47, 52, 47, 44, 40, 44, 47, 52, 56]


def test_a_copy_in_another_key_is_found_in_its_piece() -> None:
    library = Library.of([line(SCALE), line(CHORD)])
    assert library.match(line([pitch - 7 for pitch in CHORD], spacing=0.5)) == Match(0.0, 11, 1)
    assert library.match(line(SCALE)) == Match(0.0, 10, 0)


def test_originality_is_the_share_of_new_ngrams() -> None:
    """Ten notes of the scale have nine intervals and two n-grams; a tenth interval makes a third one, which is new."""
    assert Library.of([line(SCALE)]).match(line([*SCALE, 30])) == Match(1 / 3, 10, 0)


def test_a_run_counts_once_however_often_it_is_played() -> None:
    twice = [*CHORD[:6], *CHORD[:6], *CHORD[:6]]
    assert Library.of([line(SCALE)]).match(line(twice)).originality == 1
    assert Library.of([line(twice)]).match(line(twice + twice)).longest_match == len(twice)


def test_matches_do_not_run_from_piece_to_piece() -> None:
    library = Library.of([line(SCALE[:5]), line(SCALE[5:])])
    assert library.match(line(SCALE)).longest_match == 5


def test_the_first_of_equal_pieces_is_named() -> None:
    assert Library.of([line([40, 60]), line(SCALE), line(SCALE)]).match(line(SCALE)).piece == 1


def test_too_little_to_compare() -> None:
    short = Library.of([line(SCALE)]).match(line([40, 42]))
    assert math.isnan(short.originality)
    assert (short.longest_match, short.piece) == (2, 0)
    for library in (Library.of([]), Library.of([[]]), Library.of([line([40, 59])])):
        nothing = library.match(line(CHORD))
        assert nothing == Match(1.0, 0, -1)
    assert math.isnan(Library.of([]).match([]).originality)


pieces = st.lists(st.lists(st.integers(38, 43), max_size=30), max_size=4)


@given(pieces, st.lists(st.integers(38, 43), max_size=30))
def test_the_longest_match_is_the_longest(library: list[list[int]], notes: list[int]) -> None:
    """Against trying every run."""
    steps = [[b - a for a, b in itertools.pairwise(piece)] for piece in library]
    mine = [b - a for a, b in itertools.pairwise(notes)]
    runs = [mine[start:end] for end in range(len(mine) + 1) for start in range(end)]
    common = [
        (len(run), number)
        for number, piece in enumerate(steps)
        for run in runs
        if any(piece[place : place + len(run)] == run for place in range(len(piece)))
    ]
    found = Library.of(map(line, library)).match(line(notes))
    assert found.longest_match == max((length + 1 for length, _ in common), default=0)
    assert (found.longest_match - 1, found.piece) in [*common, (-1, -1)]
    assert math.isnan(found.originality) or 0 <= found.originality <= 1
