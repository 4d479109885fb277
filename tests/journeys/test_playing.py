"""A player plays along: rows 25 to 34."""

from __future__ import annotations

import pytest

from tests.journeys.hand import Hand
from tests.journeys.songs import song
from tests.journeys.table import journey


@pytest.fixture
def player(me: Hand) -> Hand:
    """That person with the long song in front."""
    if me.place != "practice":
        me.has(song())
    return me


@journey(25)
def test_played_and_stopped(player: Hand) -> None:
    player.plays()
    player.hears()
    before = player.cursor()
    player.until(lambda: player.cursor() not in (None, before), "a cursor that moves")
    player.stops()
    player.hears_nothing()
    still = player.cursor()
    player.waits(0.4)
    assert player.cursor() == still


@journey(26)
def test_back_to_the_start(player: Hand) -> None:
    player.plays()
    player.until(lambda: player.bar_under_cursor() == 2, "bar 2")
    player.stops()
    if player.way == "keyboard":
        player.keys.press("Home")
    else:
        player.presses("rewind")
    player.until(lambda: player.bar_under_cursor() == 1, "bar 1")


@journey(27)
def test_stopped_from_the_other_end_of_the_page(player: Hand) -> None:
    player.plays()
    player.hears()
    player.scrolls(6000)
    player.waits(0.3)
    if player.way == "keyboard":
        player.keys.press("Space")
    else:
        button = player.at("play")
        assert player.sees(button)
        place = player.page.evaluate("scrollY")
        box = button.bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        pointer = player.page.touchscreen.tap if player.way == "phone" else player.page.mouse.click
        pointer(*middle)  # Playwright's own click would scroll to where the button once stood
        assert abs(player.page.evaluate("scrollY") - place) < 2
    player.hears_nothing()


@journey(28)
def test_followed(player: Hand) -> None:
    player.slides("tempo", 150)
    player.plays()
    seen = set()
    for _ in range(28):
        player.waits(0.25)
        cursor = player.cursor()
        assert cursor
        seen.add(player.bar_under_cursor())
        if player.in_view(cursor):
            continue
        player.waits(0.6)  # it may still be on its way
        cursor = player.cursor()
        assert cursor
        assert player.in_view(cursor), f"bar {player.bar_under_cursor()} is out of view: {cursor}"
    assert len(seen) >= 5


@journey(29)
def test_scrolled_away_and_left_alone(player: Hand) -> None:
    player.plays()
    player.hears()
    player.scrolls(900)
    player.waits(0.3)
    place = player.page.evaluate("scrollY")
    for _ in range(12):
        player.waits(0.25)
        assert abs(player.page.evaluate("scrollY") - place) < 3, "the page pulls itself back"


@journey(30)
def test_started_at_another_bar(player: Hand) -> None:
    if player.way == "keyboard":
        player.reaches("play")
        for _ in range(4):
            player.keys.press("ArrowRight")
    else:
        player.presses_bar(5)
    player.until(lambda: player.bar_under_cursor() == 5, f"bar 5, not {player.bar_under_cursor()}")
    player.plays()
    player.until(lambda: player.bar_under_cursor() == 6, "bar 6")


def stays_in(player: Hand, bars: set[int], rounds: int = 1, seconds: float = 6) -> None:
    """Play, and see it stay in some bars and begin again."""
    player.plays()
    player.until(lambda: player.bar_under_cursor() in bars, f"the cursor in {bars}")
    seen: list[float] = []
    backs = 0
    for _ in range(int(seconds / 0.1)):
        player.waits(0.1)
        assert player.bar_under_cursor() in bars
        cursor = player.cursor()
        assert cursor
        x = cursor["x"] + 10_000 * cursor["top"]
        backs += bool(seen) and x < seen[-1] - 1e-6
        seen.append(x)
        if backs >= rounds:
            break
    assert backs >= rounds
    player.stops()


@journey(31)
def test_one_bar_looped_in_the_score(player: Hand) -> None:
    if player.way == "keyboard":
        player.reaches("play")
        player.keys.press("ArrowRight")
        player.keys.press("ArrowRight")
        player.keys.press("l")
        if player.loop()[1:] != (3, 3):  # everything so far: the current bar is chosen with its ends
            player.keys.press("BracketLeft")
            player.keys.press("BracketRight")
    elif player.way == "phone":  # a finger on the score scrolls: it taps the bar, and moves the ends of the mark
        player.presses_bar(3)
        player.presses("loop")
        player.until(lambda: player.loop() == (True, 3, 3), f"a loop of bar 3, not {player.loop()}")
        player.drags_end_to(4)
        player.until(lambda: player.loop() == (True, 3, 4), f"a loop of bars 3 and 4, not {player.loop()}")
        assert player.marked() == {3, 4}
        player.drags_end_to(3)
    else:
        player.drags_over_bars(3, 3)
        if not player.loop()[0]:
            player.presses("loop")
    player.until(lambda: player.loop() == (True, 3, 3), f"a loop of bar 3, not {player.loop()}")
    assert player.marked() == {3}
    stays_in(player, {3})


@journey(32)
def test_the_bar_where_it_stands_looped(player: Hand) -> None:
    player.plays()
    player.until(lambda: player.bar_under_cursor() == 2, "bar 2")
    player.waits(0.4)  # the cursor glides to the bar before it begins
    player.stops()
    player.shows("loop-bar")
    player.presses("loop-bar")
    player.until(lambda: player.loop() == (True, 2, 2), f"a loop of bar 2, not {player.loop()}")
    assert player.marked() == {2}
    stays_in(player, {2})


@journey(33)
def test_bars_looped_by_their_numbers(player: Hand) -> None:
    player.loops(5, 6)
    assert player.marked() == {5, 6}
    player.slides("tempo", 150)
    stays_in(player, {5, 6})


@journey(34)
def test_the_loop_stays_when_bars_are_rewritten(me: Hand) -> None:
    me.writes(4)
    me.loops(2, 2)
    before = me.text("#tab")
    me.types("#rewrite-from", "2")
    me.types("#rewrite-to", "2")
    me.types("#rewrite-count", "2")
    me.presses("#rewrite")
    radios = me.page.locator("#versions input[type=radio]")
    me.until(lambda: radios.count() == 3 and me.idle(), "two versions")
    for number in (1, 2):
        me.picks(radios.nth(number))
        me.waits(0.5)
        assert me.loop() == (True, 2, 2)
        assert me.marked() == {2}
    assert me.text("#tab") != before
    stays_in(me, {2})
