"""The practice page: what it says it plays, and in a browser what it does."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from basstab_hf import Tab, formats
from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings, practice
from basstab_hf.formats.gestures import gestures
from basstab_hf.formats.plucked import SAMPLE_RATE, STRINGS, _swing, phrases
from basstab_hf.formats.score import to_score
from basstab_hf.tab.timing import timed_notes
from tests.conftest import needs_chromium, riff
from tests.strategies import tabs
from tests.test_pictures import TRICKS

HOSTILE = "</script></pre></title><script>throw 1</script>\"'\\ \x00 {{ 7 * 7 }}"


def html_of(tab: Tab, how: WriteSettings | None = None) -> str:
    how = how or WriteSettings()
    return practice.to_html(tab, how, to_score(tab, how))


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


@given(tabs())
@settings(max_examples=25)
def test_the_page_plays_the_notes_of_the_tab(tab: Tab) -> None:
    try:
        data = data_of(html_of(tab, WriteSettings(tempo=120)))
    except InputError:
        assert not tab.bars
        return
    notes = timed_notes(tab)
    assert [note[0] for note in data["notes"]] == pytest.approx([note.onset / 2 for note in notes], abs=1e-5)
    assert [tuple(note[2:]) for note in data["notes"]] == [(note.string, note.fret) for note in notes]
    for systems in data["sheets"].values():
        times = [seconds for system in systems for seconds, _ in system["beats"]]
        assert times == sorted(times)
        onsets = {round(note[0], 3) for note in data["notes"]}
        assert onsets <= {round(seconds, 3) for seconds in times}


def test_nothing_is_loaded_and_hostile_names_stay_names(tmp_path: Path) -> None:
    tab = replace(Tab.parse(riff(1)), title=HOSTILE, artist=HOSTILE)
    formats.write(tab, tmp_path / "t.html")
    html = (tmp_path / "t.html").read_text()
    assert html.count("</script>") == 2
    assert html.count("<script") == 2
    assert "default-src 'none'" in html
    assert not re.search(r"(src|href)=\"(?!data:)", html)
    back = formats.read(tmp_path / "t.html")
    assert back.systems == tab.systems
    assert back.title.startswith("</script></pre></title><script>throw 1</script>\"'\\")


def test_the_tab_comes_back_from_the_page(tmp_path: Path) -> None:
    for number in range(5):
        tab = replace(Tab.parse(riff(number)), title="Mine & yours", artist="Me")
        formats.write(tab, tmp_path / "t.html", force=True)
        assert formats.read(tmp_path / "t.html") == tab


def test_the_title_comes_back_from_behind_many_pictures(tmp_path: Path) -> None:
    tab = replace(Tab.parse(riff(1, bars=60)), title="Long & slow", artist="Me")
    formats.write(tab, tmp_path / "t.html")
    assert (tmp_path / "t.html").read_text().index('<pre id="text"') > 100_000
    assert formats.read(tmp_path / "t.html") == tab


def test_bars_that_notation_fills_up_keep_the_time_of_the_tab() -> None:
    rows = ["0------------|0-----------|"] * 4
    tab = Tab.parse("\n".join(f"{label}|{row}" for label, row in zip("GDAE", rows, strict=True)))
    data = data_of(html_of(tab, WriteSettings(tempo=60, columns_per_beat=3)))
    assert data["bars"] == pytest.approx([0, 13 / 3], abs=1e-5)


@pytest.fixture
def opened(page: Any, tmp_path: Path) -> Any:
    """The page of two bars of tricks at tempo 120, in the browser."""
    formats.write(replace(TRICKS, title=HOSTILE), tmp_path / "t.html", WriteSettings(tempo=120))
    page.goto(f"file://{tmp_path / 't.html'}")
    return page


def position(page: Any) -> float:
    return float(page.evaluate("position()"))


def wait_until(page: Any, condition: str) -> None:
    """Playwright's own waiting evaluates text inside the page, which its policy forbids."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


