"""`basstab generate`: write new tabs, or go on with a tab."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from basstab_hf.commands.arguments import NO_STYLE, flag_bass_track, flag_model, flags_writing, positive
from basstab_hf.commands.output import say
from basstab_hf.commands.sheets import charted, hand_over_sheets, refuse_beside
from basstab_hf.commands.tabs import (
    check_out,
    draw_style,
    hand_over,
    open_composer,
    read_prompt,
    request_of,
    take_over_style,
    tell,
)
from basstab_hf.commands.verb import Verb
from basstab_hf.errors import InputError
from basstab_hf.printing.words import counted

if TYPE_CHECKING:
    from basstab_hf.generate import Composer, Request
    from basstab_hf.tab.values import Tab


#: Notes in a row that tabs may have from songs they are to be like, where nothing else is asked for.
MAX_COPY = 16


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab generate`."""
    flag_model(parser, "model", nargs="?")
    parser.add_argument("--prompt", metavar="FILE", help="a file with a tab to continue, or - for standard input")
    flag_bass_track(parser)
    parser.add_argument(
        "--chart", metavar="FILE", help="a chord chart (docs/charts.md): write the bass part of its whole song"
    )
    parser.add_argument("--song", metavar="N|TITLE", help="which song, where --chart holds several")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--bars", type=int, default=8, metavar="N", help="how many new bars to write")
    length.add_argument(
        "--systems", type=int, metavar="N", help="write N full lines of tab (systems), instead of a number of bars"
    )
    parser.add_argument("--num", type=positive, default=1, metavar="N", help="how many tabs to write")
    parser.add_argument(
        "--tuning",
        metavar="WORD",
        help="the open strings, the highest first, such as GDAE or GDAD; or a name, such as 'drop D'",
    )
    parser.add_argument(
        "--width",
        type=int,
        metavar="N",
        help="how many columns a bar has (default: as in the prompt, else as the model learnt)",
    )
    parser.add_argument(
        "--feel",
        type=float,
        default=1.0,
        metavar="F",
        help="how closely to follow the prompt: 0 not at all, 1 as usual, 3 closely",
    )
    parser.add_argument(
        "--like",
        nargs="+",
        metavar="TABS",
        help="write as these songs go, without training: files or folders of tabs, or a dataset; "
        f"with --max-copy {MAX_COPY} unless another number is asked for",
    )
    parser.add_argument("--stream", action="store_true", help="print each column as soon as it is written")
    flags_writing(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab generate`."""
    check_out(options, options.num, "--num")
    if options.chart:
        _whole_form(options)
        return
    prompt = read_prompt(options, options.prompt) if options.prompt else None
    composer = open_composer(options)
    told = _take_after(options, composer, prompt)
    if prompt is None and not options.like:
        told += draw_style(options, composer)
    if prompt is None and options.style not in (None, NO_STYLE):
        told += take_over_style(options)
    request = request_of(
        options,
        composer,
        prompt=prompt,
        tuning=options.tuning,
        bars=options.bars,
        systems=options.systems,
        width=options.width,
        feel=options.feel,
    )
    for remark in told:  # now that nothing is wrong with what is asked for
        say(f"basstab: {remark}")
    if options.stream:
        _stream(options, composer, request)
    else:
        whole = options.systems is not None  # so many systems were asked for, as the model writes them
        hand_over(
            options, composer.write(request, options.num), None if whole else len(prompt.systems) if prompt else 0
        )


def _take_after(options: argparse.Namespace, composer: Composer, prompt: Tab | None) -> list[str]:
    """Let the songs of --like hold, and tuning and width of most of them unless something says others.

    Returns:
        what is to be told.
    """
    if not options.like:
        return []
    from basstab_hf.generate.like import Like
    from basstab_hf.generate.like_songs import read_songs
    from basstab_hf.tab.tuning import STANDARD, Tuning

    songs = read_songs(options.like)
    told = []
    asked = prompt.systems[-1].tuning if prompt else Tuning.parse(options.tuning) if options.tuning else None
    tuning = asked or songs.usual_tuning(composer.model) or STANDARD
    if asked is None and tuning != STANDARD:
        options.tuning = tuning.word
        told.append(f"in {tuning}, as most of the songs are")
    if prompt is None and not options.chart and options.width is options.style is options.metre is None:
        options.width = songs.usual_width
        if options.columns_per_beat is None:
            options.columns_per_beat = songs.usual_grid
            told.append(f"{options.columns_per_beat:g} columns a beat, as most of the songs seem to have")
    if options.max_copy is None and not options.stream:
        options.max_copy = MAX_COPY
    composer.like = Like(songs, composer.model, tuning)
    return [f"like {counted(len(songs.tabs), 'song')}", *told, *composer.like.told]


def _whole_form(options: argparse.Namespace) -> None:
    """Write the part of a chart."""
    from basstab_hf.commands.chart import read_file

    if options.stream:
        raise InputError(
            "--stream prints columns as they are made, --chart lines with sections and chords: leave one out"
        )
    beside = ("prompt", "chords", "systems", "width", "metre", "columns_per_beat")
    refuse_beside(options, "--chart", *beside)
    chart = read_file(options.chart, options.song)
    for remark in chart.remarks:
        say(f"basstab: {options.chart}: {remark}")
    composer = open_composer(options)
    for remark in _take_after(options, composer, None):
        say(f"basstab: {remark}")
    hand_over_sheets(options, composer, charted(options, composer, chart), options.num)


def _stream(options: argparse.Namespace, composer: Composer, request: Request) -> None:
    """Print columns as they are made."""
    from basstab_hf.tab.column_printer import ColumnPrinter
    from basstab_hf.tab.tuning import STANDARD

    if options.json:
        raise InputError("--stream prints columns as they are made, --json all at once: leave one of them out")
    if options.best_of > 1 or options.max_copy is not None:
        again = "--best-of" if options.best_of > 1 else "--max-copy"
        raise InputError(f"--stream prints columns as they are made, {again} writes tabs again: leave one of them out")
    tuning = request.prompt.systems[-1].tuning if request.prompt else request.tuning or STANDARD
    tabs = composer.write(request, options.num, lambda words: printer.write(words))
    for number in range(options.num):
        print(end="\n" if number else "")
        printer = ColumnPrinter.to(sys.stdout, tuning)
        written = next(tabs)
        printer.close()
        tell(options, written)


VERB = Verb(
    about="write new tabs, or go on with a tab",
    example="basstab generate --style rock --bars 8 --out riff.txt riff.mid",
    group="write and play",
    order=10,
    add_flags=add_flags,
    run=run,
)
