"""Train a GPT-2 on a dataset of tabs with transformers' Trainer.

Input: a dataset folder (or Hub id) with a `columns` field, and a `TrainConfig`. Output: a self-contained model folder.
While it runs the folder holds training.yaml and checkpoints/; when it ends, everything else and no checkpoints.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from basstab_hf import columns, files
from basstab_hf.dataset.load import fingerprint, load_texts
from basstab_hf.errors import BasstabError, InputError, MissingExtraError, OutputError
from basstab_hf.evaluation import Scorer, bits_per_column, n_columns
from basstab_hf.loss_curve import draw_loss_curve
from basstab_hf.model import new_model
from basstab_hf.tokenization_basstab import BassTabTokenizer
from basstab_hf.train_config import TrainConfig
from basstab_hf.training_data import cut_blocks, pad_blocks

if TYPE_CHECKING:
    from transformers import Trainer, TrainingArguments

CHECKPOINTS = "checkpoints"
#: Values of TrainingArguments that hold for every run here unless a configuration says otherwise.
_DEFAULTS: dict[str, Any] = {
    "eval_strategy": "steps",
    "save_strategy": "steps",
    "save_total_limit": 2,
    "load_best_model_at_end": True,
    "metric_for_best_model": "eval_validation_loss",
    "greater_is_better": False,
    "dataloader_pin_memory": False,
    "train_sampling_strategy": "group_by_length",
    "disable_tqdm": False,
    "log_level": "error",
}
#: Training blocks on which the loss is estimated beside the validation blocks, as the seed's estimate_loss does.
_TRAIN_PROBE = 24
#: Bytes below which a disk counts as full: less than a checkpoint of our smaller models.
_ROOM = 32 * 1024 * 1024


def train(
    dataset: str,
    out: str | os.PathLike[str],
    config: TrainConfig,
    *,
    tokenizer: str | None = None,
    resume: bool = False,
    force: bool = False,
    track: str = "none",
) -> Path:
    """Train and write a self-contained model folder at `out`.

    Args:
        dataset: a folder that `basstab build` wrote, or the id of such a dataset on the Hub.
        tokenizer: a saved tokenizer; without it one is made from the training split.
        resume: go on from the last checkpoint in `out`.
        force: replace what is at `out`.
        track: where metrics go besides the folder: "mlflow", "trackio" or "none".

    Raises:
        InputError: an unusable dataset, tokenizer or configuration; nothing to resume.
        OutputError: `out` is taken.
    """
    _require_torch()
    from transformers import set_seed

    from basstab_hf.tracking import Recorder, tracked

    out = Path(out)
    _check(out, resume=resume, force=force)
    texts = {split: load_texts(dataset, split) for split in ("train", "validation")}
    set_seed(int(config.training.get("seed", 42)))
    words = (
        load_tokenizer(tokenizer)
        if tokenizer
        else BassTabTokenizer.from_column_texts(texts["train"], config.min_count, config.kind)
    )
    trainer = _trainer(out, config, words, texts)
    facts = {
        "parameters": trainer.model.num_parameters(),
        "dataset": {
            "source": str(dataset),
            "fingerprint": fingerprint(texts),
            "pieces": {split: len(found) for split, found in texts.items()},
            "usual_bar_width": usual_bar_width(texts["train"]),
        },
        "versions": _versions(),
    }
    tracker = track if trainer.is_world_process_zero() else "none"
    checkpoints = out / CHECKPOINTS if resume else None
    with tracked(tracker, str(out), asdict(config) | facts, resumed_from=checkpoints) as run:
        trainer.add_callback(Recorder(run))
        _begin(out, config, resume=resume)
        with _disk_watched(out):
            result = trainer.train(resume_from_checkpoint=str(last_checkpoint(out)) if resume else None)
            metrics = {"trained": {**result.metrics, "log": trainer.state.log_history}, **facts}
            bits = _finish(out, trainer, words, metrics, texts["validation"])
        run.keep(out, {"validation_bits_per_column": bits})
    return out


@contextmanager
def _disk_watched(out: Path) -> Iterator[None]:
    """torch and safetensors say of a full disk that a stream broke: say it plainly."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        if shutil.disk_usage(out).free > _ROOM:
            raise
        message = f"cannot write to {out}: the disk is full; make room, then go on with --resume"
        raise OutputError(message) from error


def load_tokenizer(folder: str | os.PathLike[str]) -> BassTabTokenizer:
    """Load a saved tokenizer.

    Raises:
        InputError: no tokenizer lies there.
    """
    if not (Path(folder) / "tokenizer.json").is_file():
        raise InputError(f"{folder} holds no tokenizer.json: make one with `basstab tokenizer DATASET --out {folder}`")
    try:
        tokenizer: BassTabTokenizer = BassTabTokenizer.from_pretrained(str(folder))
    except BasstabError:
        raise
    except Exception as error:  # tokenizers raises bare Exception for a broken file
        raise InputError(f"{folder}/tokenizer.json cannot be read: {error}") from error
    return tokenizer


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


