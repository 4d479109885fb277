"""`basstab recognise`: find the bass tabs in text and HTML files."""

from __future__ import annotations

import argparse
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from basstab_hf.commands.arguments import flag_jobs, flag_json
from basstab_hf.commands.output import print_json, show
from basstab_hf.commands.verb import Verb

if TYPE_CHECKING:
    from basstab_hf.recognise import Recognition


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab recognise`."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="text and HTML files")
    how = parser.add_mutually_exclusive_group()
    flag_json(how)
    how.add_argument(
        "--explain", action="store_true", help="print the file with marks at what is a tab, and why the rest is none"
    )
    parser.add_argument(
        "--all-instruments", action="store_true", help="keep tabs for guitar and other instruments, too"
    )
    flag_jobs(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab recognise`."""
    from concurrent.futures import ProcessPoolExecutor

    from basstab_hf.recognise import explain

    read = partial(_recognise_file, all_instruments=options.all_instruments)
    answers = []
    with ProcessPoolExecutor(options.jobs) if options.jobs > 1 else contextlib.nullcontext() as pool:
        recognitions = pool.map(read, options.paths, chunksize=8) if pool else map(read, options.paths)
        for path, (text, recognition) in zip(options.paths, recognitions, strict=True):
            if options.json:
                answers.append({"path": path, **recognition.to_json()})
            elif options.explain:
                print(explain(text, recognition))
            elif recognition.systems:
                show(recognition.tab.text, end="\n\n")
    if options.json:
        print_json({"files": answers})


def _recognise_file(path: str, *, all_instruments: bool) -> tuple[str, Recognition]:
    from basstab_hf.files import read_bytes
    from basstab_hf.recognise import decode, recognise_tabs
    from basstab_hf.recognise.encodings import MAX_BYTES

    text = decode(read_bytes(path, MAX_BYTES), path)
    return text, recognise_tabs(text, all_instruments=all_instruments)


VERB = Verb(
    about="find the bass tabs in text and HTML files",
    example="basstab recognise page.html",
    group="charts, tabs and songs",
    order=23,
    add_flags=add_flags,
    run=run,
)
