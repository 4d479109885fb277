"""A tab as one self-contained practice page: the player of our pages with the tab in it, and the tab as text.

Input: a `Tab`. Output: .html that needs nothing but a browser: practice.html.jinja, the files of `playable.web_files`,
practice.css and practice.js put together with what is played as JSON. Reading it back goes through the text in it
(`formats.text`).
"""

from __future__ import annotations

import json
import os
from typing import Any

from basstab_hf import files
from basstab_hf.formats.playable import part, playable, web_files
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.text import printed
from basstab_hf.tab.values import Tab


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write a .html file; returns what the engraved tab could not tell as it stands.

    Raises:
        InputError: the tab is no score (see `score.to_score`).
    """
    play = playable(tab, settings)
    files.write_text(path, _html(tab, settings, play), force=force)
    return tuple(play["remarks"])


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
        # Inside <script> only a "<" could end it.
        data=json.dumps(play, separators=(",", ":")).replace("<", "\\u003c"),
        style=player["player.css"] + part("practice.css"),
        script=player["plucked.js"] + player["player.js"] + part("practice.js"),
    )
