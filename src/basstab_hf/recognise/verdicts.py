"""Judge a block: the tuning to read it in and how surely, or the reason for refusing it.

Input: the blocks of a page in reading order, and what the page says of itself. Output: a `Reading` or a `Refusal`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, cached_property

from basstab_hf.recognise import named
from basstab_hf.recognise.blocks import NEWLINES_LOST, Block
from basstab_hf.recognise.drawings import drawn_as, refuse_content, refuse_drawing
from basstab_hf.recognise.instruments import USUAL, Reading, makes_guitar, read_labels, slip, tally, told_of_bass
from basstab_hf.recognise.named import Named, mention
from basstab_hf.recognise.neighbours import is_empty_string, may_be_string, strings_around
from basstab_hf.recognise.note_names import NOTE_LABELS, string_in_words, strings_named
from basstab_hf.recognise.page import Page
from basstab_hf.recognise.parts import read_part
from basstab_hf.recognise.refusals import (
    IN_PIECES,
    LINES,
    UNDER_BASS,
    Refusal,
    guitar_tuning,
    is_played,
    nearest,
    too_few,
)
from basstab_hf.recognise.section_names import section_name
from basstab_hf.recognise.stated import Statement, may_be_nominal, read_statement
from basstab_hf.recognise.string_lines import Segment
from basstab_hf.recognise.sureness import as_put_together
from basstab_hf.tab.tuning import STANDARD, Tuning

# What labels and numbers of strings leave open is in `instruments`, what lines do in `sureness`.
_UNLABELLED, _UNLABELLED_OPEN = 0.95, 0.85
_AMONG_GUITARS = 0.75  # lines without labels on a page with labelled guitar and no word of a bass
# Chances that lines of one, two and three strings are a bass's: under a heading that says so, and on a page of bass.
_HEADED = {1: 0.9, 2: 0.93, 3: 0.95}
_ON_BASS_PAGE = {1: 0.7, 2: 0.85, 3: 0.9}

_IN_WORDS = 0.85  # a string that words name, and no label
_NEAR = 4  # text lines above a block where a sentence is about it
#: Characters of words that name a string, in front of a line of it or over one; and of a heading that is told again.
_LONGEST_WORDS, _SHOWN = 2000, 80
_LONGEST = 16  # text lines of a block: seven strings, double spaced


class Judge:
    """Judges the blocks of one page in turn; remembers what the page is tuned to for blocks without labels."""

    def __init__(self, page: Page, blocks: Sequence[Block], *, all_instruments: bool) -> None:
        self._page = page
        self._all_instruments = all_instruments
        self._bass_sizes, self._has_guitar = tally(block.labels for block in blocks)
        self._tunings: dict[int, Tuning] = {}
        self._readings: dict[tuple[str, ...], Reading] = {}
        self._last_guitar = -1  # text line
        self._blocks = blocks
        # A line may be long, and stand over thousands of blocks.
        self._are_blank = cache(lambda index: not page.lines[index].strip())
        self._may_be_string = cache(lambda index: 0 <= index < len(page.lines) and may_be_string(page.lines[index]))
        self._sentence = cache(lambda index: named.sentence(page.lines[index], index))

    def verdict(self, block: Block) -> Reading | Refusal:
        """How to read a block, or the reason for refusing it."""
        reading = self._readings.get(block.labels) if block.labels and len(block.segments) > 3 else None
        if reading is None:
            reading = self._read(block)
            if block.labels and len(block.segments) > 3:
                self._readings[block.labels] = reading
        doubtful = reading.certainty < 0.9 or (reading.repair and NEWLINES_LOST in block.notes)
        if reading.tuning is None or (block.was_cut and doubtful):
            return self._other(block, reading)
        refusal = (
            self._refuse(refuse_content(block))
            or self._refuse_instrument(block)
            or self._refuse(refuse_drawing(block, self._page.lines))
            or self._refuse_piece(block)
        )
        if refusal is not None:
            return refusal
        if block.labels and not reading.low_first and not reading.repair and not reading.strings:
            self._remember(reading.tuning)
        if block.labels and self._are_nominal:
            reading = self._as_stated(reading)
        sure = as_put_together(block, reading.certainty)
        return reading if sure == reading.certainty else replace(reading, certainty=sure)

    def _other(self, block: Block, reading: Reading) -> Reading | Refusal:
        """What to do with a block that is no bass's."""
        if reading.guitar:
            self._last_guitar = block.segments[-1].line
            drawing = refuse_content(block) or refuse_drawing(block, self._page.lines, keep_chords=bool(block.labels))
            if drawing:
                return self._refuse(drawing) or Refusal(drawing)
        kept = guitar_tuning(block, reading) if self._all_instruments else None
        if kept is not None:
            return Reading(kept, low_first=reading.low_first, certainty=0.9)
        reason = reading.reason or f"labels {''.join(block.labels)}: no tuning"
        return Refusal(reason, nearest(block, reading, self._bass_heading(block)))

    @staticmethod
    def _refuse(drawing: str) -> Refusal | None:
        return Refusal(drawing, drawn_as(drawing)) if drawing else None

    def _bass_heading(self, block: Block) -> str:
        """The line over one to three lines that says bass, "" where none does."""
        above = self._heading(block) if len(block.segments) < min(USUAL) else None
        if above is None or above.line < 0 or not self._is_headed(block):
            return ""
        return self._page.lines[above.line][:_LONGEST_WORDS].strip()[:_SHOWN]

    def _remember(self, tuning: Tuning) -> None:
        if self._tunings.get(tuning.n_strings) is not tuning:
            self._tunings[tuning.n_strings] = tuning
            self._readings = {labels: reading for labels, reading in self._readings.items() if not reading.repair}

    def _usual(self, count: int) -> Tuning:
        """What the page is tuned to: as printed last, or stated, or as most basses."""
        return self._tunings.get(count) or self._stated.tuning(count) or USUAL[count]

    @cached_property
    def _words(self) -> list[tuple[int, str]]:
        """Text lines that are no string lines, and where they stand: a tenth of a page."""
        return [(index, line) for index, line in enumerate(self._page.lines) if "--" not in line and line.strip()]

    @cached_property
    def _text(self) -> str:
        """All words of the page in small letters, for a look whether a thing is spoken of at all."""
        words = (line for _, line in self._words)
        return "\n".join((self._page.title, self._page.instrument, self._page.tuning, *words)).lower()

    @cached_property
    def _stated(self) -> Statement:
        if self._page.tuning:
            return read_statement([f"tuning: {self._page.tuning}"])
        return read_statement(line for _, line in self._words)

    @cached_property
    def _named(self) -> Named:
        return Named(self._words, f"{self._page.title} {self._page.instrument}".strip())

    def _read(self, block: Block) -> Reading:
        count = len(block.segments)
        odd = [segment.label for segment in block.segments if segment.label and segment.label not in NOTE_LABELS]
        if len(odd) == count == 1:
            return Reading(None, f"one line labelled {odd[0]}: an annotation or another notation")
        if odd and block.labels:
            return Reading(None, f"lines labelled {' '.join(odd[:6])}: drums or another notation")
        if count < 4:
            return self._read_part(block) or Reading(None, too_few(block))
        if count > len(set(block.labels)) == 1 and count not in USUAL:
            return Reading(None, f"{count} lines of one string")
        if block.labels:
            return self._read_labelled(block.labels)
        return self._read_unlabelled(count, block)

    def _read_labelled(self, labels: tuple[str, ...]) -> Reading:
        count = len(labels)
        reading = read_labels(labels, USUAL.get(count, USUAL[4]))
        if reading.tuning is None and count in USUAL and labels in self._stated.of_bass:
            return told_of_bass(labels)
        if (reading.certainty >= 0.95 and not reading.repair) or count not in USUAL:
            return reading
        printed = self._tunings.get(count)
        slipped = slip(labels, printed) if printed is not None else None
        return slipped or read_labels(labels, self._usual(count))

    def _read_unlabelled(self, count: int, block: Block) -> Reading:
        if count not in USUAL:
            return Reading(None, f"{count} lines without labels: a bass has 4 to 6 strings", guitar=count == 7)
        lines = self._page.lines
        in_words = tuple([_in_words(lines, segment) for segment in block.segments])
        if all(in_words):
            return self._read_labelled(in_words)
        above = self._heading(block)
        others = above is not None and above.instrument not in (named.BASS, named.OTHER)
        if above is not None and others and self._is_near(above, block) and not self._is_bass_of(count, above):
            reason = f"{LINES[count]} without labels under the word {above.instrument}"
            return Reading(None, reason, guitar=above.instrument == named.GUITAR and count > 4)
        if count > 4 and not self._is_told(count):
            return Reading(None, f"{LINES[count]} without labels: guitar", guitar=True)
        barred = all("|" in segment.body for segment in block.segments)
        certainty = _UNLABELLED if barred else _UNLABELLED_OPEN
        if count == 4 and self._is_of_guitar and not self._named.names(named.BASS):
            if not self._speaks_of_bass:
                return Reading(None, "four lines without labels on a page of guitar")
            certainty = _AMONG_GUITARS
        return Reading(self._usual(count), certainty=certainty)

    def _is_bass_of(self, count: int, above: named.Mention) -> bool:
        """Whether lines under a guitar's name are a bass's: a track "Gtr I (E A D G)", or prose on a page of bass."""
        if above.instrument != named.GUITAR or self._has_guitar:
            return False
        return self._stated.in_notes(count) or (count == 4 and not above.is_whole and self._speaks_of_bass)

    @cached_property
    def _is_of_guitar(self) -> bool:
        """Whether a guitar's labels stand on the page, or lines as many as its strings and no bass's labels."""
        sixes = sum(len(block.segments) in (6, 7) for block in self._blocks if not block.labels)
        return self._has_guitar or (sixes > 0 and not self._bass_sizes)

    @cached_property
    def _speaks_of_bass(self) -> bool:
        return named.speaks_of_bass(self._text)

    def _is_told(self, count: int) -> bool:
        """Whether labels or words of the page say that a bass of so many strings plays on it."""
        if self._bass_sizes[count] and not self._has_guitar:
            return True
        if (count in self._stated.counts and "banjo" not in self._text) or (count == 5 and self._bass_sizes[5]):
            return True
        return self._stated.in_notes(count)

    def _is_near(self, above: named.Mention, block: Block) -> bool:
        """Whether a heading is still the one over a block: no other stands between."""
        if above.is_whole:
            return True
        place = bisect_right(self._headings, above.line)
        return place == len(self._headings) or self._headings[place] >= block.segments[0].line

    @cached_property
    def _headings(self) -> list[int]:
        """Text lines that name sections."""
        return [index for index, line in self._words if section_name(line)]

    def _read_part(self, block: Block) -> Reading | None:
        """One to three lines whose strings are labelled, or told in words, under the word bass or on a page of bass."""
        if not is_played(block):
            return None
        is_headed = self._is_headed(block)
        in_words = () if block.labels or not is_headed else self._strings_in_words(block)
        certainties = _HEADED if is_headed else _ON_BASS_PAGE if self._is_on_bass_page(block) else None
        labels = block.labels or in_words
        if certainties is None or not labels:
            return None
        stated = self._stated.tunings.values()
        reading = read_part(labels, (*self._tunings.values(), *stated), certainties[len(block.segments)])
        if reading is None or block.labels:
            return reading
        told = f"without labels: string {' '.join(labels)}, as the words say"
        return replace(reading, certainty=min(reading.certainty, _IN_WORDS), repair=told)

    def _strings_in_words(self, block: Block) -> tuple[str, ...]:
        """Labels that stand in words before the lines; of one line those of the heading: "Bass, low E string:"."""
        lines = self._page.lines
        before = tuple([_in_words(lines, segment) for segment in block.segments])
        if all(before):
            return before
        above, first = self._heading(block), block.segments[0]
        if len(block.segments) > 1 or above is None or above.line < first.line - _NEAR:
            return ()
        over = (*lines[max(above.line, 0) : first.line], lines[first.line][: first.start])
        if sum(map(len, over)) > _LONGEST_WORDS:
            return ()
        named_strings = strings_named(" ".join(over))
        return named_strings if len(named_strings) == 1 else ()

    def _is_headed(self, block: Block) -> bool:
        first = block.segments[0]
        before = named.before_in_line(self._page.lines[first.line], first.start)
        beside = (before, *(segment.tail for segment in block.segments))
        if any(said is not None and said.instrument == named.BASS for said in map(mention, filter(None, beside))):
            return True
        above = self._heading(block)
        if above is None or above.instrument != named.BASS or self._last_guitar > above.line:
            return False
        return self._is_near(above, block)

    def _heading(self, block: Block) -> named.Mention | None:
        """The instrument that the words over a block name: the sentence right above it, else the last heading."""
        first = block.segments[0].line
        for index in range(first - 1, max(first - _NEAR, -1), -1):
            if not self._are_blank(index):
                return self._sentence(index) or self._named.before(first)
        return self._named.before(first)

    def _is_on_bass_page(self, block: Block) -> bool:
        above = self._named.before(block.segments[0].line)
        if self._has_guitar or not self._bass_sizes.total():
            return False
        return above is None or above.instrument in (named.BASS, named.OTHER)

    def _refuse_instrument(self, block: Block) -> Refusal | None:
        """Four strings of an instrument that the heading names, or the page if it has no word of a bass."""
        if len(block.segments) != 4 or not self._names_fours:
            return None
        above = self._named.before(block.segments[0].line)
        bass = block.labels == STANDARD.labels and self._speaks_of_bass
        if above is not None and not bass and named.may_be_for(above.instrument, block.labels):
            return Refusal(f"four strings of a {above.instrument}", f"{above.instrument}; {UNDER_BASS}")
        if self._named.names(named.BASS) or self._speaks_of_bass:
            return None
        for each in self._named.mentions:
            if named.may_be_for(each.instrument, block.labels):
                return Refusal(f"four strings of a {each.instrument}", f"{each.instrument}; {UNDER_BASS}")
        return None

    @cached_property
    def _names_fours(self) -> bool:
        return named.may_name_fours(self._text)

    def _refuse_piece(self, block: Block) -> Refusal | None:
        """A piece of more strings, whose other lines could not be read."""
        lines = self._page.lines
        first, last = block.segments[0].line, block.segments[-1].line
        if not block.labels and self._is_beside_more(first, last):
            return Refusal("a piece of more strings, beside a system of them", IN_PIECES)
        beside = (first - 1, last + 1)
        if not any(map(self._may_be_string, beside)):
            return None
        upper = self._ends.get(first - 1)
        if upper is not None and block.labels and makes_guitar(upper, block.labels):
            return Refusal(f"the lower part of {len(upper) + len(block.labels)} strings", IN_PIECES)
        above, below = strings_around(block, lines, self._read_lines)
        if not above and not below:
            return None
        if block.labels and not all((*above, *below)):
            return None
        labels = (*above, *block.labels, *below) if block.labels else ()
        count = len(block.segments) + len(above) + len(below)
        whole = read_labels(labels, USUAL.get(count, USUAL[4])) if labels and count in USUAL else None
        if whole is not None and whole.tuning is not None and not whole.repair:
            around = (*lines[first - len(above) : first], *lines[last + 1 : last + 1 + len(below)])
            is_whole = len(block.segments) > 3 or all(map(is_empty_string, around))
            return None if is_whole else Refusal("a piece of more strings", IN_PIECES)
        return Refusal(f"a piece of {count} string lines, some of which cannot be read", IN_PIECES)

    def _is_beside_more(self, first: int, last: int) -> bool:
        """Whether a system with more lines stands on the text lines `first` to `last`, and around them."""
        begin, end = self._extents.get(first, (first, last))
        return begin <= first <= last <= end and end - begin > last - first

    @cached_property
    def _extents(self) -> dict[int, tuple[int, int]]:
        """First and last text line of the largest block on each text line."""
        extents: dict[int, tuple[int, int]] = {}
        for block in self._blocks:
            first, last = block.segments[0].line, block.segments[-1].line
            for line in range(first, last + 1) if last - first < _LONGEST else ():
                begin, end = extents.get(line, (line, line - 1))
                if last - first > end - begin:
                    extents[line] = (first, last)
        return extents

    @cached_property
    def _ends(self) -> dict[int, tuple[str, ...]]:
        """Last text line of each labelled block -> its labels."""
        return {
            block.segments[-1].line: block.labels
            for block in self._blocks
            if block.labels and all(label in NOTE_LABELS for label in block.labels)
        }

    @cached_property
    def _read_lines(self) -> dict[int, int]:
        """The number of lines of the largest block on each text line that stands in one."""
        sizes: dict[int, int] = {}
        for block in self._blocks:
            for segment in block.segments:
                sizes[segment.line] = max(len(block.segments), sizes.get(segment.line, 0))
        return sizes

    @cached_property
    def _are_nominal(self) -> bool:
        """Whether the page says that its labels are names only."""
        return may_be_nominal(self._text) and self._stated.nominal

    def _as_stated(self, reading: Reading) -> Reading:
        """Labels that are names only, as the page says: the strings sound as stated."""
        if reading.tuning is None:
            return reading
        stated = self._stated.tuning(reading.tuning.n_strings)
        if stated is None or stated == reading.tuning:
            return reading
        told = f"labels {reading.tuning} are nominal, as the page says: tuned {stated}"
        return replace(reading, tuning=stated, repair=f"{reading.repair}, {told}" if reading.repair else told)


def _in_words(lines: Sequence[str], segment: Segment) -> str:
    """The string that is named in words in front of a line."""
    return string_in_words(lines[segment.line][: segment.start]) if segment.start <= _LONGEST_WORDS else ""
