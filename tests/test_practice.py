"""The practice page: a file that loads nothing, and in a browser the player of all our pages: `Player` of player.js."""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basstab_hf import Tab, formats
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.gestures import gestures
from basstab_hf.formats.playable import playable, web_files
from basstab_hf.formats.plucked import SAMPLE_RATE, STRINGS, _swing, phrases
from basstab_hf.formats.track import Marks
from basstab_hf.recognise.annotations import Chord
from basstab_hf.rhythm.form import NO_SIGN, Sign
from basstab_hf.rhythm.tab_time import TabTime, Tempo
from tests.conftest import needs_chromium, riff
from tests.test_pictures import TRICKS

HOSTILE = "</script></pre></title><script>throw 1</script>\"'\\ \x00 {{ 7 * 7 }}"


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


def test_a_long_page_has_its_text_in_front_of_what_is_played(tmp_path: Path) -> None:
    tab = replace(Tab.parse(riff(1, bars=60)), title="Long & slow", artist="Me")
    formats.write(tab, tmp_path / "t.html")
    assert (tmp_path / "t.html").read_text().index('<pre id="text"') < 20_000
    assert formats.read(tmp_path / "t.html") == tab


def test_repeats_stand_in_the_text_of_the_page(tmp_path: Path) -> None:
    form = (Sign(opens=True), NO_SIGN, NO_SIGN, Sign(closes=2), *[NO_SIGN] * 4)
    tab = Tab.parse(riff(1))
    assert formats.write(tab, tmp_path / "t.html", WriteSettings(time=TabTime(form=form))) == ()
    assert formats.read_track(tmp_path / "t.html").time.form == form


def show(page: Any, tab: Tab, folder: Path, how: WriteSettings | None = None) -> Any:
    """The practice page of a tab, in the browser."""
    formats.write(tab, folder / "t.html", how or WriteSettings(tempo=120), force=True)
    page.goto(f"file://{folder / 't.html'}")
    return page


@pytest.fixture
def opened(page: Any, tmp_path: Path) -> Any:
    """The page of three bars of tricks at tempo 120."""
    return show(page, replace(TRICKS, title=HOSTILE), tmp_path)


@pytest.fixture
def long(page: Any, tmp_path: Path) -> Any:
    """A page of sixty bars at tempo 120."""
    return show(page, Tab.parse(riff(1, bars=60)), tmp_path)


