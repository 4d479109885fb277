import hashlib
import json
from pathlib import Path

import guitarpro
import pytest
from datasets import load_dataset

from basstab_hf import Tab, formats, to_text
from basstab_hf.dataset import writer
from basstab_hf.dataset.build import build
from basstab_hf.dataset.load import load_rows, load_texts
from basstab_hf.dataset.rows import SPLITS
from basstab_hf.errors import InputError, OutputError
from basstab_hf.tab.timing import timed_notes
from tests.conftest import riff
from tests.test_guitarpro import e, several, song, to_bytes


def digest(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_stock_datasets_loads_the_folder(riff_dataset: Path) -> None:
    loaded = load_dataset(str(riff_dataset))
    assert set(loaded) == {"train", "validation", "test"}
    row = loaded["train"][0]
    assert to_text(row["columns"].split()) == Tab.parse(riff(int(row["title"].removeprefix("riff-")))).text
    assert row["tuning"] == "GDAE"
    assert row["n_bars"] == 8
    assert row["n_notes"] == 64
    assert row["n_columns"] == 2 * (1 + 4 * 18)
    assert row["systems"][0]["section"].lower() == "intro"
    assert row["source"] == f"{row['artist']}/{row['title']}.txt"
    assert "not stated" in row["licence"]
    streamed = load_dataset(str(riff_dataset), split="test", streaming=True)
    assert next(iter(streamed))["columns"]


def test_every_song_is_in_one_split_and_stays_there(riff_folder: Path, riff_dataset: Path, tmp_path: Path) -> None:
    def splits(folder: Path) -> dict[str, str]:
        loaded = load_dataset(str(folder))
        return {row["title"]: split for split in loaded for row in loaded[split]}

    before = splits(riff_dataset)
    assert len(before) == 60
    more = tmp_path / "more" / "artist-x"
    more.mkdir(parents=True)
    (more / "new.txt").write_text(riff(1000))
    build([str(more.parent), str(riff_folder)], tmp_path / "grown")
    after = splits(tmp_path / "grown")
    assert after.pop("new")
    assert after == before


def test_same_input_same_bytes(riff_folder: Path, riff_dataset: Path, tmp_path: Path) -> None:
    build([str(riff_folder)], tmp_path / "again")
    assert digest(tmp_path / "again") == digest(riff_dataset)


def test_progress_is_shown_on_stderr_when_asked(
    riff_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    build([str(riff_folder)], tmp_path / "quiet")
    assert capfd.readouterr() == ("", "")
    build([str(riff_folder)], tmp_path / "shown", progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "pieces" in err


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    pages = {
        "one.txt": riff(1),
        "two.txt": riff(1),
        "short.txt": "G|-5-|\nD|---|\nA|---|\nE|---|\n",
        "prose.txt": "No tab here.\n",
        "page.html": f"<html><pre>{riff(2)}</pre></html>",
        "picture.png": "",
    }
    for name, text in pages.items():
        (tmp_path / name).write_text(text)
    report = build([str(tmp_path)], tmp_path / "out")
    assert report.kept.total() == 2
    assert report.dropped == {"exact duplicate": 1, "too short (under 2 bars or 8 notes)": 1, "no tab recognised": 1}
    assert json.loads((tmp_path / "out" / "stats.json").read_text())["dropped"] == dict(report.dropped)
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| 1 | exact duplicate |" in card
    assert "path: data/train-*.parquet" in card


def test_scraped_pages_keep_their_provenance_and_a_torn_last_line_is_none(tmp_path: Path) -> None:
    page = {
        "url": "https://example.org/a",
        "final_url": "https://example.org/b",
        "content": riff(5),
        "title": "Five",
        "artist": "We",
        "licence": "CC0",
        "fetched_at": "2026-11-22T10:00:00Z",
    }
    (tmp_path / "pages.jsonl").write_text(json.dumps(page) + "\n" + json.dumps(page)[:100])
    build([str(tmp_path)], tmp_path / "out")
    loaded = load_dataset(str(tmp_path / "out"))
    (row,) = [row for split in loaded for row in loaded[split]]
    assert (row["source"], row["url"], row["licence"], row["artist"], row["retrieved_at"]) == (
        "https://example.org/a",
        "https://example.org/b",
        "CC0",
        "We",
        "2026-11-22T10:00:00Z",
    )


def test_a_broken_scrape_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "pages.jsonl").write_text('{"url": "x"}\n')
    with pytest.raises(InputError, match=r"pages\.jsonl, line 1: no page with url and content"):
        build([str(tmp_path)], tmp_path / "out")


def test_sources_that_are_nothing_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "letter.txt").write_text("Dear all\n")
    for source, message in {
        "nowhere": "is no file or folder",
        str(tmp_path / "empty"): "holds neither pages.jsonl nor files ending in",
        str(tmp_path / "letter.txt"): "no usable piece in .*letter.txt: 1 x no tab recognised",
    }.items():
        with pytest.raises(InputError, match=message):
            build([source], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_dataset_is_replaced_only_when_forced(riff_folder: Path, riff_dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="--force"):
        build([str(riff_folder)], riff_dataset)
    build([str(riff_folder)], tmp_path / "out")
    report = build([str(riff_folder)], tmp_path / "out", limit=5, force=True)
    assert report.kept.total() == 5


def test_a_disk_that_fills_up_leaves_nothing(
    riff_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "write_card", full)
    with pytest.raises(OutputError, match="No space left on device"):
        build([str(riff_folder)], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere", "is no dataset folder"), (".", "is no dataset folder"), ("no/such", "has no train split")],
)
def test_what_is_no_dataset_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        load_texts(name, "train")


def test_a_split_or_field_that_is_not_there_is_told(riff_dataset: Path) -> None:
    with pytest.raises(InputError, match="has no holdout split"):
        load_texts(str(riff_dataset), "holdout")


def test_broken_parquet_is_told(riff_dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "train-00000-of-00001.parquet"
    path.write_bytes(b"no Parquet")
    with pytest.raises(InputError, match=r"train-00000-of-00001\.parquet cannot be read"):
        load_texts(str(tmp_path), "train")


def test_a_folder_built_anew_loads_anew(tmp_path: Path) -> None:
    """datasets 5 caches a local folder by its name and card alone."""
    for number in (1, 2):
        source = tmp_path / f"source-{number}"
        source.mkdir()
        (source / "one.txt").write_text(riff(number))
        build([str(source)], tmp_path / str(number) / "same-name")
        loaded = load_dataset(str(tmp_path / str(number) / "same-name"))
        (split,) = loaded
        assert loaded[split][0]["columns"] == " ".join(Tab.parse(riff(number)).words)
        assert load_texts(str(tmp_path / str(number) / "same-name"), split) == [loaded[split][0]["columns"]]


def _song(number: int) -> guitarpro.Song:
    """A riff as a Guitar Pro file would have it: eight eighths in each of eight bars."""
    notes = [e(note.string, note.fret) for note in timed_notes(Tab.parse(riff(number)))]
    return song(*(notes[start : start + 8] for start in range(0, 64, 8)), tempo=96)


def test_sources_of_all_kinds_build_one_dataset(tmp_path: Path) -> None:
    """A tab, a Guitar Pro file with two basses, a MIDI file and a tune, each with what it knows of itself."""
    folder = tmp_path / "tabs" / "We"
    folder.mkdir(parents=True)
    (folder / "written.txt").write_text(riff(1))
    formats.write(Tab.parse(riff(2)), folder / "played.mid", formats.WriteSettings(tempo=150))
    (folder / "printed.gp5").write_bytes(to_bytes(several(_song(3), _song(4))))
    (folder / "broken.gp4").write_bytes(b"FICHIER GUITAR PRO")
    report = build([str(tmp_path / "tabs"), "public-domain"], tmp_path / "out", limit=6)
    rows = {row["source"]: row for split in SPLITS for row in load_rows(tmp_path / "out", split)}
    ours = ["We/played.mid", "We/printed.gp5", "We/printed.gp5#2", "We/written.txt"]
    assert [source for source in sorted(rows) if source.startswith("We/")] == ours
    assert report.dropped["unreadable .gp4 file"] == 1
    assert len(rows) > 6
    for source, number in zip(ours, [2, 3, 4, 1], strict=True):
        assert rows[source]["n_notes"] == 64
        played = timed_notes(Tab.from_words(rows[source]["columns"].split()))
        written = timed_notes(Tab.parse(riff(number)))
        assert [note.pitch for note in played] == [note.pitch for note in written]
    assert rows["We/played.mid"]["tempo"] == 150
    assert (rows["We/printed.gp5"]["tempo"], rows["We/printed.gp5"]["time_signature"]) == (96, "4/4")
    assert rows["We/printed.gp5"]["title"] == "Walk"
    assert rows["We/written.txt"]["tempo"] is None


def test_composed_songs_are_rows_with_what_they_were_made_of(tmp_path: Path) -> None:
    report = build(["composed"], tmp_path / "one", limit=24, seed=3)
    assert report.kept.total() == 24
    build(["composed"], tmp_path / "two", limit=24, seed=3, jobs=2)
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")
    rows = [row for split in SPLITS for row in load_rows(tmp_path / "one", split)]
    assert len({row["song"] for row in rows}) == 24
    for row in rows:
        assert row["style"]
        assert row["key"].split(" ")[1] in ("major", "minor", "dorian", "mixolydian", "phrygian")
        assert row["tempo"] > 0
        assert row["licence"].startswith("CC0")
        assert all(system["section"] for system in row["systems"])
        assert all(system["chords"] or "".join(system["lines"]).strip("-|") == "" for system in row["systems"])


def _bytes(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((folder / "data").iterdir())]
