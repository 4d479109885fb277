"""A scrape folder: pages.jsonl, stats.json and job/, opened for one scrape, resumed from whatever moment it stopped at.

A page is there exactly once, because of the order of three steps: the links of a page are committed, the page is
appended, the row is ended. What happened after the last commit that is still there is read from pages.jsonl: a page
whose links are lost with their commit (a power cut, an older copy of the rows) is fetched again, not appended again.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.errors import InputError, OutputError
from basstab_hf.scrape.frontier import IN_FLIGHT, Frontier, fingerprint
from basstab_hf.scrape.items import End, Visit
from basstab_hf.scrape.pages_file import PagesFile
from basstab_hf.scrape.site import Site

#: Between two times that everything is made to survive a power cut; a sync of both files takes some 20 ms.
_SYNC_SECONDS = 1.0
PAGES, STATS, ROWS, CACHE, LOG = "pages.jsonl", "stats.json", "job/urls.sqlite", "job/cache.sqlite", "job/log.txt"


class Job:
    """One scrape in its folder.

    `broken` is the error that stopped the writing, a full disk for one: nothing more is fetched then.
    """

    def __init__(self, folder: Path, site: Site, frontier: Frontier, pages: PagesFile) -> None:
        self.folder = folder
        self.site = site
        self.frontier = frontier
        self.pages = pages
        self.broken: Exception | None = None
        self.ended = Counter({end: sum(frontier.ended(end).values()) for end in End})
        self._unlinked = frontier.unlinked()
        self._started = self._synced = time.monotonic()
        self._seconds_before = float(frontier.fact("seconds", "0"))

    @classmethod
    @contextmanager
    def opened(cls, folder: str | os.PathLike[str], site: Site, *, force: bool = False) -> Iterator[Job]:
        """A new scrape, or the one that the folder holds; closed and summed up in stats.json at the end.

        Raises:
            InputError: the folder holds the scrape of another site, or another process is at it.
            OutputError: the folder is not ours, or cannot be written.
        """
        job = cls.open(Path(folder), site, force=force)
        try:
            yield job
        finally:
            job.close()

    @classmethod
    def open(cls, folder: Path, site: Site, *, force: bool = False) -> Job:
        """Open a job as `opened` does, for callers that close it themselves."""
        _check_ours(folder)
        try:
            (folder / ROWS).parent.mkdir(parents=True, exist_ok=True)
            frontier = Frontier(folder / ROWS)
        except OSError as error:
            raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error
        try:
            if force:
                frontier = _emptied(frontier, folder)
            known = frontier.fact("site")
            if known and known != site.identity():
                raise InputError(
                    f"{folder} holds the scrape of another site or configuration: {_difference(known, site)}"
                )
            pages = PagesFile(folder / PAGES)
            _agree(frontier, pages)
            if not any(frontier.ended(end) for end in End if end != End.FAILED):
                frontier.retry_failed()  # nothing was ever fetched: no network, say
        except BaseException:
            frontier.close()
            raise
        frontier.remember("site", site.identity())
        frontier.commit(durable=True)
        files.sync_folder(folder / "job")
        files.sync_folder(folder)
        return cls(folder, site, frontier, pages)

    @property
    def full(self) -> bool:
        """Whether as many pages are kept as were asked for."""
        return self.kept >= self.site.limits.pages

    @property
    def kept(self) -> int:
        """How many pages pages.jsonl holds."""
        return self.ended[End.KEPT] + len(self._unlinked)

    @property
    def finished(self) -> bool:
        return self.frontier.fact("finished") == "yes"

    def end(self, visit: Visit) -> None:
        """A visit is over; its links are queued already. An error of the disk is kept in `broken`."""
        try:
            key = self.frontier.key_of(visit.row)
            if visit.page is not None:
                self.frontier.remember("linked", key.hex())
            self.frontier.commit()
            if key in self._unlinked and visit.end != End.FAILED:
                self._end_as_linked(visit.row, key)
            elif visit.page is None:
                self.frontier.end(visit.row, visit.end, visit.reason)
                self.ended[visit.end] += 1
            elif self.full:
                self.frontier.put_back(visit.row)  # for the day when more pages are asked for
            else:
                self.pages.append(visit.page)
                self.frontier.end(visit.row, End.KEPT)
                self.frontier.remember("pages_end", self.pages.end)
                self.ended[End.KEPT] += 1
            if time.monotonic() - self._synced > _SYNC_SECONDS:
                self._sync()
        except (OSError, sqlite3.Error) as error:
            self.broken = error

    def _end_as_linked(self, row: int, key: bytes) -> None:
        """The page was on disk already; whatever stands at its URL now, its links are known."""
        self.frontier.link(key)
        self.frontier.end(row, End.KEPT)
        self._unlinked.discard(key)
        self.ended[End.KEPT] += 1

    def _sync(self) -> None:
        self.pages.sync()
        self.frontier.commit(durable=True)
        self._synced = time.monotonic()

    def try_failed_again(self) -> None:
        """What failed waits again."""
        self.frontier.retry_failed()
        if self.ended.pop(End.FAILED, 0):
            self.frontier.remember("finished", "no")

    def end_as_finished(self) -> None:
        """All that could be fetched was; unless nothing at all could, which is worth another try."""
        if not self.frontier.waiting and self.ended.total() > self.ended[End.FAILED]:
            self.frontier.remember("finished", "yes")

    def stats(self) -> dict[str, Any]:
        """All runs together, for stats.json and `--json`; every count but that of links is of different URLs."""
        seconds = self._seconds_before + time.monotonic() - self._started
        seen = self.kept + self.ended[End.SEEN]
        waiting = self.frontier.waiting + sum(self.frontier.ended(IN_FLIGHT).values())
        return {
            "version": 1,
            "state": "finished" if self.finished else "page limit" if self.full else "unfinished",
            "spider": self.site.spider,
            "pages_seen": seen,
            "tabs_found": self.kept,
            "refused": self.frontier.ended(End.SEEN) | self.frontier.ended(End.REFUSED),
            "errors": self.frontier.ended(End.FAILED),
            "redirected": self.ended[End.MOVED],
            "waiting": waiting,
            "links_not_followed": self.frontier.counted("link"),
            "seconds": round(seconds, 2),
            "pages_per_second": round(seen / seconds, 2) if seconds else 0.0,
        }

    def close(self) -> None:
        """Write stats.json and let go of the files."""
        try:
            stats = self.stats()
            self.frontier.remember("seconds", stats["seconds"])
            temporary = self.folder / (STATS + ".new")
            temporary.write_text(json.dumps(stats, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            files.sync(temporary)
            temporary.replace(self.folder / STATS)
            files.sync_folder(self.folder)
            self._sync()
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"cannot write {self.folder}: {error}: make room, then run this again") from error
        finally:
            self.frontier.close()
            self.pages.close()


def _check_ours(folder: Path) -> None:
    """Only an empty or new folder may become a scrape folder, and only a scrape folder be used again."""
    if folder.is_symlink() or folder.exists():
        if not folder.is_dir():
            raise OutputError(f"{folder} is no folder: choose another place")
        if any(folder.iterdir()) and not (folder / ROWS).is_file():
            raise OutputError(f"{folder} holds something that basstab scrape did not write: choose another place")


def _emptied(frontier: Frontier, folder: Path) -> Frontier:
    """Begin anew, while the old rows' lock is held; responses in the cache stay and are asked about again."""
    for name in (PAGES, STATS):
        (folder / name).unlink(missing_ok=True)
    frontier.clear()
    return frontier


def _difference(known: str, site: Site) -> str:
    """The first key that differs, and what to do."""
    ours, theirs = json.loads(site.identity()), json.loads(known)
    name = next(name for name in ours if ours[name] != theirs.get(name))
    return f"{name} was {json.dumps(theirs.get(name))}: choose another --out, or start anew with --force"


def _agree(frontier: Frontier, pages: PagesFile) -> None:
    """Make rows and pages agree: rows may be behind (killed, power cut), or ahead (power cut, a file cut by hand)."""
    believed = int(frontier.fact("pages_end", "0"))
    if pages.end == believed:
        return
    keys = [fingerprint(url) for url in pages.urls(believed if pages.end > believed else 0)]
    if pages.end < believed:
        frontier.keep_only(set(keys))
    # The links of `linked` came with the last commit: a kill behind it loses none.
    frontier.keep(keys, linked=bytes.fromhex(frontier.fact("linked")))
    frontier.remember("finished", "no")
    frontier.remember("pages_end", pages.end)
