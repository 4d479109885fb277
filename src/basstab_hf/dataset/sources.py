"""Sources -> items: the pages, files and tunes that a build reads, one after the other and never all at once.

Input: `public-domain`, `composed` or `composed:STYLE`, a folder with pages.jsonl, a folder of tab files, or one file.
The order is stable: a folder's files by name, then its folders by name.
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
from basstab_hf.dataset.names import in_words
from basstab_hf.dataset.tune import Tune
from basstab_hf.errors import InputError, did_you_mean
from basstab_hf.formats.table import readable, reader_of

PUBLIC_DOMAIN = "public-domain"
COMPOSED = "composed"
#: Songs of the composer where no limit is given.
SONGS = 5000
PAGES_FILE = "pages.jsonl"
#: Endings of tabs and scores, of which those that no format reads are counted.
_NOTATION = (".gp", ".gpx", ".ptb", ".pt2", ".tg", ".tef", ".mscz", ".mscx", ".sib", ".mus", ".musx", ".kar", ".rmi")
_MUSIC = frozenset({*_NOTATION, ".abc", ".ly", ".krn", ".mei", ".bww", ".pdf", ".doc", ".docx", ".rtf"})
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


@dataclass(frozen=True, slots=True)
class Order:
    """A song that the composer is to write: the number of it in a seed; `style`: in this one, None: in any."""

    seed: int
    number: int
    style: str | None = None


Item: TypeAlias = Page | Tune | Order | Refusal


def items(source: str, limit: int | None = None, jobs: int = 1, seed: int = 1) -> Iterator[Item]:
    """The first `limit` items of a source (all of them: None; of the composer's songs: `SONGS`).

    Public-domain tunes are parsed in `jobs` processes; `seed` is the composer's.

    Behind the files of a folder come, as refusals, music of kinds that are not read.

    Raises:
        InputError: nothing there, or nothing of a known kind.
    """
    if source.partition(":")[0] == COMPOSED:
        return _orders(source, limit, seed)
    return _tunes(limit, jobs) if source == PUBLIC_DOMAIN else islice(_pages(source), limit)


def _orders(source: str, limit: int | None, seed: int) -> Iterator[Order]:
    from basstab_hf.composer.style import style

    name = source.partition(":")[2] or None
    if name is not None:
        style(name)
    return (Order(seed, number, name) for number in range(SONGS if limit is None else limit))


def _pages(source: str) -> Iterator[Item]:
    path = Path(source)
    if (path / PAGES_FILE).is_file():
        yield from _scraped(path / PAGES_FILE)
    elif path.is_dir():
        found = False
        unread: list[Path] = []
        for file in _tab_files(path, unread):
            found = True
            yield _file_page(file, root=path)
        if not found:
            raise InputError(f"{path} holds neither {PAGES_FILE} nor files ending in {' '.join(readable())}")
        for file in unread:
            yield Refusal(_text(file.relative_to(path).as_posix()), f"{file.suffix.lower()} files are not read")
    elif path.exists():
        reader_of(path)
        yield Page(_text(path.name), files.read_bytes(path), title=_text(path.stem), suffix=path.suffix.lower())
    else:
        meant = files.near_path(source) or did_you_mean(source, (PUBLIC_DOMAIN, COMPOSED))
        if meant:
            raise InputError(f"there is no {source}{meant}")
        raise InputError(f"{source} is no file or folder, nor one of the words {PUBLIC_DOMAIN!r}, {COMPOSED!r}")


def _tunes(limit: int | None, jobs: int) -> Iterator[Tune | Refusal]:
    """Public-domain tunes that music21 ships; those that cannot be read come last, as refusals."""
    from basstab_hf.dataset import public_domain

    unread: Counter[str] = Counter()
    yield from public_domain.tunes(limit, jobs=jobs, refused=unread)
    for reason in unread.elements():
        yield Refusal(PUBLIC_DOMAIN, reason)


def _tab_files(root: Path, unread: list[Path]) -> Iterator[Path]:
    """Files of known kinds, one folder in memory at a time; links to folders are not followed.

    Music of other kinds goes to `unread`.
    """
    suffixes = readable()
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if Path(name).suffix.lower() in suffixes:
                yield Path(folder, name)
            elif Path(name).suffix.lower() in _MUSIC:
                unread.append(Path(folder, name))


def _file_page(file: Path, root: Path) -> Page | Refusal:
    """A file of a folder laid out as artist/title.html."""
    inside = file.relative_to(root)
    try:
        content = files.read_bytes(file)
    except InputError:
        return Refusal(_text(inside.as_posix()), "unreadable file")
    artist = _text(inside.parts[-2]) if len(inside.parts) > 1 else ""
    title = in_words(_text(file.stem))
    return Page(_text(inside.as_posix()), content, title=title, artist=in_words(artist), suffix=file.suffix.lower())


def _scraped(path: Path) -> Iterator[Page]:
    """Lines of pages.jsonl; a torn last line, as a killed scrape leaves it, is no page."""
    for number, line in enumerate(_lines(path), start=1):
        try:
            values = json.loads(line.decode("utf-8"))
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
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: no page with url and content: {error}") from error


def _text(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    # Half a surrogate pair, which UTF-8 cannot hold, would stop a build; JSON and names of files have some.
    return (value or "").encode(errors="replace").decode()


def _lines(path: Path) -> Iterable[bytes]:
    with path.open("rb") as stream:
        for line in stream:
            if line.endswith(b"\n"):
                yield line
