"""Train a GPT-2 on a dataset of tabs with transformers' Trainer, in one process or in several.

Input: a dataset folder (or Hub id) with a `columns` field, and a `TrainConfig`. Output: a self-contained model folder.
While it runs the folder holds training.yaml and checkpoints/; when it ends, everything else and no checkpoints.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf import files
from basstab_hf.dataset.load import count_licences, fingerprint, load_facts, load_texts
from basstab_hf.evaluation.scoring import Scorer, bits_per_column, fit_cache, n_columns
from basstab_hf.generate.steering import CHORDS
from basstab_hf.model.folder import load_tokenizer, remember, save_model, set_match_cache
from basstab_hf.model.tunes import write_tunes
from basstab_hf.tab import columns
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.loss_curve import draw_loss_curve
from basstab_hf.training.processes import check_processes, share_batch
from basstab_hf.training.run_folder import CHECKPOINTS, begin_run, check_place, disk_watched, last_checkpoint
from basstab_hf.training.setup import learn_tokenizer, new_trainer, training_arguments
from basstab_hf.versions import versions

if TYPE_CHECKING:
    from basstab_hf.training.column_trainer import ColumnTrainer

_LOG = logging.getLogger(__name__)
#: The packages whose versions metrics.json tells.
_PACKAGES = ("basstab-hf", "torch", "transformers", "tokenizers", "datasets", "accelerate")


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
    out = Path(out)
    arguments = training_arguments(out, config)
    from transformers import set_seed

    from basstab_hf.tracking.tracker import Recorder, tracked

    check_processes(processes, arguments.world_size)
    share_batch(arguments)
    first = arguments.process_index == 0
    if first:
        check_place(out, resume=resume, force=force)
    texts = {split: load_texts(dataset, split) for split in ("train", "validation")}
    licences = count_licences(dataset, list(texts)) if first else {}
    set_seed(arguments.seed)
    words = load_tokenizer(tokenizer) if tokenizer else learn_tokenizer(texts["train"], config, arguments.seed)
    told = load_facts(dataset, "train") if config.controls else []
    trainer = new_trainer(arguments, config, words, texts, told)
    facts = {"parameters": trainer.model.num_parameters()} | dataset_facts(dataset, texts)
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
                metrics["dataset"][CHORDS] = trainer.train_dataset.n_with_chords
                metrics["dataset"]["licences"] = licences
                figures = _finish(out, trainer, words, metrics, texts)
                final = {f"validation_{name}": value for name, value in figures.items()}
                run.keep(out, final, trainer.state.global_step)
    return out


def dataset_facts(dataset: str, texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What a run or search starts from, for metrics.json and trackers."""
    return {
        "dataset": {
            "source": str(dataset),
            "fingerprint": fingerprint(texts),
            "pieces": {split: len(pieces) for split, pieces in texts.items()},
            "usual_bar_width": usual_bar_width(texts["train"]),
        },
        "versions": versions(_PACKAGES),
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


def _finish(
    out: Path,
    trainer: ColumnTrainer,
    tokenizer: BassTabTokenizer,
    metrics: dict[str, Any],
    texts: Mapping[str, list[str]],
) -> dict[str, float]:
    """Write the model folder beside the checkpoints, move it into place, and drop the checkpoints.

    Returns what its weights cost on the validation split.
    """
    with files.writing(out / "finished", force=True) as folder:
        save_model(trainer.model, tokenizer, folder)
        draw_loss_curve(trainer.state.log_history, folder / "loss_curve.png")
        write_tunes(folder, texts["train"])
        # For the weights as they are saved, and computed as `basstab evaluate` does.
        figures = _with_cache(folder, texts["validation"])
        metrics = {"validation": figures, **metrics}
        (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
        remember(folder, out / "training.yaml")
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
