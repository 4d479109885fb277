"""Cut the power of scrapes and go on: how many pages are lost, or there twice, in the end.

scripts/try_cuts.py [CUTS] [SEED]      200 cuts, seed 0

A scrape of a drawn site runs and is cut at a drawn moment. Of each of its two files, urls.sqlite and pages.jsonl, what
was synced is left and any part of what was written later: of the rows up to any commit, of the pages up to any byte.
Then it goes on, half of the times into the next cut.
"""

import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from basstab_hf.scrape import Site, job
from basstab_hf.scrape.frontier import Frontier, fingerprint
from basstab_hf.scrape.items import Page, Visit
from basstab_hf.scrape.pages_file import PagesFile

_SITE = Site(("http://127.0.0.1/0",), allow_private=True)
_PAGES = 40
#: Of the pages of a site, those that are kept.
_KEPT = 0.6
#: Seconds between two syncs; a drawn site is done in a quarter of one.
_SYNC_SECONDS = 0.02


class Cut(BaseException):
    """The power is gone."""


@dataclass
class Disk:
    """What lies on the disk for sure, and what might: rows by commit, pages by byte."""

    rows: list[bytes] = field(default_factory=lambda: [b""])
    synced_rows: int = 0
    pages: bytes = b""
    synced_pages: int = 0
    steps_left: int = 0

    def step(self) -> None:
        """Something was written; the power may go."""
        self.steps_left -= 1
        if self.steps_left == 0:
            raise Cut

    def left(self, chance: random.Random, folder: Path) -> None:
        """Make the folder what a cut leaves of it."""
        kept = chance.randint(self.synced_rows, len(self.rows) - 1)
        pages = self.pages[: chance.randint(self.synced_pages, len(self.pages))]
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "job").mkdir(parents=True)
        (folder / job.ROWS).write_bytes(self.rows[kept])
        (folder / job.PAGES).write_bytes(pages)
        self.rows, self.synced_rows = self.rows[kept : kept + 1], 0
        self.pages, self.synced_pages = pages, len(pages)


@contextmanager
def watched(disk: Disk) -> Iterator[None]:
    """Let the disk know of what is written and synced."""
    commit, append, sync, seconds = Frontier.commit, PagesFile.append, PagesFile.sync, job._SYNC_SECONDS

    def committing(rows: Frontier, *, durable: bool = False) -> None:
        commit(rows)
        disk.rows.append(rows._db.serialize())
        if durable:
            disk.synced_rows = len(disk.rows) - 1
        disk.step()

    def appending(pages: PagesFile, page: Page) -> None:
        append(pages, page)
        disk.pages = pages.path.read_bytes()
        disk.step()

    def syncing(pages: PagesFile) -> None:
        disk.pages = pages.path.read_bytes()
        disk.synced_pages = len(disk.pages)
        disk.step()

    Frontier.commit, PagesFile.append, PagesFile.sync = committing, appending, syncing
    job._SYNC_SECONDS = _SYNC_SECONDS
    try:
        yield
    finally:
        Frontier.commit, PagesFile.append, PagesFile.sync = commit, append, sync
        job._SYNC_SECONDS = seconds


def crawl(folder: Path, links: list[list[int]], kept: list[bool]) -> dict[str, Any]:
    """Scrape a site to its end, as the scheduler and the pipeline do."""
    at = job.Job.open(folder, _SITE)
    try:
        _queue(at, 0)
        while row := at.frontier.take("h"):
            url = row.request["url"]
            number = int(url.rpartition("/")[2])
            for link in links[number]:
                _queue(at, link)
            page = Page(url, url, "2026-01-01T00:00:00Z", 200, "", "", "", "", f"{number} " * 9, "pages", "allowed", "")
            at.end(Visit(row.id, page if kept[number] else None, "" if kept[number] else "odd"))
        at.end_as_finished()
    except Cut:
        at.frontier.close()
        at.pages.close()
        raise
    at.close()
    stats: dict[str, Any] = json.loads((folder / job.STATS).read_text(encoding="utf-8"))
    return stats


def _queue(at: job.Job, number: int) -> None:
    url = f"http://127.0.0.1/{number}"
    if not at.frontier.knows(fingerprint(url)):
        at.frontier.add(fingerprint(url), "h", {"url": url, "meta": {}})


def _reached(links: list[list[int]]) -> set[int]:
    found, waiting = {0}, [0]
    while waiting:
        new = set(links[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def cut_and_end(folder: Path, chance: random.Random, most: int) -> Counter[str]:
    """One drawn site, cut up to `most` times and then scraped to its end: cuts, and pages lost and doubled."""
    links = [[chance.randrange(_PAGES) for _ in range(2)] for _ in range(_PAGES)]
    links[0] = list(range(1, 6))
    kept = [chance.random() < _KEPT for _ in range(_PAGES)]
    disk, told = Disk(), Counter[str]()
    with watched(disk):
        is_cut = True
        while is_cut and told["cuts"] < most and (not told["cuts"] or chance.random() < 0.5):
            disk.steps_left = chance.randint(3, 3 * _PAGES)
            before = disk.pages[: disk.synced_pages]
            try:
                crawl(folder, links, kept)
                is_cut = False
            except Cut:
                told["cuts"] += 1
                told["synced pages lost"] += not disk.pages.startswith(before)
                disk.left(chance, folder)
        disk.steps_left = 0
        stats = crawl(folder, links, kept)
    lines = (folder / job.PAGES).read_bytes().splitlines()
    found = Counter(int(json.loads(line)["url"].rpartition("/")[2]) for line in lines)
    wanted = {number for number in _reached(links) if kept[number]}
    told["pages"] += len(wanted)
    told["lost"] += len(wanted - set(found))
    told["doubled"] += sum(found.values()) - len(found)
    told["not asked for"] += len(set(found) - wanted)
    told["not said to be finished"] += stats["state"] != "finished" or stats["tabs_found"] != len(found)
    return told


def main(cuts: int = 200, seed: int = 0) -> Counter[str]:
    """Cut until there were as many cuts."""
    chance, told = random.Random(seed), Counter[str]()  # noqa: S311  # no secret
    while told["cuts"] < cuts:
        with tempfile.TemporaryDirectory() as place:
            told.update(cut_and_end(Path(place) / "out", chance, cuts - told["cuts"]))
    return told


if __name__ == "__main__":
    counted = main(*map(int, sys.argv[1:]))
    print("\n".join(f"{count:6,} {name}" for name, count in counted.items()))
    sys.exit(any(counted[name] for name in counted if name not in ("cuts", "pages")))
