"""Playability: what a tab asks of the fretting hand at a tempo."""

import math
from dataclasses import asdict, fields
from typing import Any, ClassVar

from basstab_hf.metrics.hand import TEMPO, playability
from basstab_hf.metrics.hand import Playability as Figures
from basstab_hf.metrics.tab_metric import TabMetric, read_tab
from basstab_hf.tab.timing import COLUMNS_PER_BEAT


class Playability(TabMetric):
    """Cost, shifts, span and impossible moves of the hand."""

    description: ClassVar[str] = """\
Playability: the hand is placed at least cost (basstab_hf.tab.fingering), then cost_per_note, shifts_per_second (changes
of position), position_span (frets between the lowest and highest position in a bar), impossible_moves (share of moves
between fretted notes faster than log2(2 * frets) / 10 seconds) are measured, mean over tabs. Range: 0 and up, the last
0 to 1; lower is easier. NaN without notes. Limit: easy is not good; rhythm is read from the columns.
"""
    settings: ClassVar[str] = """\
tempo: quarter notes a minute, 120 unless given.
columns_per_beat: 4 unless given, a grid of sixteenths.
"""
    citation: ClassVar[str] = """\
@article{sayegh1989fingering,
  title = {Fingering for String Instruments with the Optimum Path Paradigm},
  author = {Sayegh, Samir I.},
  journal = {Computer Music Journal},
  volume = {13},
  number = {3},
  year = {1989}
}
@article{fitts1954information,
  title = {The information capacity of the human motor system in controlling the amplitude of movement},
  author = {Fitts, Paul M.},
  journal = {Journal of Experimental Psychology},
  volume = {47},
  number = {6},
  year = {1954}
}
"""
    example: ClassVar[str] = """\
>>> found = evaluate.load(metric_path("playability")).compute(predictions=tab, tempo=100)
>>> found["impossible_moves"]
0.0
"""
    values: ClassVar[tuple[str, ...]] = tuple(field.name for field in fields(Figures))
    without_a_tab: ClassVar[float] = math.nan  # 0 would be the easiest tab of all

    def measure(
        self, tab: str, name: str, tempo: float = TEMPO, columns_per_beat: float = COLUMNS_PER_BEAT
    ) -> dict[str, Any]:
        """The figures of one tab."""
        return asdict(playability(read_tab(tab, name), tempo, columns_per_beat))
