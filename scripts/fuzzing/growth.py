"""Inputs whose time grows faster than their length, by chance: a piece of an input that is in order, many times."""

from __future__ import annotations

import io
import logging
import random
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias
from xml.etree import ElementTree

import mido

from basstab_hf.errors import BasstabError
from fuzzing import seeds
from fuzzing.targets import read_chart, read_song, read_tab
from tests import gpif

_ATOMS = (
    *(
        "G",
        "D",
        "A",
        "E",
        "|",
        "||",
        "-",
        "--",
        "---",
        "5",
        "12",
        " ",
        "  ",
        "\n",
        "\n\n",
        ":",
        "*",
        "x",
        "h",
        "p",
        "/",
    ),
    *(
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        "&",
        ";",
        "=",
        "+",
        "~",
        ".",
        ",",
        '"',
        "'",
        "\\",
        "\\n",
        "#",
        "b",
        "Bass",
        "Verse",
    ),
    *("<div>", "</div>", "<pre>", "</pre>", "<br>", "<!--", "-->", "<td>", "</td>", "<table>", "<span class='a'>"),
    *(
        "js-store",
        "[tab]",
        "[/tab]",
        "x2",
        "4/4",
        "Am",
        "e",
        "1 e & a",
        "tuning:",
        "Guitar",
        "\t",
        "é",
        "—",
        "│",
        "\x1b[",
    ),
    *("G|--5--|", "G|", "D|-", "E|---0---|\n", "G|-5-\nD|---\nA|---\nE|---\n", "&amp;", "&lt;", "0-0", "11", "{", "}"),
)
#: A piece so many times -> an input. `str` tells what it is.
Grown: TypeAlias = Callable[[int], bytes]
#: CPU seconds: of the short one, where clocks tell something; of the long one, where it is looked at no further.
_TELLING, _ENOUGH = 0.15, 6.0
_MOST_TIMES, _MOST_BYTES = 1 << 17, 1_500_000
#: How many times as long four times as much may take (exponent 1.3): caches and garbage make long ones longer, too.
_FAIR = 6.0


def look(seconds: float, seed: int) -> None:
    """Print what takes much more than four times as long when it is four times as much."""
    chance, end = random.Random(seed), time.monotonic() + seconds  # noqa: S311
    tried, slow = 0, set()
    logging.disable(logging.CRITICAL)
    while time.monotonic() < end:
        name, make, read = _drawn(chance)
        tried += 1
        if found := _grows(make, read):
            told = f"{name}: {found}"
            if told.partition(" x")[0] not in slow:
                slow.add(told.partition(" x")[0])
                print(told, flush=True)
    print(f"{tried:,} patterns")


def _grows(make: Grown, read: Callable[[bytes], object]) -> str:
    """How much longer four times as much takes, where that is unfair; "" elsewhere."""
    times = 16
    while times < _MOST_TIMES:
        short = _seconds(make, read, times)
        if short is None or len(make(times)) > _MOST_BYTES:
            return ""
        if short > _TELLING:
            break
        times *= 4
    else:
        return ""
    if short > _ENOUGH:
        return f"{short:.1f} s for {times} times, {len(make(times)):,} bytes"
    long = _seconds(make, read, 4 * times)
    if long is None or long < _FAIR * short:
        return ""
    again = _seconds(make, read, times) or short  # a busy machine makes times longer, not shorter
    return f"{4 * times} times, {len(make(4 * times)):,} bytes: {long:.2f} s x{long / min(short, again):.1f}" * (
        long > _FAIR * max(short, again)
    )


def _seconds(make: Grown, read: Callable[[bytes], object], times: int) -> float | None:
    content = make(times)
    start = time.process_time()
    try:
        read(content)
    except BasstabError as error:
        if "limit" in str(error) or "up to" in str(error) or "at most" in str(error) or "too" in str(error):
            return None
    return time.process_time() - start


# What is drawn


def _drawn(chance: random.Random) -> tuple[str, Grown, Callable[[bytes], object]]:
    kind, make = chance.choice(_KINDS)
    name, grown = make(chance)
    return f"{kind} {name}", grown, partial(_read, kind)


def _read(kind: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        if kind == "chart":
            read_chart(content, Path(folder))
        elif kind.startswith("song"):
            read_song(kind.removeprefix("song"), content, Path(folder))
        else:
            read_tab(kind, content, Path(folder))


def _atoms(chance: random.Random) -> tuple[str, Grown]:
    before = "".join(chance.choices(_ATOMS, k=chance.randint(0, 3)))
    piece = "".join(chance.choices(_ATOMS, k=chance.randint(1, 5)))
    return f"{before!r} {piece!r}", lambda times: (before + piece * times).encode()


def _spans(contents: Callable[[], list[bytes]]) -> Callable[[random.Random], tuple[str, Grown]]:
    """A part of a text, again and again."""

    def make(chance: random.Random) -> tuple[str, Grown]:
        content = chance.choice(contents())
        begin = chance.randrange(len(content))
        end = begin + chance.choice((1, 3, 8, 20, 60))
        piece = content[begin:end]
        return repr(piece), lambda times: content[:end] + piece * times + content[end:]

    return make


def _elements(
    contents: Callable[[], list[bytes]], wrap: Callable[[bytes], bytes]
) -> Callable[[random.Random], tuple[str, Grown]]:
    """An element of XML, or some in a row, again and again."""

    def make(chance: random.Random) -> tuple[str, Grown]:
        root = ElementTree.fromstring(chance.choice(contents()))  # noqa: S314  # our own
        parent = chance.choice([one for one in root.iter() if len(one)])
        place = chance.randrange(len(parent))
        some = list(parent)[place : place + chance.choice((1, 1, 2, 3))]

        def grown(times: int) -> bytes:
            parent[:] = [*before[:place], *some * times, *before[place:]]
            return wrap(ElementTree.tostring(root))

        before = [deepcopy(one) for one in parent]
        return f"{parent.tag} {[one.tag for one in some]}", grown

    return make


def _events(chance: random.Random) -> tuple[str, Grown]:
    """Events of a track of MIDI, or tracks, again and again."""
    file = mido.MidiFile(file=io.BytesIO(chance.choice(seeds.midi())))
    track = chance.choice(file.tracks)
    place = chance.randrange(len(track))
    some = [
        one.copy(time=one.time * chance.choice((0, 1, 1, 40)))
        for one in track[place : place + chance.choice((1, 2, 4))]
    ]

    def grown(times: int) -> bytes:
        track[:] = [*before[:place], *some * times, *before[place:]]
        out = io.BytesIO()
        file.save(file=out)
        return out.getvalue()

    before = list(track)
    return f"{[str(one) for one in some]}", grown


def _kinds() -> Iterator[tuple[str, Callable[[random.Random], tuple[str, Grown]]]]:
    yield from [(".txt", _atoms)] * 4
    yield ".txt", _spans(seeds.texts)
    yield "chart", _spans(lambda: list(seeds.CHARTS))
    yield ".alphatex", _spans(partial(seeds.written, ".alphatex"))
    for kind in ("", "song"):
        yield f"{kind}.musicxml", _elements(seeds.musicxml, lambda xml: xml)
        yield f"{kind}.gp", _elements(seeds.gpif_xml, gpif.gp)
        yield f"{kind}.mid", _events


_KINDS = tuple(_kinds())
