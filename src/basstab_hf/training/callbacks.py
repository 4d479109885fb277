"""What happens at events of a training run: epochs told to the data, checkpoints and their losses, early stopping."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from transformers.trainer_callback import TrainerCallback

VALIDATION_LOSS = "eval_validation_loss"
#: Seconds of a training that a kill may cost: then there is a checkpoint at the next step whose loss is logged anyway.
_BETWEEN_CHECKPOINTS = 60.0


class TellEpoch(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Tells the order of the blocks, and a dataset that changes with the epochs, which epoch begins.

    accelerate's loaders tell the one or the other or neither: it depends on processes and on where a resume begins.
    """

    def __init__(self, *listeners: Any) -> None:
        self.listeners = [listener for listener in listeners if hasattr(listener, "set_epoch")]

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Tell loaders and data which epoch begins."""
        for listener in self.listeners:
            listener.set_epoch(int(state.epoch or 0))


class LogAtCheckpoints(TrainerCallback):  # type: ignore[misc]
    """Logs the loss at every checkpoint, so that no average of steps reaches over it: a resume knows only its own."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Log the loss at a step that writes a checkpoint."""
        if control.should_save:
            control.should_log = True

    on_epoch_end = on_step_end


class SaveByTime(TrainerCallback):  # type: ignore[misc]
    """Writes checkpoints between those of `save_steps`, so that a kill costs about a minute whatever a step takes.

    Only at steps whose loss is logged: so the log, too, is the same whenever they come.
    """

    def __init__(self) -> None:
        self._last = time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start the clock."""
        self._last = time.monotonic()

    on_save = on_train_begin

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for a checkpoint where the last one is too old."""
        if not control.should_log or control.should_save or args.save_strategy != "steps":
            return
        control.should_save = _first_says(args, time.monotonic() - self._last > _BETWEEN_CHECKPOINTS)


def _first_says(args: Any, value: bool) -> bool:
    """What the first process of a run says, in all of them: they write a checkpoint together."""
    if args.world_size == 1:
        return value
    import torch

    said = torch.tensor(int(value), device=args.device)
    torch.distributed.broadcast(said, 0)
    return bool(said)


class Patience(TrainerCallback):  # type: ignore[misc]
    """Ends a run after so many `evaluations` in a row without a better validation loss; 0: never.

    The log is all that it remembers, and the log is in every checkpoint.
    """

    def __init__(self, evaluations: int) -> None:
        self.evaluations = evaluations

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """End the run where patience is out."""
        if self.is_out(state.log_history):
            control.should_training_stop = True

    def is_out(self, log: Iterable[Mapping[str, Any]]) -> bool:
        """Whether a run with this log has to end."""
        losses = [entry[VALIDATION_LOSS] for entry in log if VALIDATION_LOSS in entry]
        return bool(self.evaluations and losses) and len(losses) - 1 - losses.index(min(losses)) >= self.evaluations


def mean_loss(log: Iterable[Mapping[str, Any]]) -> float | None:
    """The mean training loss over all steps of a log, each of whose losses is a mean since the one before; or None."""
    total, steps = 0.0, 0
    for entry in log:
        if "loss" in entry:
            total, steps = total + entry["loss"] * (entry["step"] - steps), entry["step"]
    return total / steps if steps else None