@pytest.mark.slow
@needs_chromium
def test_play_moves_the_cursor_and_the_space_bar_stops_it(opened: Any) -> None:
    assert opened.locator("h1").inner_text().startswith("</script>")
    opened.keyboard.press("Space")
    wait_until(opened, "position() > 0.5")
    xs = [float(x) for x in opened.evaluate("systems.map((one) => one.cursor.getAttribute('x'))")]
    assert sum(x > 0 for x in xs) == 2  # one on the wide sheet, one on the narrow
    assert opened.locator("#fretboard .lit:visible").count() >= 1
    opened.keyboard.press("Space")
    stopped = position(opened)
    opened.wait_for_timeout(300)
    assert position(opened) == stopped > 0.5
    opened.keyboard.press("Home")
    assert position(opened) == 0


@pytest.mark.slow
@needs_chromium
def test_notes_begin_when_the_tab_says_at_every_tempo(opened: Any) -> None:
    data = opened.evaluate("data")
    for percent in (100, 50, 150):
        opened.locator("#tempo").fill(str(percent))
        planned = opened.evaluate(
            """async () => {
                await start();
                const run = player.runs[0];
                const found = player.sounding.map(({ at, index }) => [(at - run.at) * player.factor, index]);
                stop(0);
                return found;
            }"""
        )
        assert len(planned) >= 2
        for (when, index), (onset, number) in zip(planned, data["strokes"], strict=False):
            assert when == pytest.approx(onset, abs=1e-4)
            assert index == number


@pytest.mark.slow
@needs_chromium
def test_the_browser_computes_the_same_string(opened: Any) -> None:
    made = [phrase for _, phrase in phrases(gestures(TRICKS, WriteSettings(tempo=120)))]
    unique = [*dict.fromkeys(made)]
    for index, phrase in enumerate(unique):
        wanted = _swing(phrase, STRINGS["finger"])
        heard = np.array(opened.evaluate(f"Array.from(swing(data.phrases[{index}], {SAMPLE_RATE}))"))
        assert abs(len(heard) - len(wanted)) <= 1  # Python rounds a half to the even number
        length = min(len(heard), len(wanted))
        assert np.abs(heard[:length] - wanted[:length]).max() < 0.02 * np.abs(wanted).max()


@pytest.mark.slow
@needs_chromium
def test_a_loop_stays_within_its_bars(opened: Any) -> None:
    bars = opened.evaluate("data.bars")
    opened.locator("#loop-from").fill("3")
    opened.locator("#loop-to").fill("3")
    opened.locator("#loop").check()
    opened.locator("#tempo").fill("150")
    opened.locator("#play").click()
    seen = []
    for _ in range(24):
        opened.wait_for_timeout(100)
        seen.append(position(opened))
    assert all(bars[2] - 1e-6 <= place <= opened.evaluate("data.seconds") for place in seen)
    assert any(after < before for before, after in itertools.pairwise(seen))


@pytest.mark.slow
@needs_chromium
def test_what_rings_beyond_a_loop_is_cut_short(page: Any, tmp_path: Path) -> None:
    lines = ["----------------|----------------"] * 3 + ["0===============|----------------"]
    tab = Tab.parse("\n".join(f"{label}|{line}|" for label, line in zip("GDAE", lines, strict=True)))
    formats.write(tab, tmp_path / "t.html", WriteSettings(tempo=240))
    page.goto(f"file://{tmp_path / 't.html'}")
    page.locator("#loop-to").fill("1")
    page.locator("#loop").check()
    page.locator("#play").click()
    wait_until(page, "player.runs.length > 1 && player.playing")
    page.locator("#play").click()
    assert not page.evaluate("player.playing")


