"""Every page in every state: axe-core finds nothing, fingers find what they aim at, the focus is seen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import axe
from tests.journeys.conftest import Newcomers
from tests.journeys.hand import Hand
from tests.journeys.songs import RIFF, song

_OUT = os.environ.get("JOURNEYS_OUT")


def states(me: Hand) -> Iterator[str]:
    """Take a page through its states, and name each."""
    yield "first view"
    if me.place == "practice":
        me.plays()
        me.until(lambda: me.bar_under_cursor() == 1, "bar 1")
        yield "playing"
        me.stops()
        me.shows("loop-bar")
        me.presses("loop-bar")
        yield "looped"
        return
    me.opens("#more")
    yield "more open"
    me.types("#bars", "4")
    me.writes()
    yield "a tab"
    me.types("#rewrite-from", "2")
    me.types("#rewrite-to", "3")
    me.presses("#rewrite")
    me.until(lambda: me.page.locator("#versions input[type=radio]").count() >= 2 and me.idle(), "versions")
    yield "versions"
    me.shows("loop-bar")
    me.presses("loop-bar")
    me.plays()
    yield "playing a loop"
    me.stops()
    me.has(song(4))
    yield "a song"
    me.types("#prompt", "no tab")
    me.presses("#generate")
    me.reads("#message", "tab")
    yield "an error"


@pytest.mark.parametrize("place", ["practice", "demo", "static"])
@pytest.mark.parametrize(
    ("way", "scheme"), [("desktop", "light"), ("phone", "dark"), ("desktop", "dark"), ("phone", "light")]
)
def test_nothing_is_wrong_in_any_state(newcomers: Newcomers, place: str, way: str, scheme: str) -> None:
    me = newcomers.comes(place, way, color_scheme=scheme)
    found: list[str] = []
    for state in states(me):
        found += [f"{state}: {one}" for one in axe.violations(me.page)]
        found += [f"{state}: wider than the screen: {one}" for one in me.page.evaluate("eye.wider()")]
        if way == "phone":
            found += [f"{state}: a small target: {one}" for one in me.page.evaluate("eye.small()")]
        if _OUT:
            folder = Path(_OUT) / "states"
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{place}-{way}-{scheme}-{state.replace(' ', '-')}"
            me.page.screenshot(path=folder / f"{name}.png")
            me.page.screenshot(path=folder / f"{name}-whole.png", full_page=True)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("place", ["practice", "demo", "static"])
def test_the_focus_is_seen_at_every_stop(newcomers: Newcomers, place: str) -> None:
    me = newcomers.comes(place, "keyboard")
    if place != "practice":
        me.opens("#more")
        me.writes(2)
        me.page.evaluate("document.activeElement.blur()")
    found: dict[str, Any] = {}
    for _ in range(200):
        me.keys.press("Tab")
        stop = me.page.evaluate("eye.focus()")
        if stop is None:
            break
        if stop["name"] in found and len(found) > 5 and stop["name"] == next(iter(found)):
            break
        found[stop["name"]] = stop
    assert len(found) > (8 if place == "practice" else 40)
    assert [one["name"] for one in found.values() if not one["ring"]] == []
    assert [one["name"] for one in found.values() if one["covered"]] == []


def test_a_narrow_window_needs_no_scrolling_sideways(newcomers: Newcomers) -> None:
    """A window of 320 px, which is 1280 px at 400 % (WCAG 1.4.10)."""
    for place in ("practice", "demo"):
        me = newcomers.comes(place, "desktop", viewport={"width": 320, "height": 640})
        if place == "demo":
            me.has(RIFF)
        assert me.page.evaluate("eye.wider()") == []
