import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import pytest

from basstab_hf import files
from basstab_hf.errors import InputError, OutputError
from basstab_hf.files.own import clear
from basstab_hf.locks import held


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "tab.txt"
    with pytest.raises(RuntimeError), files.writing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError("power cut")
    assert list(tmp_path.rglob("*.txt")) == []
    files.write_text(target, "whole")
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_what_is_there_stays_unless_forced(tmp_path: Path) -> None:
    target = tmp_path / "tab.txt"
    target.write_text("old")
    with pytest.raises(OutputError, match="exists already: choose another place or add"):
        files.write_text(target, "new")
    assert target.read_text() == "old"
    files.write_text(target, "new", force=True)
    assert target.read_text() == "new"


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "data"
    for name in ("first", "second"):
        with files.writing(target, force=True) as folder:
            (folder / "data").mkdir(parents=True)
            (folder / "data" / f"{name}.parquet").write_text(name)
            (folder / "stats.json").write_text("{}")
    assert {path.name for path in target.rglob("*.*")} == {"second.parquet", "stats.json"}
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "diary.txt").write_text("dear diary")
    with pytest.raises(OutputError, match="is no folder that basstab wrote"), files.writing(home, force=True):
        pass
    assert (home / "diary.txt").read_text() == "dear diary"


