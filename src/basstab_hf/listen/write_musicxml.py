"""A MusicXML song with a bass written into it: one part with a TAB staff more, or in the place of the old one.

All other elements stay as they are, in the order that they had; a score that went bar by bar goes part by part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as replace_fields
from typing import Any
from xml.etree.ElementTree import Element, tostring

from basstab_hf.errors import InputError
from basstab_hf.formats.musicxml import print_score
from basstab_hf.formats.musicxml_file import read_root
from basstab_hf.formats.track import Track
from basstab_hf.listen.fitting import fit
from basstab_hf.listen.values import Song

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def edited(content: bytes, name: str, song: Song, bass: Track, *, replace: bool) -> tuple[bytes, tuple[str, ...]]:
    """The file with the bass, and remarks. Raises InputError where the part does not fit."""
    root = read_root(content, name)
    fitted = fit(bass, song)
    bars = tuple(replace_fields(bar, section="") for bar in fitted.score.bars)
    printed = print_score(replace_fields(fitted.score, bars=bars, swing=False))
    new = read_root(printed.encode(), name)
    listed, part = new.find("part-list/score-part"), new.find("part")
    parts, told = root.findall("part"), root.find("part-list")
    if listed is None or part is None or told is None or not parts:
        raise InputError(f"{name} has no list of parts: save it anew")
    _rename(listed, part, _free_id(told))
    _like(part, parts[0])
    gone = {parts[one.number - 1].get("id") for one in song.basses} if replace else set()
    place = next((number for number, one in enumerate(parts) if one.get("id") in gone), len(parts))
    root.insert(list(root).index(parts[place]) if place < len(parts) else len(root), part)
    entries = [one for one in told if one.tag == "score-part" and one.get("id") in gone]
    told.insert(list(told).index(entries[0]) if entries else len(told), listed)
    for one in entries:
        told.remove(one)
    for one in parts:
        if one.get("id") in gone:
            root.remove(one)
    text = _HEAD + tostring(root, encoding="unicode") + "\n"
    return text.encode(), fitted.remarks


def _free_id(told: Any) -> str:
    taken = {one.get("id") for one in told}
    return next(name for number in range(1, len(taken) + 2) if (name := f"Bass{number}") not in taken)


def _rename(listed: Any, part: Any, name: str) -> None:
    old = str(listed.get("id"))
    for element in (*listed.iter(), part):
        if str(element.get("id", "")).startswith(old):
            element.set("id", name + str(element.get("id"))[len(old) :])
    # Two parts on one channel would share their instrument; programs choose a free one themselves.
    for instrument in listed.iterfind("midi-instrument"):
        for channel in instrument.findall("midi-channel"):
            instrument.remove(channel)


def _like(part: Any, model: Any) -> None:
    """Numbers of bars, upbeats, keys and time signatures as in another part; its tempos are all the song needs."""
    for measure, other in zip(part.findall("measure"), model.findall("measure"), strict=False):
        for attribute in ("number", "implicit"):
            if other.get(attribute) is not None:
                measure.set(attribute, other.get(attribute))
        for direction in measure.findall("direction"):
            if direction.find("direction-type/metronome") is not None:
                measure.remove(direction)
        attributes = measure.find("attributes")
        told = [found for tag in ("key", "time") if (found := other.find(f"attributes/{tag}")) is not None]
        if attributes is None and told:
            attributes = Element("attributes")
            measure.insert(0, attributes)
        if attributes is not None:
            _take(attributes, told)


def _take(attributes: Any, told: Sequence[Any]) -> None:
    """Put a key and a time signature in their places: behind the divisions, the key first."""
    for old in (*attributes.findall("key"), *attributes.findall("time")):
        attributes.remove(old)
    place = len(attributes.findall("divisions"))
    for number, element in enumerate(told):
        attributes.insert(place + number, element)
