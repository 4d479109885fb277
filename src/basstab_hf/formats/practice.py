"""A tab as one self-contained practice page: engraved tab with cursor, player, fretboard, and the tab as text.

Input: a `Tab`. Output: .html that needs nothing but a browser: practice.html.jinja, practice.css, plucked.js and
practice.js put together with the pictures and the notes as JSON. Reading it back goes through the text in it
(`formats.text`).
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from fractions import Fraction
from importlib import resources
from typing import Any

import numpy as np

from basstab_hf import files
from basstab_hf.formats.clock import Clock, played_bars
from basstab_hf.formats.engraving import draw_system
from basstab_hf.formats.gestures import gestures, length
from basstab_hf.formats.pictures import to_svg
from basstab_hf.formats.plucked import STRINGS, VIBRATO, Phrase, phrases
from basstab_hf.formats.score import to_score
from basstab_hf.formats.score_values import Score, ScoreBar
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.shapes import Page
from basstab_hf.formats.sheet import Sheet, lay_out
from basstab_hf.formats.text import printed
from basstab_hf.formats.track import one_line
from basstab_hf.tab.values import Tab

#: Widths in px for screens and paper, and for phones: one is shown.
WIDTHS = {"wide": 800.0, "narrow": 370.0}
_MARGIN = 6.0
_DOTTED = Fraction(3, 2)


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write a .html file; returns what the engraved tab could not tell as it stands.

    Raises:
        InputError: the tab is no score (see `score.to_score`).
    """
    once = replace(settings, time=replace(settings.time, form=()))  # its cursor goes through the picture once
    score = to_score(tab, once)
    files.write_text(path, to_html(tab, once, score), force=force)
    return (*score.remarks, "repeats are played once on the page") if settings.time.form else score.remarks


def to_html(tab: Tab, settings: WriteSettings, score: Score) -> str:
    """The page; everything that comes from the tab is escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    sheets = {name: lay_out(score, width, _MARGIN) for name, width in WIDTHS.items()}
    data = _data(tab, settings, score, sheets)
    return environment.from_string(_part("practice.html.jinja")).render(
        title=one_line(tab.title) or "Bass tab",
        artist=one_line(tab.artist),
        score=score,
        tuning=" ".join(reversed(score.tuning.labels)),
        sheets={
            name: [_picture(sheet, number) for number in range(len(sheet.systems))] for name, sheet in sheets.items()
        },
        text=printed(tab, None, settings.time, settings.marks).text,
        # Inside <script> only a "<" could end it.
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        style=_part("practice.css"),
        script=_part("plucked.js") + _part("practice.js"),
    )


def _part(name: str) -> str:
    return resources.files("basstab_hf.formats").joinpath(name).read_text(encoding="utf-8")


def _picture(sheet: Sheet, number: int) -> dict[str, Any]:
    """One system as SVG, and what it is called for those who cannot see it."""
    system = sheet.systems[number]
    page = Page(
        sheet.width,
        system.above + sheet.staff_height + system.below,
        tuple(draw_system(sheet, system, system.above)),
    )
    first, last = system.bars[0].number, system.bars[-1].number
    return {"svg": to_svg(page), "label": f"bars {first} to {last}" if last > first else f"bar {first}"}


def _data(tab: Tab, settings: WriteSettings, score: Score, sheets: dict[str, Sheet]) -> dict[str, Any]:
    """What the player needs; times in seconds at the tempo of the tab."""
    played = gestures(tab, settings)
    clock = _Clock(tab, settings, score)
    sounds: dict[Phrase, int] = {}  # each once: riffs come again and again
    strokes = [[round(onset, 6), sounds.setdefault(phrase, len(sounds))] for onset, phrase in phrases(played)]
    return {
        "tempo": settings.tempo,
        "seconds": round(length(tab, settings), 6),
        "strings": list(score.tuning.labels),
        "leftHanded": settings.left_handed,
        "string": asdict(STRINGS[settings.tone]),
        "vibrato": VIBRATO,
        "notes": [[round(g.onset, 6), round(g.duration, 6), g.note.string, g.note.fret] for g in played],
        "phrases": [asdict(phrase) for phrase in sounds],
        "strokes": strokes,
        "bars": [round(clock.seconds(start), 6) for start, _ in _bar_starts(score)],
        "clicks": [[round(clock.seconds(at), 6), accent] for at, accent in _clicks(score)],
        "sheets": {name: _places(sheet, clock) for name, sheet in sheets.items()},
    }


def _places(sheet: Sheet, clock: _Clock) -> list[dict[str, Any]]:
    """Systems: bars as [number, left, right], beats as [seconds, x], the string lines from top to bottom."""
    found = []
    for system in sheet.systems:
        beats = [[round(clock.seconds(beat.start), 6), round(beat.x, 1)] for bar in system.bars for beat in bar.beats]
        bars = [[bar.number, round(bar.left, 1), round(bar.right, 1)] for bar in system.bars]
        found.append({"top": system.above, "bottom": system.above + sheet.staff_height, "bars": bars, "beats": beats})
    return found


def _bar_starts(score: Score) -> Iterator[tuple[Fraction, ScoreBar]]:
    starts = itertools.accumulate((bar.length for bar in score.bars), initial=Fraction(0))
    return zip(starts, score.bars, strict=False)


def _clicks(score: Score) -> Iterator[tuple[Fraction, int]]:
    """When a metronome clicks, and 1 at the start of a bar: quarter notes, dotted ones in 6/8 and its like."""
    for start, bar in _bar_starts(score):
        unit = _DOTTED if bar.denominator >= 8 and bar.numerator % 3 == 0 else Fraction(1)
        at = Fraction(0)
        while at < bar.length:
            yield start + at, int(at == 0)
            at += unit


class _Clock:
    """Time in a score -> seconds as played: a score fills odd bars up and cuts long ones, which sound does not."""

    def __init__(self, tab: Tab, settings: WriteSettings, score: Score) -> None:
        printed = iter([bar.length for bar in score.bars])
        score_at, tab_at = [0.0], [0.0]
        for bar in played_bars(tab, settings):
            beats = float(bar.width) / settings.columns_per_beat
            begin, until, now = score_at[-1], score_at[-1], tab_at[-1]
            while until - begin < beats - 1e-9:
                until += float(next(printed))
            score_at += [begin + beats, until]
            tab_at += [now + beats, now + beats]
        self._score, self._tab = np.array(score_at), np.array(tab_at)  # lists are copied whenever they are asked
        self._clock = Clock.of(tab, settings)

    def seconds(self, quarters: Fraction) -> float:
        """When something is played that stands so many quarter notes into the score."""
        return self._clock.seconds(float(np.interp(float(quarters), self._score, self._tab)))
