"""`basstab chart`: show what is understood of a chord chart."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from basstab_hf.commands.arguments import flag_json
from basstab_hf.commands.output import print_json, say, show
from basstab_hf.commands.verb import Verb

if TYPE_CHECKING:
    from basstab_hf.chart.values import Chart


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab chart`."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a chart: plain text, ChordPro, or a link or page of iReal Pro; -: standard input; or a song (.gp5 .mid "
        ".musicxml ...), of which the chords are heard",
    )
    parser.add_argument("--song", metavar="N|TITLE", help="which song of several, by its number or title")
    parser.add_argument(
        "--transpose", type=int, default=0, metavar="N", help="print the chords N semitones higher, or lower: -2"
    )
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab chart`."""
    from basstab_hf.chart.rendering import render
    from basstab_hf.chart.transposing import transposed

    chart = transposed(read_file(options.file, options.song), options.transpose)
    for remark in chart.remarks:
        say(f"basstab: {'standard input' if options.file == '-' else options.file}: {remark}")
    if options.json:
        print_json(_to_json(chart))
    else:
        show(render(chart), end="")


def read_file(path: str, song: str | None = None) -> Chart:
    """The chart in a file, or in standard input: -; of a song with its parts, what is heard in it.

    Raises:
        InputError: it holds none.
    """
    from basstab_hf.chart.reading import MOST_CHARACTERS, read_chart
    from basstab_hf.errors import InputError
    from basstab_hf.files import read_bytes
    from basstab_hf.formats.table import Kind, readable
    from basstab_hf.listen.hear import hear
    from basstab_hf.listen.read import read_song
    from basstab_hf.listen.values import SUFFIXES
    from basstab_hf.recognise import decode

    if path.casefold().endswith(SUFFIXES):
        return hear(read_song(path)).chart
    if path.casefold().endswith(readable(Kind.NOTATION)):
        raise InputError(f"{path} is a tab, no chart and no song with chords: charts are text, ChordPro or iReal Pro")
    name = "standard input" if path == "-" else path
    most = 4 * MOST_CHARACTERS
    content = sys.stdin.buffer.read(most + 1) if path == "-" else read_bytes(path, most)
    return read_chart(decode(content, name), name, song)


def _to_json(chart: Chart) -> dict[str, Any]:
    from basstab_hf.chart.rendering import bar_words

    return {
        "title": chart.title,
        "artist": chart.artist,
        "key": chart.key,
        "tempo": chart.tempo,
        "time": f"{chart.time[0]}/{chart.time[1]}",
        "style": chart.style,
        "sections": [
            {
                "name": section.name,
                "style": section.style,
                "density": section.density,
                "bars": [
                    {
                        "text": bar_words(bar, chart.time[0]),
                        "chords": [{"place": str(chord.place), "name": chord.name} for chord in bar.chords],
                    }
                    for bar in section.bars
                ],
            }
            for section in chart.sections
        ],
        "remarks": list(chart.remarks),
    }


VERB = Verb(
    about="show what is understood of a chord chart, or heard in a song",
    example="basstab chart song.cho",
    group="charts, tabs and songs",
    order=22,
    add_flags=add_flags,
    run=run,
)
