"""What programs that are not ours read in our files: alphaTab in Node, verovio, music21."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from basstab_hf import formats, web_parts
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.musicxml import to_musicxml
from basstab_hf.formats.score import to_score
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Tab
from tests.conftest import needs_npm, riff
from tests.test_alphatex import PEOPLE

READER = Path(__file__).parent / "node" / "read_scores.mjs"
TECHNIQUES = r"""
G|-----------------|-------------5/7-|-----------------|
D|---------9h11p9--|-<12>-----t5-----|----5~---7/-p5-/9|
A|-7/9-x-----------|-----(3)-2b--4~--|-2b------2\------|
E|-0---0---3-------|-5\--------------|-10==============|

G|-----------------|
D|---/4------------|
A|----------h7-----|
E|=====5-----------|
"""
FIVE = "G|-0---|\nD|-0---|\nA|-0---|\nE|-0---|\nB|-5x--|\n"
ODD = "G|-----|-----------------|---------|\nD|-----|-----------------|---------|\n" + (
    "A|---3-|-0-----5--5------|-----3---|\nE|-----|---------------3-|-0-------|\n"
)
#: Title and columns in a beat of each tab.
TABS = {
    "techniques": (TECHNIQUES, 4),
    "five": (FIVE, 4),
    "odd": (ODD, 4),
    "triplets": (ODD, 3),
    "riff": (riff(1), 4),
}
HOSTILE = '<&"\\ \tüЖ'


def tab(name: str) -> Tab:
    return Tab(Tab.parse(TABS[name][0]).systems, title=f"{name} {HOSTILE}", artist="'us'")


@pytest.fixture(scope="module")
def alphatab(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What alphaTab reads in every tab, by file name; Node starts once."""
    folder = tmp_path_factory.mktemp("alphatab")
    for name, (_, columns) in TABS.items():
        for suffix in (".alphatex", ".gp5"):
            settings = WriteSettings(tempo=93, columns_per_beat=columns, tone="slap")
            formats.write(tab(name), folder / f"{name}{suffix}", settings)
    (folder / "people.alphatex").write_text(PEOPLE)
    paths = sorted(folder.iterdir())
    command = ["node", READER, str(web_parts.node_modules()), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    return {path.name: found for path, found in zip(paths, json.loads(done.stdout), strict=True)}


@needs_npm
@pytest.mark.parametrize("suffix", [".alphatex", ".gp5"])
@pytest.mark.parametrize("name", TABS)
def test_alphatab_reads_every_note(alphatab: dict[str, Any], name: str, suffix: str) -> None:
    found = alphatab[name + suffix]
    assert "error" not in found
    assert found["title"] == f'{name} <&"\\ üЖ'
    assert (found["artist"], found["tempo"], found["program"]) == ("'us'", 93, 36)
    assert found["tuning"] == list(tab(name).tuning.pitches)
    score = to_score(tab(name), WriteSettings(columns_per_beat=TABS[name][1]))
    assert found["signatures"] == [[bar.numerator, bar.denominator] for bar in score.bars]
    assert found["filled"] == [float(bar.length) for bar in score.bars]
    wanted = sorted(
        (float(bar_start + place), note.string, note.fret or 0, note.tied)
        for bar_start, bar in zip(found["bars"], score.bars, strict=True)
        for place, beat in _places(bar)
        for note in beat.notes
    )
    read = sorted((note["start"], note["string"], note["fret"], note["tied"]) for note in found["notes"])
    assert [one[1:] for one in read] == [one[1:] for one in wanted]
    assert [one[0] for one in read] == pytest.approx([one[0] for one in wanted], abs=0.01)


def _places(bar: Any) -> list[tuple[Any, Any]]:
    place, found = 0, []
    for beat in bar.beats:
        found.append((place, beat))
        place += beat.value.length
    return found


@needs_npm
@pytest.mark.parametrize("suffix", [".alphatex", ".gp5"])
def test_alphatab_reads_the_techniques(alphatab: dict[str, Any], suffix: str) -> None:
    """Slides out: 2 legato, 3 up, 4 down; slides in: 1 from below; bends in quarter tones; harmonic 1: natural."""
    notes = [note for note in alphatab[f"techniques{suffix}"]["notes"] if not note["tied"]]
    of = {(note["start"], note["string"]): note for note in notes}
    assert of[0, 3]["slide_out"] == 2
    assert of[1, 3]["dead"]
    assert of[2, 2]["hammer"]
    assert not of[2, 2]["tied"]
    assert sum(note["hammer"] for note in alphatab[f"techniques{suffix}"]["notes"]) == 3
    assert of[4.25, 2]["harmonic"] == 1
    assert of[4, 4]["slide_out"] == 4
    assert of[5.25, 3]["ghost"]
    assert of[6, 3]["bend"] == 4
    assert of[6.5, 2]["tap"]
    assert of[7, 3]["vibrato"] == 1
    assert of[10, 2]["slide_out"] == 3
    assert of[10, 3]["slide_out"] == 4
    assert of[14.5, 3]["left_hand"] == (suffix == ".alphatex")  # Guitar Pro 5 has no hammer-on from nowhere
    assert of[11, 2]["slide_out"] == 2
    assert of[12.75, 2]["slide_in"] == 1


@needs_npm
def test_alphatab_reads_alphatex_of_people_as_we_do(alphatab: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "people.alphatex"
    path.write_text(PEOPLE)
    track = formats.read_track(path)
    ours = [
        (note.onset, note.string, note.fret)
        for note in timed_notes(track.tab, track.columns_per_beat, track.time.times)
    ]
    notes = [note for note in alphatab["people.alphatex"]["notes"] if not note["tied"]]
    theirs = sorted((note["start"], note["string"], note["fret"]) for note in notes)
    assert [one[1:] for one in ours] == [one[1:] for one in theirs]
    assert [one[0] for one in ours] == pytest.approx([one[0] for one in theirs], abs=0.01)


@pytest.mark.parametrize("name", TABS)
def test_verovio_draws_every_note(name: str) -> None:
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    settings = WriteSettings(columns_per_beat=TABS[name][1])
    toolkit = verovio.toolkit()
    assert toolkit.loadData(to_musicxml(tab(name), settings))
    drawn = "".join(toolkit.renderToSVG(page + 1) for page in range(toolkit.getPageCount()))
    notes = [note for bar in to_score(tab(name), settings).bars for beat in bar.beats for note in beat.notes]
    assert len(re.findall('class="note"', drawn)) == len(notes)
    frets = re.findall(r"<tspan[^>]*>(-?\d+)</tspan>", drawn)
    assert "-2147483647" not in frets


@pytest.mark.slow
@pytest.mark.parametrize("name", TABS)
def test_music21_reads_the_same_pitches_at_the_same_time(name: str, tmp_path: Path) -> None:
    from music21 import converter

    path = tmp_path / "tab.musicxml"
    settings = WriteSettings(columns_per_beat=TABS[name][1])
    formats.write(tab(name), path, settings)
    stream = converter.parse(path, forceSource=True)
    assert stream.metadata.title == f'{name} <&"\\ üЖ'
    read = [
        (float(found.getOffsetInHierarchy(stream)), pitch.midi)
        for found in stream.stripTies().recurse().notes
        for pitch in found.pitches
    ]
    wanted = sorted((note.onset, note.pitch) for note in timed_notes(tab(name), TABS[name][1]))
    assert [pitch for _, pitch in sorted(read)] == [pitch for _, pitch in wanted]


def test_zipped_musicxml_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tab.mxl"
    container = '<container><rootfiles><rootfile full-path="a/score.xml"/></rootfiles></container>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("a/score.xml", to_musicxml(tab("riff"), WriteSettings()))
    assert formats.read(path).title.startswith("riff")
