"""Train a GPT-2 on a dataset of tabs with transformers' Trainer, in one process or in several.

Input: a dataset folder (or Hub id) with a `columns` field, and a `TrainConfig`. Output: a self-contained model folder.
While it runs the folder holds training.yaml and checkpoints/; when it ends, everything else and no checkpoints.
"""

from __future__ import annotations

import json
import logging
import math
import os
import platform
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf import columns, files
from basstab_hf.augmentation import Augmentation
from basstab_hf.dataset.load import fingerprint, load_texts
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.loss_curve import draw_loss_curve
from basstab_hf.model import new_model
from basstab_hf.model_folder import load_tokenizer, save_model, set_match_cache
from basstab_hf.processes import check_processes, share_batch
from basstab_hf.run_folder import CHECKPOINTS, begin_run, check_place, disk_watched, last_checkpoint
from basstab_hf.scoring import Scorer, bits_per_column, fit_cache, n_columns
from basstab_hf.tokenization_basstab import BassTabTokenizer
from basstab_hf.train_config import TrainConfig
from basstab_hf.training_data import TrainingPieces, Transform, cut_blocks, pad_blocks

if TYPE_CHECKING:
    from transformers import TrainingArguments

    from basstab_hf.column_trainer import ColumnTrainer

_LOG = logging.getLogger(__name__)
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
    "remove_unused_columns": False,  # items have more than the model takes: see training_data.Item
    "disable_tqdm": False,
    "log_level": "error",
    "log_level_replica": "error",
}
#: Training blocks on which the loss is estimated beside the validation blocks, as the seed's estimate_loss does.
_TRAIN_PROBE = 24


def train(
    dataset: str,
    out: str | os.PathLike[str],
    config: TrainConfig,
    *,
    tokenizer: str | None = None,
    resume: bool = False,
    force: bool = False,
    track: str = "none",
    processes: int = 1,
) -> Path:
    """Train and write a self-contained model folder at `out`.

    Args:
        dataset: a folder that `basstab build` wrote, or the id of such a dataset on the Hub.
        tokenizer: a saved tokenizer; without it one is made from the training split.
        resume: go on from the last checkpoint in `out`.
        force: replace what is at `out`.
        track: where the run is recorded, by the first process: "mlflow", "trackio" or "none".
        processes: how many a launcher started, each of which makes this call; the first one writes.

    Raises:
        InputError: an unusable dataset, tokenizer or configuration; nothing to resume; another number of processes.
        OutputError: `out` is taken.
        TrainingError: the loss is no number any more.
    """
    _require_torch()
    from transformers import set_seed

    from basstab_hf.tracking import Recorder, tracked

    out = Path(out)
    arguments = _arguments(out, config)
    check_processes(processes, arguments.world_size)
    share_batch(arguments)
    first = arguments.process_index == 0
    if first:
        check_place(out, resume=resume, force=force)
    texts = {split: load_texts(dataset, split) for split in ("train", "validation")}
    set_seed(arguments.seed)
    words = load_tokenizer(tokenizer) if tokenizer else _learn_tokenizer(texts["train"], config, arguments.seed)
    trainer = _trainer(arguments, config, words, texts)
    facts = _facts(dataset, texts, trainer)
    checkpoints = out / CHECKPOINTS if resume else None
    with tracked(track if first else None, str(out), asdict(config) | facts, checkpoints) as run:
        if first:
            begin_run(out, config, resume=resume)
            trainer.add_callback(Recorder(run))
        trainer.accelerator.wait_for_everyone()
        with disk_watched(out):
            measured = trainer.train_from(last_checkpoint(out) if resume else None)
            if first:
                metrics = _trained(trainer, measured) | facts
                metrics["dataset"]["controls"] = dict(trainer.train_dataset.described()) if config.controls else {}
                figures = _finish(out, trainer, words, metrics, texts["validation"])
                final = {f"validation_{name}": value for name, value in figures.items()}
                run.keep(out, final, trainer.state.global_step)
    return out


def _facts(dataset: str, texts: Mapping[str, Sequence[str]], trainer: ColumnTrainer) -> dict[str, Any]:
    """What a run starts from, for metrics.json and trackers."""
    return {
        "parameters": trainer.model.num_parameters(),
        "dataset": {
            "source": str(dataset),
            "fingerprint": fingerprint(texts),
            "pieces": {split: len(found) for split, found in texts.items()},
            "usual_bar_width": usual_bar_width(texts["train"]),
        },
        "versions": _versions(),
    }


def _trained(trainer: ColumnTrainer, measured: Mapping[str, Any]) -> dict[str, Any]:
    """How a run went, for metrics.json."""
    return {
        "trained": {**measured, "ended": trainer.reason_of_end(), "log": trainer.state.log_history},
        "cpu_seconds": round(time.process_time(), 1),
    }


