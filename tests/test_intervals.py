from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.tab.intervals import N_INTERVALS, interval_line, ngrams
from basstab_hf.tab.values import Note


def line(pitches: list[int | None], spacing: float = 1.0) -> list[Note]:
    """Notes one after the other; None is a dead note."""
    return [
        Note(place * spacing, spacing, pitch or 28, 1, 0, () if pitch else ("dead note",))
        for place, pitch in enumerate(pitches)
    ]


pitches = st.lists(st.none() | st.integers(1, 60), max_size=40)


@given(pitches, st.integers(0, 12), st.sampled_from([0.25, 0.5, 2.0]))
def test_neither_key_nor_spacing_matters(found: list[int | None], semitones: int, spacing: float) -> None:
    moved = line([pitch and pitch + semitones for pitch in found], spacing)
    assert interval_line(moved) == interval_line(line(found))


def test_an_interval_leads_from_onset_to_onset() -> None:
    assert interval_line(line([40, 43, 40, None, 40, 40])) == bytes([131, 125, 0, 0, 128])
    assert interval_line(line([40])) == interval_line([]) == b""


def test_of_notes_together_the_lowest_counts() -> None:
    single = line([40, 45, 40, 45])
    double = [*single, Note(0.0, 1.0, 52, 1, 5), Note(3.0, 1.0, 28, 1, 0, ("dead note",))]
    assert interval_line(sorted(double, key=lambda note: note.onset)) == interval_line(single)


def test_ngrams_are_the_different_runs() -> None:
    found = bytes(range(10, 10 + N_INTERVALS + 1))
    assert ngrams(found) == {found[:-1], found[1:]}
    assert ngrams(found[: N_INTERVALS - 1]) == set()
    assert len(ngrams(bytes([128]) * 100)) == 1
