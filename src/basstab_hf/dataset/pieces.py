"""Items -> pieces: the tab of a page, file or tune with its provenance, or a `Refusal` with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.dataset.names import named
from basstab_hf.dataset.sources import COMPOSED, UNSTATED, Item, Order, Page, Refusal
from basstab_hf.dataset.tune import Tune, TuneError
from basstab_hf.errors import InputError
from basstab_hf.formats.table import Format, Kind, reader_of
from basstab_hf.formats.track import Marks, Track
from basstab_hf.formats.tracks import ALL
from basstab_hf.recognise import RecognisedSystem, recognise_bytes, recognise_tabs
from basstab_hf.rhythm.beat_grid import read_rhythm
from basstab_hf.rhythm.tempo_words import signature_length
from basstab_hf.tab.time_map import TimeMap
from basstab_hf.tab.timing import COLUMNS_PER_BEAT
from basstab_hf.tab.values import Tab

#: Systems that the recogniser trusts less are left out, and counted.
MIN_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Piece:
    """One tab with its provenance.

    `song` names what it is a tab of where artist and title do not; `marks` run beside `tab.systems`: the section,
    repeats and chords of each. `columns_per_beat` is as sure as `rhythm_confidence` says, and holds but for the bars
    that `times` has. `left_out` counts systems that were not trusted; `remarks` are the kinds of what the tab
    could not keep of its file.
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
    columns_per_beat: int | None = None
    rhythm_confidence: float = 1.0
    times: TimeMap = ()
    key: str = ""
    style: str = ""
    confidence: float = 1.0
    marks: tuple[Marks, ...] = ()
    left_out: int = 0
    remarks: tuple[str, ...] = ()


def read(item: Item, track: str | None = None) -> Sequence[Piece | Refusal]:
    """Recognise the tab of a page, read the bass tracks of a file, arrange a tune, or compose a song.

    The one function that every way of building maps. Only a file of several bass tracks gives more than one piece; with
    `track`, a name or number, it gives that one.
    """
    if isinstance(item, Refusal):
        return [item]
    if isinstance(item, Tune):
        return [_arranged(item)]
    if isinstance(item, Order):
        return [_composed(item)]
    reader = reader_of(f"tab{item.suffix}")
    return [_recognised(item)] if reader.kind is Kind.TEXT else _tracks(item, reader, track)


def _recognised(page: Page) -> Piece | Refusal:
    content = page.content
    try:
        recognition = recognise_tabs(content) if isinstance(content, str) else recognise_bytes(content)
    except InputError as error:
        return Refusal(page.source, _unreadable(str(error)))
    kept = tuple(system for system in recognition.systems if system.confidence >= MIN_CONFIDENCE)
    if not kept:
        return Refusal(page.source, "low confidence" if recognition.systems else "no tab recognised")
    # A scraper is told where titles stand; a file's name is what is left where its text states none.
    names = [(page.title, recognition.title), (page.artist, recognition.artist)]
    title, artist = (there or stated if page.url else stated or there for there, stated in names)
    tab = Tab(tuple(recognised.system for recognised in kept), title=title, artist=artist)
    rhythm = read_rhythm(replace(recognition, systems=kept))
    return replace(
        _piece(page, tab),
        tempo=rhythm.tempo,
        time_signature=rhythm.time.time_signature,
        columns_per_beat=rhythm.grid.columns_per_beat,
        rhythm_confidence=rhythm.grid.confidence,
        times=rhythm.time.times,
        confidence=min(recognised.confidence for recognised in kept),
        marks=tuple(map(_marks, kept)),
        left_out=len(recognition.systems) - len(kept),
    )


def _unreadable(told: str) -> str:
    """The reason that is counted for a page that cannot be read: what it is, without its size and what to do."""
    return told.removeprefix("the page is ").partition(":")[0]


def _tracks(page: Page, reader: Format, track: str | None) -> list[Piece | Refusal]:
    """The bass tracks of a file of notes, or the one asked for; a second and third have their number in `source`."""
    try:
        reading = reader.read_tracks(_bytes(page), page.source)
    except InputError:
        return [Refusal(page.source, f"unreadable {page.suffix} file")]
    if track is not None and track != ALL:
        try:
            return [_track_piece(page, *reading.chosen(page.source, track))]
        except InputError:
            return [Refusal(page.source, "no such track that can be written")]
    pieces: list[Piece | Refusal] = [Refusal(page.source, reason) for reason in reading.refused]
    for number, found in enumerate(reading.tracks, start=1):
        piece = _track_piece(page, found)
        pieces.append(piece if number == 1 else replace(piece, source=f"{page.source}#{number}"))
    return pieces or [Refusal(page.source, "no bass track")]


def _track_piece(page: Page, track: Track) -> Piece:
    """A track as a piece.

    Where its file has no real names, it goes by the name of the file; where that says as little, by its source.
    """
    title, artist = named(track.tab.title), named(track.tab.artist)
    tab = replace(track.tab, title=title or page.title, artist=artist or page.artist)
    return replace(
        _piece(page, tab),
        song="" if title or named(page.title) else page.source,
        tempo=track.tempo,
        time_signature=track.time_signature,
        columns_per_beat=track.columns_per_beat,
        times=track.time.times,
        marks=track.marks,
        remarks=tuple(dict.fromkeys(remark.partition(":")[0] for remark in track.remarks)),
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


def _marks(recognised: RecognisedSystem) -> Marks:
    return Marks(recognised.section or "", recognised.repeats or 1, tuple(recognised.chords))


def _composed(order: Order) -> Piece:
    from basstab_hf.composer.song import CREDIT, LICENCE, compose

    song = compose(order.seed, order.number, order.style)
    return Piece(
        tab=song.tab,
        source=f"{COMPOSED}:{song.style}/{order.seed}.{order.number}",
        sha256=hashlib.sha256(song.tab.text.encode()).hexdigest(),
        licence=LICENCE,
        credit=CREDIT,
        tempo=song.tempo,
        time_signature=song.time_signature,
        columns_per_beat=_columns_per_beat(song.grid.body, song.time_signature),
        key=song.key,
        style=song.style,
        marks=tuple(
            Marks(line.section, line.repeats, names) for line, names in zip(song.lines, song.names, strict=True)
        ),
    )


def _columns_per_beat(columns_a_bar: int, time_signature: str) -> int | None:
    columns = columns_a_bar / (signature_length(time_signature) or Fraction(4))
    return int(columns) if columns.denominator == 1 else None


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
        columns_per_beat=COLUMNS_PER_BEAT,
        key=arranged.key,
    )
