"""What a request asks for -> the controls that see to it: key, chords, difficulty, shape of the whole, no loops."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from basstab_hf.chart.bars import sounding
from basstab_hf.chart.names import parse_key
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.line import DEAD
from basstab_hf.generate.controls import Control
from basstab_hf.generate.developing import Riff, developed
from basstab_hf.generate.directions import Directions
from basstab_hf.generate.feel import feel_of
from basstab_hf.generate.guards import guard_controls
from basstab_hf.generate.harmony import Harmony
from basstab_hf.generate.playing import LEVELS, Playing
from basstab_hf.generate.request import Music, Request
from basstab_hf.generate.shaping import Shaping
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.steering import asked_style
from basstab_hf.generate.token_notes import MARKS, token_notes
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.tab.tuning import Tuning

logger = logging.getLogger(__name__)
#: How the words of techniques begin.
_TECHNIQUE = "<technique:"


def request_controls(request: Request, vocabulary: Vocabulary, tuning: Tuning) -> list[Control]:
    """All controls of a request.

    Raises:
        InputError: no name of a key or chord.
    """
    controls = music_controls(request.music, vocabulary, tuning)
    if request.asked or request.form or (request.prompt and request.music.feel):
        controls.append(Directions(token_notes(vocabulary, tuning), vocabulary))
    if request.asked:
        shaping = Shaping(request.asked, token_notes(vocabulary, tuning), vocabulary)
        controls += [] if shaping.is_idle else [shaping]
    return [*controls, *guard_controls(request.guards, vocabulary, tuning)]


def style_controls(
    request: Request, vocabulary: Vocabulary, tuning: Tuning, so_far: SoFar, *, alone: bool
) -> Callable[[np.random.SeedSequence], list[Control]]:
    """What makes the controls of one tab from its seed: the style or form asked for, each time along another line.

    Where other bars stand around (not `alone`) and neither chords nor a key are asked for, the line leads in rhythm
    alone: nobody knows in which key. Bars of a width that the style does not go into are told.

    Raises:
        InputError: no name of a chord.
    """
    style, form = asked_style(request.asked), request.form
    if style is None and form is None:
        return lambda seed: []
    from basstab_hf.composer.part import has_key  # as in `asked_style`
    from basstab_hf.generate.groove import Groove

    notes = token_notes(vocabulary, tuning)
    marked = any(word.startswith(_TECHNIQUE) for word in request.asked)
    if form is not None:
        return lambda seed: [Groove.of_form(form, tuning, notes, _number(seed), marked=marked)]
    if style is None:
        return lambda seed: []
    chords = sounding(request.music.chords)
    key = parse_key(request.music.key) if request.music.key else None
    pitched = bool(chords) or (has_key(style, key) if key else alone)
    if so_far.width is not None and (so_far.width - so_far.lead) % style.steps:
        told = (
            "%s has %d steps a bar, which bars of %d columns do not hold: the model is asked for it, nothing leads it"
        )
        logger.warning(told, style.name, style.steps, so_far.width)

    def drawn(seed: np.random.SeedSequence) -> list[Control]:
        number, bars = _number(seed), request.bars
        return [Groove.drawn(style, tuning, notes, number, chords, key, bars, pitched=pitched, marked=marked)]

    return drawn


def _number(seed: np.random.SeedSequence) -> int:
    return int(seed.generate_state(1)[0])


def feel_controls(
    request: Request, vocabulary: Vocabulary, tuning: Tuning, so_far: SoFar
) -> Callable[[np.random.SeedSequence], list[Control]]:
    """What goes on with a prompt, which stands in `so_far`, also over chords that are asked for, each time another way.

    A style that is asked for has its own lines.
    """
    if request.prompt is None or request.music.feel == 0 or asked_style(request.asked) is not None:
        return lambda seed: []
    line = feel_of(so_far)
    if not any(note[1] != DEAD for bar in line for note in bar):
        return lambda seed: []
    from basstab_hf.generate.groove import Groove  # as in `asked_style`

    chords = sounding(request.music.chords)
    riff, notes = Riff(line, (so_far.width or 0) - so_far.lead, tuning), token_notes(vocabulary, tuning)
    marked = any(not MARKS.isdisjoint(column) for bar in so_far.bars for column in bar)

    def drawn(seed: np.random.SeedSequence) -> list[Control]:
        bars = developed(riff, chords, request.bars, Chance(f"basstab riff {_number(seed)}"))
        return [Groove.of_prompt(bars, riff.steps, notes, request.music.feel, marked=marked)]

    return drawn


def music_controls(music: Music, vocabulary: Vocabulary, tuning: Tuning) -> list[Control]:
    """Controls for key and chords, and for difficulty; none of what is not asked for.

    Raises:
        InputError: no name of a key or chord.
    """
    key = parse_key(music.key) if music.key else None
    chords = sounding(music.chords)
    harmonic = (key or any(placed.chord for bar in chords for placed in bar)) and music.strength > 0
    if not harmonic and music.difficulty is None:
        return []
    notes = token_notes(vocabulary, tuning)
    controls: list[Control] = []
    if harmonic:
        controls.append(Harmony(notes, key, chords, music.strength, music.columns_per_beat))
    if music.difficulty is not None:
        level = LEVELS[music.difficulty]
        controls.append(Playing(notes, vocabulary, level, music.tempo, music.columns_per_beat))
    return controls
