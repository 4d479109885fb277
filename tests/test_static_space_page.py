"""The page of the static Space in Chromium, from a plain file server under some path, with nothing else in reach."""

import functools
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basstab_hf.formats import WriteSettings
from basstab_hf.formats.alphatex import to_alphatex
from basstab_hf.generate import Composer, Request, Sampling
from basstab_hf.metrics.validity import validity
from basstab_hf.static_space.writer import write_static_space
from basstab_hf.tab.values import Tab
from basstab_hf.web_parts import ALPHATAB, ONNX
from tests.conftest import needs_chromium, needs_npm

pytestmark = [needs_npm, needs_chromium, pytest.mark.slow]
PATIENCE = 60_000  # milliseconds, on a machine that does much else

RIFF = """\
G|-----------------|-----------------|
D|-------------5-7-|---------5---3---|
A|-5-----x-5h7-----|-5-----x---------|
E|-----------------|-----------------|"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_static_space(None, tmp_path_factory.mktemp("site") / "some" / "prefix")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    """The page's address."""
    handler = functools.partial(_Quiet, directory=str(folder.parent.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/some/prefix/"
        server.shutdown()
        thread.join()


def said(page: Any, words: str) -> None:
    """Wait until the page says so."""
    from playwright.sync_api import expect

    expect(page.locator("#status")).to_have_text(re.compile(words), timeout=PATIENCE)


def opened(page: Any, site: str) -> Any:
    page.goto(site)
    said(page, "Ready")
    return page


def generate(page: Any, bars: int = 4, seed: int = 1, temperature: float = 1, prompt: str = "") -> str:
    """The tab that the page writes, as its file has it."""
    page.fill("#prompt", prompt)
    page.fill("#bars", str(bars))
    page.fill("#seed", str(seed))
    page.fill("#temperature", str(temperature))
    page.click("#generate")
    said(page, f"^Done: .* seed {seed}.$")
    return saved(page, "[data-save=txt]").read_text(encoding="utf-8").removesuffix("\n")


def saved(page: Any, button: str) -> Path:
    with page.expect_download() as download:
        page.click(button)
    return Path(download.value.path())


def can_play(page: Any) -> None:
    from playwright.sync_api import expect

    expect(page.locator("#play")).to_be_enabled(timeout=PATIENCE)


def cursor(page: Any) -> float:
    return float(page.evaluate("document.querySelector('.at-cursor-beat').getBoundingClientRect().x"))


def test_a_tab_is_written_engraved_played_and_saved(page: Any, site: str) -> None:
    opened(page, site)
    tab = generate(page)
    assert generate(page) == tab  # again, by the same seed
    assert validity(tab).tab_validity == 1
    can_play(page)
    assert page.get_attribute("#score", "data-bars") == "4"
    assert saved(page, "[data-save=alphatex]").read_text() == to_alphatex(Tab.parse(tab), WriteSettings())
    assert saved(page, "#midi").read_bytes().startswith(b"MThd")
    before = cursor(page)
    page.click("#play")
    page.locator("#play", has_text="Pause").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(1500)
    assert cursor(page) != before
    page.keyboard.press("Space")  # the button has the focus
    page.locator("#play", has_text="Play").wait_for(timeout=PATIENCE)


def test_the_browser_writes_what_python_writes(page: Any, site: str) -> None:
    """The likeliest tabs, and with a seed; logits differ in their sixth digit, which decides nothing here."""
    opened(page, site)
    composer = Composer(engine="numpy")
    prompt = Tab.parse(RIFF)
    for temperature, given, bars in ((0, None, 8), (0, prompt, 6), (1, None, 8), (0.7, prompt, 6)):
        asked = Request(given, bars, sampling=Sampling(temperature), seed=3)
        expected = next(composer.write(asked)).tab.text
        assert generate(page, bars, 3, temperature, given.text if given else "") == expected


def test_every_sampled_tab_is_well_formed(page: Any, site: str) -> None:
    opened(page, site)
    for seed in range(22):
        tab = generate(page, 2, seed, temperature=1 + seed % 11 / 10)
        assert len(Tab.parse(tab).bars) == 2
        assert validity(tab).tab_validity == 1, tab


def test_writing_can_be_stopped_and_gone_on_with(page: Any, site: str) -> None:
    opened(page, site)
    page.fill("#bars", "64")
    page.keyboard.press("Control+Enter")
    page.locator("#tab", has_text=re.compile(r"\|.*\|.*\|")).wait_for(timeout=PATIENCE)
    page.click("#stop")
    said(page, "^Stopped at the last whole bar")
    tab = Tab.parse(saved(page, "[data-save=txt]").read_text())
    assert 0 < len(tab.bars) < 64
    page.click("#continue")
    assert page.input_value("#prompt") == tab.text
    longer = generate(page, 1, prompt=tab.text)
    assert len(Tab.parse(longer).bars) == len(tab.bars) + 1


def test_what_is_no_tab_is_told_kindly(page: Any, site: str) -> None:
    opened(page, site)
    page.fill("#prompt", '<img src=x onerror="alert(1)">')
    page.click("#generate")
    said(page, '^Line 1: "<img src=x .* is no string line: write 4 to 6 lines')
    page.click("#clear")
    assert generate(page, 1)
    two_tunings = f"{RIFF}\n\n{RIFF.replace('E|', 'D|')}"
    generate(page, 1, prompt=two_tunings)
    page.locator("#sheet-status", has_text="only tabs in one tuning are drawn").wait_for(timeout=PATIENCE)


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Any, site: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    opened(page, site)
    page.click("[data-example='0']")
    tab = generate(page, 5, prompt=page.input_value("#prompt"))
    can_play(page)
    for place in (0, 0.5, 1):
        page.evaluate("place => scrollTo(0, place * document.documentElement.scrollHeight)", place)
        assert 0 <= page.evaluate("document.getElementById('stop').getBoundingClientRect().top") < 700
    shown = Tab.parse(page.inner_text("#tab"))
    assert shown.bars == Tab.parse(tab).bars
    assert [len(system.bars) for system in shown.systems] == [2, 2, 2, 1]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.getElementById('tab').scrollWidth <= document.getElementById('tab').clientWidth")


def test_parts_are_checked_by_their_hashes(page: Any, site: str, folder: Path) -> None:
    """As they come from a CDN: fetched, compared, and only then run."""
    facts = json.loads((folder / "space.json").read_text(encoding="utf-8"))
    for part in (*ALPHATAB, *ONNX):
        facts["parts"][part.name]["integrity"] = part.integrity
    page.route("**/space.json", lambda route: route.fulfill(json=facts))
    opened(page, site)
    assert generate(page, 2)
    can_play(page)


def test_without_the_network_that_it_needs_it_says_so(chromium: Any, site: str, folder: Path) -> None:
    facts = json.loads((folder / "space.json").read_text(encoding="utf-8"))
    facts["parts"] = {part.name: {"url": part.url, "integrity": part.integrity} for part in (*ALPHATAB, *ONNX)}
    context = chromium.new_context()
    context.route(re.compile("^https:"), lambda route: route.abort())
    page = context.new_page()
    page.route("**/space.json", lambda route: route.fulfill(json=facts))
    page.goto(site)
    said(page, "^The model could not be loaded: look whether there is a network")
    assert page.is_disabled("#generate")
    context.close()


def test_without_its_drawing_the_page_still_writes(chromium: Any, site: str, folder: Path) -> None:
    """A part that is not the one that was pinned is not run."""
    facts = json.loads((folder / "space.json").read_text(encoding="utf-8"))
    facts["parts"]["alphaTab.min.js"]["integrity"] = ALPHATAB[1].integrity
    context = chromium.new_context(accept_downloads=True)
    page = context.new_page()
    page.route("**/space.json", lambda route: route.fulfill(json=facts))
    opened(page, site)
    assert validity(generate(page, 2)).tab_validity == 1
    page.locator("#sheet-status", has_text="The engraved tab could not be loaded").wait_for(timeout=PATIENCE)
    assert page.is_hidden("#play")
    context.close()
