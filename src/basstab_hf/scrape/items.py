"""What a spider hands to the pipeline: how the visit of one URL ended, with the page if it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class Page:
    """One line of pages.jsonl, its keys in this order."""

    url: str
    final_url: str
    fetched_at: str  # ISO 8601, UTC
    status: int
    content_type: str
    sha256: str  # of the body as it was sent, unpacked
    title: str
    artist: str
    content: str  # decoded; nothing cleaned away
    spider: str
    robots: str  # allowed, no robots.txt or ignored
    licence: str


class End(IntEnum):
    """How a visit ends."""

    KEPT = 2  # with a page
    SEEN = 3  # fetched and read, nothing to keep
    REFUSED = 4  # not fetched, or not to the end, by a rule
    FAILED = 5  # not fetched by mishap; another time it might be
    MOVED = 6  # another URL goes on with it


@dataclass(frozen=True, slots=True)
class Visit:
    """The end of a visit; `reason` says why there is no page."""

    row: int
    page: Page | None = None
    reason: str = ""
    end: End = End.SEEN
