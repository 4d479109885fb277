"""A line in a style over chords that somebody gives, or over ones of the style.

Input: a `Style`, the chords of each bar, a tuning. Output: bars of (step, pitch), as `line` has them.
"""

from __future__ import annotations

from collections.abc import Sequence

from basstab_hf.composer.chance import Chance
from basstab_hf.composer.form import Material, Materials, figure, roots
from basstab_hf.composer.fretboard import Fretboard
from basstab_hf.composer.harmony import Chord, Key
from basstab_hf.composer.line import LineBar, LineWriter
from basstab_hf.composer.plan import Plan
from basstab_hf.composer.style import Style
from basstab_hf.tab.tuning import Tuning

#: What a part is called among the sections of a song: the usual one.
_KIND = "verse"


def part(
    style: Style, tuning: Tuning, bars: int, chance: Chance, chords: Sequence[Chord | None] = ()
) -> tuple[LineBar, ...]:
    """So many bars, with the ends of phrases that the style has.

    Args:
        chords: one a bar, and round again; None: the bass is silent. Without any the style chooses key and chords.
    """
    lowest, highest = Fretboard(tuning, style.highest, style.open_strings).range
    given = [chord for chord in chords if chord is not None]
    if given:
        material = _over([chord or given[0] for chord in chords], style, lowest, chance)
    else:
        key = Key((tuning.pitches[-1] + chance.draw(style.keys)) % 12, chance.draw(style.modes))
        material = Materials(style, key, lowest, chance).of(_KIND)
    line = LineWriter(style, lowest, highest, chance).section(Plan(_KIND, bars), material, None)
    silent = [bool(given) and chords[number % len(chords)] is None for number in range(bars)]
    return tuple(() if nothing else bar for bar, nothing in zip(line, silent, strict=True))


def _over(chords: Sequence[Chord], style: Style, lowest: int, chance: Chance) -> Material:
    bars = tuple((chord,) for chord in chords)
    anchor = lowest + chance.draw(style.register)
    return Material(bars, roots(bars, anchor), figure(style, chance), anchor, chance.draw(style.hands))
