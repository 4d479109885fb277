import json
import subprocess
import sys

import pytest
import yaml

from basstab_hf import BassTabTokenizer
from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.hub import shipped
from basstab_hf.model.folder import model_code
from basstab_hf.tab.values import Tab
from tests.test_train import MODEL_FOLDER

#: Bytes of the whole folder: what a package may weigh for it.
MOST = 4_000_000


def test_without_a_model_the_shipped_one_writes_and_needs_no_torch() -> None:
    program = """
import sys
for name in ("torch", "transformers", "datasets"): sys.modules[name] = None
from basstab_hf import generate_tab
print(len(generate_tab().bars))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "8\n"


def test_the_shipped_folder_is_small_and_complete() -> None:
    folder = shipped.shipped_model()
    files = {path.name: path.stat().st_size for path in folder.iterdir()}
    code = {name.partition("/")[0] for name in model_code()}  # is the package itself, which two files name
    named = {"pipeline_basstab.py", "tokenization_basstab.py"}
    assert set(files) == MODEL_FOLDER - code | named | {"README.md", "card.yaml", "evaluation.json"}
    assert sum(files.values()) <= MOST
    assert (
        len(BassTabTokenizer.from_pretrained(str(folder)))
        == json.loads((folder / "config.json").read_text())["vocab_size"]
    )


def test_the_shipped_model_can_be_asked() -> None:
    folder = shipped.shipped_model()
    config = yaml.safe_load((folder / "training.yaml").read_text())
    assert config["controls"] > 0
    assert config["fill_in_the_middle"] > 0
    learnt = json.loads((folder / "metrics.json").read_text())["dataset"]["controls"]
    assert {"<density:low>", "<register:high>", "<key:Em>", "<metre:3/4>"} <= set(learnt)


def test_generate_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--seed", "3", "--bars", "2", "--density", "low", "--metre", "3/4"]) == 0
    tab = Tab.parse(capsys.readouterr().out)
    assert [len(bar) for bar in tab.bars] == [13, 13]


def test_what_the_shipped_model_never_learnt_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--technique", "slap"]) == 1
    assert "did not learn <technique:slap>: of technique it knows none" in capsys.readouterr().err


def test_an_installation_without_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "FOLDER", "nothing_here")
    with pytest.raises(InputError, match="nothing_here is not there: install basstab-hf anew, or name a model folder"):
        shipped.shipped_model()
