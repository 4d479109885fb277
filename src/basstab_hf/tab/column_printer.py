"""A tab on a screen or in a file while it is being written.

Input: column words, one after another. Output: text on a stream: on a terminal all strings grow at once, elsewhere each
system appears when it is full. What stands there in the end is `Tab.text` of the words, and a line end.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterable
from typing import TextIO

from basstab_hf.errors import TabError
from basstab_hf.tab.columns import BAR, END, is_bar_line, print_rows, split_labels
from basstab_hf.tab.lines import bar_ends, line_starts, room
from basstab_hf.tab.tuning import Tuning

#: Columns that a line holds however narrow the terminal.
_LEAST_ROOM = 8
# ANSI: cursor up so many lines; erase the whole line.
_UP, _ERASE = "\x1b[{}A", "\x1b[2K"


class ColumnPrinter:
    """Prints one tab.

    Live, the lines of the present system are drawn over with each call. A system that would touch the right edge goes
    on in a block of lines of its own below, from its last bar line on.
    """

    def __init__(self, stream: TextIO, tuning: Tuning, *, live: bool, width: int) -> None:
        """Print nothing yet.

        Args:
            stream: where to.
            tuning: of systems that do not start with a tuning word.
            live: whether `stream` is a terminal that knows ANSI cursor movement.
            width: characters in its line; only read when live.
        """
        self._stream, self._live, self._width = stream, live, width
        self._labels = tuning.labels
        self._columns: list[str] = []  # of the present block of lines
        self._open = False  # whether a system is being written
        self._blocks = self._drawn = 0  # blocks of lines before the present one, and its lines that are drawn

    @classmethod
    def to(cls, stream: TextIO, tuning: Tuning) -> ColumnPrinter:
        """Live where the stream is a terminal."""
        live = stream.isatty() and os.environ.get("TERM") != "dumb"
        return cls(stream, tuning, live=live, width=shutil.get_terminal_size().columns)

    def begin(self, words: Iterable[str]) -> None:
        """Print what is written already, such as the words of a prompt; none of them opens a system.

        A last system stays open, with `<END>` or without: that is where generating goes on.
        """
        found = list(words)
        self.write(found[:-1] if found[-1:] == [END] else found or [BAR * len(self._labels)])

    def write(self, words: Iterable[str]) -> None:
        """Print columns, bar lines, `<END>`, and tuning words with the bar line that follows them.

        Raises:
            TabError: a system that starts with neither a tuning word nor a bar line, or a column of other strings.
        """
        for word in words:
            if word == END:
                self._end_system()
            elif self._open:
                if len(word) != len(self._labels):
                    raise TabError(f"column {word!r} of a tab of {len(self._labels)} strings")
                self._columns.append(word)
                if self._live and len(self._columns) > self._room:
                    self._wrap()
            elif is_bar_line(word):
                self._open = True
            else:
                self._labels = split_labels(word)
        if self._live and self._open:
            self._draw()

    def close(self) -> None:
        """Print what is left of a system that is not full."""
        if self._open:
            self._end_system()

    @property
    def _room(self) -> int:
        """Columns that fit between a label with its bar line and the right edge, which stays free."""
        return max(room(self._labels, self._width - 1), _LEAST_ROOM)

    def _end_system(self) -> None:
        self._end_block()
        self._open = False

    def _wrap(self) -> None:
        """Move the bar that does not fit into a new block; of a bar wider than the line, its last column."""
        ends = bar_ends(self._columns)
        last = line_starts([end - start for start, end in itertools.pairwise([0, *ends])], self._room)[-1]
        cut = ends[last - 1] if last else len(self._columns) - 1
        rest = self._columns[cut:]
        del self._columns[cut:]
        self._end_block()
        self._columns = rest

    def _end_block(self) -> None:
        self._draw()
        self._columns, self._drawn = [], 0
        self._blocks += 1

    def _draw(self) -> None:
        """Print the present block, over itself where it stands already; the cursor is left below it."""
        rows = ["".join(row) for row in zip(*self._columns, strict=True)] or [""] * len(self._labels)
        text = print_rows(self._labels, rows) + "\n"
        if self._drawn:
            text = _UP.format(self._drawn) + "".join(f"{_ERASE}{line}\n" for line in text.splitlines())
        elif self._blocks:
            text = "\n" + text
        self._drawn = len(self._labels)
        self._stream.write(text)
        self._stream.flush()
