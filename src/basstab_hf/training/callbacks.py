"""What happens at events of a training run: epochs told to the data, losses logged at checkpoints, early stopping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from transformers.trainer_callback import TrainerCallback

VALIDATION_LOSS = "eval_validation_loss"


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
