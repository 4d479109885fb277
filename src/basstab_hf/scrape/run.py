"""Run one scrape to its end, or as far as it gets: what `basstab scrape` calls."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.errors import InputError, MissingExtraError, OutputError
from basstab_hf.locks import held
from basstab_hf.printing.foreign import visible
from basstab_hf.scrape.job import LOG, STATS, Job
from basstab_hf.scrape.site import Site, root_of


def scrape(
    site: Site,
    out: str | os.PathLike[str],
    *,
    force: bool = False,
    retry: bool = False,
    ignore_robots: bool = False,
    progress: bool = False,
) -> dict[str, Any]:
    """Scrape a site into a folder, or go on with the scrape that the folder holds. Once in a process: Twisted's rule.

    Args:
        force: begin anew in a folder of an earlier scrape.
        retry: fetch again what failed.
        ignore_robots: do what robots.txt forbids.
        progress: a bar on stderr.

    Returns:
        What stats.json holds, and `already`: whether there was nothing left to do.

    Raises:
        InputError: another scrape's folder, another process at it, or not a single page could be fetched.
        OutputError: the folder cannot be written, or is not ours.
        MissingExtraError: Scrapy is not installed.
        KeyboardInterrupt: stopped by a signal; the same call goes on.
    """
    try:
        import scrapy  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("scrapy", "scrape") from error
    _check(site)
    with held(out), Job.opened(out, site, force=force) as job:
        if retry:
            job.try_failed_again()
        already = job.finished or job.full
        if not already:
            _crawl(
                job,
                {"ROBOTSTXT_OBEY": not ignore_robots, "PROGRESS_ENABLED": progress, "LOG_INSTALL_ROOT_HANDLER": False},
            )
    # As written when the folder was closed: what is told and what stands there are the same to the hundredth second.
    stats: dict[str, Any] = {**json.loads(files.read_bytes(Path(out) / STATS)), "already": already}
    if not stats["pages_seen"] and stats["errors"]:
        reasons = ", ".join(f"{count} x {reason}" for reason, count in stats["errors"].items())
        raise InputError(f"no page could be fetched: {reasons}: {Path(out) / LOG} says more; then run this again")
    return stats


def _check(site: Site) -> None:
    """What would fail at every page fails before the first."""
    from basstab_hf.scrape.reading import check_selector

    for css in (site.select.title, site.select.artist, site.select.text, site.keys.element):
        if css:
            check_selector(css)
    if site.spider == "folder":
        for url in site.start_urls:
            root_of(url)


def _crawl(job: Job, settings: dict[str, Any]) -> None:
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings
    from scrapy.utils.reactor import is_reactor_installed

    if is_reactor_installed():
        raise InputError("one process scrapes once: start another for the next scrape")
    project = Settings()
    project.setmodule("basstab_hf.scrape.settings", priority="project")
    project.setdict(settings, priority="cmdline")
    with _logging_to(job.folder / LOG) as attach:
        process = AsyncCrawlerProcess(project)
        _set_timers_by_monotonic_clock()
        attach()  # anew: Scrapy has just taken away what it found
        crawler = process.create_crawler(job.site.spider)
        task = process.crawl(crawler, job=job)
        process.start()
    _tell(job, task, crawler)


def _set_timers_by_monotonic_clock() -> None:
    """Before the first timer: on Twisted's clock, a scrape waits for as long as somebody sets the machine's back."""
    from twisted.internet import reactor

    timed: Any = reactor
    timed.seconds = time.monotonic


def _tell(job: Job, task: asyncio.Task[None], crawler: Any) -> None:
    """How the crawl ended, as errors of ours."""
    if job.broken is not None:
        raise OutputError(f"cannot write {job.folder}: {job.broken}: make room, then run this again") from job.broken
    if not task.done() or task.cancelled():
        raise KeyboardInterrupt
    if (error := task.exception()) is not None:
        raise error
    reason = crawler.stats.get_value("finish_reason")
    if reason == "shutdown":
        raise KeyboardInterrupt
    job.end_as_finished()


_LOGGERS = ("scrapy", "twisted", "basstab_hf.scrape", "asyncio", "py.warnings")


@contextmanager
def _logging_to(path: Path) -> Iterator[Callable[[], None]]:
    """Send what libraries say to a file: it quotes what servers sent, which no terminal should see."""
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace", delay=True)
    handler.setFormatter(_Shown("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    loggers = [logging.getLogger(name) for name in _LOGGERS]

    def attach() -> None:
        for logger in loggers:
            logger.addHandler(handler)
            logger.propagate = False

    attach()
    logging.captureWarnings(True)
    try:
        yield attach
    finally:
        logging.captureWarnings(False)
        for logger in loggers:
            logger.removeHandler(handler)
            logger.propagate = True
        handler.close()


class _Shown(logging.Formatter):
    """What servers sent shows, and does nothing to the terminal that the file is read in."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        return visible(super().format(record))
