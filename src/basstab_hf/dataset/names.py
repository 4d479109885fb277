"""Titles and artists that files state but that name nothing: words that programs put there, and instruments."""

from __future__ import annotations

import re

_NOTHING = "|".join(
    (
        r"untitled|unnamed|no (?:name|title)|(?:song |piece |work )?(?:title|name)|titel|titulo|título|titre",
        r"unknown(?: artist| title)?|artist|composer|various(?: artists)?|n ?a|none|null",
        r"(?:new )?(?:song|score|piece|project|file|sequence|document|tab)|default|test|standard input|seq",
        r"midi(?: file| song)?|smf|musescore|sibelius|finale|guitar pro",
        r"track|trk|part|staff|channel|voice|clip|pattern|tempo(?: track| map)?|conductor(?: track)?",
        r"control(?: track)?|master|header|instrument",
        r"drums?|drum ?set|contrabass|(?:electric |acoustic )?(?:guitar|piano)",
        r"(?:(?:electric|acoustic|e|el|slap|finger(?:ed)?|pick(?:ed)?|synth|fretless|double) )?bass(?: guitar)?",
    )
)
_EMPTY = re.compile(rf"(?:(?:{_NOTHING})[ \d]*)?", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def named(name: str) -> str:
    """The name, "" where it is one that programs or habit put there: "untitled", "Track 0", "Standard input"."""
    return "" if _EMPTY.fullmatch(_BETWEEN_WORDS.sub(" ", name).strip()) else name
