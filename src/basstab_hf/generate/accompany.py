"""What is heard in a song -> a part for it: its chart made ready, a line that locks with its kick drum, a track.

Input: `Heard`. Output: `Charted`, as for any chart; a `Track` with a bar for each bar of the song.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import takewhile
from typing import Any

from basstab_hf.chart.values import Chart, ChartBar, PlacedChord, Section
from basstab_hf.errors import InputError
from basstab_hf.formats.track import Track
from basstab_hf.generate.charted import Charted, ask_chart
from basstab_hf.listen.hear import Heard
from basstab_hf.tab.values import Tab

#: The weakest stroke of a kick drum, 0 to 1, with which the bass locks: what is softer is a ghost stroke.
_WEAKEST = 0.4
#: The name of the new part.
NAME = "Bass"


def ask_song(
    metrics: Mapping[str, Any], heard: Heard, usual_width: int | None, *, lock: bool = True, **more: Any
) -> Charted:
    """A request for a part to a song, for a model with these `metrics`.

    It rests where nobody plays, and in front of the first bar with drums or a bass.

    Args:
        lock: whether notes begin where the kick drum does.
        more: as `ask_chart` takes it; the tuning is the one that goes with the song, if none is asked for.

    Raises:
        InputError: nobody ever plays.
    """
    waits = len(list(takewhile(bool, heard.bare)))
    waits = 0 if waits == len(heard.bare) else waits
    rests = [number < waits or silent for number, silent in enumerate(heard.silent)]
    if all(rests):
        raise InputError(f"{heard.chart.title or 'the song'}: no part but drums plays, there is nothing to go with")
    usual = _length(heard.chart)
    parts = [bar.length / usual for bar in heard.song.bars]
    tuning = more.pop("tuning", None) or heard.tuning.tuning.word
    resting = _resting(heard.chart, rests)
    made = replace(ask_chart(metrics, _scaled(resting, parts), usual_width, tuning=tuning, **more), chart=resting)
    told = [*_odd_bars(parts, heard.chart.time)]
    told += [f"the bass comes in with bar {waits + 1}, as drums and bass of the song do"] if waits else []
    if lock and made.request.form is not None and any(heard.kicks):
        struck = tuple(
            tuple(hit.place * part for hit in kicks if hit.weight >= _WEAKEST and hit.place * part < 1)
            for kicks, part in zip(heard.kicks, parts, strict=True)
        )
        form = replace(made.request.form, struck=struck)
        made = replace(made, request=replace(made.request, form=form))
    return replace(made, remarks=(*heard.chart.remarks, *made.remarks, *told))


def track_of(made: Charted, heard: Heard, tab: Tab) -> Track:
    """The part as a track: each of its bars as long as that of the song."""
    grid = made.request.music.columns_per_beat
    sheet = made.sheet(tab, [int(bar.length * Fraction(grid)) for bar in heard.song.bars])
    return Track(
        tab=sheet.tab,
        name=NAME,
        tempo=made.tempo,
        time_signature=made.time.time_signature,
        marks=sheet.marks,
        columns_per_beat=int(grid),
        time=made.time,
    )


def _odd_bars(parts: Sequence[Fraction], time: tuple[int, int]) -> Iterator[str]:
    """What is told of bars of other lengths, given how long each is beside a usual one."""
    shorter, longer = (sum(map(other, parts)) for other in (lambda part: part < 1, lambda part: part > 1))
    if shorter:
        yield f"bars shorter than {time[0]}/{time[1]}: {shorter}; the part is cut off there"
    if longer:
        yield f"bars longer than {time[0]}/{time[1]}: {longer}; the part lets its last note ring there"


def _length(chart: Chart) -> Fraction:
    """Quarter notes of the usual bar."""
    beats, unit = chart.time
    return Fraction(4 * beats, unit)


def _resting(chart: Chart, rests: Sequence[bool]) -> Chart:
    """The chart with no chord in bars in which the bass rests; what sounded before comes back behind them."""
    resting = iter(rests)
    held = no_chord = PlacedChord(Fraction(0), "N.C.", None)
    rested = False
    sections: list[Section] = []
    for section in chart.sections:
        bars: list[ChartBar] = []
        for bar, rest in zip(section.bars, resting, strict=False):
            chords = bar.chords
            if rested and not rest and not (chords and chords[0].place == 0):
                chords = (replace(held, place=Fraction(0)), *chords)
            held = chords[-1] if chords and not rest else bar.chords[-1] if bar.chords else held
            bars.append(ChartBar((no_chord,) if rest and not rested else () if rest else chords))
            rested = rest
        sections.append(replace(section, bars=tuple(bars)))
    return replace(chart, sections=tuple(sections))


def _scaled(chart: Chart, parts: Sequence[Fraction]) -> Chart:
    """The chart with the places of chords as parts of a usual bar, of which each bar is so many long."""
    part = iter(parts)

    def scaled(bar: ChartBar, size: Fraction) -> ChartBar:
        moved = [replace(chord, place=chord.place * size) for chord in bar.chords]
        return ChartBar(tuple(chord for chord in moved if chord.place < 1))

    sections = [
        replace(section, bars=tuple(scaled(bar, next(part)) for bar in section.bars)) for section in chart.sections
    ]
    return replace(chart, sections=tuple(sections))
