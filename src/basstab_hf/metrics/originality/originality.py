"""Originality: what a tab has not from the tabs that a model was trained on."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from basstab_hf.errors import InputError
from basstab_hf.metrics.copying import Library
from basstab_hf.metrics.tab_metric import TabMetric, read_tab, read_tabs
from basstab_hf.tab.timing import timed_notes


class Originality(TabMetric):
    """New n-grams of intervals, and the longest run of notes that the references have, in any key."""

    description: ClassVar[str] = """\
Originality = a tab's different runs of 8 intervals that no reference has / all of its different ones; longest_match =
notes of the longest run of intervals that stands in a reference, in any key and rhythm; piece = the number of that
reference, from 0, -1 without one (in per_tab). Mean over tabs. Range: 0 to 1; 0 and up. NaN for fewer than nine notes;
no tabs: NaN. Limit: a run on one note is in most pieces; noise is original.
"""
    settings: ClassVar[str] = "references: the tabs that the model was trained on.\n"
    citation: ClassVar[str] = """\
@inproceedings{lee2022deduplicating,
  title = {Deduplicating Training Data Makes Language Models Better},
  author = {Lee, Katherine and Ippolito, Daphne and Nystrom, Andrew and Zhang, Chiyuan and Eck, Douglas and
            Callison-Burch, Chris and Carlini, Nicholas},
  booktitle = {Proceedings of the 60th Annual Meeting of the Association for Computational Linguistics},
  year = {2022}
}
"""
    example: ClassVar[str] = """\
>>> found = evaluate.load(metric_path("originality")).compute(predictions=tab, references=[tab])
>>> found["originality"], found["longest_match"]
(nan, 8.0)
"""
    values: ClassVar[tuple[str, ...]] = ("originality", "longest_match")
    compares: ClassVar[bool] = True
    needs_others: ClassVar[bool] = True

    def measure(self, tab: str, name: str, library: Library) -> dict[str, Any]:
        """What one tab shares with the library."""
        return asdict(library.match(timed_notes(read_tab(tab, name))))

    def _nothing(self) -> dict[str, Any]:
        return {**super()._nothing(), "piece": -1}

    def summarise(self, predictions: Sequence[str], against: Sequence[str] | None = None) -> dict[str, Any]:
        """The values of all tabs, compared with others."""
        if against is None:
            raise InputError("originality compares with the tabs that a model was trained on: give them as references")
        library = Library.of(map(timed_notes, read_tabs(against, "reference")))
        return super().summarise(predictions, library=library)
