"""`basstab`: one verb a stage. Parses, calls, tells what went wrong; what a verb does is in `commands`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from basstab_hf.arguments import parse
from basstab_hf.commands import about, gather, learn, share, show, write
from basstab_hf.errors import BasstabError
from basstab_hf.processes import rank

_OK, _FAILED, _INTERRUPTED = 0, 1, 130
_SECONDS_FOR_THE_FIRST = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 a BasstabError, 2 wrong usage, 130 interrupted."""
    options = parse(arguments)
    logging.basicConfig(level=logging.DEBUG if options.debug else logging.WARNING, format="basstab: %(message)s")
    try:
        _RUN[options.verb](options)
        sys.stdout.flush()
    except BasstabError as error:
        return _fail(options, str(error), _FAILED)
    except KeyboardInterrupt:
        return _fail(options, f"interrupted{_how_to_resume(options)}", _INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, say) has what it wanted; the interpreter must not complain while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, MemoryError) as error:
        return _fail(options, f"{type(error).__name__}: {error}", _FAILED)
    return _OK


def _fail(options: argparse.Namespace, message: str, status: int) -> int:
    if options.debug:
        raise
    if number := rank():
        # Most mistakes are made in all processes alike: the first one tells of them, and its launcher ends the others.
        time.sleep(_SECONDS_FOR_THE_FIRST)
        message = f"process {number}: {message}"
    print(f"basstab {options.verb}: {' '.join(message.split())}", file=sys.stderr)
    return status


def _how_to_resume(options: argparse.Namespace) -> str:
    if options.verb in ("scrape", "push"):
        return ": the same command again goes on"
    if options.verb == "search":
        where = "" if options.address == "local" else f" --address {options.address}"
        return f": `basstab search {options.dataset} --out {options.out} --resume{where}` goes on"
    if options.verb != "train":
        return ""
    from basstab_hf.run_folder import last_checkpoint

    if last_checkpoint(Path(options.out)) is None:
        return " before the first checkpoint"
    if options.processes or options.ray:
        return ": the same command with --resume goes on from its last checkpoint"
    return f": go on from its last checkpoint with `basstab train {options.dataset} --out {options.out} --resume`"


_RUN: dict[str, Callable[[argparse.Namespace], None]] = {
    "scrape": gather.scrape,
    "recognise": gather.recognise,
    "build": gather.build,
    "tokenizer": learn.tokenizer,
    "train": learn.train,
    "search": learn.search,
    "runs": learn.runs,
    "evaluate": learn.evaluate,
    "generate": write.generate,
    "infill": write.infill,
    "convert": write.convert,
    "push": share.push,
    "demo": show.demo,
    "env": about.env,
    "version": about.version,
}
