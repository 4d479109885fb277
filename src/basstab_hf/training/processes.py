"""Several processes of one training run: how many there are, and what part of each batch one of them takes.

A launcher (torchrun, accelerate, Ray) starts the same program several times and tells each copy its number, its rank.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from basstab_hf.errors import InputError

if TYPE_CHECKING:
    from transformers import TrainingArguments

#: Set by every launcher of accelerate, never by torchrun or Ray.
_BY_ACCELERATE = "ACCELERATE_MIXED_PRECISION"


def rank() -> int:
    """The number of this process among those of its run; 0 where there is only one."""
    return int(os.environ.get("RANK", "0"))


def asked_processes(number: int | None) -> int:
    """How many processes the user wants: what --processes says, else as many as a launcher says that it started.

    Raises:
        InputError: under `accelerate launch` the number must be named, since accelerate starts a single process on CPUs
            whatever it was told, and nobody would know. Or the launcher started another number.
    """
    if number is None and _BY_ACCELERATE in os.environ:
        raise InputError("accelerate launch may start fewer processes than it was told: add --processes N, too")
    started = os.environ.get("WORLD_SIZE")
    if number is not None and started is not None:
        check_processes(number, int(started))
    return number or int(started or 1)


def check_processes(asked: int, started: int) -> None:
    """Refuse to train with another number of processes than was asked for."""
    if started == asked:
        return
    if asked == 1:
        raise InputError(f"{started} processes were started, one was asked for: add --processes {started}")
    plural = "process was" if started == 1 else "processes were"
    launcher = f"torchrun --nproc_per_node {asked} scripts/train.py ... --processes {asked}"
    raise InputError(f"--processes {asked}, but {started} {plural} started: start them with `{launcher}`")


def share_batch(arguments: TrainingArguments) -> None:
    """Divide the configured batch by the devices, so that a configuration trains the same on any number of them.

    Raises:
        InputError: the batch cannot be divided evenly.
    """
    batch = arguments.per_device_train_batch_size
    devices = arguments.world_size * max(1, arguments.n_gpu)
    if batch % devices:
        message = f"training.per_device_train_batch_size {batch} cannot be shared evenly by {devices} processes"
        raise InputError(f"{message}: set it to a multiple, such as {-(-batch // devices) * devices}")
    arguments.per_device_train_batch_size = batch // devices
