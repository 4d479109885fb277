"""A chart -> what is asked of a model, and back: the tab as a sheet with its sections and chords.

Input: a `Chart`, a style. Output: `Charted`, whose request any model can write; a `Sheet` of what it wrote.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from basstab_hf.chart.bars import bar_text, sounding
from basstab_hf.chart.values import Chart, PlacedChord, Section
from basstab_hf.composer.part import FormPlan, PartSection
from basstab_hf.composer.style import Style, in_time, names
from basstab_hf.composer.style import style as read_style
from basstab_hf.errors import InputError
from basstab_hf.formats.track import Marks
from basstab_hf.generate.ask import ask
from basstab_hf.generate.request import Request
from basstab_hf.generate.steering import learnt_words
from basstab_hf.recognise.annotations import Chord
from basstab_hf.rhythm.tab_time import TabTime
from basstab_hf.rhythm.tempo_words import TEMPOS
from basstab_hf.tab.columns import BAR, EMPTY
from basstab_hf.tab.layout import BARS_A_SYSTEM
from basstab_hf.tab.lines import LINE_WIDTH, room
from basstab_hf.tab.marks import DIGITS
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Column, System, Tab
from basstab_hf.tokenizer.control_table import style_called
from basstab_hf.tokenizer.control_words import control_word

#: Styles for charts that name none: by their time, and else.
_USUAL = {(3, 4): "waltz", (6, 8): "ballad", (9, 8): "ballad", (12, 8): "ballad"}
_ELSE = "pop"
#: Bars of a line at most: a phrase.
_PHRASE = 4
#: Columns of a bar at most, without padding: a system of two bars has room for so many.
_MOST_COLUMNS = 36
_DENSITIES = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A tab whose systems are lines of sections, and what stands beside each of them."""

    tab: Tab
    marks: tuple[Marks, ...]


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart made ready: the request for all of its bars, its style in the chart's time, quarter notes a minute.

    `remarks` tell what was chosen where the chart says nothing.
    """

    chart: Chart
    request: Request
    style: Style
    tempo: float
    remarks: tuple[str, ...] = ()

    @property
    def time(self) -> TabTime:
        """What is known of the time of the part: the chart's, its grid and tempo."""
        beats, unit = self.chart.time
        grid = self.request.music.columns_per_beat
        return TabTime(time_signature=f"{beats}/{unit}", grid=int(grid) if grid % 1 == 0 else None, tempo=self.tempo)

    def sheet(self, tab: Tab, lengths: Sequence[int] = ()) -> Sheet:
        """What was written for the request, in lines that begin with the sections.

        Bars without any chord are blank: of more than a few in turn, a model is not let be silent in all.

        Args:
            lengths: columns of each bar without its padding, where they are not all alike: longer bars are cut off,
                shorter ones go on without a note.
        """
        silent = [all(placed.chord is None for placed in bar) for bar in sounding(self.request.music.chords)]
        whole = [_blank(bar) if nothing else bar for bar, nothing in zip(tab.bars, silent, strict=True)]
        bars = iter([_as_long(bar, length) for bar, length in zip(whole, lengths, strict=True)] if lengths else whole)
        lines = [
            line
            for section in self.chart.sections
            for line in _lines(section, [next(bars) for _ in section.bars], tab.tuning)
        ]
        systems = tuple(system for system, _ in lines)
        written = Tab(systems, title=self.chart.title, artist=self.chart.artist)
        return Sheet(written, tuple(marks for _, marks in lines))


def ask_chart(
    metrics: Mapping[str, Any],
    chart: Chart,
    usual_width: int | None,
    *,
    style: str | None = None,
    density: str | None = None,
    controls: Mapping[str, str | Sequence[str] | None] | None = None,
    tempo: float | None = None,
    **more: Any,
) -> Charted:
    """A request for all bars of a chart, for a model with these `metrics`.

    Args:
        usual_width: columns in most bars that the model learnt from; an odd number: they begin with one of padding.
        style: of the sections that name none; None: the chart's, or a usual one for its time.
        density: of the sections that name none: "low", "medium" or "high".
        controls: others, as `ask` takes them.
        tempo: quarter notes a minute; None: the chart's, or a usual one of the style.
        more: as `ask` takes it, but for what a chart says: chords, bars, width.

    Raises:
        InputError: a style or density that is none, styles whose bars have no grid in common, too many bars.
    """
    name, told = _style_of(style, chart)
    usual = _in_time(name, chart)
    sounds = sounding([bar_text(bar.chords) for bar in chart.bars])
    bars = iter(sounds)
    sections = tuple(
        _section(section, usual, density, tuple(next(bars) for _ in section.bars), chart) for section in chart.sections
    )
    columns = _columns(sections, usual)
    remarks = [told] if told else []
    if tempo is None and chart.tempo is None:
        remarks.append(f"tempo {usual.usual_tempo:g}, as the style {name} has it")
    tempo = tempo or chart.tempo or usual.usual_tempo
    knows = control_word("style", name) in learnt_words(metrics)
    request = ask(
        metrics,
        controls={**(controls or {}), "style": name if knows else None},
        tempo=min(max(tempo, TEMPOS[0]), TEMPOS[1]),
        columns_per_beat=columns / usual.quarters,
        width=columns + (usual_width or 0) % 2,
        bars=len(chart.bars),
        **more,
    )
    chords = tuple(map(bar_text, sounds))
    request = replace(request, form=FormPlan(sections), music=replace(request.music, chords=chords))
    return Charted(chart, request, usual, tempo, tuple(remarks))


