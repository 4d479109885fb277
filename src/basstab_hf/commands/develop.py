"""`basstab develop`: go on with a riff over other chords, as the next section of its song."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_bass_track, flag_model, flags_writing, positive
from basstab_hf.commands.tabs import check_out, hand_over, open_composer, read_prompt, request_of
from basstab_hf.commands.verb import Verb
from basstab_hf.errors import InputError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab develop`."""
    parser.add_argument("riff", metavar="RIFF", help="a file with a riff, or - for standard input")
    flag_bass_track(parser)
    parser.add_argument("--bars", type=positive, default=8, metavar="N", help="how many bars the new section has")
    parser.add_argument("--num", type=positive, default=1, metavar="N", help="how many sections to write")
    parser.add_argument(
        "--feel",
        type=float,
        default=1.0,
        metavar="F",
        help="how closely to follow the riff: 1 as usual, 3 note for note",
    )
    flag_model(parser, "--model")
    flags_writing(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab develop`."""
    if not options.chords.strip():
        raise InputError('develop needs the chords of the new section: --chords "F G Am"')
    check_out(options, options.num, "--num")
    riff = read_prompt(options, options.riff)
    composer = open_composer(options)
    request = request_of(options, composer, prompt=riff, bars=options.bars, feel=options.feel)
    hand_over(options, composer.write(request, options.num), len(riff.systems))


VERB = Verb(
    about="go on with a riff over other chords, as the next section",
    example='basstab develop riff.txt --chords "F G Am Am" --bars 8',
    group="write and play",
    order=12,
    add_flags=add_flags,
    run=run,
)
