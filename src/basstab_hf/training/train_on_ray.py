"""The same training run in the workers of a Ray cluster: Ray Train starts them, and each calls `train`.

Every node needs this package, and a disk on which all of them find the dataset and the output folder.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from basstab_hf.errors import BasstabError, InputError
from basstab_hf.files import scratch
from basstab_hf.ray_cluster import connected
from basstab_hf.tracking.mlflow_store import store_uri
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.train import train


def train_on_ray(
    dataset: str | Sequence[str],
    out: str | os.PathLike[str],
    config: TrainConfig,
    *,
    address: str,
    processes: int = 1,
    tokenizer: str | None = None,
    **settings: Any,
) -> Path:
    """Train as `train` does, in `processes` workers of the cluster at `address`; `settings` are those of `train`.

    Raises:
        InputError: no cluster answers, or it has fewer processors than workers.
        BasstabError: what `train` raises.
    """
    out = Path(out).absolute()
    sources = [dataset] if isinstance(dataset, str) else dataset
    places = {"dataset": list(map(_absolute, sources)), "out": out, "tokenizer": tokenizer and _absolute(tokenizer)}
    config = replace(config, base_model=config.base_model and _absolute(config.base_model))
    work = partial(_work, {**places, **settings, "config": config, "processes": processes}, store_uri())
    with connected(address) as ray, scratch() as folder:
        resources = ray.cluster_resources()
        if resources.get("CPU", 0) < processes:
            raise InputError(f"the Ray cluster has {resources.get('CPU', 0):g} processors for {processes} processes")
        _fit(work, processes, use_gpu=resources.get("GPU", 0) >= processes, scratch=str(folder))
    return out


def _absolute(place: str) -> str:
    """A path that a worker elsewhere understands; the id of something on the Hub as it is."""
    return str(Path(place).absolute()) if Path(place).exists() else place


def _work(settings: dict[str, Any], store: str) -> None:
    """What a worker does; Ray has told it its rank. Runs are recorded where they would be without Ray."""
    os.environ.setdefault("MLFLOW_TRACKING_URI", store)
    train(**settings)


def _fit(work: Any, processes: int, *, use_gpu: bool, scratch: str) -> None:
    from ray.train import RunConfig, ScalingConfig, WorkerGroupError
    from ray.train.torch import TorchTrainer

    trainer = TorchTrainer(
        work,
        scaling_config=ScalingConfig(num_workers=processes, use_gpu=use_gpu),
        run_config=RunConfig(storage_path=scratch),
    )
    try:
        trainer.fit()
    except WorkerGroupError as error:
        for failure in error.worker_failures.values():
            if isinstance(failure, BasstabError):
                raise failure from error
        raise
