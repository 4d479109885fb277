"""How the time of recognition and of the readers grows with hostile input: the exponent of each pattern.

    scripts/bench_growth.py [PATTERN ...]

Each pattern is tried at sizes that double until it takes a second of CPU or is refused; the exponent is that of the
last doubling (1: linear, 2: quadratic), or "refused" with what the user reads.
"""

from __future__ import annotations

import argparse
import io
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import mido

from basstab_hf import formats
from basstab_hf.chart.reading import read_chart
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import BasstabError
from basstab_hf.formats import alphatex_read, midi, musicxml_read, practice
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.recognise import recognise_tabs
from basstab_hf.settings import read_yaml
from basstab_hf.tab.values import Tab

Work: TypeAlias = Callable[[], object]
_LONGEST, _SHORTEST = 0.8, 0.05  # CPU seconds: where doubling ends, and below which clocks say nothing
_MOST = 1 << 20  # pieces

#: What stands first on a page, and what comes again and again.
TEXTS = {
    "bars without a blank": ("", ">1|"),
    "numbers without a blank": ("--[", '"10",'),
    "negative numbers": ("", "-0.25,"),
    "a table of numbers": ("", "|1|2"),
    "dots": ("", "1.."),
    "labels": ("", "G D A E "),
    "labels without a blank": ("", "G|1"),
    "frets with blanks": ("", "-5 "),
    "tabs side by side": ("", "G|--5--|  "),
    "short systems": ("", "G|-\nD|-\nA|-\nE|-\n"),
    "open tags": ("", "<div>"),
    "tags closed by others": ("", "<div></x>"),
    "tags closed out of a table": ("", "<div><table></div></table>"),
    "a store among open tags": ("js-store", "<div>"),
    "many stores": ("", '<div class="js-store'),
    "a deep store": ('<div class="js-store" data-content="', "["),
    "open comments": ("", "<br><!--"),
    "entities": ("<pre>", "&amp"),
    "escapes": ("", "\x1b]0;"),
    "line ends as text": ("", "G|--\\n"),
    "headings": ("", "[Verse]\n"),
    "counts": ("", "x2 "),
    "systems under words": ("the bass plays on " * 2000 + "\n", "G|--5--|  "),
    "systems under blanks": (" " * 50_000 + "\n", "G|--5--|  "),
    "systems under a row of names": ("[Verse] " * 5000 + "\n", "G|--5--|  "),
    "strings under prose": ("the bass is cool\n\n", "E|--5--|\nsome\n"),
    "words between systems": ("", "E|--5--| bass riff here "),
    "a system whose newlines are lost": ("", "G|--5--|  D|--5--|  A|--5--|  E|--5--|  "),
    "systems of four": ("[Verse]\n\n", "G|--5--|\nD|-----|\nA|-----|\nE|-----|\n\n"),
    "a lone label": ("", "D|-"),
}


def _midi(tracks: Iterable[Iterable[tuple[str, int]]]) -> bytes:
    """A file with a bass on each track; its events are kinds and ticks."""
    file = mido.MidiFile()
    for events in tracks:
        track = mido.MidiTrack([mido.Message("program_change", program=33)])
        track += [mido.Message(kind, note=40, velocity=90, time=ticks) for kind, ticks in events]
        file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _stroke(before: int) -> list[tuple[str, int]]:
    return [("note_on", before), ("note_off", 240)]


def _reads(content: bytes, reader: Callable[[bytes, str], object]) -> Work:
    return lambda: reader(content, "the file")


def _xml(content: str) -> Work:
    return _reads(f"<score-partwise>{content}</score-partwise>".encode(), musicxml_read.read_tracks)


def _bars(bars: int) -> Work:
    """A system of so many bars in one line: its rhythm, and the notation of it."""
    text = "1 e & a\n" + "\n".join(f"{label}|{'--5-|' * bars}" for label in "GDAE")

    def work() -> None:
        from basstab_hf.formats.score import to_score

        (track,) = formats.read_tracks(text.encode(), "the file", ".txt").tracks
        to_score(track.tab, WriteSettings(marks=track.marks, time=track.time))

    return work


