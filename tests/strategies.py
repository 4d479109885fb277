"""Hypothesis strategies: tunings, systems and whole tabs with every technique, as tests need them."""

import itertools
import re

from hypothesis import strategies as st

from basstab_hf.tab.marks import split_frets
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System, Tab

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


#: What ends a line for Python, what is blank or cannot be seen, and what else people paste.
LINE_BREAKS = ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
ODDITIES = [*LINE_BREAKS, *"\t \x00\x01\x1f\xa0\u200b\u3000\ufeff\x7f", *"é—🎸x٣²|<>#b"]
_ODD_LABELS = [*"gHX<", "gb", "F#", "f#", "G ", " G", "\tg\t", "", "Gx", "G##", "GG", "\u3000G"]
_BETWEEN = [*["\n\n"] * 3, "\n \n", "\n\t\n\n", "\n", "\r\n\r\n", "\n\x1f\n", *LINE_BREAKS]


@st.composite
def odd_texts(draw: st.DrawFn, words: list[str] | None = None) -> str:
    """What somebody could give for a tab: mostly clean systems with something odd about them.

    Args:
        draw: hypothesis gives it.
        words: reserved words that may stand on lines of their own.
    """
    blocks = draw(st.lists(_odd_blocks(words or []), max_size=3))
    text = draw(st.sampled_from(_BETWEEN)).join(blocks)
    if draw(st.booleans()):
        text = text.replace("\n", draw(st.sampled_from(LINE_BREAKS)))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from([*ODDITIES, ""])) + text[place + draw(st.integers(0, 1)) :]
    return text


@st.composite
def _odd_blocks(draw: st.DrawFn, words: list[str]) -> str:
    kind = draw(st.integers(0, 9))
    if words and kind < 2:
        blank = draw(st.sampled_from([" ", "", "  ", "\t", "\xa0"]))
        return blank.join(draw(st.lists(st.sampled_from([*words, "<odd>"]), min_size=1, max_size=3)))
    if kind == 2:
        return draw(st.sampled_from(["Intro", "G", "G\nD\nA\nE", "<b>|5", "GDAE |||| 5---", "<END>", "|\n|\n|\n|"]))
    labels = list(draw(tunings()).labels)
    width = draw(st.integers(0, 8))
    rows = [draw(st.text("--57x|<END>", min_size=width, max_size=width)) for _ in labels]
    if kind == 3:
        labels, rows = labels[: draw(st.integers(0, 6))], rows[: draw(st.integers(0, 6))]
    if kind == 4 and labels:
        labels[draw(st.integers(0, len(labels) - 1))] = draw(st.sampled_from(_ODD_LABELS))
    if kind == 5:
        rows = [draw(st.sampled_from(["|", "", "||"])) + row for row in rows]
    if kind == 6:
        rows = ["".join(row) for row in zip(*["<END>", "-----"], strict=True)]
        labels = list("GDAEB")
    if kind == 7:
        rows = [row + draw(st.sampled_from(["", " ", "\t ", "-", "|"])) for row in rows]
    if kind == 8:
        labels = [draw(st.sampled_from([label.lower(), f" {label}", f"{label}\t"])) for label in labels]
    return "\n".join(f"{label}|{row}" for label, row in zip(labels, rows, strict=False))
