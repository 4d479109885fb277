"""What the commands share: data to stdout, messages and progress to stderr."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from basstab_hf.printing.foreign import visible

if TYPE_CHECKING:
    from pathlib import Path


def say(message: str) -> None:
    """A message for people."""
    print(visible(message), file=sys.stderr)


def show(text: str, end: str = "\n") -> None:
    """What a command is asked for, with words of others in it, such as titles and names."""
    print(visible(text), end=end, flush=True)


def print_json(value: Any) -> None:
    """The one JSON document of `--json`."""
    import json

    print(visible(json.dumps(value, indent=2, ensure_ascii=False)))


def check_folders(options: argparse.Namespace) -> None:
    """Refuse, before any work is done, to write into folders that are not there: to make them would hide a typo.

    What --out or OUT names itself may be a new file or folder.

    Raises:
        OutputError: a folder is not there, may not be written to, or its disk has no room for what the command writes.
    """
    out = getattr(options, "out", None) or getattr(options, "target", None)
    if out:
        from pathlib import Path

        from basstab_hf.files import check_folder

        for path in [out] if isinstance(out, str) else out:
            check_folder(Path(path).parent)
            _check_room(Path(path), options.command.room)


def _check_room(path: Path, megabytes: int) -> None:
    import shutil

    free = shutil.disk_usage(path.parent).free // 1_000_000
    if free < megabytes:
        from basstab_hf.errors import OutputError

        raise OutputError(f"cannot write {path}: its disk has {free} MB left, this takes some {megabytes}: make room")


def progress(options: argparse.Namespace) -> bool:
    """Whether to show progress bars."""
    return bool(options.progress) or sys.stderr.isatty()


def hush_transformers() -> None:
    """Its bars for loading and saving weights say nothing about models of a megabyte."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