def _rows(rows: int) -> Work:
    """A dataset of equal rows, read."""
    import pyarrow as pa
    from pyarrow import parquet

    folder = Path(tempfile.mkdtemp())
    (folder / "data").mkdir()
    equal = pa.DictionaryArray.from_arrays(pa.array([0]).take(pa.array([0] * rows)), ["GDAE |||| 5--- ||||"])
    parquet.write_table(pa.table({"columns": equal}), folder / "data" / "train-0.parquet")

    def work() -> None:
        try:
            load_texts(str(folder), "train")
        finally:
            shutil.rmtree(folder)

    return work


def _yaml(text: str) -> Work:
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
        file.write(text)

    def work() -> None:
        try:
            read_yaml(file.name)
        finally:
            Path(file.name).unlink(missing_ok=True)

    return work


def _page(bars: int) -> Work:
    lines = zip("GDAE", ["--------", "--5---7-", "5---7---", "--------"], strict=True)
    system = "\n".join(f"{label}|{(line + '|') * 4}" for label, line in lines)
    tab, settings = Tab.parse("\n\n".join([system] * max(bars // 4, 1))), WriteSettings()
    return lambda: practice.to_html(tab, settings)


#: What a size makes of a file, prepared; to read it is what is measured.
FILES: dict[str, Callable[[int], Work]] = {
    "MIDI, tracks of one note": lambda n: _reads(_midi(_stroke(480 * i) for i in range(n)), midi.read_tracks),
    "MIDI, eight long tracks": lambda n: _reads(_midi([_stroke(240) * n] * 8), midi.read_tracks),
    "MIDI, tracks that take turns": lambda n: _reads(
        _midi(_stroke(480 * i) + _stroke(480 * 8 - 240) * n for i in range(8)), midi.read_tracks
    ),
    "MIDI, stacked notes": lambda n: _reads(_midi([[("note_on", 0)] * n + [("note_off", 1)] * n]), midi.read_tracks),
    "MusicXML, empty parts": lambda n: _xml('<part id="p"/>' * n),
    "MusicXML, empty bars": lambda n: _xml(f'<part id="p">{"<measure/>" * n}</part>'),
    "AlphaTex, bars": lambda n: _reads(b". " + b"3.4.4 | " * n, alphatex_read.read_tracks),
    "practice page, bars": _page,
    "bars in one line, as notation": _bars,
    "dataset, equal rows": _rows,
    "YAML, open brackets": lambda n: _yaml("[" * n),
    "YAML, aliases of aliases": lambda n: _yaml(
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, n))
    ),
    "YAML, settings": lambda n: _yaml("".join(f"k{i}: 1\n" for i in range(n))),
    "chart, bars": lambda n: lambda: read_chart("| Am . F . " * n + "|"),
    "AlphaTex, notes of a chord": lambda n: _reads(b". (" + b"3.4 " * n + b").4", alphatex_read.read_tracks),
}


def _recognises(before: str, piece: str) -> Callable[[int], Work]:
    return lambda size: lambda: recognise_tabs(before + piece * size)


def _tries(make: Callable[[int], Work]) -> Iterator[tuple[int, float, str]]:
    """Size, CPU seconds, and what is told where it is refused."""
    size = 64
    while size <= _MOST:
        work, told = make(size), ""
        start = time.process_time()
        try:
            work()
        except BasstabError as error:
            told = str(error)
        seconds = time.process_time() - start
        yield size, seconds, told
        if told or seconds > _LONGEST:
            return
        size *= 2


def main() -> None:
    """Print a line a pattern."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    makers = {name: _recognises(*pattern) for name, pattern in TEXTS.items()} | FILES
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="only these")
    for name in parser.parse_args().patterns or makers:
        tries = list(_tries(makers[name]))
        before, last = tries[max(len(tries) - 2, 0)], tries[-1]
        grown = math.log2(last[1] / before[1]) if before[1] > _SHORTEST else 0.0
        exponent = "refused" if last[2] else f"{grown:.2f}" if grown else "too short"
        longest = max(seconds for _, seconds, _ in tries)
        print(f"{name:32} {exponent:>9} {last[0]:>9,} pieces {longest:6.2f} s  {last[2]}", flush=True)


if __name__ == "__main__":
    main()
