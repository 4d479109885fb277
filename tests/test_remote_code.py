"""Code that travels: flat, complete, and the same again when it is saved from where it travelled to."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from transformers.dynamic_module_utils import get_imports

from basstab_hf import BassTabTokenizer
from basstab_hf.files.own import clear
from basstab_hf.model.folder import model_code
from basstab_hf.tokenizer.remote_code import remote_code
from basstab_hf.tokenizer.tokenization_basstab import MODULE
from tests.test_tokenization import TEXTS

_RELATIVE = re.compile(r"^from \.(\w+) import", re.MULTILINE)
SAVED_AGAIN = """
import json, sys
sys.modules["basstab_hf"] = None  # whoever imports it now is told that it is not there
from pathlib import Path
from transformers import AutoTokenizer
here, there = map(Path, sys.argv[1:])
AutoTokenizer.from_pretrained(here, trust_remote_code=True).save_pretrained(there)
print(json.dumps({path.name: path.read_text() == (here / path.name).read_text() for path in there.glob("*.py")}))
"""


def test_force_removes_all_code_that_travels(tmp_path: Path) -> None:
    for name in model_code():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_imported_travels_and_nothing_else_of_the_package_is_needed(tmp_path: Path) -> None:
    for code in (remote_code(MODULE), model_code()):
        for name, text in code.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
            assert "basstab_hf" not in get_imports(tmp_path / name)  # transformers refuses what it cannot import
            assert not re.search(r"^(?:from|import) basstab_hf", text, re.MULTILINE), name
            beside = name.rpartition("/")[0] + "/" * ("/" in name)
            assert {f"{beside}{module}.py" for module in _RELATIVE.findall(text)} <= code.keys(), name
            compile(text, name, "exec")
    assert remote_code(MODULE).items() <= model_code().items()
    assert "pipeline_basstab.py" in model_code()


def test_imports_are_all_that_changes() -> None:
    package = Path(sys.modules["basstab_hf"].__file__ or "").parent
    for name, text in model_code().items():
        name = {"custom_generate/generate.py": "custom_generate.py"}.get(name, name.rpartition("/")[2])
        sources = [path.read_text() for path in package.rglob(name)]  # hub/errors.py has its name from errors.py
        flat = [re.sub(r"^from basstab_hf[\w.]*\.(\w+) import", r"from .\1 import", it, flags=re.M) for it in sources]
        assert text in flat


def test_a_folder_that_was_saved_from_travelled_code_is_the_same(tmp_path: Path) -> None:
    BassTabTokenizer.from_column_texts(TEXTS, min_count=1).save_pretrained(tmp_path / "here")
    command = [sys.executable, "-c", SAVED_AGAIN, str(tmp_path / "here"), str(tmp_path / "there")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    same = json.loads(done.stdout)
    assert same.keys() == remote_code(MODULE).keys()
    assert all(same.values())
