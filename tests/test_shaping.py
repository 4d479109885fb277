"""What is asked of a tab as a whole is so, whatever the model learnt, on every engine."""

from __future__ import annotations

import re

import pytest

from basstab_hf.generate import Composer, Request
from basstab_hf.generate.shaping import Shaping
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.token_notes import TokenNotes
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.metrics.attributes import control_words
from basstab_hf.tab.tuning import STANDARD
from basstab_hf.tab.values import Tab
from tests.conftest import needs_cpp, riff

SHIPPED = shipped_model()
WORDS = [
    *("<density:low>", "<density:medium>", "<density:high>"),
    *("<register:low>", "<register:middle>", "<register:high>"),
    *("<technique:none>", "<technique:hammer-on>", "<technique:slide>", "<technique:dead-note>", "<technique:vibrato>"),
    *("<metre:3/4>", "<metre:6/8>", "<metre:4/4>"),
]


def is_so(word: str, tab: Tab) -> bool:
    return word in control_words(" ".join(tab.words))


@pytest.mark.parametrize("word", WORDS)
def test_the_model_of_the_package_does_what_is_asked(word: str) -> None:
    """Which of 12 tabs are so; measured on 24 others: 0.96 to 1.00 of each."""
    tabs = list(Composer(SHIPPED).write(Request(bars=12, seed=5, asked=(word,)), 12))
    assert sum(is_so(word, written.tab) for written in tabs) >= 9


@needs_cpp
def test_all_engines_shape_alike() -> None:
    asked = Request(bars=4, seed=8, asked=("<density:low>", "<register:high>", "<technique:dead-note>"))
    texts = {engine: next(Composer(SHIPPED, engine).write(asked)).tab.text for engine in ("numpy", "cpp")}
    assert texts["numpy"] == texts["cpp"]


def test_inside_of_what_was_asked_nothing_is_pushed() -> None:
    model = Composer(SHIPPED).model
    notes = TokenNotes(model.vocabulary, STANDARD)
    words = Tab.parse(riff(3)).words  # eight onsets a bar
    so_far = SoFar.of(words[:62], STANDARD, None)
    assert so_far.column > 1
    assert Shaping(("<density:high>",), notes, model.vocabulary).bias(so_far) is None
    low = Shaping(("<density:low>",), notes, model.vocabulary).bias(so_far)
    assert low is not None
    assert low[model.vocabulary.ids["5---"]] < low[model.vocabulary.ids["----"]]
    assert Shaping(("<style:rock>", "<tempo:80-99>", "<key:C>"), notes, model.vocabulary).is_idle
    assert Shaping(("<density:low>", "<density:high>"), notes, model.vocabulary).is_idle


def test_a_prompt_counts() -> None:
    """A tab is dense or not as a whole: behind eight bars of eighths, what comes is sparse."""
    prompt = Tab.parse(riff(3))
    tabs = list(Composer(SHIPPED).write(Request(prompt=prompt, bars=8, seed=3, asked=("<density:medium>",)), 6))
    assert sum(is_so("<density:medium>", written.tab) for written in tabs) >= 4


@pytest.mark.parametrize("technique", ["hammer-on", "pull-off"])
def test_hammer_ons_that_are_asked_for_go_up_and_pull_offs_down(technique: str) -> None:
    asked = Request(bars=12, seed=31, asked=(f"<technique:{technique}>",))
    text = "\n".join(written.tab.text for written in Composer(SHIPPED).write(asked, 8))
    led = re.findall(r"(\d+)([hp])(?=(\d+))", text)
    assert len(led) > 8
    for origin, mark, goal in led:
        assert int(goal) > int(origin) if mark == "h" else int(goal) < int(origin)
