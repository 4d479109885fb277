"""`evaluate` modules on tabs: one folder a metric, loadable by its path (`metric_path`) or, once pushed, its Hub id.

validity.py    text -> which systems keep the rules of writing
hand.py        tab and tempo -> what the fretting hand has to do
bars.py        tab -> density, groove, likeness of bars
histograms.py  tabs -> histograms of pitches, their entropy and divergence
copying.py     notes and a library -> what was there before
statistics.py  tab -> what its notes do from beat to beat, bar to bar, string to string
averages.py    values of tabs -> their mean and its interval
attributes.py  tab -> the control words that are true of it
comparison.py  all metrics on several sets of tabs, side by side
tab_metric.py  what the modules have in common: texts in, values of each tab and their means out
"""

from __future__ import annotations

from pathlib import Path


def metric_path(name: str) -> str:
    """The file that `evaluate.load` takes for a metric of this package."""
    return str(Path(__file__).parent / name / f"{name}.py")
