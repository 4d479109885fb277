"""`basstab demo`: write, see and hear tabs on a page in the browser."""

from __future__ import annotations

import argparse
import os
import sys

from basstab_hf.commands.arguments import flag_model, port
from basstab_hf.commands.output import say
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab demo`."""
    flag_model(parser, "model", nargs="?")
    parser.add_argument(
        "--port", type=port, metavar="N", help="the port of the page; 0: any (default: the first free one from 7860 on)"
    )
    parser.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        help="open the page in a browser, or do not (default: where there is a screen)",
    )
    parser.add_argument(
        "--mcp", action="store_true", help="offer tools to programs, too: an MCP server, whose address is printed"
    )


def run(options: argparse.Namespace) -> None:
    """`basstab demo`: a page until Ctrl+C, which is how it ends, not how it fails."""
    from basstab_hf.demo.app import serve

    try:
        browse = _browses() if options.open is None else options.open
        serve(options.model, port=options.port, browse=browse, mcp=options.mcp, tell=_tell)
    except KeyboardInterrupt:
        say("basstab: the page is closed")


def _tell(url: str) -> None:
    print(url, flush=True)
    what = "give this address to an MCP client" if url.endswith("/mcp/") else "open this address in a browser"
    say(f"basstab: {what}; Ctrl+C ends it")


def _browses() -> bool:
    """Whether a person sits at a screen here: a browser in a terminal would take the terminal."""
    screen = sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return sys.stdout.isatty() and screen


VERB = Verb(
    about="write, see and hear tabs on a page in the browser",
    example="basstab demo",
    group="write and play",
    order=14,
    add_flags=add_flags,
    run=run,
)
