"""Techniques as people spell them: printed in a style, recognised, read back as the same notes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.recognise import recognise_tabs
from basstab_hf.recognise.repair import repair
from basstab_hf.tab.timing import stroke_bars

LEADING = {"h": ("h", "h-", "h--", "-h-", "-h"), "p": ("p", "p-", "p--", "-p-", "-p", "P", "P-")}
SLIDING = ("%", "%-", "-%-", "-%", "s", "s-", "sl", "-sl-", "sl-", ">")
ALONE = {
    "tap": ("t{}", "T{}"),
    "harmonic": ("<{}>", "[{}]", "{}*"),
    "ghost note": ("({})",),
    "": ("{}",) * 6,
}
NAMES = {"h": "hammer-on", "p": "pull-off"}


@dataclass(frozen=True)
class Line:
    """A string line, and its notes: column, fret, techniques."""

    text: str
    notes: tuple[tuple[int, int, tuple[str, ...]], ...]


@st.composite
def bars(draw: st.DrawFn) -> Line:
    """A bar below fret 12 or from there up, where 22 is one fret."""
    frets = st.integers(0, 11) if draw(st.booleans()) else st.integers(12, 24)
    fret = draw(frets.filter(lambda fret: fret != 22))
    text, notes = f"--{fret}", [(2, fret, ())]
    plain = True  # a mark may lead on from the last note
    for _ in range(draw(st.integers(1, 6))):
        before, fret = fret, draw(frets)
        kind = draw(st.sampled_from(["h", "p", "slide", *["alone"] * 3])) if plain else "alone"
        technique: tuple[str, ...] = ()
        if kind in NAMES:
            text, technique, spelt = text + draw(st.sampled_from(LEADING[kind])), (NAMES[kind],), "{}"
        elif kind == "slide" and fret not in (before, 0):  # nobody slides to an open string
            sign = "/" if before < fret else "\\"
            text, technique, spelt = text + draw(st.sampled_from(SLIDING)).replace("%", sign), ("slide",), "{}"
        else:
            name = draw(st.sampled_from(sorted(ALONE)))
            text, technique, spelt = text + "---", (name,) * bool(name), draw(st.sampled_from(ALONE[name]))
        notes.append((len(text) + spelt.index("{"), fret, technique))
        text += spelt.format(fret)
        plain = spelt == "{}"
    return Line(text + "-", tuple(notes))


@given(st.lists(bars(), min_size=1, max_size=3), st.integers(0, 3))
def test_every_spelling_is_read_as_the_same_notes(printed: list[Line], string: int) -> None:
    row = "".join(f"{bar.text}|" for bar in printed)
    blank = "".join("|" if mark == "|" else "-" for mark in row)
    lines = [row if place == string else blank for place in range(4)]
    found = recognise_tabs("\n".join(f"{label}|{line}" for label, line in zip("GDAE", lines, strict=True)))
    [system] = found.systems
    assert [line.lower() for line in system.lines] == [line.lower() for line in lines]
    assert [repaired != line for repaired, line in zip(system.system.lines, lines, strict=True)].count(True) == sum(
        name == "techniques respelled" for name in system.repairs
    )
    starts = [sum(len(bar.text) + 1 for bar in printed[:place]) for place in range(len(printed))]
    wanted = [
        (start + column, fret, techniques)
        for start, bar in zip(starts, printed, strict=True)
        for column, fret, techniques in bar.notes
    ]
    [bars_read] = stroke_bars(found.tab)
    assert [(note.printed, note.fret, note.techniques) for bar in bars_read for note in bar.strokes] == wanted
    assert {note.string for bar in bars_read for note in bar.strokes} == {string + 1}


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("--5sl7--", "--5-/7--"),
        ("--7-sl-5", "--7---\\5"),
        ("--5>7---", "--5/7---"),
        ("<12>7---", "<12>7---"),  # closes a harmonic
        ("--22s19-", "--22\\19-"),
        ("-12*-5*-", "<12><5>-"),
        ("12*-----", "12*-----"),  # no room in front of it
        ("---5*|--", "---5*|--"),  # a repeat sign
        ("-[5]-T12", "-<5>-t12"),
        ("-T5--P7-", "-T5--P7-"),  # thumb and pop
    ],
)
def test_columns_stay(line: str, mended: str) -> None:
    blank = "-" * len(line)
    assert repair((line, blank, blank, blank)).lines == (mended, blank, blank, blank)


def test_a_legend_is_no_system() -> None:
    assert not recognise_tabs("T12 = tap, 12* = harmonic\n[5] = harmonic\n5sl7 - slide\n5h-7 - hammer-on\n").systems
