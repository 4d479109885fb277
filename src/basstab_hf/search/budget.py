"""How many steps of a training a budget of CPU seconds is worth, measured on a few of them.

Input: a training configuration, its texts and tokenizer. Output: a number of steps, by which it can be
repeated exactly.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf.tokenization_basstab import BassTabTokenizer
from basstab_hf.train_config import TrainConfig
from basstab_hf.trainer_setup import new_trainer, training_arguments
from basstab_hf.training_data import cut_blocks

if TYPE_CHECKING:
    from basstab_hf.column_trainer import ColumnTrainer

#: Batches that are timed at most and at least, and the share of the budget after which it is enough.
_MOST, _LEAST, _SHARE = 24, 4, 0.03
#: Batches' worth of pieces to draw them from: the fewer, the more padding in them, since lengths differ more.
_DRAWN = 50


def steps_within(
    seconds: float, config: TrainConfig, tokenizer: BassTabTokenizer, texts: Mapping[str, Sequence[str]]
) -> int:
    """Steps of this training that take so many seconds: of CPU time, or on a GPU by the clock. At least one.

    Evaluations, checkpoints and the start do not count. Where a training begins with short rows, both kinds of steps
    are timed and mixed by their share.
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
    """The mean over batches of some pieces, in chance order: an epoch has those of like length together."""
    chance = random.Random(0)  # noqa: S311  # no secret
    epoch = {"num_train_epochs": 1, "max_steps": -1, "eval_strategy": "no", "save_strategy": "no"}
    rehearsed = replace(config, training=config.training | epoch | {"load_best_model_at_end": False})
    with tempfile.TemporaryDirectory(prefix="basstab-rehearsal-") as folder:
        arguments = training_arguments(Path(folder), rehearsed)
        drawn = _some(texts["train"], arguments.train_batch_size * _DRAWN, config, tokenizer, chance)
        trainer = new_trainer(arguments, rehearsed, tokenizer, {"train": drawn, "validation": drawn[:1]})
        batches = list(trainer.get_train_dataloader())
        chance.shuffle(batches)
        clock = time.process_time if arguments.device.type == "cpu" else time.perf_counter
        accumulated: int = arguments.gradient_accumulation_steps
        return _mean_time(trainer, batches[:_MOST], clock, enough) * accumulated


def _some(
    texts: Sequence[str], blocks: int, config: TrainConfig, tokenizer: BassTabTokenizer, chance: random.Random
) -> list[str]:
    """Pieces by chance that make up so many blocks, or all."""
    drawn = []
    for text in chance.sample(list(texts), len(texts)):
        if blocks <= 0:
            break
        drawn.append(text)
        blocks -= len(cut_blocks([text], tokenizer, config.context))
    return drawn


def _mean_time(trainer: ColumnTrainer, batches: list[Any], clock: Callable[[], float], enough: float) -> float:
    """Seconds of a pass forward and backward and of what the optimizer does; the first two batches warm up."""
    trainer.current_gradient_accumulation_steps = 1  # what Trainer.train would say
    optimizer = trainer.create_optimizer()
    taken: list[float] = []
    for batch in [*batches[:2], *batches]:
        before = clock()
        float(trainer.training_step(trainer.model, batch))
        optimizer.step()
        optimizer.zero_grad()
        taken.append(clock() - before)
        if len(taken) >= 2 + _LEAST and sum(taken) > enough:
            break
    timed = taken[2:] or taken
    return sum(timed) / len(timed)
