"""Where an unfinished search keeps what Ray Tune writes: a folder, or any URL that pyarrow or fsspec knows.

All nodes of a cluster must reach it: a disk that they share, s3://bucket/path, gs://, hf://, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basstab_hf.errors import InputError

#: Folder of Ray Tune's own files at the storage place, while a search is unfinished.
EXPERIMENT = "trials"


@dataclass(frozen=True, slots=True)
class Storage:
    """A folder on a filesystem of pyarrow."""

    filesystem: Any
    path: str

    @classmethod
    def open(cls, place: str) -> Storage:
        """Open a path or URL; a folder is made when something is written.

        Raises:
            InputError: an unknown kind of URL, or a package for it is missing, or it refuses.
        """
        import fsspec
        from pyarrow import ArrowException, ArrowInvalid, fs

        if "://" not in place:
            return cls(fs.LocalFileSystem(), str(Path(place).absolute()))
        try:
            try:
                return cls(*fs.FileSystem.from_uri(place))
            except ArrowInvalid:
                filesystem, path = fsspec.url_to_fs(place)
                return cls(fs.PyFileSystem(fs.FSSpecHandler(filesystem)), path)
        except (ArrowException, ValueError, OSError, ImportError) as error:
            raise InputError(f"storage {place} cannot be used: {str(error).splitlines()[0]}") from error

    @property
    def experiment(self) -> str:
        """Path of Ray Tune's files."""
        return f"{self.path.rstrip('/')}/{EXPERIMENT}"

    def holds_search(self) -> bool:
        """Whether an unfinished search lies there that can go on: Ray Tune has saved its state at least once."""
        from pyarrow import fs

        entries = self.filesystem.get_file_info(fs.FileSelector(self.experiment, allow_not_found=True))
        names = {info.base_name for info in entries}
        return "tuner.pkl" in names and any(name.startswith("experiment_state-") for name in names)

    def clear(self) -> None:
        """Remove what a search kept there."""
        from pyarrow import fs

        if self.filesystem.get_file_info(self.experiment).type != fs.FileType.NotFound:
            self.filesystem.delete_dir(self.experiment)
