"""The page of `basstab demo` in Chromium."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import mido
import pytest

from basstab_hf import Tab, web_parts
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.tab.timing import timed_notes
from tests.conftest import needs_chromium, needs_npm

pytestmark = [pytest.mark.slow, needs_chromium, needs_npm]

_TAB, _PROMPT, _MESSAGE = "#tab textarea", "#prompt textarea", "#message"
_PLAYABLE = "#viewer [data-part=play]:not([disabled])"
_EIGHTHS = ("-" * 17 + "|", "-" * 17 + "|", "-9" * 8 + "-|", "-" * 17 + "|")


@contextmanager
def _server(*arguments: str, **variables: str) -> Iterator[str]:
    """`basstab demo` in a process of its own, ended as a person does."""
    command = [sys.executable, "-m", "basstab_hf", "demo", "--port", "0", "--no-open", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=os.environ | variables, **pipes) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            ended = threading.Timer(30, process.kill)
            ended.start()
            _, told = process.communicate()
            ended.cancel()
    assert process.returncode == 0, told
    assert "Traceback" not in told


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    web_parts.node_modules()  # the first start of all would take the CDN
    with _server() as found:
        yield found


def _open(page: Any, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("#generate")


def _generate(page: Any, bars: int = 8) -> Tab:
    """Press the button, wait for all results, and give the tab."""
    page.get_by_label("number input for New bars").fill(str(bars))
    page.click("#generate")
    page.wait_for_function("document.querySelector('#note').innerText.includes('Seed')")
    return Tab.parse(page.input_value(_TAB))


def _seen(page: Any, selector: str) -> bool:
    """Whether the upper edge of a component is on the screen, with nothing over it."""
    return page.evaluate(
        """selector => {
          const { left, right, top } = document.querySelector(selector).getBoundingClientRect();
          const found = document.elementFromPoint((left + right) / 2, top + 12);
          return Boolean(found?.closest(selector));
        }""",
        selector,
    )


def test_a_tab_grows_is_engraved_played_and_taken_home(page: Any, url: str, tmp_path: Path) -> None:
    _open(page, url)
    page.get_by_role("button", name="Walking blues").click()
    page.wait_for_function(f"document.querySelector('{_PROMPT}').value.length > 50")
    prompt = Tab.parse(page.input_value(_PROMPT))
    page.evaluate(
        """selector => {
          window.lengths = new Set();
          const look = () => {
            lengths.add(document.querySelector(selector).value.length);
            requestAnimationFrame(look);
          };
          look();
        }""",
        _TAB,
    )
    tab = _generate(page)
    assert tab.bars[:2] == prompt.bars
    assert len(tab.bars) == 10
    assert page.evaluate("lengths.size") > 8
    page.wait_for_selector(_PLAYABLE)
    page.wait_for_function("document.querySelector('#viewer [data-bars]')?.dataset.bars === '10'")
    assert page.locator("#viewer svg text", has_text=re.compile(r"^\d+$")).count() >= len(timed_notes(tab))
    assert "in any key" in page.inner_text("#note")

    cursor = "document.querySelector('#viewer .at-cursor-beat').style.transform"
    before = page.evaluate(cursor)
    page.click(_PLAYABLE)
    page.wait_for_function(f"{cursor} !== {before!r}")
    page.wait_for_function("Number(document.querySelector('#viewer [data-bars]')?.dataset.milliseconds) > 500")
    page.click("#viewer [data-part=stop]")
    assert page.inner_text("#audio").count("0:") == 2

    with page.expect_download() as found:
        page.get_by_role("button", name=".mid").click()
    found.value.save_as(tmp_path / "tab.mid")
    assert found.value.suggested_filename == "basstab.mid"
    messages = [message for track in mido.MidiFile(tmp_path / "tab.mid").tracks for message in track]
    pitches = [message.note for message in messages if message.type == "note_on" and message.velocity]
    assert sorted(pitches) == sorted(note.pitch for note in timed_notes(tab))

    page.click("#onward")
    page.wait_for_function(f"document.querySelector('{_PROMPT}').value.length > 500")
    assert Tab.parse(page.input_value(_PROMPT)).bars == tab.bars


def test_bars_that_are_dragged_over_are_rewritten_alone(page: Any, url: str) -> None:
    _open(page, url)
    _generate(page, 1)
    # Frets that are no numbers of bars, which are looked for.
    page.fill(_TAB, "\n".join(f"{label}|{line * 8}" for label, line in zip("GDAE", _EIGHTHS, strict=True)))
    page.locator(_TAB).blur()
    page.wait_for_selector(_PLAYABLE)
    page.wait_for_function("document.querySelector('#viewer [data-bars]')?.dataset.bars === '8'")
    tab = Tab.parse(page.input_value(_TAB))
    page.locator("#viewer .at-surface").scroll_into_view_if_needed()
    (left, top), (right, below) = (
        page.evaluate(
            """bar => {
              const texts = [...document.querySelectorAll("#viewer .at-surface svg text")];
              const { left, top } = texts.find(text => text.textContent.trim() === bar).getBoundingClientRect();
              return [left, top];
            }""",
            bar,
        )
        for bar in "34"
    )
    page.mouse.move(left + 40, top + 40)
    page.mouse.down()
    page.mouse.move(right + 30, below + 40, steps=5)
    page.mouse.move(right + 60, below + 40, steps=5)
    page.mouse.up()
    page.wait_for_selector(".marked-bar >> nth=1")
    bars = page.locator("#rewriting input[type=number]")
    assert [bars.nth(0).input_value(), bars.nth(1).input_value()] == ["3", "4"]
    page.click("#rewrite")
    page.wait_for_selector("#choice label")
    page.wait_for_function("text => document.querySelector('#tab textarea').value !== text", arg=tab.text)
    new = Tab.parse(page.input_value(_TAB))
    assert new.bars[:2] + new.bars[4:] == tab.bars[:2] + tab.bars[4:]
    assert new.bars[2:4] != tab.bars[2:4]
    page.get_by_label("As it was").click()
    page.wait_for_function("text => document.querySelector('#tab textarea').value === text", arg=tab.text)


def test_an_example_is_gone_on_with_at_once(page: Any, url: str) -> None:
    _open(page, url)
    page.get_by_role("button", name="Waltz").click()
    tab = _generate(page, 2)
    assert tab.text.splitlines()[3].startswith(page.input_value(_PROMPT).splitlines()[3])


def test_a_tab_that_is_mended_by_hand_is_shown_anew(page: Any, url: str) -> None:
    _open(page, url)
    _generate(page, 2)
    page.wait_for_selector("#viewer svg")  # all results have come: the last one sets the text, too
    page.fill(_TAB, "G|-----------------|\nD|-----------------|\nA|-----------------|\nE|-5-5-5-5-5-5-5-5-|")
    page.locator(_TAB).blur()
    page.wait_for_function("!document.querySelector('#note').innerText.includes('Seed')")
    page.wait_for_function("document.querySelector('#audio').innerText.includes('0:04')")  # a bar at 100, and the tail


def test_wrong_fields_are_told_on_the_page(page: Any, url: str) -> None:
    _open(page, url)
    page.fill(_PROMPT, "<img src=x onerror=alert(1)> no tab")
    page.click("#generate")
    page.wait_for_function("document.querySelector('#message').innerText.includes('holds no bass tab')")
    page.fill(_PROMPT, "")
    page.get_by_label("Chords").fill("Am <b>Hx")
    page.get_by_label("Chords").press("Enter")
    page.wait_for_function(
        "document.querySelector('#message').innerText.startsWith(\"Chords, line 1, column 4: '<b>Hx'\")"
    )
    page.get_by_label("Chords").fill("Am F")
    page.get_by_role("button", name="More").click()
    for seed, said in (
        ("-5", "seed -5: choose"),
        ("1.5", "seed 1.5: write a whole"),
        ("99999999999", "seed 99999999999:"),
    ):
        page.get_by_label("Seed").fill(seed)
        page.click("#generate")
        page.wait_for_function("said => document.querySelector('#message').innerText.includes(said)", arg=said)
    page.get_by_label("Seed").fill("123456789")
    _generate(page, 2)
    assert "Seed 123456789 writes it again" in page.inner_text("#note")
    assert not page.inner_text(_MESSAGE).strip()
    page.locator("#rewriting input[type=number]").nth(1).fill("99")
    page.click("#rewrite")
    page.wait_for_function("document.querySelector('#message').innerText.includes('choose 1 to 2')")
    page.fill(_TAB, "")
    page.get_by_role("button", name=".mid").click()
    page.wait_for_selector("text=there is no tab yet")


def test_the_keyboard_alone_will_do(page: Any, url: str) -> None:
    _open(page, url)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#prompt textarea')"):
            break
    page.keyboard.type("G|-----|\nD|-----|\nA|-----|\nE|-0-3-|\n")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("document.querySelector('#note').innerText.includes('Seed')")
    reached = set()
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('[id]')?.id || document.activeElement.innerText"))
    assert {"generate", "stop", "rewrite", "onward"} <= reached


def test_stop_shows_what_there_is(page: Any, url: str) -> None:
    _open(page, url)
    page.get_by_label("number input for New bars").fill("32")
    page.click("#generate")
    page.wait_for_function(f"document.querySelector('{_TAB}').value.length > 40")
    page.click("#stop")
    page.wait_for_function("document.querySelector('#note').innerText.includes('Stopped')")
    assert 0 < len(Tab.parse(page.input_value(_TAB)).bars) < 32


def test_everything_has_a_label_and_a_phone_has_room(page: Any, url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    _open(page, url)
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(f"document.querySelector('{_TAB}').value.length > 100")
    assert _seen(page, "#tab")
    page.wait_for_function("document.querySelector('#note').innerText.includes('Seed')")
    time.sleep(1)  # alphaTab and the waveform find their width
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for place in (0, 0.5, 1):
        page.evaluate("place => scrollTo(0, place * document.documentElement.scrollHeight)", place)
        assert _seen(page, "#generate")
        assert _seen(page, "#stop")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("input, textarea, select, button")]
          .filter(e => e.offsetParent && !(e.labels?.length || e.ariaLabel || e.title || e.innerText.trim()
            || e.getAttribute("aria-labelledby")))
          .map(e => e.outerHTML.slice(0, 200))"""
    )
    assert unnamed == []


