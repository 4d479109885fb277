"""A line in a style over chords that somebody gives, or over ones of the style: a stretch of bars, or a whole form.

Input: `PartSection`s or a `Style` and chords, a tuning. Output: bars of notes with the strings that they lie on.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from basstab_hf.chart.names import Chord as NamedChord
from basstab_hf.chart.names import Key as NamedKey
from basstab_hf.chart.values import PlacedChord
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.fills import onsets
from basstab_hf.composer.form import Material, Materials, figure, roots
from basstab_hf.composer.fretboard import Fretboard
from basstab_hf.composer.harmony import Chord, Key, from_tones
from basstab_hf.composer.line import DEAD, LineBar, LineWriter, Rooted, form_line
from basstab_hf.composer.plan import Plan
from basstab_hf.composer.style import Style
from basstab_hf.errors import InputError
from basstab_hf.tab.tuning import Tuning

#: What a part is called among the sections of a song: the usual one.
_KIND = "verse"
#: Bars up to which a part is one section.
_SECTION = 16
#: Figures that are drawn where a section shall be sparse or busy; the one with the fewest or most notes is played.
_DRAWN = 6
#: A note of a part: step in its bar, pitch (MIDI number) or `DEAD`, string (1 = highest-pitched; 0: any).
PartNote: TypeAlias = tuple[int, int, int]
PartBar: TypeAlias = tuple[PartNote, ...]
#: The modes of a style that come into question for a major and a minor key, the nearest first.
_MODES = (("major", "mixolydian", "blues"), ("minor", "dorian", "phrygian"))
_NUMBER = re.compile(r"[\s.:#-]*\d+\W*$")


@dataclass(frozen=True, slots=True)
class PartSection:
    """Bars of a form under one name, with what sounds in each as `chart.bars.sounding` has it.

    `density`: "low" or "high" for the sparsest or busiest of a few figures; else the first one.
    """

    name: str
    bars: tuple[tuple[PlacedChord, ...], ...]
    style: Style
    density: str | None = None

    @property
    def kind(self) -> str:
        """What it is called without its number: sections of one kind are made of the same material."""
        return _NUMBER.sub("", self.name).lower() or _KIND


@dataclass(frozen=True, slots=True)
class FormPlan:
    """A whole form to play once.

    Attributes:
        ends: whether the last bar is an end: one note over each of its chords, which rings.
        struck: for each bar places of it, 0 <= place < 1, at which notes shall begin, as a kick drum does; or nothing.
    """

    sections: tuple[PartSection, ...]
    ends: bool = True
    struck: tuple[tuple[Fraction, ...], ...] = ()


def part(
    style: Style,
    tuning: Tuning,
    bars: int,
    chance: Chance,
    chords: Sequence[tuple[PlacedChord, ...]] = (),
    key: NamedKey | None = None,
) -> tuple[PartBar, ...]:
    """So many bars, with the ends of phrases that the style has.

    Args:
        chords: what sounds in each bar, and round again. Without any the style chooses them.
        key: of the chords that the style chooses; None: it chooses that, too. See `has_key`.
    """
    if any(placed.chord for bar in chords for placed in bar):
        whole = tuple(chords[number % len(chords)] for number in range(bars))
        return whole_part([PartSection(_KIND, whole, style)], tuning, chance)
    tonic, mode = (tuning.pitches[-1] + chance.draw(style.keys)) % 12, chance.draw(style.modes)
    if key is not None:
        tonic, mode = key.tonic, _mode(style, key) or mode
    return _song(style, Key(tonic, mode), tuning, bars, chance)


def _song(style: Style, key: Key, tuning: Tuning, bars: int, chance: Chance) -> tuple[PartBar, ...]:
    """So many bars of a song of the style; up to two phrases are of one section."""
    player = _Player(style, tuning, chance)
    materials = Materials(style, key, player.board.range[0], chance)
    plans = (Plan(_KIND, bars),) if bars <= _SECTION else _form(style, bars, chance)
    line = form_line(plans, materials, player.writer, chance, style.changes["return"])
    return tuple(player.bar(bar, material.hand) for _, material, of_section in line for bar in of_section)[:bars]


def _form(style: Style, bars: int, chance: Chance) -> tuple[Plan, ...]:
    """Sections of at least so many bars; the first one is played."""
    plans: list[Plan] = []
    while sum(plan.bars for plan in plans) < bars:
        drawn = chance.draw(style.forms)
        plans += drawn if plans else itertools.dropwhile(lambda plan: plan.silent, drawn)
    return tuple(plans)


def has_key(style: Style, key: NamedKey) -> bool:
    """Whether a style knows chords in the mode of a key."""
    return _mode(style, key) is not None


def _mode(style: Style, key: NamedKey) -> str | None:
    return next((mode for mode in _MODES[key.minor] if mode in style.progressions), None)


def whole_part(
    sections: Sequence[PartSection], tuning: Tuning, chance: Chance, *, ends: bool = False
) -> tuple[PartBar, ...]:
    """The bars of a whole form: sections that come back are played alike but for the last bar, which goes on.

    Args:
        sections: their styles have bars of any steps.
        ends: whether the last bar is an end: one note over each of its chords, which rings.

    Raises:
        InputError: no chord at all.
    """
    played = _Played(tuning, chance)
    materials = [played.material(section, others) for section, others in zip(sections, _filled(sections), strict=True)]
    firsts = [(material.chords[0][0], material.roots[0][0]) for material in materials]
    found: list[PartBar] = []
    for section, material, ahead in zip(sections, materials, [*firsts[1:], None], strict=True):
        line = played.section(section, material, ahead)
        found += [_silenced(bar, chords, section.style.steps) for bar, chords in zip(line, section.bars, strict=True)]
    if ends and found:
        found[-1] = _ringing(found[-1], sections[-1].bars[-1], sections[-1].style.steps)
    return tuple(found)


def form_part(form: FormPlan, tuning: Tuning, chance: Chance) -> tuple[PartBar, ...]:
    """The bars of a form, locked with what is struck in them.

    Raises:
        InputError: no chord at all.
    """
    line = whole_part(form.sections, tuning, chance, ends=form.ends)
    if not form.struck:
        return line
    steps = [section.style.steps for section in form.sections for _ in section.bars]
    return tuple(locked(bar, places, n) for bar, places, n in zip(line, form.struck, steps, strict=True))


def locked(bar: PartBar, places: Sequence[Fraction], steps: int) -> PartBar:
    """A bar whose notes begin where something is struck: neighbours move there, or the note before comes again.

    Notes on its first step and far from all that is struck stay.

    Args:
        places: 0 <= place < 1; those between the steps of the bar are passed over.
        steps: of the bar.
    """
    struck = {int(place * steps) for place in places if (place * steps).denominator == 1}
    notes = {step: (pitch, string) for step, pitch, string in bar}
    if not notes:
        return bar
    for step in sorted(struck - notes.keys()):
        near = next((at for at in (step - 1, step + 1) if at and at in notes and at not in struck), None)
        before = max((at for at in notes if at <= step), default=min(notes))
        notes[step] = notes[before] if near is None else notes.pop(near)
    return tuple((step, *notes[step]) for step in sorted(notes))


class _Played:
    """What has been played so far, so that it comes back: figures by kind of section, a player for each style."""

    def __init__(self, tuning: Tuning, chance: Chance) -> None:
        self._tuning, self._chance = tuning, chance
        self._figures: dict[tuple[str, str, str | None], tuple[tuple[str, ...], int, int]] = {}
        self._players: dict[str, _Player] = {}
        self._known: dict[tuple[object, ...], list[PartBar]] = {}

    def material(self, section: PartSection, bars: Sequence[tuple[Chord, ...]]) -> Material:
        """Chords of a section in the figures, register and hand of its kind."""
        style, chance = section.style, self._chance
        lowest, _ = self._player(style).board.range
        of_kind = (section.kind, style.name, section.density)
        if of_kind not in self._figures:
            cells = _figure(style, section.density, chance)
            self._figures[of_kind] = cells, lowest + chance.draw(style.register), chance.draw(style.hands)
        cells, anchor, hand = self._figures[of_kind]
        return Material(tuple(bars), roots(bars, anchor), cells, anchor, hand)

    def section(self, section: PartSection, material: Material, ahead: Rooted | None) -> list[PartBar]:
        """The bars of a section."""
        style, player = section.style, self._player(section.style)
        line = player.writer.section(Plan(section.kind, len(section.bars)), material, ahead)
        written = [player.bar(bar, material.hand) for bar in line]
        same = (section.kind, style.name, section.density, material.chords)
        if same not in self._known or self._chance.of(style.changes["return"]):
            self._known[same] = written
        return [*self._known[same][:-1], *written[-1:]]

    def _player(self, style: Style) -> _Player:
        if style.name not in self._players:
            self._players[style.name] = _Player(style, self._tuning, self._chance)
        return self._players[style.name]


def _figure(style: Style, density: str | None, chance: Chance) -> tuple[str, ...]:
    if density not in ("low", "high"):
        return figure(style, chance)
    drawn = [figure(style, chance) for _ in range(_DRAWN)]
    return (min if density == "low" else max)(drawn, key=lambda cells: sum(len(onsets(c)) for c in cells) / len(cells))


def _filled(sections: Sequence[PartSection]) -> Iterator[list[tuple[Chord, ...]]]:
    """The chords of each section's bars in equal parts; where there is none, the one before is thought on."""
    known = (placed.chord for section in sections for bar in section.bars for placed in bar if placed.chord)
    held = next(known, None)
    if held is None:
        raise InputError("there is no chord in it: nothing can be played over N.C. alone")
    for section in sections:
        bars = []
        for bar in section.bars:
            parts = math.lcm(1, *(placed.place.denominator for placed in bar))
            chords = []
            for number in range(parts):
                held = _sounds(bar, Fraction(number, parts)) or held
                chords.append(_rooted(held))
            bars.append(tuple(chords))
        yield bars


