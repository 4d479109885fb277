r"""Find the string lines of tabs in one line of plain text.

Input: a line as `page.read_page` gives it (dashes, bars and blanks unified). Output: its `Segment`s, left to right.
Every pattern is linear in the line: runs are possessive (`*+`), so that no character is tried twice.
"""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from basstab_hf.recognise.bar_signs import with_bar_lines
from basstab_hf.recognise.encodings import MAX_STRING_LINES
from basstab_hf.recognise.note_names import LABEL, LONG, NOTE_LABELS


class Segment(NamedTuple):
    """One string line of a tab as it stands in the text; a named tuple for speed: a page makes hundreds."""

    line: int  # index of the text line
    start: int  # offset in the line of the label, or of the leading bar line where there is no label
    end: int  # offset behind the body
    column: int  # visual column of the body, tab characters expanded
    label: str  # "G", "Bb", a drum's name, or "" where none is printed
    body: str  # after label and one separator, trailing text cut
    tail: str  # trailing text up to the next segment
    is_weak: bool = False  # a string line only if others stand above or below it: words or a fret where none are usual

    @property
    def is_open(self) -> bool:
        """Whether no bar line closes the string line."""
        return "|" not in self.body[-2:]

    @property
    def is_annotation(self) -> bool:
        """Whether words stand between the dashes of an unlabelled line: "|---P.M.---|"."""
        return not self.label and _WORDS.search(self.body) is not None

    @property
    def is_blank(self) -> bool:
        """Whether nothing but dashes stands there: perhaps a rule between paragraphs."""
        return not self.label and not self.body.strip("-=_.")


# What string lines are written with, apart from words somebody put between the dashes.
_CORE = r"-|0-9hpxHPXbsrtoSTv/\\^~()<>*=_.+:\[\]{}"
_LABEL = LABEL
# A label in the middle of a chunk starts the next string line of a tab whose newlines were lost: "...-||D|--5--".
_WORD = rf"(?!(?<=\|)(?:[A-G][#b]?|e)[|:])[A-Za-z]{{1,8}}+(?=[{_CORE}])"
_PHRASE = r"[A-Za-z.]{1,8}(?:[ \t][A-Za-z.]{1,8}){1,2}(?=-)"  # let ring
_ODD = r"[^\w\s|-]{1,8}+(?=[-|\d])"
_CHUNK = rf"[{_CORE}](?>(?:[{_CORE}]++|{_WORD}|{_PHRASE}|{_ODD})*)"
# Blanks inside a string line: one at a bar line (between two bar lines it parts two systems), elsewhere up to three.
_GAP = (
    r"(?:(?<!\|)[ \t](?=\|(?:[ \t]|$))|"
    rf"(?:(?<!\|)[ \t]{{1,3}}+|(?<=\|)[ \t](?!\s|\|))(?!{_LABEL}[ \t]*+[|:])"
    rf"(?=[-|=\d(])(?=[{_CORE}]{{0,40}}?(?:--|-\||-\d|\d-|\d\||-[ \t]{{1,2}}[-\d])))"
)
_BODY = rf"(?P<body>[ \t]{{0,3}}+{_CHUNK}(?>(?:{_GAP}{_CHUNK})*))"
# Looked for among so many characters: every sign may begin a string line, and a text may have no blank at all.
_FILLED = r"(?=[^\s]{0,200}?(?:--|==|__|\.\.|[-=_.][\d(<x|/]))"

