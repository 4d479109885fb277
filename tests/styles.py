"""Print systems in the styles that people really write tabs in: a hypothesis strategy for what recognition must undo.

`played_systems` draws systems as people play them; `printed` draws a style and prints systems in it. What a style
leaves out (labels, for instance) is in the `Printed` that comes with the text, so that a test knows what to expect.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System

TUNINGS = ("GDAE", "GDAD", "GbDbAbEb", "F#C#G#C#", "FCGC", "EBF#C#", "GDAEB", "CGDAE", "CGDAEB", "F#C#G#D#A#")
NOTES = (
    *(
        "0",
        "2",
        "3",
        "5",
        "7",
        "9",
        "12",
        "14",
        "x",
        "(5)",
        "<12>",
        "5h7",
        "7p5",
        "5/7",
        "9\\7",
        "/5",
        "7\\",
        "7b9",
        "7b9r7",
    ),
    *("7^", "5~", "12h14p12", "5tr7", "7t12", "3=", "00", "777"),
)

LABELS = ("bar", "blank bar", "colon", "blank colon", "colon tab bar", "dashes", "blank", "double bar", "lower")
FILLS = ("-", "\u2014", "\u2013", "\u2500", "=", "_", ".")
ENDS = ("\n", "\r\n", "\r")
ABOVE = (
    "",
    "1 + 2 + 3 + 4 +",
    "Am    C/G   F#m7",
    "e e q  s s e",
    "  |-3-| |-3-|",
    "[Verse 2]",
    "sing: let it be",
    "  |---P.M.---|",
)
TRAILS = ("", "  x4", " (x2)", "   2x", "  play 3 times", "  | x4", "  let ring")
NAMES = ("letters", "letters", "letters", "numbered", "solfege", "cyrillic")
SIGNS = ("|", "|", "|", "|", "I", "l", "!", "[", "+", "tees", "full width")
BESIDE = ("", "", "", "guitar", "drums", "prose")
PAGES = ("text", "fence", "br", "br alone", "pre", "paragraphs", "divs", "tab markup", "js-store", "literal")


@dataclass(frozen=True)
class Style:
    """One way to print: each field names a choice of the tuples above, or says how far."""

    labels: str = "bar"
    labelled: str = "all"  # or "first", "none", "right"
    fill: str = "-"
    end: str = "\n"
    indent: str = ""
    above: str = ""
    trail: str = ""
    closed: bool = True
    low_first: bool = False
    spaced: bool = False
    page: str = "text"
    names: str = "letters"
    sign: str = "|"  # what bar lines are drawn with
    beside: str = ""  # what else stands on the page


@dataclass(frozen=True)
class Printed:
    """A printed page and the systems that recognition should find on it."""

    text: str
    style: Style
    systems: tuple[System, ...]
    labels: tuple[tuple[str, ...] | None, ...]


@st.composite
def played_systems(draw: st.DrawFn, tuning: Tuning, *, ties: bool = True) -> System:
    """Bars of one to three notes a string at most, at least six columns long."""
    rows = [""] * tuning.n_strings
    for _ in range(draw(st.integers(1, 4))):
        string = draw(st.integers(0, tuning.n_strings - 1))
        notes = draw(st.lists(st.sampled_from(NOTES if ties else [n for n in NOTES if "=" not in n]), max_size=3))
        bar = "-" + "".join(note + "-" * draw(st.integers(1, 4)) for note in notes)
        bar = bar.ljust(draw(st.sampled_from([8, 16, 17])), "-")
        rows = [row + (bar if i == string else "-" * len(bar)) + "|" for i, row in enumerate(rows)]
    return System(tuning, tuple(rows))


@st.composite
def printed(draw: st.DrawFn) -> Printed:
    """One to four systems of one tuning, on a page in one style."""
    tuning = Tuning.parse(draw(st.sampled_from(TUNINGS)))
    style = draw(styles(tuning))
    systems = draw(st.lists(played_systems(tuning, ties=style.fill != "="), min_size=1, max_size=4))
    if style.labels == "double bar":
        systems = [replace(system, lines=tuple(f"|{line}" for line in system.lines)) for system in systems]
    if not style.closed:
        systems = [replace(system, lines=tuple(line[:-1] for line in system.lines)) for system in systems]
    return print_page(systems, style)


@st.composite
def styles(draw: st.DrawFn, tuning: Tuning) -> Style:
    """Styles that leave enough to tell a system by: lines without labels keep their bar lines."""
    labelled = draw(st.sampled_from(["all"] * 6 + ["first", "right", "none"]))
    if labelled == "none" and tuning.word != "GDAE":
        labelled = "first"
    barred = labelled != "all"
    page = draw(st.sampled_from(PAGES))
    if labelled == "all" and page not in ("literal", "tab markup") and draw(st.booleans()):
        return draw(world_styles(tuning, page))
    return Style(
        labels=draw(st.sampled_from(LABELS)),
        labelled=labelled,
        fill=draw(st.sampled_from(FILLS)),
        end="\n" if page == "literal" else draw(st.sampled_from(ENDS)),
        indent="" if page == "literal" else draw(st.sampled_from(["", "", "  ", "\t", "> "])),
        above="" if page == "literal" else draw(st.sampled_from(ABOVE)),
        trail=draw(st.sampled_from(TRAILS)) if labelled != "right" else "",
        closed=barred or draw(st.booleans()),
        low_first=labelled == "all" and page != "literal" and draw(st.integers(0, 4)) == 0,
        spaced=labelled == "all"
        and page not in ("paragraphs", "literal", "tab markup")
        and draw(st.integers(0, 4)) == 0,
        page=page if labelled == "all" or page != "literal" else "text",
    )


@st.composite
def world_styles(draw: st.DrawFn, tuning: Tuning, page: str) -> Style:
    """Names of strings and bar signs from all over the world, with a guitar, drums or prose on the page."""
    natural = all(len(label) == 1 for label in tuning.labels)
    names = draw(st.sampled_from(NAMES)) if natural else "letters"
    return Style(
        end=draw(st.sampled_from(ENDS)),
        indent=draw(st.sampled_from(["", "  "])),
        trail=draw(st.sampled_from(TRAILS)),
        page=page,
        names=names,
        sign=draw(st.sampled_from(SIGNS)) if names == "letters" else "|",
        beside=draw(st.sampled_from(BESIDE)),
    )


def print_page(systems: list[System], style: Style) -> Printed:
    blocks = []
    labels: list[tuple[str, ...] | None] = []
    for place, system in enumerate(systems):
        labelled = style.labelled in ("all", "right") or (style.labelled == "first" and place == 0)
        lines = _print_system(system, style, labelled=labelled)
        printed_labels = system.tuning.labels[::-1] if style.low_first else system.tuning.labels
        labels.append(printed_labels if labelled else None)
        blocks.append([style.above] * bool(style.above) + lines)
    if style.beside:
        blocks = [_BESIDE[style.beside], *blocks, _BESIDE[style.beside]]
    return Printed(_wrap(blocks, style), style, tuple(systems), tuple(labels))


def _print_system(system: System, style: Style, *, labelled: bool) -> list[str]:
    width = max(map(len, system.tuning.labels))
    rows = list(zip(system.tuning.labels, system.lines, strict=True))
    lines = []
    for place, (label, line) in enumerate(rows[::-1] if style.low_first else rows):
        row = line.replace("-", style.fill)
        if style.names != "letters" or style.sign != "|":
            trail = style.trail if place == 1 else ""
            lines.append(style.indent + _abroad(label, row, place, len(rows), style) + trail)
            continue
        if not labelled:
            printed_line = "|" + row
        elif style.labelled == "right":
            printed_line = f"|{row}{label}"
        else:
            printed_line = _label(label, width, style) + row
        lines.append(style.indent + printed_line + (style.trail if place == 1 else ""))
    return [line for row in lines for line in (row, "")][:-1] if style.spaced else lines


def _label(label: str, width: int, style: Style) -> str:
    padded = label.ljust(width)
    return {
        "bar": f"{padded}|",
        "blank bar": f"{padded} |",
        "colon": f"{padded}:",
        "blank colon": f"{padded} :",
        "colon tab bar": f"{padded}:\t|",
        "dashes": padded if width == 1 and style.fill != "." else f"{padded}|",
        "blank": f"{padded} ",
        "double bar": f"{padded}|",
        "lower": f"{padded.lower()}|",
    }[style.labels]


_SOLFEGE = {"C": "Do", "D": "Re", "E": "Mi", "F": "Fa", "G": "Sol", "A": "La", "B": "Si"}
_CYRILLIC = {"C": "До", "D": "Ре", "E": "Ми", "F": "Фа", "G": "Соль", "A": "Ля", "B": "Си"}
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_BESIDE = {
    "guitar": [
        f"{label}|{row}" for label, row in zip("eBGDAE", ["--0--3-|", *["-------|"] * 4, "3------|"], strict=True)
    ],
    "drums": ["HH|x-x-x-x-|", "SD|----o---|", "BD|o-------|"],
    "prose": ["The guitar comes in late - and plays on and on.", "Am   C", "No word of this is a string line."],
}


def _abroad(label: str, row: str, place: int, count: int, style: Style) -> str:
    """A string line with another name for its string or another sign for its bar lines."""
    if style.names == "numbered":
        return f"{place + 1}{label}|{row}"
    if style.names != "letters":
        names = _SOLFEGE if style.names == "solfege" else _CYRILLIC
        return f"{names[label]:<4}|{row}"
    if style.sign == "full width":
        return f"{label:<2}|{row}".translate(_FULL_WIDTH)
    if style.sign == "tees":
        return f"{label:<2}├{row.replace('|', '┼').replace('-', '─')}"
    if style.sign == "[":
        return (
            f"{label:<2}[{row.replace('|', ']')}"
            if row.count("|") == 1
            else f"{label:<2}[{row.replace('|', '[', row.count('|') - 1)[:-1]}]"
        )
    return f"{label:<2}{style.sign}{row.replace('|', style.sign)}"


def _wrap(blocks: list[list[str]], style: Style) -> str:
    lines = ["A song", "", *[line for block in blocks for line in (*block, "", "")], "the end"]
    if style.page == "text":
        return style.end.join(lines)
    if style.page == "fence":
        return style.end.join(["# A song", "```", *lines[2:-1], "```"])
    if style.page == "tab markup":
        return style.end.join(["A song", *["[tab]" + style.end.join(block) + "[/tab]" for block in blocks]])
    if style.page == "literal":
        return "tab = '" + "\\n".join(line for block in blocks for line in block if line) + "\\n'"
    if style.page == "js-store":
        return _store(style.end.join(lines))
    return _page_of(lines, style)


def _page_of(lines: list[str], style: Style) -> str:
    safe = [html.escape(line).replace("  ", "&nbsp; ") for line in lines]
    if style.page == "br":
        return f"<br>{style.end}".join(safe)
    if style.page == "br alone":
        return "<br/>".join(safe)
    if style.page == "pre":
        head = "<head><title>A song</title><style>b { color: red }</style></head>"
        return f"<!DOCTYPE html><html>{head}<body><pre>{style.end.join(safe)}</pre></body></html>"
    if style.page == "paragraphs":
        return style.end.join(f"<p>{line or '&nbsp;'}</p>" for line in safe)
    return (
        "<section>"
        + style.end.join(f'<div class="line"><span>{line or "&nbsp;"}</span></div>' for line in safe)
        + "</section>"
    )


def _store(content: str) -> str:
    view = {"wiki_tab": {"content": content}, "meta": {"tuning": {"value": "E A D G"}}}
    page = {"tab": {"song_name": "A song", "artist_name": "Nobody"}, "tab_view": view}
    data = html.escape(json.dumps({"store": {"page": {"data": page}}}))
    return f'<html><body><div class="js-store" data-content="{data}"></div></body></html>'
