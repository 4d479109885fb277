"""What engraved pages are made of: few shapes, which SVG and PDF draw alike. Lengths in px (1/96 inch), y downwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    """One line of text on a baseline; `anchor` is start, middle or end. `tempo`: what it tells, in quarter notes a
    minute, so that a player can change it."""

    place: Point
    text: str
    size: float
    anchor: str = "middle"
    bold: bool = False
    italic: bool = False
    grey: bool = False
    tempo: float | None = None


Shape: TypeAlias = Line | Curve | Polygon | Circle | Blank | Text


@dataclass(frozen=True, slots=True)
class Page:
    """Shapes in drawing order on a page."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def resized(shape: Shape, factor: float) -> Shape:
    """A shape whose places and sizes are multiplied by a factor."""

    def at(point: Point) -> Point:
        return point[0] * factor, point[1] * factor

    match shape:
        case Line(start, end, width):
            return replace(shape, start=at(start), end=at(end), width=width * factor)
        case Curve(start, first, second, end, width):
            return Curve(at(start), at(first), at(second), at(end), width * factor)
        case Polygon(points):
            return Polygon(tuple(map(at, points)))
        case Circle(centre, radius):
            return Circle(at(centre), radius * factor)
        case Blank(corner, width, height):
            return Blank(at(corner), width * factor, height * factor)
        case Text(place, _, size):
            return replace(shape, place=at(place), size=size * factor)
