"""The plain text of an RTF file: control words, pictures and tables of fonts are left out.

Input: the source, one character a byte. Output: text; escaped bytes are Windows-1252, as nearly all such files say.
"""

from __future__ import annotations

import re

START = "{\\rtf"
_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,9})?[ ]?|\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z])"
    r"|(?P<brace>[{}])|[\r\n]+|(?P<text>[^\\{}\r\n]+)"
)
_BREAKS = {"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t", "cell": "\t"}
_DASHES = {"endash": "–", "emdash": "—", "bullet": "*", "lquote": "'", "rquote": "'", "ldblquote": '"'}
_WRITTEN = _BREAKS | _DASHES | {"rdblquote": '"'}
_SIGNS = {"~": " ", "_": "-", "\\": "\\", "{": "{", "}": "}", "\n": "\n", "\r": "\n"}
#: Groups that begin so hold no text of the document.
_HIDDEN = frozenset(("fonttbl", "colortbl", "stylesheet", "info", "pict", "header", "footer", "object", "themedata"))


def plain_text(source: str) -> str:
    """The text that a word processor would show, in time linear in the source."""
    shown: list[str] = []
    outside: list[tuple[bool, int]] = []
    hidden, width = False, 1  # characters that stand in for one of \u
    skip = 0
    for token in _TOKEN.finditer(source):
        kind, value = token.lastgroup, token[0]
        if kind == "brace":
            if value == "{":
                outside.append((hidden, width))
            elif outside:
                hidden, width = outside.pop()
            skip = 0
        elif (kind == "sign" and token["sign"] == "*") or (kind in ("word", "number") and token["word"] in _HIDDEN):
            hidden = True
        elif kind in ("word", "number") and token["word"] == "uc":
            width = int(token["number"] or 1)
        elif hidden or kind is None:
            continue
        elif kind in ("word", "number") and token["word"] == "u":
            code = int(token["number"] or 0) % 0x10000
            shown.append(chr(code))
            skip = width
        elif kind == "text":
            shown.append(value[skip:])
            skip = max(0, skip - len(value))
        elif skip:
            skip -= 1
        else:
            shown.append(_written(token))
    return "".join(shown).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _written(token: re.Match[str]) -> str:
    """What a control word, a byte or a sign stands for."""
    if token["byte"]:
        return bytes.fromhex(token["byte"]).decode("cp1252", "replace")
    return _WRITTEN.get(token["word"], "") if token["word"] else _SIGNS.get(token["sign"], "")
