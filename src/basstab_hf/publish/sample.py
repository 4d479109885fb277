"""A model's first tab as a picture and a sound, so that its card shows what it writes.

Input: the tab on its card. Output: `sample.png` and `sample.mp3`, or why there is none.
"""

from __future__ import annotations

from pathlib import Path

from basstab_hf import formats
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.formats import WriteSettings, guess_columns_per_beat
from basstab_hf.tab.layout import in_even_lines
from basstab_hf.tab.values import Tab

PICTURE, SOUND = "sample.png", "sample.mp3"


def write_sample(tab: Tab, folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Draw and play a tab into a folder.

    Returns:
        files by name; and by name why one was not made: what writes it is not installed, or the tab is too long.
    """
    made, missing = {}, {}
    settings = WriteSettings(columns_per_beat=guess_columns_per_beat(tab).columns_per_beat)
    for name in (PICTURE, SOUND):
        try:
            formats.write(in_even_lines(tab), folder / name, settings)
            made[name] = folder / name
        except (MissingExtraError, InputError) as error:
            missing[name] = str(error)
    return made, missing
