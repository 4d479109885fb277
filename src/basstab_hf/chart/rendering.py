"""A chart -> our plain text notation, which `text` reads back to the same chart.

Input: a `Chart`. Output: lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from basstab_hf.chart.bars import HOLD, bar_text
from basstab_hf.chart.headings import section_line
from basstab_hf.chart.values import Chart, ChartBar, Section

_BARS_A_ROW = 4


def render(chart: Chart) -> str:
    """The chart as it is played, repeats written out; sections without bars are not written."""
    return "\n".join([*_headings(chart), *_sections(chart)]) + "\n"


def bar_words(bar: ChartBar, beats: int) -> str:
    """The chords of a bar, with dots where names alone would share its beats otherwise."""
    text = bar_text(bar.chords) or HOLD
    parts = len(text.split())
    if parts > 1 and HOLD not in text.split() and beats % parts and parts % beats:
        return " ".join(f"{word} {HOLD}" for word in text.split())
    return text


def _headings(chart: Chart) -> Iterator[str]:
    told = {
        "Title": chart.title,
        "Artist": chart.artist,
        "Key": chart.key,
        "Tempo": None if chart.tempo is None else f"{chart.tempo:.20g}",
        "Time": f"{chart.time[0]}/{chart.time[1]}",
        "Style": chart.style,
    }
    yield from (f"{name}: {value}" for name, value in told.items() if value)


def _sections(chart: Chart) -> Iterator[str]:
    for number, section in enumerate(section for section in chart.sections if section.bars):
        yield ""
        if number or section.name or section.style or section.density:
            yield _name(section)
        words = [bar_words(bar, chart.time[0]) for bar in section.bars]
        for start in range(0, len(words), _BARS_A_ROW):
            yield f"| {' | '.join(words[start : start + _BARS_A_ROW])} |"


def _name(section: Section) -> str:
    line = section_line(f"[{section.name}]", "")
    # "A x2" would be played twice where it is a name; "A x2 x1" is played once.
    once = " x1" if line and line.head.name != section.name else ""
    options = {"style": section.style, "density": section.density}
    return f"[{section.name}{once}{''.join(f', {name}={value}' for name, value in options.items() if value)}]"
