"""Runs that are recorded.

tracker           a recorded run, with how it ended
mlflow_tracker    in MLflow; `mlflow_store` opens the store, and has its runs
trackio_tracker   in trackio
runs              recorded runs: a list, the best first, and what differs
"""
