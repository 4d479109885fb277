"""A player changes tabs, goes back, keeps and shares them: rows 14 to 24."""

from __future__ import annotations

from pathlib import Path

import mido

from basstab_hf import Tab
from tests.journeys.conftest import Newcomers
from tests.journeys.hand import Hand
from tests.journeys.songs import MARKUP, RIFF, practised, song
from tests.journeys.table import journey

BROKEN = RIFF.replace("D|", "?|").replace("-----------5-7---|", "-----------5-7-")


@journey(14)
def test_the_tab_becomes_the_next_riff(me: Hand) -> None:
    first = me.writes(2)
    me.presses("#onward")
    me.until(lambda: "|" in me.text("#prompt") and Tab.parse(me.text("#prompt")).bars == first.bars, "it as the riff")
    assert me.writes(2).bars[:2] == first.bars


@journey(15)
def test_mended_by_hand(me: Hand) -> None:
    me.has(RIFF)
    me.types("#tab", "hello, no tab is here")
    me.leaves()
    me.reads("#message", r"no bass tab|no tab")
    assert "Traceback" not in me.text("#message")
    assert "hello" in me.text("#tab")
    me.has(RIFF.replace("-0-------0-3-0---", "-9-------9-9-9---"))
    assert me.text("#message").strip() == ""
    assert me.score().count("9") >= 4
    me.presses("play")
    me.hears()


@journey(16)
def test_two_bars_in_versions(me: Hand) -> None:
    tab = me.writes(4)
    me.types("#rewrite-from", "2")
    me.types("#rewrite-to", "3")
    me.types("#rewrite-count", "3")
    me.presses("#rewrite")
    radios = me.page.locator("#versions input[type=radio]")
    me.until(lambda: radios.count() == 4, "three versions, and as it was")
    found = []
    for number in range(4):
        me.picks(radios.nth(number))
        me.until(lambda number=number: radios.nth(number).is_checked(), f"version {number + 1}")
        me.waits(0.4)
        found.append(me.tab)
    assert len({one.text for one in found}) == 4
    assert all(one.bars[:1] + one.bars[3:] == tab.bars[:1] + tab.bars[3:] for one in found)
    me.picks(me.page.get_by_label("As it was"))
    me.shows_tab(tab, "As it was")


@journey(17)
def test_undone_and_redone(me: Hand) -> None:
    first = me.writes(2)
    second = me.writes(2)

    def goes(back: bool, to: Tab) -> None:
        if me.way == "keyboard":
            me.reaches("#generate")
            me.keys.press("Control+z" if back else "Control+Shift+z")
        else:
            me.presses("#undo" if back else "#redo")
        me.shows_tab(to, f"{'undone' if back else 'redone'}")

    goes(True, first)
    me.until(lambda: me.drawn() == len(first.bars), "the score of before")
    goes(False, second)
    me.has(RIFF)
    goes(True, second)
    me.types("#chords", "Dm G")
    me.leaves()
    me.types("#chords", "Am F")
    me.leaves()
    if me.way == "keyboard":
        me.reaches("#generate")
        me.keys.press("Control+z")
    else:
        me.presses("#undo")
    me.until(lambda: me.text("#chords") == "Dm G", f"the chords of before, not {me.text('#chords')!r}")
    assert me.tab.text == second.text


def rows(me: Hand) -> int:
    return int(me.page.locator("#history button").count())


@journey(18)
def test_back_to_an_older_tab(me: Hand) -> None:
    first, *_ = [me.writes(2) for _ in range(3)]
    me.until(lambda: rows(me) >= 3, "three tabs in the list")
    me.presses(me.page.locator("#history button").nth(2))
    me.shows_tab(first, "the first tab")
    assert rows(me) >= 3


@journey(19)
def test_the_list_after_a_reload(me: Hand, newcomers: Newcomers) -> None:
    first, second = me.writes(2), me.writes(2)
    me.page.reload()
    me.ready()
    me.until(lambda: rows(me) >= 2, "the list")
    me.presses(me.page.locator("#history button").nth(1))
    me.shows_tab(first, "the first tab")
    me.presses(me.page.locator("#history button").nth(0))
    me.shows_tab(second, "the second tab")


