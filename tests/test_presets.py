"""Every preset starts by the command that the pages print for it, on whatever machine this is; only briefer."""

import json
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.search.config import Budget, SearchConfig
from basstab_hf.search.trial import run_trial
from basstab_hf.training import device as devices
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.device import Device, on_this_machine, precision_told
from tests.conftest import UNMEASURED
from tests.test_search import Tune, tune

__all__ = ["tune"]  # a fixture

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name != "log.md")]
_FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: What takes longer than ten seconds.
_SLOW = {"gpu", "seed"}


def printed(*beginning: str) -> list[list[str]]:
    """The commands on our pages that begin with these words, each once."""
    found: dict[str, list[str]] = {}
    for page in PAGES:
        for block in _FENCE.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                if line.split()[: len(beginning)] == list(beginning):
                    words = shlex.split(line, comments=True)
                    found[shlex.join(words)] = words
    return list(found.values())


def with_preset(verb: str) -> list[Any]:
    """The printed commands of a verb that name a preset."""
    found = []
    for words in printed("basstab", verb):
        if "--config" in words and (path := words[words.index("--config") + 1]).startswith("configs/"):
            name = Path(path).stem
            found.append(pytest.param(words, id=name, marks=[pytest.mark.slow] if name in _SLOW else []))
    return found


