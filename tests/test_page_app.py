"""The page's app (page/app) in Chromium before a back that answers as it is told; journeys drive it before ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from basstab_hf import Tab
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.playable import playable, web_files
from basstab_hf.page.facts import facts
from tests.conftest import needs_chromium

_APP = Path(str(resources.files("basstab_hf.page") / "app"))
_URL = "http://localhost/"
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_RIFF = "G|---------|\nD|---------|\nA|-----2-2-|\nE|-0-0-----|\n"
#: Answers as soon as it may: what is held is answered by `go(do)`. A text with "hello" in it is no tab.
_BACK = """
let written = 0;
const RIFF = %(riff)s, PLAY = %(play)s, FACTS = %(facts)s;
const holding = new Map();
window.asked = [];
window.hold = (verb) => holding.set(verb, []);
window.go = (verb) => { const held = holding.get(verb); holding.delete(verb); held.forEach((answer) => answer()); };
const result = (text, { title, tempo, ...more } = {}) => ({
  text, title: title ?? "", artist: "", tempo: tempo ?? 100, seed: null, bars: 1, notes: [],
  play: { ...PLAY, tempo: tempo ?? 100 }, ...more,
});
const file = (name, text) => ({ name, content: btoa(text), remarks: [] });
const answers = {
  facts: () => ({ facts: FACTS }),
  read: ({ text, settings }) => {
    if (text.includes("hello")) return { error: "The text holds no bass tab" };
    return { result: result(text.trim() + "\\n", settings) };
  },
  write({ form: { title, tempo, seed } }) {
    written += 1;
    const text = RIFF.replace("-2-2-", `-2-${written %% 10}-`);
    return { result: result(text, { title, tempo, seed: seed ?? 700 + written }) };
  },
  rewrite({ text, count }) {
    const frets = Array.from({ length: count }, (_, index) => index + 3);
    return { versions: frets.map((fret) => result(text.replace("-0-0-", `-0-${fret}-`))) };
  },
  open: ({ name }) => ({ result: result(RIFF, { title: name }) }),
  accompany: ({ name }) => ({ result: result(RIFF, { title: name }), song: file(`${name} with bass.mid`, "song") }),
  arrange: ({ text }) => ({ result: result(text) }),
  file: ({ suffix, settings }) => ({ file: file(`${settings.title || "basstab"}${suffix}`, "x") }),
};
window.BACK = { ask(message, onEvent = () => {}) {
  window.asked.push(message);
  let cancel;
  const promise = new Promise((resolve) => {
    const answer = () => resolve({ done: true, ...answers[message.do](message, onEvent) });
    cancel = () => resolve({ error: "stopped" });
    if (message.do === "write") window.grow = onEvent;
    if (holding.has(message.do)) holding.get(message.do).push(answer);
    else setTimeout(answer);
  });
  return { promise, cancel };
} };
%(more)s
"""


def _back(more: str = "") -> str:
    play = playable(Tab.parse(_RIFF), WriteSettings(columns_per_beat=2))
    known = facts("a model", {}, rewrites=True)
    known["tones"] = ["finger", "slap"]
    values = {"riff": json.dumps(_RIFF), "play": json.dumps(play), "facts": json.dumps(known), "more": more}
    return _BACK % values


Opened = Callable[..., Any]


@pytest.fixture
def opened(page: Any) -> Opened:
    """Opens the page; `more` is a script behind the back's, `link` what follows the address."""

    def open_page(more: str = "", link: str = "", ready: str = "#examples [data-example]") -> Any:
        served = {"back.js": _back(more), **web_files()}

        def serve(route: Any) -> None:
            name = route.request.url.removeprefix(_URL).partition("#")[0] or "index.html"
            body = served.get(name) or (_APP / name).read_text(encoding="utf-8")
            route.fulfill(body=body, content_type=f"{_KINDS[Path(name).suffix]}; charset=utf-8")

        page.route(f"{_URL}**", serve)
        page.goto(_URL + link)
        page.locator(ready).first.wait_for()
        return page

    return open_page


