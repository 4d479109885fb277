"""Search for a good training configuration: from a dataset to best.yaml, tables, a report and the best trial's model.

Input: a dataset, a `SearchConfig`, a folder. While it runs the folder holds search.yaml, search.json and, unless they
are kept elsewhere, trials/; when it ends, everything else and no trials/.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from basstab_hf import files
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import InputError, OutputError, TrainingError
from basstab_hf.files.own import clear
from basstab_hf.locks import held
from basstab_hf.ray_cluster import connected
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.report import write_report
from basstab_hf.search.results import write_results
from basstab_hf.search.storage import Storage
from basstab_hf.search.tracked import TrackedTrials
from basstab_hf.search.trial import TOKENIZER, Note
from basstab_hf.search.trials import FAILED, PRUNED, Listener, Trial, best
from basstab_hf.search.tuner import Outcome, Room, run_search
from basstab_hf.training.checks import check_names
from basstab_hf.training.run_folder import CHECKPOINTS
from basstab_hf.training.setup import training_arguments
from basstab_hf.training.train import dataset_facts, train

#: Files with the configuration of an unfinished or finished search, and with what else it began with.
_CONFIG, _BEGAN = "search.yaml", "search.json"
_FORMAT = 1
BEST, MODEL = "best.yaml", "model"


def search(
    dataset: str,
    out: str | os.PathLike[str],
    config: SearchConfig,
    *,
    resume: bool = False,
    force: bool = False,
    address: str = "local",
    storage: str | None = None,
    track: str = "none",
    listeners: Sequence[Listener] = (),
) -> Trial:
    """Search, and write what came of it to `out`; the best trial.

    Args:
        dataset: a folder that `basstab build` wrote, or the id of such a dataset on the Hub; workers read it, too.
        resume: go on with the unfinished search in `out`, with what it began with.
        force: replace what is at `out`.
        address: of a Ray cluster ("auto", HOST:PORT), or "local" for one on this machine.
        storage: where unfinished trials are kept, a path or URL that all workers reach; `out` itself if left out.
        track: where search and trials are recorded: "mlflow", "trackio" or "none".
        listeners: who is told how it goes.

    Raises:
        InputError: an unusable dataset or configuration; no cluster there; nothing to resume.
        OutputError: `out` is taken.
        TrainingError: no trial came to its end.
        KeyboardInterrupt: it was interrupted, and can be resumed.
    """
    out = Path(out).absolute()
    _check_trainings(config, address)
    dataset = str(Path(dataset).absolute()) if Path(dataset).exists() else dataset
    facts = dataset_facts(dataset, {split: load_texts(dataset, split) for split in ("train", "validation")})
    kept = storage if storage and "://" in storage else str(Path(storage or out).absolute())
    began = _Beginning(facts["dataset"]["fingerprint"], kept, track)
    if resume:
        began = _Beginning.of(out, facts["dataset"]["fingerprint"])
    store = Storage.open(began.storage)
    with held(out):  # tells at once of a search that goes on there
        if not resume:
            _check_place(out, began, store, force=force)
    settings = asdict(config) | {"space": {name: json.dumps(about) for name, about in config.space.items()}}
    tracked = TrackedTrials(began.track, out, settings, facts, lambda chosen: asdict(config.configured(chosen, 1)))
    told = (*listeners, tracked)
    with held(out), connected(address) as ray, _told_of_the_end(told):
        if not resume:
            _check_place(out, began, store, force=force)  # another search may have come and gone meanwhile
            _begin(out, config, began, store)
        tracked.begin()
        outcome = run_search(ray, dataset, config, store, told, resume=resume and store.holds_search())
        winner = _finish(dataset, out, config, outcome, tracked)
    store.clear()
    return winner


def _check_trainings(config: SearchConfig, address: str) -> None:
    """Refuse what trials could not train with, before a cluster is started for them.

    Raises:
        InputError: a setting that transformers does not have or take; not enough processors on this machine.
    """
    is_here = address == "local"
    if is_here:
        import torch

        Room.of(config, {"CPU": os.cpu_count() or 1, "GPU": torch.cuda.device_count()})
    for chosen in config.corners():
        training = config.configured(chosen, steps=config.budget.evaluations)
        if is_here:
            training_arguments(Path(), training)
        else:  # other machines may be able to do more than this one
            check_names(training)


@contextmanager
def _told_of_the_end(listeners: Sequence[Listener]) -> Iterator[None]:
    """Tell how the block ended."""
    state = "failed"
    try:
        yield
        state = "finished"
    except (KeyboardInterrupt, SystemExit):
        state = "killed"
        raise
    finally:
        for listener in listeners:
            listener.close(state)


def resumable(out: str | os.PathLike[str]) -> SearchConfig:
    """The configuration of the unfinished search in `out`.

    Raises:
        InputError: there is none.
    """
    folder = Path(out)
    if not (folder / _BEGAN).is_file() or not (folder / _CONFIG).is_file():
        raise InputError(f"{out} has no search to go on with: leave --resume out")
    if (folder / BEST).is_file():
        raise InputError(f"{out} holds a finished search: there is nothing to go on with")
    return SearchConfig.read(folder / _CONFIG)


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What a search goes on with, whatever is asked later; kept in search.json."""

    fingerprint: str
    storage: str
    track: str
    format: int = _FORMAT

    @classmethod
    def of(cls, out: Path, fingerprint: str) -> _Beginning:
        """What the search in `out` began with; InputError if that was another dataset."""
        try:
            began = cls(**json.loads(files.read_bytes(out / _BEGAN)))
        except (ValueError, TypeError) as error:
            raise InputError(f"{out / _BEGAN} is no file of a search: {error}") from error
        if began.format != _FORMAT:
            raise InputError(f"{out / _BEGAN} has format {began.format}: a newer basstab wrote it, update yours")
        if began.fingerprint != fingerprint:
            raise InputError(f"the search in {out} began with another dataset: go on with that one, or start anew")
        return began


