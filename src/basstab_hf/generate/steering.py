"""What a model can be asked for: control words in front of a tab, as far as it learnt them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from basstab_hf.attributes import WIDTHS
from basstab_hf.control_words import CONTROL_WORDS, CONTROLS, control_word
from basstab_hf.errors import InputError

#: Pieces of training that a control word must have been true of to count as learnt.
LEAST_PIECES = 10


def asked_words(**values: str | Sequence[str] | None) -> tuple[str, ...]:
    """Control words by name, each with a value, several or none: (density="low", key=None) -> ("<density:low>",).

    They are in the order in which a model learnt them.
    """
    words = [
        control_word(name, value)
        for name, given in values.items()
        for value in ([given] if isinstance(given, str) else given or [])
    ]
    return tuple(sorted(set(words), key=CONTROL_WORDS.index))


def learnt_words(metrics: Mapping[str, Any]) -> dict[str, int]:
    """The control words that a model learnt, as its metrics.json tells, each with how many pieces it was true of."""
    counts = metrics.get("dataset", {}).get("controls", {})
    return {word: pieces for word, pieces in counts.items() if pieces >= LEAST_PIECES}


def check_learnt(words: Sequence[str], metrics: Mapping[str, Any], model: str) -> None:
    """Refuse what a model did not meet, or hardly, in training, as its metrics.json tells.

    Raises:
        InputError: naming what it learnt instead.
    """
    learnt = learnt_words(metrics)
    for word in words:
        if word in learnt:
            continue
        name = word[1:].partition(":")[0]
        known = [value for value in CONTROLS[name] if control_word(name, value) in learnt]
        if not known:
            raise InputError(f"{model} never learnt to be asked for {name}: leave it out, or train one with `controls`")
        raise InputError(f"{model} did not learn {word}: of {name} it knows {', '.join(known)}")


def asked_width(words: Sequence[str], usual: int | None) -> int | None:
    """Columns in a bar of the metre that is asked for; `usual` without one.

    As in `timing`, an odd usual width means that bars start with a column of padding.
    """
    for metre, sixteenths in WIDTHS.items():
        if usual and control_word("metre", metre) in words:
            return sixteenths + usual % 2
    return usual