@journey(20)
def test_a_link_in_another_browser(me: Hand, newcomers: Newcomers) -> None:
    me.types("#prompt", RIFF)
    me.types("#chords", "Em G")
    me.types("#bars", "3")
    me.opens("#more")
    me.types("#seed", "42")
    me.types("#tempo", "97")
    tab = me.writes()
    me.presses("#share")
    me.until(lambda: "#" in me.page.evaluate("navigator.clipboard.readText()"), "a link in the clipboard")
    link = me.page.evaluate("navigator.clipboard.readText()")
    other = newcomers.comes(me.place, me.way, url=link)
    other.until(lambda: other.text("#prompt").strip() == RIFF.strip(), "the riff")
    assert [other.text(name) for name in ("#chords", "#bars", "#seed", "#tempo")] == ["Em G", "3", "42", "97"]
    assert other.writes() == tab


@journey(21)
def test_copied(me: Hand) -> None:
    if me.place != "practice":
        me.writes(2)
    me.presses("#copy")
    me.until(lambda: "opied" in me.text("#copy") + me.text("#news"), "a word that it is done")
    if me.place != "practice":
        assert me.page.evaluate("navigator.clipboard.readText()") == me.text("#tab")


_WRONG = (
    ("#prompt", "no tab here at all", r"no bass tab|no tab"),
    ("#chords", "Am Hx", r"Hx"),
    ("#seed", "-5", r"seed"),
    ("#seed", "1.5", r"seed"),
    ("#bars", "0", r"bars"),
    ("#bars", "999", r"bars"),
    ("#tempo", "5000", r"tempo"),
    ("#best-of", "99", r"best"),
    ("#rewrite-to", "99", r"bar"),
)


@journey(22)
def test_what_cannot_be(me: Hand) -> None:
    tab = me.writes(2)
    me.opens("#more")
    for field, typed, told in _WRONG:
        before = me.text(field)
        me.types(field, typed)
        me.presses("#rewrite" if field == "#rewrite-to" else "#generate")
        message = me.reads("#message p", told, 8)
        assert "Traceback" not in message
        assert len(message.strip().splitlines()) == 1
        assert me.text(field) == typed
        assert me.tab.text == tab.text
        me.types(field, before)
    me.writes(2)
    assert me.text("#message").strip() == ""


def over_the_score(me: Hand) -> str:
    return me.text("#tab-heading") + me.text("#player")


@journey(23)
def test_a_title(me: Hand) -> None:
    me.opens("#more")
    me.types("#title", "Blue Monday Walk")
    me.writes(2)
    me.until(lambda: "Blue Monday Walk" in over_the_score(me), "the title above the score")
    taken = me.takes("#files [data-suffix$=mid]")
    assert taken.stem.replace("-", " ").replace("_", " ").lower() == "blue monday walk"
    names = [message.name for track in mido.MidiFile(taken).tracks for message in track if message.type == "track_name"]
    assert any("Blue Monday Walk" in name for name in names)


@journey(24)
def test_markup_stays_text(me: Hand, newcomers: Newcomers, tmp_path: Path) -> None:
    if me.place == "practice":
        practised(tmp_path / "markup.html", song().replace("The Long Way Home", MARKUP))
        newcomers.arrives(me, f"file://{tmp_path / 'markup.html'}")
        assert MARKUP in me.text("h1")
    else:
        me.opens("#more")
        me.types("#title", MARKUP)
        me.types("#prompt", f"{MARKUP}\n\n{RIFF}")
        me.writes(2)
        me.until(lambda: MARKUP in over_the_score(me), "the title as it was typed")
        me.types("#prompt", MARKUP)
        me.presses("#generate")
        me.reads("#message", "no bass tab|no tab")
    assert me.page.locator("img[src=x]").count() == 0
    assert me.page.locator("b").count() == 0
