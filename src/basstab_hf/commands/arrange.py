"""`basstab arrange`: the same line in another tuning, key or position, easier or harder."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from basstab_hf.commands.arguments import flag_bass_track, flags_files, flags_sound, in_formats, out_formats
from basstab_hf.commands.output import print_json, say, show
from basstab_hf.commands.tabs import read_chosen, sound_of, told_time, write_files
from basstab_hf.commands.verb import Verb
from basstab_hf.errors import InputError

if TYPE_CHECKING:
    from basstab_hf.arrange import Arranged, Arrangement


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab arrange`."""
    parser.add_argument("tab", metavar="TAB", help=f"the file to read: {in_formats()}; - for text from standard input")
    flag_bass_track(parser)
    _flags_arrangement(parser)
    files = f"write the tab to these files instead of printing it; their endings say how: {out_formats()}"
    flags_sound(flags_files(parser, files))


def _flags_arrangement(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to change", "done in this order")
    group.add_argument(
        "--transpose", type=int, default=0, metavar="N", help="all notes and chords N semitones up; below 0: down"
    )
    group.add_argument(
        "--tuning",
        metavar="TUNING",
        help='another tuning of 4 to 6 strings, such as BEADG, "drop D", GDAE (top string first); '
        "what no string has goes up or down an octave, and is told",
    )
    group.add_argument(
        "--keep", choices=("pitches", "frets"), default="pitches", help="what a new --tuning leaves as it was"
    )
    group.add_argument(
        "--capo",
        type=int,
        default=0,
        metavar="N",
        help="write for a capo on fret N: the same pitches, frets from there",
    )
    group.add_argument(
        "--difficulty",
        type=int,
        metavar="1-5",
        help="make it easier (1 to 4) or harder (5); the first note of each bar stays: 1 for first lessons, 4 as it is",
    )
    group.add_argument(
        "--position",
        default="",
        metavar="low|middle|high|open|N",
        help="where the hand stays: low (fret 1), middle (5), high (9), at fret N, or open: wherever strings are open",
    )
    group.add_argument(
        "--left-handed", action="store_true", help="draw the neck on the practice page (.html) for left-handers"
    )


def run(options: argparse.Namespace) -> None:
    """`basstab arrange`."""
    from basstab_hf import formats
    from basstab_hf.arrange import arrange
    from basstab_hf.formats.tracks import ALL

    wanted = _wanted(options)
    for path in options.out:
        formats.check_writable(path)
    if options.track == ALL:
        raise InputError(f"--track {ALL} takes several tabs, one is needed: name its track")
    (track,) = read_chosen(options.tab, options.track)
    arranged = arrange(track, wanted)
    for remark in arranged.remarks:
        say(f"basstab: {remark}")
    if options.json:
        print_json({"tab": arranged.tab.text, "notes": list(arranged.remarks)})
    elif not options.out:
        show(arranged.tab.text)
    _write(options, arranged)


def _wanted(options: argparse.Namespace) -> Arrangement:
    """What the flags ask for.

    Raises:
        InputError: values out of range, flags that contradict each other, or that nothing shows.
    """
    from basstab_hf.arrange import Arrangement
    from basstab_hf.tab.tuning import Tuning

    if options.left_handed and not any(path.lower().endswith(".html") for path in options.out):
        raise InputError(
            "--left-handed draws the neck of a practice page, a tab is the same for both: add --out NAME.html"
        )
    return Arrangement(
        transpose=options.transpose,
        tuning=None if options.tuning is None else Tuning.parse(options.tuning),
        keep=options.keep,
        capo=options.capo,
        difficulty=options.difficulty,
        position=options.position,
    )


def _write(options: argparse.Namespace, arranged: Arranged) -> None:
    from dataclasses import replace

    track = arranged.track
    sound = sound_of(options, track.tempo, track.columns_per_beat)
    time = told_time(options, track.time)
    sound = replace(sound, time=time, marks=track.marks, left_handed=options.left_handed)
    guess = f"{track.guess} (sure to {track.confidence:.2f})" if track.guess else ""
    write_files(options, track.tab, options.out, sound, guess)


def _wrong_usage(options: argparse.Namespace) -> str:
    asked = (
        options.transpose,
        options.tuning,
        options.capo,
        options.difficulty is not None,
        options.position,
        options.left_handed,
    )
    if not any(asked):
        return "say what to change: --tuning, --transpose, --capo, --difficulty, --position or --left-handed"
    if options.keep == "frets" and options.tuning is None:
        return "--keep frets needs --tuning"
    return ""


VERB = Verb(
    about="play the same line in another tuning, key or position, easier or harder",
    example="basstab arrange riff.txt --tuning BEADG --position low --out riff5.txt",
    group="charts, tabs and songs",
    order=21,
    add_flags=add_flags,
    run=run,
    wrong_usage=_wrong_usage,
)
