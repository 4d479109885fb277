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
    citation: ClassVar[str] = """\
@inproceedings{wu2020jazz,
  title = {The Jazz Transformer on the Front Line: Exploring the Shortcomings of {AI}-composed Music through
           Quantitative Measures},
  author = {Wu, Shih-Lun and Yang, Yi-Hsuan},
  booktitle = {Proceedings of the 21st International Society for Music Information Retrieval Conference},
  year = {2020}
}
"""
    example: ClassVar[str] = """\
>>> found = evaluate.load(metric_path("groove_consistency")).compute(predictions=tab)
>>> found["groove_consistency"]
1.0
"""
    values: ClassVar[tuple[str, ...]] = ("groove_consistency",)

    def measure(self, tab: str, name: str) -> dict[str, Any]:
        """The value of one tab."""
        return {"groove_consistency": groove_consistency(read_tab(tab, name))}
