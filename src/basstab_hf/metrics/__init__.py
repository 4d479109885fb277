"""`evaluate` modules on tabs: one folder a metric, loadable by its path (`metric_path`) or, once pushed, its Hub id."""

from __future__ import annotations

from pathlib import Path


def metric_path(name: str) -> str:
    """The file that `evaluate.load` takes for a metric of this package."""
    return str(Path(__file__).parent / name / f"{name}.py")
