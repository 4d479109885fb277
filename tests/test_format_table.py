"""The one table of formats: what help texts, convert, build, scraper and demo say they read and write."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from basstab_hf import formats
from basstab_hf.commands.parser import parser
from basstab_hf.dataset import pieces, sources
from basstab_hf.errors import InputError
from basstab_hf.formats.table import FORMATS, Format, Kind, readable, reader_of, writable, writer_of
from basstab_hf.formats.tones import TONES
from basstab_hf.page.facts import facts
from basstab_hf.tab.values import Tab
from tests import gpif
from tests.conftest import riff

_SUFFIX = re.compile(r"(?<![\w/])\.[a-z]\w*\b")


def _help(verb: str, argument: str) -> str:
    verbs = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    (found,) = (one.help for one in verbs[verb]._actions if argument in (one.metavar, *one.option_strings))
    return found


@pytest.mark.parametrize(
    ("verb", "argument", "suffixes"),
    [
        ("convert", "IN", readable()),
        ("build", "SOURCE", readable()),
        ("convert", "OUT", writable()),
        ("generate", "--out", writable()),
        ("infill", "--out", writable()),
    ],
)
def test_help_names_what_is_in_the_table(verb: str, argument: str, suffixes: tuple[str, ...]) -> None:
    assert tuple(_SUFFIX.findall(_help(verb, argument))) == suffixes


def test_the_documentation_names_what_is_in_the_table() -> None:
    text = (Path(__file__).parent.parent / "docs" / "exports.md").read_text()
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    named = {suffix for row in rows for suffix in _SUFFIX.findall(row)}
    assert named == {*readable(), *writable()}


def test_a_suffix_has_one_reader_and_one_writer() -> None:
    for suffixes in (readable(), writable()):
        assert len(set(suffixes)) == len(suffixes)
    assert set(writable(usual=True)) <= set(writable())
    offered = {each["suffix"] for each in facts("a model", {}, rewrites=False)["files"]}
    assert offered == set(writable(usual=True, here=True))


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_modules_have_what_their_row_says(row: Format) -> None:
    assert bool(row.reads) == bool(row.reader)
    assert bool(row.writes) == bool(row.writer)
    if row.reader:
        read = import_module(f"basstab_hf.formats.{row.reader}").read_tracks
        assert list(inspect.signature(read).parameters) == ["content", "name"]
    if row.writer:
        write = import_module(f"basstab_hf.formats.{row.writer}").write
        assert list(inspect.signature(write).parameters) == ["tab", "path", "settings", "force"]


def _files(folder: Path) -> dict[str, Path]:
    """The same riff in a file of every suffix that is read, written by us where we write its format."""
    found = {}
    for suffix, pack in ((".gp", gpif.gp), (".gpx", gpif.gpx)):  # which we do not write
        found[suffix] = folder / f"riff{suffix}"
        found[suffix].write_bytes(pack(gpif.score(gpif.Track([gpif.RIFF]))))
    for row in FORMATS:
        if row.reads and row.writes:
            written = folder / f"as{row.writes[0]}"
            formats.write(Tab.parse(riff(1)), written, force=True)
            for suffix in row.reads:
                found[suffix] = folder / f"riff{suffix}"
                if suffix in (".gp3", ".gp4"):
                    _as_guitar_pro(written, found[suffix])
                else:
                    found[suffix].write_bytes(written.read_bytes())
            written.unlink()
    return found


def _as_guitar_pro(five: Path, path: Path) -> None:
    import guitarpro

    version = {".gp3": (3, 0, 0), ".gp4": (4, 0, 6)}[path.suffix]
    guitarpro.write(guitarpro.parse(str(five)), str(path), version=version)


def test_build_reads_what_convert_reads(tmp_path: Path) -> None:
    """Every suffix: found in a folder and by its name, with the notes that convert finds."""
    made = _files(tmp_path)
    assert set(made) == set(readable())
    in_folder = {Path(item.source).suffix: item for item in sources.items(str(tmp_path))}
    assert set(in_folder) == set(readable())
    for suffix, path in made.items():
        (alone,) = sources.items(str(path))
        assert alone.content == in_folder[suffix].content
        (piece,) = pieces.read(alone)
        assert piece.tab.systems == formats.read(path).systems, suffix


@pytest.mark.parametrize("suffix", [*sorted({*writable()} - {*readable()}), ".doc", ".jsonl", ""])
def test_what_convert_does_not_read_build_does_not_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"riff{suffix}"
    path.write_text(riff(1))
    for read in (formats.read, lambda path: [*sources.items(str(path))]):
        with pytest.raises(InputError, match=r"can be read from files ending in \.txt"):
            read(path)
    with pytest.raises(InputError, match=r"neither pages\.jsonl nor files ending in"):
        [*sources.items(str(tmp_path))]


@pytest.mark.parametrize("suffix", [suffix for suffix in readable() if reader_of(f"a{suffix}").kind is Kind.NOTATION])
def test_what_cannot_be_read_is_counted_by_reason(suffix: str) -> None:
    (refusal,) = pieces.read(sources.Page("a", b"\0no notes", suffix=suffix))
    assert refusal.reason == f"unreadable {suffix} file"


def test_basses_that_cannot_be_written_are_counted_with_the_reason() -> None:
    text = '\\track "Bass" \\tuning (G2 D2 A1 E1) 0.4 3.4 | \\track "Bass 2" \\tuning (G2 D2 A1 E1) 99.4 |'
    refused, kept = pieces.read(sources.Page("a", text.encode(), suffix=".atex"))
    assert refused.reason == "broken frets (> 24)"
    assert [note for note in kept.tab.systems[0].lines[3] if note.isdigit()] == ["0", "3"]
    (nothing,) = pieces.read(sources.Page("a", b"\\tuning (E4 B3 G3 D3 A2 E2) 0.1 |", suffix=".atex"))
    assert nothing.reason == "no bass track"


def test_names_and_suffixes_are_found_whatever_their_case() -> None:
    assert reader_of("A/SONG.GP5") is writer_of("b.gp5")


def test_looking_something_up_loads_no_reader() -> None:
    """The command line asks the table for its help texts."""
    program = """
import sys
from basstab_hf.commands.parser import parser
parser().format_help()
print(sorted({name.partition(".")[0] for name in sys.modules} & {"numpy", "mido", "guitarpro", "selectolax", "PIL"}))
print(sorted(name for name in sys.modules if name.startswith("basstab_hf.formats.")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n['basstab_hf.formats.table', 'basstab_hf.formats.tones']\n"


def test_tones_of_the_command_line_are_those_of_the_settings() -> None:
    assert tuple(formats.WriteSettings(tone=tone).program for tone in TONES) == (33, 34, 36, 35)
