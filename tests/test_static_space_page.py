"""The page of the static Space in Chromium, from a plain file server under some path, with nothing else in reach."""

import base64
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basstab_hf.errors import OutputError
from basstab_hf.generate.engines import load_engine
from basstab_hf.page.back import Back
from basstab_hf.static_space.writer import write_static_space
from tests import song_files
from tests.conftest import needs_chromium, needs_npm
from tests.journeys.servers import file_server

pytestmark = [needs_npm, needs_chromium, pytest.mark.slow]
PATIENCE = 120.0  # seconds, on a machine that does much else
ASK = "message => window.BACK.ask(message).promise"
KEPT = """async () => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    if (await cache.match("manifest.json")) return (await (await cache.match("manifest.json")).json()).version;
  }
  return null;
}"""
#: Parts with which tabs are written.
NOW = ("pyodide.asm.wasm", "first.tar", "model.safetensors")
RIFF = "G|---------|\nD|---------|\nA|-5---7---|\nE|---------|\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_static_space(None, tmp_path_factory.mktemp("site") / "some" / "prefix")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """The page's address."""
    with file_server(folder.parent.parent, "some/prefix/") as url:
        yield url


@pytest.fixture
def guest(chromium: Any) -> Iterator[Any]:
    """A browser in which things go wrong on purpose."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def kept(page: Any, version: str) -> None:
    """Wait until the page is kept as a whole."""
    end = time.monotonic() + PATIENCE
    while page.evaluate(KEPT) != version:
        assert time.monotonic() < end, "the page was not kept"
        time.sleep(0.3)


def version_of(folder: Path) -> str:
    found: str = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["version"]
    return found


def test_the_browser_writes_what_python_writes_and_gives_every_file(
    page: Any, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("basstab_hf.generate.tab_model.load_engine", lambda path, _: load_engine(path, "numpy"))
    page.goto(site)
    back = Back()
    for form in ({"bars": 8, "seed": 1}, {"bars": 4, "seed": 2, "style": "rock", "chords": "Am F C G"}):
        message = {"do": "write", "form": form}
        here, there = back.answer(message, lambda _: None), page.evaluate(ASK, message)
        assert there.get("result", there)["text"] == here["result"]["text"]
    tab = there["result"]["text"]
    message = {"do": "rewrite", "text": tab, "first": 1, "last": 1, "count": 2, "form": {"seed": 1}}
    here, there = back.answer(message, lambda _: None), page.evaluate(ASK, message)
    # The shipped model may not have learnt it: then both say so.
    assert [each["text"] for each in there.get("versions", [])] == [each["text"] for each in here.get("versions", [])]
    assert there.keys() == here.keys()
    facts = page.evaluate("async () => (await (await fetch('prepared.json')).json()).facts")
    for row in facts["files"]:
        file = page.evaluate(ASK, {"do": "file", "text": tab, "suffix": row["suffix"]})
        assert file.get("done"), (row, file)
        if row["suffix"] in facts["opens"]:
            opened = page.evaluate(ASK, {"do": "open", **{k: file["file"][k] for k in ("name", "content")}})
            assert opened.get("done"), (row, opened)
    song = song_files.guitar_pro(["Em", "C", "G", "D"] * 2)
    content = base64.b64encode(song).decode()
    message = {"do": "accompany", "name": "song.gp5", "content": content, "form": {"seed": 1}}
    here, there = back.answer(message, lambda _: None), page.evaluate(ASK, message)
    assert there.get("result", there)["text"] == here["result"]["text"]
    assert there["song"] == here["song"]


def test_after_the_first_visit_it_works_offline_and_a_new_version_is_taken(guest: Any, site: str, folder: Path) -> None:
    guest.goto(site)
    kept(guest, version_of(folder))
    guest.context.set_offline(True)
    guest.reload()
    assert guest.evaluate(ASK, {"do": "write", "form": {"bars": 2, "seed": 1}}).get("done")
    guest.context.set_offline(False)
    page, manifest = folder / "index.html", folder / "manifest.json"
    old = page.read_text(encoding="utf-8"), manifest.read_text(encoding="utf-8")
    try:
        page.write_text(old[0].replace("<h1>Bass tabs</h1>", "<h1>Newer tabs</h1>"), encoding="utf-8")
        manifest.write_text(json.dumps(json.loads(old[1]) | {"version": "0123456789abcdef"}), encoding="utf-8")
        guest.reload()
        kept(guest, "0123456789abcdef")
        guest.reload()
        assert guest.inner_text("h1") == "Newer tabs"
    finally:
        page.write_text(old[0], encoding="utf-8")
        manifest.write_text(old[1], encoding="utf-8")


#: What comes when tabs can be written: second halves of machine code, and the rest.
LATER = re.compile(r"/parts/(python-later|numpy-later|rest)")


def test_without_the_rest_it_writes_and_says_what_is_missing(guest: Any, site: str) -> None:
    guest.context.route(LATER, lambda route: route.abort())
    guest.goto(site)
    for form in ({"bars": 8, "seed": 1}, {"bars": 4, "seed": 2, "style": "rock", "chords": "Am F C G"}):
        assert guest.evaluate(ASK, {"do": "write", "form": form}).get("done")
    message = {"do": "file", "text": RIFF, "suffix": ".mid"}
    error = guest.evaluate(ASK, message)["error"]
    assert "cannot be loaded: look whether there is a network" in error
    assert "\n" not in error
    guest.context.unroute(LATER)
    assert guest.evaluate(ASK, message).get("done")


def test_machine_code_that_has_not_come_yet_is_fetched_when_it_is_needed(guest: Any, site: str) -> None:
    """Python waits for it in the middle of its work."""
    asked: list[str] = []

    def second_time(route: Any) -> None:
        asked.append(route.request.resource_type)
        route.abort() if len(asked) == 1 else route.continue_()

    guest.context.route("**/parts/python-later-*", second_time)
    guest.goto(site)
    assert guest.evaluate(ASK, {"do": "read", "text": RIFF}).get("done")
    with guest.expect_event("requestfailed", lambda request: "python-later" in request.url, timeout=PATIENCE * 1000):
        guest.evaluate(ASK, {"do": "facts"})
    page = "<html><head><title>Riff</title></head><body><pre>" + RIFF.replace("-", "&#45;") + "</pre></body></html>"
    read = guest.evaluate(ASK, {"do": "read", "text": page})
    assert read["result"]["text"] == RIFF
    assert len(asked) == 2


@pytest.mark.parametrize("broken", ["**/worker.js", "**/parts/first-*"])
def test_what_breaks_the_start_is_told_in_one_line_and_can_be_tried_again(guest: Any, site: str, broken: str) -> None:
    status = 500 if broken.endswith(".js") else 200
    guest.context.route(broken, lambda route: route.fulfill(status=status, body="broken"))
    guest.goto(site)
    error = guest.evaluate(ASK, {"do": "read", "text": RIFF})["error"]
    assert error
    assert "\n" not in error
    guest.context.unroute(broken)
    assert guest.evaluate(ASK, {"do": "read", "text": RIFF}).get("done")


def test_the_folder_is_small_and_is_replaced_only_when_asked(folder: Path) -> None:
    parts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["parts"]
    first = sum(part["bytes"] for name, part in parts.items() if name in NOW)
    assert first <= 5_400_000
    with pytest.raises(OutputError, match="add --force"):
        write_static_space(None, folder)
