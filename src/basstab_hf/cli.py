"""`basstab`: one verb a stage. Parses, calls, tells what went wrong; each verb is a module of `commands`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from basstab_hf.commands.parser import parse
from basstab_hf.errors import BasstabError
from basstab_hf.training.processes import rank

_OK, _FAILED, _INTERRUPTED = 0, 1, 130
_SECONDS_FOR_THE_FIRST = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 a BasstabError, 2 wrong usage, 130 interrupted."""
    options = parse(arguments)
    _log(debug=options.debug)
    try:
        options.command.run(options)
        sys.stdout.flush()
    except BasstabError as error:
        return _fail(options, str(error), _FAILED)
    except KeyboardInterrupt:
        return _fail(options, f"interrupted{options.command.how_to_go_on(options)}", _INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, say) has what it wanted; the interpreter must not complain while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, MemoryError) as error:
        return _fail(options, f"{type(error).__name__}: {error}", _FAILED)
    return _OK


def _log(*, debug: bool) -> None:
    import logging  # takes a tenth of the time of `basstab -h`

    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="basstab: %(message)s")


def _fail(options: argparse.Namespace, message: str, status: int) -> int:
    if options.debug:
        raise
    if number := rank():
        # Most mistakes are made in all processes alike: the first one tells of them, and its launcher ends the others.
        time.sleep(_SECONDS_FOR_THE_FIRST)
        message = f"process {number}: {message}"
    print(f"basstab {options.verb}: {' '.join(message.split())}", file=sys.stderr)
    return status
