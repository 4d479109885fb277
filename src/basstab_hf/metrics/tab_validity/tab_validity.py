"""Tab validity: the share of systems that are written as a tab must be."""

from dataclasses import asdict, fields
from typing import Any, ClassVar

from basstab_hf.metrics.tab_metric import TabMetric
from basstab_hf.metrics.validity import Validity, validity


class TabValidity(TabMetric):
    """Share of systems that keep each of six rules, and all of them."""

    description: ClassVar[str] = """\
Tab validity = systems that keep all six rules / systems, mean over tabs. The rules: string lines of equal length, legal
symbols, frets in range, closed frets, techniques with a note to act on, bars of the tab's usual width. Range: 0 to 1,
higher is better. Text without a tab has 0, no text at all NaN. Limit: what is well written need not be music.
"""
    citation: ClassVar[str] = """\
@software{basstab_hf,
  title = {basstab_hf: bass tablature for the Hugging Face ecosystem},
  year = {2026}
}
"""
    example: ClassVar[str] = """\
>>> found = evaluate.load(metric_path("tab_validity")).compute(predictions=[tab, "la la la"])
>>> found["tab_validity"]
0.5
"""
    values: ClassVar[tuple[str, ...]] = tuple(field.name for field in fields(Validity))

    def measure(self, tab: str, name: str) -> dict[str, Any]:
        """The shares of one tab."""
        del name  # nothing that is text is an error here
        return asdict(validity(tab))
