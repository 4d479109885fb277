"""Files inside zip archives (.mxl, .gp), of bounded size."""

from __future__ import annotations

import zipfile
import zlib

#: What zipfile raises over broken, encrypted and unknown archives.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    RuntimeError,
    NotImplementedError,
    OSError,
    EOFError,
    ValueError,
)


def member(archive: zipfile.ZipFile, path: str, most: int) -> bytes:
    """The first `most` bytes of a file in an archive, and one more where it is longer. Raises one of `BROKEN`."""
    with archive.open(path) as file:
        return file.read(most + 1)
