"""Tabs as notation: what a reader of notes would miss."""

from __future__ import annotations

import pytest

from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.score import to_score
from basstab_hf.formats.score_values import Score
from basstab_hf.tab.values import Tab


def score(text: str, columns_per_beat: float = 4) -> Score:
    return to_score(Tab.parse(text), WriteSettings(columns_per_beat=columns_per_beat))


def bass(line: str) -> str:
    """A tab of one line on the lowest string."""
    blank = "".join("|" if letter == "|" else "-" for letter in line)
    return f"G|{blank}\nD|{blank}\nA|{blank}\nE|{line}\n"


def printed(found: Score) -> str:
    """Frets and values, bar by bar: '3:8.' is a dotted eighth on fret 3, '_' a tied note, 'r' a rest."""
    bars = []
    for bar in found.bars:
        beats = []
        for beat in bar.beats:
            value = f"{beat.value.denominator}{'.' * beat.value.dots}{'t' if beat.value.tuplet == 3 else ''}"
            frets = "+".join("_" if note.tied else "x" if note.dead else str(note.fret) for note in beat.notes)
            beats.append(f"{frets or 'r'}:{value}")
        bars.append(f"{bar.numerator}/{bar.denominator} {' '.join(beats)}")
    return " | ".join(bars)


@pytest.mark.parametrize(
    ("line", "columns_per_beat", "expected"),
    [
        ("-0-------2-------|", 4, "4/4 0:2 2:2"),
        ("-0-----2---------|", 4, "4/4 0:4. 2:8 _:2"),
        ("-0-3---3---3---0-|", 4, "4/4 0:8 3:4 3:8 _:8 3:4 0:8"),
        ("-----------------|-0---------------|", 4, "4/4 r:1 | 4/4 0:1"),
        ("-0-5-7-|", 2, "3/4 0:4 5:4 7:4"),
        ("-0-0-0-0-0-0-|", 3, "4/4 0:4t 0:8t _:8t 0:4t 0:4t 0:8t _:8t 0:4t"),
        ("-0-----5-----|", 4, "6/8 0:4. 5:4."),
        ("-0---5---5---|", 4, "3/4 0:4 5:4 5:4"),
        ("0---------------|0----------------|5---------------|", 4, "4/4 0:1 | 17/16 0:1 _:16 | 4/4 5:1"),
        ("----0===========|====7-----------|", 4, "4/4 r:4 0:2. | 4/4 _:4 7:2."),
    ],
)
def test_note_values_are_those_that_a_reader_expects(line: str, columns_per_beat: float, expected: str) -> None:
    assert printed(score(bass(line), columns_per_beat)) == expected


def test_lines_without_bar_lines_are_cut_every_four_beats() -> None:
    found = score(bass("-" + "0-3-" * 10 + "|"))
    assert [(bar.numerator, bar.denominator) for bar in found.bars] == [(4, 4), (4, 4), (2, 4)]


def test_bars_that_no_time_signature_holds_are_filled_up_and_told() -> None:
    found = score(bass("0--3--5--7--|0--3--5--7---|0--3--5--7--|"), 3)
    assert [(bar.numerator, bar.denominator) for bar in found.bars] == [(4, 4), (5, 4), (4, 4)]
    assert found.remarks == ("bars that no time signature holds, filled up with a rest to the next beat: 1",)


@pytest.mark.parametrize("columns_per_beat", [4.25, 11, 32, 48, 96])
def test_notes_on_a_grid_that_notation_cannot_say_move_a_little(columns_per_beat: float) -> None:
    found = score(bass("-03-3---3---7---0|"), columns_per_beat)
    beats = [beat for bar in found.bars for beat in bar.beats]
    frets = [note.fret for beat in beats for note in beat.notes if not note.tied]
    assert frets == [0, 3, 3, 3, 7, 0]
    assert "24th" in found.remarks[0]
    assert all(sum(beat.value.length for beat in bar.beats) == bar.length for bar in found.bars)


def test_systems_in_another_tuning_keep_their_pitches() -> None:
    drop_d = bass("-0---3--x|").replace("E|", "D|")
    found = score(bass("-0---3---|") + "\n" + drop_d)
    assert found.tuning.word == "GDAD"
    notes = [note for bar in found.bars for beat in bar.beats for note in beat.notes if not note.tied]
    assert [(note.fret, note.pitch) for note in notes] == [(2, 28), (5, 31), (0, 26), (3, 29), (None, 26)]
    assert found.remarks == ("the tab is in GDAE, GDAD: all of it is written in GDAD, at the same pitches",)


def test_tunings_that_have_no_notes_in_common_are_refused() -> None:
    high = "C|-24--|\nG|-----|\nD|-----|\nA|-----|\nE|-----|\n"
    low = "G|-----|\nD|-----|\nA|-----|\nE|-----|\nB|-0---|\n"
    with pytest.raises(InputError, match="split the tab"):
        score(f"{high}\n{low}")


def test_a_tab_without_bars_is_refused() -> None:
    with pytest.raises(InputError, match="no bars"):
        to_score(Tab(()), WriteSettings())


def test_what_no_reader_takes_is_not_written() -> None:
    row = "0" + "-" * 90_000
    tab = Tab.parse("\n".join(f"{label}|{row}|" for label in "GDAE"))
    with pytest.raises(InputError, match="too long: 1 bars, 22,500 beats"):
        to_score(tab, WriteSettings())
