"""How many steps of a training a budget of CPU seconds is worth, measured on a few of them.

Input: a training configuration, its texts and tokenizer. Output: a number of steps, by which it can be
repeated exactly.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from transformers import TrainerCallback

from basstab_hf.files import scratch
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.data import cut_blocks
from basstab_hf.training.progress import TrainingBar
from basstab_hf.training.setup import new_trainer, training_arguments

#: The most and the fewest steps that are timed, and how many come before them to warm up.
_MOST, _LEAST, _WARM = 30, 6, 2
#: The share of the budget after which timing ends.
_SHARE = 0.02
#: The batches are made of so many batches' worth of pieces: of fewer pieces they would have more padding, since their
#: lengths differ more.
_DRAWN = 50


def steps_within(
    seconds: float, config: TrainConfig, tokenizer: BassTabTokenizer, texts: Mapping[str, Sequence[str]]
) -> int:
    """How many steps this training does in `seconds`, of CPU time, or on a GPU by the clock; at least one.

    Evaluations, checkpoints and the start do not count. Where a training begins with short rows, steps with short rows
    and steps with whole blocks are timed apart, and counted by their shares.
    """
    shares = {1.0: config.short_share, 0.0: 1 - config.short_share}
    cost = sum(
        share * _seconds_per_step(replace(config, short_share=short), tokenizer, texts, seconds * _SHARE)
        for short, share in shares.items()
        if share
    )
    return max(1, int(seconds / cost))


def _seconds_per_step(
    config: TrainConfig, tokenizer: BassTabTokenizer, texts: Mapping[str, Sequence[str]], enough: float
) -> float:
    """The mean time of a step, over batches of some of the pieces; timing ends after `enough` seconds."""
    chance = random.Random(0)  # noqa: S311  # no secret
    epoch = {"num_train_epochs": 1, "max_steps": -1, "eval_strategy": "no", "save_strategy": "no"}
    silent = {"load_best_model_at_end": False, "logging_strategy": "no"}
    rehearsed = replace(config, training=config.training | epoch | silent)
    with scratch() as folder:
        arguments = training_arguments(folder, rehearsed)
        now = time.process_time if arguments.device.type == "cpu" else time.perf_counter
        drawn = _some(texts["train"], arguments.train_batch_size * _DRAWN, config, tokenizer, chance)
        trainer = new_trainer(arguments, rehearsed, tokenizer, {"train": drawn, "validation": drawn[:1]})
        batches = _evenly(trainer.batches())
        trainer.follow(batches[: _WARM + _MOST])
        clock = _StepClock(now, enough)
        trainer.remove_callback(TrainingBar)
        trainer.add_callback(clock)
        before = now()
        trainer.train_dataset.set_epoch(1)
        trainer.train_dataset[0]  # where pieces are drawn anew in each epoch, that costs, too
        drawing = (now() - before) / len(batches)
        trainer.train_from(None)
    return drawing + clock.mean()


def _some(
    texts: Sequence[str], blocks: int, config: TrainConfig, tokenizer: BassTabTokenizer, chance: random.Random
) -> list[str]:
    """Pieces drawn by chance until they make up `blocks` blocks; all pieces if there are not so many."""
    drawn = []
    for text in chance.sample(list(texts), len(texts)):
        if blocks <= 0:
            break
        drawn.append(text)
        blocks -= len(cut_blocks([text], tokenizer, config.context))
    return drawn


def _evenly(batches: list[list[int]]) -> list[list[int]]:
    """The batches in an order in which the first few, however few, are spread evenly over the whole epoch.

    An epoch goes from long pieces to short ones, so its first batches alone would not tell. The order is that of van
    der Corput: sorted by the binary digits of their numbers, read backwards.
    """
    return [batches[index] for index in sorted(range(len(batches)), key=lambda index: f"{index:032b}"[::-1])]


class _StepClock(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Seconds from the end of a step to that of the next, with all that a Trainer does in between."""

    def __init__(self, now: Callable[[], float], enough: float) -> None:
        self._now, self._enough = now, enough
        self._ends: list[float] = []

    def mean(self) -> float:
        """The mean time of the steps behind those that warm up; of all steps where there are no others."""
        ends = self._ends[_WARM - 1 :] if len(self._ends) > _WARM else self._ends
        return (ends[-1] - ends[0]) / (len(ends) - 1)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start."""
        self._ends = [self._now()]

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count a step; end the rehearsal when it is enough."""
        self._ends.append(self._now())
        if len(self._ends) >= _WARM + _LEAST and self._ends[-1] - self._ends[_WARM - 1] > self._enough:
            control.should_training_stop = True
