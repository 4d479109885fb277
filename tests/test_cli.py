import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from basstab_hf import Tab, __version__, modules
from basstab_hf.cli import main
from basstab_hf.generate import engines
from tests.conftest import riff


def _run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def prompt(tmp_path: Path) -> Path:
    path = tmp_path / "prompt.txt"
    path.write_text(f"My riff\n\n{riff(3)}")
    return path


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    program = """
import sys
before = set(sys.modules)
from basstab_hf.cli import main
try: main(["-h"])
except SystemExit as stop: assert stop.code == 0
heavy = {"torch", "transformers", "datasets", "numpy", "tokenizers", "music21"}
heavy |= {"dataclasses", "inspect", "logging", "pathlib"}  # each takes a tenth of the time, or more
heavy &= set(sys.modules) - before
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    verbs = ("scrape", "recognise", "build", "tokenizer", "train", "runs", "evaluate", "generate")
    verbs += ("chart", "convert", "env", "version")
    assert all(verb in done.stdout for verb in verbs)


def test_recognise_prints_systems_or_json(capsys: pytest.CaptureFixture[str], prompt: Path, tmp_path: Path) -> None:
    status, out, _ = _run(capsys, "recognise", prompt)
    assert status == 0
    assert Tab.parse(out).text == Tab.parse(riff(3)).text
    empty = tmp_path / "empty.txt"
    empty.write_text("no tab\n")
    status, out, err = _run(capsys, "recognise", "--json", prompt, empty)
    first, second = json.loads(out)["files"]
    assert (status, err) == (0, "")
    assert first["path"] == str(prompt)
    system = first["systems"][0]
    assert system["labels"] == ["G", "D", "A", "E"]
    assert system["first_line"] == 3
    assert {"lines", "repaired_lines", "confidence", "repairs"} <= set(system)
    assert second["systems"] == []
    assert _run(capsys, "recognise", "--json", "--jobs", 2, prompt, empty)[1] == out
    status, out, _ = _run(capsys, "recognise", "--explain", prompt)
    assert status == 0
    assert "My riff" in out


def test_generate_prints_tabs_alone(capsys: pytest.CaptureFixture[str], riff_model: Path) -> None:
    status, out, err = _run(capsys, "generate", riff_model, "--bars", 4, "--num", 2, "--seed", 1)
    assert (status, err) == (0, "")
    assert len(Tab.parse(out).bars) == 8
    assert _run(capsys, "generate", riff_model, "--bars", 4, "--num", 2, "--seed", 1)[1] == out
    status, json_out, _ = _run(capsys, "generate", riff_model, "--bars", 4, "--num", 2, "--seed", 1, "--json")
    assert "\n\n".join(json.loads(json_out)["tabs"]) == out.strip()


def test_generate_continues_a_file_or_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, riff_model: Path, prompt: Path
) -> None:
    _, from_file, _ = _run(capsys, "generate", riff_model, "--bars", 2, "--seed", 1, "--prompt", prompt)
    assert from_file.startswith(Tab.parse(riff(3)).systems[0].text)
    assert len(Tab.parse(from_file).bars) == 10
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(prompt.read_bytes())))
    assert _run(capsys, "generate", riff_model, "--bars", 2, "--seed", 1, "--prompt", "-")[1] == from_file


def test_generate_shows_columns_as_they_are_made(capsys: pytest.CaptureFixture[str], riff_model: Path) -> None:
    usual = _run(capsys, "generate", riff_model, "--bars", 4, "--num", 2, "--seed", 1)[1]
    assert _run(capsys, "generate", riff_model, "--bars", 4, "--num", 2, "--seed", 1, "--stream")[1] == usual


def test_generate_is_steered_and_tells_what_was_drawn_again(
    capsys: pytest.CaptureFixture[str], riff_model: Path
) -> None:
    asked = ["--key", "F#m", "--chords", "F#m, D - A E", "--strength", 3, "--difficulty", 3, "--min-p", 0.01]
    asked += ["--repetition", 1.2, "--max-repeats", 2, "--best-of", 2, "--max-copy", 2, "--bars", 12, "--seed", 1]
    status, out, err = _run(capsys, "generate", riff_model, *asked)
    assert status == 0
    assert len(Tab.parse(out).bars) == 12
    assert "basstab: tab 1: " in err
    assert "notes in a row from the training set" in err


def test_infill_rewrites_bars(capsys: pytest.CaptureFixture[str], riff_model: Path, prompt: Path) -> None:
    before = Tab.parse(riff(3))
    status, out, _ = _run(capsys, "infill", prompt, "--model", riff_model, "--bars", "3-4", "--variations", 2)
    assert status == 0
    systems = Tab.parse(out).systems
    first, second = (Tab(systems[: len(before.systems)]), Tab(systems[len(before.systems) :]))
    for tab in (first, second):
        assert [bar for place, bar in enumerate(tab.bars) if place not in (2, 3)] == [
            bar for place, bar in enumerate(before.bars) if place not in (2, 3)
        ]
    one = _run(capsys, "infill", prompt, "--model", riff_model, "--bars", "2", "--seed", 1, "--json")[1]
    assert len(json.loads(one)["tabs"]) == 1


def test_the_engines_of_the_command_line_are_those_there_are() -> None:
    assert modules.ENGINES == engines.ENGINES


def test_generate_writes_every_format_at_once(
    capsys: pytest.CaptureFixture[str], riff_model: Path, tmp_path: Path
) -> None:
    paths = [tmp_path / f"tab{suffix}" for suffix in (".txt", ".mid", ".wav")]
    status, out, _ = _run(capsys, "generate", riff_model, "--seed", 1, "--tempo", 140, "--out", *paths)
    assert status == 0
    assert paths[0].read_text() == f"4 columns a beat, ♩=140\n\n{out}"
    assert paths[1].read_bytes()[:4] == b"MThd"
    assert paths[2].read_bytes()[:4] == b"RIFF"
    status, _, err = _run(capsys, "generate", riff_model, "--seed", 1, "--out", paths[0])
    assert status == 1
    assert "add --force" in err


def test_convert_turns_a_page_into_midi(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, prompt: Path, tmp_path: Path
) -> None:
    status, out, err = _run(capsys, "convert", prompt, tmp_path / "tab.mid")
    reason = "guessed from bars of 16 columns, 4 beats (sure to 0.80)"
    guess = f"basstab: 4 columns a beat, {reason}; --columns-per-beat N says otherwise\n"
    assert (status, out, err) == (0, "", guess)
    assert (tmp_path / "tab.mid").read_bytes()[:4] == b"MThd"
    assert _run(capsys, "convert", prompt, tmp_path / "tab.wav", "--columns-per-beat", 4) == (0, "", "")
    assert _run(capsys, "convert", prompt, tmp_path / "tab.txt") == (0, "", "")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(prompt.read_bytes())))
    assert _run(capsys, "convert", "-", tmp_path / "same.mid") == (0, "", guess)
    assert (tmp_path / "same.mid").read_bytes() == (tmp_path / "tab.mid").read_bytes()


def test_build_tokenizer_train_evaluate(capsys: pytest.CaptureFixture[str], riff_folder: Path, tmp_path: Path) -> None:
    data, model = tmp_path / "data", tmp_path / "model"
    status, out, err = _run(capsys, "build", riff_folder, "--out", data)
    assert (status, out) == (0, "")
    assert "60 pieces" in err
    status, out, _ = _run(capsys, "build", riff_folder, "--out", data, "--force", "--json", "--limit", 50)
    assert json.loads(out)["kept"]["train"] > 20
    assert _run(capsys, "tokenizer", data, "--out", tmp_path / "tokenizer")[0] == 0
    small = ["model.n_layer=1", "model.n_embd=16", "training.max_steps=2", "training.eval_steps=1"]
    settings = [part for setting in (*small, "training.use_cpu=true") for part in ("--set", setting)]
    arguments = ["train", data, "--tokenizer", tmp_path / "tokenizer", "--out", model, "--seed", 3, *settings]
    status, out, err = _run(capsys, *arguments)
    assert (status, out) == (0, "")
    assert f"{model}: trained" in err
    status, out, _ = _run(capsys, "evaluate", model, data, "--samples", 4, "--json", "--out", tmp_path / "scores")
    assert json.loads(out) == json.loads((tmp_path / "scores" / "metrics.json").read_text())
    assert json.loads(out)["baselines"]["4-gram"]["bits_per_column"] > 0
    assert set(json.loads(out)["tabs"]) == {"held out", "model"}
    assert json.loads(out)["tabs"]["model"]["equal_lines"]["mean"] == 1
    assert "4-gram" in _run(capsys, "evaluate", model, data, "--samples", 0)[1]
    assert "note_density" in _run(capsys, "evaluate", model, data, "--samples", 2)[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "no-model"], "no-model is no model folder"),
        (["generate", "{model}", "--prompt", "{letter}"], "holds no bass tab"),
        (["generate", "{model}", "--prompt", "nowhere.txt"], "cannot read nowhere.txt: No such file"),
        (["generate", "{model}", "--prompt", "{prompt}", "--tuning", "drop d"], "the prompt is in GDAE, --tuning says"),
        (["generate", "{model}", "--tuning", "HHHH"], "'HHHH' is no bass tuning"),
        (["generate", "{model}", "--bars", "0"], "bars 0: choose 1 to"),
        (["generate", "{model}", "--out", "tab.doc"], "tab.doc: tabs can be written to files ending in"),
        (["generate", "{model}", "--num", "2", "--out", "tab.txt"], "--out takes one tab"),
        (["generate", "{model}", "--chords", "Am Q"], "chords, line 1, column 4: 'Q' is no chord"),
        (["generate", "{model}", "--key", "H"], "key 'H': write a note"),
        (["generate", "{model}", "--stream", "--json"], "leave one of them out"),
        (["generate", "{model}", "--stream", "--best-of", "2"], "--best-of writes tabs again: leave one of them out"),
        (["generate", "{model}", "--top-p", "2"], "--top-p 2: choose 0.01 to 1"),
        (["infill", "{prompt}", "--model", "{model}", "--bars", "8-9"], "bars 8-9: the tab has bars 1 to 8"),
        (["infill", "{letter}", "--model", "{model}", "--bars", "1"], "holds no bass tab"),
        (["generate", "{model}", "--tempo", "1"], "tempo 1: choose 5 to 600"),
        (["recognise", "."], "cannot read .: Is a directory"),
        (["convert", "{letter}", "a.mid"], "holds no bass tab"),
        (["build", "nowhere", "--out", "x"], "nowhere is no file or folder"),
        (["tokenizer", "nowhere", "--out", "x"], "nowhere is no dataset folder"),
        (["train", "nowhere", "--out", "x", "--config", "none.yaml"], "cannot read none.yaml"),
        (["evaluate", "{model}", "nowhere"], "nowhere is no dataset folder"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    riff_model: Path,
    prompt: Path,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(prompt.parent)
    letter = prompt.parent / "letter.txt"
    letter.write_text("Dear all\n")
    before = sorted(prompt.parent.iterdir())
    filled = [argument.format(model=riff_model, letter=letter, prompt=prompt) for argument in arguments]
    status, out, err = _run(capsys, *filled)
    assert (status, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(prompt.parent.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        *(["sing"], ["evaluate", "m"], ["generate", "m", "--bars", "x"], ["infill", "t", "--bars", "x"]),
        *(["build", "x", "--out", "y", "--jobs", "0"], ["-x"]),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out, err = capsys.readouterr()
    assert stop.value.code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "-h`" in err


def test_debug_shows_the_traceback() -> None:
    with pytest.raises(Exception, match="is no model folder"):
        main(["generate", "no-model", "--debug"])


def test_full_disks_and_interrupts_are_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, prompt: Path
) -> None:
    full = OSError(28, "No space left on device")
    for error, status, message in ((full, 1, "No space"), (KeyboardInterrupt(), 130, "interrupted")):

        def fail(*arguments: object, error: BaseException = error, **more: object) -> None:
            raise error

        monkeypatch.setattr("basstab_hf.formats.write", fail)
        found, out, err = _run(capsys, "convert", prompt, prompt.parent / "tab.mid")
        assert (found, out) == (status, "")
        assert message in err
        assert err.count("\n") == 1


def test_a_reader_that_stops_early_is_no_error(riff_model: Path) -> None:
    command = f"{sys.executable} -m basstab_hf generate {riff_model} --bars 4 --num 30 --seed 1 | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("G|")
    assert done.stderr == ""


def test_env_and_version_tell_what_a_bug_report_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(capsys, "version")[1] == f"{__version__}\n"
    facts = json.loads(_run(capsys, "env", "--json")[1])
    assert facts["basstab-hf"] == __version__
    assert facts["torch"]
    status, out, _ = _run(capsys, "env")
    assert status == 0
    assert "transformers" in out
