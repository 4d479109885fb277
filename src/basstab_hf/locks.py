"""One process at a time at a place that is written over time: a lock beside it, which names its holder.

The lock is the operating system's (flock): it ends with the process, however that ends, so none is ever stale.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from basstab_hf.errors import OutputError

_LOG = logging.getLogger(__name__)


@contextmanager
def held(place: str | os.PathLike[str]) -> Iterator[None]:
    """Keep other processes from writing `place`, a file or folder, within the block; `.NAME.lock` lies beside it then.

    Where no file can be written beside it there is no lock, which is told.

    Raises:
        OutputError: another process writes there; the message names it and its machine.
    """
    from filelock import FileLock, Timeout

    path = Path(place).resolve()
    beside = path.with_name(f".{path.name}.lock")
    lock = FileLock(beside, blocking=False)
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        if not beside.stat().st_size:  # where there is no flock, filelock writes the same itself
            beside.write_text(f"{os.getpid()}\n{socket.gethostname()}\n", encoding="utf-8")
    except Timeout:
        raise OutputError(
            f"{place} is being written by {_holder(beside)}: wait for it, or choose another place"
        ) from None
    except OSError as error:
        _LOG.warning("%s is not locked (%s): let no other process write there", place, error.strerror or error)
    try:
        yield
    finally:
        if lock.is_locked:
            beside.unlink(missing_ok=True)  # before it is released: the next one's file must stay
            lock.release()


def _holder(beside: Path) -> str:
    """Who holds a lock, by what it wrote there."""
    try:
        process, host = beside.read_text(encoding="utf-8", errors="replace").splitlines()[:2]
    except (OSError, ValueError):
        return "another process"
    return f"process {process} on {host}" if process.isdecimal() and host.isprintable() else "another process"
