"""Reading and writing files safely: one-line errors, nothing overwritten unasked, nothing left half-written.

`own` knows which folders and files are this package's, so that nothing else is replaced or removed.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import platform
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from basstab_hf.errors import InputError, OutputError, nearest
from basstab_hf.files.own import is_own, keep_others

_LOG = logging.getLogger(__name__)

#: A folder for what is not finished: the machine and the process that made it, and chance.
_SCRATCH = re.compile(r"\.basstab-(?P<machine>[0-9a-f]{8})-(?P<process>[0-9]{1,9})-\w{8}")
#: Inside one: what stood at the target, put aside for the moment between two renames.
_REPLACED = ".replaced-"

#: Names of such folders that this process uses, and what is held while one is made.
_MADE: set[str] = set()
_MAKING = threading.Lock()

#: How like a name must be to a missing one to be meant; endings alone make half of a short name.
_NEAR = 0.75

#: What a file system that knows no hard links answers.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def cache_folder() -> Path:
    """Where this package keeps what it can make again."""
    if own := os.environ.get("BASSTAB_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "basstab_hf"


def read_bytes(path: str | os.PathLike[str], most: int | None = None) -> bytes:
    """Content of a file of at most `most` bytes.

    Raises:
        InputError: the file is missing, a folder, too long, or may not be read.
    """
    try:
        with Path(path).open("rb") as stream:
            content = stream.read() if most is None else stream.read(most + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}{near_path(path)}") from error
    if most is not None and len(content) > most:
        raise InputError(f"{path} is too long: up to {most:,} bytes are read; split it")
    return content


def near_path(path: str | os.PathLike[str]) -> str:
    """What a message adds on a path that is not there, if its folder has a like name: ": did you mean a/riff.txt?"."""
    path = Path(path)
    try:
        near = None if path.exists() else nearest(path.name, (one.name for one in path.parent.iterdir()), _NEAR)
    except OSError:
        near = None
    return f": did you mean {path.with_name(near)}?" if near else ""


def check_folder(path: str | os.PathLike[str]) -> None:
    """Refuse a folder that is not there: to make the one that somebody's file is to lie in would hide a typo.

    Raises:
        OutputError: there is none, or it may not be written to.
    """
    path = Path(path)
    if not path.is_dir():
        near = near_path(path) or ": make it first"
        raise OutputError(f"cannot write: {path} is no folder{near}")
    if not may_write(path):
        raise OutputError(f"cannot write: {path} may not be written to, or its disk is read-only: choose another place")


def may_write(path: Path) -> bool:
    """Whether a folder may be written to; of one that is not there, whether it can be made."""
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        _make_scratch(path).rmdir()  # of root and of some disks permissions do not tell
    except OSError:
        return False
    return True


def check_free(path: str | os.PathLike[str], *, force: bool) -> None:
    """Refuse to write over what is there, unless `force`; an empty folder counts as free.

    Even `force` replaces no folder that this package did not write: `--out ~ --force` would be the end of a home. What
    others put into one of ours stays, see `writing`.

    Raises:
        OutputError: something is there.
    """
    path = Path(path)
    taken = any(path.iterdir()) if path.is_dir() else path.exists() or path.is_symlink()
    if taken and not force:
        raise OutputError(f"{path} exists already: choose another place or add --force")
    if taken and path.is_dir() and not is_own(path):
        raise OutputError(f"{path} is no folder that basstab wrote: choose another place, or remove it yourself")


@contextmanager
def writing(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """Give a temporary file or folder path beside `path`, renamed to it when the block ends without an error.

    The block creates the file or folder itself. With `force`, what was at `path` is replaced; files that others put
    into such a folder stay in it, which is told. Of several processes that write the same place without `force`, one
    succeeds.

    Raises:
        OutputError: `path` is taken, even if only since the block began, or the disk refuses (full, read-only, no such
            folder) it or another file that the block writes.
    """
    path = Path(path)
    try:
        with _MAKING:
            _sweep(path.parent)
        check_free(path, force=force)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = _make_scratch(path.parent)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    # The name keeps its suffix, by which libraries choose a format.
    temporary = beside / path.name
    try:
        yield temporary
        sync(temporary)
        (_replace if force else _claim)(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"cannot write {_blamed(error, beside, path)}: {error.strerror or error}") from error
    finally:
        _remove_scratch(beside)


@contextmanager
def scratch(place: Path | None = None) -> Iterator[Path]:
    """A folder in `place`, gone when the block ends; what a killed process left there goes with the next one.

    None: among the machine's temporary files.
    """
    folder = _make_scratch(place or Path(tempfile.gettempdir()))
    try:
        yield folder
    finally:
        _remove_scratch(folder)


def _make_scratch(place: Path) -> Path:
    with _MAKING:  # or another thread might take the new folder for a dead process's
        _sweep(place)
        folder = Path(tempfile.mkdtemp(prefix=f".basstab-{_machine()}-{os.getpid()}-", dir=place))
        _MADE.add(folder.name)
    return folder


def _remove_scratch(folder: Path) -> None:
    _MADE.discard(folder.name)
    if not any(_unfinished(folder)):
        shutil.rmtree(folder, ignore_errors=True)


def _unfinished(folder: Path) -> Iterator[Path]:
    """What was put aside and has nothing in its place: a kill, or a disk that takes no more renames."""
    for replaced in folder.glob(f"{_REPLACED}*"):
        if not os.path.lexists(folder.parent / replaced.name.removeprefix(_REPLACED)):
            yield replaced


@lru_cache(1)
def _machine() -> str:
    """What tells machines, and containers that count their processes apart, from each other in one shared folder."""
    name = platform.node()
    with suppress(OSError):
        name += os.readlink("/proc/self/ns/pid")  # noqa: PTH115  # no file
    return hashlib.blake2b(name.encode(), digest_size=4).hexdigest()


@lru_cache(1024)
def _sweep(place: Path) -> None:
    """Remove what killed processes of this user and machine left in a folder; once in a process: it reads all names."""
    with suppress(OSError):  # not there yet, or its names may not be read: it stays as it is
        for path in [path for path in place.iterdir() if _is_left(path)]:
            _finish_replacing(path)
            shutil.rmtree(path, ignore_errors=True)


def _is_left(path: Path) -> bool:
    match = _SCRATCH.fullmatch(path.name)
    if not match or match["machine"] != _machine() or path.name in _MADE or _lives(int(match["process"])):
        return False
    return not path.is_symlink() and path.is_dir() and path.stat().st_uid == os.getuid()


def _lives(process: int) -> bool:
    """Whether another process of this number lives: a container's first has the number of the one before it."""
    if process == os.getpid():
        return False
    if os.name != "posix":
        return True  # whether it does cannot be asked without a signal
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _finish_replacing(beside: Path) -> None:
    """Killed between two renames, the target is missing: the new one is whole, and takes its place."""
    for replaced in list(_unfinished(beside)):
        name = replaced.name.removeprefix(_REPLACED)
        (beside / name).replace(beside.parent / name)


