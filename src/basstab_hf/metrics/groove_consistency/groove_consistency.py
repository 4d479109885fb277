"""Groove consistency: how much the rhythm of a bar is that of the bar before."""

from typing import Any, ClassVar

from basstab_hf.metrics.bars import groove_consistency
from basstab_hf.metrics.tab_metric import TabMetric, read_tab


class GrooveConsistency(TabMetric):
    """1 less the mean Hamming distance of the onsets of neighbouring bars."""

    description: ClassVar[str] = """\
Groove consistency = 1 - mean over neighbouring bars of one width of (columns in which only one of them has an onset /
columns of the bar), mean over tabs. Range: 0 to 1. NaN where no two neighbours are of one width. Limit: sparse bars are
alike whatever they hold, silence has 1; neither too little nor too much of it is good.
"""
    values: ClassVar[tuple[str, ...]] = ("groove_consistency",)

    def measure(self, tab: str, name: str) -> dict[str, Any]:
        """The value of one tab."""
        return {"groove_consistency": groove_consistency(read_tab(tab, name))}
