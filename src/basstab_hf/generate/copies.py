"""What a tab has from the tunes that its model learnt from.

Input: a model folder with `tunes.dat` (see `model.tunes`), and notes. Output: `Match`es.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from basstab_hf.metrics.copying import Library, Match
from basstab_hf.model.tunes import TUNES, read_tunes
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Note, Tab

_LOG = logging.getLogger(__name__)


class Copies:
    """The tunes of a model, ready to be compared with."""

    def __init__(self, folder: Path, songs: Sequence[bytes] = ()) -> None:
        """Read and index them: 50 ms for 3,000 tunes.

        Lines of intervals of other `songs` count as well, and alone, which is told, where the folder has no tunes.

        Raises:
            InputError: a model folder without its tunes and no songs, or with a file that cannot be read.
        """
        lines = list(songs)
        if lines and not (folder / TUNES).is_file():
            _LOG.warning("%s has no %s: only copies of the songs are found", folder, TUNES)
        else:
            lines += read_tunes(folder)
        self._library = Library(lines)

    def of_tab(self, tab: Tab) -> Match:
        """What a whole tab has from the tunes."""
        return self._library.match(timed_notes(tab))

    def longest(self, before: Sequence[str], new: Sequence[str]) -> int:
        """How many notes the longest run in `new` has that a tune has, too; what stands before does not matter."""
        return self._library.match(new_notes(before, new)).longest_match


def new_notes(before: Sequence[str], new: Sequence[str]) -> Sequence[Note]:
    """The notes of what was written behind `before`. A run that begins before counts from where the new part does."""
    known = len(timed_notes(Tab.from_words(before)))
    return timed_notes(Tab.from_words([*before, *new]))[known:]
