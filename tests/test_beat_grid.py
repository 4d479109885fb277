"""The guess of columns in a beat, which decides how fast a tab is played."""

from __future__ import annotations

import pytest

from basstab_hf.formats import guess_columns_per_beat
from basstab_hf.tab.values import Tab


def bass(line: str) -> Tab:
    blank = "".join("|" if letter == "|" else "-" for letter in line)
    return Tab.parse(f"G|{blank}\nD|{blank}\nA|{blank}\nE|{line}\n")


@pytest.mark.parametrize(
    ("line", "columns", "words"),
    [
        ("-0---3---5---3---|-0-------5-------|", 4, "bars of 16 columns, 4 beats"),
        ("0---3---5---3---|0-------5-------|", 4, "bars of 16 columns, 4 beats"),
        ("-0---3---5---|-0-------5---|", 4, "bars of 12 columns, 3 beats"),
        ("-0-----5-----|-0---0-5---5-|", 4, "bars of 12 columns, 3 beats"),
        ("-0-03-05-53--|-0--0-05-05--|", 3, "bars of 12 columns, 4 beats"),
        ("-0-0-3-5|-0-3355-|-0-3-5-0|", 2, "bars of 8 columns, 4 beats"),
        ("-0-3-5-3-|-0---3---|", 4, "bars of 8 columns, 2 beats"),
        ("-03-505-3|-0-00-33-|", 2, "bars of 8 columns, 4 beats"),
        ("0---0---0---0-0-0---0---0---0---|0---0---0---0-0-0---0---0---0---|", 8, "bars of 32 columns, 4 beats"),
        ("0--------3--3--3--------|0--------3--3--3--------|", 6, "bars of 24 columns, 4 beats"),
        ("-0-------3---3---3---------------3---3-|", 4, "the usual grid, for there are no bar lines"),
        ("-0---|-0-------|-5--------|-0------------|", 4, "the usual grid, for bars are of many widths"),
        ("-0-----3---------|" * 3 + "0--------|", 4, "bars of 16 columns, 4 beats"),
        ("----|----|", 4, "the usual grid, for there are no notes"),
        ("-0---5----|-0---5----|", 4, "the usual grid, for bars of 10 columns tell none"),
    ],
)
def test_bars_tell_the_grid(line: str, columns: int, words: str) -> None:
    grid = guess_columns_per_beat(bass(line))
    assert (grid.columns_per_beat, grid.reason.removeprefix("guessed from ")) == (columns, words)


@pytest.mark.parametrize(
    ("counts", "columns"),
    [
        (["1 + 2 + 3 + 4 + 1 + 2 + 3 + 4 +"], 4),
        (["1+2+3+4+", "1+2+3+4+"], 2),
        (["1eta2eta3eta4eta"], 4),
        (["1 tl 2 tl 3 tl"], 5),
        (["1 + 2", "1   2  3 4"], 4),
        ([], 4),
        (["7"], 4),
    ],
)
def test_printed_counts_come_first(counts: list[str], columns: int) -> None:
    assert guess_columns_per_beat(bass("-0---3---5---3---|-0-------5-------|"), counts).columns_per_beat == columns
