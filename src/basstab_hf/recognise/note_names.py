"""Names of strings as the world prints them: letters, German H, solfège, Cyrillic, with a string's number in front.

Input: a label as printed. Output: the note that every other stage knows it by, "G" for "g", "Sol", "Соль" and "Г".
"""

from __future__ import annotations

import re

_LETTERS = {
    letter + accidental: letter.upper() + accidental for letter in "ABCDEFGabcdefg" for accidental in ("", "b", "#")
}
_GERMAN = {"H": "B", "Fis": "F#", "Cis": "C#", "Gis": "G#", "Dis": "D#", "Ais": "A#"} | {
    "Es": "Eb",
    "As": "Ab",
    "Des": "Db",
    "Ges": "Gb",
}
_SOLFEGE = {
    **{"Do": "C", "Re": "D", "Ré": "D", "Mi": "E", "Fa": "F", "Sol": "G", "La": "A", "Si": "B"},
    **{"До": "C", "Ре": "D", "Ми": "E", "Фа": "F", "Соль": "G", "Ля": "A", "Си": "B"},
}
# Cyrillic letters: those that look like a Latin one are typed in its place, Г and Д are G and D by their sound.
_CYRILLIC = {"А": "A", "В": "B", "С": "C", "Е": "E", "Н": "B", "Г": "G", "Д": "D"}
_LONG = {word: note for name, note in (_GERMAN | _SOLFEGE).items() for word in (name, name.upper(), name.lower())}

#: Label as printed -> note, "Bb" for "bb".
NOTE_LABELS = {
    **_LETTERS,
    **_LONG,
    **{word: note for name, note in _CYRILLIC.items() for word in (name, name.lower())},
}
# A number in front is the string's: "1G" is the highest.
NOTE_LABELS |= {f"{number}{word}": NOTE_LABELS[word] for word in _LONG for number in range(1, 8)}

#: Patterns of labels: of one letter with its accidental, and of more letters.
LABEL = "(?:[A-Ga-g][#b]?+|[HhАВСЕНГДавсенгд])"
LONG = "(?:" + "|".join(sorted((word for word in _LONG if len(word) > 1), key=len, reverse=True)) + ")"
_IN_WORDS = re.compile(rf"\W*({LONG}|{LABEL})[ -]?(?:str|sait|cuerda|cord)\w*\W*", re.IGNORECASE)
_STRING = r"(?i:str(?:ing|\.)|sait|cuerd|cord|струн)\w*"
_NAMED = re.compile(
    rf"(?<![^\W_])(?:(?P<a>{LONG}|[A-GH][#b]?)[ -](?:{_STRING})(?! of\b)"
    rf"|(?:{_STRING}) (?:(?:de|di|do|da) )?(?P<b>{LONG}|[A-GH][#b]?)(?![^\W_]))"
)


def string_in_words(text: str) -> str:
    """The note of a string that is named in words, "D" of "(D string)"; "" of any other text."""
    match = _IN_WORDS.fullmatch(text)
    return NOTE_LABELS.get(match[1], "") if match is not None else ""


def strings_named(text: str) -> tuple[str, ...]:
    """Notes of the strings that a text speaks of, each once: "E" of "Riff on the low E string", "A" of "cuerda La"."""
    found = [NOTE_LABELS[match["a"] or match["b"]] for match in _NAMED.finditer(text)]
    return tuple(dict.fromkeys(found))
