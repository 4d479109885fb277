"""ChordPro songs -> charts: directives, chords in lyrics, grids.

    {title: ...} {key: Em} {time: 3/4} {start_of_verse: Verse 1} {chorus}
    [Am]words with [F]chords          each chord a bar, for lyrics have no bars
    [Am] / / [F] /                    a sign for each beat
    {start_of_grid} | C . . . | F . G . | {end_of_grid}

The format is that of https://www.chordpro.org/chordpro/.

Input: lines. Output: a `Chart`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from basstab_hf.chart.beats import german, is_chord
from basstab_hf.chart.headings import SECTION, Fact, Facts, section_line, take_fact
from basstab_hf.chart.rows import has_lines, read_row
from basstab_hf.chart.text import Sections, finish
from basstab_hf.chart.values import Chart
from basstab_hf.chart.written import Head, Reading, clean
from basstab_hf.errors import InputError

_DIRECTIVE = re.compile(r"\{\s{0,9}([A-Za-z_]{1,40})(?:-[\w!]{1,40})?(?:\s{0,9}[:\s](.*))?\}")
_BRACKET = re.compile(r"\[([^\[\]]{0,80})\]")
#: What may stand between chords and be part of the chart.
_SIGNS = re.compile(r"[\s/.|:%()x\d–-]*")
_TIMES_BEHIND = re.compile(r"[(\[]?\b[x×]\s?\d{1,2}[)\]]?\s{0,9}$")
_LABEL = re.compile(r"\blabel\s?=\s?[\"']?([^\"']*)[\"']?")
_FACTS = {
    "title": "title", "t": "title", "artist": "artist", "composer": "artist", "key": "key", "tempo": "tempo",
    "time": "time", "capo": "capo",
}  # fmt: skip
_PARTS = {"verse": "Verse", "v": "Verse", "chorus": "Chorus", "c": "Chorus", "bridge": "Bridge", "b": "Bridge"}
_GRIDS, _PASSED = frozenset({"grid", "g"}), frozenset({"tab", "t", "abc", "ly", "svg", "textblock"})
_COMMENTS = frozenset({"comment", "c", "comment_italic", "ci", "comment_box", "cb", "highlight"})
#: Directives that say nothing of the music.
_LAYOUT = re.compile(
    r"(?:chord|text|title|chorus|footer|grid|tab|toc|label)_?(?:font|size|colou?r)|[ct]g?[fsc]|cs|new_?(?:page|song)"
    r"|(?:new_)?physical_page|n?pp?|ns|np|col(?:umn)?s?|colb|column_break|cb|image|define|chord|diagrams|pagetype|g|ng"
    r"|grid|no_grid|titles|album|year|copyright|lyricist|arranger|sorttitle|sortartist|duration|tag|meta|ccli|start|x_.*"
)


def is_chordpro(lines: Sequence[str]) -> bool:
    """Whether there are directives, or chords in lyrics."""
    return any(_DIRECTIVE.fullmatch(line.strip()) or _has_inline(line) for line in lines)


def _has_inline(line: str) -> bool:
    """Whether a line has two chords in brackets, or one in front of a word; "[A]" alone is a section."""
    brackets = [bracket for bracket in _BRACKET.finditer(line) if is_chord(bracket[1])]
    return len(brackets) > 1 or any(line[bracket.end() : bracket.end() + 1].isalpha() for bracket in brackets)


def read_chordpro(lines: Sequence[str], reading: Reading) -> Chart:
    """Read one song.

    Raises:
        InputError: what cannot be read, with its line and column.
    """
    return _Song(lines, reading).chart()


def songs_of(lines: Sequence[str]) -> list[list[str]]:
    """The songs of a file, parted by {new_song}; lines of those before are blank, so that numbers of lines stay."""
    starts = [0, *(number for number, line in enumerate(lines) if re.match(r"\s{0,9}\{\s{0,9}(?:new_song|ns)\b", line))]
    parts = [[*[""] * start, *lines[start:end]] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
    return [part for part in parts if any(line.strip() for line in part[1:])] if len(parts) > 1 else parts


def title_of(lines: Sequence[str]) -> str:
    """The title of a song, "" where it has none."""
    for line in lines:
        directive = _DIRECTIVE.fullmatch(line.strip())
        if directive and directive[1].casefold() in ("title", "t"):
            return clean(directive[2] or "")
    return ""


class _Song:
    def __init__(self, lines: Sequence[str], reading: Reading) -> None:
        self._lines, self._reading, self._facts = lines, reading, Facts()
        self._sections = Sections(reading)
        self._inside = ""  # the grid or the block passed over that a line is in
        self._chorus = "Chorus"
        self._subtitle = ""

    def chart(self) -> Chart:
        words = (word for line in self._lines for word in _BRACKET.findall(line))
        self._reading.spell_german(german(words))
        for number, line in enumerate(self._lines, 1):
            if line.strip() and not line.lstrip().startswith("#"):
                self._line(line, number)
        self._sections.end(sung=True)
        self._facts.artist = self._facts.artist or self._subtitle
        return finish(self._reading, self._facts)

    def _line(self, line: str, number: int) -> None:
        where = self._reading.at(number)
        if directive := _DIRECTIVE.fullmatch(line.strip()):
            self._directive(directive[1].casefold(), (directive[2] or "").strip(), where)
        elif self._inside in _GRIDS and self._inside:
            self._grid(line, number)
        elif self._inside:
            self._reading.told[f"lines of {{start_of_{self._inside}}} are passed over"] += 1
        elif "[" in line:
            self._sung(line, number)
        elif has_lines(line):
            read_row(line, number, self._reading)
        elif SECTION.fullmatch(line.strip().rstrip(":")):
            self._sections.begin(Head(clean(line.strip().rstrip(":"))), where, sung=True)

    def _directive(self, name: str, value: str, where: str) -> None:
        if name == "meta":
            name, _, value = value.partition(" ")
            if name not in _FACTS:
                return
        part = re.fullmatch(r"(?:start_of_|so)(\w{1,30})", name)
        if re.fullmatch(r"end_of_\w+|eo[a-z]", name):
            self._end()
        elif part and name != "song":
            self._begin(part[1], value, where)
        elif name in _FACTS:
            if value:
                take_fact(Fact(_FACTS[name], value), self._facts, self._reading, where)
        elif name in ("subtitle", "st"):
            self._subtitle = self._subtitle or clean(value)
        elif name == "transpose" and (semitones := re.fullmatch(r"([+-]?\d{1,2})\w?", value)):
            self._transpose(int(semitones[1]), where)
        elif name == "chorus":
            self._sections.begin(Head(self._chorus), where, sung=True)
            self._end()
        elif name in _COMMENTS:
            self._comment(value, where)
        elif not _LAYOUT.fullmatch(name):
            self._reading.told[f"directives that say nothing of chords are passed over, such as {{{name}}}"] += 1

    def _begin(self, part: str, value: str, where: str) -> None:
        label = _LABEL.search(value)
        name = clean(label[1] if label else "" if "=" in value else value)
        if part in _PASSED:
            self._inside = part
            return
        if part in _GRIDS:
            self._inside = part
            name = "" if re.fullmatch(r"[\d+x×.,\s]*", name) else name
            if name:
                self._sections.begin(Head(name), where, sung=True)
            return
        name = name or _PARTS.get(part, part.replace("_", " ").capitalize())
        self._chorus = name if part in ("chorus", "c") else self._chorus
        self._sections.begin(Head(name), where, sung=True)

    def _end(self) -> None:
        if self._inside not in _PASSED and self._sections.is_open:
            self._sections.end(sung=True)
            self._reading.begin(Head(""))
        self._inside = ""

    def _comment(self, value: str, where: str) -> None:
        section = section_line(value, where)
        if section and not section.rest.strip() and SECTION.fullmatch(section.head.name):
            self._sections.begin(section.head, where, section.times, sung=True)
        elif value:
            self._reading.told["comments are passed over"] += 1

    def _transpose(self, semitones: int, where: str) -> None:
        if self._reading.bars:
            raise InputError(f"{where}: {{transpose}} behind the first chords: write the chords as they sound")
        self._facts.semitones += semitones
        self._reading.told[f"transpose {semitones}: chords are written here as they sound"] += 1

    def _grid(self, line: str, number: int) -> None:
        """A row of a grid: what stands beside its outer bar lines are labels."""
        first, last = line.find("|"), line.rfind("|")
        if first < 0 or re.match(r"\|[sS]\b", line[first:]):
            self._reading.told["lines of a grid without chords are passed over"] += 1
            return
        behind = line[last + 1 :].strip(" .:]\t")
        first -= first > 0 and line[first - 1] in ":["
        if behind:
            self._reading.told["words beside grids are passed over"] += 1
            line = line[: last + 1]
        if (label := line[:first].strip()) and SECTION.fullmatch(label):
            self._sections.begin(Head(clean(label)), self._reading.at(number), sung=True)
        read_row(line[first:], number, self._reading, first)

    def _sung(self, line: str, number: int) -> None:
        """A line with chords in brackets: the row that is left without its words, at the same columns."""
        outside = _BRACKET.sub("", line)
        keeps = _SIGNS.fullmatch(outside) is not None
        row, end = [], 0
        for bracket in _BRACKET.finditer(line):
            row += [line[end : bracket.start()] if keeps else " " * (bracket.start() - end)]
            row += [" ", self._bracketed(bracket, number), " "]
            end = bracket.end()
        behind = line[end:]
        times = _TIMES_BEHIND.search(behind)
        row.append(behind if keeps else " " * times.start() + times[0] if times else "")
        text = "".join(row)
        if text.strip():
            if not has_lines(text) and not re.search(r"(?<=\s)[/.]", text):
                self._reading.told["no bar lines: each chord is a bar"] = 1
            read_row(text, number, self._reading)

    def _bracketed(self, bracket: re.Match[str], number: int) -> str:
        """What stands in brackets, as long as it was: a chord, several, or signs; blanks for a remark or a section."""
        text, blank = bracket[1], " " * len(bracket[1])
        where = self._reading.at(number, bracket.start() + 1)
        if text.startswith("*"):
            self._reading.told["remarks in brackets, [*...], are passed over"] += 1
            return blank
        if SECTION.fullmatch(text.strip().rstrip(":")):
            self._sections.begin(Head(clean(text.strip().rstrip(":"))), where, sung=True)
            return blank
        words = text.split()
        if len(words) > 1 and not all(map(is_chord, words)):
            return "".join(words).ljust(len(text))
        if text.strip() and not is_chord(text.strip().rstrip("/")) and not _SIGNS.fullmatch(text):
            raise InputError(
                f"{where}: {bracket[0]} is no chord: write one such as [Am], or [*{text}] if it is a remark"
            )
        return text
