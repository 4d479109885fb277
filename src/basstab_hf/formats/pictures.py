"""Tabs as engraved pictures: .svg and .png (one picture as tall as the piece), .pdf (pages of A4)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.errors import InputError, OutputError
from basstab_hf.formats.engraving import engrave
from basstab_hf.formats.fonts import bold_of, fonts_for
from basstab_hf.formats.score import to_score
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.shapes import Blank, Circle, Curve, Line, Page, Point, Polygon, Shape, Text
from basstab_hf.formats.sheet import A4_HEIGHT, lay_out
from basstab_hf.formats.table import Need
from basstab_hf.formats.track import one_line
from basstab_hf.tab.values import Tab

#: Tallest .png in px: some 200 systems. Beyond, memory and viewers give up.
MAX_PNG_HEIGHT = 24_000
_ZOOM = 2  # px of a .png to one of the page: sharp on today's screens, 192 dots an inch on paper
_GREY = "#666"
_FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', Aileron, sans-serif"
_POINTS = 0.75  # a px in points, of which PDF has 72 an inch


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write a .svg, .png or .pdf file; returns what could not be told as it stands.

    Raises:
        InputError: the tab is no score (see `score.to_score`), is too long for one .png, or has letters that no font
            here draws.
        MissingExtraError: letters beyond western Europe's, and nothing that shapes them for a .pdf.
    """
    kind = Path(path).suffix.lower()
    score = to_score(tab, settings)
    pages = engrave(lay_out(score), A4_HEIGHT if kind == ".pdf" else None)
    if kind == ".png" and pages[0].height * _ZOOM > MAX_PNG_HEIGHT:
        raise InputError(f"{path}: the tab is too long for one picture: write a .pdf, which has pages, or a .svg")
    if kind == ".svg":  # whoever looks at it has the fonts, or has not
        files.write_text(path, to_svg(pages[0]), force=force)
        return score.remarks
    with _brought_font(path) as brought:
        fonts = fonts_for(_unusual(pages), brought, path)
        if kind == ".pdf" and fonts:
            Need("uharfbuzz", "uharfbuzz").check()
        with files.writing(path, force=force) as temporary:
            if kind == ".png":
                temporary.write_bytes(_to_png(pages[0], [brought, *fonts]))
            else:
                _save_pdf(pages, temporary, tab, fonts)
    return score.remarks


def _unusual(pages: Sequence[Page]) -> list[str]:
    """The texts of some pages with letters beyond western Europe's."""
    texts = (shape.text for page in pages for shape in page.shapes if isinstance(shape, Text))
    return sorted({text for text in texts if not is_western(text)})


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


def _to_png(page: Page, fonts: Sequence[Path]) -> bytes:
    """resvg draws it, shaped and in the order in which it is read, with the fonts of the system and some more."""
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=to_svg(page), zoom=_ZOOM, font_files=[*map(str, fonts)], sans_serif_family="Aileron"
        )
    )


@contextmanager
def _brought_font(path: str | os.PathLike[str]) -> Iterator[Path]:
    """The font that Pillow brings along, as a file: it stands in where a machine has none."""
    from PIL import ImageFont

    brought: Any = ImageFont.load_default(12)
    with files.scratch() as folder:
        font = folder / "Aileron.ttf"
        try:
            font.write_bytes(brought.font_bytes)
        except OSError as error:
            raise OutputError(
                f"cannot write {path}: no room for a font beside it in {folder}: {error.strerror}"
            ) from error
        yield font


def _save_pdf(pages: Sequence[Page], path: Path, tab: Tab, fonts: Sequence[Path]) -> None:
    """Letters of western Europe in the fonts that every viewer has, texts with others in `fonts`."""
    from fpdf import FPDF

    pdf = FPDF(unit="pt", format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.c_margin = 0
    pdf.set_title(one_line(tab.title) or "Bass tab")
    pdf.set_author(one_line(tab.artist))
    for number, font in enumerate(fonts):
        for style, file in (("", font), ("B", bold_of(font, _unusual(pages)))):
            pdf.add_font(f"wide{number}", style, str(file))
    if len(fonts) > 1:
        pdf.set_fallback_fonts([f"wide{number}" for number in range(1, len(fonts))], exact_match=False)
    for page in pages:
        pdf.add_page()
        for shape in page.shapes:
            _pdf(pdf, shape)
    pdf.output(str(path))


def _pdf(pdf: Any, shape: Shape) -> None:
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
            _pdf_text(pdf, shape)


def _pdf_text(pdf: Any, text: Text) -> None:
    wide = not is_western(text.text)
    style = ("B" if text.bold else "") + ("I" if text.italic and not text.bold and not wide else "")
    size = text.size * _POINTS
    pdf.set_font("wide0" if wide else "Helvetica", style, size)
    pdf.set_text_color(0x66 if text.grey else 0)
    pdf.set_text_shaping(use_shaping_engine=wide)
    width = pdf.get_string_width(text.text)
    x, y = _pair(text.place)
    pdf.set_xy(x - {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor] * width, y - 0.8 * size)
    pdf.cell(width, size, text.text)  # its baseline is 0.8 of the size down; `FPDF.text` does not shape


def _pen(pdf: Any, width: float, *, grey: bool = False) -> None:
    pdf.set_line_width(width * _POINTS)
    pdf.set_draw_color(0x66 if grey else 0)
    pdf.set_fill_color(0)


def _pair(point: Point) -> Point:
    return point[0] * _POINTS, point[1] * _POINTS


def _scaled(*points: Point) -> list[float]:
    return [value for point in points for value in _pair(point)]


def is_western(text: str) -> bool:
    """Whether the fonts that every PDF viewer has can show a text."""
    return all(ord(letter) < 0x100 for letter in text)
