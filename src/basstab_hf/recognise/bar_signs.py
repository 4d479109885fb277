"""Bar lines drawn with another sign, as where somebody read a print aloud or a font has no bar: `GI--5--I`, `G!--5--!`,
`G/--5--`; `G?--5--?` where its sign got lost in a character set.

Input: a text line. Output: the line with `|` for the sign, character for character.
"""

from __future__ import annotations

import re

from basstab_hf.recognise.note_names import LABEL, LONG

# The sign behind the label is the line's; dashes must follow, for "Al- " is a name and "E+ " a chord.
_SIGNED = re.compile(
    rf"[ \t>]*+(?:[1-7][ \t.]?+)?[(\[]?+(?:{LONG}|{LABEL})[)\]]?+"
    r"(?:[ \t]?+([Il!?\ufffd+\[\]{}])(?=[-\dx()<>/\\]{0,4}?--|-[(</\\]?\d)|(//?|\.)(?=[ \t]?-[-\d]))"
)
_BARS = {
    **{
        sign: re.compile(rf"(?<=[-\dx)~|]){re.escape(sign)}(?=[-\d(x|</\\{re.escape(sign)}]|\s|$)")
        for sign in "Il!?\ufffd+"
    },
    **dict.fromkeys("[]", re.compile(r"\[(?=-)|(?<=-)\]")),
    **dict.fromkeys("{}", re.compile(r"\{(?=-)|(?<=-)\}")),
}


def with_bar_lines(line: str) -> str:
    """The line with bar lines where a sign that follows its label stands for them, else as it is."""
    signed = _SIGNED.match(line)
    if signed is None:
        return line
    if signed[2]:  # it stands behind the label alone
        at, end = signed.span(2)
        return f"{line[:at]}{'|' * (end - at)}{line[end:]}"
    at = signed.start(1)
    if "|" in line[: line.rfind(signed[1])]:
        return line
    return f"{line[:at]}|{_BARS[signed[1]].sub('|', line[at + 1 :])}"
