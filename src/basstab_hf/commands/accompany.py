"""`basstab accompany`: write a bass part for a song."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_model, flags_writing
from basstab_hf.commands.output import print_json, say, show
from basstab_hf.commands.sheets import asked_of, settings_of
from basstab_hf.commands.tabs import check_out, open_composer, write_files
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab accompany`."""
    parser.add_argument(
        "song", metavar="SONG", help="a song with guitars, keys or drums: .gp3 .gp4 .gp5 .gp .gpx .mid .musicxml .mxl"
    )
    parser.add_argument(
        "--replace", action="store_true", help="put the part in the place of the song's bass, instead of beside it"
    )
    parser.add_argument(
        "--no-lock", action="store_true", help="keep the rhythm of the style: do not move notes to the kick drum"
    )
    parser.add_argument(
        "--tuning", metavar="WORD", help="the open strings, the highest first (default: what goes with the song)"
    )
    flag_model(parser, "--model")
    flags_writing(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab accompany`."""
    from dataclasses import replace

    from basstab_hf import files
    from basstab_hf.commands.sheets import refuse_beside
    from basstab_hf.formats.text import printed
    from basstab_hf.generate.accompany import ask_song, track_of
    from basstab_hf.listen.hear import hear
    from basstab_hf.listen.read import read_song
    from basstab_hf.listen.write import with_bass

    refuse_beside(options, "accompany", "chords", "metre", "columns_per_beat")
    check_out(options, 1, "accompany")
    content = files.read_bytes(options.song)
    heard = hear(read_song(options.song))
    composer = open_composer(options)
    made = ask_song(
        composer.model.metrics, heard, composer.model.usual_width, lock=not options.no_lock, **asked_of(options)
    )
    for remark in made.remarks:
        say(f"basstab: {options.song}: {remark}")
    (written,) = composer.write(made.request, 1)
    track = track_of(made, heard, written.tab)
    sound = replace(settings_of(options, made), time=track.time, marks=track.marks)
    text = printed(track.tab, options.text_width, sound.time, track.marks).text
    if options.json:
        print_json({"tabs": [text], "notes": [list(written.notes)]})
    else:
        show(text, end="")
    for note in written.notes:
        say(f"basstab: {note}")
    for path in options.out:
        if _holds_song(options.song, path):
            remarks = with_bass(content, options.song, track, path, replace=options.replace, force=options.force)
            for remark in (f"the song with its {'new ' if options.replace else ''}bass", *remarks):
                say(f"basstab: {path}: {remark}")
        else:
            write_files(options, track.tab, [path], sound, "")
            say(f"basstab: {path}: the bass alone")


def _holds_song(song: str, path: str) -> bool:
    """Whether a file that is written is of the song's own kind: then it holds the whole song."""
    from pathlib import Path

    from basstab_hf.listen.write import own_kinds

    return Path(path).suffix.lower() in own_kinds(song)


VERB = Verb(
    about="write a bass part for a song",
    example="basstab accompany song.gp5 --style rock --out with_bass.gp5 part.txt",
    group="write and play",
    order=11,
    add_flags=add_flags,
    run=run,
)
