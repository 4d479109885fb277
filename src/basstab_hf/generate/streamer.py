"""Tabs as transformers' `generate` writes them: printed column by column, or handed to a loop.

    model.generate(**inputs, streamer=TabStreamer(tokenizer))

Input: token ids, as `generate` tells them. Output: column words on a stream, or in an iterator.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from queue import Queue
from typing import Any, TextIO

from transformers.generation.streamers import BaseStreamer

from basstab_hf.errors import InputError, TabError
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.tab.column_printer import ColumnPrinter
from basstab_hf.tab.tuning import STANDARD
from basstab_hf.tokenizer.control_words import RESERVED


class _Words(BaseStreamer):  # type: ignore[misc]  # transformers is untyped here
    """Ids -> whole column words, as soon as they are whole; without reserved words."""

    def __init__(self, tokenizer: Any) -> None:
        """Take the tokenizer of the model, of our class or the stock one."""
        self._backend = tokenizer.backend_tokenizer
        self._whole = Vocabulary.of(self._backend.get_vocab()).words
        self._spelt: list[int] = []  # ids of a word that may not be whole yet

    def put(self, value: Any) -> None:
        """Take the prompt's ids, [1, tokens], or the next one's, [1].

        Raises:
            InputError: more than one tab at a time.
        """
        if value.dim() > 1 and len(value) > 1:
            raise InputError(f"{len(value)} tabs are written at a time: stream one")
        words: list[str] = []
        for token in value.flatten().tolist():
            word = self._whole[token]
            if word is None and self._backend.id_to_token(token) not in RESERVED:
                self._spelt.append(token)
                continue
            words += [*self._spelt_words(), *(word or "").split()]
        if words:
            self.tell(words)

    def end(self) -> None:
        """Take that nothing follows."""
        if words := self._spelt_words():
            self.tell(words)
        self.finish()

    def tell(self, words: list[str]) -> None:
        """Take words: bar lines, tuning words and `<END>` are such, too."""
        raise NotImplementedError

    def finish(self) -> None:
        """Take that these were all."""
        raise NotImplementedError

    def _spelt_words(self) -> list[str]:
        words: list[str] = self._backend.decode(self._spelt, skip_special_tokens=False).split()
        self._spelt = []
        return words


class TabStreamer(_Words):
    """Prints a tab, prompt included, while it is written: see `ColumnPrinter`.

    Printing stops where a model that writes without the grammar writes what is no tab.
    """

    def __init__(self, tokenizer: Any, stream: TextIO | None = None) -> None:
        """Print to `stream`; None is standard output."""
        super().__init__(tokenizer)
        self._stream = stream
        self._printer: ColumnPrinter | None = None
        self._broken = False

    def tell(self, words: list[str]) -> None:
        """Print words."""
        if self._printer is None:
            self._printer = ColumnPrinter.to(self._stream or sys.stdout, STANDARD)
        try:
            if not self._broken:
                self._printer.write(words)
        except TabError:
            self._broken = True

    def finish(self) -> None:
        """Print what is left, and be ready for the next tab."""
        if self._printer:
            self._printer.close()
        self._printer, self._broken = None, False


class TabIterator(_Words):
    """Yields lists of column words as they are made, those of the prompt first; `generate` runs in another thread."""

    def __init__(self, tokenizer: Any, timeout: float | None = None) -> None:
        """Wait at most `timeout` seconds for a word; None: for ever.

        Raises:
            queue.Empty: while iterating, when that time is over.
        """
        super().__init__(tokenizer)
        self._queue: Queue[list[str] | None] = Queue()
        self._timeout = timeout

    def tell(self, words: list[str]) -> None:
        """Hand words over."""
        self._queue.put(words)

    def finish(self) -> None:
        """Hand over that nothing follows."""
        self._queue.put(None)

    def __iter__(self) -> Iterator[list[str]]:
        while (words := self._queue.get(timeout=self._timeout)) is not None:
            yield words
