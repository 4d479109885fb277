"""A tab -> what the player of our pages needs: pictures of systems, when each beat is played, notes and their sounds.

Input: a `Tab` and `WriteSettings`. Output: values that `json` writes, which `Player.show` takes (player.js); and the
player's own files for a page that embeds it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from importlib import resources
from itertools import accumulate, groupby
from typing import Any

from basstab_hf.formats.clock import Clock
from basstab_hf.formats.engraving import draw_system
from basstab_hf.formats.gestures import gestures, swung
from basstab_hf.formats.pictures import to_svg
from basstab_hf.formats.plucked import STRINGS, STRUCK_STRINGS, VIBRATO, Phrase, phrases
from basstab_hf.formats.score import to_score
from basstab_hf.formats.score_values import Score, ScoreBar
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.shapes import Page
from basstab_hf.formats.sheet import Sheet, SheetSystem, lay_out
from basstab_hf.formats.track import one_line
from basstab_hf.rhythm.form import playing_order
from basstab_hf.tab.values import Tab

#: Widths in px for screens and paper, and for phones: the player shows the one that fits.
WIDTHS = {"wide": 800.0, "narrow": 370.0}
_MARGIN = 6.0
_DOTTED = Fraction(3, 2)
_FONT, _ZEROS = re.compile(r' font-family="[^"]*"'), re.compile(r"\.0(?<=\d\.0)(?=[' ,])")
#: What player.js is joined from, in this order; the player itself is the last.
_SOURCES = ("player_sound.js", "player_score.js", "player_marks.js", "player_neck.js", "player_memory.js", "player.js")


@dataclass(frozen=True, slots=True)
class _PlayedBar:
    """A printed bar (from 1) played once: when it, its beats and the clicks of a metronome come, in seconds."""

    number: int
    start: float
    beats: tuple[float, ...]
    clicks: tuple[float, ...]


def playable(tab: Tab, settings: WriteSettings) -> dict[str, Any]:
    """What `Player.show` plays and shows; times in seconds at the tempo of the settings, repeats played out.

    `notes` are [onset, duration, string, fret], `strokes` [onset, place in `phrases`], `bars` as they are played
    [onset, printed number, onsets of its beats], `clicks` [onset, 1 at the start of a bar], `sections` [printed bar,
    name], `chords` [printed bar, quarter notes into it, name]; `tabBars` says of each printed bar which bar of the tab
    it is, from 1. Each of `sheets` has a width and systems: picture, label, top and bottom string line, and `bars` as
    [printed number, left, right, x of each beat].

    Raises:
        InputError: the tab is no score (see `score.to_score`).
    """
    score = to_score(tab, settings)
    played = gestures(tab, settings)
    sounds: dict[Phrase, int] = {}  # each once: riffs come again and again
    struck = phrases(played, settings.tone)
    strokes = [[round(onset, 6), sounds.setdefault(phrase, len(sounds))] for onset, phrase in struck]
    clock = Clock.of(tab, settings)
    bars = list(_played(tab, settings, score, clock))
    return {
        "title": one_line(tab.title),
        "artist": one_line(tab.artist),
        "tempo": settings.tempo,
        "seconds": round(clock.length, 6),
        "strings": list(score.tuning.labels),
        "leftHanded": settings.left_handed,
        "string": asdict(STRINGS[settings.tone]),
        "struck": {how: asdict(string) for how, string in STRUCK_STRINGS.items()},
        "vibrato": VIBRATO,
        "notes": [[round(g.onset, 6), round(g.duration, 6), g.note.string, g.note.fret] for g in played],
        "phrases": [_fields(phrase) for phrase in sounds],
        "strokes": strokes,
        "bars": [[bar.start, bar.number, bar.beats] for bar in bars],
        "clicks": [[at, int(place == 0)] for bar in bars for place, at in enumerate(bar.clicks)],
        "sections": [[number, one_line(bar.section)] for number, bar in _numbered(score) if bar.section],
        "chords": list(_chords(score)),
        "tabBars": [bar.tab_bar + 1 for bar in score.bars],
        "sheets": {name: _sheet(lay_out(score, width, _MARGIN)) for name, width in WIDTHS.items()},
        "remarks": list(score.remarks),
    }


def web_files() -> dict[str, str]:
    """The player's files as a page loads them, by name: both scripts are classic ones, plucked.js comes first."""
    joined = "\n".join(map(part, _SOURCES))
    return {
        "plucked.js": part("plucked.js"),
        "player.js": f'const Player = (() => {{\n"use strict";\n\n{joined}\nreturn Player;\n}})();\n',
        "player.css": part("player.css"),
    }


