"""How wide a bar is that control words ask for; travels with models as remote code.

Input: control words. Output: columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from basstab_hf.tokenizer.control_table import WIDTHS
from basstab_hf.tokenizer.control_words import control_word


def asked_width(words: Sequence[str], usual: int | None) -> int | None:
    """Columns in a bar of the metre that is asked for, or of the style's; `usual` without one.

    As in `tab.timing`, an odd usual width means that bars start with a column of padding. The package alone knows the
    widths of styles: where this code travelled without it they are None, and the first bar that is written decides.
    """
    if not usual:
        return usual
    for metre, sixteenths in WIDTHS.items():
        if control_word("metre", metre) in words:
            return sixteenths + usual % 2
    try:
        from basstab_hf.generate.steering import asked_style
    except ImportError:
        return None if any(word.startswith("<style:") for word in words) else usual
    style = asked_style(words)
    return usual if style is None else style.columns + usual % 2
