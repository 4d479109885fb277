"""Train a GPT-2 on tabs with transformers' Trainer, in one process or in several, from nothing or from another model.

Input: a dataset folder (or Hub id) with a `columns` field, or files of tabs, and a `TrainConfig`. Output: a
self-contained model folder.
While it runs the folder holds training.yaml and checkpoints/; when it ends, everything else and no checkpoints.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf import files
from basstab_hf.dataset.load import fingerprint
from basstab_hf.errors import InputError
from basstab_hf.evaluation.cross_fit import cross_fitted
from basstab_hf.evaluation.mixed import fitted_mixing
from basstab_hf.evaluation.scoring import Scorer, bits_per_column, fit_cache, n_columns
from basstab_hf.files.own import move_into
from basstab_hf.generate.steering import CHORDS
from basstab_hf.locks import held
from basstab_hf.model.folder import load_tokenizer, remember, save_model, set_match_cache
from basstab_hf.model.match_cache import USUAL
from basstab_hf.model.mixture_weights import MIXTURE_FILE
from basstab_hf.model.tunes import write_tunes
from basstab_hf.tab import columns
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.tracking.tracker import git_revision
from basstab_hf.training.base import Base, mix_in_base
from basstab_hf.training.checks import warmup_told
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.device import precision_told
from basstab_hf.training.loss_curve import draw_loss_curve
from basstab_hf.training.material import Material, read_material
from basstab_hf.training.processes import check_processes, share_batch
from basstab_hf.training.run_folder import (
    CHECKPOINTS,
    begin_run,
    check_begun,
    check_place,
    check_room,
    disk_watched,
    last_checkpoint,
)
from basstab_hf.training.setup import learn_tokenizer, new_trainer, training_arguments
from basstab_hf.versions import versions

if TYPE_CHECKING:
    from transformers import TrainingArguments

    from basstab_hf.training.column_trainer import ColumnTrainer

_LOG = logging.getLogger(__name__)
#: The packages whose versions metrics.json tells.
_PACKAGES = ("basstab-hf", "torch", "transformers", "tokenizers", "datasets", "accelerate")


def train(
    dataset: str | Sequence[str],
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
        dataset: a folder that `basstab build` wrote, or the id of such a dataset on the Hub; or files and folders of
            tabs, which are built into one on the way.
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
    base = Base.of(config)
    if base:
        config = base.fitted(config)
        _check_base(base, out, tokenizer)
    arguments = training_arguments(out, config)
    from transformers import set_seed

    from basstab_hf.tracking.tracker import Recorder, tracked

    check_processes(processes, arguments.world_size)
    share_batch(arguments)
    first = arguments.process_index == 0
    if first:
        with held(out):  # tells at once of a run that goes on there
            check_place(out, resume=resume, force=force)
        for line in filter(None, (precision_told(config.training), warmup_told(arguments))):
            _LOG.warning(line)
    sources = [dataset] if isinstance(dataset, str) else dataset
    material = read_material(sources, facts=config.controls > 0)
    if first:
        for line in material.told:
            _LOG.warning(line)
    set_seed(arguments.seed)
    words = load_tokenizer(tokenizer) if tokenizer else learn_tokenizer(material.train, config, arguments.seed)
    if first and base:
        _tell_growth(base, len(words) - len(base.tokenizer))
    trainer = new_trainer(arguments, config, words, material.texts, material.facts)
    facts = {"parameters": trainer.model.num_parameters(), **_computed(arguments)}
    facts |= dataset_facts(material.source, material.texts)
    config = replace(config, training=config.training | {"seed": arguments.seed})
    began = {"dataset": facts["dataset"]["fingerprint"], "tokenizer": _hashed(words.get_vocab()), "model": config.model}
    if first:
        check_room(out, facts["parameters"], arguments.save_total_limit)
    if first and resume:
        check_begun(out, began)
    checkpoints = out / CHECKPOINTS if resume else None
    run_of = tracked(track if first else None, str(out), asdict(config) | facts, checkpoints)
    with held(out) if first else nullcontext(), run_of as run:
        if first:
            check_place(out, resume=resume, force=force)  # another run may have come and gone meanwhile
            begin_run(out, config, began, resume=resume)
            trainer.add_callback(Recorder(run))
        trainer.accelerator.wait_for_everyone()
        with disk_watched(out):
            measured = trainer.train_from(last_checkpoint(out) if resume else None)
            if first:
                metrics = _trained(trainer, measured) | facts | _learnt(trainer, config, material, base, facts)
                figures = _finish(out, trainer, config, words, metrics, material, base)
                final = {f"validation_{name}": value for name, value in figures.items()}
                run.keep(out, final, trainer.state.global_step)
    return out


def _check_base(base: Base, out: Path, tokenizer: str | None) -> None:
    """Refuse what cannot go on from a model.

    Raises:
        InputError: another tokenizer than the model's, or its own folder as the place to write to.
    """
    if tokenizer:
        raise InputError(f"{base.name} keeps its own tokenizer: leave --tokenizer or --from out")
    if base.folder.resolve() == out.resolve():
        raise InputError(f"{out} is the model to go on from: choose another --out")


def _tell_growth(base: Base, grown: int) -> None:
    tokens = f"{grown} new tokens" if grown else "no new token"
    _LOG.warning("from %s: its %d tokens and %s", base.name, len(base.tokenizer), tokens)


def _learnt(
    trainer: ColumnTrainer, config: TrainConfig, material: Material, base: Base | None, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """What was learnt of controls and chords, and by which rights, for metrics.json: with what the base learnt."""
    pieces = trainer.train_dataset
    counts = {
        "controls": dict(pieces.described()) if config.controls else {},
        "licences": dict(material.licences),
    }
    chords = pieces.n_with_chords
    if base is None:
        return {"dataset": {**facts["dataset"], **counts, CHORDS: chords}}
    before = base.metrics.get("dataset", {})
    for name, count in counts.items():
        counts[name] = dict(Counter(before.get(name, {})) + Counter(count))
    learnt = {**facts["dataset"], **counts, CHORDS: chords + before.get(CHORDS, 0)}
    return {"base_model": base.name, "dataset": learnt}


def dataset_facts(dataset: str, texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What a run or search starts from, for metrics.json and trackers."""
    return {
        "dataset": {
            "source": str(dataset),
            "fingerprint": fingerprint(texts),
            "pieces": {split: len(pieces) for split, pieces in texts.items()},
            "usual_bar_width": usual_bar_width(texts["train"]),
        },
        "git": {name.removeprefix("git."): value for name, value in git_revision().items()},
        "versions": versions(_PACKAGES),
    }


