"""Items -> pieces: the tab of a page, file or tune with its provenance, or a `Refusal` with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from basstab_hf.dataset.sources import GUITAR_PRO_SUFFIXES, MIDI_SUFFIXES, UNSTATED, Item, Page, Refusal
from basstab_hf.dataset.tune import Tune, TuneError
from basstab_hf.errors import InputError
from basstab_hf.formats.track import Marks, Track
from basstab_hf.recognise import RecognisedSystem, recognise_bytes, recognise_tabs
from basstab_hf.tab import Tab

#: Systems that the recogniser trusts less are left out, and counted.
MIN_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Piece:
    """One tab with its provenance.

    `song` names what it is a tab of where artist and title do not; `marks` run beside `tab.systems`: the section,
    repeats and chords of each. `left_out` counts systems that were not trusted.
    """

    tab: Tab
    source: str
    sha256: str
    song: str = ""
    url: str = ""
    licence: str = UNSTATED
    credit: str = ""
    retrieved_at: str = ""
    tempo: float | None = None
    time_signature: str = ""
    key: str = ""
    confidence: float = 1.0
    marks: tuple[Marks, ...] = ()
    left_out: int = 0


def read(item: Item) -> Sequence[Piece | Refusal]:
    """Recognise the tab of a page, read the bass tracks of a file, or arrange a tune.

    The one function that every way of building maps. Only a file of several bass tracks gives more than one piece.
    """
    if isinstance(item, Refusal):
        return [item]
    if isinstance(item, Tune):
        return [_arranged(item)]
    if item.suffix in GUITAR_PRO_SUFFIXES + MIDI_SUFFIXES:
        return _tracks(item)
    return [_recognised(item)]


def _recognised(page: Page) -> Piece | Refusal:
    content = page.content
    recognition = recognise_tabs(content) if isinstance(content, str) else recognise_bytes(content)
    kept = tuple(found for found in recognition.systems if found.confidence >= MIN_CONFIDENCE)
    if not kept:
        return Refusal(page.source, "low confidence" if recognition.systems else "no tab recognised")
    tab = Tab(
        tuple(found.system for found in kept),
        title=page.title or recognition.title or "",
        artist=page.artist or recognition.artist or "",
    )
    return replace(
        _piece(page, tab),
        confidence=min(found.confidence for found in kept),
        marks=tuple(map(_marks, kept)),
        left_out=len(recognition.systems) - len(kept),
    )


def _tracks(page: Page) -> list[Piece | Refusal]:
    """The bass tracks of a Guitar Pro or MIDI file; a second and third have their number in `source`."""
    from basstab_hf.formats import guitarpro, midi

    reader = guitarpro if page.suffix in GUITAR_PRO_SUFFIXES else midi
    try:
        found = reader.read_tracks(_bytes(page), page.source)
    except InputError:
        return [Refusal(page.source, f"unreadable {page.suffix} file")]
    pieces: list[Piece | Refusal] = [Refusal(page.source, reason) for reason in found.refused]
    for number, track in enumerate(found.tracks, start=1):
        piece = _track_piece(page, track)
        pieces.append(piece if number == 1 else replace(piece, source=f"{page.source}#{number}"))
    return pieces or [Refusal(page.source, "no bass track")]


def _track_piece(page: Page, track: Track) -> Piece:
    tab = replace(track.tab, title=track.tab.title or page.title, artist=track.tab.artist or page.artist)
    return replace(
        _piece(page, tab),
        tempo=track.tempo,
        time_signature=track.time_signature,
        marks=track.marks,
    )


def _piece(page: Page, tab: Tab) -> Piece:
    return Piece(
        tab=tab,
        source=page.source,
        sha256=page.sha256 or hashlib.sha256(_bytes(page)).hexdigest(),
        url=page.url,
        licence=page.licence,
        retrieved_at=page.retrieved_at,
    )


def _bytes(page: Page) -> bytes:
    return page.content.encode() if isinstance(page.content, str) else page.content


def _marks(found: RecognisedSystem) -> Marks:
    return Marks(found.section or "", found.repeats or 1, tuple(found.chords))


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
