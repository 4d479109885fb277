"""Style files -> `Style`s: what a musician writes in styles/NAME.yaml, checked; common.yaml has what it leaves out.

docs/composer.md tells what may stand there.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from basstab_hf.composer.chance import Weighted
from basstab_hf.composer.harmony import MODES, Key, progression
from basstab_hf.composer.plan import Plan, parse_form
from basstab_hf.errors import InputError, TabError
from basstab_hf.settings import read_yaml
from basstab_hf.tab.tuning import Tuning

FOLDER = Path(__file__).parent / "styles"
COMMON = "common"
#: Steps of a bar by metre and feel: sixteenths, or three to each of four beats.
STEPS = {"4/4": 16, "3/4": 12, "4/4 triplets": 12, "12/8": 12, "6/8": 12}
#: What may stand in a cell at a step; docs/composer.md says what each means.
CELL = re.compile(r"[.R82345679Tvws=ud#b>NxUD?]+")
RHYTHM = re.compile(r"[.1-9X]+")
ENDS = ("same", "lead", "fill", "stop", "rest", "turn")
CHANGES = ("thin", "lead", "turn", "push", "carry", "octave", "fresh", "vary", "stretch", "pair", "again", "return")
ARTICULATION = ("hammer", "pull", "slide", "ghost", "dead", "vibrato", "bend", "tie", "harmonic")
APPROACH = ("below", "above", "scale below", "scale above", "fifth")
ROLES = frozenset("R82345679Tvws=ud#bUDx")


@dataclass(frozen=True)
class Style:
    """How songs of one style are made; a mapping of weights is a `Weighted`, a chance a number from 0 to 1."""

    name: str
    weight: float
    tempo: tuple[int, int]
    metre: str
    modes: Weighted[str]
    keys: Weighted[int]  # semitones from the lowest open string to the tonic
    progressions: Mapping[str, Weighted[str]]  # by mode
    forms: Weighted[tuple[Plan, ...]]
    cells: Weighted[str]
    rhythms: Weighted[str] | None
    fills: Weighted[str]
    roles: Mapping[str, Weighted[str]]  # of the notes "?": on beats, and off them
    approach: Weighted[str]
    ends: Mapping[int, Weighted[str]]  # by bars of a phrase: 4, 8, and 0 for the last of a section
    changes: Mapping[str, float]
    articulation: Mapping[str, float]
    same: Mapping[str, float]  # chance that another section takes the verse's progression, cell, place
    tunings: Weighted[str]
    register: Weighted[int]
    hands: Weighted[int]
    open_strings: float
    highest: int
    grids: Weighted[str]
    time: tuple[int, int] | None = None  # beats and unit, where it is not the metre's (`in_time`)

    @property
    def steps(self) -> int:
        """Steps of a bar."""
        return STEPS[self.metre] if self.time is None else _steps_in(self.beat, self.time)

    @property
    def beat(self) -> int:
        """Steps of a beat."""
        return 4 if self.metre in ("4/4", "3/4") else 3

    @property
    def time_signature(self) -> str:
        return self.metre.removesuffix(" triplets") if self.time is None else f"{self.time[0]}/{self.time[1]}"

    @property
    def quarters(self) -> float:
        """Quarter notes in a bar."""
        beats, unit = map(int, self.time_signature.split("/"))
        return beats * 4 / unit

    @property
    def usual_tempo(self) -> float:
        """Quarter notes a minute in the middle of its tempi, which count beats."""
        return float(round(sum(self.tempo) / 2 * self.quarters / (self.steps / self.beat)))

    @cached_property
    def columns(self) -> int:
        """Columns of a bar without its padding, in most songs that are not written without bar lines."""
        shares: defaultdict[int, float] = defaultdict(float)
        for name, weight in zip(self.grids.things, self.grids.weights, strict=True):
            if name.isdecimal():
                shares[int(name) // 2 * 2] += weight
        return max(shares, key=shares.__getitem__, default=self.steps)


@cache
def names() -> tuple[str, ...]:
    """The styles that there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != COMMON))


@cache
def style(name: str) -> Style:
    """A style of the package.

    Raises:
        InputError: there is none of that name.
    """
    if name not in names():
        raise InputError(f"no style {name!r}: there are {', '.join(names())}")
    return read_style(FOLDER / f"{name}.yaml")


@cache
def every() -> Weighted[str]:
    """The names of all styles by their weights."""
    return Weighted.of({name: style(name).weight for name in names()})


