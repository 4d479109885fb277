import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.errors import TabError
from basstab_hf.metrics.attributes import control_words
from basstab_hf.tab import columns
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import System, Tab
from basstab_hf.tokenizer.control_words import CONTROL_WORDS, CONTROLS
from tests.conftest import riff
from tests.strategies import tabs

_KEYS = CONTROLS["key"]


def test_a_tune_is_described() -> None:
    """C major in quarters and eighths , four beats a bar, without techniques."""
    bars = [_bar([36, None, 40, None, 43, None, 41, 40]), _bar([38, None, 43, None, 36, None, 36, None])] * 4
    assert _words(bars) == ["<density:medium>", "<register:middle>", "<technique:none>", "<key:C>", "<metre:4/4>"]


@pytest.mark.parametrize(
    ("onsets", "density"), [(range(0, 16, 4), "low"), (range(0, 15, 3), "medium"), (range(16), "high")]
)
def test_density_counts_onsets_not_notes(onsets: range, density: str) -> None:
    column = dict.fromkeys(onsets, "3355")
    text = " ".join(["GDAE ||||", *(column.get(place, "----") for place in range(16)), "|||| <END>"])
    assert f"<density:{density}>" in control_words(text)


@pytest.mark.parametrize(("fret", "register"), [("3", "low"), ("10", "low"), ("12", "middle"), ("14", "high")])
@pytest.mark.parametrize("tuning", ["GDAE", "FCGC"])
def test_register_is_height_above_the_lowest_string(fret: str, register: str, tuning: str) -> None:
    columns_ = " ".join(f"---{digit}" for digit in fret)
    assert f"<register:{register}>" in control_words(f"{tuning} |||| {columns_} ---- ---- ---- |||| <END>")


@pytest.mark.parametrize(
    ("lines", "techniques"),
    [
        (["-5h7---5-5-"], ["hammer-on"]),
        (["-5h7p5-/7-x"], ["hammer-on", "pull-off", "slide", "dead-note"]),
        (["-(5)--<12>-"], ["ghost-note", "harmonic"]),
        (["-5---5-5---"], ["none"]),
        (["-5h7" + "-5" * 200], []),  # once in a long tab: neither one of its techniques nor without
    ],
)
def test_techniques_are_those_often_used(lines: list[str], techniques: list[str]) -> None:
    text = Tab((System(STANDARD, (*lines, *(["-" * len(lines[0])] * 3))),)).text
    found = [word for word in control_words(" ".join(columns.to_columns(text))) if word.startswith("<technique")]
    assert found == [f"<technique:{name}>" for name in techniques]


@pytest.mark.parametrize(
    ("width", "onsets", "metre"),
    [
        (16, [0, 4, 8, 12], "4/4"),
        (12, [0, 4, 8], "3/4"),
        (12, [0, 2, 4, 6, 8, 10], None),  # either
        (12, [0, 4, 6, 10], "6/8"),
        (18, [0, 6, 12], "9/8"),
        (20, [0, 8], "5/4"),
        (24, [0, 8], None),
        (70, [0, 4, 8], None),
    ],
)
def test_the_metre_follows_from_width_and_rhythm(width: int, onsets: list[int], metre: str | None) -> None:
    bar = ["----" if place not in onsets else "---5" for place in range(width)]
    words = control_words(" ".join(["GDAE ||||", *[*bar, "||||"] * 6, "<END>"]))
    assert [word for word in words if word.startswith("<metre")] == ([f"<metre:{metre}>"] if metre else [])
    assert any(word.startswith("<density") for word in words) == (width <= 32)


def test_bars_of_many_widths_have_no_metre() -> None:
    bars = " ".join(f"---5 {'---- ' * width}||||" for width in (15, 15, 13, 9))
    assert not any("metre" in word for word in control_words(f"GDAE |||| {bars} <END>"))


def test_no_notes_no_words() -> None:
    assert control_words("") == ()
    assert control_words("GDAE |||| ---- ---- |||| <END>") == ()
    assert control_words("GDAE |||| ---x ---- ---x |||| <END>") == (
        "<density:low>",
        "<technique:dead-note>",
    )


def test_what_is_no_tab_is_told() -> None:
    with pytest.raises(TabError):
        control_words("GDAE ---- 5---")


@given(tabs())
def test_words_are_control_words_in_their_order(tab: Tab) -> None:
    words = control_words(" ".join(tab.words))
    assert list(words) == sorted(words, key=CONTROL_WORDS.index)
    assert len({word for word in words if not word.startswith("<technique")}) + sum(
        word.startswith("<technique") for word in words
    ) == len(words)


@given(st.integers(0, 10_000), st.lists(st.integers(1, 7), max_size=5, unique=True))
def test_wrapping_changes_nothing(number: int, breaks: list[int]) -> None:
    tab = Tab.parse(riff(number))
    words = ["GDAE", "||||"]
    for place, bar in enumerate(tab.bars):
        words += ["<END>", "GDAE", "||||"] if place in breaks else []
        words += [*bar, "||||"]
    assert control_words(" ".join([*words, "<END>"])) == control_words(" ".join(tab.words))


@given(st.integers(0, 10_000), st.integers(1, 7))
def test_transposition_moves_the_key(number: int, semitones: int) -> None:
    chance = random.Random(number)
    scale = [chance.choice([33, 35, 36, 38, 40, 41, 43, 45]) for _ in range(32)]
    notes = [_bar(scale[start : start + 8]) for start in range(0, 32, 8)]
    higher = [_bar([pitch + semitones for pitch in scale[start : start + 8]]) for start in range(0, 32, 8)]
    before, after = _key_of(_words(notes)), _key_of(_words(higher))
    if before is None:
        assert after is None
        return
    assert after is not None
    assert before.endswith("m") == after.endswith("m")
    tonics = [_KEYS.index(key) % 12 for key in (before, after)]
    assert tonics[1] == (tonics[0] + semitones) % 12


def _key_of(words: list[str]) -> str | None:
    return next((word[5:-1] for word in words if word.startswith("<key:")), None)


def _bar(pitches: list[int | None]) -> list[str]:
    """Eighths in a bar of sixteen columns, each pitch on the lowest string of EADG where it has a fret up to 9."""
    bar = []
    for pitch in pitches:
        column = ["-"] * 4
        if pitch is not None:
            opens = Tuning.parse("GDAE").pitches
            string = next(place for place in (3, 2, 1, 0) if 0 <= pitch - opens[place] <= 9)
            column[string] = str(pitch - opens[string])
        bar += ["".join(column), "----"]
    return bar


def _words(bars: list[list[str]]) -> list[str]:
    return list(control_words(" ".join(["GDAE ||||", *(word for bar in bars for word in [*bar, "||||"]), "<END>"])))
