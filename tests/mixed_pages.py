"""Print pages where a bass is the exception: guitars in every style, spoiled lines, parts on some strings.

Each strategy gives a text and what recognition must make of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import strategies as st

from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System
from tests.styles import played_systems

GUITARS = ("EBGDAE", "EBGDAD", "DAFCGD", "EbBbGbDbAbEb", "DBGDGD", "DAF#DAD", "EBG#EBE", "DAGDAD")
SPOILED = ("(bend it)", " h ", "?", "let ring", "(x2)", "\u00db")
HEADINGS = (
    "Bass riff:",
    "[Bass]",
    "== Bass ==",
    "Bajo:",
    "Baixo",
    "Basse :",
    "Бас",
    "ベース",
    "Intro (bass)",
    "E-Bass",
)
OTHERS = ("Guitar:", "Drums", "Piano", "Гитара", "Schlagzeug", "Gitarre 2")


@dataclass(frozen=True)
class Part:
    """A page with a part on some strings, and the system that it is."""

    text: str
    system: System
    labels: tuple[str, ...]


@st.composite
def guitar_lines(draw: st.DrawFn, *, labelled: bool) -> list[str]:
    """Six string lines of a guitar; with labels, any of them may be spoiled by words, or have a fret in front."""
    word = draw(st.sampled_from(GUITARS))
    labels = _split(word)
    width = draw(st.sampled_from([12, 20, 33]))
    spoiled = draw(st.sets(st.integers(0, 5), max_size=2)) if labelled else set()
    barred = draw(st.booleans())
    lines = []
    for place, label in enumerate(labels):
        frets = draw(st.lists(st.sampled_from(["0", "3", "12", "7h9"]), max_size=3))
        row = "--".join(["-", *frets, "-"]).ljust(width, "-")
        if place in spoiled:
            row = (row[:4] + draw(st.sampled_from(SPOILED)) + row[4:]).ljust(width, "-")[: width + 4]
        lines.append((label + "|" if labelled and barred else label if labelled else "|") + row + "|")
    return lines


def _split(word: str) -> list[str]:
    return re.findall("[A-G][b#]?", word)


@st.composite
def guitar_pages(draw: st.DrawFn) -> str:
    """Guitar systems, labelled and not, under headings and prose."""
    blocks = draw(st.lists(guitar_lines(labelled=True), min_size=1, max_size=3))
    blocks += draw(st.lists(guitar_lines(labelled=False), max_size=2))
    words = draw(
        st.lists(st.sampled_from([*OTHERS, "Verse", "", "Tuning: as usual", "Am  C  G"]), min_size=6, max_size=6)
    )
    return "\n\n".join("\n".join([word, "", *lines]) for word, lines in zip(words, blocks, strict=False))


@st.composite
def parts(draw: st.DrawFn) -> Part:
    """One to three strings of a played system under a heading, perhaps below a guitar."""
    tuning = Tuning.parse(draw(st.sampled_from(["GDAE", "FCGD"])))
    system = draw(played_systems(tuning, ties=False).filter(lambda found: any(map(str.isdigit, "".join(found.lines)))))
    used = [place for place, line in enumerate(system.lines) if line.strip("-|")]
    printed = [f"{tuning.labels[place]}|{system.lines[place]}" for place in used]
    above = ["\n".join(draw(guitar_lines(labelled=True))), ""] if draw(st.booleans()) else []
    told = ["Whole step down", ""] if tuning.word == "FCGD" else []
    text = "\n".join(
        [*told, *above, draw(st.sampled_from(HEADINGS)), *printed, "", draw(st.sampled_from(OTHERS)), "E|3---|"]
    )
    return Part(text, system, tuple(tuning.labels[place] for place in used))
