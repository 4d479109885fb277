"""Titles and artists: those that name nothing, as programs put them there; those that are spelt for addresses."""

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
#: Names as addresses of web pages and their files have them: "so-what-bass-tab".
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)+")
_OF_A_TAB = re.compile(r"[-_](?:bass[-_])?(?:tabs?|tablature)$")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def named(name: str) -> str:
    """The name, "" where it is one that programs or habit put there: "untitled", "Track 0", "Standard input"."""
    return "" if _EMPTY.fullmatch(_BETWEEN_WORDS.sub(" ", name).strip()) else name


def in_words(name: str) -> str:
    """A name as people write it, where a file has it as addresses do: "so-what-bass-tab" is "So What".

    Else, and where it has no two words, such as "take-5", it stays as it is.
    """
    words = re.split("[-_]", _OF_A_TAB.sub("", name))
    if not _SLUG.fullmatch(name) or sum(word.isalpha() for word in words) < 2:
        return name
    return " ".join(word.capitalize() for word in words)