def usual_bar_width(texts: Iterable[str]) -> int | None:
    """Columns of the most frequent bar, None without bars."""
    widths = Counter(
        sum(1 for _ in run)
        for text in texts
        for system in columns.systems(text.split())
        for is_line, run in groupby(system[1:], key=columns.is_bar_line)
        if not is_line
    )
    return widths.most_common(1)[0][0] if widths else None


def _learn_tokenizer(texts: Sequence[str], config: TrainConfig, seed: int) -> BassTabTokenizer:
    """From the training split, and from what augmentation makes of it: else that would be spelt in characters."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    drawn = [change(text, chance) for change in augmentations(config, texts) for text in texts]
    return BassTabTokenizer.from_column_texts([*texts, *drawn], config.min_count, config.kind)


def augmentations(config: TrainConfig, texts: Sequence[str]) -> list[Transform]:
    """What changes training pieces by the configuration; without tunings there, as frequent as in the texts."""
    if not (config.transposed or config.relabelled):
        return []
    tunings = config.tunings or [next(columns.systems(text.split()))[0] for text in texts]
    return [Augmentation(config.transposed, config.relabelled, tunings)]


def _require_torch() -> None:
    try:
        import accelerate  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(error.name or "torch", "train") from error


def _arguments(out: Path, config: TrainConfig) -> TrainingArguments:
    """TrainingArguments of this process; making them connects it with the others."""
    from transformers import TrainingArguments

    values = _DEFAULTS | config.training
    values.setdefault("save_steps", values.get("eval_steps"))
    values |= {"output_dir": str(out / CHECKPOINTS), "report_to": []}
    try:
        return TrainingArguments(**values)
    except (TypeError, ValueError) as error:
        raise InputError(f"training: {error}") from error


def _trainer(
    arguments: TrainingArguments, config: TrainConfig, tokenizer: BassTabTokenizer, texts: dict[str, list[str]]
) -> ColumnTrainer:
    from transformers.trainer_callback import PrinterCallback
    from transformers.trainer_callback import ProgressCallback as DefaultProgress

    from basstab_hf.column_trainer import ColumnTrainer
    from basstab_hf.progress import TrainingBar

    blocks, validation = (
        [{"input_ids": ids} for ids in cut_blocks(texts[split], tokenizer, config.context)]
        for split in ("train", "validation")
    )
    probe = blocks[:: max(1, len(blocks) // _TRAIN_PROBE)][:_TRAIN_PROBE]
    pieces = TrainingPieces(
        texts["train"],
        tokenizer,
        config.context,
        transforms=augmentations(config, texts["train"]),
        controls=config.controls,
        fill_in_the_middle=config.fill_in_the_middle,
        short=config.short_context,
        short_epochs=_short_epochs(config, arguments, len(blocks)),
        seed=arguments.seed,
    )
    trainer = ColumnTrainer(
        tokenizer=tokenizer,
        model=new_model(config.model, tokenizer),
        args=arguments,
        train_dataset=pieces,
        eval_dataset={"train": probe, "validation": validation},
        data_collator=partial(pad_blocks, pad=tokenizer.pad_token_id),
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


def _finish(
    out: Path, trainer: ColumnTrainer, tokenizer: BassTabTokenizer, metrics: dict[str, Any], validation: list[str]
) -> dict[str, float]:
    """Write the model folder beside the checkpoints, move it into place, and drop the checkpoints.

    Returns what its weights cost on the validation split.
    """
    with files.writing(out / "finished", force=True) as folder:
        save_model(trainer.model, tokenizer, folder)
        draw_loss_curve(trainer.state.log_history, folder / "loss_curve.png")
        # Of the weights as saved, by the rule of `basstab evaluate`.
        figures = _with_cache(folder, validation)
        metrics = {"validation": figures, **metrics}
        (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    for path in (out / "finished").iterdir():
        path.replace(out / path.name)
    (out / "finished").rmdir()
    shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
    if reason := metrics["trained"]["ended"]:
        _LOG.warning(reason)
    return figures


def _with_cache(folder: Path, validation: list[str]) -> dict[str, float]:
    """Fit the match cache to the validation split, and say what it and the model alone cost."""
    pieces, counts = Scorer(folder).pieces(validation), [n_columns(text) for text in validation]
    cache = fit_cache(pieces)
    set_match_cache(folder, cache)
    return {
        "bits_per_column": bits_per_column([piece.nats(cache) for piece in pieces], counts),
        "bits_per_column_no_cache": bits_per_column([piece.nats() for piece in pieces], counts),
    }


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    packages = ("basstab-hf", "torch", "transformers", "tokenizers", "datasets", "accelerate")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}
