"""What the commands share: data to stdout, messages and progress to stderr."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def say(message: str) -> None:
    """A message for people."""
    print(message, file=sys.stderr)


def print_json(value: Any) -> None:
    """The one JSON document of `--json`."""
    import json

    print(json.dumps(value, indent=2, ensure_ascii=False))


def progress(options: argparse.Namespace) -> bool:
    """Whether to show progress bars."""
    return bool(options.progress) or sys.stderr.isatty()


def hush_transformers() -> None:
    """Its bars for loading and saving weights say nothing about models of a megabyte."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
