"""What a training run is made of: arguments, tokenizer and Trainer, from a configuration and column texts."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf.dataset.load import Facts
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.tab import columns
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.augmentation import Augmentation
from basstab_hf.training.base import Base, fitted, start_model
from basstab_hf.training.checks import MUON, check_names, check_optimizer, check_step
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.data import TrainingPieces, Transform, cut_blocks, pad_blocks
from basstab_hf.training.device import on_this_machine
from basstab_hf.training.replay import Replay, Together, replayed_slots
from basstab_hf.training.run_folder import CHECKPOINTS

if TYPE_CHECKING:
    from transformers import TrainingArguments

    from basstab_hf.training.column_trainer import ColumnTrainer

#: Values of TrainingArguments that hold for every run here unless a configuration says otherwise.
_DEFAULTS: dict[str, Any] = {
    "eval_strategy": "steps",
    "save_strategy": "steps",
    "save_total_limit": 2,
    "load_best_model_at_end": True,
    "metric_for_best_model": "eval_validation_loss",
    "greater_is_better": False,
    "logging_nan_inf_filter": False,  # it would log the mean of other steps where the loss is no number
    "ddp_find_unused_parameters": False,
    "dataloader_pin_memory": False,
    "train_sampling_strategy": "group_by_length",
    "remove_unused_columns": False,  # items have more than the model takes: see training.data.Item
    "disable_tqdm": False,
    "log_level": "error",
    "log_level_replica": "error",
}
#: Training blocks on which the loss is estimated beside the validation blocks, as the seed's estimate_loss does.
_TRAIN_PROBE = 24


def _require_torch() -> None:
    try:
        import accelerate  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(error.name or "torch", "train") from error


def training_arguments(out: Path, config: TrainConfig) -> TrainingArguments:
    """TrainingArguments of this process; making them connects it with the others.

    Raises:
        InputError: a setting that TrainingArguments do not have, or do not take.
        MissingExtraError: torch or accelerate is not installed.
    """
    _require_torch()
    from transformers import TrainingArguments

    check_names(config)
    values = _DEFAULTS | on_this_machine(config.training)
    if "eval_steps" in values:
        values.setdefault("save_steps", values["eval_steps"])
    if values.get("optim") == MUON:  # which TrainingArguments do not know: see `new_trainer`
        del values["optim"]
    values |= {"output_dir": str(out / CHECKPOINTS), "report_to": []}
    try:
        arguments = TrainingArguments(**values)
    except (TypeError, ValueError, ImportError, RuntimeError, AttributeError) as error:
        raise InputError(f"training: {error}") from error
    check_optimizer(arguments)
    return arguments


def learn_tokenizer(texts: Sequence[str], config: TrainConfig, seed: int) -> BassTabTokenizer:
    """Make a tokenizer from the training split and from what augmentation makes of it, or grow that of the base model.

    Without the latter it would spell that in characters.
    """
    chance = random.Random(seed)  # noqa: S311  # no secret
    drawn = [change(text, chance) for change in augmentations(config, texts) for text in texts]
    if base := Base.of(config):
        return base.grown_tokenizer([*texts, *drawn], config.min_count)
    return BassTabTokenizer.from_column_texts([*texts, *drawn], config.min_count, config.kind)


def augmentations(config: TrainConfig, texts: Sequence[str]) -> list[Transform]:
    """What changes training pieces by the configuration; without tunings there, as frequent as in the texts."""
    if not (config.transposed or config.relabelled):
        return []
    tunings = config.tunings or [next(columns.systems(text.split()))[0] for text in texts]
    return [Augmentation(config.transposed, config.relabelled, tunings)]


def new_trainer(
    arguments: TrainingArguments,
    config: TrainConfig,
    tokenizer: BassTabTokenizer,
    texts: dict[str, list[str]],
    facts: Sequence[Facts] = (),
) -> ColumnTrainer:
    """A Trainer with the model that a run begins with, and the blocks that it is trained and judged on.

    `facts` are those of the training split's rows (`load_facts`), for control words and chords.

    Raises:
        InputError: a setting that GPT2Config does not have, or a width that the heads do not divide.
    """
    from transformers.trainer_callback import PrinterCallback
    from transformers.trainer_callback import ProgressCallback as DefaultProgress

    from basstab_hf.training.column_trainer import ColumnTrainer
    from basstab_hf.training.muon import Muon
    from basstab_hf.training.progress import TrainingBar

    config = fitted(config)
    blocks, validation = (
        [{"input_ids": ids} for ids in cut_blocks(texts[split], tokenizer, config.context)]
        for split in ("train", "validation")
    )
    rows = arguments.per_device_train_batch_size
    check_step(config, rows, len(tokenizer), (len(block["input_ids"]) for block in blocks))
    probe = blocks[:: max(1, len(blocks) // _TRAIN_PROBE)][:_TRAIN_PROBE]
    replayed = replayed_slots(len(blocks), config.replay)
    short_epochs = _short_epochs(config, arguments, len(blocks) + replayed)
    own = TrainingPieces(
        texts["train"],
        tokenizer,
        config.context,
        facts=facts,
        transforms=augmentations(config, texts["train"]),
        controls=config.controls,
        fill_in_the_middle=config.fill_in_the_middle,
        short=config.short_context,
        short_epochs=short_epochs,
        seed=arguments.seed,
    )
    replay = Replay(
        replayed,
        tokenizer,
        config.context,
        short=config.short_context,
        short_epochs=short_epochs,
        seed=arguments.seed,
    )
    model = start_model(config, tokenizer)
    optimizer = Muon.of(model, arguments) if config.training.get("optim") == MUON else None
    trainer = ColumnTrainer(
        tokenizer=tokenizer,
        model=model,
        optimizers=(optimizer, None),
        args=arguments,
        train_dataset=Together(own, replay) if replayed else own,
        eval_dataset={"train": probe, "validation": validation},
        data_collator=partial(pad_blocks, pad=tokenizer.pad_token_id, reserved=tokenizer.n_reserved),
        patience=config.patience,
    )
    trainer.remove_callback(DefaultProgress)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(TrainingBar)
    return trainer


def _short_epochs(config: TrainConfig, arguments: TrainingArguments, slots: int) -> int:
    """How many whole epochs of short rows a run begins with."""
    batch = arguments.train_batch_size * arguments.gradient_accumulation_steps * arguments.world_size
    epochs: float = (
        arguments.max_steps / math.ceil(slots / batch) if arguments.max_steps > 0 else arguments.num_train_epochs
    )
    return round(config.short_share * epochs)
