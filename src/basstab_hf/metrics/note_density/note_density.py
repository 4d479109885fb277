"""Note density: how many notes a tab has in a beat, and how its bars differ in this from those of other tabs."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, ClassVar

from basstab_hf.metrics.bars import Density, density, notes_in_bars
from basstab_hf.metrics.histograms import divergence, pooled
from basstab_hf.metrics.tab_metric import TabMetric, read_tab, read_tabs, read_those
from basstab_hf.tab.timing import COLUMNS_PER_BEAT


class NoteDensity(TabMetric):
    """Notes a beat, share of empty bars, divergence of notes a bar from those of the references."""

    description: ClassVar[str] = """\
Note density = notes / beats; empty_bars = bars in which no note starts / bars; both mean over tabs. With references,
density_divergence too: the Jensen-Shannon divergence, in bits, of the histograms of notes a bar over all tabs and over
all references. Range: 0 and up; 0 to 1; 0 to 1. NaN without bars. Limit: neither pitch nor place of the notes counts.
"""
    settings: ClassVar[str] = """\
columns_per_beat: 4 unless given, a grid of sixteenths.
references: the text of a tab, or a list of them, to compare with; may be left out.
"""
    citation: ClassVar[str] = """\
@inproceedings{dong2018musegan,
  title = {{MuseGAN}: Multi-track Sequential Generative Adversarial Networks for Symbolic Music Generation and
           Accompaniment},
  author = {Dong, Hao-Wen and Hsiao, Wen-Yi and Yang, Li-Chia and Yang, Yi-Hsuan},
  booktitle = {Proceedings of the 32nd AAAI Conference on Artificial Intelligence},
  year = {2018}
}
"""
    example: ClassVar[str] = """\
>>> found = evaluate.load(metric_path("note_density")).compute(predictions=tab)
>>> found["note_density"], found["empty_bars"]
(1.0, 0.0)
"""
    values: ClassVar[tuple[str, ...]] = tuple(field.name for field in fields(Density))
    compares: ClassVar[bool] = True

    def measure(self, tab: str, name: str, columns_per_beat: float = COLUMNS_PER_BEAT) -> dict[str, Any]:
        """The figures of one tab."""
        return asdict(density(read_tab(tab, name), columns_per_beat))

    def summarise(
        self, predictions: Sequence[str], against: Sequence[str] | None = None, **settings: Any
    ) -> dict[str, Any]:
        """The values of all tabs, compared with others where there are any."""
        result = super().summarise(predictions, **settings)
        if against is None:
            return result
        bars = pooled(map(notes_in_bars, read_those(predictions)))
        others = pooled(map(notes_in_bars, read_tabs(against, "reference")))
        return {"density_divergence": divergence(bars, others), **result}