_RACER = """
import sys
from pathlib import Path
from unittest.mock import Mock
from basstab_hf import files
from basstab_hf.errors import OutputError
place, kind, name = sys.argv[1:]
try:
    with files.writing(place) as temporary:
        if kind == "folder":
            temporary.mkdir()
            (temporary / "stats.json").write_text(name)
        else:
            temporary.write_text(name)
        print("ready", flush=True)
        sys.stdin.readline()
except OutputError as error:
    print(error)
    sys.exit(1)
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_of_two_processes_that_write_a_place_one_succeeds_and_the_other_says_so(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "result"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _RACER, str(place), kind, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("first", "second")
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [racer.communicate()[0] for racer in racers]
    assert sorted(racer.returncode for racer in racers) == [0, 1]
    assert "result exists by now, another process wrote it" in "".join(told)
    winner = ("first", "second")[[racer.returncode for racer in racers].index(0)]
    assert (place / "stats.json" if kind == "folder" else place).read_text() == winner
    assert list(tmp_path.iterdir()) == [place]


def test_what_comes_while_a_file_is_made_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = (None, OSError(errno.EPERM, "Operation not permitted"), NotImplementedError("as in a browser"))
    for number, refusal in enumerate(refusals):
        if refusal:
            monkeypatch.setattr(Path, "hardlink_to", Mock(side_effect=refusal))
        taken, free = tmp_path / f"taken {number}", tmp_path / f"free {number}"
        with pytest.raises(OutputError, match="exists by now"), files.writing(taken) as temporary:
            temporary.write_text("new")
            taken.write_text("theirs")
        assert taken.read_text() == "theirs"
        files.write_text(free, "new")
        assert free.read_text() == "new"


def test_an_error_names_its_own_cause(tmp_path: Path) -> None:
    cache = tmp_path / "none" / "cache"
    with pytest.raises(OutputError, match=r"cannot write .*cache: No such file"), files.writing(tmp_path / "tab.txt"):
        cache.write_text("")
    with (
        pytest.raises(OutputError, match=r"cannot write .*tab\.txt: No such file"),
        files.writing(tmp_path / "tab.txt"),
    ):
        pass


def _folder(path: Path, contents: dict[str, str]) -> None:
    for name, text in contents.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)


def _names(path: Path) -> set[str]:
    return {one.relative_to(path).as_posix() for one in path.rglob("*") if not one.is_dir() or one.is_symlink()}


THEIRS = {".git/HEAD": "ref", "notes/a.txt": "a", "data/raw.csv": "1,2", "diary.txt": "dear"}


def test_what_others_put_into_a_folder_of_ours_stays_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "data"
    _folder(place, {"stats.json": "{}", "data/train-1.parquet": "old", "README.md": "old", **THEIRS})
    (place / ".git" / "refs").mkdir()
    (place / "elsewhere").symlink_to(tmp_path)
    with files.writing(place, force=True) as folder:
        _folder(folder, {"stats.json": "{}", "data/train-0.parquet": "new", "README.md": "new"})
    assert _names(place) == {"stats.json", "data/train-0.parquet", "README.md", "elsewhere", *THEIRS}
    assert (place / "README.md").read_text() == "new"
    assert (place / ".git" / "refs").is_dir()
    assert "kept, as basstab does not write it anew: .git/, data/, diary.txt, elsewhere, notes/" in caplog.text
    assert tmp_path.is_dir()


def test_a_cleared_folder_keeps_what_others_put_there(tmp_path: Path) -> None:
    run = tmp_path / "run"
    _folder(run, {"training.yaml": "training:", "checkpoints/checkpoint-1/a": "", "custom_generate/b.py": "", **THEIRS})
    clear(run)
    assert _names(run) == set(THEIRS)
    assert {path.name for path in run.iterdir()} == {name.partition("/")[0] for name in THEIRS}


@pytest.mark.parametrize("name", ["tokenizer.json", "training.yaml", "tokenizer_config.json"])
def test_a_name_alone_makes_no_folder_ours(tmp_path: Path, name: str) -> None:
    _folder(tmp_path, {name: "{}"})
    with pytest.raises(OutputError, match="is no folder that basstab wrote"):
        files.check_free(tmp_path, force=True)


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    files.check_free(tmp_path, force=False)


def test_a_name_that_no_disk_takes_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*File name too long"):
        files.write_text(tmp_path / ("n" * 300), "text")


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"cannot write .*tab\.txt: No space left"),
        files.writing(tmp_path / "tab.txt"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_hold_files_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        files.write_text(tmp_path / "file" / "tab.txt", "")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*nothing\.txt: No such file"):
        files.read_bytes(tmp_path / "nothing.txt")


def test_a_folder_that_is_not_there_is_refused_with_a_near_name(tmp_path: Path) -> None:
    (tmp_path / "songs").mkdir()
    files.check_folder(tmp_path / "songs")
    with pytest.raises(OutputError, match=r"deep is no folder: make it first"):
        files.check_folder(tmp_path / "deep")
    with pytest.raises(OutputError, match=r"did you mean .*songs\?"):
        files.check_folder(tmp_path / "song")


def test_a_near_name_is_told_for_what_is_not_there_alone(tmp_path: Path) -> None:
    (tmp_path / "Riff.txt").touch()
    assert files.near_path(tmp_path / "rif.txt") == f": did you mean {tmp_path / 'Riff.txt'}?"
    assert files.near_path(tmp_path / "Riff.txt") == ""
    assert files.near_path(tmp_path / "letter.txt") == ""
    assert files.near_path(tmp_path / "none" / "rif.txt") == ""


def killed(folder: Path, program: str) -> int:
    """Run a program until it kills itself; its process number. Temporary files of the machine lie in `folder`."""
    program = (
        f"import os, signal, pathlib\nfrom basstab_hf import files\nplace = pathlib.Path({str(folder)!r})\n{program}"
    )
    process = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(folder)})
    assert process.wait() == -signal.SIGKILL
    return process.pid


def next_run(folder: Path) -> None:
    program = (
        "import sys\nfrom basstab_hf import files\n"
        "with files.scratch(): files.write_text(sys.argv[1], 'whole', force=True)"
    )
    command = [sys.executable, "-c", program, str(folder / "tab.txt")]
    subprocess.run(command, check=True, env={**os.environ, "TMPDIR": str(folder)})


def test_what_a_killed_process_left_goes_with_the_next(tmp_path: Path) -> None:
    dead = killed(
        tmp_path,
        "with files.scratch() as scrap, files.writing(place / 'data') as folder:\n"
        "    folder.mkdir(); (folder / 'half').touch(); (scrap / 'half').touch(); os.kill(os.getpid(), signal.SIGKILL)",
    )
    left = sorted(tmp_path.iterdir())
    assert len(left) == 2
    others = [left[0].name.replace(f"-{dead}-", f"-{os.getpid()}-"), ".basstab-00000000-1-abcdefgh", ".data.abcdefgh"]
    for name in others:  # of a process that lives, of another machine, of somebody else
        (tmp_path / name).mkdir()
    (tmp_path / left[0].name[:-8]).mkdir()
    (tmp_path / f"{left[0].name[:-8]}linklink").symlink_to(tmp_path / others[0])
    next_run(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *others,
        left[0].name[:-8],
        f"{left[0].name[:-8]}linklink",
        "tab.txt",
    }


def test_a_process_with_the_number_of_a_dead_one_sweeps_too_and_spares_its_own(tmp_path: Path) -> None:
    """The first process of a container has the same number each time it is started."""
    with files.scratch(tmp_path) as mine:
        left = tmp_path / f"{mine.name[:-8]}deaddead"
        left.mkdir()
        files._sweep.cache_clear()
        with files.scratch(tmp_path) as other:
            assert set(tmp_path.iterdir()) == {mine, other}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_jumps_makes_nothing_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    now = time.time()
    with files.scratch(tmp_path) as mine, held(tmp_path / "run"):
        monkeypatch.setattr(time, "time", lambda: now + days * 86400)
        os.utime(mine, (now - days * 86400,) * 2)
        files._sweep.cache_clear()
        command = [sys.executable, "-c", _SWEEPER, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert "run is being written by process" in done.stdout
        assert mine.is_dir()


_SWEEPER = """
import pathlib, sys, time
from basstab_hf import files
from basstab_hf.errors import OutputError
from basstab_hf.locks import held
place = pathlib.Path(sys.argv[1])
with files.scratch(place):
    try:
        with held(place / "run"):
            print("taken")
    except OutputError as error:
        print(error)
"""


def test_killed_between_two_renames_the_new_folder_takes_its_place(tmp_path: Path) -> None:
    killed(
        tmp_path,
        "target = place / 'data'; target.mkdir(); (target / 'stats.json').write_text('{old')\n"
        "replace = pathlib.Path.replace\n"
        "def kill(path, to):\n"
        "    if path != target: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return replace(path, to)\n"
        "pathlib.Path.replace = kill\n"
        "with files.writing(target, force=True) as folder:\n"
        "    folder.mkdir(); (folder / 'stats.json').write_text('{new')",
    )
    assert not (tmp_path / "data").exists()
    next_run(tmp_path)
    assert (tmp_path / "data" / "stats.json").read_text() == "{new"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "tab.txt"}
