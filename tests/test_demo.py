"""What the page of `basstab demo` says and does, without Gradio and browsers."""

import math
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from basstab_hf.demo.examples import EXAMPLES
from basstab_hf.demo.form import Form, read_tab, write_settings
from basstab_hf.demo.studio import Studio
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from basstab_hf import Tab, __version__, formats
from basstab_hf.chart.names import parse_chord, parse_key
from basstab_hf.cli import main
from basstab_hf.demo import form, results
from basstab_hf.demo.gradio_space import write_gradio_space
from basstab_hf.errors import BasstabError, InputError, MissingExtraError, OutputError
from basstab_hf.generate import Composer
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.publish.contents import kind_of
from basstab_hf.tab.layout import in_even_lines
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System
from tests.conftest import riff


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_examples_are_whole_bars_that_the_model_can_continue(example, studio: Studio) -> None:
    tab = read_tab(example.prompt)
    assert tab.text == example.prompt.rstrip()
    assert {len(bar) for bar in tab.bars} in ({17}, {13})
    parse_key(example.key)
    assert all(parse_chord(chord) for chord in example.chords.split())
    request = Form(example.prompt, example.key, example.chords, bars=2, tempo=example.tempo, seed=1).request({})
    *_, last = studio.write(request)
    assert last.written.tab.bars[:2] == tab.bars
    assert len(last.tab.bars) == 4


def test_fields_become_a_request(studio: Studio) -> None:
    fields = Form(riff(1), "Gb", "Am, F | C", 4, 0.5, 2, 7, 120, "", {"density": "low", "metre": ""}, 3, 12)
    request = fields.request(studio.metrics)
    assert request.prompt.bars == Tab.parse(riff(1)).bars
    assert (request.bars, request.seed, request.best_of, request.guards.max_copy) == (4, 7, 3, 12)
    assert request.asked == ("<density:low>", "<key:F#>", "<tempo:120-139>")
    assert (request.music.chords, request.music.difficulty, request.music.tempo) == (("Am F", "C"), 2, 120)
    empty = Form(seed=1, tuning="drop D").request({})
    assert (empty.prompt, empty.music.key, empty.music.difficulty) == (None, None, None)
    assert empty.tuning.word == "GDAD"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"prompt": "no tab at all"}, "holds no bass tab"),
        ({"prompt": "x" * (form.MAX_PROMPT + 1)}, "leave its beginning out"),
        ({"chords": "A " * form.MAX_CHORDS}, "they come round again"),
        ({"bars": 33}, "bars 33: choose 1 to 32"),
        ({"bars": 2.5}, "bars 2.5: write a whole number"),
        ({"bars": None}, "bars: write a number from 1 to 32"),
        ({"bars": True}, "bars: write a number"),
        ({"bars": "8"}, "bars: write a number"),
        ({"temperature": math.nan}, "how bold: write a number from 0 to 2"),
        ({"temperature": 9}, "how bold 9: choose 0 to 2"),
        ({"seed": -1}, "the seed -1"),
        ({"tempo": math.inf}, "tempo inf: choose 40 to 240"),
        ({"tuning": "EADX"}, "no bass tuning"),
        ({"difficulty": 7}, "difficulty 7: choose 1 to 5"),
        ({"best_of": 1000}, "the best of 1000"),
        ({"max_copy": 1}, "notes in a row 1"),
    ],
)
def test_wrong_fields_are_told_in_one_line(fields: dict, said: str) -> None:
    with pytest.raises(BasstabError, match=r"^[^\n]*$") as caught:
        Form(**{"seed": 1, **fields}).request({})
    assert said in str(caught.value)


def test_what_the_model_cannot_is_told(studio: Studio) -> None:
    for fields, said in (
        (Form(seed=1, key="H"), "key 'H'"),
        (Form(seed=1, chords="Am Hx"), "chords, line 1, column 4: 'Hx' is no chord"),
        (Form(seed=1, tuning="FCGDAEB"), "is no bass tuning"),
    ):
        with pytest.raises(BasstabError) as caught:
            list(studio.write(fields.request(studio.metrics)))
        assert said in str(caught.value)


