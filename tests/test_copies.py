import shutil
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import InputError
from basstab_hf.generate import Composer
from basstab_hf.generate.copies import Copies, new_notes
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.model import tunes
from basstab_hf.model.folder import add_tunes
from basstab_hf.model.tunes import read_tunes, write_tunes
from basstab_hf.tab.intervals import interval_line
from basstab_hf.tab.timing import timed_notes
from tests.conftest import riff

RIFFS = [Tab.parse(riff(number)) for number in range(5)]
TEXTS = [" ".join(tab.words) for tab in RIFFS]


def test_tunes_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_tunes(tmp_path, TEXTS)
    assert read_tunes(tmp_path) == [interval_line(timed_notes(tab)) for tab in RIFFS]
    write_tunes(tmp_path, [])
    assert read_tunes(tmp_path) == []


@pytest.mark.parametrize("texts", [["GDAE |||| ---- <END>"], ["GDAE |||| ---5 ---- ---7 <END>", "GDAE |||| ----"]])
def test_tunes_without_notes_keep_their_place(texts: list[str], tmp_path: Path) -> None:
    write_tunes(tmp_path, texts)
    assert len(read_tunes(tmp_path)) == len(texts)


def test_pieces_that_cannot_be_read_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_tunes(tmp_path, ["GDAE ---- ||||", TEXTS[0]])
    assert len(read_tunes(tmp_path)) == 1
    assert "1 pieces cannot be read as tabs" in caplog.text


def test_too_many_notes_are_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tunes, "MOST_BYTES", 100)
    write_tunes(tmp_path, TEXTS)
    assert not list(tmp_path.iterdir())
    assert "notes are too many for tunes.dat" in caplog.text


def test_a_folder_without_tunes_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no tunes\.dat, so copies cannot be found: train the model anew"):
        read_tunes(tmp_path)


def _head(version: int = 1, count: int = 1, length: int = 10) -> bytes:
    return struct.pack("<8sHII", b"BASSTUNE", version, count, length)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no tunes"),
        (b"PK" * 30, "holds no tunes"),
        (_head(version=2), "is of version 2, this program reads 1"),
        (_head(), "is damaged"),
        (_head() + b"no zlib stream", "is damaged"),
        (_head() + zlib.compress(bytes(9)), "is damaged"),
        (_head() + zlib.compress(bytes(10))[:-1], "is damaged"),
        (_head() + zlib.compress(bytes(10)) + b"more", "is damaged"),
        (_head(count=2) + zlib.compress(bytes(10)), "is damaged"),
        (_head(count=0), "is damaged"),
        (_head() + zlib.compress(bytes(200_000_000)), "is damaged"),
        (_head(length=2**32 - 1) + zlib.compress(bytes(200_000_000)), "is damaged"),
    ],
    ids=range(12),
)
def test_a_file_that_is_none_of_ours_is_told(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "tunes.dat").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_tunes(tmp_path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "tunes.dat").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(InputError, match="is larger than any"):
        read_tunes(tmp_path)


@given(place=st.integers(0, 300), bits=st.integers(1, 255))
def test_whatever_byte_is_wrong_is_read_or_told(
    place: int, bits: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    write_tunes(folder, TEXTS)
    content = bytearray((folder / "tunes.dat").read_bytes())
    content[place % len(content)] ^= bits
    (folder / "tunes.dat").write_bytes(content)
    try:
        assert len(read_tunes(folder)) == len(TEXTS)
    except InputError as error:
        assert "tunes.dat" in str(error)


def test_only_new_notes_count() -> None:
    words = RIFFS[0].words
    half = len(words) // 2
    all_notes = timed_notes(RIFFS[0])
    new = new_notes(words[:half], words[half:])
    assert [note.pitch for note in new] == [note.pitch for note in all_notes[-len(new) :]]
    assert 0 < len(new) < len(all_notes)


def test_a_run_from_the_prompt_counts_from_where_the_new_part_begins(tmp_path: Path) -> None:
    write_tunes(tmp_path, TEXTS)
    copies = Copies(tmp_path)
    words = RIFFS[1].words
    assert copies.of_tab(RIFFS[1]).longest_match == len(timed_notes(RIFFS[1]))
    assert copies.longest(words[:2], words[2:]) == len(timed_notes(RIFFS[1]))
    cut = len(words) - 10
    assert copies.longest(words[:cut], words[cut:]) == len(new_notes(words[:cut], words[cut:])) == 4


def test_training_writes_the_tunes_that_it_read(riff_model: Path, riff_dataset: Path, tmp_path: Path) -> None:
    piece = load_texts(str(riff_dataset), "train")[7]
    match = Composer(riff_model).originality(Tab.from_words(piece.split()))
    assert match.originality == 0
    assert match.longest_match == len(timed_notes(Tab.from_words(piece.split())))
    later = Path(shutil.copytree(riff_model, tmp_path / "model"))
    (later / "tunes.dat").unlink()
    add_tunes(later, str(riff_dataset))
    assert (later / "tunes.dat").read_bytes() == (riff_model / "tunes.dat").read_bytes()


def test_the_shipped_tunes_are_small() -> None:
    assert (shipped_model() / "tunes.dat").stat().st_size < 300_000
    assert len(read_tunes(shipped_model())) > 2000
