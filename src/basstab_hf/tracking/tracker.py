"""Training runs recorded in MLflow or trackio: parameters, figures over steps, and in MLflow the model, registered.

Input: what a run is, and what the Trainer logs. Output: one run of the project `basstab_hf`, marked in MLflow as
finished, failed or killed; a resumed training goes on in the run that it began.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from transformers import TrainerCallback

from basstab_hf import files
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.modules import TRACKERS
from basstab_hf.printing.foreign import one_line, visible
from basstab_hf.sigterm import ended_by_sigterm
from basstab_hf.tracking.mlflow_store import Role

#: Beside the checkpoints, for a training that is resumed: name of the tracker and id of the run.
_NOTE = "run.json"


class Tracker(Protocol):
    """One run in a store."""

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Add figures of a step."""

    def log_all(self, figures: Mapping[int, Mapping[str, float]]) -> None:
        """Add figures by step, in order; those that the store has are not sent again."""

    def keep(self, model: Path, figures: Mapping[str, float], step: int) -> None:
        """Add the final figures, and the finished model folder where the store keeps models."""

    def note(self) -> dict[str, str]:
        """What a resumed training needs to find this run."""

    def end(self, state: str, tags: Mapping[str, str] | None = None) -> None:
        """Close the run: FINISHED, FAILED or KILLED; `tags` say more of how it ended, where the store has tags."""


class Recorder(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Hands what the Trainer logs to a tracker."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note the run beside its checkpoints."""
        if note := self._tracker.note():
            files.write_text(Path(args.output_dir) / _NOTE, json.dumps(note) + "\n", force=True)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Record the figures among it."""
        figures = {name: value for name, value in (logs or {}).items() if isinstance(value, int | float)}
        self._tracker.log(figures, state.global_step)


@contextmanager
def tracked(
    tracker: str | None, name: str, parameters: Mapping[str, Any], resumed_from: Path | None = None
) -> Iterator[Tracker]:
    """A run that ends with the block: finished, failed where that raises, killed at Ctrl-C and SIGTERM.

    Args:
        tracker: "mlflow", "trackio" or "none"; None: another process records this run.
        parameters: what the run is, as nested mappings; git revision and state of the current folder join them.
        resumed_from: folder of checkpoints to go on from; the run that wrote them goes on, whatever `tracker` says.

    Raises:
        InputError: the store cannot be opened, or does not have the run to go on with.
        MissingExtraError: the tracker is not installed.
    """
    note = _read_note(resumed_from) if tracker else {}
    run = open_run(note.get("tracker", tracker), name, parameters, note.get("id"))
    state = "KILLED"
    try:
        with ended_by_sigterm():
            yield run
        state = "FINISHED"
    except Exception:
        state = "FAILED"
        raise
    finally:
        run.end(state)


def open_run(
    tracker: str | None,
    name: str,
    parameters: Mapping[str, Any],
    resumed: str | None = None,
    role: Role | None = None,
) -> Tracker:
    """A run that its user ends: a new one, or the one whose id is `resumed`.

    Raises:
        InputError: the store cannot be opened, or does not have the run to go on with.
        MissingExtraError: the tracker is not installed.
    """
    if tracker is None or tracker == "none":
        return _Untracked()
    if tracker not in TRACKERS:
        raise InputError(f"there is no tracker {tracker}: choose one of {', '.join(TRACKERS)}")
    if find_spec(tracker) is None:
        raise MissingExtraError(tracker, "track")
    begin = import_module(f"basstab_hf.tracking.{tracker}_tracker").Run
    values = {visible(key): visible(value) for key, value in (flatten(parameters) | git_revision()).items()}
    run: Tracker = begin(one_line(name), values, resumed, role)
    return run


def _read_note(checkpoints: Path | None) -> dict[str, str]:
    if checkpoints is None or not (checkpoints / _NOTE).is_file():
        return {}
    note: dict[str, str] = json.loads(files.read_bytes(checkpoints / _NOTE))
    return note


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested mappings as one: {"a": {"b": 1}} -> {"a.b": "1"}."""
    flat: dict[str, str] = {}
    for name, value in values.items():
        nested = isinstance(value, Mapping)
        flat |= flatten(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": str(value)}
    return flat


def git_revision() -> dict[str, str]:
    """Revision of the git checkout that the current folder is in, and whether its files were changed since; or {}."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)  # noqa: S603, S607
        return done.stdout.strip()

    try:
        revision, changed = git("rev-parse", "HEAD"), git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):  # no git, no checkout, or one without a commit
        return {}
    return {"git.revision": revision, "git.changed": "yes" if changed else "no"}


class _Untracked:
    """A run that nobody records."""

    def log(self, figures: Mapping[str, float], step: int) -> None: ...

    def log_all(self, figures: Mapping[int, Mapping[str, float]]) -> None: ...

    def keep(self, model: Path, figures: Mapping[str, float], step: int) -> None: ...

    def note(self) -> dict[str, str]:
        return {}

    def end(self, state: str, tags: Mapping[str, str] | None = None) -> None: ...