def _ringing(bar: PartBar, chords: Sequence[PlacedChord], steps: int) -> PartBar:
    """A bar with the first note over each chord alone."""
    edges = [*(placed.place * steps for placed in chords), Fraction(steps)]
    firsts = (next((note for note in bar if start <= note[0] < end), None) for start, end in pairwise(edges))
    return tuple(note for note in firsts if note is not None)


def _sounds(bar: Sequence[PlacedChord], place: Fraction) -> NamedChord | None:
    return next((placed.chord for placed in reversed(bar) if placed.place <= place), None)


class _Player:
    """Writes the lines of a style, puts them on the fretboard, and deadens a note now and then.

    What was played once is played so again.
    """

    def __init__(self, style: Style, tuning: Tuning, chance: Chance) -> None:
        self.board = Fretboard(tuning, style.highest, style.open_strings)
        self.writer = LineWriter(style, *self.board.range, chance)
        self._dead, self._chance = style.articulation["dead"], chance
        self._known: dict[tuple[LineBar, int], PartBar] = {}

    def bar(self, bar: LineBar, hand: int) -> PartBar:
        """A bar as it is played with the hand at that fret; its first note always sounds."""
        if (bar, hand) not in self._known:
            dead = [number > 0 and self._chance.of(self._dead) for number in range(len(bar))]
            pitches = [DEAD if silent else pitch for silent, (_, pitch) in zip(dead, bar, strict=True)]
            places = self.board.places([None if pitch == DEAD else pitch for pitch in pitches], hand)
            notes = zip(bar, pitches, places, strict=True)
            self._known[bar, hand] = tuple((step, pitch, string) for (step, _), pitch, (string, _) in notes)
        return self._known[bar, hand]


def _silenced(bar: PartBar, chords: Sequence[PlacedChord], steps: int) -> PartBar:
    """A bar without the notes where there is no chord."""
    ends = [*(placed.place for placed in chords), Fraction(1)]
    silent = [(start, end) for (start, end), placed in zip(pairwise(ends), chords, strict=True) if placed.chord is None]
    return tuple(note for note in bar if not any(start <= Fraction(note[0], steps) < end for start, end in silent))


def _rooted(chord: NamedChord) -> Chord:
    return from_tones(chord.root, chord.bass, chord.intervals, chord.scale)