def test_without_node_and_network_the_page_still_writes_and_plays(chromium: Any, tmp_path: Path) -> None:
    without = {"BASSTAB_CACHE": str(tmp_path), "PATH": str(tmp_path)}
    with _server(**without) as url:
        context = chromium.new_context()
        context.route(re.compile("^https:"), lambda route: route.abort())
        page = context.new_page()
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        _open(page, url)
        assert len(_generate(page, 4).bars) == 4
        page.wait_for_function("document.querySelector('#viewer').innerText.includes('could not be loaded')")
        assert page.inner_text("#audio").count("0:") == 2
        assert broken == []
        context.close()


def test_nothing_else_is_served(url: str) -> None:
    for path in ("gradio_api/file=/etc/passwd", f"gradio_api/file={__file__}", "parts/", "parts/../files"):
        assert _status(url + path) in (403, 404)
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nabc\r\n--x--\r\n'
    assert _status(url + "gradio_api/upload", body, {"Content-Type": "multipart/form-data; boundary=x"}) == 413
    with urlopen(url + "config") as answer:
        assert str(Path(__file__).parents[1]) not in answer.read().decode()


def test_sigterm_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "basstab_hf", "demo", "--port", "0", "--no-open", str(shipped_model())]
    elsewhere = {"cwd": tmp_path, "env": os.environ | {"TMPDIR": str(tmp_path)}}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **elsewhere, **pipes) as process:
        address = process.stdout.readline().strip()
        with urlopen(address) as answer:
            assert answer.status == 200
        assert len(list(tmp_path.iterdir())) == 1
        if sys.platform == "linux":
            assert "libtorch" not in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
        process.terminate()
        _, told = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "basstab_hf", "demo", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert re.fullmatch(rf"basstab demo: port {port} cannot be used .*: choose another with --port\n", done.stderr)


def _status(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
    from urllib.error import HTTPError

    try:
        with urlopen(Request(url, body, headers or {})) as answer:
            return answer.status
    except HTTPError as error:
        error.close()
        return error.code