@pytest.fixture
def phone(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """A page of 24 bars on a phone that is touched."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield show(page, Tab.parse(riff(1, bars=24)), tmp_path)
    context.close()
    assert not wrong


def part(page: Any, name: str) -> Any:
    return page.locator(f"[data-part={name}]")


def position(page: Any) -> float:
    return float(page.evaluate("player.position"))


def loop(page: Any) -> str:
    """Its bars and whether it is on, as the player says and as the fields show it."""
    on, first, last = page.evaluate("Object.values(player.loop)")
    assert [part(page, name).input_value() for name in ("loop-from", "loop-to")] == [str(first), str(last)]
    assert part(page, "loop").is_checked() == on
    return f"{first}-{last}{' on' if on else ''}"


def spot(page: Any, number: int, share: float = 0.5) -> tuple[float, float]:
    """Where a printed bar is in the window, a share of its width from its left."""
    x, y = page.evaluate(
        """([number, share]) => {
            const { system, left, right } = player.score.bars.get(number);
            system.box.scrollIntoView({ block: "center" });
            const box = system.box.getBoundingClientRect();
            return [box.left + (left + share * (right - left)) * system.scale,
                    box.top + (system.place.top + 18) * system.scale];
        }""",
        [number, share],
    )
    return float(x), float(y)


def grip(page: Any, name: str) -> tuple[float, float]:
    """The middle of a handle."""
    box = part(page, name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def marked(page: Any) -> float:
    """How wide the mark of the loop is, over all systems."""
    return float(
        page.evaluate("[...document.querySelectorAll('.bs-mark')].reduce((sum, one) => sum + one.offsetWidth, 0)")
    )


def drag(page: Any, begin: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def touch(page: Any, *places: tuple[float, float]) -> None:
    """A finger that is put down, moved and lifted."""
    session = page.context.new_cdp_session(page)
    for kind, place in [("touchStart", places[0]), *(("touchMove", one) for one in places[1:]), ("touchEnd", None)]:
        points = [] if place is None else [{"x": place[0], "y": place[1]}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.detach()


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
    left = "document.querySelector('.bs-cursor').getBoundingClientRect().left"
    before = opened.evaluate(left)
    opened.keyboard.press("Space")
    wait_until(opened, "player.position > 0.5")
    assert opened.evaluate(left) > before + 20
    assert opened.locator(".bs-lit").count() >= 1
    opened.keyboard.press("Space")
    stopped = position(opened)
    opened.wait_for_timeout(300)
    assert position(opened) == stopped > 0.5
    assert opened.locator(".bs-lit").count() == 0
    opened.keyboard.press("Home")
    assert position(opened) == 0


@pytest.mark.slow
@needs_chromium
def test_notes_begin_when_the_tab_says_at_every_tempo(opened: Any) -> None:
    strokes = opened.evaluate("player.data.strokes")
    for percent in (100, 25, 150):
        part(opened, "tempo").fill(str(percent))
        planned = opened.evaluate(
            """async () => {
                await player.play();
                const [run] = player.sound.runs;
                const found = [...player.sound.sounding].filter(({ index }) => index >= 0)
                    .map(({ at, index }) => [(at - run.at) * player.factor, index]);
                player.stop();
                player.rewind();
                return found;
            }"""
        )
        assert len(planned) >= 1
        for (when, index), (onset, number) in zip(planned, strokes, strict=False):
            assert when == pytest.approx(onset, abs=1e-4)
            assert index == number


@pytest.mark.slow
@needs_chromium
def test_the_browser_computes_the_same_string(opened: Any) -> None:
    made = [phrase for _, phrase in phrases(gestures(TRICKS, WriteSettings(tempo=120)), "finger")]
    script = web_files()["plucked.js"]
    for index, phrase in enumerate(dict.fromkeys(made)):
        wanted = _swing(phrase, STRINGS["finger"])
        call = f"Array.from(swing(player.data.phrases[{index}], {SAMPLE_RATE}, player.data))"
        heard = np.array(opened.evaluate(f"(() => {{ {script} return {call}; }})()"))
        assert abs(len(heard) - len(wanted)) <= 1  # Python rounds a half to the even number
        length = min(len(heard), len(wanted))
        assert np.abs(heard[:length] - wanted[:length]).max() < 0.02 * np.abs(wanted).max()


@pytest.mark.slow
@needs_chromium
def test_a_loop_stays_within_its_bars(opened: Any) -> None:
    bars = [start for start, *_ in opened.evaluate("player.data.bars")]
    part(opened, "loop-from").fill("3")
    part(opened, "loop-from").press("Enter")
    assert loop(opened) == "3-3 on"
    part(opened, "tempo").fill("150")
    part(opened, "play").click()
    wait_until(opened, "player.playing")
    seen = []
    for _ in range(24):
        opened.wait_for_timeout(100)
        seen.append(position(opened))
    assert all(bars[2] - 1e-6 <= place <= opened.evaluate("player.data.seconds") for place in seen)
    assert any(after < before for before, after in itertools.pairwise(seen))


@pytest.mark.slow
@needs_chromium
def test_what_rings_beyond_a_loop_is_cut_short(page: Any, tmp_path: Path) -> None:
    lines = ["----------------|----------------"] * 3 + ["0===============|----------------"]
    tab = Tab.parse("\n".join(f"{label}|{line}|" for label, line in zip("GDAE", lines, strict=True)))
    show(page, tab, tmp_path, WriteSettings(tempo=240))
    part(page, "loop-bar").click()
    part(page, "play").click()
    wait_until(page, "player.sound.runs.length > 1 && player.playing")
    part(page, "play").click()
    assert not page.evaluate("player.playing")


@pytest.mark.slow
@needs_chromium
def test_what_plays_is_brought_into_view_below_the_controls(long: Any) -> None:
    part(long, "loop-from").fill("50")
    part(long, "play").click()
    wait_until(
        long,
        """(() => {
            const { top, bottom } = player.score.here.box.getBoundingClientRect();
            const head = document.querySelector(".bs-head").getBoundingClientRect();
            return player.playing && head.top === 0 && top >= head.bottom && bottom <= window.innerHeight;
        })()""",
    )
    assert part(long, "stop").is_visible()


@pytest.mark.slow
@needs_chromium
def test_a_reader_who_scrolls_is_not_pulled_back(long: Any) -> None:
    """The music goes on from system to system; it is followed again when the reader has come back to it."""
    part(long, "tempo").fill("150")
    part(long, "play").click()
    wait_until(long, "player.playing")
    long.mouse.move(600, 600)
    long.mouse.wheel(0, 3000)
    first = long.evaluate("player.score.systems.indexOf(player.score.here)")
    seen = []
    for _ in range(28):
        long.mouse.wheel(0, 1)
        long.wait_for_timeout(200)
        seen.append(long.evaluate("window.scrollY"))
    assert long.evaluate("player.score.systems.indexOf(player.score.here)") > first
    long.wait_for_timeout(3500)
    seen.append(long.evaluate("window.scrollY"))
    assert min(seen[2:]) > 1000
    long.evaluate("player.score.here.box.scrollIntoView()")
    wait_until(long, "!player.score.away")


@pytest.mark.slow
@needs_chromium
def test_the_loop_stays_within_the_piece_and_the_last_number_typed_counts(opened: Any) -> None:
    for name, typed, shown in (
        ("loop-to", "99", "1-3 on"),
        ("loop-from", "-5", "1-3 on"),
        ("loop-from", "3", "3-3 on"),
        ("loop-to", "2", "2-2 on"),
        ("loop-to", "", "2-2 on"),
    ):
        part(opened, name).fill(typed)
        part(opened, name).press("Tab")
        assert loop(opened) == shown


@pytest.mark.slow
@needs_chromium
def test_fast_hands_start_it_once(opened: Any) -> None:
    twice = opened.evaluate(
        """(async () => {
            const started = [player.play(), player.pause(), player.play(), player.rewind()];
            await Promise.all(started);
            while (!player.playing) await new Promise((done) => setTimeout(done, 5));
            const planned = [...player.sound.sounding].map(({ at, index }) => `${at} ${index}`);
            return [planned.length - new Set(planned).size, player.sound.runs.length];
        })()"""
    )
    assert twice == [0, 1]
    opened.evaluate("player.stop()")
    opened.evaluate("(async () => { const started = player.play(); player.stop(); await started; })()")
    assert not opened.evaluate("player.playing")


@pytest.mark.slow
@needs_chromium
def test_bars_are_chosen_in_the_picture(opened: Any) -> None:
    bars = [start for start, *_ in opened.evaluate("player.data.bars")]
    opened.mouse.click(*spot(opened, 3, 0.1))
    assert position(opened) == pytest.approx(bars[2])
    assert loop(opened) == "3-3"
    one = marked(opened)
    assert one > 50
    drag(opened, spot(opened, 2, 0.3), spot(opened, 3, 0.3))
    assert loop(opened) == "2-3 on"
    assert marked(opened) > one
    drag(opened, spot(opened, 1, 0.2), spot(opened, 1, 0.6))
    assert loop(opened) == "1-1 on"
    assert marked(opened) > 50
    opened.mouse.click(*spot(opened, 1, 0.6))
    assert loop(opened) == "1-1 on"  # inside a loop a click goes there
    assert 0 < position(opened) < bars[1]


@pytest.mark.slow
@needs_chromium
def test_the_ends_of_a_loop_are_dragged(long: Any) -> None:
    long.mouse.click(*spot(long, 5))
    spot(long, 5)
    for name, goal, found in (("handle-to", 6, "5-6 on"), ("handle-from", 4, "4-6 on"), ("handle-from", 8, "6-8 on")):
        there = spot(long, goal)
        drag(long, grip(long, name), there)
        assert loop(long) == found
    part(long, "handle-to").focus()
    long.keyboard.press("ArrowRight")
    assert loop(long) == "6-9 on"


@pytest.mark.slow
@needs_chromium
def test_a_finger_selects_loops_and_scrolls(phone: Any) -> None:
    touch(phone, spot(phone, 3))
    assert loop(phone) == "3-3"
    box = part(phone, "handle-to").bounding_box()
    assert box["width"] >= 44
    assert box["height"] >= 44
    there = spot(phone, 4)
    begin = grip(phone, "handle-to")
    touch(phone, begin, (begin[0], begin[1] + 40), there)
    assert loop(phone) == "3-4 on"
    before = phone.evaluate("window.scrollY")
    x, y = spot(phone, 5)
    touch(phone, (x, y), *((x, y - step) for step in range(20, 300, 20)))
    phone.wait_for_timeout(300)
    assert loop(phone) == "3-4 on"
    assert phone.evaluate("window.scrollY") != before


@pytest.mark.slow
@needs_chromium
def test_a_phone_can_always_stop_and_has_targets_for_fingers(phone: Any) -> None:
    part(phone, "tempo").evaluate("(slider) => { slider.value = 150; slider.dispatchEvent(new Event('input')); }")
    part(phone, "play").tap()
    wait_until(phone, "player.bar() > 5 && window.scrollY > 200")
    box = part(phone, "play").bounding_box()
    assert 0 <= box["y"] < 844 - box["height"]
    part(phone, "play").tap()
    assert not phone.evaluate("player.playing")
    part(phone, "more").tap()
    small = phone.evaluate(
        """[...document.querySelectorAll("button, input, summary")].filter((one) => one.offsetParent)
            .map((one) => [one.dataset.part ?? one.id, one.offsetWidth, one.offsetHeight])
            .filter(([, width, height]) => width < 44 || height < 44)"""
    )
    assert small == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.evaluate("player.score.name") == "narrow"


@pytest.mark.slow
@needs_chromium
def test_keys_do_all_that_hands_do(long: Any) -> None:
    starts = [start for start, *_ in long.evaluate("player.data.bars")]
    steps = [
        *(("ArrowRight", "2-2"), ("ArrowRight", "3-3"), ("Shift+ArrowRight", "3-4"), ("Shift+ArrowRight", "3-5")),
        *(("Shift+ArrowLeft", "3-4"), ("l", "3-4 on"), ("ArrowRight", "3-4 on"), ("ArrowRight", "3-4 on")),
        *(("[", "4-4 on"), ("l", "4-4"), ("ArrowRight", "5-5"), ("]", "5-5 on"), ("+", "5-5 on")),
    ]
    for key, found in steps:
        long.keyboard.press(key)
        assert loop(long) == found, key
    assert position(long) == pytest.approx(starts[4])
    assert part(long, "tempo").input_value() == "105"
    long.keyboard.press("-")
    long.keyboard.press("-")
    assert long.evaluate("player.bpm") == pytest.approx(114)
    part(long, "loop-from").focus()
    long.keyboard.press("l")
    long.keyboard.press("Space")
    assert loop(long) == "5-5 on"
    assert not long.evaluate("player.sound.wanted")


@pytest.mark.slow
@needs_chromium
def test_the_space_bar_plays_after_a_click_on_another_control(long: Any) -> None:
    part(long, "loop").click()
    long.keyboard.press("Space")
    wait_until(long, "player.playing")
    assert part(long, "loop").is_checked()
    part(long, "metronome").focus()
    long.keyboard.press("Space")
    assert part(long, "metronome").is_checked()
    assert long.evaluate("player.playing")


@pytest.mark.slow
@needs_chromium
def test_another_tempo_stands_in_the_score_too(page: Any, tmp_path: Path) -> None:
    show(page, Tab.parse(riff(1)), tmp_path)
    part(page, "tempo").fill("50")
    assert part(page, "tempo-mark").inner_text() == "♩ = 60"
    told = TabTime(tempo=120, tempos=(Tempo(4, Fraction(0), 90),))
    show(page, Tab.parse(riff(2)), tmp_path, WriteSettings(tempo=120, time=told))
    part(page, "tempo").fill("50")
    assert page.locator(".bs-score .tempo-mark").all_text_contents() == ["= 60", "= 45"]
    assert not part(page, "tempo-mark").is_visible()


@pytest.mark.slow
@needs_chromium
def test_each_round_is_faster_up_to_the_goal(opened: Any) -> None:
    part(opened, "loop-bar").click()
    part(opened, "tempo").fill("130")
    part(opened, "ramp").check()
    part(opened, "ramp-step").fill("15")
    part(opened, "ramp-to").fill("150")
    part(opened, "ramp-to").press("Enter")
    opened.evaluate(
        "window.heard = []; player.root.addEventListener('player-tempo', ({ detail }) => heard.push(detail))"
    )
    part(opened, "play").click()
    wait_until(opened, "player.sound.runs.length > 3")
    wait_until(opened, "player.factor === 1.5")
    factors = [round(detail["factor"], 3) for detail in opened.evaluate("heard")]
    assert factors == [1.45, 1.5]
    assert opened.evaluate("heard.at(-1).bpm") == pytest.approx(180)
    assert part(opened, "tempo").input_value() == "150"
    assert "180" in part(opened, "tempo-mark").inner_text()


@pytest.mark.slow
@needs_chromium
def test_repeats_send_the_cursor_back(page: Any, tmp_path: Path) -> None:
    """Bars 1 and 2 twice: a loop over bars 2 and 3 is their second time, when they follow each other."""
    form = (Sign(opens=True), Sign(closes=2), *[NO_SIGN] * 6)
    show(page, Tab.parse(riff(1)), tmp_path, WriteSettings(tempo=240, time=TabTime(form=form)))
    assert page.evaluate("player.data.bars.map(([, number]) => number)") == [1, 2, 1, 2, 3, 4, 5, 6, 7, 8]
    xs = page.evaluate("[0, 1.5, 2, 3.5].map((when) => player.score.x(player.score.at(when)).x)")
    assert xs[2:] == xs[:2]
    page.evaluate("player.setLoop(2, 3, true)")
    assert page.evaluate("[player.sound.stretch.from, player.sound.stretch.to]") == [3, 5]
    page.evaluate("player.setLoop(1, 2, true)")
    assert page.evaluate("[player.sound.stretch.from, player.sound.stretch.to]") == [0, 4]


@pytest.mark.slow
@needs_chromium
def test_versions_are_compared_in_the_same_loop(opened: Any) -> None:
    other = json.dumps(playable(Tab.parse(riff(2)), WriteSettings(tempo=120)))
    opened.evaluate("player.setLoop(2, 3, true); player.setTempo(80); player.setZoom(1.25); player.play()")
    wait_until(opened, "player.playing")
    opened.evaluate(f"player.show({other}, {{ keep: true }})")
    wait_until(opened, "player.playing")
    assert loop(opened) == "2-3 on"
    assert opened.evaluate("[player.factor, player.score.zoom, player.position >= 2]") == [0.8, 1.25, True]
    one = json.dumps(playable(Tab.parse("G|--|\nD|--|\nA|0-|\nE|--|"), WriteSettings(tempo=120)))
    opened.evaluate(f"player.show({one}, {{ keep: true }})")
    assert loop(opened) == "1-1 on"
    opened.evaluate("player.show(null)")
    assert not opened.evaluate("player.sound.wanted")
    assert part(opened, "play").is_disabled()
    opened.evaluate(f"player.show({other})")
    assert loop(opened) == "1-8"
    assert opened.evaluate("player.factor") == 1


#: The height of the player's head as a share of the window's, and whether it is at its top.
HEAD = """() => {
    const { top, height } = document.querySelector(".bs-head").getBoundingClientRect();
    return [height / window.innerHeight, top];
}"""


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_the_controls_stay_in_view_to_the_end_and_leave_the_score_three_quarters(long: Any, size: Any) -> None:
    """With the neck shown, and on a phone with More long; beside a form there are 774 px for the player."""
    long.set_viewport_size({"width": size[0], "height": size[1]})
    for width in ("auto", "774px"):
        long.evaluate("width => { document.querySelector('main').style.width = width; }", width)
        long.evaluate("window.scrollTo(0, 1e6)")
        long.wait_for_timeout(100)
        share, top = long.evaluate(HEAD)
        assert (share <= 0.25, top) == (True, 0)
        assert part(long, "fretboard").is_visible()
        if size[0] < 600:
            break
    if size[0] < 600:
        part(long, "more").click()
        assert long.evaluate(HEAD)[0] <= 0.25
        part(long, "ramp").check()
    assert long.evaluate("scrollY") > 0
    long.keyboard.press("Space")
    wait_until(long, "player.sound.wanted")


@pytest.mark.slow
@needs_chromium
def test_the_handles_of_a_loop_cover_no_label(page: Any, tmp_path: Path) -> None:
    """Numbers of bars, chords and sections over the staff, labels of strings beside it, frets on it."""
    tab = Tab.parse(riff(1))
    names = [
        tuple(Chord(start + 1, f"C#m7/{number}") for number, (start, _) in enumerate(system.bar_spans))
        for system in tab.systems
    ]
    marks = tuple(Marks(section=f"Part {number}", chords=chords) for number, chords in enumerate(names))
    show(page, tab, tmp_path, WriteSettings(marks=marks))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for first, last in ((1, 1), (2, 3), (5, 8)):
            page.evaluate("range => player.setLoop(...range, true)", [first, last])
            covered = page.evaluate(
                """() => {
                    const ends = [...document.querySelectorAll(".bs-stick, .bs-knob")];
                    if (ends.length !== 4) throw new Error("two handles have two parts each");
                    const over = ends.map((one) => one.getBoundingClientRect());
                    return [...document.querySelectorAll(".bs-system text")].filter((text) => {
                        const { left, right, top, bottom } = text.getBoundingClientRect();
                        const edge = (bottom - top) / 5; // of a line of letters a fifth is room
                        return over.some((one) => one.left < right - 1 && one.right > left + 1
                            && one.top < bottom - edge && one.bottom > top + edge);
                    }).map((text) => text.textContent);
                }"""
            )
            assert covered == []


@pytest.mark.slow
@needs_chromium
def test_settings_and_the_loop_of_each_piece_are_remembered(page: Any, tmp_path: Path) -> None:
    show(page, Tab.parse(riff(1)), tmp_path)
    for name in ("metronome", "colours", "left-handed"):
        part(page, name).check()
    part(page, "neck").uncheck()
    part(page, "volume").fill("30")
    part(page, "zoom-in").click()
    page.evaluate("player.setLoop(3, 4, true); player.setTempo(60)")
    page.wait_for_timeout(500)  # Chromium writes its storage in another process
    page.reload()
    assert loop(page) == "3-4 on"
    show(page, Tab.parse(riff(2)), tmp_path)
    assert loop(page) == "1-8"
    assert page.evaluate("player.factor") == 1
    assert part(page, "metronome").is_checked()
    assert part(page, "left-handed").is_checked()
    assert not part(page, "fretboard").is_visible()
    assert page.evaluate("[player.score.zoom, player.parts.volume.value, player.score.colours]") == [1.25, "30", True]
    show(page, Tab.parse(riff(1)), tmp_path)
    assert loop(page) == "3-4 on"
    assert page.evaluate("player.factor") == 0.6


@pytest.mark.slow
@needs_chromium
def test_sections_chords_and_colours_are_seen(page: Any, tmp_path: Path) -> None:
    marks = (Marks(section="Verse", chords=(Chord(2, "Am7"),)), Marks(section="Chorus", chords=(Chord(2, "<F>"),)))
    show(page, Tab.parse(riff(1)), tmp_path, WriteSettings(marks=marks))
    assert part(page, "now").inner_text() == "bar 1 · Verse · Am7"
    page.get_by_role("button", name="Chorus").click()
    assert part(page, "now").inner_text() == "bar 5 · Chorus · <F>"
    assert loop(page) == "5-8"
    part(page, "colours").check()
    wanted = page.evaluate("player.data.notes.map(([, , string]) => string)")
    for string in {*wanted}:
        assert page.locator(f".bs-score text.bs-s{string}").count() == wanted.count(string)


@pytest.mark.slow
@needs_chromium
def test_zoom_makes_bars_larger_and_the_page_no_wider(long: Any) -> None:
    size = "player.score.systems[0].scale"
    usual = long.evaluate(size)
    for _ in range(5):
        part(long, "zoom-in").click()
        assert long.evaluate("document.documentElement.scrollWidth") <= 1280
    assert long.evaluate(size) == pytest.approx(2.5 * usual, rel=0.02)
    for _ in range(9):
        part(long, "zoom-out").click()
    assert long.evaluate(size) == pytest.approx(0.5 * usual, rel=0.02)


@pytest.mark.slow
@needs_chromium
def test_count_in_and_metronome_click(opened: Any) -> None:
    part(opened, "count-in").check()
    clicks = opened.evaluate(
        """async () => {
            await player.play();
            const begin = player.sound.runs[0].at;
            const found = [...player.sound.sounding].filter(({ index }) => index < 0).map(({ at }) => at - begin);
            player.stop();
            return [found, player.sound.clicks.gain.value];
        }"""
    )
    assert sorted(clicks[0]) == pytest.approx([0.5 * beat for beat in range(-8, 0)], abs=1e-3)
    assert clicks[1] == 0
    part(opened, "metronome").check()
    part(opened, "play").click()
    wait_until(opened, "player.sound.clicks.gain.value > 0.9")


@pytest.mark.slow
@needs_chromium
def test_a_phone_shows_the_narrow_sheet_and_paper_the_wide_one(opened: Any) -> None:
    opened.set_viewport_size({"width": 360, "height": 740})
    wait_until(opened, "player.score.name === 'narrow'")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    opened.emulate_media(media="print")
    wait_until(opened, "player.score.name === 'wide'")
    assert not part(opened, "play").is_visible()
    assert opened.locator(".bs-system").first.is_visible()


@pytest.mark.slow
@needs_chromium
def test_the_text_is_copied(opened: Any) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.locator("#copy").click()
    wait_until(opened, "document.getElementById('copy').textContent === 'Copied'")
    assert "7h9" in opened.evaluate("navigator.clipboard.readText()")


#: Plays clicks alone: where the cursor was drawn and where it belongs by the clock that the frame went by, [x, y] each;
#: and which place the player is at when each click comes out of it.
CURSOR_AND_CLICKS = """async (seconds) => {
    player.data.strokes = [];
    player.sound.setMetronome(true);
    const { sound, score } = player, drawn = [], onsets = [], data = new Float32Array(32768);
    const heard = sound.heard.bind(sound), show = score.show.bind(score);
    let clock = 0;
    sound.heard = () => (clock = heard());
    score.show = (when) => {
        const found = show(when);
        const [, x, y] = /translate[(]([-\\d.]+)px, ([-\\d.]+)px/.exec(score.cursor.style.transform);
        if (player.playing) drawn.push([clock, Number(x), Number(y)]);
        return found;
    };
    await player.play();
    const { context, main, runs: [run] } = sound;
    const tap = new AnalyserNode(context, { fftSize: 32768 });
    main.connect(tap);
    while (context.currentTime < run.at + seconds) {
        await new Promise((done) => setTimeout(done, 150));
        const now = context.currentTime;
        tap.getFloatTimeDomainData(data);
        data.forEach((value, place) => {
            const at = now - (data.length - place) / context.sampleRate;
            if (Math.abs(value) > 0.01 && at > (onsets.at(-1) ?? -1) + 0.1) onsets.push(at);
        });
    }
    player.stop();
    const place = (time) => Math.max(run.from, run.from + (time - run.at) * run.factor);
    const belongs = (time) => {
        const { system, x } = score.x(score.at(place(time)));
        return [system.left + x * system.scale, system.top + (system.place.top - 5.5) * system.scale];
    };
    return {
        drawn: drawn.map(([time, ...shown]) => [shown, belongs(time)]),
        heard: onsets.map(place),
        clicks: player.data.clicks.map(([when]) => when),
    };
}"""


@pytest.mark.slow
@needs_chromium
def test_the_cursor_is_where_the_sound_is(long: Any) -> None:
    """Each picture shows the place of the audio clock, however late it comes, and clicks come out at their places."""
    part(long, "tempo").fill("125")
    found = long.evaluate(CURSOR_AND_CLICKS, 8)
    assert found["drawn"]
    for shown, belongs in found["drawn"]:
        assert shown == pytest.approx(belongs, abs=1)
    apart = sorted(min(abs(place - when) for when in found["clicks"]) for place in found["heard"])
    assert len(apart) >= 3
    assert apart[len(apart) // 2] < 0.05
