"""The same line for other hands: another tuning, key, position, another level of difficulty.

request     what may be asked for
piece       a track as notes in exact time, and back
retune      transposing, tunings, capo; what is out of reach
placing     pitches -> strings and frets, with the marks that still hold
difficulty  five levels, from first notes to more than was written
arranging   all of it, in order
"""

from __future__ import annotations

from basstab_hf.arrange.arranging import Arranged, arrange
from basstab_hf.arrange.request import Arrangement

__all__ = ["Arranged", "Arrangement", "arrange"]