@pytest.fixture
def checkout(riff_dataset: Path, riff_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is one in which the printed commands work; nothing says what to compute on."""
    ours = {"configs": ROOT / "configs", "scripts": ROOT / "scripts", "data": riff_dataset, "mine": riff_model}
    for name, there in ours.items():
        (tmp_path / name).symlink_to(there)
    monkeypatch.chdir(tmp_path)
    for name in ("ACCELERATE_USE_CPU", "ACCELERATE_MIXED_PRECISION", "WORLD_SIZE", "RANK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def brief(words: list[str]) -> list[str]:
    """A printed command of a training, with fewer steps alone."""
    return [*words[1:], "--set", "training.max_steps=2"]


@pytest.mark.parametrize("verb", ["train", "search"])
def test_the_pages_print_a_command_for_every_preset(verb: str) -> None:
    used = {words[words.index("--config") + 1] for words in printed("basstab", verb) if "--config" in words}
    assert {f"configs/{verb}/{path.name}" for path in (ROOT / "configs" / verb).glob("*.yaml")} <= used


@pytest.mark.parametrize("words", with_preset("train"))
def test_presets_start_as_printed(words: list[str], checkout: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(brief(words)) == 0
    metrics = json.loads((checkout / words[words.index("--out") + 1] / "metrics.json").read_text())
    wants = TrainConfig.read(words[words.index("--config") + 1]).training.get("bf16")
    has = devices.device().bf16
    assert metrics["precision"] == ("bfloat16" if wants == "auto" and has else "float32")
    assert len([line for line in caplog.messages if "bf16" in line]) == (wants == "auto")
    assert metrics["seed"] == 42


@pytest.mark.parametrize("bf16", [True, False])
def test_base_computes_as_the_processor_is_quick(
    bf16: bool, checkout: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(devices, "_processor_has_bf16", lambda: bf16)
    command = ["basstab", "train", "data", "--out", "model", "--config", "configs/train/base.yaml"]
    assert main([*brief(command), "--set", "training.use_cpu=true"]) == 0
    metrics = json.loads((checkout / "model" / "metrics.json").read_text())
    assert (metrics["device"], metrics["precision"]) == ("cpu", "bfloat16" if bf16 else "float32")
    has = "bfloat16, since this processor has instructions for it"
    none = "float32, since this processor has no instructions for bfloat16"
    told = [line for line in caplog.messages if "warmup" not in line]
    assert told == [f"training.bf16 auto: {has if bf16 else none}"]


def _machine(monkeypatch: pytest.MonkeyPatch, found: Device) -> None:
    monkeypatch.setattr(
        devices, "device", lambda use_cpu=False: Device("cpu", "this processor", True) if use_cpu else found
    )


T4, H200 = Device("cuda", "Tesla T4", False), Device("cuda", "NVIDIA H200", True)
SLOW_CPU, QUICK_CPU = Device("cpu", "this processor", False), Device("cpu", "this processor", True)


@pytest.mark.parametrize(
    ("found", "wanted", "given"),
    [
        (H200, {"bf16": "auto"}, {"bf16": True, "use_cpu": False}),
        (T4, {"bf16": "auto"}, {"bf16": False, "use_cpu": False}),
        (T4, {"bf16": "auto", "fp16": True}, {"bf16": False, "fp16": True, "use_cpu": False}),
        (T4, {"bf16": "auto", "use_cpu": True}, {"bf16": True, "use_cpu": True}),
        (QUICK_CPU, {"bf16": "auto"}, {"bf16": True, "use_cpu": True}),
        (SLOW_CPU, {"bf16": "auto"}, {"bf16": False, "use_cpu": True}),
        (SLOW_CPU, {"bf16": True}, {"bf16": True, "use_cpu": True}),
        (H200, {}, {"use_cpu": False}),
        (SLOW_CPU, {"max_steps": 3}, {"max_steps": 3, "use_cpu": True}),
    ],
)
def test_the_machine_decides_what_is_left_to_it(
    found: Device, wanted: dict[str, Any], given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _machine(monkeypatch, found)
    assert on_this_machine(wanted) == given


@pytest.mark.parametrize(
    ("found", "wanted", "message"),
    [
        (SLOW_CPU, {"use_cpu": False}, "this machine has no accelerator"),
        (QUICK_CPU, {"fp16": True}, "training.fp16 needs a GPU"),
        (T4, {"bf16": True}, "training.bf16: Tesla T4 has no bfloat16"),
    ],
)
def test_what_a_machine_cannot_do_is_refused(
    found: Device, wanted: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _machine(monkeypatch, found)
    with pytest.raises(InputError, match=message):
        on_this_machine(wanted)


def test_bfloat16_that_will_be_slow_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _machine(monkeypatch, SLOW_CPU)
    assert "10 to 20 times as long" in str(precision_told({"bf16": True}))
    assert precision_told({}) is None
    _machine(monkeypatch, H200)
    assert precision_told({"bf16": "auto"}) == "training.bf16 auto: bfloat16, since NVIDIA H200 has instructions for it"
    assert precision_told({"bf16": True}) is None


def _ran(words: list[str], folder: Path, *brief: str) -> subprocess.CompletedProcess[str]:
    """A printed command in a process of its own; `basstab` and torchrun are those of this Python."""
    programs = {"basstab": "basstab_hf", "torchrun": "torch.distributed.run"}
    command = [sys.executable, "-m", programs[words[0]], *words[1:], *brief]
    return subprocess.run(command, cwd=folder, env=UNMEASURED, capture_output=True, text=True, timeout=600)


def _interrupted(*inputs: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize("words", printed("torchrun"), ids=shlex.join)
def test_processes_of_torchrun_start_as_printed(
    words: list[str], checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "--resume" in words:
        monkeypatch.setattr("basstab_hf.training.train.draw_loss_curve", _interrupted)
        assert main(["train", "data", "--out", "model", "--set", "training.max_steps=2"]) == 130
    done = _ran(words, checkout, "--set", "training.max_steps=3")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("trained; try") == 1


@pytest.mark.slow
@pytest.mark.parametrize("words", [words for words in printed("basstab", "train") if "--ray" in words], ids=shlex.join)
def test_workers_on_ray_start_as_printed(words: list[str], checkout: Path) -> None:
    done = _ran(words, checkout, "--set", "training.max_steps=2")
    assert done.returncode == 0, done.stderr
    assert (checkout / "model" / "model.safetensors").is_file()


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "search").glob("*.yaml")), ids=lambda path: path.stem)
def test_trials_of_a_space_train(path: Path, tune: Tune, riff_dataset: Path) -> None:
    """Its first values, in this process: the budget is brief, and nothing says what to compute on."""
    config = SearchConfig.read(path)
    config = replace(config, budget=Budget(steps=2, evaluations=1))
    run_trial(config.corners()[0], config=config, dataset=str(riff_dataset))
    assert tune.reports[-1]["complete"]


@pytest.mark.slow
@pytest.mark.parametrize("words", with_preset("search")[:1])
def test_a_space_is_searched_as_printed(words: list[str], checkout: Path) -> None:
    """The first one that the pages print: each takes a minute or two, and trials of all of them train above."""
    config = yaml.safe_load(Path(words[words.index("--config") + 1]).read_text())
    budget = "cpu_seconds=0.5" if "cpu_seconds" in config["budget"] else "steps=2"
    brief = [f"budget.{budget}", "budget.evaluations=1", "trials=2"]
    done = _ran(words, checkout, *[part for setting in brief for part in ("--set", setting)])
    assert done.returncode == 0, done.stderr
    assert (checkout / "found" / "best.yaml").is_file()
