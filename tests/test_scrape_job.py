"""The scrape folder without Scrapy: killed at any step, every page is there exactly once."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.errors import InputError, OutputError
from basstab_hf.scrape import Site
from basstab_hf.scrape.frontier import Frontier, fingerprint
from basstab_hf.scrape.items import End, Page, Visit
from basstab_hf.scrape.job import Job
from basstab_hf.scrape.pages_file import PagesFile

SITE = Site(("http://127.0.0.1/0",), allow_private=True)


def page(url: str) -> Page:
    return Page(url, url, "2026-01-01T00:00:00Z", 200, "", "", "", "", f"\n\u2028 \ud800 {url}", "pages", "allowed", "")


@contextmanager
def unsynced() -> Iterator[None]:
    """Hundreds of syncs would take most of the time of a test, and only a power cut could tell."""
    original = Frontier.commit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        patch.setattr(Frontier, "commit", lambda rows, durable=False: original(rows))
        yield


class Killed(BaseException):
    """Stands for SIGKILL: nothing after it happens, nothing uncommitted stays."""


def crawl(folder: Path, graph: dict[int, list[int]], step: Callable[[], None]) -> None:
    """A scrape in small: even pages are kept. `step` may kill it anywhere."""
    job = Job.open(folder, SITE)
    rows, pages = job.frontier, job.pages
    steps = ((rows, "commit"), (rows, "add"), (rows, "end"), (rows, "remember"), (pages, "append"))
    for owner, name in steps:
        original = getattr(owner, name)

        def stepping(*values: Any, original: Any = original, **named: Any) -> Any:
            step()
            result = original(*values, **named)
            step()
            return result

        setattr(owner, name, stepping)
    try:
        add(job, 0)
        while row := rows.take("h"):
            number = int(row.request["url"].rpartition("/")[2])
            for link in graph[number]:
                add(job, link)
            kept = page(row.request["url"]) if number % 2 == 0 else None
            job.end(Visit(row.id, kept, "" if kept else "odd"))
        job.end_as_finished()
    except Killed:
        rows.close()
        pages.close()
        raise
    for owner, name in steps:
        delattr(owner, name)
    job.close()


def add(job: Job, number: int) -> None:
    url = f"http://127.0.0.1/{number}"
    if not job.frontier.knows(fingerprint(url)):
        job.frontier.add(fingerprint(url), "h", {"url": url, "meta": {}})


@unsynced()
@given(st.integers(0, 10_000), st.lists(st.integers(1, 60), max_size=8), st.lists(st.integers(0, 40), max_size=8))
def test_exactly_once_whatever_the_moment(
    tmp_path_factory: pytest.TempPathFactory, seed: int, kills: list[int], torn: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("job") / "out"
    chance = random.Random(seed)
    graph = {number: [chance.randrange(12) for _ in range(3)] for number in range(12)}
    reachable, todo = {0}, [0]
    while todo:
        new = set(graph[todo.pop()]) - reachable
        reachable |= new
        todo += new
    for place, kill in enumerate([*kills, 10**9]):
        left = iter(range(kill))

        def step(left: Any = left) -> None:
            if next(left, None) is None:
                raise Killed

        try:
            crawl(folder, graph, step)
        except Killed:
            cut = torn[place] if place < len(torn) else 0
            file = folder / "pages.jsonl"
            with file.open("r+b") as stream:  # a kill in the middle of a line, or a power cut
                stream.truncate(max(0, file.stat().st_size - cut))
    lines = (folder / "pages.jsonl").read_bytes().split(b"\n")
    assert lines.pop() == b""
    found = [int(json.loads(line)["url"].rpartition("/")[2]) for line in lines]
    assert sorted(found) == sorted(number for number in reachable if number % 2 == 0)
    stats = json.loads((folder / "stats.json").read_text())
    assert stats["state"] == "finished"
    assert stats["tabs_found"] == len(found)
    assert stats["refused"].get("odd", 0) == sum(number % 2 for number in reachable)
    shutil.rmtree(folder.parent)


def saved_at_every_commit(folder: Path, graph: dict[int, list[int]]) -> tuple[list[bytes], list[bytes]]:
    """A whole scrape: the rows as each commit left them, the first ones empty, and the lines of pages.jsonl."""
    saved = [b""]
    original = Frontier.commit

    def commit(rows: Frontier, **named: Any) -> None:
        original(rows, **named)
        saved.append(rows._db.serialize())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Frontier, "commit", commit)
        crawl(folder, graph, lambda: None)
    return saved, (folder / "pages.jsonl").read_bytes().splitlines(keepends=True)


def lost(folder: Path, rows: bytes, pages: bytes) -> None:
    """A folder as a power cut may leave it: both files older than they were, each by what it likes."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "job").mkdir(parents=True)
    (folder / "job" / "urls.sqlite").write_bytes(rows)
    (folder / "pages.jsonl").write_bytes(pages)


