"""From a trained model to a stranger who loads it: over HTTP, in processes of their own, with a kill in between."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from basstab_hf.tab.values import Tab
from tests.conftest import TINY, UNMEASURED
from tests.hub_server import TOKEN, HubServer

pytestmark = pytest.mark.slow


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as server:
        yield server


def environment(hub: HubServer, home: Path) -> dict[str, str]:
    """Of somebody who is logged in to this Hub."""
    ours = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}
    return {**UNMEASURED, **ours, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}


def run(hub: HubServer, home: Path, *command: object, status: int = 0) -> str:
    """What a process prints; nothing of it shows the token."""
    done = subprocess.run(
        [sys.executable, *map(str, command)], env=environment(hub, home), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == status, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return done.stdout


# A stranger: this package cannot be imported, and the cache is empty.
STRANGER = """
import contextlib, io, json, re, sys, warnings
sys.modules["basstab_hf"] = None
from datasets import load_dataset
from huggingface_hub import ModelCard, snapshot_download
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline, set_seed

found = {}
card = ModelCard.load("me/tabs")
card.validate()
found["metrics"] = [result.metric_type for result in card.data.eval_results]
snippets = re.findall(r"```python\\n(.*?)```", card.text, re.DOTALL)
for place, snippet in enumerate(one for one in snippets if "basstab_hf" not in one):
    set_seed(place)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(snippet, {})
    found[f"snippet {place}"] = printed.getvalue()
found["model"] = type(AutoModelForCausalLM.from_pretrained("me/tabs")).__name__
stock = AutoTokenizer.from_pretrained("me/tabs")
ours = AutoTokenizer.from_pretrained("me/tabs", trust_remote_code=True)
found["tokenizers"] = [type(stock).__name__, type(ours).__name__]
found["same ids"] = stock("GDAE ||||")["input_ids"] == ours("GDAE ||||")["input_ids"]
found["inferred"] = type(pipeline(model="me/tabs", trust_remote_code=True)).__name__
rows = load_dataset("me/riffs")
found["splits"] = {split: len(rows[split]) for split in rows}
found["columns"] = rows["train"][0]["columns"][:9]
found["trained here"] = type(AutoModelForCausalLM.from_pretrained("me/trained")).__name__
again = pipeline("bass-tab-generation", model="me/trained", trust_remote_code=True)
found["tab of it"] = again("", bars=2)[0]["generated_text"]
found["tokenizer alone"] = type(AutoTokenizer.from_pretrained("me/tokenizer", trust_remote_code=True)).__name__
found["space"] = sorted(path.name for path in __import__("pathlib").Path(
    snapshot_download("me/page", repo_type="space")).iterdir())
