"""Hypothesis strategies: tunings, systems and whole tabs with every technique, as tests need them."""

import itertools
import re

from hypothesis import strategies as st

from basstab_hf.columns import split_frets
from basstab_hf.tab import System, Tab
from basstab_hf.tuning import Tuning

TUNINGS = ["GDAE", "GDAD", "GbDbAbEb", "F#C#G#C#", "FCGC", "DAEB", "GDAEB", "CGDAE", "CGDAEB", "F#C#G#D#A#"]
SYMBOLS = "0123456789-xhp/\\b^~=()<>rtSTPo*|."


def tunings() -> st.SearchStrategy[Tuning]:
    return st.sampled_from(TUNINGS).map(Tuning.parse)


@st.composite
def columns(draw: st.DrawFn, n_strings: int) -> str:
    """Mostly what tabs are made of, sometimes any symbols at all."""
    kind = draw(st.integers(0, 9))
    if kind < 4:
        return "-" * n_strings
    if kind < 5:
        return "|" * n_strings
    if kind < 9:
        string = draw(st.integers(0, n_strings - 1))
        symbol = draw(st.sampled_from("0123456789xhp/\\~"))
        return "-" * string + symbol + "-" * (n_strings - string - 1)
    return draw(st.text(SYMBOLS, min_size=n_strings, max_size=n_strings))


@st.composite
def systems(draw: st.DrawFn, tuning: Tuning | None = None) -> System:
    tuning = tuning or draw(tunings())
    return System.from_columns(tuning, draw(st.lists(columns(tuning.n_strings), max_size=40)))


def tabs(max_systems: int = 4) -> st.SearchStrategy[Tab]:
    return st.lists(systems(), max_size=max_systems).map(lambda found: Tab(tuple(found)))


def widened(tab: Tab) -> Tab:
    """As those write a tab who give each fret of two digits one more column, unless another string's note begins it."""
    systems = []
    for system in tab.systems:
        frets = [
            (run.start() + offset, fret)
            for line in system.lines
            for run in re.finditer(r"\d+", line)
            for offset, fret in split_frets(run[0])
        ]
        seconds = {place + 1 for place, fret in frets if len(fret) > 1} - {place for place, _ in frets}
        blank = "-" * system.tuning.n_strings
        body = [[column, blank] if place in seconds else [column] for place, column in enumerate(system.columns)]
        systems.append(System.from_columns(system.tuning, itertools.chain.from_iterable(body)))
    return Tab(tuple(systems))


@st.composite
def steady_tabs(draw: st.DrawFn) -> Tab:
    """Bars of 16 columns, in some tabs behind a blank; notes on even ones, frets of every second bar below 10."""
    tuning = draw(tunings())
    lead = "-" * draw(st.integers(0, 1))
    bars = []
    for number in range(draw(st.integers(4, 8))):
        rows = [["-"] * 16 for _ in range(tuning.n_strings)]
        highest = 24 if number % 2 else 9
        for column in draw(st.sets(st.integers(0, 7).map(lambda place: 2 * place), max_size=8)):
            for string in draw(st.sets(st.integers(0, tuning.n_strings - 1), min_size=1, max_size=2)):
                fret = str(draw(st.integers(0, highest).filter(lambda fret: fret not in (11, 22))))
                rows[string][column : column + len(fret)] = fret
        bars.append([lead + "".join(row) for row in rows])
    return Tab((System(tuning, tuple("|".join(rows) + "|" for rows in zip(*bars, strict=True))),))
