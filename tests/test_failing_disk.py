"""The disk fails at the n-th call, or at the n-th byte: in the end what was there or what is new, never half of it."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from basstab_hf import files
from basstab_hf.errors import BasstabError, OutputError
from basstab_hf.scrape.job import Job
from tests.test_scrape_job import CHAIN, crawl, numbers

#: What a disk is asked, besides writing.
CALLS = ("fsync", "replace", "rename", "link", "mkdir", "rmdir", "unlink", "open")
RENAMES = ("replace", "rename", "link")


class Failing:
    """Calls of `os` that fail from the n-th on, once or always."""

    def __init__(self, at: int, names: tuple[str, ...], *, always: bool) -> None:
        self.left, self.names, self.always, self.failed = at, names, always, False

    @contextmanager
    def disk(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in self.names:
                patch.setattr(os, name, self._failing(getattr(os, name)))
            yield

    def _failing(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*values: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0 or (self.always and self.left < 0):
                self.failed = True
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *(str(one) for one in values[:1]))
            return call(*values, **named)

        return asked


def contents(place: Path) -> Any:
    if place.is_dir():
        return {path.relative_to(place).as_posix(): path.read_text() for path in place.rglob("*") if path.is_file()}
    return place.read_text() if place.exists() else None


OLD = {"stats.json": "{old", "data/train-0.parquet": "old"}
NEW = {"stats.json": "{new", "data/train-1.parquet": "new"}


def fill(folder: Path, what: dict[str, str]) -> None:
    for name, text in what.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def write_file(place: Path, force: bool) -> None:
    files.write_text(place, "new", force=force)


def write_folder(place: Path, force: bool) -> None:
    with files.writing(place, force=force) as folder:
        fill(folder, NEW)


def next_command(place: Path) -> None:
    """What another command does to the same folder before it writes."""
    files._sweep.cache_clear()
    with files.writing(place.parent / "other", force=True) as temporary:
        temporary.touch()


@pytest.mark.parametrize("always", [False, True])
@pytest.mark.parametrize("calls", [CALLS, RENAMES])
@pytest.mark.parametrize(
    ("write", "before", "after"),
    [
        (write_file, None, "new"),
        (write_file, "old", "new"),
        (write_folder, None, NEW),
        (write_folder, {**OLD, "diary.txt": "theirs"}, {**NEW, "diary.txt": "theirs"}),
    ],
)
def test_at_whichever_call_the_disk_fails_there_is_the_old_or_the_new(
    tmp_path: Path, write: Callable[..., None], before: Any, after: Any, calls: tuple[str, ...], always: bool
) -> None:
    for at in count(1):
        place = tmp_path / str(at) / "out"
        place.parent.mkdir()
        if isinstance(before, dict):
            fill(place, before)
        elif before:
            place.write_text(before)
        disk = Failing(at, calls, always=always)
        told = None
        with disk.disk():
            try:
                write(place, before is not None)
            except OutputError as error:
                told = str(error)
        if told is not None:
            assert "cannot write" in told
            assert "\n" not in told
        next_command(place)
        assert contents(place) in (before, after), (at, told)
        assert {path.name for path in place.parent.iterdir()} <= {"out", "other"}, (at, told)
        if not disk.failed:
            assert told is None
            assert contents(place) == after
            break
    assert at > 1


def limited(size: int, work: Callable[[], None]) -> int:
    """Run something in a process in which no file may grow beyond `size` bytes; its exit status."""
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            work()
        except BasstabError:
            os._exit(1)
        except BaseException:
            os._exit(2)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_at_whichever_byte_the_disk_is_full_a_file_stays_what_it_was(tmp_path: Path) -> None:
    text = "new" * 40
    for size in range(0, len(text) + 1, 3):
        place = tmp_path / f"{size}.txt"
        place.write_text("old")
        status = limited(size, lambda place=place: files.write_text(place, text, force=True))  # type: ignore[misc]
        assert (status, place.read_text()) == ((1, "old") if size < len(text) else (0, text))
    assert not list(tmp_path.glob(".*"))


def check_whole(folder: Path) -> None:
    """What a scrape that goes on finds and makes: each page once, all of them in the end."""
    crawl(folder, CHAIN, lambda: None)
    assert sorted(numbers(folder)) == [0, 2, 4, 6, 8]
    assert json.loads((folder / "stats.json").read_text())["state"] == "finished"


def crawl_or_tell(folder: Path) -> None:
    """A scrape in which only errors of ours, or the one that `Job.broken` keeps for the end, come out."""
    job_end = Job.end
    broken: list[Exception] = []

    def end(job: Job, visit: Any) -> None:
        job_end(job, visit)
        if job.broken:
            broken.append(job.broken)
            with suppress(BasstabError):
                job.close()
            raise OutputError(str(job.broken))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Job, "end", end)
        try:
            crawl(folder, CHAIN, lambda: None)
        except (OSError, sqlite3.Error) as error:  # the links of a page, which `JobScheduler` adds
            raise OutputError(str(error)) from error


def test_at_whichever_byte_the_disk_is_full_a_scrape_goes_on_with_each_page_once(tmp_path: Path) -> None:
    check_whole(tmp_path / "whole")
    largest = max(path.stat().st_size for path in (tmp_path / "whole").rglob("*") if path.is_file())
    statuses = set()
    for size in [*range(0, 1400, 100), *range(1400, largest + 30_000, 8192), 1 << 22]:
        folder = tmp_path / str(size)
        statuses.add(limited(size, lambda folder=folder: crawl_or_tell(folder)))  # type: ignore[misc]
        check_whole(folder)
    assert statuses == {0, 1}


def test_at_whichever_call_the_disk_fails_a_scrape_goes_on_with_each_page_once(tmp_path: Path) -> None:
    for always in (False, True):
        for at in count(1):
            folder = tmp_path / f"{always}-{at}"
            disk = Failing(at, ("write", "fsync", "ftruncate", "replace", "open", "mkdir"), always=always)
            with disk.disk(), suppress(OutputError):
                crawl_or_tell(folder)
            check_whole(folder)
            if not disk.failed:
                break
        assert at > 5
