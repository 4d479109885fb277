"""The command that shows what is here in a browser: demo."""

from __future__ import annotations

import argparse
import os
import sys

from basstab_hf.commands.output import say


def demo(options: argparse.Namespace) -> None:
    """`basstab demo`: a page until Ctrl+C, which is how it ends, not how it fails."""
    from basstab_hf.demo.app import serve

    try:
        serve(options.model, port=options.port, browse=_browses() if options.open is None else options.open, tell=_tell)
    except KeyboardInterrupt:
        say("basstab: the page is closed")


def _tell(url: str) -> None:
    print(url, flush=True)
    say("basstab: open this address in a browser; Ctrl+C ends it")


def _browses() -> bool:
    """Whether a person sits at a screen here: a browser in a terminal would take the terminal."""
    screen = sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return sys.stdout.isatty() and screen