def part(name: str) -> str:
    """A file of this folder."""
    return resources.files("basstab_hf.formats").joinpath(name).read_text(encoding="utf-8")


def _fields(phrase: Phrase) -> dict[str, Any]:
    """As `asdict`, which copies every corner: 20 times slower."""
    return {each.name: getattr(phrase, each.name) for each in fields(phrase)}


def _numbered(score: Score) -> Iterator[tuple[int, ScoreBar]]:
    return enumerate(score.bars, start=1)


def _chords(score: Score) -> Iterator[list[Any]]:
    for number, bar in _numbered(score):
        onset = Fraction(0)
        for beat in bar.beats:
            if beat.chord:
                yield [number, float(onset), one_line(beat.chord)]
            onset += beat.value.length


def _played(tab: Tab, settings: WriteSettings, score: Score, clock: Clock) -> Iterator[_PlayedBar]:
    """The printed bars as they are played.

    A score fills odd bars up, which sound does not: what is filled in takes no time.
    """
    printed = {place: list(bars) for place, bars in groupby(_numbered(score), lambda each: each[1].tab_bar)}
    widths = [bar.width for bars in settings.time.bars(tab, settings.columns_per_beat) for bar in bars]
    order = playing_order(settings.time.form) if settings.time.form else range(len(widths))
    quarters = [Fraction(width) / Fraction(settings.columns_per_beat) for width in widths]
    now = Fraction(0)
    for place in order:
        end = now + quarters[place]

        def seconds(quarter: Fraction, end: Fraction = end) -> float:
            at = float(min(quarter, end))
            return round(clock.seconds(swung(at) if settings.time.swing else at), 6)

        start = now
        for number, bar in printed.get(place, ()):
            beats = accumulate((beat.value.length for beat in bar.beats[:-1]), initial=start)
            clicks = [start + click for click in _clicks(bar) if start + click < end]
            yield _PlayedBar(number, seconds(start), tuple(map(seconds, beats)), tuple(map(seconds, clicks)))
            start += bar.length
        now = end


def _clicks(bar: ScoreBar) -> Iterator[Fraction]:
    """When a metronome clicks in a bar: on quarter notes, on dotted ones in 6/8 and its like."""
    unit = _DOTTED if bar.denominator >= 8 and bar.numerator % 3 == 0 else Fraction(1)
    return (unit * number for number in range(math.ceil(bar.length / unit)))


def _sheet(sheet: Sheet) -> dict[str, Any]:
    return {"width": sheet.width, "systems": [_system(sheet, system) for system in sheet.systems]}


def _compact(svg: str) -> str:
    """A picture without what player.css says of all of them, and without quotes that JSON would escape."""
    return _ZEROS.sub("", _FONT.sub("", svg).replace('"', "'").replace("\n", ""))


def _system(sheet: Sheet, system: SheetSystem) -> dict[str, Any]:
    """One system as SVG, what it is called for those who cannot see it, and where its bars and beats stand."""
    height = system.above + sheet.staff_height + system.below
    page = Page(sheet.width, height, tuple(draw_system(sheet, system, system.above)))
    first, last = system.bars[0].number, system.bars[-1].number
    return {
        "svg": _compact(to_svg(page)),
        "label": f"bars {first} to {last}" if last > first else f"bar {first}",
        "height": round(height, 1),
        "top": system.above,
        "bottom": system.above + sheet.staff_height,
        "bars": [
            [bar.number, round(bar.left, 1), round(bar.right, 1), [round(beat.x, 1) for beat in bar.beats]]
            for bar in system.bars
        ],
    }