def write_text(path: str | os.PathLike[str], text: str, *, force: bool = False) -> None:
    """Write a whole text file (UTF-8) or nothing."""
    with writing(path, force=force) as temporary:
        temporary.write_text(text, encoding="utf-8")


def sync(path: Path) -> None:
    """Let a file, or all that a folder holds, survive a power cut; before it is renamed, or an empty one might."""
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            sync(inner)
        sync_folder(path)
    elif path.is_file() and not path.is_symlink():
        _sync(path)


def sync_folder(path: Path) -> None:
    """Let the names in a folder survive a power cut, where the file system can do that for folders."""
    with suppress(OSError):
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)  # Windows syncs what may be written
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _claim(temporary: Path, path: Path) -> None:
    """Put a file or folder in its place unless something came there meanwhile.

    Raises:
        OutputError: something did.
    """
    try:
        if temporary.is_dir():
            temporary.rename(path)  # which replaces no folder but an empty one
            return
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        path.hardlink_to(temporary)
    except NotImplementedError:  # Python in a browser has no hard links
        _claim_by_name(temporary, path)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise _taken_by_now(path) from error
        if error.errno not in _NO_LINKS:
            raise
        _claim_by_name(temporary, path)


def _claim_by_name(temporary: Path, path: Path) -> None:
    """Where there are no hard links, the name is taken first."""
    try:
        path.open("x").close()
    except FileExistsError as error:
        raise _taken_by_now(path) from error
    temporary.replace(path)


def _taken_by_now(path: Path) -> OutputError:
    return OutputError(f"{path} exists by now, another process wrote it: choose another place or add --force")


def _replace(temporary: Path, path: Path) -> None:
    if not path.is_dir() or path.is_symlink():
        temporary.replace(path)
        return
    if temporary.is_dir():
        keep_others(path, temporary, path)
    before = temporary.with_name(_REPLACED + path.name)
    path.replace(before)
    try:
        temporary.replace(path)
    except OSError:
        with suppress(OSError):  # another process was first
            before.rename(path)
        raise


def _blamed(error: OSError, scratch: Path, path: Path) -> str:
    """The place that an error is about: one of its own, such as a cache's, or else the one that is written."""
    named = error.filename
    if not isinstance(named, str | os.PathLike) or Path(named).is_relative_to(scratch):
        return str(path)
    return str(named)