def _hashed(values: Any) -> str:
    """SHA-256 of what JSON can hold."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _computed(arguments: TrainingArguments) -> dict[str, Any]:
    """What else decides about the weights of a run, for metrics.json."""
    precision = "bfloat16" if arguments.bf16 else "float16" if arguments.fp16 else "float32"
    return {"seed": arguments.seed, "device": arguments.device.type, "precision": precision}


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
    config: TrainConfig,
    tokenizer: BassTabTokenizer,
    metrics: dict[str, Any],
    material: Material,
    base: Base | None,
) -> dict[str, float]:
    """Write the model folder beside the checkpoints, move it into place, and drop the checkpoints.

    Returns what its weights cost on the validation split.
    """
    with files.writing(out / "finished", force=True) as folder:
        mix_in_base(trainer.model, config, tokenizer)
        save_model(trainer.model, tokenizer, folder)
        draw_loss_curve(trainer.state.log_history, folder / "loss_curve.png")
        write_tunes(folder, material.train, base.tunes if base else ())
        # For the weights as they are saved, and computed as `basstab evaluate` does.
        figures = _with_cache(folder, material, base)
        metrics = {"validation": figures, **metrics}
        (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
        remember(folder, out / "training.yaml")
    move_into(out / "finished", out)
    shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
    if reason := metrics["trained"]["ended"]:
        _LOG.warning(reason)
    return figures


def _with_cache(folder: Path, material: Material, base: Base | None) -> dict[str, float]:
    """Fit match cache and mixture to the validation split, and say what pieces cost with fits to others, and without.

    Where that is what the run learnt from, both stay as the base has them: they would seem useless. How much of them
    counts while tabs are written stays in any case.
    """
    texts = list(material.validation)
    scorer, counts = Scorer(folder), [n_columns(text) for text in texts]
    pieces = scorer.pieces(texts)
    before = base.cache if base else None
    cache = fit_cache(pieces) if material.judged_apart else before or USUAL
    if before:
        cache = replace(cache, share=before.share)
    set_match_cache(folder, cache)
    mixing, mixed = fitted_mixing(scorer, texts, base.folder if base else None, fit=material.judged_apart)
    mixing.weights.save(folder / MIXTURE_FILE)
    return {
        "bits_per_column": bits_per_column(mixed, counts),
        "bits_per_column_match_cache": bits_per_column(cross_fitted(pieces), counts),
        "bits_per_column_no_cache": bits_per_column([piece.nats() for piece in pieces], counts),
    }
