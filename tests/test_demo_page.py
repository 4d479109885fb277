"""The page of `basstab demo` in Chromium, as far as it is the server's: what it fetches, and who leaves. tests/journeys
has what a player does."""

from typing import Any

import pytest

from basstab_hf import Tab
from tests.conftest import needs_chromium
from tests.test_demo import ask, demo, server

__all__ = ["demo"]
pytestmark = [pytest.mark.slow, needs_chromium]


def _open(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("#generate")


def test_a_tab_is_written_with_nothing_from_elsewhere_and_nothing_on_the_console(
    page: Any, demo: tuple[str, int]
) -> None:
    told: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: hosts.add("/".join(request.url.split("/")[:3])))
    _open(page, demo[0])
    page.fill("#bars", "4")
    page.click("#generate")
    page.locator("#notes", has_text="writes it again").wait_for()
    assert len(Tab.parse(page.input_value("#tab")).bars) == 4
    page.wait_for_selector("#player svg")
    assert told == []
    assert {host for host in hosts if host.startswith("http")} == {demo[0].rstrip("/")}


def test_a_page_that_is_closed_in_the_middle_holds_nobody_up(chromium: Any, demo: tuple[str, int]) -> None:
    context = chromium.new_context()
    page = context.new_page()
    _open(page, demo[0])
    page.evaluate("BACK.ask({ do: 'write', form: { bars: 64, best_of: 16, max_copy: true, seed: 1 } }) && 1")
    page.wait_for_timeout(1000)
    context.close()
    assert ask(demo[0], {"do": "write", "form": {"bars": 1}})[-1]["done"]


def test_a_server_that_has_ended_is_told_in_words(chromium: Any) -> None:
    context = chromium.new_context()  # its console tells of the connection, as it must
    page = context.new_page()
    with server() as (address, _):
        _open(page, address)
        page.locator("#style option[value=funk]").wait_for(state="attached")
    page.click("#generate")
    page.locator("#message", has_text="does not answer").wait_for()
    context.close()
