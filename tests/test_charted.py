"""The part of a whole form: sections, chords and endings of a chart, written by a model and printed as a sheet."""

import json
from pathlib import Path

import pytest

from basstab_hf import formats
from basstab_hf.chart.bars import sounding
from basstab_hf.chart.reading import read_chart
from basstab_hf.cli import main
from basstab_hf.composer.style import in_time, style
from basstab_hf.composer.style import names as style_names
from basstab_hf.errors import InputError
from basstab_hf.generate import Composer
from basstab_hf.generate.charted import Charted, ask_chart
from basstab_hf.tab.timing import stroke_bars
from basstab_hf.tokenizer.control_table import style_meant

SONG = """
Title: Low Tide
Tempo: 92

[Verse]
| Am7 | D9 | Gmaj7 | % |

[Chorus]
|: C | D | Bm7 Em | Am . . D :|

[Verse]

[Outro]
| Am7 D9 | N.C. | G |
"""


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer()


def asked(composer: Composer, text: str, **more: object) -> Charted:
    return ask_chart(composer.model.metrics, read_chart(text), composer.model.usual_width, seed=5, **more)


def test_a_part_has_the_bars_the_basses_and_the_sections_of_its_chart(composer: Composer) -> None:
    made = asked(composer, SONG, style="disco")
    right = count = 0
    for written in composer.write(made.request, 3):
        sheet = made.sheet(written.tab)
        assert len(sheet.tab.bars) == len(made.chart.bars) == 19
        assert [marks.section for marks in sheet.marks if marks.section] == ["Verse", "Chorus", "Verse", "Outro"]
        assert sum(len(marks.chords) for marks in sheet.marks) == sum(len(bar.chords) for bar in made.chart.bars)
        bars = [bar for system in stroke_bars(sheet.tab, (), made.request.music.columns_per_beat) for bar in system]
        assert not bars[17].strokes  # N.C.
        for bar, chords in zip(bars, sounding(made.request.music.chords), strict=True):
            for placed in chords:
                at = [stroke for stroke in bar.strokes if stroke.column == placed.place * bar.width]
                for stroke in at:
                    if placed.chord and stroke.fret is not None:
                        pitch = sheet.tab.tuning.pitches[stroke.string - 1] + stroke.fret
                        right, count = right + (pitch % 12 == placed.chord.bass), count + 1
    assert right >= 0.9 * count >= 30


def test_a_seed_repeats_a_part_and_another_one_does_not(composer: Composer) -> None:
    made = asked(composer, SONG)
    first, second = ([one.tab for one in composer.write(made.request, 2)] for _ in range(2))
    assert first == second
    assert first[0] != first[1]


@pytest.mark.parametrize("time", ["4/4", "3/4", "6/8", "7/8", "5/4", "12/8", "2/2", "2/4"])
def test_charts_of_any_time_are_written(composer: Composer, time: str) -> None:
    made = asked(composer, f"Time: {time}\n| Am | F | C | G |", style="rock" if time == "7/8" else None)
    (written,) = composer.write(made.request, 1)
    beats, unit = map(int, time.split("/"))
    widths = {len(bar) // 2 * 2 for bar in written.tab.bars}
    assert widths == {int(made.request.music.columns_per_beat * beats * 4 / unit)}


def test_every_style_is_cut_to_any_time() -> None:
    for name in style_names():
        for time in ((3, 4), (6, 8), (7, 8), (5, 4), (12, 8), (9, 8), (2, 4)):
            cut = in_time(style(name), *time)
            assert cut.time_signature == f"{time[0]}/{time[1]}"
            assert {len(cell) % cut.steps for cell in cut.cells.things} == {0}
            assert all(len(fill) <= cut.steps for fill in cut.fills.things)
            assert cut.columns % cut.steps == 0


def test_sections_have_styles_and_densities_of_their_own(composer: Composer) -> None:
    text = "[Verse, style=ska]\n| Am | F | C | G |\n[Chorus, style=rock, density=high]\n| Am | F | C | G |"
    made = asked(composer, text)
    assert made.request.form is not None
    assert [section.style.name for section in made.request.form.sections] == ["ska", "rock"]
    with pytest.raises(InputError, match="section Verse: no style 'zydeco': there are ballad"):
        asked(composer, text.replace("ska", "zydeco"))
    with pytest.raises(InputError, match="section Verse: density 'huge': choose low, medium, high"):
        asked(composer, text.replace("style=ska", "density=huge"))
    with pytest.raises(InputError, match="section Verse: blues has 12 steps a bar, rock 16"):
        asked(composer, text.replace("ska", "blues"), style="rock")


def test_names_of_styles_that_people_use_are_understood() -> None:
    assert style_meant("soul") == "motown"
    assert style_meant("Medium Swing") == "walking"
    assert style_meant("bossa nova") == "bossa"
    assert style_meant("rock") == "rock"
    assert style_meant("zydeco") == "zydeco"


def test_the_command_writes_a_chart_into_files_that_say_its_sections(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song, out = tmp_path / "song.cho", tmp_path / "part.gp5"
    song.write_text("{title: Low Tide}\n{start_of_grid}\n| Am7 . . . | D9 . G . |\n{end_of_grid}\n")
    assert main(["generate", "--chart", str(song), "--style", "soul", "--seed", "1", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert "Title: Low Tide" in printed.out
    assert "tempo 110, as the style motown has it" in printed.err
    (track,) = formats.read_tracks(out.read_bytes(), str(out), ".gp5").tracks
    assert [chord.name for marks in track.marks for chord in marks.chords] == ["Am7", "D9", "G"]
    assert main(["generate", "--chart", str(song), "--json", "--seed", "1", "--num", "2"]) == 0
    assert len(json.loads(capsys.readouterr().out)["tabs"]) == 2


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--chords", "Am"], "--chart says what --chords would"),
        (["--prompt", "x.txt"], "--chart says what --prompt would"),
        (["--width", "17"], "--chart says what --width would"),
    ],
)
def test_flags_that_a_chart_leaves_no_room_for_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], told: str
) -> None:
    song = tmp_path / "song.txt"
    song.write_text("| Am | F |")
    assert main(["generate", "--chart", str(song), *flags]) == 1
    assert told in capsys.readouterr().err
