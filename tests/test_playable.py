"""What the player of our pages is given: the notes of the tab, when its bars and beats are played, where they stand."""

import itertools
from bisect import bisect_right
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.gestures import gestures, length
from basstab_hf.formats.playable import playable, web_files
from basstab_hf.formats.track import Marks
from basstab_hf.recognise.annotations import Chord
from basstab_hf.rhythm.form import Sign, playing_order
from basstab_hf.rhythm.tab_time import TabTime, Tempo
from basstab_hf.tab import timing
from tests.conftest import riff
from tests.strategies import tabs


def lines(*rows: str) -> Tab:
    return Tab.parse("\n".join(f"{label}|{row}" for label, row in zip("GDAE", rows, strict=True)))


@given(tabs(), st.sampled_from([2, 3, 4, 3.3, 6]))
@settings(max_examples=40)
def test_every_note_is_played_while_the_cursor_stands_on_its_beat(tab: Tab, grid: float) -> None:
    how = WriteSettings(tempo=120, columns_per_beat=grid)
    try:
        play = playable(tab, how)
    except InputError:
        return
    assert [note[:2] for note in play["notes"]] == [
        [round(one.onset, 6), round(one.duration, 6)] for one in gestures(tab, how)
    ]
    times = [seconds for _, _, beats in play["bars"] for seconds in beats]
    assert times == sorted(times)
    assert play["seconds"] == pytest.approx(length(tab, how), abs=1e-5)
    for onset, *_ in play["notes"]:
        nearest = min(abs(onset - seconds) for seconds in times)
        assert nearest <= (1e-5 if grid in {2, 3, 4, 6} else 0.03)  # a 24th of a beat
    counts = {number: len(xs) for system in play["sheets"]["wide"]["systems"] for number, _, _, xs in system["bars"]}
    for sheet in play["sheets"].values():
        assert {n: len(xs) for system in sheet["systems"] for n, _, _, xs in system["bars"]} == counts
    assert all(len(beats) == counts[number] for _, number, beats in play["bars"])


SIGNS = st.builds(
    Sign, opens=st.booleans(), closes=st.sampled_from([0, 0, 2, 3]), endings=st.sampled_from([(), (), (1,), (2,)])
)


@given(st.lists(SIGNS, min_size=8, max_size=8))
def test_repeats_are_played_bar_by_bar(signs: list[Sign]) -> None:
    tab = Tab.parse(riff(1))
    play = playable(tab, WriteSettings(tempo=120, time=TabTime(form=tuple(signs))))
    assert [number - 1 for _, number, _ in play["bars"]] == playing_order(tuple(signs))
    assert [start for start, *_ in play["bars"]] == pytest.approx([2 * place for place in range(len(play["bars"]))])
    assert play["seconds"] == pytest.approx(2 * len(play["bars"]))
    starts = [start for start, *_ in play["bars"]]
    first = {
        number: sorted(n[2:] for n in play["notes"] if 2 * at <= n[0] < 2 * at + 1.99)
        for at, (_, number, _) in enumerate(play["bars"])
    }
    for onset, _, string, fret in play["notes"]:
        number = play["bars"][bisect_right(starts, onset + 1e-6) - 1][1]
        assert [string, fret] in first[number]


def test_a_bar_that_is_filled_up_in_print_takes_the_time_of_the_tab() -> None:
    tab = lines(*["0------------|0-----------|"] * 4)
    play = playable(tab, WriteSettings(tempo=60, columns_per_beat=3))
    assert [start for start, *_ in play["bars"]] == pytest.approx([0, 13 / 3], abs=1e-5)
    assert [at for at, _ in play["clicks"]] == pytest.approx([0, 1, 2, 3, 4, 13 / 3, 16 / 3, 19 / 3, 22 / 3], abs=1e-5)


def test_printed_bars_say_which_bar_of_the_tab_they_are() -> None:
    """One of twelve beats has lost its bar lines and is printed as three."""
    tab = lines(*[f"{'0---' * 4}|{'0---' * 12}|{'0---' * 4}|"] * 4)
    play = playable(tab, WriteSettings(tempo=60))
    assert play["tabBars"] == [1, 2, 2, 2, 3]
    assert [start for start, *_ in play["bars"]] == pytest.approx([0, 4, 8, 12, 16])


def test_tempos_that_change_and_swing_move_beats_and_clicks_with_the_notes() -> None:
    tab = lines(*["0-0-0-0-0-0-0-0-|0-0-0-0-0-0-0-0-|"] * 4)
    slower = TabTime(tempo=120, tempos=(Tempo(1, Fraction(2), 60),), swing=True)
    play = playable(tab, WriteSettings(tempo=120, time=slower))
    onsets = {onset for onset, *_ in play["notes"]}
    assert onsets == {seconds for _, _, beats in play["bars"] for seconds in beats}
    assert [at for at, _ in play["clicks"]] == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5, 3, 4])
    assert play["seconds"] == pytest.approx(5)


def test_sections_and_chords_stand_at_their_bars() -> None:
    tab = Tab.parse(riff(1))
    marks = (Marks(section="Verse", chords=(Chord(2, "Am7"),)), Marks(section="Chorus"))
    play = playable(tab, WriteSettings(marks=marks))
    assert play["sections"] == [[1, "Verse"], [5, "Chorus"]]
    assert play["chords"] == [[1, 0.0, "Am7"]]


def test_a_long_tab_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Score, sound, clock and marks ask for its bars one after the other: a page waits for all of them."""
    read: list[int] = []
    stroke_bar = timing._stroke_bar
    monkeypatch.setattr(timing, "_stroke_bar", lambda *bar: (read.append(bar[1]), stroke_bar(*bar))[1])
    tab = replace(Tab.parse(riff(3, bars=40)), title="never read before")
    playable(tab, WriteSettings())
    assert len(read) == 40


def test_lines_for_phones_are_shorter_and_hold_the_same_bars() -> None:
    sheets = playable(replace(Tab.parse(riff(1, bars=24)), title="x\ny"), WriteSettings())["sheets"]
    numbers = {
        name: [bar[0] for system in sheet["systems"] for bar in system["bars"]] for name, sheet in sheets.items()
    }
    assert numbers["wide"] == numbers["narrow"] == [*range(1, 25)]
    assert len(sheets["narrow"]["systems"]) > len(sheets["wide"]["systems"])
    for sheet in sheets.values():
        for system in sheet["systems"]:
            places = [x for _, left, right, xs in system["bars"] for x in (left, *xs, right)]
            assert places == sorted(places)
            assert places[-1] <= sheet["width"]
            assert system["label"].endswith(str(system["bars"][-1][0]))


def test_the_scripts_of_a_page_define_the_player_and_the_string_alone() -> None:
    found = web_files()
    assert set(found) == {"plucked.js", "player.js", "player.css"}
    top = [line for line in found["player.js"].splitlines() if line.startswith(("const Player", "})();"))]
    assert top == ["const Player = (() => {", "})();"]
    assert not any("</script" in text or "http:" in text.replace("http://www.w3.org/", "") for text in found.values())
    braces = itertools.accumulate({"{": 1, "}": -1}.get(letter, 0) for letter in found["player.css"])
    assert [*braces][-1] == 0
