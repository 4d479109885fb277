"""What a push would change in a repository: what differs from what is there, and what is there no more.

Input: `Contents`, and the files of the repository as the Hub lists them. Output: `Changes`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from basstab_hf.publish.contents import STALE, Contents


@dataclass(frozen=True, slots=True)
class Changes:
    """Names in the repository: files that are new or other ones now, and files that go."""

    uploads: tuple[str, ...]
    deletions: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.uploads or self.deletions)

    def without(self, name: str) -> Changes:
        """The same changes but that of one file."""
        return Changes(tuple(one for one in self.uploads if one != name), self.deletions)


def changes(contents: Contents, there: Mapping[str, Any]) -> Changes:
    """Compare by hashes, so that what is there already is neither sent nor committed again.

    Args:
        there: `RepoFile`s of huggingface_hub by name.
    """
    uploads = tuple(name for name, path in contents.files.items() if name not in there or _differs(path, there[name]))
    pattern = STALE.get(contents.kind)
    gone = tuple(name for name in there if pattern and fnmatchcase(name, pattern) and name not in contents.files)
    return Changes(uploads, gone)


def _differs(path: Path, there: Any) -> bool:
    """Whether two files differ: by SHA-256 if the repository keeps it as a large file, else by git's hash."""
    size = path.stat().st_size
    if size != there.size:
        return True
    digest = hashlib.sha256() if there.lfs else hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return bool(digest.hexdigest() != (there.lfs.sha256 if there.lfs else there.blob_id))
