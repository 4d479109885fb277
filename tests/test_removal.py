import hashlib
import json
from pathlib import Path

import pytest
from datasets import load_dataset

from basstab_hf.cli import main
from basstab_hf.dataset.build import build
from basstab_hf.dataset.load import load_rows
from basstab_hf.dataset.removal import remove
from basstab_hf.dataset.rows import SPLITS
from basstab_hf.errors import InputError
from tests.conftest import riff


@pytest.fixture
def scrape(tmp_path: Path) -> Path:
    """A scraped folder of 30 pages."""
    folder = tmp_path / "scrape"
    folder.mkdir()
    pages = [
        {
            "url": f"https://tabs.example/{number}",
            "final_url": f"https://tabs.example/tabs/{number}",
            "content": riff(number),
            "title": f"Riff {number}",
            "artist": "We",
            "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
        }
        for number in range(30)
    ]
    (folder / "pages.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages))
    return folder


def _titles(dataset: Path) -> set[str]:
    return {row["title"] for split in SPLITS for row in load_rows(dataset, split)}


def test_a_removed_piece_is_gone_and_stays_away(scrape: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build([str(scrape)], out)
    sha256 = hashlib.sha256(b"4").hexdigest()
    report = remove(out, ["https://tabs.example/tabs/3", sha256])
    everything = {f"Riff {number}" for number in range(30)}
    assert _titles(out) == everything - {"Riff 3", "Riff 4"}
    assert report.removed == {"https://tabs.example/tabs/3": 1, sha256: 1}
    assert report.dropped["removed by request"] == 2
    assert sum(len(split) for split in load_dataset(str(out)).values()) == 28
    assert "2 requests so far" in (out / "README.md").read_text()

    remove(out, ["https://tabs.example/5"])
    build([str(scrape)], out, force=True)
    assert _titles(out) == everything - {"Riff 3", "Riff 4", "Riff 5"}
    assert len(json.loads((out / "stats.json").read_text())["removed"]) == 3


@pytest.mark.parametrize("first", [True, False])
def test_a_copy_of_a_removed_piece_stays_away_too(scrape: Path, tmp_path: Path, first: bool) -> None:
    """Whether the copy comes before or after the piece, in another key and with other words around it."""
    pages = (scrape / "pages.jsonl").read_text().splitlines()
    copies = [
        {"url": "https://else.example/same", "content": riff(3), "title": "Mine", "sha256": "a" * 64},
        {"url": "https://else.example/far", "content": riff(3).replace("G|", "g|"), "title": "x", "sha256": "b" * 64},
        {"url": "https://else.example/more", "content": riff(3) + "\n" + riff(3), "title": "y", "sha256": "c" * 64},
    ]
    added = [json.dumps(page) for page in copies]
    (scrape / "pages.jsonl").write_text("\n".join([*added, *pages] if first else [*pages, *added]) + "\n")
    out = tmp_path / "out"
    build([str(scrape)], out, remove=["https://tabs.example/tabs/3"])
    assert not _titles(out) & {"Riff 3", "Mine", "x", "y"}
    assert len(_titles(out)) == 29


def test_a_removed_piece_is_known_again_in_the_next_build(scrape: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build([str(scrape)], out)
    remove(out, ["https://tabs.example/tabs/3"])
    text = (scrape / "pages.jsonl").read_text()
    (scrape / "pages.jsonl").write_text(text.replace('tabs/3"', 'tabs/other"').replace('example/3"', 'example/o"'))
    report = build([str(scrape)], out, force=True)
    assert "Riff 3" not in _titles(out)
    assert report.dropped["removed by request"] == 1
    assert riff(3)[:20] not in (out / "stats.json").read_text()


def test_removing_is_the_same_as_building_without(scrape: Path, tmp_path: Path) -> None:
    build([str(scrape)], tmp_path / "before", remove=["https://tabs.example/7"])
    build([str(scrape)], tmp_path / "after")
    remove(tmp_path / "after", ["https://tabs.example/7"])
    for path in (path for path in (tmp_path / "before").rglob("*") if path.is_file()):
        assert path.read_bytes() == (tmp_path / "after" / path.relative_to(tmp_path / "before")).read_bytes()


def test_a_request_that_concerns_nothing_changes_nothing(scrape: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build([str(scrape)], out)
    before = (out / "stats.json").read_bytes()
    with pytest.raises(InputError, match=r"no piece of .*out has 'https://tabs.example/99' as url"):
        remove(out, ["https://tabs.example/1", "https://tabs.example/99"])
    with pytest.raises(InputError, match="nothing would be left"):
        remove(out, [f"https://tabs.example/{number}" for number in range(30)])
    assert (out / "stats.json").read_bytes() == before
    assert len(_titles(out)) == 30


def test_what_is_no_dataset_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no dataset folder"):
        remove(tmp_path, ["x"])
    (tmp_path / "stats.json").write_text('{"kept": {}}')
    with pytest.raises(InputError, match="is of no dataset of format 1: choose another folder"):
        remove(tmp_path, ["x"])


def test_the_command_line_removes(scrape: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out")
    assert main(["build", str(scrape), "--out", out, "--remove", "https://tabs.example/1"]) == 0
    assert main(["build", "--remove", "https://tabs.example/2", "--out", out, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert sum(printed["kept"].values()) == 28
    assert printed["removed"] == {"https://tabs.example/2": 1, "https://tabs.example/1": 1}
    with pytest.raises(SystemExit) as wrong:
        main(["build", "--out", out])
    assert wrong.value.code == 2
