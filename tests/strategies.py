"""Hypothesis strategies: tunings, systems and whole tabs with every technique, as tests need them."""

from hypothesis import strategies as st

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