def _reads(page: Any, target: str, words: str) -> None:
    page.locator(target).filter(has_text=re.compile(words)).wait_for(timeout=10_000)


def _write(page: Any) -> str:
    """Have a tab written, and give it."""
    before = page.input_value("#tab")
    page.click("#generate")
    for _ in range(100):
        page.wait_for_timeout(20)
        if page.input_value("#tab") != before:
            return str(page.input_value("#tab"))
    raise AssertionError("no other tab came")


def _asked(page: Any, verb: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("verb => asked.filter((one) => one.do === verb)", verb)
    return found


# ---- What can be seen in its files ----


def test_what_scripts_look_for_is_there() -> None:
    page = (_APP / "index.html").read_text(encoding="utf-8")
    ids = set(re.findall(r'\bid="([\w-]+)"', page))
    for script in _APP.glob("*.js"):
        sought = set(re.findall(r'\$\("#([\w-]+)[" ]', script.read_text(encoding="utf-8")))
        assert sought <= ids, script.name
    assert set(re.findall(r'(?:for|aria-labelledby|aria-describedby)="([\w-]+)"', page)) <= ids
    assert len(ids) == len(re.findall(r'\bid="', page))


def test_a_strict_policy_can_hold() -> None:
    page = (_APP / "index.html").read_text(encoding="utf-8")
    assert not re.findall(r"\son\w+=|<script>|style=|https?:", page)
    assert "default-src 'none'" in page
    assert "unsafe-eval" not in page.replace("'wasm-unsafe-eval'", "")
    for script in _APP.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|https?:", text), script.name


def test_every_script_tells_its_job_and_is_used() -> None:
    imported = {"app.js"}
    for script in _APP.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert text.startswith("// "), script.name
        imported |= set(re.findall(r'from "\./([\w.]+)"', text))
    assert imported == {script.name for script in _APP.glob("*.js")}


# ---- In the browser ----

_slow = [pytest.mark.slow, needs_chromium]


class TestWriting:
    pytestmark = _slow

    def test_empty_number_fields_ask_for_nothing(self, opened: Opened) -> None:
        page = opened()
        page.click("#more summary")
        _write(page)
        form = _asked(page, "write")[0]["form"]
        assert {form[name] for name in ("bars", "tempo", "seed", "best_of", "difficulty")} == {None}
        assert page.input_value("#seed") == ""

    def test_stop_leaves_whole_bars_and_undo_the_tab_before(self, opened: Opened) -> None:
        page = opened()
        before = _write(page)
        page.evaluate("hold('write')")
        page.click("#generate")
        page.evaluate("text => grow({ text, bars: 2 })", _RIFF.replace("|\n", "|-3\n"))
        page.click("#stop-writing")
        _reads(page, "#news", "Stopped")
        asked = _asked(page, "read")[-1]
        assert asked["whole_bars"] is True
        assert "|-3" in asked["text"]
        assert page.evaluate("document.activeElement.id") == "generate"
        page.click("#undo")
        assert page.input_value("#tab") == before

    def test_stop_before_the_first_bar_leaves_the_tab(self, opened: Opened) -> None:
        page = opened()
        before = _write(page)
        page.evaluate("hold('write')")
        page.click("#generate")
        page.click("#stop-writing")
        _reads(page, "#news", "Stopped")
        assert page.input_value("#tab") == before

    def test_an_error_leaves_the_tab(self, opened: Opened) -> None:
        page = opened("answers.write = () => ({ error: 'bars 99: choose 1 to 64' }); ")
        page.fill("#tab", _RIFF)
        page.keyboard.press("Tab")
        page.click("#generate")
        _reads(page, "#message", "Bars 99: choose 1 to 64")
        assert page.input_value("#tab") == _RIFF

    def test_versions_take_another_tempo_together(self, opened: Opened) -> None:
        page = opened()
        _write(page)
        page.click("#rewrite")
        page.locator("#versions input").nth(3).wait_for(state="attached")
        page.fill("#tempo", "140")
        page.keyboard.press("Tab")
        _reads(page, "[data-part=tempo-value]", "140")
        page.get_by_label("As it was").check()
        _reads(page, "[data-part=tempo-value]", "140")

    def test_files_are_made_at_the_tempo_that_is_heard(self, opened: Opened) -> None:
        page = opened()
        _write(page)
        page.fill("#title", "Slow one")
        page.locator("[data-part=tempo]").fill("60")
        with page.expect_download() as found:
            page.click("#files [data-suffix='.mid']")
        assert found.value.suggested_filename == "Slow one.mid"
        assert _asked(page, "file")[0]["settings"]["tempo"] == 60

    @pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
    def test_a_new_tab_is_seen_from_its_start(self, opened: Opened, size: tuple[int, int]) -> None:
        """Wherever the page was scrolled to: the view is at the text while that grows, at the first bar in the end."""
        page = opened()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        _write(page)
        page.evaluate("hold('write'); scrollTo(0, 1e6)")
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(100)
        page.evaluate("text => grow({ text, bars: 30 })", "\n".join([_RIFF] * 30))
        seen = (
            "one => { const { top, bottom } = one.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }"
        )
        page.wait_for_timeout(100)
        assert page.locator("#tab").evaluate("one => one.scrollTop + one.clientHeight > one.scrollHeight - 4")
        assert page.locator("#the-tab .heading").first.evaluate(seen)
        page.evaluate("go('write')")
        page.locator(".bs-system").first.wait_for()
        page.wait_for_timeout(300)
        assert page.locator(".bs-system").first.evaluate(seen)

    def test_a_title_that_is_emptied_is_taken_away(self, opened: Opened) -> None:
        """In the field or in the text; who has written none leaves the tab its own."""
        page = opened()
        page.set_input_files("#open", {"name": "Blue", "mimeType": "text/plain", "buffer": b"x"})
        _reads(page, "#tab-heading", "Blue")
        assert page.input_value("#title") == "Blue"
        page.fill("#title", "")
        page.keyboard.press("Tab")
        _reads(page, "#tab-heading", "^The tab$")
        assert _asked(page, "read")[-1]["settings"]["title"] == ""
        with page.expect_download() as found:
            page.click("#files [data-suffix='.mid']")
        assert found.value.suggested_filename == "basstab.mid"
        page.fill("#tab", f"Title: Red\n\n{_RIFF}")
        page.wait_for_timeout(900)
        assert _asked(page, "read")[-1]["settings"]["title"] == "Red"
        page.fill("#tab", _RIFF)
        page.wait_for_timeout(900)
        assert page.input_value("#title") == ""
        assert _asked(page, "read")[-1]["settings"]["title"] is None


class TestMending:
    pytestmark = _slow

    def test_late_answers_touch_no_typed_text(self, opened: Opened) -> None:
        page = opened()
        page.evaluate("hold('read')")
        page.fill("#tab", _RIFF)
        page.wait_for_timeout(900)
        assert len(_asked(page, "read")) == 1
        longer = _RIFF.replace("-0-0-", "-0-7-")
        page.fill("#tab", longer)
        page.evaluate("go('read')")
        page.wait_for_timeout(100)
        assert page.input_value("#tab") == longer
        page.wait_for_timeout(900)
        assert _asked(page, "read")[-1]["text"] == longer

    def test_what_cannot_be_read_is_told_and_undone(self, opened: Opened) -> None:
        page = opened()
        before = _write(page)
        page.fill("#tab", "hello")
        page.keyboard.press("Tab")
        _reads(page, "#message", "no bass tab")
        assert page.locator("#player svg").count()
        page.click("#files [data-suffix='.mid']")
        _reads(page, "#message", "mend it, or press Undo")
        page.click("#undo")
        assert page.input_value("#tab") == before
        page.click("#redo")
        assert page.input_value("#tab") == "hello"

    def test_what_was_typed_is_a_step_before_generate(self, opened: Opened) -> None:
        page = opened()
        page.fill("#tab", _RIFF.replace("-0-0-", "-5-5-"))
        page.keyboard.press("Control+Enter")
        _reads(page, "#news", "Written")
        page.click("#undo")
        assert "-5-5-" in page.input_value("#tab")

    def test_a_slider_moved_by_keys_is_one_step(self, opened: Opened) -> None:
        page = opened()
        page.focus("#temperature")
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        assert page.input_value("#temperature") == "1.4"
        page.keyboard.press("Control+z")
        assert page.input_value("#temperature") == "1"
        page.keyboard.press("Control+y")
        assert page.input_value("#temperature") == "1.4"

    def test_the_riff_tells_what_was_mended(self, opened: Opened) -> None:
        more = "answers.read = () => ({ result: result(RIFF, { notes: ['Labels were guessed.'] }) });"
        page = opened(more)
        page.fill("#prompt", "G---\nD---")
        page.keyboard.press("Tab")
        _reads(page, "#prompt-notes", "Read as 1 bar. Labels were guessed.")


class TestKeeping:
    pytestmark = _slow

    def test_the_list_is_bounded_and_clearing_it_can_be_undone(self, opened: Opened) -> None:
        page = opened()
        for _ in range(53):
            _write(page)
        assert page.locator("#history li").count() == 50
        page.reload()
        page.locator("#history li").nth(49).wait_for()
        page.click("#history-clear")
        assert page.locator("#history li").count() == 0
        page.click("#history-clear")
        assert page.locator("#history li").count() == 50

    def test_another_window_has_the_same_list(self, opened: Opened) -> None:
        page = opened()
        _write(page)
        other = page.context.new_page()
        other.route(f"{_URL}**", lambda route: route.fulfill(body="<p>", content_type="text/html"))
        other.goto(_URL)
        other.evaluate("localStorage.setItem('basstab.tabs', '[]')")
        page.locator("#history li").wait_for(state="detached")
        other.close()

    def test_work_survives_a_reload(self, opened: Opened) -> None:
        page = opened()
        page.select_option("#key", "Em")
        tab = _write(page)
        page.reload()
        page.locator("#player svg").first.wait_for()
        assert page.input_value("#tab") == tab
        page.locator("#examples [data-example]").first.wait_for()
        assert page.input_value("#key") == "Em"

    @pytest.mark.parametrize(
        "kept", ["{", '{"form": 1, "text": ""}', '{"form": {"key": "H"}, "text": "", "result": null}']
    )
    def test_broken_storage_is_no_end(self, opened: Opened, kept: str) -> None:
        page = opened()
        page.evaluate(
            "kept => { addEventListener('pagehide', () => localStorage.setItem('basstab.now', kept)); }", kept
        )
        page.evaluate("localStorage.setItem('basstab.tabs', '[null, {\"id\": 1}]')")
        page.reload()
        page.locator("#examples [data-example]").first.wait_for()
        assert page.input_value("#key") == ""
        _write(page)

    def test_without_storage_it_is_told_once(self, opened: Opened) -> None:
        page = opened("Storage.prototype.setItem = () => { throw new Error('full'); };")
        page.click("#generate")
        _reads(page, "#told", "Written")
        assert page.locator("#history li").count() == 1


class TestLinks:
    pytestmark = _slow

    def test_a_link_tells_and_leaves_out_what_no_field_knows(self, opened: Opened) -> None:
        page = opened(link="#wish=1&bars=3&key=H&style=&tempo=fast&max-copy=true&onload=x&title=%3Cb%3E")
        _reads(page, "#news", "nothing was sent")
        values = {name: page.input_value(f"#{name}") for name in ("bars", "key", "tempo", "title")}
        assert values == {"bars": "3", "key": "", "tempo": "", "title": "<b>"}
        assert page.is_checked("#max-copy")
        assert page.url == _URL
        page.evaluate("location.hash = '#wish=1&bars=5'")
        page.wait_for_timeout(100)
        assert page.input_value("#bars") == "5"
        page.click("#undo")
        assert page.input_value("#bars") == "3"

    def test_a_link_has_the_seed_of_the_tab_that_its_form_wrote(self, opened: Opened) -> None:
        page = opened("navigator.clipboard.writeText = async (text) => { window.copied = text; };")
        _write(page)
        page.click("#share")
        _reads(page, "#news", "this very tab")
        assert page.evaluate("copied") == f"{_URL}#wish=1&seed=701"
        page.fill("#bars", "4")
        page.click("#share")
        _reads(page, "#news", "finds this form filled in.$")
        assert page.evaluate("copied") == f"{_URL}#wish=1&bars=4"

    def test_copying_where_pages_may_not(self, opened: Opened) -> None:
        page = opened("navigator.clipboard.writeText = async () => { throw new Error('denied'); };")
        _write(page)
        page.click("#copy")
        _reads(page, "#news", "Copied")
        assert page.evaluate("document.activeElement.id") == "copy"


class TestFiles:
    pytestmark = _slow
    _DROP = """([target, name]) => {
      const data = new DataTransfer();
      data.items.add(new File(["x"], name));
      const dropped = { dataTransfer: data, bubbles: true, cancelable: true };
      document.querySelector(target).dispatchEvent(new DragEvent("drop", dropped));
    }"""

    def test_a_song_is_accompanied_where_it_says_so_and_opened_elsewhere(self, opened: Opened) -> None:
        page = opened()
        page.evaluate(self._DROP, ["#accompany-heading", "song.mid"])
        _reads(page, "#tab-heading", "song.mid")
        with page.expect_download() as found:
            page.click("#song")
        assert Path(found.value.path()).read_text() == "song"
        page.evaluate(self._DROP, ["body", "riff.gp5"])
        _reads(page, "#tab-heading", "riff.gp5")
        assert [one["content"] for one in _asked(page, "open")] == ["eA=="]
        assert not page.is_visible("#song")

    def test_a_file_that_is_too_large_is_not_sent(self, opened: Opened) -> None:
        page = opened("FACTS.limits.file_bytes = 1000;")
        page.set_input_files("#open", {"name": "big.mid", "mimeType": "audio/midi", "buffer": b"0" * 2_000_000})
        _reads(page, "#message", "big.mid has 2.0 MB")
        assert not _asked(page, "open")


class TestLoading:
    pytestmark = _slow

    def test_megabytes_and_seconds_while_the_page_is_used(self, opened: Opened) -> None:
        page = opened("hold('facts');", ready="#tab")
        page.evaluate("BACK.onProgress({ loaded: 2500000, total: 10000000, text: 'Loading Python' })")
        _reads(page, "#loading-text", r"Loading Python: 2.5 of 10.0 MB, \d+ s")
        page.fill("#prompt", _RIFF)
        page.evaluate("BACK.onProgress({ done: true }); go('facts')")
        page.locator("#examples [data-example]").first.wait_for()
        assert not page.is_visible("#loading")
        assert page.input_value("#prompt") == _RIFF.rstrip("\n") + "\n"

    def test_a_back_that_is_away_can_be_asked_again(self, opened: Opened) -> None:
        more = "const there = answers.facts; answers.facts = () => ({ error: 'The server does not answer' });"
        page = opened(f"{more} window.back = () => (answers.facts = there);", ready="#told button")
        _reads(page, "#told", "does not answer")
        page.evaluate("back()")
        page.click("#told button:has-text('again')")
        page.locator("#examples [data-example]").first.wait_for()


@pytest.mark.slow
@needs_chromium
def test_tab_after_tab_leaves_nothing_behind(opened: Opened) -> None:
    page = opened()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def held() -> dict[str, float]:
        session.send("HeapProfiler.collectGarbage")
        metrics = session.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in metrics}

    def write(times: int) -> dict[str, float]:
        for _ in range(times):
            _write(page)
        return held()

    before, after = write(105), write(40)  # by then steps to undo, scores and the list are as long as they get
    assert after["JSEventListeners"] <= before["JSEventListeners"]
    assert after["Nodes"] <= before["Nodes"] * 1.1
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 1_000_000
