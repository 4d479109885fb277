"""A TabTrainer that counts in columns: bits that a column costs, columns trained on in a second.

Input: what TabTrainer takes, and the tokenizer of its blocks. Output: beside the losses in its log there are
`bits_per_column` and `columns_per_second` of training and `eval_..._bits_per_column` of every evaluation.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from transformers import TrainerCallback

from basstab_hf.tab.columns import END
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.tab_trainer import TabTrainer

_NO_COLUMN = re.compile(rf" (?:(?:[A-G][#b]?){{4,6}}|{END})")


class ColumnTrainer(TabTrainer):
    """TabTrainer whose log tells columns, too; the figures of training are those of its first epoch's blocks."""

    def __init__(self, *, tokenizer: BassTabTokenizer, **options: Any) -> None:
        """Begin as a TabTrainer, whose arguments are `options`, for blocks of `tokenizer`."""
        super().__init__(**options)
        self.tab_tokenizer = tokenizer
        counts = columns_of_tokens(tokenizer)
        training = (self.train_dataset[index] for index in range(len(self.train_dataset)))
        self._training = Density.of(training, self.data_collator, counts)
        self._evaluated = {
            f"eval_{name}": Density.of(blocks, self.data_collator, counts) for name, blocks in self.eval_dataset.items()
        }
        self._clock = _Clock()
        self.add_callback(self._clock)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log, with the losses (mean nats per token) in bits per column, too."""
        for name, density in self._evaluated.items():
            if f"{name}_loss" in logs:
                logs[f"{name}_bits_per_column"] = density.bits_per_column(logs[f"{name}_loss"])
        if "loss" in logs:
            logs["bits_per_column"] = self._training.bits_per_column(logs["loss"])
            columns_per_step = self._training.columns * self.state.epoch / self.state.global_step
            logs["columns_per_second"] = columns_per_step * self._clock.steps_per_second()
        super().log(logs, start_time)


@dataclass(frozen=True, slots=True)
class Density:
    """Tokens that are predicted in blocks, and the columns that these stand for."""

    tokens: int
    columns: int

    @classmethod
    def of(cls, blocks: Iterable[Any], collate: Callable[[list[Any]], Any], counts: torch.Tensor) -> Density:
        """Count the predicted tokens of blocks (all with a label but the first); `counts`: see `columns_of_tokens`."""
        tokens = columns = 0
        for block in blocks:
            labels = collate([block])["labels"][:, 1:]
            predicted = labels[labels >= 0]
            tokens, columns = tokens + len(predicted), columns + int(counts[predicted].sum())
        return cls(tokens, columns)

    def bits_per_column(self, nats_per_token: float) -> float:
        """A loss (nats per token) as bits per column; NaN where there are no columns."""
        return nats_per_token * self.tokens / self.columns / math.log(2) if self.columns else math.nan


def columns_of_tokens(tokenizer: BassTabTokenizer) -> torch.Tensor:
    """How many columns begin in each token: [ids]. Reserved words, tuning words and '<END>' are no columns."""
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    counts = [0 if _NO_COLUMN.fullmatch(token) else token.count(" ") for token in tokens]
    reserved = tokenizer.n_reserved
    counts[:reserved] = [0] * reserved
    return torch.tensor(counts)


class _Clock(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Time of training alone: evaluations and checkpoints do not count."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self._steps, self._seconds = 0, 0.0

    def steps_per_second(self) -> float:
        """Steps a second since this was last asked."""
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
