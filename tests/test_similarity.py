from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.dataset.similarity import PieceIndex, ngrams, signature, similarity
from basstab_hf.tab import Note
from basstab_hf.timing import timed_notes
from tests.conftest import riff


def _line(pitches: list[int | None], spacing: float = 1.0) -> list[Note]:
    """Notes one after the other; None is a dead note."""
    return [
        Note(place * spacing, spacing, pitch or 28, 1, 0, () if pitch else ("dead note",))
        for place, pitch in enumerate(pitches)
    ]


lines = st.lists(st.integers(28, 60), min_size=30, max_size=60)


@given(lines, st.integers(-12, 12), st.sampled_from([0.25, 0.5, 2.0]))
def test_neither_key_nor_spacing_matters(pitches: list[int], semitones: int, spacing: float) -> None:
    moved = _line([pitch + semitones for pitch in pitches], spacing)
    assert ngrams(moved) == ngrams(_line(pitches))
    assert signature(moved) == signature(_line(pitches))


def test_an_ngram_is_eight_intervals_from_onset_to_onset() -> None:
    assert ngrams(_line([40, 43, 40, None, 40, 41, 42, 43, 44])) == {bytes([131, 125, 0, 0, 129, 129, 129, 129])}
    assert ngrams(_line([40] * 8)) == set()
    assert len(ngrams(_line([40] * 100))) == 1


def test_of_notes_together_the_lowest_counts() -> None:
    single = _line([40, 45, 40, 45, 40, 45, 40, 45, 40])
    double = sorted(
        [*single, Note(0.0, 1.0, 52, 1, 5), Note(3.0, 1.0, 28, 1, 0, ("dead note",))], key=lambda n: n.onset
    )
    assert ngrams(double) == ngrams(single)


def test_a_piece_that_says_too_little_has_no_signature() -> None:
    assert signature(_line([40, 40, 45, 45] * 50)) is None
    assert signature([]) is None


def test_similarity_is_near_the_share_of_common_ngrams() -> None:
    one, other = (timed_notes(Tab.parse("\n\n".join(riff(seed) for seed in seeds))) for seeds in ([1, 2, 3], [2, 3, 4]))
    common, every = ngrams(one) & ngrams(other), ngrams(one) | ngrams(other)
    estimated = similarity(signature(one) or b"", signature(other) or b"")
    assert 0.2 < len(common) / len(every) < 0.8
    assert estimated == pytest.approx(len(common) / len(every), abs=0.1)


def test_the_index_finds_what_is_alike_and_nothing_else(tmp_path: Path) -> None:
    index = PieceIndex(tmp_path / "index.sqlite")
    signed = [signature(timed_notes(Tab.parse(riff(number)))) for number in range(40)]
    for number, one in enumerate(signed):
        index.add(number, f"text {number}", one)
    for number, one in enumerate(signed):
        assert one is not None
        assert index.alike(one, 0.5) == {number: 1.0}
    assert index.has("text 3")
    assert not index.has("text 40")
    index.close()
