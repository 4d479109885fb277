"""The Trainer's progress on stderr: a bar on a terminal, else a line an evaluation; stdout stays free for data."""

from __future__ import annotations

import sys
from typing import Any

from transformers.trainer_callback import ProgressCallback

#: Names of `column_trainer` and how the bar shows them, in this order.
_HELD_OUT = "eval_validation_bits_per_column"
_SHOWN = {
    "bits_per_column": "{:.2f} bits/column",
    _HELD_OUT: "held out {:.2f}",
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
        if sys.stderr.isatty():
            super().on_train_begin(args, state, control, **kwargs)
        if self.training_bar is not None:
            self.training_bar.unit = "step"

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Move the bar."""
        if self.training_bar is not None:
            super().on_step_end(args, state, control, **kwargs)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the bar."""
        if self.training_bar is not None:
            super().on_train_end(args, state, control, **kwargs)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Show figures at the bar; without one, in a line where they are of an evaluation."""
        self.figures |= logs or {}
        shown = ", ".join(form.format(self.figures[name]) for name, form in _SHOWN.items() if name in self.figures)
        if self.training_bar is not None:
            self.training_bar.set_postfix_str(shown)
        elif state.is_world_process_zero and _HELD_OUT in (logs or {}):
            sys.stderr.write(f"step {state.global_step} of {state.max_steps}: {shown}\n")
