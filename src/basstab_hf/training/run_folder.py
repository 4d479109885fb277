"""The folder of a training run while it is unfinished: training.yaml and checkpoints/.

Input: the path given with --out. Output: whether a run may begin or go on there, and from which checkpoint.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from basstab_hf import files
from basstab_hf.errors import InputError, OutputError
from basstab_hf.files.own import clear
from basstab_hf.training.config import TrainConfig

CHECKPOINTS = "checkpoints"
#: Beside the checkpoints: what they cannot do without.
_BEGAN = "began.json"
#: Bytes below which a disk counts as full: less than a checkpoint of our smaller models.
_ROOM = 32 * 1024 * 1024

#: Bytes a parameter on disk: a checkpoint has it and the two averages of AdamW in 4 bytes each, a model has 2.
_BYTES_A_CHECKPOINT, _BYTES_A_MODEL = 12, 2


def check_place(out: Path, *, resume: bool, force: bool) -> None:
    """Refuse a folder where a run may not begin or go on, before any work is done.

    Raises:
        InputError: nothing to resume, or an unfinished run that is neither resumed nor replaced.
        OutputError: something else is there.
    """
    if resume:
        if last_checkpoint(out) is None:
            raise InputError(f"{out} has no checkpoint to resume from: train without --resume")
    elif last_checkpoint(out) and not force:
        raise InputError(f"{out} holds an unfinished run: add --resume to go on with it or --force to start anew")
    elif not _abandoned(out):
        files.check_free(out, force=force)


def begin_run(out: Path, config: TrainConfig, began: Mapping[str, Any], *, resume: bool) -> None:
    """Clear the folder for a new run, and write down what it runs with; `began`: see `check_begun`."""
    if out.exists() and not resume:
        clear(out)
    files.write_text(out / "training.yaml", yaml.safe_dump(asdict(config), sort_keys=False), force=True)
    files.write_text(out / CHECKPOINTS / _BEGAN, json.dumps(began, indent=2) + "\n", force=True)


def check_begun(out: Path, began: Mapping[str, Any]) -> None:
    """Refuse to go on with another dataset, tokenizer or network than a run began with: `began` tells them by name.

    Raises:
        InputError: one of them is another.
    """
    note = out / CHECKPOINTS / _BEGAN
    before = json.loads(files.read_bytes(note)) if note.is_file() else {}  # earlier versions wrote none
    if other := [name for name in before if before[name] != began.get(name)]:
        anew = "or start anew with --force in place of --resume"
        raise InputError(f"the run in {out} began with another {other[0]}: go on with that one, {anew}")


def last_checkpoint(out: Path) -> Path | None:
    """The newest checkpoint that is whole: the Trainer writes trainer_state.json last."""
    checkpoints = filter(_is_whole, (out / CHECKPOINTS).glob("checkpoint-*"))
    return max(checkpoints, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def check_room(out: Path, parameters: int, checkpoints: int | None) -> None:
    """Refuse to begin where the disk has no room for the checkpoints and the model.

    Args:
        parameters: of the network.
        checkpoints: how many are kept; None: all, of which as many as two are counted.

    Raises:
        OutputError: there is not.
    """
    kept = (checkpoints or 2) + 1  # the new one is written before the oldest goes
    needed = parameters * (_BYTES_A_CHECKPOINT * kept + _BYTES_A_MODEL)
    place = next(folder for folder in (out, *out.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    if free < needed:
        has = f"the disk of {out} has {free / 1e6:,.0f} MB left"
        raise OutputError(
            f"{has}, this run takes {needed / 1e6:,.0f}: make room, or set training.save_total_limit to 1"
        )


@contextmanager
def disk_watched(out: Path) -> Iterator[None]:
    """Say plainly that the disk is full, where torch and safetensors say that a stream broke.

    Raises:
        OutputError: the disk is full.
    """
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        if shutil.disk_usage(out).free > _ROOM:
            raise
        message = f"cannot write to {out}: the disk is full; make room, then go on with --resume"
        raise OutputError(message) from error


def _abandoned(out: Path) -> bool:
    """Whether a run ended here before its first checkpoint: there is nothing to lose."""
    return out.is_dir() and {path.name for path in out.iterdir()} <= {"training.yaml", CHECKPOINTS}


def _is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint was written to its end: a kill may leave half a trainer_state.json, or none."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_bytes())
    except (OSError, ValueError):
        return False
    return True
