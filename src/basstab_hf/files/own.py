"""Which folders and files are this package's: what may be replaced or removed, and what others put there stays.

Input: a folder. Output: the same folder without what is ours, or another one with what is not.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

_LOG = logging.getLogger(__name__)

#: One of these files lies in every folder that this package writes, with this in it: a dataset, a model or run,
#: a tokenizer, a search, a static Space.
_OURS = {
    "stats.json": "{",
    "training.yaml": "training:",
    "tokenizer_config.json": "basstab",
    "search.yaml": "space:",
    "space.json": "grammar",
    "manifest.json": "pyodide.asm.wasm",
}

#: The modules that lie in a model folder (`model.folder.model_code` has them).
_TRAVELLING = (
    *("bar_ids", "bar_width", "column_ids", "columns", "control_table", "control_words"),
    *("errors", "grammar", "grammar_processors", "grammar_table", "handler", "lines"),
    *("marks", "match_cache", "model_words", "names", "pasted", "pipeline_basstab"),
    *("prompt_ids", "remote_code", "tab_encoding", "tab_words", "token_kinds", "tokenization_basstab"),
    *("tuning", "values", "vocabulary"),
)

#: What `force` removes of such a folder, besides what is replaced by name; behind a final `/*` lies anything.
_WRITTEN = (
    *("stats.json", "croissant.json", "data/*.parquet", "plots/*.png"),
    *("model.safetensors", "config.json", "generation_config.json", "mixture.safetensors", "tunes.dat"),
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"),
    *("custom_generate/*.py", "onnx/model.onnx", *(f"{name}.py" for name in _TRAVELLING)),
    *("training.yaml", "metrics.json", "evaluation.json", "card.yaml", "checkpoints/*", "finished/*"),
    *("loss_curve.png", "bits_per_column.png", "metrics.png", "histograms.png", "sample.png", "sample.mp3"),
    *("search.yaml", "search.json", "runs.json", "best.yaml", "report.html", "model/*", "trials/*"),
    *("results.csv", "results.parquet", "curves.csv", "curves.parquet"),
    *("parallel_coordinates.png", "slices.png", "importance.png", "learning_curves.png"),
    *("space.json", "manifest.json", "prepared.json", "parts/*", "licences/*", "__pycache__/*"),
)

#: As many kept names are told.
_TOLD = 5


def clear(folder: Path) -> None:
    """Remove what this package wrote from one of its folders; what others put there stays, which is told."""
    for path in _files(folder):
        if _is_written(path.relative_to(folder).as_posix()):
            path.unlink()
    for inner, _, _ in os.walk(folder, topdown=False):
        if Path(inner) != folder and _holds_written(Path(inner).relative_to(folder).as_posix()):
            with suppress(OSError):  # something of others lies in it
                Path(inner).rmdir()
    _tell_kept(folder, [path.relative_to(folder).as_posix() for path in _files(folder)])


def move_into(source: Path, target: Path) -> None:
    """Move all files of a folder into another one, over those of the same names there."""
    for path in list(_files(source)):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
    shutil.rmtree(source)


def is_own(folder: Path) -> bool:
    """Whether this package wrote a folder, by what stands in one of its files."""
    for name, content in _OURS.items():
        with suppress(OSError):
            if content in (folder / name).read_text(encoding="utf-8", errors="replace").lower():
                return True
    return False


def _is_written(name: str) -> bool:
    """Whether a file of such a folder has one of our names."""
    return any(
        fnmatchcase(name, known) and (known.endswith("/*") or name.count("/") == known.count("/")) for known in _WRITTEN
    )


def _holds_written(name: str) -> bool:
    """Whether a folder within such a folder is there for files of ours."""
    return _is_written(f"{name}/_") or any(known.startswith(f"{name}/") for known in _WRITTEN)


def _files(folder: Path) -> Iterator[Path]:
    """All below a folder that is no folder, links as they are, and folders that are empty."""
    for inner, folders, names in os.walk(folder):
        if not folders and not names and Path(inner) != folder:
            yield Path(inner)
        linked = [name for name in folders if (Path(inner) / name).is_symlink()]
        yield from (Path(inner) / name for name in [*linked, *names])


def keep_others(before: Path, after: Path, path: Path) -> None:
    """Put what others wrote into a folder into the one that replaces it: linked, so that a kill loses nothing."""
    kept = []
    for old in _files(before):
        name = old.relative_to(before)
        new = after / name
        if _is_written(name.as_posix()) or new.exists() or new.is_symlink():
            continue
        if old.is_dir() and not old.is_symlink():
            if not _holds_written(name.as_posix()):
                new.mkdir(parents=True)
            continue
        new.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(old, new, follow_symlinks=False)
        except OSError:
            shutil.copy2(old, new, follow_symlinks=False)
        kept.append(name.as_posix())
    _tell_kept(path, kept)


def _tell_kept(folder: Path, names: list[str]) -> None:
    if tops := sorted({name.partition("/")[0] + "/" * ("/" in name) for name in names}):
        more = f" and {len(tops) - _TOLD} more" if len(tops) > _TOLD else ""
        _LOG.warning("%s: kept, as basstab does not write it anew: %s%s", folder, ", ".join(tops[:_TOLD]), more)
