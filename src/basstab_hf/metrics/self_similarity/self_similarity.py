"""Self-similarity: how much of a tab comes back, bar by bar, and whether at a regular distance."""

from dataclasses import asdict, fields
from typing import Any, ClassVar

from basstab_hf.metrics.bars import SelfSimilarity as Figures
from basstab_hf.metrics.bars import self_similarity
from basstab_hf.metrics.tab_metric import TabMetric, read_tab


class SelfSimilarity(TabMetric):
    """Likeness of bars at the best distance, and of each bar and the one most like it."""

    description: ClassVar[str] = """\
Two bars are as alike as (notes in both / notes in either), a note being its column and pitch. self_similarity = mean
likeness of bars n bars apart, for the n of 1 to 16, and to half the tab, where it is highest; repeated_bars = mean
likeness of a bar and the other bar most like it; both mean over tabs. Range: 0 to 1. NaN for fewer than two bars.
Limit: one bar again and again has 1; variations that shift or transpose a bar do not count as likeness.
"""
    citation: ClassVar[str] = """\
@inproceedings{foote2001beat,
  title = {The Beat Spectrum: A New Approach to Rhythm Analysis},
  author = {Foote, Jonathan and Uchihashi, Shingo},
  booktitle = {Proceedings of the IEEE International Conference on Multimedia and Expo},
  year = {2001}
}
"""
    example: ClassVar[str] = """\
>>> found = evaluate.load(metric_path("self_similarity")).compute(predictions=tab)
>>> round(found["self_similarity"], 3)
0.333
"""
    values: ClassVar[tuple[str, ...]] = tuple(field.name for field in fields(Figures))

    def measure(self, tab: str, name: str) -> dict[str, Any]:
        """The figures of one tab."""
        return asdict(self_similarity(read_tab(tab, name)))
