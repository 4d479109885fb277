"""Tabs as notation: what a reader of notes would miss."""

from __future__ import annotations

import pytest

from basstab_hf.formats import WriteSettings
from basstab_hf.formats.score import Score, to_score
from basstab_hf.tab import Tab


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
