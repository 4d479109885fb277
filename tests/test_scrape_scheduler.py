"""The scheduler without a reactor: limits, redirects, pauses, and mishaps of our own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request

from basstab_hf.scrape import Site
from basstab_hf.scrape.job import Job
from basstab_hf.scrape.scheduler import JobScheduler
from basstab_hf.scrape.site import Limits

URL = "http://127.0.0.1/tabs/"


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[JobScheduler]:
    limits = Limits(urls=12, per_folder=4, per_path=2)
    site = Site((URL,), allow_private=True, limits=limits)
    crawler: Any = SimpleNamespace(signals=SimpleNamespace(connect=lambda *_: None), engine=SimpleNamespace())
    with Job.opened(tmp_path / "out", site) as job:
        scheduler = JobScheduler.from_crawler(crawler)
        scheduler.open(SimpleNamespace(job=job, parse=None, failed=None))
        yield scheduler


def add(scheduler: JobScheduler, *paths: str) -> list[bool]:
    return [scheduler.enqueue_request(Request(URL + path)) for path in paths]


def test_folders_queries_and_all_urls_are_limited(scheduler: JobScheduler) -> None:
    assert add(scheduler, "1", "2", "3", "4", "5", "1") == [True] * 4 + [False] * 2
    assert add(scheduler, "x?1", "x?2", "x?3", "y?1") == [True, True, False, True]
    assert add(scheduler, *(f"{number}/" for number in range(6))) == [True] * 5 + [False]
    assert scheduler.job.frontier.counted("link") == {
        "more URLs than allowed (limits.urls)": 1,
        "too many URLs in one folder (limits.per_folder)": 1,
        "too many queries of one path (limits.per_path)": 1,
    }


def test_redirects_end_their_row(scheduler: JobScheduler) -> None:
    add(scheduler, "1", "2", "3", "4", "x?1")

    def redirected(path: str) -> bool:
        request = scheduler.next_request()
        assert request is not None
        return scheduler.enqueue_request(request.replace(url=URL + path))

    assert redirected("away/")
    assert not redirected("4")
    assert not redirected("one-too-many")
    stats = scheduler.job.stats()
    assert stats["redirected"] == 1
    assert stats["refused"] == {"redirect to a known page": 1, "redirect: past the limits": 1}
    assert stats["waiting"] == 3


def test_a_repeated_request_waits_for_its_pause(scheduler: JobScheduler) -> None:
    add(scheduler, "1")
    request = scheduler.next_request()
    assert request is not None
    request.meta.update(hold=60, retry_times=2)
    assert scheduler.enqueue_request(request)
    assert scheduler.next_request() is None
    assert scheduler.has_pending_requests()
    scheduler._held.clear()
    again = scheduler.next_request()
    assert again is not None
    assert again.meta["retry_times"] == 2
    assert "hold" not in again.meta


def test_an_error_in_a_callback_is_counted(scheduler: JobScheduler) -> None:
    add(scheduler, "1")
    request = scheduler.next_request()
    scheduler._callback_failed(SimpleNamespace(value=KeyError("x")), SimpleNamespace(request=request))
    assert scheduler.job.stats()["errors"] == {"internal error: KeyError": 1}


def test_an_unusable_file_stops_it(scheduler: JobScheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    add(scheduler, "1")
    monkeypatch.setattr(scheduler.job.frontier, "take", fail)
    assert scheduler.next_request() is None
    assert str(scheduler.job.broken) == "disk I/O error"
    assert not scheduler.has_pending_requests()
    monkeypatch.setattr(scheduler.job.frontier, "knows", fail)
    assert add(scheduler, "2") == [False]
