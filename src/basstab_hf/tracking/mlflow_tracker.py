"""Runs recorded in MLflow: what a run does is in `mlflow_store`."""

from __future__ import annotations

from basstab_hf.tracking.mlflow_store import MlflowRun as Run

__all__ = ["Run"]
