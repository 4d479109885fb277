"""Chords as a model reads them: any name -> the words of its bar, and where these stand in column text.

    "Am7/G" -> <root:A> <quality:m7> <bass:G>        "F" -> <root:F>        "N.C." -> <root:none>

A chord is what `chart.names.parse_chord` makes of its name, told as one of sixteen kinds: third, fifth and seventh
count, and what stands above them does not ("A9" and "A13b9" are <root:A> <quality:7>). Every pitch class has one name,
so that C# and Db are one word. The words of a bar stand behind the bar line in front of it, those of several in turn.

Input: chords, column words. Output: words.
"""

from __future__ import annotations

from collections.abc import Sequence

from basstab_hf.chart.names import Chord
from basstab_hf.tab.columns import END, is_bar_line
from basstab_hf.tokenizer.control_words import CHORD_PARTS, chord_part

#: Kinds of chords, by what stands above the root and what does not, in semitones; the first that fits is meant.
KINDS: tuple[tuple[str, frozenset[int], frozenset[int]], ...] = tuple(
    (name, frozenset(has), frozenset(lacks))
    for name, has, lacks in (
        ("m7b5", (3, 6, 10), (4, 7)),
        ("dim7", (3, 6, 9), (4, 7)),
        ("dim", (3, 6), (4, 7)),
        ("mmaj7", (3, 11), (4,)),
        ("m7", (3, 10), (4,)),
        ("m6", (3, 9), (4,)),
        ("m", (3,), (4,)),
        ("maj7", (4, 11), ()),
        ("7", (4, 10), ()),
        ("6", (4, 9), ()),
        ("aug", (4, 8), (7,)),
        ("", (4,), ()),
        ("7sus4", (5, 10), ()),
        ("sus4", (5,), ()),
        ("sus2", (2,), ()),
        ("5", (), ()),
    )
)


def spelt(chord: Chord | None, semitones: int = 0) -> tuple[str, ...]:
    """The words of a chord that is so many semitones higher; of None, "no chord"."""
    if chord is None:
        return (chord_part("root", "none"),)
    quality = next(name for name, has, lacks in KINDS if has <= chord.intervals and not lacks & chord.intervals)
    words = [chord_part("root", CHORD_PARTS["root"][(chord.root + semitones) % 12])]
    words += [chord_part("quality", quality)] if quality else []
    if chord.bass != chord.root:
        words.append(chord_part("bass", CHORD_PARTS["bass"][(chord.bass + semitones) % 12]))
    return tuple(words)


def with_bar_words(words: Sequence[str], bars: Sequence[Sequence[str]]) -> list[str]:
    """Column words with the words of each bar behind the bar lines in front of it.

    Args:
        words: from the tuning word of a system, or from a bar line, on; none of them reserved.
        bars: words of each bar, from the first on; bars behind them get none.
    """
    found: list[str] = []
    number, columns, opens = 0, False, True
    for place, word in enumerate(words):
        found.append(word)
        if word == END or is_bar_line(word):
            number, columns, opens = number + columns, False, word == END
            follows = words[place + 1] if place + 1 < len(words) else ""
            if word != END and number < len(bars) and not (follows and is_bar_line(follows)):
                found += bars[number]
        elif opens:
            opens = False  # a tuning word
        else:
            columns = True
    return found