@pytest.mark.slow
@needs_chromium
def test_what_plays_is_brought_into_view(page: Any, tmp_path: Path) -> None:
    formats.write(Tab.parse(riff(1, bars=60)), tmp_path / "t.html", WriteSettings(tempo=120))
    page.goto(f"file://{tmp_path / 't.html'}")
    page.locator("#loop-from").fill("50")
    page.locator("#loop").check()
    page.locator("#play").click()
    box = "systems.find((one) => one.x !== null && one.box.offsetParent).box.getBoundingClientRect()"
    wait_until(page, f"player.playing && {box}.top > 0 && {box}.bottom < window.innerHeight")


@pytest.mark.slow
@needs_chromium
def test_the_loop_stays_within_the_piece_and_the_last_number_typed_counts(opened: Any) -> None:
    first, last = opened.locator("#loop-from"), opened.locator("#loop-to")
    for field, typed, shown in ((last, "99", "1 3"), (first, "-5", "1 3"), (first, "3", "3 3"), (last, "2", "2 2")):
        field.fill(typed)
        field.press("Tab")
        assert f"{first.input_value()} {last.input_value()}" == shown


@pytest.mark.slow
@needs_chromium
def test_fast_hands_start_it_once(opened: Any) -> None:
    once = opened.evaluate("(async () => { await start(); const n = player.sounding.length; stop(0); return n; })()")
    twice = opened.evaluate(
        """(async () => {
            const started = [start(), stop(0), start(), changing(() => {})];
            await Promise.all(started);
            while (!player.playing) await new Promise((done) => setTimeout(done, 5));
            return [player.sounding.length, player.runs.length];
        })()"""
    )
    assert twice == [once, 1]
    opened.evaluate("stop(0)")
    opened.evaluate("(async () => { const started = start(); stop(0); await started; })()")
    assert not opened.evaluate("player.playing")


@pytest.mark.slow
@needs_chromium
def test_bars_are_chosen_in_the_picture(opened: Any) -> None:
    bars = opened.evaluate("data.bars")
    box = opened.locator(".wide svg").nth(1).bounding_box()
    width = opened.evaluate("systems[1].svg.viewBox.baseVal.width")
    lefts = [left * box["width"] / width + box["x"] for _, left, _ in opened.evaluate("systems[1].place.bars")]
    middle = box["y"] + box["height"] / 2
    opened.mouse.click(lefts[1] + 20, middle)
    assert position(opened) == pytest.approx(bars[2])
    opened.mouse.move(lefts[0] + 30, middle)
    opened.mouse.down()
    opened.mouse.move(lefts[1] + 30, middle)
    opened.mouse.up()
    assert opened.locator("#loop").is_checked()
    assert [opened.locator(name).input_value() for name in ("#loop-from", "#loop-to")] == ["2", "3"]
    assert float(opened.evaluate("systems[1].looped.getAttribute('width')")) > 100


@pytest.mark.slow
@needs_chromium
def test_count_in_and_metronome_click(opened: Any) -> None:
    opened.locator("#count-in").check()
    opened.locator("#metronome").check()
    clicks = opened.evaluate(
        """async () => {
            await start();
            const begin = player.runs[0].at;
            const found = player.sounding.filter(({ index }) => index < 0).map(({ at }) => at - begin);
            stop(0);
            return found;
        }"""
    )
    assert sorted(clicks) == pytest.approx([0.5 * beat for beat in range(-8, 0)], abs=1e-3)


@pytest.mark.slow
@needs_chromium
def test_a_phone_shows_the_narrow_sheet_and_paper_the_wide_one(opened: Any) -> None:
    opened.set_viewport_size({"width": 360, "height": 740})
    assert opened.locator(".narrow").is_visible()
    assert not opened.locator(".wide").is_visible()
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    opened.emulate_media(media="print")
    assert opened.locator(".wide").is_visible()
    assert not opened.locator(".controls").is_visible()


@pytest.mark.slow
@needs_chromium
def test_the_text_is_copied(opened: Any) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.locator("#copy").click()
    wait_until(opened, "document.getElementById('copy').textContent === 'Copied'")
    assert "7h9" in opened.evaluate("navigator.clipboard.readText()")
