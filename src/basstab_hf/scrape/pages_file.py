"""pages.jsonl: whole lines appended, a torn last line cut off, pages read back to see which are there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from basstab_hf.errors import InputError
from basstab_hf.scrape.items import Page


class PagesFile:
    """The file, open for appending; `end` is the offset behind its last whole line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self.end = self._cut_torn_line()

    def append(self, page: Page) -> None:
        """Write one line, or nothing: after an error (a full disk) the file ends where it did."""
        try:
            data = json.dumps(asdict(page), ensure_ascii=False).encode() + b"\n"
        except UnicodeEncodeError:  # half a surrogate pair, as JSON can write it and UTF-8 cannot
            data = json.dumps(asdict(page)).encode() + b"\n"
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            os.ftruncate(self._descriptor, self.end)
            raise
        self.end += len(data)

    def urls(self, start: int = 0) -> Iterator[str]:
        """The final URLs of the pages from an offset on.

        Raises:
            InputError: a line is no page.
        """
        with self.path.open("rb") as stream:
            stream.seek(start)
            for line in stream:
                try:
                    yield json.loads(line)["final_url"]
                except (ValueError, KeyError, TypeError) as error:
                    place = f"{self.path}, before byte {stream.tell()}"
                    raise InputError(f"{place}: a line that is no page: mend it, or start anew with --force") from error

    def sync(self) -> None:
        """Let what was appended survive a power cut."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _cut_torn_line(self) -> int:
        """Cut what stands behind the last line end; the size that is left."""
        size = os.fstat(self._descriptor).st_size
        end, block = size, 1 << 16
        while end > 0:
            start = max(0, end - block)
            newline = os.pread(self._descriptor, end - start, start).rfind(b"\n")
            end = start if newline < 0 else start + newline + 1
            if newline >= 0:
                break
        if end < size:
            os.ftruncate(self._descriptor, end)
        return end