def numbers(folder: Path) -> list[int]:
    lines = (folder / "pages.jsonl").read_bytes().splitlines()
    return [int(json.loads(line)["url"].rpartition("/")[2]) for line in lines]


#: Every page is found by one other, kept or not, so that no lost link is found again by chance; 1 and 3 keep nothing.
CHAIN: dict[int, list[int]] = {0: [2, 1], 2: [4], 1: [6], 4: [3], 3: [8], 6: [0], 8: []}


@unsynced()
def test_every_older_file_beside_every_other_ends_with_each_page_once(tmp_path: Path) -> None:
    saved, lines = saved_at_every_commit(tmp_path / "whole", CHAIN)
    folder = tmp_path / "out"
    for rows in saved:
        for kept in range(len(lines) + 1):
            torn = lines[kept][:20] if kept < len(lines) and kept % 2 else b""
            lost(folder, rows, b"".join(lines[:kept]) + torn)
            job = Job.open(folder, SITE)
            assert not job.finished or kept == len(lines)
            found = job.stats()["tabs_found"]
            job.close()
            assert found == kept
            crawl(folder, CHAIN, lambda: None)
            assert sorted(numbers(folder)) == [0, 2, 4, 6, 8]
            stats = json.loads((folder / "stats.json").read_text())
            assert (stats["state"], stats["tabs_found"], stats["refused"]) == ("finished", 5, {"odd": 2})


@unsynced()
@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(1, 40)), min_size=1, max_size=4))
def test_again_and_again_older_and_killed(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[float, float, int]]
) -> None:
    folder = tmp_path_factory.mktemp("job") / "out"
    saved: list[bytes] = [b""]
    original = Frontier.commit

    def commit(rows: Frontier, **named: Any) -> None:
        original(rows, **named)
        saved.append(rows._db.serialize())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Frontier, "commit", commit)
        for older, shorter, kill in cuts:
            left = iter(range(kill))

            def step(left: Any = left) -> None:
                if next(left, None) is None:
                    raise Killed

            with suppress(Killed):
                crawl(folder, CHAIN, step)
            pages = (folder / "pages.jsonl").read_bytes()
            at = round(older * (len(saved) - 1))
            lost(folder, saved[at], pages[: round(shorter * len(pages))])
            del saved[at + 1 :]
        crawl(folder, CHAIN, lambda: None)
    assert sorted(numbers(folder)) == [0, 2, 4, 6, 8]
    assert json.loads((folder / "stats.json").read_text())["state"] == "finished"
    shutil.rmtree(folder.parent)


def test_a_page_whose_links_are_lost_stays_whatever_the_site_says_now(tmp_path: Path) -> None:
    saved, lines = saved_at_every_commit(tmp_path / "whole", {0: []})
    for visit, state, errors in (
        (Visit(1, reason="odd"), "finished", {}),
        (Visit(1, page("http://127.0.0.1/0")), "finished", {}),
        (Visit(1, reason="HTTP 404", end=End.FAILED), "unfinished", {"HTTP 404": 1}),
    ):
        lost(tmp_path / "out", saved[0], lines[0])
        job = Job.open(tmp_path / "out", SITE)
        add(job, 0)
        assert job.frontier.take("h") is not None
        job.end(visit)
        job.end_as_finished()
        stats = job.stats()
        job.close()
        assert (stats["tabs_found"], stats["state"], stats["errors"]) == (1, state, errors)
        assert numbers(tmp_path / "out") == [0]
        with Job.opened(tmp_path / "out", SITE) as again:
            assert again.frontier.waiting == (1 if errors else 0)  # nothing else was ever fetched


