"""What a model can be asked for: control words in front of a tab, as far as it learnt them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from basstab_hf.chart.names import parse_key
from basstab_hf.errors import InputError
from basstab_hf.tab.timing import COLUMNS_PER_BEAT
from basstab_hf.tokenizer.control_table import tempo_range
from basstab_hf.tokenizer.control_words import CONTROL_WORDS, CONTROLS, control_word

if TYPE_CHECKING:
    from basstab_hf.composer.style import Style

_STYLE = "style:"
#: Pieces of training that a control word must have been true of to count as learnt.
LEAST_PIECES = 10
#: In metrics.json under `dataset`: pieces of training of which chords were known.
CHORDS = "chords"


def asked_words(**values: str | Sequence[str] | None) -> tuple[str, ...]:
    """Control words by name, each with a value, several or none: (density="low", key=None) -> ("<density:low>",).

    They are in the order in which a model learnt them.
    """
    words = [
        control_word(name, value)
        for name, given in values.items()
        for value in ([given] if isinstance(given, str) else given or [])
    ]
    return in_order(words)


def in_order(words: Iterable[str]) -> tuple[str, ...]:
    """Control words in the order in which a model learnt them, each once."""
    return tuple(sorted(set(words), key=CONTROL_WORDS.index))


def learnt_words(metrics: Mapping[str, Any]) -> dict[str, int]:
    """The control words that a model learnt, as its metrics.json tells, each with how many pieces it was true of."""
    counts = metrics.get("dataset", {}).get("controls", {})
    return {word: pieces for word, pieces in counts.items() if pieces >= LEAST_PIECES}


def key_words(key: str | None, metrics: Mapping[str, Any]) -> tuple[str, ...]:
    """The control word of a key such as "Gb", which is <key:F#>; none where the model did not learn it.

    Raises:
        InputError: no name of a key.
    """
    if key is None:
        return ()
    found = parse_key(key)
    word = control_word("key", CONTROLS["key"][found.tonic + 12 * found.minor])
    return (word,) if word in learnt_words(metrics) else ()


def tempo_words(tempo: float | None, metrics: Mapping[str, Any]) -> tuple[str, ...]:
    """The control word of a tempo in beats a minute; none where the model did not learn it."""
    if tempo is None:
        return ()
    word = control_word("tempo", tempo_range(tempo))
    return (word,) if word in learnt_words(metrics) else ()


def knows_chords(metrics: Mapping[str, Any]) -> bool:
    """Whether a model learnt to be told the chords of its bars, as its metrics.json tells."""
    pieces = metrics.get("dataset", {}).get(CHORDS, 0)
    return isinstance(pieces, int) and pieces >= LEAST_PIECES


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


def asked_style(words: Iterable[str]) -> Style | None:
    """The style that is asked for; None without one, or with several."""
    names = [word[1:-1].removeprefix(_STYLE) for word in words if word[1:].startswith(_STYLE)]
    if len(names) != 1:
        return None
    from basstab_hf.composer.style import style  # the composer takes a while, and few ask for a style

    return style(names[0])


def asked_columns_per_beat(words: Iterable[str]) -> float:
    """Columns in a beat of bars as wide as `asked_width` has them."""
    style = asked_style(words)
    return COLUMNS_PER_BEAT if style is None else style.columns / style.quarters


def drawn_style(metrics: Mapping[str, Any], seed: int) -> str | None:
    """A style that a model learnt, the same for a seed, as often as the composer's songs have it; None without any."""
    from basstab_hf.composer import style as styles
    from basstab_hf.composer.chance import Chance, Weighted

    learnt = learnt_words(metrics)
    every = styles.every()
    known = {
        name: weight
        for name, weight in zip(every.things, every.weights, strict=True)
        if control_word("style", name) in learnt
    }
    return Chance(f"basstab style {seed}").draw(Weighted.of(known)) if known else None