def _require_torch() -> None:
    try:
        import accelerate  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(error.name or "torch", "train") from error


def _check(out: Path, *, resume: bool, force: bool) -> None:
    """Refuse a place where a run may not begin or go on, before any work is done."""
    if resume:
        if last_checkpoint(out) is None:
            raise InputError(f"{out} has no checkpoint to resume from: train without --resume")
    elif last_checkpoint(out) and not force:
        raise InputError(f"{out} holds an unfinished run: add --resume to go on with it or --force to start anew")
    elif not _abandoned(out):
        files.check_free(out, force=force)


def _abandoned(out: Path) -> bool:
    """Whether a run ended here before its first checkpoint: there is nothing to lose."""
    return out.is_dir() and {path.name for path in out.iterdir()} <= {"training.yaml", CHECKPOINTS}


def _begin(out: Path, config: TrainConfig, *, resume: bool) -> None:
    """Clear the folder for a new run, and write down what it runs with."""
    if out.exists() and not resume:
        shutil.rmtree(out)
    files.write_text(out / "training.yaml", yaml.safe_dump(asdict(config), sort_keys=False), force=True)


def last_checkpoint(out: Path) -> Path | None:
    """The newest checkpoint that is whole: the Trainer writes trainer_state.json last."""
    found = (out / CHECKPOINTS).glob("checkpoint-*/trainer_state.json")
    return max((path.parent for path in found), key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _trainer(out: Path, config: TrainConfig, tokenizer: BassTabTokenizer, texts: dict[str, list[str]]) -> Trainer:
    from transformers.trainer_callback import PrinterCallback
    from transformers.trainer_callback import ProgressCallback as DefaultProgress

    from basstab_hf.column_trainer import ColumnTrainer
    from basstab_hf.progress import TrainingBar

    blocks, validation = (
        [{"input_ids": ids} for ids in cut_blocks(texts[split], tokenizer, config.context)]
        for split in ("train", "validation")
    )
    probe = blocks[:: max(1, len(blocks) // _TRAIN_PROBE)][:_TRAIN_PROBE]
    trainer = ColumnTrainer(
        tokenizer=tokenizer,
        model=new_model(config.model, tokenizer),
        args=_arguments(out, config),
        train_dataset=blocks,
        eval_dataset={"train": probe, "validation": validation},
        data_collator=partial(pad_blocks, pad=tokenizer.pad_token_id),
    )
    trainer.remove_callback(DefaultProgress)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(TrainingBar)
    return trainer


def _arguments(out: Path, config: TrainConfig) -> TrainingArguments:
    from transformers import TrainingArguments

    values = _DEFAULTS | config.training
    values.setdefault("save_steps", values.get("eval_steps"))
    values["output_dir"] = str(out / CHECKPOINTS)
    try:
        return TrainingArguments(**values)
    except (TypeError, ValueError) as error:
        raise InputError(f"training: {error}") from error


def _finish(
    out: Path, trainer: Trainer, tokenizer: BassTabTokenizer, metrics: dict[str, Any], validation: list[str]
) -> float:
    """Write the model folder beside the checkpoints, move it into place, and drop the checkpoints.

    Returns its bits per column on the validation split.
    """
    with files.writing(out / "finished", force=True) as folder:
        save_model(trainer.model, tokenizer, folder)
        draw_loss_curve(trainer.state.log_history, folder / "loss_curve.png")
        # Of the weights as saved, by the rule of `basstab evaluate`.
        bits = bits_per_column(Scorer(folder).nats(validation), [n_columns(text) for text in validation])
        metrics = {"validation": {"bits_per_column": bits}, **metrics}
        (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    for path in (out / "finished").iterdir():
        path.replace(out / path.name)
    (out / "finished").rmdir()
    shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
    return bits


def save_model(model: Any, tokenizer: BassTabTokenizer, folder: Path) -> None:
    """Save weights as fp16 under a configuration that loads them as float32, with the tokenizer and its code."""
    import torch

    model = model.to("cpu", torch.float16)
    model.generation_config.update(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        do_sample=True,
        temperature=1.0,
        top_p=0.95,
        max_new_tokens=min(256, model.config.n_positions // 2),
    )
    model.config.use_cache = True
    model.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)  # safetensors leaves it readable by its owner alone
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["dtype"] = "float32"
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    tokenizer.model_max_length = model.config.n_positions
    tokenizer.save_pretrained(folder)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    packages = ("basstab-hf", "torch", "transformers", "tokenizers", "datasets", "accelerate")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}
