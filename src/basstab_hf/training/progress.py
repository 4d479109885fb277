"""The Trainer's progress bar on stderr, with figures in columns beside it; stdout stays free for data."""

from __future__ import annotations

from typing import Any

from transformers.trainer_callback import ProgressCallback

#: Names of `column_trainer` and how the bar shows them, in this order.
_SHOWN = {
    "bits_per_column": "{:.2f} bits/column",
    "eval_validation_bits_per_column": "held out {:.2f}",
    "columns_per_second": "{:,.0f} columns/s",
}


class TrainingBar(ProgressCallback):  # type: ignore[misc]  # transformers is untyped here
    """Steps, rate and remaining time, with the last figures instead of printed log lines.

    The first is of training, so with dropout; the second of the last evaluation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.figures: dict[str, float] = {}

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Open the bar."""
        super().on_train_begin(args, state, control, **kwargs)
        if self.training_bar is not None:
            self.training_bar.unit = "step"

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Show figures at the bar."""
        self.figures |= logs or {}
        if state.is_world_process_zero and self.training_bar is not None:
            shown = [form.format(self.figures[name]) for name, form in _SHOWN.items() if name in self.figures]
            self.training_bar.set_postfix_str(", ".join(shown))
