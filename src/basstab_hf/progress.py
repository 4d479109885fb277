"""The Trainer's progress bar on stderr, with the losses beside it; stdout stays free for data."""

from __future__ import annotations

from typing import Any

from transformers.trainer_callback import ProgressCallback


class TrainingBar(ProgressCallback):  # type: ignore[misc]  # transformers is untyped here
    """Steps, rate and remaining time, with the last losses (nats per token) instead of printed log lines."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: dict[str, str] = {}

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Show losses at the bar."""
        names = {"loss": "loss", "eval_train_loss": "train", "eval_validation_loss": "validation"}
        self.losses |= {names[name]: f"{float(value):.3f}" for name, value in (logs or {}).items() if name in names}
        if state.is_world_process_zero and self.training_bar is not None:
            self.training_bar.set_postfix(self.losses)
