"""The command line as a terminal shows it: help, colour, completion, and outputs that fail."""

import json
import os
import pty
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basstab_hf import __version__
from basstab_hf.cli import main
from basstab_hf.commands import needs, parser, verb
from basstab_hf.hub.locate import locate_model
from basstab_hf.hub.shipped import shipped_model
from tests.conftest import riff

BASSTAB = f"{sys.executable} -m basstab_hf"
_ESCAPE = "\033["


def _stopped(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out, err = capsys.readouterr()
    assert err == ""
    return stop.value.code, out


def _shell(command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **more}
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, env=environment, timeout=60
    )


@pytest.fixture
def tab(tmp_path: Path) -> Path:
    path = tmp_path / "tab.txt"
    path.write_text(riff(3))
    return path


def test_without_arguments_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    code, bare = _stopped(capsys)
    assert code == 0
    assert (0, bare) == _stopped(capsys, "-h")
    assert all(f"  {name} " in bare for name in verb.verbs())
    assert max(map(len, bare.splitlines())) <= 110


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert _stopped(capsys, "--version") == (0, f"{__version__}\n")


@pytest.mark.parametrize("name", verb.verbs())
def test_help_of_a_command_begins_with_what_must_be_given(capsys: pytest.CaptureFixture[str], name: str) -> None:
    first = _stopped(capsys, name, "-h")[1].splitlines()[0]
    assert re.fullmatch(rf"usage: basstab {name}( \S+)* \[flags\]", first)
    assert len(first) <= 80


def test_short_flags_stay_understood() -> None:
    assert parser.parse(["generate", "--chord", "Am F", "--style", "soul"]).chords == "Am F"
    assert parser.parse(["generate", "--chord", "Am F", "--style", "soul"]).style == "motown"


