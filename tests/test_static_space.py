"""The folder of a static Space: what is refused, and that what writing imports is there from the start."""

import json
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from basstab_hf.errors import InputError, OutputError
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.static_space.writer import write_static_space

_WRITES = """
import sys
from basstab_hf.page.back import Back

back = Back(opens=False)
for form in ({"bars": 2, "seed": 1}, {"bars": 4, "seed": 1, "style": "rock", "chords": "Am F C G"}):
    assert "error" not in back.answer({"do": "write", "form": form}, lambda _: None)
print(*(name for name in sys.modules if name.partition(".")[0] == "basstab_hf"))
"""


def test_what_writing_imports_is_first() -> None:
    """A module that is missing there stops the page."""
    done = subprocess.run([sys.executable, "-c", _WRITES], capture_output=True, text=True, timeout=120, check=True)
    listed = resources.files("basstab_hf.static_space").joinpath("first.txt").read_text(encoding="utf-8").splitlines()
    # The C++ decoder is machine code, and never there.
    assert set(done.stdout.split()) - {"basstab_hf.generate._decoder"} <= set(listed)


def test_a_model_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(shipped_model(), folder)
    config = json.loads((folder / "config.json").read_text()) | {"vocab_size": 7}
    (folder / "config.json").write_text(json.dumps(config))
    for model in (folder, tmp_path):
        with pytest.raises(InputError) as told:
            write_static_space(model, tmp_path / "space")
        assert len(str(told.value).splitlines()) == 1
    assert not (tmp_path / "space").exists()


def test_without_node_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASSTAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="install Node") as told:
        write_static_space(None, tmp_path / "space")
    assert len(str(told.value).splitlines()) == 1
    assert not (tmp_path / "space").exists()


def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear diary")
    with pytest.raises(OutputError, match="add --force"):
        write_static_space(None, tmp_path)
    with pytest.raises(OutputError, match="no folder that basstab wrote"):
        write_static_space(None, tmp_path, force=True)
