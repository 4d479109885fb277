import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.dataset.similarity import Pair, SignatureFile, containment, signature, similarity
from basstab_hf.tab.intervals import interval_line, ngrams
from basstab_hf.tab.timing import timed_notes
from tests.conftest import riff
from tests.test_intervals import line

lines = st.lists(st.integers(28, 60), min_size=30, max_size=60)


@given(lines, st.integers(-12, 12), st.sampled_from([0.25, 0.5, 2.0]))
def test_neither_key_nor_spacing_matters(pitches: list[int], semitones: int, spacing: float) -> None:
    assert signature(line([pitch + semitones for pitch in pitches], spacing)) == signature(line(pitches))


def test_a_piece_that_says_too_little_has_no_signature() -> None:
    assert signature(line([40, 40, 45, 45] * 50)) is None
    assert signature([]) is None


def test_similarity_is_near_the_share_of_common_ngrams() -> None:
    one, other = (timed_notes(Tab.parse("\n\n".join(riff(seed) for seed in seeds))) for seeds in ([1, 2, 3], [2, 3, 4]))
    sets = [ngrams(interval_line(notes)) for notes in (one, other)]
    common, every = sets[0] & sets[1], sets[0] | sets[1]
    estimated = similarity(signature(one) or b"", signature(other) or b"")
    assert 0.2 < len(common) / len(every) < 0.8
    assert estimated == pytest.approx(len(common) / len(every), abs=0.1)


def test_of_a_medley_a_song_is_a_part_and_runs_on_one_note_tell_nothing(tmp_path: Path) -> None:
    chance = random.Random(1)
    songs = [[chance.randint(28, 60) for _ in range(60)] for _ in range(3)]
    pedal = [[chance.randint(28, 60)] * 20 for _ in range(3)]
    medley = [pitch for song, still in zip(songs, pedal, strict=True) for pitch in [*song, *still]]
    one, whole = (signature(line(pitches), telling=True) or b"" for pitches in (songs[1], medley))
    assert containment(one, whole) == containment(whole, one) == pytest.approx(1, abs=0.15)
    assert similarity(one, whole) < 0.5
    file = SignatureFile(tmp_path / "scratch")
    file.add(0, one)
    file.add(1, whole)
    assert [(pair.earlier, pair.later) for pair in file.pairs(0.5, measure=containment)] == [(0, 1)]
    assert file.pairs(0.5) == []
    file.close()
    punk = [36] * 40 + [41, 36, 43] * 3 + [41] * 40 + [36, 38] * 10
    assert signature(line(punk)) is not None
    assert signature(line(punk), telling=True) is None


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
    assert set(found) >= {(10, 400), (10, 410), (10, 420), (20, 400), (20, 420)}
    assert not any(later < 400 for (_, later), value in found.items() if value > 0.3)  # riffs share short runs
    assert file.pairs(0.9) == [Pair(400, 420, 1.0)]
    file.close()


def test_many_copies_are_found_without_comparing_all_with_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("basstab_hf.dataset.similarity._BLOCK", 1000)
    signed = signature(timed_notes(Tab.parse(riff(1)))) or b""
    file = SignatureFile(tmp_path / "scratch")
    for number in range(1100):  # more than a block
        file.add(number, signed)
    pairs = file.pairs(0.5)
    assert {pair.later for pair in pairs} == set(range(1, 1100))
    assert len(pairs) < 1100 * 35
    file.close()


def test_a_file_without_pieces_has_no_pairs(tmp_path: Path) -> None:
    file = SignatureFile(tmp_path / "scratch")
    assert file.pairs(0.5) == []
    file.close()