_WORDS = [*verb.verbs(), "-h", "--version", "--out", "--bars", "--style", "rock", "--", "-", "3", "--=", "%", "{x}"]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.one_of(st.sampled_from(_WORDS), st.text(max_size=6)), max_size=5))
def test_any_words_are_parsed_or_refused_in_one_line(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    try:
        parser.parse(words)
    except SystemExit as stop:
        err = capsys.readouterr().err
        assert (stop.code, err) == (0, "") or (stop.code == 2 and err.splitlines()[0].endswith("-h`"))


def test_headings_and_errors_have_colour_on_a_terminal_alone(capfd: pytest.CaptureFixture[str]) -> None:
    for call in ("-h", "generate -h", "sing"):
        assert _ESCAPE in _on_terminal(call), call
        assert _ESCAPE not in _on_terminal(call, NO_COLOR="1")
        assert _ESCAPE not in _on_terminal(call, TERM="dumb")
        piped = _shell(f"{BASSTAB} {call}")
        assert _ESCAPE not in piped.stdout + piped.stderr


def _on_terminal(call: str, **more: str) -> str:
    """What a call prints to a terminal."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    command = [sys.executable, "-m", "basstab_hf", *call.split()]
    subprocess.run(command, stdout=theirs, stderr=theirs, env={**environment, "TERM": "xterm", **more}, check=False)
    os.close(theirs)
    printed = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # all is read
            break
        if not piece:
            break
        printed += piece
    os.close(ours)
    return printed.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("call", ["-h", "generate -h", "version", "convert {tab} -h", "generate shipped --seed 1"])
def test_a_full_disk_is_told_in_plain_words(tab: Path, call: str) -> None:
    done = _shell(f"{BASSTAB} {call.format(tab=tab)} > /dev/full")
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if "drawn since" not in line and "as the style" not in line]
    assert len(told) == 1
    assert told[0].endswith("cannot write the output: No space left on device")


@pytest.mark.parametrize("call", ["-h", "generate --style rock --tempo 100 --columns-per-beat 4 --num 30 --seed 1"])
def test_a_pipe_that_nobody_reads_is_no_error(call: str) -> None:
    done = _shell(f"set -o pipefail; {BASSTAB} {call} | true")
    assert done.returncode in (0, 141)  # 0: all of it fitted into the pipe before it was closed
    assert done.stderr == ""


def test_streams_that_are_closed_are_no_accident(tab: Path) -> None:
    for call in ("version >&-", f"recognise {tab} >&-", "sing 2>&-", "generate --prompt - <&-"):
        done = _shell(f"{BASSTAB} {call}")
        assert done.returncode in (0, 1, 2)
        assert "Traceback" not in done.stderr


def test_output_that_cannot_hold_a_sign_says_what_to_do(tab: Path) -> None:
    tab.write_text(f"Müller\n\n{riff(3)}", encoding="utf-8")
    done = _shell(f"{BASSTAB} recognise --explain {tab}", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "set PYTHONIOENCODING=utf-8" in done.stderr


def test_a_typo_makes_no_folder_and_a_new_folder_is_one_step(tab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tab.parent
    assert main(["convert", str(tab), str(folder / "none" / "tab.mid")]) == 1
    assert main(["build", str(tab), "--out", str(folder / "none" / "data")]) == 1
    assert sorted(folder.iterdir()) == [tab]
    assert capsys.readouterr().err.count("none is no folder: make it first") == 2
    assert main(["build", str(tab), "--out", str(folder / "data")]) == 0


def test_what_cannot_be_written_leaves_nothing(tab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(tab), "/proc/tab.mid"]) == 1
    assert re.fullmatch(r"basstab convert: cannot write.*: /proc may not be written to, .+\n", capsys.readouterr().err)


def test_shipped_names_the_model_of_this_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert locate_model("shipped") == locate_model() == shipped_model()
    calls = [["generate", "shipped", "--seed", "1", "--style", "rock"], ["generate", "--seed", "1", "--style", "rock"]]
    printed = []
    for call in calls:
        assert main(call) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert main(["push", "--space", "me/page", "--model", "shipped", "--dry-run"]) == 0


def test_the_check_knows_every_extra() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert set(needs._EXTRAS) == set(project["optional-dependencies"]) - {"all", "dev"}


def test_the_check_tells_what_is_missing_and_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "_is_installed", lambda package: package not in ("gradio", "torch"))
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main(["env", "--check"]) == 0
    out = capsys.readouterr().out
    assert 'gradio is not here: pip install "basstab-hf[demo]"' in out
    assert "fluidsynth is not here: apt-get install fluidsynth" in out
    assert main(["env", "--check", "--json"]) == 0
    found = {need["get"]: need for need in json.loads(capsys.readouterr().out)["needs"]}
    assert found['pip install "basstab-hf[train]"']["missing"] == "torch"
    assert found['pip install "basstab-hf[search]"']["missing"] == "torch"  # by way of train
    assert found['pip install "basstab-hf[track]"']["works"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("basstab gen", {"generate"}),
        ("basstab generate --tem", {"--temperature", "--tempo"}),
        ("basstab generate --style re", {"reggae"}),
        ("basstab completion f", {"fish"}),
        ("basstab convert ta", {"tab.txt"}),
        ("basstab infill tab.txt --model ta", {"tab.txt"}),
    ],
)
def test_bash_completes(tab: Path, line: str, offered: set[str]) -> None:
    words = line.split()
    quoted = " ".join(f"'{word}'" for word in words)
    program = f"""cd {tab.parent}; source <({BASSTAB} completion bash)
COMP_LINE='{line}'; COMP_POINT={len(line)}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}
complete -p basstab >&2
_shtab_basstab basstab '{words[-1]}' '{words[-2]}'
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = _shell(program)
    assert "-F _shtab_basstab" in done.stderr
    assert set(done.stdout.split()) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_have_scripts_with_all_words(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(word in script for word in ("generate", "temperature", "reggae"))
    assert "r&b" not in script  # zsh would run b
