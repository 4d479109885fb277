from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.dataset.similarity import Pair, SignatureFile, ngrams, signature, similarity
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


def test_the_file_finds_what_is_alike_and_nothing_else(tmp_path: Path) -> None:
    riffs = [signature(timed_notes(Tab.parse(riff(number)))) or b"" for number in range(40)]
    versions = [riff(1) + "\n" + riff(2), riff(1) + "\n" + riff(3), riff(1) + "\n" + riff(2)]
    songs = [signature(timed_notes(Tab.parse(text))) or b"" for text in versions]
    file = SignatureFile(tmp_path / "scratch")
    for number, one in enumerate([*riffs, *songs]):
        file.add(10 * number, one)
    found = {(pair.earlier, pair.later): pair.similarity for pair in file.pairs(0.2)}
    assert found.pop((400, 420)) == 1.0
    assert found[400, 410] == found[410, 420] == similarity(songs[0], songs[1])
    assert set(found) >= {(10, 400), (10, 410), (10, 420), (20, 400), (30, 410), (20, 420)}
    assert not any(later < 400 for _, later in found)
    assert file.pairs(0.9) == [Pair(400, 420, 1.0)]
    file.close()


def test_many_copies_are_found_without_comparing_all_with_all(tmp_path: Path) -> None:
    signed = signature(timed_notes(Tab.parse(riff(1)))) or b""
    file = SignatureFile(tmp_path / "scratch")
    for number in range(5000):  # more than a block
        file.add(number, signed)
    pairs = file.pairs(0.5)
    assert {pair.later for pair in pairs} == set(range(1, 5000))
    assert len(pairs) < 200_000
    file.close()


def test_a_file_without_pieces_has_no_pairs(tmp_path: Path) -> None:
    file = SignatureFile(tmp_path / "scratch")
    assert file.pairs(0.5) == []
    file.close()
