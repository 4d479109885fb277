"""`basstab convert`: turn a tab into another format, sound or a picture."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_bass_track, flags_sound, in_formats, out_formats
from basstab_hf.commands.tabs import read_chosen, sound_of, told_time, write_files
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab convert`."""
    parser.add_argument(
        "source",
        metavar="IN",
        help=f"the file to read: {in_formats()}; - for text from standard input",
    )
    parser.add_argument("target", metavar="OUT", help=f"the file to write; its ending says how: {out_formats()}")
    parser.add_argument("--force", action="store_true", help="replace a file that exists already")
    flag_bass_track(parser, several="each, with its number in the name of OUT")
    flags_sound(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab convert`."""
    from dataclasses import replace

    from basstab_hf import formats
    from basstab_hf.formats.tracks import ALL, numbered

    formats.check_writable(options.target)
    for track in read_chosen(options.source, options.track):
        target = numbered(options.target, track.number) if options.track == ALL else options.target
        sound = sound_of(options, track.tempo, track.columns_per_beat)
        sound = replace(sound, time=told_time(options, track.time), marks=track.marks)
        guess = f"{track.guess} (sure to {track.confidence:.2f})" if track.guess else ""
        write_files(options, track.tab, [target], sound, guess)


VERB = Verb(
    about="turn a tab into another format, sound or a picture",
    example="basstab convert tab.txt tab.wav --tempo 120",
    group="charts, tabs and songs",
    order=20,
    add_flags=add_flags,
    run=run,
)