def _style_of(asked: str | None, chart: Chart) -> tuple[str, str]:
    """The name of the usual style of a chart, and what is told of it."""
    if asked:
        return asked, ""
    if chart.style:
        found = style_called(chart.style)
        if found:
            return found, "" if found == chart.style else f"style {found}, which is nearest to {chart.style!r}"
    name = _USUAL.get(chart.time, _ELSE)
    why = f"the chart says {chart.style!r}, which is none of ours" if chart.style else "the chart names none"
    return name, f"style {name}, since {why}; --style NAME chooses another"


def _in_time(name: str, chart: Chart) -> Style:
    return in_time(read_style(name), *chart.time)


def _section(
    section: Section, usual: Style, density: str | None, bars: tuple[tuple[PlacedChord, ...], ...], chart: Chart
) -> PartSection:
    own = usual
    if section.style:
        found = style_called(section.style)
        if found is None:
            raise InputError(f"section {section.name}: no style {section.style!r}: there are {', '.join(names())}")
        own = _in_time(found, chart)
    if section.density not in (None, *_DENSITIES):
        raise InputError(f"section {section.name}: density {section.density!r}: choose {', '.join(_DENSITIES)}")
    return PartSection(section.name, bars, own, section.density or density)


def _columns(sections: Sequence[PartSection], usual: Style) -> int:
    """Columns of a bar that all styles go into.

    Raises:
        InputError: there are none.
    """
    for columns in (usual.columns, 2 * usual.columns):
        if columns <= _MOST_COLUMNS and all(columns % section.style.steps == 0 for section in sections):
            return columns
    odd = next(section for section in sections if usual.columns % section.style.steps)
    raise InputError(
        f"section {odd.name}: {odd.style.name} has {odd.style.steps} steps a bar, {usual.name} {usual.steps}: no grid "
        "holds both, choose styles that are alike in this"
    )


def _blank(bar: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(EMPTY * len(column) for column in bar)


def _as_long(bar: Sequence[Column], length: int) -> tuple[Column, ...]:
    """A bar of so many columns behind its padding; a fret that would lose its second digit is left out."""
    columns = length + len(bar) % 2
    blank = EMPTY * len(bar[0])
    if columns >= len(bar):
        return (*bar, *[blank] * (columns - len(bar)))
    *kept, last = bar[:columns]
    cells = zip(last, bar[columns], strict=True)
    halved = "".join(EMPTY if cell in DIGITS and after in DIGITS else cell for cell, after in cells)
    return (*kept, halved)


def _lines(section: Section, bars: Sequence[tuple[Column, ...]], tuning: Tuning) -> Iterator[tuple[System, Marks]]:
    """The systems of a section, of up to four bars, and what stands beside each."""
    widest = max(map(len, bars)) + 1
    most = next(n for n in BARS_A_SYSTEM if n <= _PHRASE and (n == 1 or n * widest <= room(tuning.labels, LINE_WIDTH)))
    for first in range(0, len(bars), most):
        columns: list[Column] = []
        chords = []
        for bar, charted in zip(bars[first : first + most], section.bars[first : first + most], strict=True):
            lead = len(bar) % 2
            places = [(chord.name, lead + math.ceil(chord.place * (len(bar) - lead))) for chord in charted.chords]
            chords += [Chord(len(columns) + place, name) for name, place in places]
            columns += [*bar, BAR * tuning.n_strings]
        head = section.name if first == 0 else ""
        yield System.from_columns(tuning, columns), Marks(head, chords=tuple(chords), heads_section=bool(head))
