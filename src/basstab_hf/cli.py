"""`basstab`: one verb a stage. Parses, calls, tells what went wrong; each verb is a module of `commands`."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext, suppress

from basstab_hf.commands import colour
from basstab_hf.commands.caches import lent_caches
from basstab_hf.commands.output import check_folders
from basstab_hf.commands.parser import parse
from basstab_hf.errors import BasstabError
from basstab_hf.printing.foreign import one_line, visible
from basstab_hf.training.processes import rank

#: The last one is what a shell tells of a program that a closed pipe ended.
_OK, _FAILED, _INTERRUPTED, _UNREAD = 0, 1, 130, 141
_SECONDS_FOR_THE_FIRST = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    The exit status: 0 done, 1 a BasstabError, 2 wrong usage, 130 interrupted, 141 nobody read on.
    """
    options = None
    try:
        _open_closed_streams()
        try:
            options = parse(arguments)
        finally:
            sys.stdout.flush()  # what -h says, too, may meet a full disk
        _log(debug=options.debug)
        check_folders(options)
        with lent_caches() if options.command.caches else nullcontext():
            options.command.run(options)
        sys.stdout.flush()
    except BasstabError as error:
        return _fail(options, str(error), _FAILED)
    except KeyboardInterrupt:
        return _fail(options, f"interrupted{options.command.how_to_go_on(options) if options else ''}", _INTERRUPTED)
    except UnicodeEncodeError as error:
        sign = ascii(error.object[error.start])
        return _fail(options, f"the output cannot hold {sign}: set PYTHONIOENCODING=utf-8", _FAILED)
    except (OSError, MemoryError) as error:
        _forget_output()
        if isinstance(error, BrokenPipeError):
            return _UNREAD  # the reader (head, say) has what it wanted
        return _fail(options, _plain(error), _FAILED)
    return _OK


def _open_closed_streams() -> None:
    """Python has None for a stream that the shell closed (`>&-`), and whoever uses it would fail oddly."""
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: PTH123, SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115


def _log(*, debug: bool) -> None:
    import logging  # takes a tenth of the time of `basstab -h`

    class Shown(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return visible(super().format(record))

    handler = logging.StreamHandler()
    handler.setFormatter(Shown("basstab: %(message)s"))
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[handler])


def _forget_output() -> None:
    """Where stdout takes nothing more, let what is left of it go nowhere: else the interpreter would complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(error: OSError | MemoryError) -> str:
    if isinstance(error, MemoryError):
        return "the memory is full: ask for less at once, or close other programs"
    # What is written to a file is an OutputError that names it.
    is_of_output = error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
    where = "cannot write the output: " if is_of_output else f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _fail(options: argparse.Namespace | None, message: str, status: int) -> int:
    if options and options.debug:
        raise
    if number := rank():
        # Most mistakes are made in all processes alike: the first one tells of them, and its launcher ends the others.
        time.sleep(_SECONDS_FOR_THE_FIRST)
        message = f"process {number}: {message}"
    name = colour.alarm(f"basstab {options.verb}:" if options else "basstab:", sys.stderr)
    with suppress(OSError):  # nobody may read messages either
        print(f"{name} {one_line(message)}", file=sys.stderr, flush=True)
    return status
