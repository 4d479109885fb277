"""Long sessions, many visitors, slow lines, and the cursor beside the sound."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import Newcomers
from tests.journeys.hand import Hand
from tests.journeys.servers import Demo, file_server
from tests.journeys.songs import song

#: Tabs of the long session; by hand: GENERATIONS=200.
_GENERATIONS = int(os.environ.get("GENERATIONS", "60"))


def _memory(me: Hand, session: Any) -> dict[str, float]:
    """MB of the page's heap and nodes of its documents, after collection."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return {"heap": metrics["JSHeapUsedSize"] / 1e6, "nodes": metrics["Nodes"]}


@pytest.mark.parametrize("place", ["demo", "static"])
def test_memory_stays_flat(newcomers: Newcomers, demo: Demo, place: str) -> None:
    me = newcomers.comes(place)
    session = me.page.context.new_cdp_session(me.page)
    session.send("Performance.enable")
    me.types("#bars", "2")
    found = []
    for number in range(_GENERATIONS):
        before = me.text("#tab")
        me.keys.press("Control+Enter")
        me.until(lambda before=before: me.text("#tab") != before and me.idle(), f"tab {number + 1}", 40)
        if number == 20 + _GENERATIONS // 10 or number == _GENERATIONS - 1:
            found.append(_memory(me, session) | ({"server": demo.memory()} if place == "demo" else {}))
    first, last = found
    print(place, _GENERATIONS, first, last)
    assert last["heap"] < first["heap"] * 1.15 + 1
    assert last["nodes"] < first["nodes"] * 1.15 + 200
    if place == "demo":
        assert last["server"] < first["server"] * 1.05 + 10


def test_twenty_visitors_at_once(newcomers: Newcomers) -> None:
    visitors = [newcomers.comes("demo") for _ in range(20)]
    before = [one.text("#tab") for one in visitors]
    began = time.monotonic()
    for one in visitors:
        one.presses("#generate")
    served: list[int] = []
    while len(served) < 20 and time.monotonic() - began < 120:
        for number, one in enumerate(visitors):
            if number not in served and one.text("#tab") != before[number] and one.idle():
                served.append(number)
        visitors[0].waits(0.05)
    print(f"20 visitors: {time.monotonic() - began:.1f} s, in the order {served}")
    assert len(served) == 20
    assert all(abs(number - place) <= 8 for place, number in enumerate(served)), served
    assert all(not one.text("#message").strip() for one in visitors)


def test_a_tab_is_written_within_half_a_minute_on_a_slow_line(newcomers: Newcomers, static_folder: Path) -> None:
    """1.6 Mbit/s, as the fourth generation on a bad day: from the address to a tab of eight bars."""
    with file_server(static_folder.parent.parent, "some/prefix/", bits=1.6e6) as url:
        began = time.monotonic()
        context = newcomers.comes("practice").page.context
        page = context.new_page()
        newcomers.watches(page)
        page.goto(url, wait_until="commit")
        me = Hand(page, "static", "desktop")
        me.until(lambda: me.text("#tab") and me.drawn() == 8, "the prepared tab", 30)
        prepared, played = me.text("#tab"), time.monotonic() - began
        me.types("#bars", "8")
        me.presses("#generate")
        told: set[str] = set()

        def written() -> bool:
            told.add(me.text("#loading-text"))
            return me.idle() and me.text("#tab") != prepared

        me.until(written, f"a tab (told: {told})", 120)
        seconds = time.monotonic() - began
        print(f"slow line: playable after {played:.1f} s, written after {seconds:.1f} s; progress in {len(told)} words")
        assert len(told) >= 5
        assert seconds < 30


@pytest.mark.parametrize("place", ["practice", "demo", "static"])
@pytest.mark.parametrize("way", ["desktop", "phone"])
def test_the_cursor_is_where_the_sound_is(newcomers: Newcomers, place: str, way: str) -> None:
    """When the cursor passes a note's place, that note begins to sound: never more than 50 ms apart."""
    me = newcomers.comes(place, way)
    if place != "practice":
        me.has(song(4))
    apart = me.cursor_beside_sound(6)
    print(f"{place} {way}: {len(apart)} notes, at most {1000 * max(map(abs, apart)):.0f} ms apart")
    assert len(apart) >= 8
    assert max(map(abs, apart)) < 0.05
