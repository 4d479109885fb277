import random
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.dataset import pieces
from basstab_hf.dataset.build import build
from basstab_hf.dataset.cleaning import SAME_SONG, Cleaner, Found, read
from basstab_hf.dataset.load import load_rows
from basstab_hf.dataset.report import GAVE_WAY, Report
from basstab_hf.dataset.rows import SPLITS, song_of, split_of
from basstab_hf.dataset.similarity import similarity
from basstab_hf.dataset.sources import Page, Refusal
from basstab_hf.metrics.validity import has_broken_frets
from tests.conftest import riff


def _piece(artist: str, title: str, source: str = "") -> pieces.Piece:
    return pieces.Piece(tab=Tab((), title=title, artist=artist), source=source, sha256="")


@pytest.mark.parametrize(
    ("artist", "title"),
    [
        ("ONE OK ROCK", "Naïve Song"),
        ("one-ok-rock", "naïve-song"),
        ("One OK Rock", "Naive Song (Bass Tab)"),
        ("one_ok_rock", "Naive Song Bass (ver 2)"),
        ("One Ok Rock", "naive-song-bass-tabs"),
    ],
)
def test_spellings_of_one_song_are_one_song(artist: str, title: str) -> None:
    assert song_of(_piece(artist, title)) == "oneokrock/naivesong"


def test_songs_without_a_name_are_not_one_song() -> None:
    assert song_of(_piece("", "", "a.txt")) != song_of(_piece("", "", "b.txt"))
    assert song_of(_piece("", "Bass Tab", "a.txt")) != song_of(_piece("", "Bass Tab", "b.txt"))


@given(st.text())
def test_every_song_has_a_split(name: str) -> None:
    assert split_of(name) in SPLITS


def test_splits_have_their_shares() -> None:
    found = [split_of(f"artist/song {number}") for number in range(5000)]
    assert {split: round(found.count(split) / 5000, 1) for split in SPLITS} == {
        "train": 0.8,
        "validation": 0.1,
        "test": 0.1,
    }


def _song_in(split: str, number: int) -> str:
    """A title whose song is in a split."""
    names = (f"Song {number} {place}" for place in range(1000))
    return next(name for name in names if split_of(song_of(_piece("Band", name))) == split)


def _found(title: str, text: str) -> Found:
    (found,) = read(Page(f"{title}.txt", text, title=title, artist="Band"))
    assert isinstance(found, Found)
    return found


def _clean(tmp_path: Path, found: list[Found | Refusal]) -> tuple[list[str], Report]:
    report = Report()
    with closing(Cleaner(tmp_path / "scratch", report)) as cleaner:
        fit = [row["title"] for row in cleaner.fit(found)]
        dropped = cleaner.dropped()
        return [title for number, title in enumerate(fit) if number not in dropped], report


def _version(number: int, shared: int = 3) -> str:
    """Four riffs, `shared` of which all versions have in common, a fifth higher or as they are."""
    return "\n\n".join(riff(seed) for seed in [*range(100, 100 + shared), 1000 + number])


def test_a_near_duplicate_in_another_key_and_spacing_is_dropped(tmp_path: Path) -> None:
    first = riff(1) + "\n" + riff(2)
    moved = "\n".join(
        line[:2] + line[2:].translate(str.maketrans("012345678", "123456789")) for line in first.split("\n")
    )
    spaced = moved.replace("-|", "---|")
    kept, report = _clean(tmp_path, [_found("One", first), _found("Two", spaced), _found("Three", riff(3))])
    assert kept == ["One", "Three"]
    assert report.dropped == {"near duplicate": 1}


def test_of_alike_songs_those_in_the_stronger_split_stay(tmp_path: Path) -> None:
    titles = [_song_in(split, number) for number, split in enumerate(["train", "test", "train", "validation"])]
    found = [_found(title, _version(number)) for number, title in enumerate(titles)]
    stranger = _song_in("train", 9)
    kept, report = _clean(tmp_path, [*found, _found(stranger, riff(50) + "\n" + riff(51))])
    assert kept == [titles[1], stranger]
    assert report.dropped == {GAVE_WAY: 3}


