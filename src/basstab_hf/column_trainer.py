"""A Trainer that counts in columns: bits that a column costs, columns trained on in a second.

Input: what Trainer takes, and the tokenizer of its blocks. Output: beside the losses in the Trainer's log there
are `bits_per_column` and `columns_per_second` of training and `eval_..._bits_per_column` of every evaluation.
"""

from __future__ import annotations

import math
import re
import time
from functools import partial
from typing import Any

import torch
from transformers import EvalPrediction, Trainer, TrainerCallback

from basstab_hf.columns import END
from basstab_hf.control_words import RESERVED
from basstab_hf.tokenization_basstab import BassTabTokenizer

_NO_COLUMN = re.compile(rf" (?:(?:[A-G][#b]?){{4,6}}|{END})")


class ColumnTrainer(Trainer):  # type: ignore[misc]  # transformers is untyped here
    """Trainer whose log tells columns, too; evaluations are averages over columns, not over batches."""

    def __init__(self, *, tokenizer: BassTabTokenizer, **options: Any) -> None:
        """As Trainer, whose other arguments are `options`; `train_dataset` holds blocks of `tokenizer`."""
        counts = columns_of_tokens(tokenizer)
        super().__init__(
            preprocess_logits_for_metrics=partial(block_costs, counts=counts), compute_metrics=_bits, **options
        )
        # Of a block's tokens all but the first are predicted.
        predicted = [torch.tensor(block["input_ids"][1:], dtype=torch.long) for block in self.train_dataset]
        self._columns = sum(int(counts[ids].sum()) for ids in predicted)
        self._tokens_per_column = sum(map(len, predicted)) / max(1, self._columns)
        self._clock = _Clock()
        self.add_callback(self._clock)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log, with what the running loss (mean nats per token since the last time) is in columns."""
        if "loss" in logs:
            logs["bits_per_column"] = logs["loss"] / math.log(2) * self._tokens_per_column
            columns_per_step = self._columns * self.state.epoch / self.state.global_step
            logs["columns_per_second"] = columns_per_step * self._clock.steps_per_second()
        super().log(logs, start_time)


def columns_of_tokens(tokenizer: BassTabTokenizer) -> torch.Tensor:
    """How many columns begin in each token: [ids]. Reserved words, tuning words and '<END>' are no columns."""
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    counts = [0 if _NO_COLUMN.fullmatch(token) else token.count(" ") for token in tokens]
    counts[: len(RESERVED)] = [0] * len(RESERVED)
    return torch.tensor(counts)


def block_costs(logits: torch.Tensor, labels: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """Nats and columns of each block: [blocks, 2], from logits [blocks, tokens, ids] and labels [blocks, tokens]."""
    targets = labels[:, 1:]
    flat = logits[:, :-1].float().flatten(0, 1)
    nats = torch.nn.functional.cross_entropy(flat, targets.flatten(), reduction="none").view_as(targets)
    columns = counts.to(targets.device)[targets.clamp(min=0)] * (targets >= 0)
    return torch.stack([nats.sum(1), columns.sum(1)], dim=1)


def _bits(costs: EvalPrediction) -> dict[str, float]:
    nats, columns = costs.predictions.astype("float64").sum(0)
    return {"bits_per_column": float(nats / math.log(2) / max(1.0, columns))}


class _Clock(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Time of training alone: evaluations and checkpoints do not count."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self._steps, self._seconds = 0, 0.0

    def steps_per_second(self) -> float:
        """Of the steps since this was last asked."""
        rate = self._steps / self._seconds if self._seconds else 0.0
        self._steps, self._seconds = 0, 0.0
        return rate

    def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
        """Start."""
        self._since = time.perf_counter()

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        """Count a step."""
        now = time.perf_counter()
        self._steps, self._seconds, self._since = self._steps + 1, self._seconds + now - self._since, now

    on_evaluate = on_save = on_train_begin
