"""Tabs as engraved pictures: .svg and .png (one picture as tall as the piece), .pdf (pages of A4)."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.formats.engraving import engrave
from basstab_hf.formats.score import to_score
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.shapes import Blank, Circle, Curve, Line, Page, Point, Polygon, Shape, Text
from basstab_hf.formats.sheet import A4_HEIGHT, lay_out
from basstab_hf.formats.track import one_line
from basstab_hf.tab.values import Tab

_LOG = logging.getLogger(__name__)
#: Tallest .png in px: some 200 systems. Beyond, memory and viewers give up.
MAX_PNG_HEIGHT = 24_000
_ZOOM = 2  # px of a .png to one of the page: sharp on today's screens, 192 dots an inch on paper
_GREY = "#666"
_FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', Aileron, sans-serif"
_POINTS = 0.75  # a px in points, of which PDF has 72 an inch


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write a .svg, .png or .pdf file; returns what could not be told as it stands.

    Raises:
        InputError: the tab is no score (see `score.to_score`), or too long for one .png.
    """
    kind = Path(path).suffix.lower()
    score = to_score(tab, settings)
    pages = engrave(lay_out(score), A4_HEIGHT if kind == ".pdf" else None)
    if kind == ".png" and pages[0].height * _ZOOM > MAX_PNG_HEIGHT:
        raise InputError(f"{path}: the tab is too long for one picture: write a .pdf, which has pages, or a .svg")
    with files.writing(path, force=force) as temporary:
        if kind == ".svg":
            temporary.write_text(to_svg(pages[0]), encoding="utf-8")
        elif kind == ".png":
            temporary.write_bytes(_to_png(pages[0]))
        else:
            _save_pdf(pages, temporary, tab)
    return score.remarks


def to_svg(page: Page) -> str:
    """A page as an SVG document."""
    size = f'width="{page.width:g}" height="{page.height:g}" viewBox="0 0 {page.width:g} {page.height:g}"'
    body = "\n".join(map(_svg, page.shapes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONTS}" color="#000" fill="currentColor">\n'
        f'<rect class="paper" width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _svg(shape: Shape) -> str:
    """One element."""
    match shape:
        case Line(start, end, width, grey):
            places = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
            return f'<line {places} stroke="{_GREY if grey else "currentColor"}" stroke-width="{width:g}"/>'
        case Curve(start, first, second, end, width):
            path = f"M{_point(start)} C{_point(first)} {_point(second)} {_point(end)}"
            return f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="{width:g}"/>'
        case Polygon(points):
            return f'<polygon points="{" ".join(map(_point, points))}"/>'
        case Circle(centre, radius):
            return f'<circle cx="{centre[0]:.1f}" cy="{centre[1]:.1f}" r="{radius:g}"/>'
        case Blank(corner, width, height):
            place = f'x="{corner[0]:.1f}" y="{corner[1]:.1f}"'
            return f'<rect class="paper" {place} width="{width:.1f}" height="{height:.1f}" fill="#fff"/>'
        case Text():
            return _svg_text(shape)


def _point(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _svg_text(text: Text) -> str:
    style = f' font-weight="{"bold"}"' if text.bold else ""
    style += ' font-style="italic"' if text.italic else ""
    style += f' fill="{_GREY}"' if text.grey else ""
    style += f' class="tempo-mark" data-bpm="{text.tempo:g}"' if text.tempo is not None else ""
    anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
    place = f'x="{text.place[0]:.1f}" y="{text.place[1]:.1f}"'
    return f'<text {place} font-size="{text.size:g}"{anchor}{style}>{escape(text.text)}</text>'


def _to_png(page: Page) -> bytes:
    """resvg draws it; the font that Pillow brings along stands in where a machine has none."""
    import resvg_py
    from PIL import ImageFont

    brought: Any = ImageFont.load_default(12)

    with files.scratch() as folder:
        font = folder / "Aileron.ttf"
        font.write_bytes(brought.font_bytes)
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=to_svg(page), zoom=_ZOOM, font_files=[str(font)], sans_serif_family="Aileron"
            )
        )


def _save_pdf(pages: Sequence[Page], path: Path, tab: Tab) -> None:
    from fpdf import FPDF

    pdf = FPDF(unit="pt", format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(one_line(tab.title) or "Bass tab")
    pdf.set_author(one_line(tab.artist))
    wide = _wide_font([shape.text for page in pages for shape in page.shapes if isinstance(shape, Text)])
    if wide is not None:
        for style in ("", "B", "I"):
            pdf.add_font("wide", style, wide)
    for page in pages:
        pdf.add_page()
        for shape in page.shapes:
            _pdf(pdf, shape, "wide" if wide else "Helvetica")
    pdf.output(str(path))


def _pdf(pdf: Any, shape: Shape, font: str) -> None:
    match shape:
        case Line(start, end, width, grey):
            _pen(pdf, width, grey=grey)
            pdf.line(*_scaled(start, end))
        case Curve(start, first, second, end, width):
            _pen(pdf, width)
            pdf.bezier([_pair(point) for point in (start, first, second, end)], style="D")
        case Polygon(points):
            _pen(pdf, 0.1)
            pdf.polygon([_pair(point) for point in points], style="F")
        case Circle(centre, radius):
            _pen(pdf, 0.1)
            pdf.circle(*_pair(centre), radius * _POINTS, style="F")
        case Blank(corner, width, height):
            pdf.set_fill_color(255)
            pdf.rect(*_pair(corner), width * _POINTS, height * _POINTS, style="F")
        case Text():
            _pdf_text(pdf, shape, font)


def _pdf_text(pdf: Any, text: Text, font: str) -> None:
    pdf.set_font(font, ("B" if text.bold else "") + ("I" if text.italic and not text.bold else ""), text.size * _POINTS)
    pdf.set_text_color(0x66 if text.grey else 0)
    words = text.text if font == "wide" else _latin1(text.text)
    x, y = _pair(text.place)
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
    pdf.text(x - shift * pdf.get_string_width(words), y, words)


def _pen(pdf: Any, width: float, *, grey: bool = False) -> None:
    pdf.set_line_width(width * _POINTS)
    pdf.set_draw_color(0x66 if grey else 0)
    pdf.set_fill_color(0)


def _pair(point: Point) -> Point:
    return point[0] * _POINTS, point[1] * _POINTS


def _scaled(*points: Point) -> list[float]:
    return [value for point in points for value in _pair(point)]


def _latin1(text: str) -> str:
    """What the fonts that every PDF viewer has can show."""
    return text.replace("…", "...").encode("latin-1", "replace").decode("latin-1")


def _wide_font(texts: Sequence[str]) -> str | None:
    """A font file for letters beyond Latin-1, if they are there and one is found."""
    if all(_latin1(text).replace("...", "…") == text for text in texts):
        return None
    found = next((place for place in _font_files() if place.is_file()), None)
    if found is None:
        _LOG.warning("letters beyond western Europe's become ? in the .pdf: install the DejaVu fonts")
    return str(found) if found else None


def _font_files() -> Iterator[Path]:
    spec = importlib.util.find_spec("matplotlib")
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf"
    yield Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    yield Path("/Library/Fonts/Arial Unicode.ttf")
    yield Path("C:/Windows/Fonts/arial.ttf")
