"""Sources -> pieces: every page or tune becomes a `Piece` with its provenance, or a `Refusal` with its reason.

Input: `public-domain`, a folder with pages.jsonl, a folder of tab files, or one file. Order is stable: files by name.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from basstab_hf import files
from basstab_hf.dataset.tune import Tune, TuneError
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.recognise import RecognisedSystem, recognise_bytes
from basstab_hf.tab import Tab

PUBLIC_DOMAIN = "public-domain"
PAGES_FILE = "pages.jsonl"
SUFFIXES = (".txt", ".html", ".htm", ".md", ".tab", ".btab")
#: Systems that the recogniser trusts less are left out, and counted.
MIN_CONFIDENCE = 0.5
_UNSTATED = "not stated: ask the owner before sharing"


@dataclass(frozen=True, slots=True)
class Page:
    """Something that was fetched or lies on disk, before anything is recognised in it."""

    source: str
    content: bytes
    url: str = ""
    title: str = ""
    artist: str = ""
    licence: str = _UNSTATED
    retrieved_at: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One tab with its provenance.

    `song` names what it is a tab of where artist and title do not; `found` runs beside `tab.systems`, with the section,
    repeats and chords of each.
    """

    tab: Tab
    source: str
    sha256: str
    song: str = ""
    url: str = ""
    licence: str = _UNSTATED
    credit: str = ""
    retrieved_at: str = ""
    tempo: float | None = None
    time_signature: str = ""
    key: str = ""
    confidence: float = 1.0
    found: tuple[RecognisedSystem, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page or tune that gives no piece, and why."""

    source: str
    reason: str


def pages(source: str) -> Iterator[Page]:
    """Pages of a folder with pages.jsonl, a folder of tab files (artist/title.html), or one file.

    Raises:
        InputError: nothing there, or nothing of a known kind.
    """
    path = Path(source)
    if (path / PAGES_FILE).is_file():
        yield from _scraped(path / PAGES_FILE)
    elif path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        if not found:
            raise InputError(f"{path} holds neither {PAGES_FILE} nor files ending in {' '.join(SUFFIXES)}")
        for file in found:
            yield _file_page(file, root=path)
    elif path.exists():
        yield _file_page(path, root=path.parent)
    else:
        raise InputError(f"{source} is no file or folder, nor the word {PUBLIC_DOMAIN!r}")


def tunes(limit: int | None, jobs: int) -> Iterator[Tune | Refusal]:
    """Public-domain tunes that music21 ships; those that cannot be read come last, as refusals."""
    from basstab_hf.dataset import public_domain

    unread: Counter[str] = Counter()
    yield from public_domain.tunes(limit, jobs=jobs, refused=unread)
    for reason in unread.elements():
        yield Refusal(PUBLIC_DOMAIN, reason)


def read(item: Page | Tune | Refusal) -> Piece | Refusal:
    """Recognise the tab of a page, or arrange a tune: the one function that every way of building maps."""
    if isinstance(item, Page):
        return _recognised(item)
    return _arranged(item) if isinstance(item, Tune) else item


def _recognised(page: Page) -> Piece | Refusal:
    try:
        recognition = recognise_bytes(page.content)
    except BasstabError as error:
        return Refusal(page.source, f"unreadable: {error}")
    kept = tuple(found for found in recognition.systems if found.confidence >= MIN_CONFIDENCE)
    if not kept:
        return Refusal(page.source, "low confidence" if recognition.systems else "no tab recognised")
    tab = Tab(
        tuple(found.system for found in kept),
        title=page.title or recognition.title or "",
        artist=page.artist or recognition.artist or "",
    )
    return Piece(
        tab=tab,
        source=page.source,
        sha256=hashlib.sha256(page.content).hexdigest(),
        url=page.url,
        licence=page.licence,
        retrieved_at=page.retrieved_at,
        confidence=min(found.confidence for found in kept),
        found=kept,
    )


def _arranged(tune: Tune) -> Piece | Refusal:
    from basstab_hf.dataset.arrange import arrangement

    try:
        arranged = arrangement(tune)
    except TuneError as error:
        return Refusal(tune.source, error.reason)
    return Piece(
        tab=replace(arranged.tab, title=tune.title, artist=tune.collection),
        source=tune.source,
        sha256=hashlib.sha256(arranged.tab.text.encode()).hexdigest(),
        song=tune.work,
        licence=tune.licence,
        credit=tune.credit,
        tempo=arranged.tempo,
        time_signature=arranged.time_signature,
        key=arranged.key,
    )


def _file_page(file: Path, root: Path) -> Page:
    folders = file.relative_to(root).parts[:-1]
    return Page(
        source=file.relative_to(root).as_posix(),
        content=files.read_bytes(file),
        title=file.stem,
        artist=folders[-1] if folders else "",
    )


def _scraped(path: Path) -> Iterator[Page]:
    """Lines of pages.jsonl; a torn last line, as a killed scrape leaves it, is no page."""
    for number, line in enumerate(_lines(path), start=1):
        try:
            values = json.loads(line)
            yield Page(
                source=values["url"],
                content=values["content"].encode(),
                url=values.get("final_url") or values["url"],
                title=values.get("title") or "",
                artist=values.get("artist") or "",
                licence=values.get("licence") or _UNSTATED,
                retrieved_at=values.get("fetched_at") or "",
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}, line {number}: no page with url and content: {error}") from error


def _lines(path: Path) -> Iterable[str]:
    with path.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            if line.endswith("\n"):
                yield line
