"""Every URL that a scrape knows and what became of it, in one SQLite file that survives kill -9.

A row is waiting until it has ended. What was in flight when the process died is waiting again when the file is opened.
Changes gather in one transaction until `commit`, so that they reach the disk together or not at all.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.scrape.items import End

#: States of rows that have not ended; the others are those of `End`.
WAITING, IN_FLIGHT = 0, 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS urls (
    id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, host TEXT NOT NULL, priority INTEGER NOT NULL,
    state INTEGER NOT NULL, request TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS waiting ON urls (host, priority DESC, id) WHERE state = 0;
CREATE TABLE IF NOT EXISTS unlinked (fingerprint BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (
    kind TEXT, name TEXT, number INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A URL to be fetched: its request as JSON values."""

    id: int
    host: str
    request: dict[str, Any]


def fingerprint(url: str) -> bytes:
    """What tells URLs apart: not their fragments, nor the order of their query."""
    from w3lib.url import canonicalize_url  # comes with Scrapy, whose absence `scrape` reports

    return hashlib.blake2b(canonicalize_url(url).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Frontier:
    """The rows. One process at a time: the file stays locked while it is open.

    Raises:
        InputError: another process has it open, or it is no SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            # A killed process loses nothing that it committed; a power cut may cost what came after the last durable
            # commit: pages.jsonl is compared with the rows when a scrape is resumed.
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("BEGIN IMMEDIATE")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._db.execute(statement)
            self._db.execute("UPDATE urls SET state = ? WHERE state = ?", (WAITING, IN_FLIGHT))
        except sqlite3.Error as error:
            self._db.close()
            if "locked" in str(error):
                raise InputError(f"{path.parent.parent} is being scraped by another process: wait for it") from error
            raise InputError(f"{path} cannot be used: {error}: choose another --out") from error
        self._fetching: dict[int, str] = {}  # row -> host
        self._recount()

    def __len__(self) -> int:
        return self._total

    @property
    def waiting(self) -> int:
        return self._waiting.total()

    def free_hosts(self) -> list[str]:
        """Hosts with waiting rows of which none is being fetched."""
        busy = set(self._fetching.values())
        return [host for host in self._waiting if host not in busy]

    def received(self, row: int) -> None:
        """The response of a row is there: its host is free, though the row has not ended yet."""
        self._fetching.pop(row, None)

    def commit(self, *, durable: bool = False) -> None:
        """Make what has changed since the last time survive a kill, or a power cut, too; a new transaction begins."""
        self._db.execute("COMMIT")
        if durable:
            self._db.execute("PRAGMA wal_checkpoint")  # syncs the log, then the file itself
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Unlock; what is not committed is dropped."""
        self._db.close()

    def knows(self, key: bytes) -> bool:
        """Whether a URL was ever added."""
        return self._db.execute("SELECT 1 FROM urls WHERE fingerprint = ?", (key,)).fetchone() is not None

    def add(self, key: bytes, host: str, request: dict[str, Any], priority: int = 0) -> None:
        """A new URL, waiting."""
        self._db.execute(
            "INSERT INTO urls (fingerprint, host, priority, state, request) VALUES (?, ?, ?, 0, ?)",
            (key, host, priority, json.dumps(request, separators=(",", ":"))),
        )
        self._waiting[host] += 1
        self._total += 1

    def take(self, host: str) -> Row | None:
        """The next waiting row of a host, which is in flight from now on."""
        row = self._db.execute(
            "SELECT id, request FROM urls WHERE state = 0 AND host = ? ORDER BY priority DESC, id LIMIT 1", (host,)
        ).fetchone()
        if row is None:
            return None
        self._db.execute("UPDATE urls SET state = ? WHERE id = ?", (IN_FLIGHT, row[0]))
        self._waiting -= Counter([host])  # a host without any drops out
        self._fetching[row[0]] = host
        return Row(row[0], host, json.loads(row[1]))

    def put_back(self, row: int, request: dict[str, Any] | None = None) -> None:
        """A row in flight waits again, behind others, with another request if one is given."""
        text = None if request is None else json.dumps(request, separators=(",", ":"))
        host = self._db.execute(
            "UPDATE urls SET state = ?, priority = priority - 1, request = coalesce(?, request) WHERE id = ? "
            "RETURNING host",
            (WAITING, text, row),
        ).fetchone()[0]
        self._waiting[host] += 1
        self.received(row)

    def end(self, row: int, state: End, reason: str = "") -> None:
        """A row in flight has ended."""
        self._db.execute("UPDATE urls SET state = ?, reason = ? WHERE id = ?", (state, reason, row))
        self.received(row)

    def key_of(self, row: int) -> bytes:
        """The fingerprint of a row."""
        return bytes(self._db.execute("SELECT fingerprint FROM urls WHERE id = ?", (row,)).fetchone()[0])

    def keep_only(self, keys: set[bytes]) -> None:
        """Let the rows of all pages that are not on disk wait again."""
        self._db.execute("DELETE FROM unlinked")
        for row, key in self._db.execute("SELECT id, fingerprint FROM urls WHERE state = ?", (End.KEPT,)).fetchall():
            if bytes(key) not in keys:
                self._db.execute("UPDATE urls SET state = ? WHERE id = ?", (WAITING, row))
        self._recount()

    def keep(self, keys: Iterable[bytes], linked: bytes) -> None:
        """Let rows know of pages on disk. But for `linked` their links are lost: they are fetched again for these.

        A page without a row gets one when it is found again: how deep it lies is lost with the row.
        """
        update = "UPDATE urls SET state = ?, reason = '' WHERE fingerprint = ?"
        for key in keys:
            known = self._db.execute("SELECT state FROM urls WHERE fingerprint = ?", (key,)).fetchone()
            if known == (End.KEPT,):
                continue
            if key != linked:
                self._db.execute("INSERT OR IGNORE INTO unlinked VALUES (?)", (key,))
            self._db.execute(update, (End.KEPT if key == linked else WAITING, key))
        self._recount()

    def unlinked(self) -> set[bytes]:
        """Pages on disk whose links are not known."""
        return {bytes(key) for (key,) in self._db.execute("SELECT fingerprint FROM unlinked")}

    def link(self, key: bytes) -> None:
        """The links of a page on disk are known now."""
        self._db.execute("DELETE FROM unlinked WHERE fingerprint = ?", (key,))

    def retry_failed(self) -> None:
        """What failed waits again, its retries forgotten."""
        self._db.execute(
            "UPDATE urls SET state = ?, reason = '', request = json_remove(request, '$.meta.retry_times') "
            "WHERE state = ?",
            (WAITING, End.FAILED),
        )
        self._recount()

    def ended(self, state: int) -> dict[str, int]:
        """How many rows ended in a state, by reason, the most frequent first."""
        return dict(
            self._db.execute(
                "SELECT reason, count(*) FROM urls WHERE state = ? GROUP BY reason ORDER BY 2 DESC, 1", (state,)
            ).fetchall()
        )

    def count(self, kind: str, name: str) -> int:
        """One more of a kind by name; how many there are now."""
        self._db.execute(
            "INSERT INTO counts VALUES (?, ?, 1) ON CONFLICT (kind, name) DO UPDATE SET number = number + 1",
            (kind, name),
        )
        return self.number(kind, name)

    def number(self, kind: str, name: str) -> int:
        """How many of a kind were counted by name."""
        row = self._db.execute("SELECT number FROM counts WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return int(row[0]) if row else 0

    def counted(self, kind: str) -> dict[str, int]:
        """All names of a kind and their numbers, the highest first."""
        query = "SELECT name, number FROM counts WHERE kind = ? ORDER BY number DESC, name"
        return dict(self._db.execute(query, (kind,)).fetchall())

    def fact(self, name: str, default: str = "") -> str:
        """A remembered value."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else default

    def remember(self, name: str, value: object) -> None:
        """Keep a value under a name."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, str(value)))

    def clear(self) -> None:
        """Forget everything."""
        for table in ("urls", "unlinked", "counts", "facts"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608  # no values inside
        self._recount()

    def _recount(self) -> None:
        query = "SELECT host, count(*) FROM urls WHERE state = 0 GROUP BY host"
        self._waiting: Counter[str] = Counter(dict(self._db.execute(query).fetchall()))
        self._total: int = self._db.execute("SELECT count(*) FROM urls").fetchone()[0]