_SEGMENT = re.compile(
    rf"""(?:^|(?<=[\s"'`>(\]\[|]))
    (?: (?:(?<![^\s"'`>])[1-7][ \t.]?+)?[(\[]?+(?P<label>{_LABEL})
        (?: [0-5]?+[ \t]*+[.)\]]?+[ \t]*+(?>(?:[:;][ \t]*+)?)\|(?=[{_CORE}\s])
          | [ \t]*+[:;][ \t]*+(?=[-=_.|\dx(<])
          | [)\]]?+[ \t]*+(?=[-=_.][-=_.\d|x(</\\]) )
      | (?P<name>(?<![^\s"'`])(?:[1-7]|[1-7]?+{LONG}|[A-Za-z][A-Za-z0-9.]{{0,4}}+))[ \t]*+[:|](?=[-=|ox\d/(])
      | (?<![^\s"'`>])\|?+(?=[-=_.|\d(xo*]|<\d){_FILLED} )
    {_BODY}""",
    re.VERBOSE,
)
_CLEAN = re.compile(rf"[ \t]*+({_LABEL})[ \t]*+\|([{_CORE}]*(?<=[-|]))[ \t]*+")
_BARE = re.compile(r"[ \t]*+\|([-|0-9hpx/\\]*(?<=[-|]))[ \t]*+")
_BLANK_FILLED = re.compile(
    rf"[ \t]*+({_LABEL})[ \t]*+\|([ \dhpx/\\^~()|<>*o]*(?:  |\| )[ \dhpx/\\^~()|<>*o]*\|)([^|]*+)"
)
_NO_STAFF = re.compile(r"[^-=_.|\dxhpXHPrsStTv/\\~()<>^*ob]")
_WORDS = re.compile(r"P\.?M|[A-Za-z]{3}")
_LABELLED = re.compile(rf"[ \t>]*+{_LABEL}[ \t]*+[:=_.]")
# Words between dashes, or a fret right behind the label, as in "B--8-(bend it)--" and "E5---": no other start is read.
_WEAK = re.compile(
    rf"[ \t>]*+(?:[1-7][ \t.]?+)?[(\[]?+(?P<label>{LONG}|{_LABEL})[)\]]?+"
    r"(?:[ \t]*+[|:]|[ \t]{0,3}+(?=-|\d{1,6}+(?:[-hpbrs/\\~^|(]|[ ]-)))"
)
_LEAST_WEAK = 4  # dashes, and a fifth of the line
# Notes from end to end, without a dash.
_FULL = re.compile(r"(?P<label>)(?P<name>)[ \t]*+\|(?P<body>[\dhpx/\\~()|<>]{4,})(?!\S)")
_COUNT = re.compile(r"\((?:[xX]\d+|\d+[xX])\)")
_COUNTED = re.compile(r"\|(?:\(?[xX]\d+\)?|\(?\d+[xX]\)?)$")
_SYMBOLS = re.compile(rf"[{_CORE}]*")
_LEAST_FILL = 5  # dashes of a line without label or bar line at an end; fewer stand in "--no-cache" and "2011-07-06"
_TABBED = 4000  # characters: longer lines are no print, their tab characters need no expanding


def find_segments(index: int, line: str) -> tuple[Segment, ...]:
    """The string lines in text line `index`, left to right: none for prose, several for systems side by side."""
    clean = _CLEAN.fullmatch(line)  # 95 % of the string lines of the 292 pages end here
    if clean is not None:
        label, body = clean.groups()
        column = clean.start(2)
        visual = column if "\t" not in line else _visual(line, column)
        return (Segment(index, clean.start(1), clean.end(2), visual, NOTE_LABELS[label], body, ""),)
    bare = _BARE.fullmatch(line)
    if bare is not None and len(bare[1]) > 3 and "-" in bare[1]:
        column = bare.start(1)
        visual = column if "\t" not in line else _visual(line, column)
        return (Segment(index, column - 1, bare.end(1), visual, "", bare[1], ""),)
    if "-" not in line:
        if "|" not in line and "==" not in line and "__" not in line and ".." not in line and not _LABELLED.match(line):
            return ()
        blank = _BLANK_FILLED.fullmatch(line)
        if blank is not None:
            label, body, tail = blank.groups()
            at, end = blank.span(2)
            return (Segment(index, blank.start(1), end, at, NOTE_LABELS[label], body, tail.strip()),)
    return _find_any(index, line)


def _find_any(index: int, line: str) -> tuple[Segment, ...]:
    line = with_bar_lines(line)
    found = list(itertools.islice(filter(_is_string_line, _SEGMENT.finditer(line)), MAX_STRING_LINES + 1))
    if not found or not any(match["label"] or match["name"] for match in found):
        weak = _weak(index, line)
        if weak is not None:
            return (weak,)
    if not found:
        full = _FULL.match(line)
        found = [full] if full is not None else []
    tabbed = "\t" in line and len(line) < _TABBED
    ends = [*(match.start() for match in found[1:]), len(line)]
    segments = tuple([_segment(index, line, match, end, tabbed) for match, end in zip(found, ends, strict=False)])
    return segments if len(segments) < 2 else _without_words_between(segments)


