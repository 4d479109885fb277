"""A player has tabs written: rows 1 to 13."""

from __future__ import annotations

import re

from basstab_hf import Tab
from basstab_hf.generate.playing import LEVELS
from basstab_hf.tab.timing import stroke_bars, timed_notes
from tests.journeys.hand import Hand
from tests.journeys.songs import CHART, FIVE_STRINGS, MESSY, ONE_STRING, RIFF
from tests.journeys.table import journey

SEED = r"[Ss]eed\D{0,3}(\d+)"


def seed(me: Hand) -> str:
    """The seed that is told."""
    found = re.search(SEED, me.reads("#notes", SEED))
    assert found
    return found[1]


def strings(tab: Tab) -> int:
    return len(tab.systems[0].lines)


@journey(1)
def test_a_first_tab(me: Hand) -> None:
    tab = me.writes()
    assert len(tab.bars) == int(me.text("#bars") or 8)
    assert me.drawn() == len(tab.bars)
    me.presses("play")
    me.hears()


@journey(2)
def test_a_messy_riff(me: Hand) -> None:
    me.types("#prompt", MESSY)
    tab = me.writes(2)
    assert tab.bars[:2] == Tab.parse(RIFF.replace("-----5-7---", "---5-7-----")).bars[:2]
    assert len(tab.bars) == 4
    me.reads("#notes", r"aligned|mended|read as")


@journey(3)
def test_a_riff_for_five_strings(me: Hand) -> None:
    me.types("#prompt", FIVE_STRINGS)
    tab = me.writes(2)
    assert strings(tab) == 5
    assert tab.bars[:2] == Tab.parse(FIVE_STRINGS).bars
    assert len(tab.bars) == 4


@journey(4)
def test_a_riff_on_one_string(me: Hand) -> None:
    me.types("#prompt", ONE_STRING)
    tab = me.writes(2)
    assert strings(tab) == 4
    assert len(tab.bars) == 4
    assert tab.text.splitlines()[3].startswith(ONE_STRING.rstrip("|"))


@journey(5)
def test_an_example(me: Hand) -> None:
    me.presses(me.page.locator("#examples button").first)
    me.until(lambda: "|" in me.text("#prompt"), "a riff in the field")
    prompt = Tab.parse(me.text("#prompt"))
    tab = me.writes(2)
    assert tab.bars[: len(prompt.bars)] == prompt.bars


@journey(6)
def test_a_style(me: Hand) -> None:
    me.opens("#more")
    me.types("#seed", "7")
    plain = me.writes(4)
    labels = [one.strip() for one in me.page.locator("#style option").all_text_contents()]
    assert len(labels) > 5
    me.chooses("#style", labels[2])
    assert me.writes(4) != plain


@journey(7)
def test_chords_and_a_key(me: Hand) -> None:
    """In a style whose bars begin with the root: blues turn chords round, reggae leaves the first beat out."""
    me.types("#chords", "Am F C G")
    me.chooses("#style", "Rock")
    me.opens("#more")
    keys = [one.strip() for one in me.page.locator("#key option").all_text_contents()]
    me.chooses("#key", next(one for one in keys if re.match(r"Am|A minor", one)))
    tab = me.writes(8)
    bars = [bar for system in stroke_bars(tab) for bar in system]
    assert len(bars) == 8
    first = [bar.strokes[0].pitch % 12 for bar in bars]
    assert sum(pitch == (9, 5, 0, 7)[number % 4] for number, pitch in enumerate(first)) >= 6
    words = re.findall(r"\S+", me.score())
    assert all(words.count(chord) == 2 for chord in ("Am", "F", "C"))  # over each bar, for all change the chord
    assert words.count("G") > 2  # and on the lines of strings


@journey(8)
def test_a_whole_chart(me: Hand) -> None:
    me.types("#chords", CHART)
    tab = me.writes()
    assert len(tab.bars) >= 8
    me.until(lambda: {"Verse", "Chorus"} <= set(re.findall(r"\w+", me.score())), f"sections: {me.score()[:200]}")
    assert len(tab.bars) % 4 == 0


@journey(9)
def test_a_tuning_a_level_and_no_boldness(me: Hand) -> None:
    me.opens("#more")
    labels = [one.strip() for one in me.page.locator("#tuning option").all_text_contents()]
    me.chooses("#tuning", next(one for one in labels if re.search(r"drop.?d|DADG", one, re.I)))
    levels = [one.strip() for one in me.page.locator("#difficulty option").all_text_contents()]
    me.chooses("#difficulty", next(one for one in levels if re.match(r"1|[Ff]irst|[Bb]eginner", one)))
    if me.page.locator("#temperature").get_attribute("type") == "range":
        me.slides("#temperature", 0.5)
    else:
        me.types("#temperature", "0.5")
    tab = me.writes(4)
    assert tab.text.splitlines()[3].startswith("D|")
    assert all(note.fret <= LEVELS[1].max_fret for note in timed_notes(tab))


@journey(10)
def test_more_opened_and_left_empty(me: Hand) -> None:
    me.opens("#more")
    first = me.writes(4)
    told = seed(me)
    assert me.text("#seed") == ""
    second = me.writes(4)
    assert second != first
    assert seed(me) != told
    me.types("#seed", told)
    assert me.writes(4) == first


@journey(11)
def test_the_best_of_several(me: Hand) -> None:
    me.opens("#more")
    me.types("#best-of", "8")
    before = me.text("#tab")
    me.types("#bars", "16")
    me.presses("#generate")
    me.reads("#progress-text", r"\d+ of 8")
    me.changes(before)
    assert len(me.tab.bars) == 16


@journey(12)
def test_stopped_while_it_writes(me: Hand) -> None:
    me.writes(8)
    before = me.text("#tab")
    me.opens("#more")
    me.types("#bars", "64")
    me.types("#best-of", "16")  # one alone is there before anybody could stop it (tests/test_page_app.py stops one)
    me.presses("#generate")
    me.reads("#progress-text", r"\d+ of 16")
    me.presses("#stop-writing")
    me.until(me.idle, "an end")
    assert me.text("#tab") == before
    assert me.drawn() == 8


@journey(13)
def test_on_from_the_end_of_the_page(me: Hand) -> None:
    me.writes(8)
    before = me.text("#tab")
    me.scrolls(4000)
    if me.way == "keyboard":
        me.keys.press("Control+Enter")
    else:
        assert me.sees("#generate")
        me.presses("#generate")
    me.changes(before)
