"""One model for everybody who looks at the page: one tab at a time, told as it grows; who comes meanwhile waits.

Input: requests. Output: `Written` tabs, and sentences about them. No threads of its own: a server that has some calls
from several, a browser's worker from its only one.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from basstab_hf.errors import InputError
from basstab_hf.generate import Composer, Request, Written
from basstab_hf.generate.steering import learnt_words
from basstab_hf.tab.columns import END
from basstab_hf.tab.layout import in_even_lines
from basstab_hf.tab.values import Tab

#: Seconds between two looks at a tab in the making.
FRAME = 0.08
#: Is told a tab in the making.
Growing = Callable[[Tab], None]
#: Is told how many of how many are done.
Progress = Callable[[int, int], None]
# What `Candidates.notes` says, and what the page does.
_NOTES = (
    (r"bars that are there already, as all of (\d+) drawn: .*", r"Nothing new came in \1 tries: turn boldness up."),
    (r"bars that are there already, drawn again (.*)", r"Drawn again \1: it was like bars that are there already."),
    (
        r"(\d+) notes in a row from .*, drawn again (.*)",
        r"Drawn again \2: as many as \1 notes in a row were those of one tune that the model learnt.",
    ),
    (
        r"(\d+) notes in a row from .*, the fewest of (\d+) drawn",
        r"\1 notes in a row are those of one tune that the model learnt, the fewest in \2 tries.",
    ),
)


class Studio:
    """A model whose engine serves one tab at a time."""

    def __init__(self, model: str | os.PathLike[str] | None = None) -> None:
        """Open a model folder, or the id of a model on the Hub; None is the model that comes with the package.

        Raises:
            InputError: no model folder, or one that cannot be used.
            HubError: no such model on the Hub, or the Hub cannot be reached.
        """
        self._composer = Composer(model)
        # An engine keeps what it read: nobody may come in between.
        self._alone = Lock()
        self.name = "shipped" if model is None else str(model)
        self.metrics = self._composer.model.metrics
        self.usual_width = self._composer.model.usual_width
        self.learnt = learnt_words(self.metrics)
        self.fills_in = self._composer.model.fills_in

    def write(
        self, request: Request, growing: Growing | None = None, progress: Progress | None = None, kept: int = 0
    ) -> Written:
        """Write a tab.

        Args:
            request: what to write; of the best of several, or where copies are refused, nobody sees it grow.
            growing: is told the tab as it grows, some twelve times a second; what it raises stops the writing.
            progress: is told how many candidates of how many are drawn; what it raises stops the writing, too.
            kept: systems of the prompt that stay as they are.

        Raises:
            BasstabError: what `Composer.write` raises.
        """
        one = request.best_of == 1 and request.guards.max_copy is None
        heard = _Heard(growing, kept) if one and growing else None
        with self._alone, self._telling(None if one else progress):
            return next(self._composer.write(request, 1, heard))

    def rewrite(
        self, tab: Tab, first: int, last: int, request: Request, count: int, progress: Progress | None = None
    ) -> list[Written]:
        """Tabs with other bars from number `first` to number `last`; `progress` is told of each that is done.

        Raises:
            BasstabError: what `Composer.infill` raises.
        """
        found: list[Written] = []
        with self._alone:
            for written in self._composer.infill(tab, first, last, request, count):
                found.append(written)
                if progress:
                    progress(len(found), count)
        return found

    def originality(self, tab: Tab) -> str:
        """How much of a tab its model knows from the tunes that it learnt from, in words."""
        try:
            with self._alone:
                match = self._composer.originality(tab)
        except InputError:
            return "Whether this is new cannot be told: the model came without the tunes that it learnt from."
        if not match.longest_match:
            return "Not one step from note to note is that of a tune that the model learnt."
        text = f"At most {match.longest_match} notes in a row are those of a tune that the model learnt, in any key."
        if math.isnan(match.originality):
            return text
        return f"{text} {match.originality:.0%} of the runs of nine notes are in none of these tunes."

    @contextmanager
    def _telling(self, progress: Progress | None) -> Iterator[None]:
        self._composer.progress = progress
        try:
            yield
        finally:
            self._composer.progress = None


def notes_of(written: Written) -> list[str]:
    """What was drawn again and why, as sentences."""
    return [_sentence(re.sub(r"^tab \d+: ", "", note)) for note in written.notes]


class _Heard:
    """Shows a tab in the making from time to time, as far as it is one."""

    def __init__(self, growing: Growing, kept: int) -> None:
        self._growing, self._kept = growing, kept
        self._words: list[str] = []
        self._next = time.monotonic()

    def __call__(self, words: Sequence[str]) -> None:
        self._words += words
        if time.monotonic() < self._next:
            return
        if end := _printable(self._words):
            self._growing(in_even_lines(Tab.from_words(self._words[:end]), self._kept))
            self._next = time.monotonic() + FRAME


def _printable(words: Sequence[str]) -> int:
    """How many words are a tab: no system ends with its tuning word."""
    end = len(words)
    while end and (words[end - 1] == END or (end > 1 and words[end - 2] == END) or end == 1):
        end -= 1
    return end


def _sentence(note: str) -> str:
    for pattern, said in _NOTES:
        if match := re.fullmatch(pattern, note):
            return match.expand(said)
    return f"{note[:1].upper()}{note[1:]}."
