"""The XML of a score of Guitar Pro 6 to 8 (score.gpif) -> its tables as plain values. Through defusedxml.

A bar of the song (MasterBar) names the bars of its parts by their numbers, these name voices, voices beats, beats notes
and a rhythm; one beat may stand in many places. Beats and notes are read only when a part needs them: `gpif_notes`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.formats.song_form import SongBar
from basstab_hf.formats.track import MAX_BARS, plain
from basstab_hf.rhythm.tab_time import Tempo

#: More bars times parts than this are a broken file, as in `guitarpro`.
MAX_MEASURES = 100_000
#: Of any number in a file.
_MOST = 10**6
#: Quarter notes of the note that a tempo counts, by its number: eighth, quarter, dotted quarter, half, dotted half.
_TEMPO_UNITS = {1: 0.5, 2: 1.0, 3: 1.5, 4: 2.0, 5: 3.0}
_UNITS = (1, 2, 4, 8, 16, 32, 64)
#: Endings are numbered from 1; the format has eight.
_MAX_ENDINGS = 8
#: A bar of a part that is none.
NO_BAR = "-1"
_TABLES = ("Bar", "Voice", "Beat", "Note", "Rhythm")


@dataclass(frozen=True, slots=True)
class Staff:
    """One staff of an instrument; `strings` are the pitches of its open strings, the highest string first."""

    name: str
    program: int
    strings: tuple[int, ...]
    capo: int
    percussion: bool
    kind: str
    chords: dict[str, str] = field(default_factory=dict)  # by their ids
    partial_capo: bool = False


@dataclass(frozen=True, slots=True)
class Gpif:
    """A score. Instruments are tuples of their staffs; `bar_ids` has for each bar the ids of the bars of all staffs.

    `tables` has the elements of the kinds `_TABLES` by their ids.
    """

    title: str
    artist: str
    bars: tuple[SongBar, ...]
    bar_ids: tuple[tuple[str, ...], ...]
    tempos: tuple[Tempo, ...]
    upbeat: bool
    instruments: tuple[tuple[Staff, ...], ...]
    tables: dict[str, dict[str, Any]]


def read(xml: bytes, name: str) -> Gpif:
    """The tables of a score; `name` is what messages call its file.

    Raises:
        InputError: no XML, no score, or a broken one.
    """
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(xml)
        if root.tag != "GPIF":
            raise ValueError(f"{str(root.tag)[:20]!r} where GPIF should stand")
        return _read(root)
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        why = " ".join(str(error).split())[:80] or type(error).__name__
        raise InputError(f"{name} is no readable Guitar Pro file ({why}): save it anew") from error


def number(text: str | None, usual: int | None = None) -> int:
    """A whole number of a file; `usual` stands for none.

    Raises:
        ValueError: something else, or one that no score has.
    """
    if text is None or not text.strip():
        if usual is None:
            raise ValueError("a number is missing")
        return usual
    found = _float(text)
    if found != int(found):
        raise ValueError(f"{text.strip()[:20]!r} is no whole number")
    return int(found)


def properties(element: Any) -> dict[str, Any]:
    """The properties of an element by their names."""
    return {str(found.get("name")): found for found in element.iterfind("Properties/Property")}


def _float(text: str) -> float:
    found = float(text.strip()[:20])
    if not abs(found) <= _MOST:
        raise ValueError(f"the number {text.strip()[:20]}")
    return found


def _read(root: Any) -> Gpif:
    masters = root.findall("MasterBars/MasterBar")
    if not masters or len(masters) > MAX_BARS:
        raise ValueError(f"it has {len(masters):,} bars")
    bars = tuple(map(_bar, masters))
    tracks = {track.get("id"): track for track in root.iterfind("Tracks/Track")}
    order = (root.findtext("MasterTrack/Tracks") or "").split()
    instruments = tuple(_staffs(tracks[number]) for number in order if number in tracks)
    if sum(map(len, instruments)) * len(bars) > MAX_MEASURES:
        raise ValueError(f"it has {len(bars):,} bars in {len(instruments):,} tracks")
    return Gpif(
        title=plain(root.findtext("Score/Title") or ""),
        artist=plain(root.findtext("Score/Artist") or ""),
        bars=bars,
        bar_ids=tuple(tuple((master.findtext("Bars") or "").split()) for master in masters),
        tempos=tuple(sorted(_tempos(root, bars), key=lambda told: (told.bar, told.onset))),
        upbeat=root.find("MasterTrack/Anacrusis") is not None,
        instruments=instruments,
        tables={kind: {one.get("id"): one for one in root.iterfind(f"{kind}s/{kind}")} for kind in _TABLES},
    )


def _bar(master: Any) -> SongBar:
    beats, unit = map(number, (master.findtext("Time") or "4/4").split("/"))
    if unit not in _UNITS or not 0 < beats < 256:
        raise ValueError(f"the time signature {beats}/{unit}")
    repeat, section = master.find("Repeat"), master.find("Section")
    feel = master.findtext("TripletFeel") or ""
    endings = [number(text) for text in (master.findtext("AlternateEndings") or "").split()]
    told = (section.findtext(tag) or "" for tag in ("Letter", "Text")) if section is not None else ()
    return SongBar(
        signature=f"{beats}/{unit}",
        length=Fraction(beats * 4, unit),
        section=plain(" ".join(told)) if section is not None else None,
        opens=repeat is not None and _is_true(repeat.get("start")),
        closes=number(repeat.get("count"), 0) if repeat is not None and _is_true(repeat.get("end")) else 0,
        endings=sum({1 << (ending - 1) for ending in endings if 1 <= ending <= _MAX_ENDINGS}),
        swing=feel == "Triplet8th",
        uneven=feel not in ("", "NoTripletFeel", "Triplet8th"),
        jumps=master.find("Directions") is not None,
    )


def _is_true(text: str | None) -> bool:
    return (text or "").lower() == "true"


def _tempos(root: Any, bars: tuple[SongBar, ...]) -> Iterator[Tempo]:
    for told in root.iterfind("MasterTrack/Automations/Automation"):
        bar, words = number(told.findtext("Bar"), 0), (told.findtext("Value") or "").split()
        if told.findtext("Type") == "Tempo" and words and 0 <= bar < len(bars):
            unit = _TEMPO_UNITS.get(number(words[1]), 1.0) if len(words) > 1 else 0.5
            place = Fraction(_float(told.findtext("Position") or "0")).limit_denominator(_MOST)
            yield Tempo(bar, place * bars[bar].length, _float(words[0]) * unit)


# Instruments


def _staffs(track: Any) -> tuple[Staff, ...]:
    """The staffs of an instrument: version 6 tells what they have in common, and that there are two by a name."""
    staffs = track.findall("Staves/Staff")
    if not staffs:
        instrument = track.find("Instrument")
        two = instrument is not None and str(instrument.get("ref")).endswith(("-gs", "GrandStaff"))
        staffs = [track, track] if two else [track]
    return tuple(map(functools.partial(_staff, track), staffs))


def _staff(track: Any, staff: Any) -> Staff:
    told = properties(staff)
    tuning = told.get("Tuning")
    pitches = (tuning.findtext("Pitches") or "").split() if tuning is not None else []
    instrument, midi = track.find("Instrument"), track.find("GeneralMidi")
    kind = track.findtext("InstrumentSet/Type") or (str(instrument.get("ref")) if instrument is not None else "")
    program = track.findtext("Sounds/Sound/MIDI/Program") or track.findtext("GeneralMidi/Program")
    return Staff(
        name=plain(track.findtext("Name") or ""),
        program=number(program, 0),
        strings=tuple(number(pitch) for pitch in reversed(pitches)),
        capo=_fret(told, "CapoFret"),
        percussion=kind == "drumKit" or (midi is not None and midi.get("table") == "Percussion"),
        kind=kind,
        chords=dict(_chords(told)),
        partial_capo=_fret(told, "PartialCapoFret") > 0,
    )


def _fret(told: dict[str, Any], name: str) -> int:
    return max(number(told[name].findtext("Fret"), 0), 0) if name in told else 0


def _chords(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("DiagramCollection", "ChordCollection"):
        if name in told:
            for item in told[name].iterfind("Items/Item"):
                yield str(item.get("id")), plain(item.get("name") or "")
