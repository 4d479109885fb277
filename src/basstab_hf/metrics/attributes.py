"""What a tab can be asked for, read off a tab: column text -> control words such as <density:low> and <key:Em>.

All but style and tempo, which only a row of a dataset tells, follows from the text alone, so that a piece that
augmentation has changed is described as it is now, and is the same however the bars are wrapped into systems. What each
control measures is said in `tokenizer.control_table`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from basstab_hf.metrics.bars import grid_bars
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Note, Tab
from basstab_hf.tokenizer.control_table import TABLE, Features
from basstab_hf.tokenizer.control_words import control_word

# Key profiles of Krumhansl and Kessler (1982), from C; the key is that whose profile correlates best with how long each
# pitch class sounds: the Krumhansl-Schmuckler algorithm (Krumhansl 1990).
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_PROFILES = np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)])


def control_words(text: str, style: str = "", tempo: float | None = None) -> tuple[str, ...]:
    """The control words of a piece in column text, in the order of the table; none of a tab without notes.

    Args:
        text: of the piece.
        style: as its row of a dataset tells it; "" where it does not.
        tempo: beats a minute, as its row tells; None where it does not.

    Raises:
        TabError: text that is no tab.
    """
    seen = features(Tab.from_words(text.split()), style, tempo)
    if seen is None:
        return ()
    return tuple(control_word(control.name, value) for control in TABLE for value in control.measure(seen))


def features(tab: Tab, style: str = "", tempo: float | None = None) -> Features | None:
    """What the measures of controls see of a tab and of its row; None without notes."""
    notes = timed_notes(tab, columns_per_beat=1)
    if not notes:
        return None
    return Features(notes, grid_bars(tab), tab.tuning.pitches[-1], _key_likeness(notes), style, tempo)


def _key_likeness(notes: Iterable[Note]) -> list[float]:
    """How well each key's profile correlates with the notes, -1 to 1; none of notes that sound all alike long."""
    sounding = np.zeros(12)
    for note in notes:
        if "dead note" not in note.techniques:
            sounding[note.pitch % 12] += note.duration
    if not np.ptp(sounding):
        return []
    likeness: list[float] = np.corrcoef(sounding, _PROFILES)[0, 1:].tolist()
    return likeness