def test_what_a_scrape_is_of_stands_in_the_file_itself_from_the_start(tmp_path: Path) -> None:
    with Job.opened(tmp_path / "out", SITE):
        rows = (tmp_path / "out" / "job" / "urls.sqlite").read_bytes()
    lost(tmp_path / "cut", rows, b"")  # without the log beside it
    with pytest.raises(InputError, match="holds the scrape of another site"):
        Job.open(tmp_path / "cut", Site(("http://127.0.0.1/1",), allow_private=True))


def test_fragments_and_the_order_of_queries_do_not_matter() -> None:
    assert fingerprint("http://a.b/x?b=1&a=2#c") == fingerprint("http://a.b/x?a=2&b=1")
    assert fingerprint("http://a.b/x") != fingerprint("http://a.b/x/")


def test_priority_then_order_and_pauses_behind(tmp_path: Path) -> None:
    rows = Frontier(tmp_path / "rows.sqlite")
    for name, priority in (("a", 0), ("b", 0), ("c", 5)):
        rows.add(name.encode(), "h", {"url": name}, priority)
    rows.add(b"z", "other", {"url": "z"})
    assert rows.free_hosts() == ["h", "other"]
    first = rows.take("h")
    assert first is not None
    assert first.request == {"url": "c"}
    assert rows.free_hosts() == ["other"]
    rows.received(first.id)
    assert rows.free_hosts() == ["h", "other"]
    rows.put_back(first.id, {"url": "c", "again": 1})
    assert [row.request["url"] for row in iter(lambda: rows.take("h"), None)] == ["c", "a", "b"]
    assert rows.waiting == 1
    assert len(rows) == 4
    rows.close()


def test_lines_that_are_no_pages_are_named(tmp_path: Path) -> None:
    job = Job.open(tmp_path / "out", SITE)
    job.close()
    (tmp_path / "out" / "pages.jsonl").write_text('{"url": "x"}\n')
    with pytest.raises(InputError, match="a line that is no page: mend it, or start anew with --force"):
        Job.open(tmp_path / "out", SITE)
    with Job.opened(tmp_path / "out", SITE, force=True) as job:
        assert job.stats()["tabs_found"] == 0


def test_a_long_torn_line_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_bytes(b"whole\n" + b"x" * 200_000)
    pages = PagesFile(path)
    assert pages.end == 6
    pages.append(page("http://a.b/"))
    pages.close()
    assert path.read_bytes().startswith(b'whole\n{"url"')
    (tmp_path / "none").write_bytes(b"x" * 200_000)
    assert PagesFile(tmp_path / "none").end == 0


def test_a_full_disk_under_the_rows_is_kept_for_the_end_and_mended(tmp_path: Path) -> None:
    job = Job.open(tmp_path / "out", SITE)
    add(job, 0)
    job.frontier.commit()
    size = job.frontier._db.execute("PRAGMA page_count").fetchone()[0]
    job.frontier._db.execute(f"PRAGMA max_page_count={size}")
    row = job.frontier.take("h")
    assert row is not None
    for number in range(1, 10):
        if not job.broken:
            job.end(Visit(row.id, reason="x" * 10_000 * number))
    assert "full" in str(job.broken)
    obstacle = tmp_path / "out" / "stats.json.new"
    obstacle.mkdir()
    with pytest.raises(OutputError, match="make room, then run this again"):
        job.close()
    obstacle.rmdir()
    with Job.opened(tmp_path / "out", SITE) as again:
        assert again.frontier.waiting == 1