@pytest.mark.parametrize("copy", [riff(1) + "\n" + riff(2), riff(1) + "\n" + riff(2).replace("-|", "---|")])
def test_of_copies_the_one_in_the_stronger_split_stays_whatever_the_order(tmp_path: Path, copy: str) -> None:
    """Else the test split would shrink when a training page is added before it."""
    held_out, training = _song_in("test", 1), _song_in("train", 1)
    found = [_found(training, copy), _found(held_out, riff(1) + "\n" + riff(2))]
    assert _clean(tmp_path, found)[0] == [held_out]
    assert _clean(tmp_path, found[::-1])[0] == [held_out]
    same_split = [_found(_song_in("train", 2), copy), found[0]]
    assert _clean(tmp_path, same_split)[0] == [_song_in("train", 2)]


def test_alike_songs_of_one_split_all_stay(tmp_path: Path) -> None:
    titles = [_song_in("train", number) for number in range(3)]
    kept, report = _clean(tmp_path, [_found(title, _version(place)) for place, title in enumerate(titles)])
    assert (kept, report.dropped) == (titles, {})


def test_no_cluster_crosses_splits_and_growth_moves_no_song(tmp_path: Path) -> None:
    """Songs in families of versions, each version under a name of its own, built small and then grown."""
    chance = random.Random(7)
    folder = tmp_path / "tabs"
    folder.mkdir()

    def write(numbers: range) -> None:
        for number in numbers:
            family = chance.randrange(12)
            parts = [riff(family * 10 + part) for part in range(3)] + [riff(500 + number)]
            (folder / f"tune {number}.txt").write_text("\n\n".join(parts))

    write(range(40))
    build([str(folder)], tmp_path / "small")
    write(range(40, 80))
    report = build([str(folder)], tmp_path / "grown")
    small, grown = (
        {row["title"]: (split, row) for split in SPLITS for row in load_rows(tmp_path / name, split)}
        for name in ("small", "grown")
    )
    assert report.dropped[GAVE_WAY] > 0
    assert {split for split, _ in grown.values()} == set(SPLITS)
    assert len(set(small) & set(grown)) > 10
    assert all(grown[title][0] == split for title, (split, _) in small.items() if title in grown)
    signed = [
        (split, _found(title, (folder / f"{title}.txt").read_text()).signature) for title, (split, _) in grown.items()
    ]
    for split, one in signed:
        assert all(here == split for here, other in signed if similarity(one or b"", other or b"") >= SAME_SONG)


def test_frets_above_24_on_the_whole_are_broken_and_neighbours_are_not() -> None:
    high = Tab.parse("G|-27--31--29-|\nD|------------|\nA|------------|\nE|------------|")
    neighbours = Tab.parse("G|-75---5---3-|\nD|-----7-7----|\nA|------------|\nE|------------|")
    assert has_broken_frets(high.systems[0].lines)
    assert not has_broken_frets(neighbours.systems[0].lines)
    assert not has_broken_frets([])


def test_low_confidence_and_unreadable_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pieces.read(Page("x", b"")) == [Refusal("x", "no tab recognised")]
    assert pieces.read(Page("x.gp5", b"no such file", suffix=".gp5")) == [Refusal("x.gp5", "unreadable .gp5 file")]
    monkeypatch.setattr(pieces, "MIN_CONFIDENCE", 1.1)
    assert pieces.read(Page("x", riff(1).encode())) == [Refusal("x", "low confidence")]


def test_an_empty_tab_and_a_broken_one_are_dropped_with_their_reason(tmp_path: Path) -> None:
    bars = "|" + "---------|" * 4
    empty = "\n".join(label + bars for label in "GDAE")
    broken = "\n".join([f"G|{'-27--31--29-28-|' * 4}", *(f"{label}|{'---------------|' * 4}" for label in "DAE")])
    _, report = _clean(tmp_path, [_found("Empty", empty), _found("Broken", broken)])
    assert report.dropped == {"empty": 1, "broken frets (> 24)": 1}
