"""One model for everybody who looks at the page: tabs as they grow, rewritten bars, what is copied.

Input: requests. Output: frames of a tab in the making, `Written` tabs, and sentences about them.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event

from basstab_hf.errors import InputError
from basstab_hf.generate import Composer, Request, Written
from basstab_hf.generate.steering import learnt_words
from basstab_hf.tab.columns import END
from basstab_hf.tab.layout import in_even_lines
from basstab_hf.tab.values import Tab

#: Seconds between two frames, and how many there are for what is written at once: eight bars of the shipped model take
#: 20 ms, which no eye could follow.
FRAME, FRAMES = 0.04, 30
#: Columns in a bar of 4/4 with its bar line.
USUAL_BAR = 18


@dataclass(frozen=True, slots=True)
class Frame:
    """A tab in the making; the last one has how it came about."""

    tab: Tab
    written: Written | None = None


class Studio:
    """A model whose engine serves one tab at a time; who comes meanwhile waits."""

    def __init__(self, model: str | os.PathLike[str] | None = None) -> None:
        """Open a model folder, or the id of a model on the Hub; None is the model that comes with the package.

        Raises:
            InputError: no model folder, or one that cannot be used.
            HubError: no such model on the Hub, or the Hub cannot be reached.
        """
        self._composer = Composer(model)
        # An engine keeps what it read: a single worker lets nobody in between.
        self._worker = ThreadPoolExecutor(1, "composer")
        self.metrics = self._composer.model.metrics
        self.learnt = learnt_words(self.metrics)
        self.fills_in = self._composer.model.fills_in

    def write(self, request: Request) -> Iterator[Frame]:
        """Write a tab, and show it growing; who stops listening stops the writing.

        Raises:
            BasstabError: what `Composer.write` raises.
        """
        told: SimpleQueue[list[str]] = SimpleQueue()
        stopped = Event()

        def listen(words: list[str]) -> None:
            if stopped.is_set():
                raise _StoppedError
            told.put(words)

        heard = None if request.best_of > 1 or request.guards.max_copy is not None else listen
        future = self._worker.submit(lambda: next(self._composer.write(request, 1, heard)))
        words: list[str] = []
        shown = len(request.prompt.words) if request.prompt else 2
        step = math.ceil(request.bars * USUAL_BAR / FRAMES)
        try:
            while not future.done() or shown < len(future.result().tab.words):
                words = list(future.result().tab.words) if future.done() else [*words, *_waiting(told)]
                if words:
                    shown = _printable(words, shown + step)
                    yield Frame(in_even_lines(Tab.from_words(words[:shown])))
                time.sleep(FRAME)
            written = future.result()
            yield Frame(in_even_lines(written.tab), written)
        finally:
            stopped.set()

    def write_at_once(self, request: Request) -> Written:
        """Write a tab that nobody watches.

        Raises:
            BasstabError: what `Composer.write` raises.
        """
        return self._worker.submit(lambda: next(self._composer.write(request))).result()

    def rewrite(self, tab: Tab, first: int, last: int, request: Request, count: int) -> list[Written]:
        """Tabs with other bars from number `first` to number `last`.

        Raises:
            BasstabError: what `Composer.infill` raises.
        """
        return self._worker.submit(lambda: list(self._composer.infill(tab, first, last, request, count))).result()

    def originality(self, tab: Tab) -> str:
        """How much of a tab its model knows from the tunes that it learnt from, in words."""
        try:
            match = self._worker.submit(self._composer.originality, tab).result()
        except InputError:
            return "Whether this is new cannot be told: the model came without the tunes that it learnt from."
        if not match.longest_match:
            return "Not one step from note to note is that of a tune that the model learnt."
        text = f"At most {match.longest_match} notes in a row are those of a tune that the model learnt, in any key."
        if math.isnan(match.originality):
            return text
        return f"{text} {match.originality:.0%} of the runs of nine notes are in none of these tunes."


class _StoppedError(Exception):
    """Nobody listens any more."""


def _waiting(told: SimpleQueue[list[str]]) -> list[str]:
    """All words that wait, without waiting for more."""
    words: list[str] = []
    while True:
        try:
            words += told.get_nowait()
        except Empty:
            return words


def _printable(words: Sequence[str], end: int) -> int:
    """The first place from `end` on up to which words are a tab: not between `<END>`, tuning word and bar line."""
    end = min(end, len(words))
    while end < len(words) and (words[end - 1] == END or words[end - 2] == END):
        end += 1
    return end
