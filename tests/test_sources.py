import json
import os
from pathlib import Path

import pytest

from basstab_hf.dataset.sources import SONGS, Order, Page, Refusal, items
from basstab_hf.errors import InputError
from tests.conftest import riff


def _page(**changes: object) -> str:
    return json.dumps({"url": "https://tabs.example/1", "content": riff(1)} | changes) + "\n"


def _scraped(folder: Path, text: str) -> list[Page]:
    folder.mkdir(exist_ok=True)
    (folder / "pages.jsonl").write_text(text)
    found = list(items(str(folder)))
    assert all(isinstance(one, Page) for one in found)
    return found  # type: ignore[return-value]


def test_a_scraped_page_keeps_what_the_scraper_knew(tmp_path: Path) -> None:
    (page,) = _scraped(tmp_path, _page(final_url="https://tabs.example/2", sha256="abc", title=None, licence="CC0"))
    assert (page.source, page.url) == ("https://tabs.example/1", "https://tabs.example/2")
    assert (page.sha256, page.title, page.licence) == ("abc", "", "CC0")
    assert page.content == riff(1)


def test_text_that_utf8_cannot_hold_does_not_stop_a_build(tmp_path: Path) -> None:
    (page,) = _scraped(tmp_path, _page(title="half a pair \ud83c"))
    assert page.title == "half a pair ?"


@pytest.mark.parametrize("line", ["[]\n", "not JSON\n", '{"url": "x"}\n', _page(content=5), _page(title=["x"])])
def test_a_line_that_is_no_page_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError, match=r"pages\.jsonl, line 2: no page with url and content"):
        _scraped(tmp_path, _page() + line)


@pytest.mark.parametrize("line", [b'{"url": "\xff"}\n', b"[" * 100_000 + b"\n"], ids=["no UTF-8", "deep nesting"])
def test_bytes_that_are_no_page_are_told_with_their_line(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "pages.jsonl").write_bytes(_page().encode() + line)
    with pytest.raises(InputError, match=r"pages\.jsonl, line 2: no page with url and content"):
        list(items(str(tmp_path)))


def test_names_that_are_no_utf8_do_not_stop_a_build(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/Caf\xe9"
    os.mkdir(folder)  # noqa: PTH102
    for name in (b"/Hall\xf6.txt", b"/Hall\xf6.mscz"):
        Path(os.fsdecode(folder + name)).write_text(riff(1))
    page, unread = items(str(tmp_path))
    assert isinstance(page, Page)
    assert isinstance(unread, Refusal)
    assert (page.source, page.artist, page.title, unread.source) == (
        "Caf?/Hall?.txt",
        "Caf?",
        "Hall?",
        "Caf?/Hall?.mscz",
    )
    (alone,) = items(os.fsdecode(folder + b"/Hall\xf6.txt"))
    assert isinstance(alone, Page)
    assert (alone.source, alone.title) == ("Hall?.txt", "Hall?")


def test_a_folder_is_read_in_one_order_whoever_wrote_it(tmp_path: Path) -> None:
    names = ["b/two.txt", "a/three.TXT", "one.html", "a/deep/four.md", "a/five.pdf", "z.gp5", "y.mid"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(riff(1))
    found = [item for item in items(str(tmp_path)) if isinstance(item, Page)]
    assert [(page.source, page.artist, page.title, page.suffix) for page in found] == [
        ("one.html", "", "one", ".html"),
        ("y.mid", "", "y", ".mid"),
        ("z.gp5", "", "z", ".gp5"),
        ("a/three.TXT", "a", "three", ".txt"),
        ("a/deep/four.md", "deep", "four", ".md"),
        ("b/two.txt", "b", "two", ".txt"),
    ]
    assert len(list(items(str(tmp_path), limit=2))) == 2


def test_a_file_that_cannot_be_read_is_counted_and_the_rest_is_built(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(riff(1))
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    assert [type(item) for item in items(str(tmp_path))] == [Refusal, Page]


def test_songs_are_ordered_from_the_composer() -> None:
    orders = list(items("composed", limit=3, seed=4))
    assert orders == [Order(4, number) for number in range(3)]
    assert list(items("composed:reggae", limit=1)) == [Order(1, 0, "reggae")]
    assert sum(1 for _ in items("composed")) == SONGS
    with pytest.raises(InputError, match="no style 'polka'"):
        items("composed:polka")
