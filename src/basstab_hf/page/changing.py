"""A tab that is there already -> others: bars of it rewritten, or all of it arranged for other hands.

Input: a `Track`. Output: `Track`s, which keep what stood beside them, and what is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from basstab_hf.arrange import Arrangement, arrange
from basstab_hf.arrange.piece import read_piece
from basstab_hf.arrange.request import HIGHEST_CAPO
from basstab_hf.chart.names import parse_chord, parse_key
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats.track import Track
from basstab_hf.page import values
from basstab_hf.page.explaining import heard_key
from basstab_hf.page.form import MAX_VARIATIONS, Form, for_bars
from basstab_hf.page.riff import plainly
from basstab_hf.page.studio import Progress, Studio, notes_of
from basstab_hf.tab.tuning import Tuning

#: Semitones of an octave.
_OCTAVE = 12
_MOST_SEMITONES = 24


@dataclass(frozen=True, slots=True)
class Changed:
    """A track, and what is told of it."""

    track: Track
    told: tuple[str, ...]


def rewrite(
    studio: Studio, track: Track, message: Mapping[str, Any], form: Form, progress: Progress | None = None
) -> list[Changed]:
    """Versions of a track with other bars from number `first` to `last`, in whichever order they are given.

    Raises:
        InputError: bars that there are not, a number of versions that is not given.
    """
    n_bars = len(track.tab.bars)
    one = values.whole("the first bar", message.get("first"), 1, n_bars)
    other = values.whole("the last bar", message.get("last"), 1, n_bars)
    first, last = min(one, other), max(one, other)
    count = values.whole("versions", message.get("count"), 1, MAX_VARIATIONS)
    request = for_bars(form, first, last, n_bars, _chords(track, first, last), studio.metrics)
    found = studio.rewrite(track.tab, first, last, request, count, progress)
    title, artist = track.tab.title, track.tab.artist
    tabs = [replace(each.tab, title=title, artist=artist) for each in found]
    return [Changed(replace(track, tab=tab), tuple(notes_of(each))) for tab, each in zip(tabs, found, strict=True)]


def arranged(track: Track, message: Mapping[str, Any]) -> Changed:
    """A track in another tuning, key or position, easier or harder.

    Raises:
        InputError: nothing is asked for, values out of range, or what no bass can play.
        TuningError: no tuning.
    """
    semitones, told = _transposed(track, values.text("key", message.get("key"), 40))
    tuning = values.text("tuning", message.get("tuning"), 200).strip()
    position = message.get("position")
    wanted = Arrangement(
        transpose=semitones,
        tuning=Tuning.parse(tuning) if tuning else None,
        capo=values.maybe_whole("capo", message.get("capo"), 0, HIGHEST_CAPO) or 0,
        difficulty=values.maybe_whole("difficulty", message.get("difficulty") or None, 1, 5),
        position=str(position) if isinstance(position, int) else values.text("position", position, 40).strip(),
    )
    if wanted == Arrangement() and not told:
        raise InputError("say what to change: tuning, key, capo, position or difficulty")
    made = arrange(track, wanted)
    return Changed(made.track, (*told, *map(plainly, made.remarks)))


def _transposed(track: Track, key: str) -> tuple[int, list[str]]:
    """Semitones to the nearest place in another key, or as many as the text says; and what is told."""
    text = key.strip().replace("−", "-")
    if not text:
        return 0, []
    if text.lstrip("+-").isdecimal() and len(text) <= 4:
        return values.whole("key", int(text), -_MOST_SEMITONES, _MOST_SEMITONES), []
    wanted = parse_key(text)
    heard = heard_key(track)
    if heard is None:
        raise InputError("no key is heard in this tab: write how many semitones up or down instead, such as +2")
    steps = (wanted.tonic - parse_key(heard).tonic + _OCTAVE // 2 - 1) % _OCTAVE - _OCTAVE // 2 + 1
    return steps, [f"The line is heard in {heard}; {_moved(steps)}."]


def _moved(steps: int) -> str:
    if not steps:
        return "it stays where it is"
    return f"all notes move {abs(steps)} semitone{'s' if abs(steps) > 1 else ''} {'up' if steps > 0 else 'down'}"


def _chords(track: Track, first: int, last: int) -> str:
    """The chords that are printed over bars, as a row; "" where not all of them are chords that can be read."""
    if not any(mark.chords for mark in track.marks):
        return ""
    try:
        bars = read_piece(track).bars
    except BasstabError:
        return ""
    if len(bars) < last:
        return ""
    row, sounding = [], ""
    for number, bar in enumerate(bars[:last], start=1):
        names = [name for _, name in bar.over.chords]
        if not all(map(_is_chord, names)):
            return ""
        if number >= first:
            row.append(" ".join(names) or sounding or "N.C.")
        sounding = names[-1] if names else sounding
    return " | ".join(row)


def _is_chord(name: str) -> bool:
    try:
        parse_chord(name)
    except InputError:
        return False
    return True
