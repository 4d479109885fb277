"""Print a source with every decision beside it: a linter for tabs.

Input: the text and its `Recognition`. Output: the text, each line with its number, a mark and what was decided there.
"""

from __future__ import annotations

from collections.abc import Iterator

from basstab_hf.printing.foreign import visible
from basstab_hf.recognise.page import read_page
from basstab_hf.recognise.recognition import Recognition

USED, REFUSED = "+", "x"


def explain(text: str, recognition: Recognition) -> str:
    """Mark string lines `+` (in a system) or `x` (refused); of a js-store page its tab is printed, not the page.

    What would act on a terminal unseen is spelt out.
    """
    notes: dict[int, list[str]] = {}
    marks: dict[int, str] = {}
    for refused in recognition.rejected:
        nearest = f" (nearest: {refused.nearest})" if refused.nearest else ""
        notes.setdefault(refused.first_line, []).append(f"refused: {refused.reason}{nearest}")
        marks.update(dict.fromkeys(range(refused.first_line, refused.last_line + 1), REFUSED))
    for found in recognition.systems:
        detail = "; ".join((f"{found.tuning}, confidence {found.confidence:.2f}", *found.repairs))
        notes.setdefault(found.first_line, []).append(detail)
        marks.update(dict.fromkeys(found.line_numbers, USED))
    return visible("\n".join(_lines(read_page(text).text, marks, notes)))


def _lines(text: str, marks: dict[int, str], notes: dict[int, list[str]]) -> Iterator[str]:
    if "\n" not in text:
        text = text.replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        note = f"    <- {' | '.join(notes[number])}" if number in notes else ""
        yield f"{marks.get(number, ' ')} {number:>5} {line.rstrip()}{note}"
