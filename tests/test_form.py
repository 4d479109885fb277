"""Repeats and endings: read from text, played out in MIDI and sound, written as signs."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import formats
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.gestures import gestures, length
from basstab_hf.formats.text import read_tracks, to_text
from basstab_hf.rhythm.form import NO_SIGN, Form, Sign, playing_order
from basstab_hf.rhythm.tab_time import TabTime
from basstab_hf.tab.values import Tab
from tests.test_printed_rhythm import low, system

OPEN, TWICE = Sign(opens=True), Sign(closes=2)
BAR = "3---5---7---8---"


def form(page: str) -> Form:
    return read_tracks(page.encode(), "a page").first("a page").time.form


@pytest.mark.parametrize(
    ("signs", "order"),
    [
        ((), []),
        ((NO_SIGN, NO_SIGN), [0, 1]),
        ((OPEN, TWICE, NO_SIGN), [0, 1, 0, 1, 2]),
        ((NO_SIGN, TWICE, NO_SIGN), [0, 1, 0, 1, 2]),
        ((NO_SIGN, OPEN, Sign(closes=3)), [0, 1, 2, 1, 2, 1, 2]),
        ((Sign(opens=True, closes=4), NO_SIGN), [0, 0, 0, 0, 1]),
        ((OPEN, Sign(closes=2, endings=(1,)), Sign(endings=(2,)), NO_SIGN), [0, 1, 0, 2, 3]),
        (
            (OPEN, Sign(closes=4, endings=(1, 2, 3)), Sign(endings=(4,)), OPEN, TWICE),
            [0, 1, 0, 1, 0, 1, 0, 2, 3, 4, 3, 4],
        ),
        ((OPEN, TWICE, OPEN, TWICE), [0, 1, 0, 1, 2, 3, 2, 3]),
        ((NO_SIGN, TWICE, NO_SIGN, TWICE), [0, 1, 0, 1, 2, 3, 2, 3]),
    ],
)
def test_bars_are_played_in_the_order_of_the_signs(signs: Form, order: list[int]) -> None:
    assert playing_order(signs) == order


@given(st.lists(st.builds(Sign, st.booleans(), st.integers(0, 9), st.lists(st.integers(1, 4)).map(tuple)), max_size=12))
def test_any_form_ends(signs: list[Sign]) -> None:
    assert set(playing_order(tuple(signs))) <= {*range(len(signs))}


@pytest.mark.parametrize(
    ("page", "signs"),
    [
        (low(f"{BAR}|{BAR}"), ()),
        (low(f"{BAR}|{BAR}").replace("|3", "|:3").replace("|-", "|:-"), (Sign(opens=True), Sign(opens=True))),
        (system(*(f":{line}|{line}:" for line in (["-" * 16] * 3 + [BAR]))), (OPEN, TWICE)),
        (
            system(*(f"|{edge}{line}{edge}|" for edge, line in zip("-oo-", ["-" * 16] * 3 + [BAR], strict=True))),
            (Sign(opens=True, closes=2),),
        ),
        (
            system(*(f"{edge}{line}{edge}" for edge, line in zip("-**-", ["-" * 16] * 3 + [BAR], strict=True))),
            (Sign(opens=True, closes=2),),
        ),
        (low(BAR).replace("|\nD", "| x4\nD"), (Sign(opens=True, closes=4),)),
        (low(f"{BAR}|{BAR}").replace("|\nA", "|  play 3 times\nA"), (OPEN, Sign(closes=3))),
        (f"[Verse] x2\n{low(BAR)}\n{low(BAR)}\n[Chorus]\n{low(BAR)}", (OPEN, TWICE, NO_SIGN)),
    ],
)
def test_repeats_are_read(page: str, signs: Form) -> None:
    assert form(page) == signs


def test_signs_take_no_time() -> None:
    track = read_tracks(system(*(f":{line}|{line}:" for line in (["-" * 16] * 3 + [BAR]))).encode(), "a page").first(
        "a page"
    )
    onsets = [gesture.note.onset for gesture in gestures(track.tab, WriteSettings())]
    assert onsets == [0, 1, 2, 3, 4, 5, 6, 7]


def test_endings_are_read() -> None:
    lines = [f":{line}|{line}:|{line}" for line in (["-" * 16] * 3 + [BAR])]
    page = "  " + " " * 18 + "1.___" + " " * 13 + "2.___\n" + system(*lines)
    assert form(page) == (OPEN, Sign(closes=2, endings=(1,)), Sign(endings=(2,)))


SIGNED = TabTime(form=(OPEN, Sign(closes=3, endings=(1, 2)), Sign(endings=(3,)), NO_SIGN))
FOUR = Tab.parse(low("3---------------|5---------------|7---------------|8---------------"))


def test_sound_and_midi_play_repeats(tmp_path: Path) -> None:
    settings = WriteSettings(tempo=60, time=SIGNED)
    assert [gesture.note.fret for gesture in gestures(FOUR, settings)] == [3, 5, 3, 5, 3, 7, 8]
    assert length(FOUR, settings) == 28
    formats.write(FOUR, tmp_path / "tab.mid", settings)
    pitches = [message.note for message in mido.MidiFile(tmp_path / "tab.mid") if message.type == "note_on"]
    assert pitches == [31, 33, 31, 33, 31, 35, 36]


def test_notations_write_signs(tmp_path: Path) -> None:
    settings = WriteSettings(time=SIGNED)
    for suffix in ("alphatex", "musicxml"):
        formats.write(FOUR, tmp_path / f"tab.{suffix}", settings)
    bars = (tmp_path / "tab.alphatex").read_text().splitlines()[-4:]
    assert [bar.split("3.4", 1)[0].split(".4")[0] for bar in bars[:1]] == ["\\ts (4 4) \\ro "]
    assert [
        bar.startswith(start) for bar, start in zip(bars[1:], ("\\ae (1 2) \\rc 3 ", "\\ae (3) ", "8.4"), strict=True)
    ]
    root = ElementTree.parse(tmp_path / "tab.musicxml").getroot()
    repeats = [(sign.get("direction"), sign.get("times")) for sign in root.iter("repeat")]
    endings = [(ending.get("number"), ending.get("type")) for ending in root.iter("ending")]
    assert repeats == [("forward", None), ("backward", "3")]
    assert endings == [("1,2", "start"), ("1,2", "stop"), ("3", "start"), ("3", "discontinue")]


def test_guitar_pro_writes_signs(tmp_path: Path) -> None:
    guitarpro = pytest.importorskip("guitarpro")
    formats.write(FOUR, tmp_path / "tab.gp5", WriteSettings(time=SIGNED))
    headers = guitarpro.parse(str(tmp_path / "tab.gp5")).measureHeaders
    assert [header.isRepeatOpen for header in headers] == [True, False, False, False]
    assert [header.repeatClose for header in headers] == [-1, 2, -1, -1]
    assert [header.repeatAlternative for header in headers] == [0, 0b11, 0b100, 0]


@st.composite
def forms(draw: st.DrawFn, n_bars: int) -> Form:
    """Repeats that text can show: each in a stretch of bars, some with endings for its last two bars."""
    signs: list[Sign] = []
    while len(signs) < n_bars:
        left = n_bars - len(signs)
        kind = draw(st.sampled_from(["plain", "repeat", "endings"]))
        bars = draw(st.integers(1, left))
        if kind == "plain":
            signs.append(NO_SIGN)
        elif kind == "endings" and bars > 2:
            signs += [OPEN, *[NO_SIGN] * (bars - 3), Sign(closes=2, endings=(1,)), Sign(endings=(2,))]
        else:
            part = [NO_SIGN] * bars
            part[0] = Sign(opens=True)
            part[-1] = Sign(opens=bars == 1, closes=draw(st.integers(2, 5)))
            signs += part
    return tuple(signs)


@given(st.data(), st.integers(1, 6))
def test_signs_survive_text(data: st.DataObject, n_bars: int) -> None:
    signs = data.draw(forms(n_bars))
    tab = Tab.parse(low("|".join([BAR] * n_bars)))
    track = read_tracks(to_text(tab, form=signs).encode(), "a page").first("a page")
    read = track.time.form or (NO_SIGN,) * n_bars
    assert read == signs
    played = [gesture.note.onset for gesture in gestures(track.tab, WriteSettings(time=track.time))]
    assert played == [gesture.note.onset for gesture in gestures(tab, WriteSettings(time=TabTime(form=signs)))]


def test_the_same_text_comes_back(tmp_path: Path) -> None:
    page = low(f"{BAR}|{BAR}").replace("|\nD", "| x4\nD", 1)
    track = read_tracks(page.encode(), "a page").first("a page")
    formats.write(track.tab, tmp_path / "tab.txt", WriteSettings(time=track.time))
    assert (tmp_path / "tab.txt").read_text() == page


def test_swing_is_played_long_and_short() -> None:
    tab = Tab.parse(low("3-5-7-8-3-5-7-8-"))
    swung = [gesture.onset for gesture in gestures(tab, WriteSettings(tempo=60, time=TabTime(swing=True)))]
    assert swung[:4] == pytest.approx([0, 2 / 3, 1, 5 / 3])