print(json.dumps(found))
"""

# Somebody with the package, in Python.
FRIEND = """
import json, sys
from pathlib import Path
from transformers import AutoModelForCausalLM
from basstab_hf import BassTabTokenizer, generate_tab
from basstab_hf.generate import Request
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.setup import new_trainer, training_arguments
from basstab_hf.dataset.load import load_texts
dataset, out, tiny = sys.argv[1:]
config = TrainConfig.from_dict(json.loads(tiny) | {"fill_in_the_middle": 0.0})
tokenizer = BassTabTokenizer.from_pretrained("me/tabs")
tokenizer.push_to_hub("me/tokenizer")
AutoModelForCausalLM.from_pretrained("me/tabs").push_to_hub("me/weights")
arguments = training_arguments(Path(out), config)
arguments.hub_model_id = "me/trained"
texts = {split: load_texts("me/riffs", split) for split in ("train", "validation")}
trainer = new_trainer(arguments, config, tokenizer, texts)
before = next(trainer.model.parameters()).dtype
info = trainer.push_to_hub("Straight from the Trainer")
assert next(trainer.model.parameters()).dtype == before
print(json.dumps({"url": info.commit_url, "tab": generate_tab("me/tabs", Request(bars=2, seed=1)).text}))
"""


def test_from_a_trained_model_to_a_stranger_who_plays_it(
    hub: HubServer, riff_model: Path, riff_dataset: Path, tmp_path: Path
) -> None:
    home, push = tmp_path / "home", ("-m", "basstab_hf", "push")
    run(hub, home, *push, riff_model, "me/tabs", status=1)  # of tabs that do not say that they are free
    run(hub, home, *push, riff_model, "me/tabs", "--rights-cleared")
    run(hub, home, *push, riff_dataset, "me/riffs", "--rights-cleared")
    run(hub, home, *push, "--space", "me/page", "--static", "--model", riff_model, "--rights-cleared")
    friend = json.loads(run(hub, home, "-c", FRIEND, riff_dataset, tmp_path / "run", json.dumps(TINY)))
    assert friend["url"].startswith(f"{hub.url}/me/trained/commit/")
    assert len(Tab.parse(friend["tab"]).bars) == 2
    trained = hub.files("me/trained")
    assert {"model.safetensors", "README.md", "tokenizer.json", "pipeline_basstab.py"} < set(trained)
    assert not [name for name in trained if name.endswith((".bin", ".pt"))]
    assert hub.repos["model", "me/trained"].messages[1:] == ["Straight from the Trainer"]
    written = run(hub, home, "-m", "basstab_hf", "generate", "me/tabs", "--bars", "2", "--seed", "1")
    assert written.strip() == friend["tab"].strip()

    found = json.loads(run(hub, tmp_path / "stranger", "-c", STRANGER))
    assert found["metrics"] == ["bits_per_column", "bits_per_column_no_cache"]
    assert len(Tab.parse(found["snippet 0"]).bars) == 4  # it learnt for 30 steps: the grammar came along
    assert found["snippet 1"].startswith("GDAE ||||")
    assert found["model"] == found["trained here"] == "GPT2LMHeadModel"
    assert found["tokenizers"] == ["TokenizersBackend", "BassTabTokenizer"]
    assert found["same ids"]
    assert found["inferred"] == "BassTabGenerationPipeline"
    assert sum(found["splits"].values()) == 60
    assert found["columns"] == "GDAE ||||"
    assert found["tab of it"].startswith("G|")
    assert found["tokenizer alone"] == "BassTabTokenizer"
    assert {"README.md", "index.html"} < set(found["space"])


def test_a_push_that_is_killed_goes_on_and_makes_one_commit(hub: HubServer, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "README.md").write_text("---\nsdk: static\n---\n")
    for name in "abc":
        (folder / f"{name}.onnx").write_bytes(name.encode() * 100_000)
    command = [sys.executable, "-m", "basstab_hf", "push", folder, "me/page"]
    hub.fail("put", "slow", skip=1, times=100, seconds=30)
    with subprocess.Popen(command, env=environment(hub, tmp_path), stderr=subprocess.DEVNULL) as pushing:
        deadline = time.monotonic() + 120
        while not hub.large and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(pushing.pid, signal.SIGKILL)
    sent = set(hub.large)
    assert len(sent) == 1
    assert hub.repos["space", "me/page"].messages == ["initial commit"]
    hub.fail("put", "slow", times=0)
    hub.log.clear()
    run(hub, tmp_path, *command[1:])
    assert hub.repos["space", "me/page"].messages == ["initial commit", "Push space with basstab"]
    assert len(hub.files("me/page", "space")) == 5
    assert b"Untitled" not in hub.files("me/page", "space")["README.md"]  # which is what the Hub put there
    again = {line.split("/")[2][:64] for line in hub.log if line.startswith("PUT")}
    assert len(again) == 2
    assert not again & sent


@pytest.mark.parametrize(("status", "told"), [(404, "404 Not Found"), (403, "403 Forbidden")])
def test_a_hub_without_xet_is_told_with_a_way_out(hub: HubServer, tmp_path: Path, status: int, told: str) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "README.md").write_text("---\nsdk: static\n---\n")
    (folder / "a.onnx").write_bytes(b"a" * 1000)
    hub.fail("xet", status, times=100)
    with_xet = {**environment(hub, tmp_path), "HF_HUB_DISABLE_XET": "0"}
    command = [sys.executable, "-m", "basstab_hf", "push", str(folder), "me/page"]
    done = subprocess.run(command, env=with_xet, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert "large files go up by Xet, and that failed" in line
    assert told in line
    assert "HF_HUB_DISABLE_XET=1" in line
    assert TOKEN not in done.stderr
    run(hub, tmp_path, *command[1:])
    assert "a.onnx" in hub.files("me/page", "space")


def test_a_hub_to_try_things_on_can_be_started_by_hand(tmp_path: Path) -> None:
    starting = [sys.executable, "-m", "tests.hub_server"]
    with subprocess.Popen(starting, stdout=subprocess.PIPE, text=True, env=UNMEASURED) as serving:
        assert serving.stdout
        command, *settings = serving.stdout.readline().split()
        found = dict(one.split("=", 1) for one in settings)
        told = subprocess.run(
            [sys.executable, "-c", "import huggingface_hub as hub; print(hub.HfApi().whoami()['name'])"],
            env={**UNMEASURED, **found, "HF_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        serving.send_signal(signal.SIGINT)
    assert (command, told.stdout.strip(), serving.returncode) == ("export", "me", 0)


MANY = """
import sys
from basstab_hf.dataset import load
from basstab_hf.errors import InputError
def told(name, **limits):
    for limit, value in limits.items():
        setattr(load, limit, value)
    try:
        print(len(load.load_texts(name, "train")))
    except InputError as error:
        print(error)
told("me/riffs")
told("me/riffs", MAX_ROWS=10)
told("me/riffs", MAX_ROWS=10**6, MAX_BYTES=1000)
told("me/bare", MAX_ROWS=10, MAX_BYTES=10**9)
told("me/broken", MAX_ROWS=10**6)
"""


def test_a_dataset_of_the_hub_has_the_limits_of_a_folder(hub: HubServer, riff_dataset: Path, tmp_path: Path) -> None:
    run(hub, tmp_path, "-m", "basstab_hf", "push", riff_dataset, "me/riffs", "--rights-cleared")
    files = hub.files("me/riffs", "dataset")
    [(name, rows)] = [(name, content) for name, content in files.items() if name.startswith("data/train")]
    for repo, content in (("me/bare", rows), ("me/broken", rows[:-2000] + rows[-1900:])):
        run(hub, tmp_path, "-c", f"from huggingface_hub import create_repo; create_repo({repo!r}, repo_type='dataset')")
        hub.edit(repo, name, content, "dataset")
    found = run(hub, tmp_path, "-c", MANY).splitlines()
    count = int(found[0])
    assert found[1] == f"the train split of me/riffs has {count} rows: up to 10 are read"
    assert found[2].startswith("me/riffs: columns of the train split has ")
    assert found[3] == f"the train split of me/bare has {count} rows: up to 10 are read"
    assert found[4].startswith("me/broken has no train split that can be loaded: ")
    assert len(found) == 5