def in_time(style: Style, beats: int, unit: int) -> Style:
    """A style in bars of another time: its bars are cut off, or begin again where they are too short.

    In a time of eighths, one of three to the beat has an eighth a step.
    """
    if f"{beats}/{unit}" == style.time_signature:
        return style
    steps, usual = _steps_in(style.beat, (beats, unit)), style.steps

    def fitted(cell: str) -> str:
        bars = [cell[start : start + usual] for start in range(0, len(cell), usual)]
        return "".join((bar * math.ceil(steps / len(bar)))[:steps] for bar in bars)

    columns = steps * max(style.columns // usual, 1)
    return replace(
        style,
        time=(beats, unit),
        cells=style.cells.changed(fitted),
        rhythms=style.rhythms and style.rhythms.changed(fitted),
        fills=style.fills.changed(lambda fill: fill[-steps:]),
        grids=Weighted.of({str(columns if columns % 2 == 0 else 2 * columns): 1.0}),
    )


def _steps_in(beat: int, time: tuple[int, int]) -> int:
    """Steps of a bar of a style with so many steps a beat."""
    beats, unit = time
    return beats if beat == 3 and unit >= 8 else max(beats * 4 * beat // unit, 1)


@cache
def _common() -> Any:
    """What all styles begin with."""
    return read_yaml(FOLDER / f"{COMMON}.yaml")


def read_style(path: Path) -> Style:
    """A style from a file.

    Raises:
        InputError: what is wrong in it, with the file and the name of the setting.
    """
    values = _merged(_common(), read_yaml(path))
    wanted = {field.name for field in fields(Style)} - {"name", "time"}
    if unknown := sorted(set(values) - wanted):
        raise InputError(f"{path.name}: {unknown[0]!r} is no setting of a style: there are {', '.join(sorted(wanted))}")
    if missing := sorted(wanted - set(values)):
        raise InputError(f"{path.name}: {missing[0]} is missing")
    try:
        return _built(path.stem, values)
    except (InputError, TabError) as error:
        raise InputError(f"{path.name}: {error}") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise InputError(f"{path.name}: a value is not of the kind that docs/composer.md shows: {error}") from error


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The style's own settings over the common ones; chances are merged one by one, weights are replaced."""
    merged = {**common, **own}
    for name in ("changes", "articulation", "same", "ends"):
        merged[name] = {**common.get(name, {}), **own.get(name, {})}
    return merged


def _built(name: str, values: dict[str, Any]) -> Style:
    if values["metre"] not in STEPS:
        raise InputError(f"metre {values['metre']!r}: there are {', '.join(STEPS)}")
    steps = STEPS[values["metre"]]
    low, _, high = str(values["tempo"]).partition("-")
    return Style(
        name=name,
        weight=float(values["weight"]),
        tempo=(int(low), int(high)),
        metre=values["metre"],
        modes=_named(values["modes"], "modes", MODES),
        keys=Weighted.of({int(place): float(weight) for place, weight in values["keys"].items()}),
        progressions={mode: _progressions(lines, mode) for mode, lines in _per_mode(values).items()},
        forms=_lines(values["forms"], "forms", parse_form),
        cells=_lines(values["cells"], "cells", lambda text: _cell(text, steps)),
        rhythms=_lines(values["rhythms"], "rhythms", lambda text: _rhythm(text, steps)) if values["rhythms"] else None,
        fills=_lines(values["fills"], "fills", lambda text: _cell(text, steps, half=True)),
        roles={place: _named(values["roles"][place], "roles", ROLES) for place in ("beat", "between")},
        approach=_named(values["approach"], "approach", APPROACH),
        ends={int(bars): _named(chances, "ends", ENDS) for bars, chances in values["ends"].items()},
        changes=_chances(values["changes"], "changes", CHANGES),
        articulation=_chances(values["articulation"], "articulation", ARTICULATION),
        same=_chances(values["same"], "same", ("progression", "cell", "place")),
        tunings=Weighted.of({Tuning.parse(word).word: float(weight) for word, weight in values["tunings"].items()}),
        register=Weighted.of({int(place): float(weight) for place, weight in values["register"].items()}),
        hands=Weighted.of({int(place): float(weight) for place, weight in values["hands"].items()}),
        open_strings=float(values["open_strings"]),
        highest=int(values["highest"]),
        grids=Weighted.of({str(grid): float(weight) for grid, weight in values["grids"].items()}),
    )


def _per_mode(values: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = values["progressions"]
    if missing := set(values["modes"]) - set(found):
        raise InputError(f"progressions: none for the mode {sorted(missing)[0]}")
    return found


def _progressions(lines: list[str], mode: str) -> Weighted[str]:
    def check(text: str) -> str:
        progression(text, Key(0, mode))
        return text

    return _lines(lines, "progressions", check)


def _lines(lines: list[Any], name: str, read: Callable[[str], Any]) -> Weighted[Any]:
    """Lines such as "3 R...=...": a weight, which may be missing, and what it is of."""
    found: dict[Any, float] = {}
    for line in map(str, lines):
        weight, _, text = line.partition(" ")
        if not re.fullmatch(r"\d+(\.\d+)?", weight) or not text:
            weight, text = "1", line
        thing = read(text)
        found[thing] = found.get(thing, 0) + float(weight)
    if not found:
        raise InputError(f"{name} is empty")
    return Weighted.of(found)


def _cell(text: str, steps: int, *, half: bool = False) -> str:
    cell = text.replace(" ", "")
    if not CELL.fullmatch(cell) or len(cell) not in ((steps, steps // 2) if half else (steps, 2 * steps, 4 * steps)):
        raise InputError(f"cell {text!r} of {len(cell)} steps: a bar has {steps}, and a step one of {CELL.pattern}")
    return cell


def _rhythm(text: str, steps: int) -> str:
    rhythm = text.replace(" ", "")
    if not RHYTHM.fullmatch(rhythm) or len(rhythm) != steps:
        raise InputError(f"rhythm {text!r} of {len(rhythm)} steps: a bar has {steps}, each with . or 1 to 9 or X")
    return rhythm


def _named(weights: Mapping[Any, float], name: str, known: Any) -> Weighted[str]:
    found = {str(thing): float(weight) for thing, weight in weights.items()}
    if unknown := sorted(set(found) - set(known)):
        raise InputError(f"{name}: {unknown[0]!r} is none of {' '.join(known)}")
    return Weighted.of(found)


def _chances(values: Mapping[str, float], name: str, known: tuple[str, ...]) -> Mapping[str, float]:
    if unknown := sorted(set(values) - set(known)):
        raise InputError(f"{name}: {unknown[0]!r} is none of {' '.join(known)}")
    found = {chance: float(values.get(chance, 0)) for chance in known}
    if wrong := [chance for chance, value in found.items() if not 0 <= value <= 1]:
        raise InputError(f"{name}: {wrong[0]} is {found[wrong[0]]:g}, no chance from 0 to 1")
    return found