def test_a_tab_grows_and_ends_as_the_composer_wrote_it(studio: Studio) -> None:
    frames = list(studio.write(Form(riff(2), bars=6, seed=3).request(studio.metrics)))
    texts = [frame.tab.text for frame in frames]
    assert len(texts) > 10
    assert [len(text) for text in texts] == sorted(len(text) for text in texts)
    assert texts[0].splitlines()[0].startswith(riff(2).splitlines()[0][:30])
    assert [frame.written is None for frame in frames] == [True] * (len(frames) - 1) + [False]
    assert frames[-1].tab.bars == frames[-1].written.tab.bars
    assert len(frames[-1].tab.bars) == 14
    again = list(studio.write(Form(riff(2), bars=6, seed=3).request(studio.metrics)))
    assert again[-1].tab == frames[-1].tab


def test_who_stops_listening_stops_the_writing(studio: Studio) -> None:
    frames = studio.write(Form(bars=32, seed=1).request(studio.metrics))
    next(frames)
    frames.close()
    assert list(studio.write(Form(bars=1, seed=1).request(studio.metrics)))[-1].written


def test_visitors_at_the_same_time_get_their_own_tabs(studio: Studio) -> None:
    requests = [Form(bars=4, seed=seed).request(studio.metrics) for seed in range(4)]
    with ThreadPoolExecutor(4) as visitors:
        together = list(visitors.map(lambda request: list(studio.write(request))[-1].tab, requests))
    composer = Composer()
    assert together == [in_even_lines(next(composer.write(request)).tab) for request in requests]


def test_best_of_and_copies_are_drawn_first_and_shown_then(studio: Studio) -> None:
    frames = list(studio.write(Form(bars=4, seed=5, best_of=2, max_copy=6).request(studio.metrics)))
    assert len(frames) > 10
    assert frames[-1].written.longest_match <= 6 or frames[-1].written.notes


def test_rewriting_changes_these_bars_alone(studio: Studio) -> None:
    tab = Tab.parse(riff(4))
    found = studio.rewrite(tab, 3, 4, Form(seed=1).request(studio.metrics), 2)
    assert len({written.tab for written in found}) == 2
    for written in found:
        assert written.tab.bars[:2] + written.tab.bars[4:] == tab.bars[:2] + tab.bars[4:]
        assert written.tab.bars[2:4] != tab.bars[2:4]
    with pytest.raises(InputError, match="bars 3-99"):
        studio.rewrite(tab, 3, 99, Form(seed=1).request(studio.metrics), 1)


def test_originality_is_told_in_words(studio: Studio, tmp_path: Path) -> None:
    assert "in any key" in studio.originality(Tab.parse(riff(4)))
    silence = Tab((System(Tuning.parse("GDAE"), ("-----",) * 4),))
    assert "Not one step" in studio.originality(silence)
    three = Tab((System(Tuning.parse("GDAE"), ("-----", "-----", "-----", "0-2-4")),))
    assert studio.originality(three).startswith("At most 3 notes in a row")
    shutil.copytree(shipped_model(), tmp_path / "model", ignore=shutil.ignore_patterns("tunes.dat"))
    assert "cannot be told" in Studio(tmp_path / "model").originality(three)


_COLUMN = st.sampled_from(["----", "--5-", "7---", "||||", "|||-", "1--2", "x--h"])
_SYSTEM = st.builds(
    System.from_columns, st.sampled_from([Tuning.parse("GDAE"), Tuning.parse("GDAD")]), st.lists(_COLUMN, max_size=60)
)


@given(st.lists(_SYSTEM, max_size=4))
def test_reflowing_keeps_the_bars(systems: list[System]) -> None:
    tab = Tab(tuple(systems), title="A", artist="B")
    found = in_even_lines(tab)
    assert found.bars == tab.bars
    assert (found.title, found.artist) == ("A", "B")
    assert in_even_lines(found) == found


def test_reflowing_makes_lines_of_four() -> None:
    tab = Tab.parse(riff(1))
    torn = Tab(tuple(System.from_columns(tab.tuning, [*bar, "||||"]) for bar in tab.bars))
    assert in_even_lines(torn).text == riff(1).strip()


