"""Tabs as plain text: reading goes through the recogniser, so any page or message will do; writing prints systems.

Title and artist stand in front, a line each, `Title: NAME`, and a line with what is told of the time, such as
`4/4, 16 columns a bar, ♩=120`; lines longer than asked for are broken at bar lines.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Sequence
from dataclasses import replace

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.formats import text_rows, text_signs
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.song_form import changes_told
from basstab_hf.formats.text_signs import Printed
from basstab_hf.formats.track import Marks, Track, one_line
from basstab_hf.formats.tracks import Tracks
from basstab_hf.printing.words import counted
from basstab_hf.recognise import RecognisedSystem, Recognition, recognise_bytes, recognise_tabs
from basstab_hf.recognise.instruments import USUAL, read_labels
from basstab_hf.recognise.stated import BASS_TUNING
from basstab_hf.rhythm.beat_grid import TabRhythm, read_rhythm
from basstab_hf.rhythm.form import Form
from basstab_hf.rhythm.tab_time import TabTime
from basstab_hf.rhythm.tempo_words import in_words
from basstab_hf.tab.lines import broken
from basstab_hf.tab.values import System, Tab

_LOG = logging.getLogger(__name__)


def read_tracks(content: bytes, name: str) -> Tracks:
    """The systems found in text or HTML, as one track, with the rhythm that is printed there, or else a guess.

    Raises:
        InputError: no tab in what messages call `name`, with the first reason why.
    """
    return Tracks((track_of(_recognise(content, name)),), ())


def track_of(found: Recognition) -> Track:
    """What was found in a text, with the rhythm that is printed there, or else a guess."""
    rhythm = read_rhythm(found)
    return Track(
        tab=found.tab,
        name="",
        tempo=rhythm.tempo,
        time_signature=rhythm.time.time_signature,
        marks=tuple(map(_marks, found.systems)),
        columns_per_beat=rhythm.grid.columns_per_beat,
        guess=rhythm.grid.reason,
        time=_told(rhythm),
        confidence=rhythm.grid.confidence,
    )


def _told(rhythm: TabRhythm) -> TabTime:
    """The time of a text with what it states, so that it is stated again."""
    grid = rhythm.grid.columns_per_beat if rhythm.grid.confidence == 1 else None
    return replace(rhythm.time, grid=grid, tempo=rhythm.tempo)


def _marks(found: RecognisedSystem) -> Marks:
    beside = found.annotations
    return Marks(found.section or "", found.repeats or 1, beside.chords, beside.printed, beside.heads_section)


def _recognise(content: bytes, name: str) -> Recognition:
    recognition = recognise_bytes(content, name)
    if not recognition.systems:
        why = "".join(f" (line {no.first_line}: {no.reason})" for no in recognition.rejected[:1])
        raise InputError(f"{name} holds no bass tab{why}: lines such as 'G|--5--|', one a string, make one")
    return recognition


def parse(content: bytes, name: str) -> Tab:
    """The systems found in `content`; raises what `read_tracks` raises."""
    return _recognise(content, name).tab


def to_text(tab: Tab, width: int | None = None, form: Form = ()) -> str:
    """A tab with its title and artist in front, in lines of at most `width` characters where bar lines allow it.

    Repeats of its `form` are printed as signs and counts.

    A title that would make another tab of it when read back (one that holds a string line, or names another
    instrument) is left out.
    """
    return printed(tab, width, TabTime(form=form), ()).text


def printed(tab: Tab, width: int | None, time: TabTime, marks: tuple[Marks, ...]) -> Printed:
    """The text with what stands beside the systems, where that lets the tab be read back, and what is left out."""
    shown, beside = _wrapped(tab, width, marks or (Marks(),) * len(tab.systems))
    form = time.form
    heading = _heading(tab)
    told: tuple[str, ...] = ()
    tuned = _bass_tunings(tab)
    body = text_signs.printed(shown, form, beside)
    plain = (Marks(),) * len(beside)
    if heading or tuple(beside) != plain:
        bare = text_signs.printed(shown, form, plain)
        systems = _systems(tuned + bare.text)
        if body.text != bare.text and _systems(tuned + body.text) != systems:
            told = ("what stands beside the systems is left out: with it, the tab would not be read back",)
            body = bare
        if heading and _systems(heading + tuned + body.text) != systems:
            _LOG.warning("the title is left out of the text: with it, the tab would not be read back")
            heading = ""
    words = in_words(time.time_signature, time.grid, time.tempo, swing=time.swing)
    heading = heading.rstrip("\n") + ("\n" if heading else "") + f"{words}\n\n" if words else heading
    told += tuple(changes_told(time.tempos))
    if time.n_rests:
        told += (f"rests, which a tab cannot say (a note lasts until the next), are left out: {time.n_rests}",)
    return Printed(heading + tuned + body.text + "\n", (*body.remarks, *told))


def _bass_tunings(tab: Tab) -> str:
    """Lines that say of tunings that they are a bass's, where labels alone would be taken for another instrument's."""
    labels = dict.fromkeys(system.tuning.labels for system in tab.systems)
    unclear = [own for own in labels if read_labels(own, USUAL[len(own)]).tuning is None]
    lines = [f"{BASS_TUNING}: {' '.join(reversed(own))}\n" for own in unclear]
    return "".join([*lines, "\n"]) if lines else ""


def _systems(text: str) -> tuple[System, ...]:
    return recognise_tabs(text).tab.systems


def _wrapped(tab: Tab, width: int | None, marks: Sequence[Marks]) -> tuple[Tab, list[Marks]]:
    """Systems broken as `wrapped` does it, and the marks of each part."""
    shown: list[System] = []
    beside: list[Marks] = []
    for system, own in zip(tab.systems, marks, strict=True):
        parts = broken(system, width) if width is not None else [system]
        starts = [*itertools.accumulate((len(each.lines[0]) for each in parts), initial=0)]
        for each, (start, end) in zip(parts, itertools.pairwise(starts), strict=True):
            shown.append(each)
            beside.append(text_rows.part(own, start, end, is_last=end == starts[-1]))
    return replace(tab, systems=tuple(shown)), beside


def wrapped(tab: Tab, width: int | None) -> Tab:
    """Systems broken at bar lines, so that their lines have at most `width` characters; a wider bar stays whole."""
    if width is None:
        return tab
    return replace(tab, systems=tuple(part for system in tab.systems for part in broken(system, width)))


def _heading(tab: Tab) -> str:
    names = (("Title", tab.title), ("Artist", tab.artist))
    lines = [f"{label}: {line}\n" for label, name in names if (line := one_line(name))]
    return "".join([*lines, "\n"]) if lines else ""


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Title and artist, and systems separated by blank lines; returns a remark where bars are wider than asked for."""
    width = settings.text_width
    made = printed(tab, width, settings.time, settings.marks)
    files.write_text(path, made.text, force=force)
    told = made.remarks
    if not settings.time.form and (repeated := sum(mark.repeats > 1 for mark in settings.marks)):
        told = (*told, f"{counted(repeated, 'system')} repeated; text prints {'it' if repeated == 1 else 'them'} once")
    shown = wrapped(tab, width)
    longest = max((len(line) for system in shown.systems for line in system.text.split("\n")), default=0)
    if width is None or longest <= width:
        return told
    return (*told, f"a bar stays whole: its lines have {longest} characters, more than {width}")
