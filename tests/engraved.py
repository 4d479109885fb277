"""What is wrong with an engraved page: texts that cover each other or leave it, dots inside beams and flags. And
scores at random with every sign that a page can show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from hypothesis import strategies as st

from basstab_hf.formats.note_values import NoteValue
from basstab_hf.formats.score_values import Beat, Score, ScoreBar, ScoreNote
from basstab_hf.formats.shapes import Circle, Curve, Line, Page, Point, Polygon, Shape, Text
from basstab_hf.formats.text_widths import text_width
from basstab_hf.rhythm.form import Sign
from basstab_hf.tab.tuning import Tuning

Box = tuple[float, float, float, float]  # left, top, right, bottom


def box_of(shape: Shape) -> Box:
    """Of letters the part that has ink: capitals and figures are 0.73 of their size high, tails 0.2."""
    match shape:
        case Text((x, y), text, size, anchor, bold):
            wide = text_width(text, size, bold=bold)
            left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * wide
            tail = 0.2 if set(text) & set("gjpqy,;()Q/") else 0.0
            return left, y - 0.73 * size, left + wide, y + tail * size
        case Circle((x, y), radius):
            return x - radius, y - radius, x + radius, y + radius
        case Line(start, end):
            return _around([start, end])
        case Polygon(points):
            return _around(points)
        case Curve(start, first, second, end):
            return _around([_along(start, first, second, end, step / 8) for step in range(9)])
    return shape.corner[0], shape.corner[1], shape.corner[0] + shape.width, shape.corner[1] + shape.height


def _around(points: object) -> Box:
    xs, ys = zip(*points, strict=True)  # type: ignore[call-overload]
    return min(xs), min(ys), max(xs), max(ys)


def _along(start: Point, first: Point, second: Point, end: Point, at: float) -> Point:
    parts = ((1 - at) ** 3, 3 * at * (1 - at) ** 2, 3 * at * at * (1 - at), at**3)
    x, y = (
        sum(part * point[axis] for part, point in zip(parts, (start, first, second, end), strict=True))
        for axis in (0, 1)
    )
    return x, y


def meet(one: Box, other: Box, by: float = 0.4) -> bool:
    return min(one[2], other[2]) - max(one[0], other[0]) > by and min(one[3], other[3]) - max(one[1], other[1]) > by


def faults(page: Page) -> Iterator[str]:
    """One line for each thing that a reader would stumble over."""
    texts = [(shape, box_of(shape)) for shape in page.shapes if isinstance(shape, Text)]
    for (one, first), (other, second) in combinations(texts, 2):
        if meet(first, second):
            yield f"{one.text!r} covers {other.text!r} at {one.place}, {other.place}"
    for shape in page.shapes:
        box = box_of(shape)
        if box[0] < -0.5 or box[1] < -0.5 or box[2] > page.width + 0.5 or box[3] > page.height + 0.5:
            yield f"{shape} leaves the page"
    solid = [(shape, box_of(shape)) for shape in page.shapes if isinstance(shape, Polygon)]
    dots = [shape for shape in page.shapes if isinstance(shape, Circle) and shape.radius < 1.5]
    strokes = [box_of(shape) for shape in page.shapes if isinstance(shape, Curve) and shape.width == 1.6]
    for dot in dots:
        if any(meet(box_of(dot), box, 0.0) for box in [*strokes, *(box for _, box in solid)]):
            yield f"the dot at {dot.centre} lies in a beam, a flag or a rest"
    for text, box in texts:
        if any(meet(box, other) for _, other in solid):
            yield f"{text.text!r} at {text.place} lies in a beam or a rest"


NAMES = st.sampled_from(
    ["", "", "A", "Verse 2", "Guitar solo over the chords of the second verse, twice as long as it was"]
)
CHORDS = st.sampled_from(["", "", "", "E", "Bbmaj7#11/D", "N.C."])
TITLES = st.sampled_from(
    ["", "Harbour", "M" * 90, "A title in some more words than there is room for in one line " * 4]
)


@st.composite
def notes(draw: st.DrawFn, string: int) -> ScoreNote:
    fret = draw(st.one_of(st.none(), st.integers(0, 24)))
    flag = st.booleans()
    return ScoreNote(
        string=string,
        fret=fret,
        pitch=40,
        tied=draw(st.integers(0, 5)) == 0,
        reached=draw(st.sampled_from(["", "", "hammer-on", "pull-off", "slide"])),
        slide_in=draw(st.sampled_from(["", "", "up"])),
        slide_out=draw(st.sampled_from(["", "", "down"])),
        bend=draw(st.sampled_from([0, 0, 0, 1, 2])),
        vibrato=draw(flag),
        harmonic=draw(flag),
        tap=draw(st.integers(0, 4)) == 0,
        ghost=draw(flag),
        struck=draw(st.sampled_from(["", "slap", "pop"])),
    )


@st.composite
def beats(draw: st.DrawFn) -> Beat:
    value = NoteValue(draw(st.sampled_from([2, 4, 8, 8, 16, 16, 32])), draw(st.sampled_from([0, 0, 1])))
    strings = sorted(draw(st.sets(st.integers(1, 4), max_size=3)))
    tempo = draw(st.sampled_from([None, None, None, None, 132.5]))
    return Beat(value, tuple(draw(notes(string)) for string in strings), draw(CHORDS), tempo)


@st.composite
def bars(draw: st.DrawFn) -> ScoreBar:
    inside = tuple(draw(st.lists(beats(), min_size=1, max_size=16)))
    closes = draw(st.sampled_from([0, 0, 0, 2, 4]))
    sign = Sign(draw(st.booleans()), closes, draw(st.sampled_from([(), (), (1,), (1, 2, 3), (2,)])))
    return ScoreBar(draw(st.sampled_from([3, 4, 12])), draw(st.sampled_from([4, 8, 16])), inside, sign, draw(NAMES))


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Every sign at once, in every order: more than any tab has, so that what a tab has is clear."""
    found = tuple(draw(st.lists(bars(), min_size=1, max_size=6)))
    return Score(draw(TITLES), draw(TITLES), 90.0, 33, Tuning.parse("GDAD"), found, swing=draw(st.booleans()))
