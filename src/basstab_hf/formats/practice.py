"""A tab as one self-contained practice page: the player of our pages with the tab in it, and the tab as text.

Input: a `Tab`. Output: .html that needs nothing but a browser: practice.html.jinja, the files of `playable.web_files`,
practice.css and practice.js put together with what is played as JSON. Reading it back goes through the text in it
(`formats.text`).
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

from basstab_hf import files
from basstab_hf.formats.playable import part, playable, web_files
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.text import printed
from basstab_hf.recognise.encodings import MAX_BYTES
from basstab_hf.tab.values import Tab

#: What could end a <script>, or change how it is read (HTML standard, "Restrictions for contents of script elements").
_IN_SCRIPT = re.compile("<(?=!--|/?script)", re.IGNORECASE)


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write a .html file; returns what the engraved tab could not tell as it stands.

    Raises:
        InputError: the tab is no score (see `score.to_score`).
    """
    play = playable(tab, settings)
    html = _html(tab, settings, play)
    files.write_text(path, html, force=force)
    told = (
        () if len(html.encode()) <= MAX_BYTES else ("the page is too long to be read back: keep the tab as .txt, too",)
    )
    return (*play["remarks"], *told)


def to_html(tab: Tab, settings: WriteSettings) -> str:
    """The page; everything that comes from the tab is escaped."""
    return _html(tab, settings, playable(tab, settings))


def _html(tab: Tab, settings: WriteSettings, play: dict[str, Any]) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    player = web_files()
    return environment.from_string(part("practice.html.jinja")).render(
        title=play["title"] or "Bass tab",
        artist=play["artist"],
        tempo=play["tempo"],
        bars=len(play["tabBars"]),
        tuning=" ".join(reversed(play["strings"])),
        text=printed(tab, None, settings.time, settings.marks).text,
        data=_IN_SCRIPT.sub(r"\\u003c", json.dumps(play, separators=(",", ":"))),
        style=player["player.css"] + part("practice.css"),
        script=player["plucked.js"] + player["player.js"] + part("practice.js"),
    )
