"""docs/transformers.md does what it says: its code runs as printed, block after block, in a process without us."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from basstab_hf.generate import Request, generate_tab
from basstab_hf.metrics.validity import validity
from basstab_hf.tab.values import Tab
from tests.conftest import UNMEASURED, riff
from tests.hub_server import TOKEN, HubServer

PAGE = Path(__file__).parents[1] / "docs" / "transformers.md"
RUN = """
import contextlib, io, json, sys
sys.modules["basstab_hf"] = None  # the package cannot be imported
from transformers import set_seed
names, found = {}, []
for block in json.load(sys.stdin):
    set_seed(1)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(block, names)
    found.append(printed.getvalue())
print(json.dumps(found))
"""


@pytest.mark.slow
def test_every_block_runs_as_printed(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    tuning = blocks[3]
    assert len(tuning.splitlines()) <= 30
    blocks[3] = re.sub(r"STEPS = (.*), \d+\n", r"STEPS = \1, 2\n", tuning)
    assert blocks[3] != tuning
    (tmp_path / "my_tabs").mkdir()
    for number in range(12):
        (tmp_path / "my_tabs" / f"{number}.txt").write_text(riff(number))
    with HubServer() as hub:
        ours = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}
        environment = {**UNMEASURED, **ours, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_TELEMETRY": "1"}
        push = [sys.executable, "-m", "basstab_hf", "push", "shipped", "me/bass-tabs"]
        subprocess.run(push, env=environment, check=True, capture_output=True)
        done = subprocess.run(
            [sys.executable, "-c", RUN],
            env=environment,
            cwd=tmp_path,
            input=json.dumps(blocks),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed = json.loads(done.stdout.splitlines()[-1])
        assert {"handler.py", "custom_generate/generate.py", "model.safetensors"} < hub.files("me/my-bass").keys()
    for tab in (printed[0], printed[1], printed[5]):
        assert [len(bar) for bar in Tab.parse(tab.strip()).bars] == [17] * 4
        assert validity(tab.strip()).tab_validity == 1.0
    assert printed[2].startswith("G|")
    for name in ("mine", "mine-lora"):
        tab = generate_tab(tmp_path / name, Request(bars=3, seed=1))
        assert [len(bar) for bar in tab.bars] == [17] * 3
        assert "match_cache" in json.loads((tmp_path / name / "generation_config.json").read_text())
