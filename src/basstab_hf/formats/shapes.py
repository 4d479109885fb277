"""What engraved pages are made of: few shapes, which SVG and PDF draw alike. Lengths in px (1/96 inch), y downwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A straight stroke."""

    start: Point
    end: Point
    width: float = 1.0
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """A stroke along a cubic Bezier curve."""

    start: Point
    first: Point
    second: Point
    end: Point
    width: float = 1.2


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled area."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Circle:
    """A filled circle."""

    centre: Point
    radius: float


@dataclass(frozen=True, slots=True)
class Blank:
    """A box in the colour of the paper, which hides what is behind it."""

    corner: Point
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text on a baseline; `anchor` is start, middle or end."""

    place: Point
    text: str
    size: float
    anchor: str = "middle"
    bold: bool = False
    italic: bool = False
    grey: bool = False


Shape: TypeAlias = Line | Curve | Polygon | Circle | Blank | Text


@dataclass(frozen=True, slots=True)
class Page:
    """Shapes in drawing order on a page."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
