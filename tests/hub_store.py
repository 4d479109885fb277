"""What the Hub of `hub_server` keeps: files as git and LFS name them, repositories as their commits, and its faults."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Blob:
    content: bytes
    large: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def oid(self) -> str:
        """As git names it; of a large file, what git keeps is a pointer."""
        kept = f"oid sha256:{self.sha256}\nsize {len(self.content)}\n".encode() if self.large else self.content
        return hashlib.sha1(b"blob %d\0" % len(kept) + kept).hexdigest()

    def listed(self, path: str) -> dict[str, Any]:
        found = {"type": "file", "path": path, "size": len(self.content), "oid": self.oid}
        lfs = {"oid": self.sha256, "size": len(self.content), "pointerSize": 130}
        return found | ({"lfs": lfs} if self.large else {})


@dataclass
class Repo:
    private: bool
    sdk: str | None = None
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, Blob]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    history: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # of each commit: its own and older titles

    def commit(self, branch: str, files: dict[str, Blob], message: str) -> str:
        parts = sorted((path, blob.oid) for path, blob in files.items())
        sha = hashlib.sha1(json.dumps([parts, message, len(self.commits)]).encode()).hexdigest()
        self.history[sha] = [(sha, message), *self.history.get(self.branches.get(branch, ""), [])]
        self.commits[sha], self.branches[branch] = files, sha
        self.messages.append(message)
        return sha

    def at(self, revision: str) -> tuple[str, dict[str, Blob]] | None:
        sha = self.branches.get(revision, revision)
        return (sha, self.commits[sha]) if sha in self.commits else None


@dataclass
class Fault:
    """What happens to requests of a kind: `skip` go well, then `times` do not."""

    status: int | str  # "drop": no answer; "lose": done, and no answer; "slow": late
    times: int = 1
    skip: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