def _check_place(out: Path, began: _Beginning, store: Storage, *, force: bool) -> None:
    """Refuse folders that are taken, before any work is done."""
    if (out / _BEGAN).is_file() and not (out / BEST).is_file() and not force:
        raise InputError(f"{out} holds an unfinished search: add --resume to go on with it or --force to start anew")
    files.check_free(out, force=force)
    if store.holds_search() and not force:
        raise OutputError(f"{began.storage} holds an unfinished search: choose another --storage, or add --force")


def _begin(out: Path, config: SearchConfig, began: _Beginning, store: Storage) -> None:
    """Clear the folders for a new search, and write down what it begins with."""
    if out.exists():
        clear(out)
    store.clear()
    files.write_text(out / _CONFIG, yaml.safe_dump(asdict(config), sort_keys=False, allow_unicode=True))
    files.write_text(out / _BEGAN, json.dumps(asdict(began), indent=2) + "\n")


def _finish(dataset: str, out: Path, config: SearchConfig, outcome: Outcome, tracked: TrackedTrials) -> Trial:
    """Write everything; best.yaml comes last and says that it is all there."""
    logarithmic = [parameter.name for parameter in config.parameters if parameter.log]
    write_results(outcome.trials, out, force=True)
    write_report(outcome.trials, out, about=config.about, dataset=dataset, log=logarithmic, force=True)
    winner = best(outcome.trials)
    if winner is None:
        raise TrainingError(f"no trial came to its end: {_why(outcome.trials)}; {out / 'report.html'} tells more")
    note = _write_model(dataset, out / MODEL, winner, outcome.checkpoints[winner.id], len(outcome.trials))
    metrics = json.loads(files.read_bytes(out / MODEL / "metrics.json"))
    tracked.keep(out / MODEL, {f"validation_{name}": value for name, value in metrics["validation"].items()})
    about = f"Trial {winner.number} of {len(outcome.trials)}: {winner.bits_per_column:.4f} bits per column, validation."
    best_config = asdict(replace(note.config, about=about))
    files.write_text(out / BEST, yaml.safe_dump(best_config, sort_keys=False, allow_unicode=True), force=True)
    return winner


def _write_model(dataset: str, folder: Path, winner: Trial, checkpoint: Any, trials: int) -> Note:
    """Finish the best trial as `train` finishes a run that was killed behind its last checkpoint."""
    shutil.rmtree(folder, ignore_errors=True)
    checkpoint.to_directory(folder / CHECKPOINTS)
    note = Note.read(folder / CHECKPOINTS)
    train(dataset, folder, note.config, tokenizer=str(folder / CHECKPOINTS / TOKENIZER), resume=True)
    metrics = json.loads(files.read_bytes(folder / "metrics.json"))
    metrics["cpu_seconds"] = winner.evaluations[-1].cpu_seconds
    metrics["search"] = {"trial": winner.number, "trials": trials, "parameters": dict(winner.parameters)}
    files.write_text(folder / "metrics.json", json.dumps(metrics, indent=2) + "\n", force=True)
    return note


def _why(trials: Sequence[Trial]) -> str:
    failed = [trial for trial in trials if trial.state == FAILED]
    pruned = sum(trial.state == PRUNED for trial in trials)
    reasons = f"{len(failed)} failed ({failed[0].reason})" if failed else "none failed"
    return f"{reasons}, {pruned} were pruned"
