"""What a refused block comes nearest to, in plain words, and what would keep it: "nothing keeps it" where nothing does.

Input: a block, its `Reading`, and what the words over it say. Output: the reading that lies nearest.
"""

from __future__ import annotations

from dataclasses import dataclass

from basstab_hf.errors import TuningError
from basstab_hf.recognise.blocks import Block
from basstab_hf.recognise.instruments import USUAL, Reading
from basstab_hf.recognise.note_names import NOTE_LABELS
from basstab_hf.recognise.parts import LIKELY, read_part
from basstab_hf.tab.tuning import STANDARD, Tuning

LINES = {0: "no line", 1: "one line", 2: "two lines", 3: "three lines"} | {
    count: f"{word} lines" for count, word in enumerate(("four", "five", "six", "seven"), start=4)
}
KEPT, NOTHING = "--all-instruments keeps it", "nothing keeps it"
UNDER_BASS = "a bass under a heading with the word bass"
IN_PIECES = "some lines of a larger system; kept whole where those above and below have labels and bar lines like these"
_COUNTS = ("no string line", "one string line", "two string lines", "three string lines")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a block is none of a bass, and the reading that lies nearest."""

    reason: str
    nearest: str = ""


def too_few(block: Block) -> str:
    """Why one to three lines are refused that are no part of a bass."""
    if all(segment.is_annotation for segment in block.segments):
        return "a line of annotation, such as palm mute"
    return f"{_COUNTS[len(block.segments)]}: a bass has 4 to 6"


def is_played(block: Block) -> bool:
    """Whether any fret stands on the lines."""
    return any(character.isdigit() for segment in block.segments for character in segment.body)


def guitar_tuning(block: Block, reading: Reading) -> Tuning | None:
    """The tuning that a guitar's block is kept in where all instruments are wanted; None where it cannot be told."""
    if not reading.guitar:
        return None
    labels = block.labels[::-1] if reading.low_first else block.labels
    word = "".join(labels) or {5: "BGDAE", 6: "EBGDAE"}.get(len(block.segments), "")
    try:
        tuning = Tuning.parse(word)
    except TuningError:
        return None
    return tuning if tuning.word == word else None


def nearest(block: Block, reading: Reading, heading: str) -> str:
    """What a block without a bass's tuning is; `heading`: the line that says bass over it, "" where none does."""
    count = len(block.segments)
    if any(label not in NOTE_LABELS for label in block.labels):
        return _named(block)
    if count < min(USUAL):
        return _part(block, heading)
    told = f"{LINES.get(count, f'{count} lines')} {_labelled(block)}"
    if reading.guitar:
        kept = f"{told}: guitar; {KEPT if guitar_tuning(block, reading) else NOTHING}"
        open_to_words = count in (5, 6) and not block.labels
        return f'{kept}; a bass where the page says "{count} string bass"' if open_to_words else kept
    if count not in USUAL:
        return f"{told}: no instrument of 4 to 6 strings; {NOTHING}"
    if block.labels:
        other = reading.reason.rpartition(": ")[2] if reading.reason else "no tuning"
        return f"{told}: {other}; a bass with the labels of its strings, {' '.join(USUAL[count].labels)}"
    return f"{told}; {UNDER_BASS}, or with the labels {' '.join(USUAL[count].labels)}"


def _labelled(block: Block) -> str:
    return f"labelled {''.join(block.labels)}" if block.labels else "without labels"


def _named(block: Block) -> str:
    """Lines with a label that is no note."""
    names = " ".join(block.labels[:6])
    if len(block.segments) == 1:
        return f"a line that {names} stands before; a string's label is the name of its note, such as G"
    return f"{LINES.get(len(block.segments), 'lines')} labelled {names}: drums; {NOTHING}"


def _part(block: Block, heading: str) -> str:
    """One to three lines."""
    count = len(block.segments)
    if all(segment.is_annotation for segment in block.segments):
        return f"words that belong to a system above or below; {NOTHING}"
    if not is_played(block):
        return f"{LINES[count]} {_labelled(block)} and without frets: a rule or an empty string; {NOTHING}"
    if block.labels:
        if read_part(block.labels, (), 0.5):
            return f"strings {''.join(block.labels)} of a bass, under a heading with the word bass"
        labels = "".join(block.labels)
        if read_part(block.labels, LIKELY, 0.5):
            return f"strings {labels} of a bass whose tuning the page states, under a heading with the word bass"
        return f"{LINES[count]} labelled {labels}: in no usual tuning of a bass; {NOTHING}"
    *upper, lowest = STANDARD.labels[-count:]
    labels = f"{', '.join(upper)} and {lowest}" if upper else lowest
    if heading:
        them, are = ("it", "it is") if count == 1 else ("them", "they are")
        return f"{LINES[count]} without labels under {heading!r}: label {them}, {labels} if {are} the lowest"
    return f"{LINES[count]} without labels; strings of a bass with labels ({labels}) under a heading with the word bass"