def _without_words_between(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Systems side by side: a word between two of them labels nothing, unless it is a string's name or the first's."""
    first = segments[0].label
    return tuple(
        [
            segment._replace(label="") if segment.label not in NOTE_LABELS and segment.label != first else segment
            for segment in segments
        ]
    )


def _weak(index: int, line: str) -> Segment | None:
    """A line that is a string line only among others: from behind its label to its end."""
    match = _WEAK.match(line)
    if match is None:
        return None
    body = line[match.end() :].rstrip()
    if body.count("-") < max(_LEAST_WEAK, len(body) // 5):
        return None
    start, label = match.end(), NOTE_LABELS[match["label"]]
    return Segment(index, match.start("label"), start + len(body), _visual(line, start), label, body, "", is_weak=True)


def _is_string_line(match: re.Match[str]) -> bool:
    """Enough of the body must be fill, bar lines and frets for it to be no prose, rule or table."""
    body: str = match["body"]
    start = match.start("body")
    before, after = match.string[start - 1 : start], match.string[match.end("body") : match.end("body") + 1]
    if match["label"] and before == "|":
        return True
    if len(body) < 4 or (after.isalnum() and body[-1] != "|"):  # a word begins in the body and goes on behind it
        return False
    if match["label"]:
        return 2 * (max(map(body.count, "-=_.")) + sum(map(body.count, "|0123456789xhp"))) > len(body)
    fill = max(map(body.count, "-=_.")) if before == "|" else max(map(body.count, "-="))
    least = 1 if before == "|" else 3 if body[-1] == "|" else _LEAST_FILL
    return fill >= least and 4 * len(_NO_STAFF.findall(body)) <= len(body)


def _segment(index: int, line: str, match: re.Match[str], end: int, tabbed: bool) -> Segment:
    body = _without_words(match["body"])
    start, stop = match.start("body"), match.start("body") + len(body)
    label = match["label"] or match["name"] or ""
    column = _visual(line, start) if tabbed else start
    return Segment(index, match.start(), stop, column, NOTE_LABELS.get(label, label), body, line[stop:end].strip())


def _visual(line: str, column: int) -> int:
    return len(line[:column].expandtabs()) if column < _TABBED else column


def _without_words(body: str) -> str:
    """Cut words that follow the closing bar line without a blank: "---|(let ring)"."""
    last = body.rfind("|") + 1
    rest = body[last:]
    if not last or "-" in rest or "==" in rest or "__" in rest or _SYMBOLS.fullmatch(rest):
        return body
    return body[:last]


def cut_tails(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Cut what stands behind the closing bar line of a block without a blank: the x4 of "---|x4"."""
    length = len(segments[0].body)
    if all(len(segment.body) == length for segment in segments):
        if segments[0].body.endswith(("|", "-")) or not all(_COUNTED.search(segment.body) for segment in segments):
            return segments
        return tuple([_cut_tail(segment, segment.body.rfind("|") + 1) for segment in segments])
    shortest = min(len(segment.body) for segment in segments)
    if all(_COUNT.fullmatch(segment.body, shortest) for segment in segments if len(segment.body) > shortest):
        return tuple([_cut_at(segment, shortest) for segment in segments])
    closed = [len(segment.body) for segment in segments if segment.body.endswith("|")]
    if 2 * len(closed) < len(segments) or len(set(closed)) > 1:
        return segments
    return tuple([_cut_tail(segment, closed[0]) for segment in segments])


def _cut_tail(segment: Segment, length: int) -> Segment:
    body, rest = segment.body[:length], segment.body[length:]
    if not rest or "-" in rest or "|" in rest or not body.endswith("|"):
        return segment
    return _cut_at(segment, length)


def _cut_at(segment: Segment, length: int) -> Segment:
    body, rest = segment.body[:length], segment.body[length:]
    if not rest:
        return segment
    return segment._replace(body=body, end=segment.end - len(rest), tail=f"{rest} {segment.tail}".strip())


def right_label(segment: Segment) -> str:
    """The label printed behind an unlabelled string line, or ""."""
    return NOTE_LABELS.get(segment.tail.strip("|: "), "") if len(segment.tail) <= 4 else ""
