"""A player slows down, counts in, looks at the neck: rows 35 to 45."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import mido
import pytest

from tests.journeys.conftest import Newcomers
from tests.journeys.hand import Hand
from tests.journeys.songs import song
from tests.journeys.table import journey


@pytest.fixture
def player(me: Hand) -> Hand:
    """That person with a song of twelve bars in front."""
    if me.place != "practice":
        me.has(song(4))
    return me


def between(player: Hand) -> float:
    """Seconds between the first two notes that sound anew; the first two of the song are an eighth apart."""
    now = player.page.evaluate("ear.now()")
    player.plays()
    player.until(lambda: len(player.page.evaluate("now => ear.since(now)", now)) >= 2, "two sounds")
    first, second = (one["at"] - one["late"] for one in player.page.evaluate("now => ear.since(now)", now)[:2])
    player.stops()
    return float(second - first)


@journey(35)
def test_slow_and_fast(player: Hand) -> None:
    for percent in (25, 150):
        player.slides("tempo", percent)
        player.until(lambda percent=percent: str(percent) in player.text("[data-part=tempo-value]"), f"{percent} %")
        player.presses("rewind")
        assert between(player) == pytest.approx(0.25 * 100 / percent, rel=0.02)


@journey(36)
def test_faster_each_round(player: Hand) -> None:
    player.slides("tempo", 100)
    player.loops(1, 1)
    player.shows("ramp")
    player.checks("ramp")
    player.types("ramp-step", "20")
    player.types("ramp-to", "140", enter=True)
    now = player.page.evaluate("ear.now()")
    player.plays()
    told = set()

    def fastest() -> bool:
        told.update(re.findall(r"(\d+) ?%", player.text("[data-part=tempo-value]")))
        return "140" in told

    player.until(fastest, f"140 %, not {told}")
    assert {"100", "120", "140"} <= told
    player.waits(2)
    starts = [one["at"] for one in player.page.evaluate("now => ear.since(now)", now)]
    gaps = [b - a for a, b in pairwise(starts)]
    assert min(gaps) < min(gaps[:4]) * 0.8
    assert "160" not in player.text("[data-part=tempo-value]")


@journey(37)
def test_counted_in(player: Hand) -> None:
    player.shows("count-in")
    player.checks("count-in")
    now = player.page.evaluate("ear.now()")
    place = player.cursor()
    assert place
    player.plays()
    player.waits(1)
    assert (player.cursor() or {})["x"] == place["x"]
    player.until(lambda: (player.cursor() or {})["x"] > place["x"] + 40, "a cursor that moves")
    sounds = player.page.evaluate("now => ear.since(now)", now)
    clicks = [one for one in sounds if one["length"] < 0.06]
    notes = [one for one in sounds if one["length"] >= 0.06]
    assert len(clicks) == 4
    assert min(one["at"] for one in notes) - clicks[0]["at"] == pytest.approx(2.0, abs=0.02)


@journey(38)
def test_with_the_metronome(player: Hand) -> None:
    player.shows("metronome")
    player.checks("metronome")
    now = player.page.evaluate("ear.now()")
    player.plays()
    player.until(
        lambda: len([one for one in player.page.evaluate("now => ear.since(now)", now) if one["length"] < 0.06]) >= 4,
        "four clicks",
    )
    sounds = player.page.evaluate("now => ear.since(now)", now)
    clicks = [one["at"] - one["late"] for one in sounds if one["length"] < 0.06]
    assert [b - a for a, b in pairwise(clicks)] == pytest.approx([0.5] * (len(clicks) - 1), abs=0.01)


@journey(39)
def test_turned_down(player: Hand) -> None:
    player.plays()
    player.hears()
    player.shows("volume")
    loud = max(player.level() for _ in range(8) if player.waits(0.1) is None)
    player.slides("volume", 0)
    player.waits(0.5)
    assert max(player.level() for _ in range(5) if player.waits(0.1) is None) < loud / 30
    high = float(player.at("volume").get_attribute("max"))
    player.slides("volume", high)
    player.hears()


@journey(40)
def test_another_tempo(me: Hand) -> None:
    me.writes(4)
    me.types("#tempo", "160")
    me.leaves()
    me.until(lambda: "160" in me.score() + me.text("#player"), f"160 in the score: {me.score()[:100]}")
    taken = me.takes("#files [data-suffix$=mid]")
    tempos = [m.tempo for track in mido.MidiFile(taken).tracks for m in track if m.type == "set_tempo"]
    assert [round(mido.tempo2bpm(one)) for one in tempos] == [160]
    me.has(song(4).replace("Tempo: 120\n\n", ""))
    assert between(me) == pytest.approx(60 / 160 / 2, rel=0.02)


@journey(41)
def test_the_neck(player: Hand) -> None:
    player.shows("neck")
    neck = player.page.locator("[data-part=fretboard] svg").first
    if not neck.is_visible():
        player.presses("neck")
    assert neck.is_visible()
    player.plays()
    lit = player.page.locator(".bs-lit").locator("visible=true")
    player.until(lambda: lit.count() >= 1, "a note on the neck")
    player.stops()
    nut = neck.inner_html()
    player.shows("left-handed")
    player.checks("left-handed")
    player.until(lambda: player.page.locator("[data-part=fretboard] svg").first.inner_html() != nut, "a turned neck")
    player.presses("neck")
    player.until(lambda: not player.page.locator("[data-part=fretboard] svg").first.is_visible(), "no neck")


@journey(42)
def test_larger_and_smaller(player: Hand) -> None:
    def size() -> float:
        return float(player.bar(1)["bottom"] - player.bar(1)["top"])

    usual = size()
    player.shows("zoom-in")
    for _ in range(2):
        player.presses("zoom-in")
    player.until(lambda: size() > usual * 1.15, "larger figures")
    assert player.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for _ in range(3):
        player.presses("zoom-out")
    player.until(lambda: size() < usual * 1.01, "smaller figures")


@journey(43)
def test_settings_after_a_reload(player: Hand) -> None:
    player.slides("tempo", 50)
    player.shows("metronome")
    player.checks("metronome")
    player.checks("count-in")
    player.shows("volume")
    player.slides("volume", float(player.at("volume").get_attribute("min") or 0))
    low, percent = player.text("[data-part=volume]"), player.text("[data-part=tempo]")
    player.page.reload()
    player.at("play").wait_for(timeout=60_000) if player.place == "practice" else player.ready()
    player.shows("metronome")
    checked = "e => e.matches('input') ? e.checked : e.getAttribute('aria-pressed') === 'true'"
    player.until(lambda: player.at("metronome").evaluate(checked), "the metronome on")
    assert player.at("count-in").evaluate(checked)
    assert player.text("[data-part=volume]") == low
    if player.place == "practice":
        assert player.text("[data-part=tempo]") == percent


@journey(44)
def test_what_the_score_tells(player: Hand) -> None:
    words = player.score()
    assert {"Verse", "Chorus", "Outro"} <= set(re.findall(r"\w+", words))
    assert {"Em", "C", "G"} <= set(re.findall(r"\w+", words))
    dots = player.page.locator("[role=img][aria-label^='Tab, bar'] circle").locator("visible=true")
    assert dots.count() >= 4  # of two repeat signs


@journey(45)
def test_printed(player: Hand, newcomers: Newcomers, tmp_path: Path) -> None:
    player.page.emulate_media(media="print")
    assert not player.at("play").is_visible() if player.at("play").count() else True
    width = player.page.evaluate("document.documentElement.clientWidth")
    boxes = player.page.locator("[role=img][aria-label^='Tab, bar'] >> visible=true").evaluate_all(
        """all => all.map((one) => {
          const { left, right, height } = one.getBoundingClientRect();
          return [left, right, height];
        })"""
    )
    assert boxes
    assert all(left >= -1 and right <= width + 1 and height > 20 for left, right, height in boxes)
    assert player.page.pdf(print_background=True).startswith(b"%PDF")
    player.page.emulate_media(media="screen")
