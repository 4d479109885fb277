"""Sources -> items: the pages, files and tunes that a build reads, one after the other and never all at once.

Input: `public-domain`, a folder with pages.jsonl, a folder of tab files, or one file. The order is stable: a folder's
files by name, then its folders by name.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from basstab_hf import files
from basstab_hf.dataset.tune import Tune
from basstab_hf.errors import InputError

PUBLIC_DOMAIN = "public-domain"
PAGES_FILE = "pages.jsonl"
TEXT_SUFFIXES = (".txt", ".html", ".htm", ".md", ".tab", ".btab")
GUITAR_PRO_SUFFIXES = (".gp3", ".gp4", ".gp5")
MIDI_SUFFIXES = (".mid", ".midi")
SUFFIXES = TEXT_SUFFIXES + GUITAR_PRO_SUFFIXES + MIDI_SUFFIXES
UNSTATED = "not stated: ask the owner before sharing"


@dataclass(frozen=True, slots=True)
class Page:
    """Something that was fetched or lies on disk, before anything is recognised in it.

    `content` is text where the scraper decoded it, bytes as they lie on disk; `suffix` tells what kind of file it is.
    """

    source: str
    content: bytes | str
    url: str = ""
    title: str = ""
    artist: str = ""
    licence: str = UNSTATED
    retrieved_at: str = ""
    sha256: str = ""  # of the page as it was fetched; empty: of `content`
    suffix: str = ".html"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page or tune that gives no piece, and why."""

    source: str
    reason: str


Item: TypeAlias = Page | Tune | Refusal


def items(source: str, limit: int | None = None, jobs: int = 1) -> Iterator[Item]:
    """The first `limit` items of a source (all of them: None); public-domain tunes are parsed in `jobs` processes.

    Raises:
        InputError: nothing there, or nothing of a known kind.
    """
    return _tunes(limit, jobs) if source == PUBLIC_DOMAIN else islice(_pages(source), limit)


def _pages(source: str) -> Iterator[Item]:
    path = Path(source)
    if (path / PAGES_FILE).is_file():
        yield from _scraped(path / PAGES_FILE)
    elif path.is_dir():
        found = False
        for file in _tab_files(path):
            found = True
            yield _file_page(file, root=path)
        if not found:
            raise InputError(f"{path} holds neither {PAGES_FILE} nor files ending in {' '.join(SUFFIXES)}")
    elif path.exists():
        yield Page(path.name, files.read_bytes(path), title=path.stem, suffix=path.suffix.lower())
    else:
        raise InputError(f"{source} is no file or folder, nor the word {PUBLIC_DOMAIN!r}")


def _tunes(limit: int | None, jobs: int) -> Iterator[Tune | Refusal]:
    """Public-domain tunes that music21 ships; those that cannot be read come last, as refusals."""
    from basstab_hf.dataset import public_domain

    unread: Counter[str] = Counter()
    yield from public_domain.tunes(limit, jobs=jobs, refused=unread)
    for reason in unread.elements():
        yield Refusal(PUBLIC_DOMAIN, reason)


def _tab_files(root: Path) -> Iterator[Path]:
    """Files of known kinds, one folder in memory at a time; links to folders are not followed."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if Path(name).suffix.lower() in SUFFIXES:
                yield Path(folder, name)


def _file_page(file: Path, root: Path) -> Page | Refusal:
    """A file of a folder laid out as artist/title.html."""
    inside = file.relative_to(root)
    try:
        content = files.read_bytes(file)
    except InputError:
        return Refusal(inside.as_posix(), "unreadable file")
    artist = inside.parts[-2] if len(inside.parts) > 1 else ""
    return Page(inside.as_posix(), content, title=file.stem, artist=artist, suffix=file.suffix.lower())


def _scraped(path: Path) -> Iterator[Page]:
    """Lines of pages.jsonl; a torn last line, as a killed scrape leaves it, is no page."""
    for number, line in enumerate(_lines(path), start=1):
        try:
            values = json.loads(line)
            yield Page(
                source=_text(values["url"]),
                content=_text(values["content"]),
                url=_text(values.get("final_url")) or values["url"],
                title=_text(values.get("title")),
                artist=_text(values.get("artist")),
                licence=_text(values.get("licence")) or UNSTATED,
                retrieved_at=_text(values.get("fetched_at")),
                sha256=_text(values.get("sha256")),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}, line {number}: no page with url and content: {error}") from error


def _text(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    # Half a surrogate pair, which JSON can spell and UTF-8 cannot, would stop the whole build when it is written.
    return (value or "").encode(errors="replace").decode()


def _lines(path: Path) -> Iterable[str]:
    with path.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            if line.endswith("\n"):
                yield line
