"""Pitch histogram: how spread out the pitches of a tab are, and how far from those of other tabs."""

from collections.abc import Sequence
from typing import Any, ClassVar

from basstab_hf.metrics.histograms import divergence, entropy, pitch_classes, pitch_counts, pooled
from basstab_hf.metrics.tab_metric import TabMetric, read_tab, read_tabs, read_those


class PitchHistogram(TabMetric):
    """Entropy of pitch classes; divergence of the pitches from those of the references."""

    description: ClassVar[str] = """\
Pitch histogram: pitch_class_entropy = -sum p log2 p over the twelve pitch classes of a tab, mean over tabs; with
references, pitch_divergence too: the Jensen-Shannon divergence, in bits, of the histograms of pitches over all tabs and
over all references. Range: 0 to 3.585; 0 to 1. NaN without notes. Limit: neither order nor rhythm counts.
"""
    settings: ClassVar[str] = "references: the text of a tab, or a list of them, to compare with; may be left out.\n"
    citation: ClassVar[str] = """\
@article{yang2020evaluation,
  title = {On the evaluation of generative models in music},
  author = {Yang, Li-Chia and Lerch, Alexander},
  journal = {Neural Computing and Applications},
  volume = {32},
  year = {2020}
}
"""
    example: ClassVar[str] = """\
>>> found = evaluate.load(metric_path("pitch_histogram")).compute(predictions=tab)
>>> round(found["pitch_class_entropy"], 3)
2.156
"""
    values: ClassVar[tuple[str, ...]] = ("pitch_class_entropy",)
    compares: ClassVar[bool] = True

    def measure(self, tab: str, name: str) -> dict[str, Any]:
        """The entropy of one tab."""
        return {"pitch_class_entropy": entropy(pitch_classes(pitch_counts(read_tab(tab, name))))}

    def summarise(self, predictions: Sequence[str], against: Sequence[str] | None = None) -> dict[str, Any]:
        """The values of all tabs, compared with others where there are any."""
        result = super().summarise(predictions)
        if against is None:
            return result
        pitches = pooled(map(pitch_counts, read_those(predictions)))
        others = pooled(map(pitch_counts, read_tabs(against, "reference")))
        return {"pitch_divergence": divergence(pitches, others), **result}