def test_results_of_a_tab(tmp_path: Path) -> None:
    tab = Tab.parse(riff(5))
    settings = write_settings(tab, 120)
    assert "\\tempo 120" in results.notation(tab, settings)
    assert results.finished(riff(5)) == tab
    with pytest.raises(InputError, match="press Generate"):
        results.finished(" \n")
    assert {".txt", ".mid", ".wav", ".html", ".alphatex"} <= set(results.suffixes())
    made = results.file(tab, ".mid", settings, tmp_path)
    assert made.path.name == "basstab.mid"
    notes = [(note.onset, note.pitch) for note in timed_notes(formats.read(made.path))]
    assert notes == [(note.onset, note.pitch) for note in timed_notes(tab)]
    with pytest.raises(InputError, match="exe"):
        results.file(tab, ".exe", settings, tmp_path)


def test_files_do_not_pile_up(tmp_path: Path) -> None:
    tab = Tab.parse(riff(5))
    settings = write_settings(tab, 120)
    old, new = (results.file(tab, ".wav", settings, tmp_path).path for _ in range(2))
    before = time.time() - results.KEPT - 1
    os.utime(old.parent, (before, before))
    latest = results.file(tab, ".mid", settings, tmp_path).path
    assert {path.parent for path in tmp_path.rglob("*.*")} == {new.parent, latest.parent}


def test_the_folder_of_a_space(tmp_path: Path) -> None:
    folder = write_gradio_space("someone/my-model", tmp_path / "space")
    assert {path.name for path in folder.iterdir()} == {"README.md", "app.py", "requirements.txt", "basstab_hf"}
    card = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
    assert (card["sdk"], card["app_file"], card["models"]) == ("gradio", "app.py", ["someone/my-model"])
    assert card["sdk_version"].startswith("6.")
    assert len(card["short_description"]) <= 60
    compile((folder / "app.py").read_text(), "app.py", "exec")
    assert "'someone/my-model'" in (folder / "app.py").read_text().replace('"', "'")
    assert f"basstab-hf {__version__}" in (folder / "README.md").read_text()
    assert not (folder / "basstab_hf" / "shipped_model").exists()
    assert kind_of(folder) == "space"
    with pytest.raises(OutputError):
        write_gradio_space("someone/my-model", folder)
    shipped = write_gradio_space(None, tmp_path / "shipped")
    assert "MODEL = None" in (shipped / "app.py").read_text()
    assert "models" not in yaml.safe_load((shipped / "README.md").read_text().split("---\n")[1])
    needs = {Requirement(line).name.lower() for line in (shipped / "requirements.txt").read_text().splitlines()}
    assert {"gradio", "numpy", "transformers", "pillow"} < needs
    assert not {"torch", "basstab-hf", "pytest"} & needs
    program = "import app, basstab_hf; print(basstab_hf.__file__, len(basstab_hf.generate_tab().bars))"
    away = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=shipped, env=away, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{shipped / 'basstab_hf' / '__init__.py'} 8\n"
    for wrong in ('a/b"; import os', "name", "../x", "a/b/c", "a/b\n"):
        with pytest.raises(InputError, match="OWNER/NAME"):
            write_gradio_space(wrong, tmp_path / "wrong")


def test_the_command_without_gradio(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert main(["demo"]) == 1
    assert capsys.readouterr().err == f"basstab demo: {MissingExtraError('Gradio', 'demo')}\n"
    for wrong in ("x", "70000"):
        with pytest.raises(SystemExit):
            main(["demo", "--port", wrong])
        assert "no port" in capsys.readouterr().err


def test_studio_and_form_need_neither_torch_nor_gradio() -> None:
    program = """
import sys
for name in ("torch", "transformers", "datasets", "gradio"): sys.modules[name] = None
from basstab_hf.demo.studio import Studio
from basstab_hf.demo.form import Form
from basstab_hf.demo import results, gradio_space
print(len(list(Studio().write(Form(seed=1, bars=2).request({})))[-1].tab.bars))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"
