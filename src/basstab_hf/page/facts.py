"""What there is to choose from on the page, as a message has it.

Input: a `Studio`, or no model at all. Output: values that JSON can hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from basstab_hf import __version__
from basstab_hf.errors import MissingExtraError
from basstab_hf.formats.table import FORMATS, Format
from basstab_hf.formats.tones import TONES
from basstab_hf.listen.values import SUFFIXES
from basstab_hf.page.examples import EXAMPLES
from basstab_hf.page.form import (
    BOLDEST,
    MAX_BARS,
    MAX_BEST_OF,
    MAX_CHART_BARS,
    MAX_CHORDS,
    MAX_NAME,
    MAX_VARIATIONS,
    TEMPOS,
    USUAL_BARS,
    learnt_values,
)
from basstab_hf.page.riff import MAX_PROMPT, MAX_TAB
from basstab_hf.page.songs import MAX_FILE
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tokenizer.control_table import KEYS, TABLE

#: Tunings as the page lists them, the highest string first; "" is the usual one.
TUNINGS = (
    ("", "Standard: E A D G"),
    ("GDAD", "Drop D"),
    ("GbDbAbEb", "Half a step down"),
    ("FCGD", "A whole step down"),
    ("FCGC", "Drop C"),
    ("DAEB", "B E A D"),
    ("GDAEB", "Five strings: B E A D G"),
    ("CGDAE", "Five strings: E A D G C"),
    ("CGDAEB", "Six strings: B E A D G C"),
)
LEVELS = (
    (None, "any"),
    (1, "1: first lessons"),
    (2, "2: easy"),
    (3, "3: some practice"),
    (4, "4: hard"),
    (5, "5: whatever a hand can do"),
)
#: Styles whose names are no words.
_STYLE_LABELS = {"hiphop": "Hip-hop", "synthpop": "Synth-pop"}


def facts(name: str, metrics: Mapping[str, Any], *, rewrites: bool) -> dict[str, Any]:
    """What a model with these `metrics` can be asked for, called `name`; `rewrites`: whether it fills bars in."""
    opens = [suffix for row in _here() for suffix in row.reads]
    return {
        "name": name,
        "version": __version__,
        "tunings": [
            {"word": word, "name": label, "strings": Tuning.parse(word or "GDAE").n_strings} for word, label in TUNINGS
        ],
        "keys": list(KEYS),
        "styles": [
            {"name": each, "label": _STYLE_LABELS.get(each, each.capitalize())}
            for each in learnt_values(metrics, "style")
        ],
        "asked": [
            {"name": row.name, "label": row.label, "values": learnt}
            for row in TABLE
            if row.label and row.name != "style" and (learnt := learnt_values(metrics, row.name))
        ],
        "levels": [{"value": value, "label": label} for value, label in LEVELS],
        "tones": list(TONES),
        "limits": {
            "prompt": MAX_PROMPT,
            "tab": MAX_TAB,
            "chords": MAX_CHORDS,
            "bars": MAX_BARS,
            "usual_bars": USUAL_BARS,
            "chart_bars": MAX_CHART_BARS,
            "best_of": MAX_BEST_OF,
            "versions": MAX_VARIATIONS,
            "boldness": BOLDEST,
            "tempo": list(TEMPOS),
            "title": MAX_NAME,
            "file_bytes": MAX_FILE,
        },
        "examples": [
            {
                "name": example.name,
                "prompt": example.prompt.rstrip(),
                "key": example.key,
                "chords": example.chords,
                "tempo": example.tempo,
                "style": example.style,
            }
            for example in EXAMPLES
        ],
        "files": [{"suffix": row.writes[0], "label": row.name} for row in _here() if row.writes],
        "opens": opens,
        "songs": [suffix for suffix in SUFFIXES if suffix in opens],
        "rewrites": rewrites,
    }


def _here() -> Iterator[Format]:
    """The formats whose packages are here."""
    for row in FORMATS:
        try:
            row.check_needs()
        except MissingExtraError:
            continue
        yield row
