import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from basstab_hf import BassTabTokenizer
from basstab_hf.cli import main
from basstab_hf.dataset.build import build
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import InputError, OutputError
from basstab_hf.locks import held
from basstab_hf.model.folder import load_tokenizer, model_code
from basstab_hf.model.gpt2 import new_model
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.data import cut_blocks, pad_blocks
from basstab_hf.training.loss_curve import draw_loss_curve
from basstab_hf.training.run_folder import last_checkpoint
from basstab_hf.training.train import train, usual_bar_width
from tests.conftest import TINY, UNMEASURED

ROOT = Path(__file__).parent.parent
MODEL_FOLDER = {
    *("chat_template.jinja", "config.json", "generation_config.json", "loss_curve.png", "metrics.json"),
    "mixture.safetensors",
    *("model.safetensors", "tokenizer.json", "tokenizer_config.json", "training.yaml", "tunes.dat"),
    *(name.partition("/")[0] for name in model_code()),
}


def test_the_model_folder_is_self_contained(riff_model: Path) -> None:
    assert {path.name for path in riff_model.iterdir()} == MODEL_FOLDER
    assert json.loads((riff_model / "config.json").read_text())["dtype"] == "float32"
    metrics = json.loads((riff_model / "metrics.json").read_text())
    known = {"trained", "validation", "cpu_seconds", "parameters", "dataset", "versions"}
    assert known | {"seed", "device", "precision", "git"} == set(metrics)
    assert (riff_model / "loss_curve.png").read_bytes().startswith(b"\x89PNG")


def test_training_learns(riff_model: Path) -> None:
    log = json.loads((riff_model / "metrics.json").read_text())["trained"]["log"]
    losses = [entry["eval_validation_loss"] for entry in log if "eval_validation_loss" in entry]
    assert len(losses) == 3
    assert losses[-1] < losses[0]


@pytest.mark.slow
def test_plain_transformers_loads_it_without_the_package(riff_model: Path) -> None:
    program = """
import sys
sys.modules["basstab_hf"] = None
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
assert model.dtype == torch.float32
pipe = pipeline("text-generation", model=sys.argv[1])
out = pipe("GDAE |||| ---- ---5", max_new_tokens=12, min_new_tokens=10)[0]["generated_text"]
assert out.startswith("GDAE |||| ---- ---5 ") and len(out.split()) >= 12, out
"""
    subprocess.run([sys.executable, "-c", program, riff_model], check=True, cwd=riff_model, env=UNMEASURED)


def test_same_seed_same_model(riff_dataset: Path, riff_model: Path, tmp_path: Path) -> None:
    again = train(str(riff_dataset), tmp_path / "again", TrainConfig.from_dict(TINY))
    assert (again / "model.safetensors").read_bytes() == (riff_model / "model.safetensors").read_bytes()


@pytest.mark.slow
def test_a_killed_run_goes_on_to_exactly_the_same_losses(riff_dataset: Path, tmp_path: Path) -> None:
    """kill -9 behind the first checkpoint, go on, and end where an undisturbed run ends, dropout and all."""
    out, file = tmp_path / "model", tmp_path / "tiny.yaml"
    settings = ["training.gradient_accumulation_steps=2", "training.logging_steps=4"]
    config = TrainConfig.from_dict(TINY, settings)
    file.write_text(yaml.safe_dump(asdict(config)))
    command = [sys.executable, "-m", "basstab_hf", "train", str(riff_dataset), "--out", str(out), "--config", str(file)]
    with subprocess.Popen(command, env=UNMEASURED, stderr=subprocess.DEVNULL) as run:
        _wait_for_checkpoint(run, out)
        run.send_signal(signal.SIGKILL)
    assert not (out / "model.safetensors").exists()
    with pytest.raises(InputError, match="holds an unfinished run: add --resume"):
        train(str(riff_dataset), out, config)
    train(str(riff_dataset), out, config, resume=True)
    whole = train(str(riff_dataset), tmp_path / "whole", config)
    assert _losses(out) == _losses(whole)
    assert (out / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_a_checkpoint_that_is_written_only_in_part_is_passed_over(tmp_path: Path) -> None:
    for step, text in ((90, "{}"), (100, "{}"), (110, '{"global_st'), (120, None)):
        checkpoint = tmp_path / "checkpoints" / f"checkpoint-{step}"
        checkpoint.mkdir(parents=True)
        if text is not None:
            (checkpoint / "trainer_state.json").write_text(text)
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoints" / "checkpoint-100"


def test_a_run_killed_while_it_wrote_its_model_is_finished_only(
    riff_dataset: Path, riff_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*inputs: object) -> None:
        raise KeyboardInterrupt

    config = TrainConfig.from_dict(TINY)
    with monkeypatch.context() as changed:
        changed.setattr("basstab_hf.training.train.draw_loss_curve", killed)
        with pytest.raises(KeyboardInterrupt):
            train(str(riff_dataset), tmp_path / "model", config)
    assert not (tmp_path / "model" / "model.safetensors").exists()
    train(str(riff_dataset), tmp_path / "model", config, resume=True)
    assert _losses(tmp_path / "model") == _losses(riff_model)
    assert {path.name for path in (tmp_path / "model").iterdir()} == MODEL_FOLDER
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == (riff_model / "model.safetensors").read_bytes()


def test_a_run_that_bursts_says_so_in_one_line(
    riff_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(yaml.safe_dump(TINY))
    settings = ["--set", "training.learning_rate=1e38", "--set", "training.max_grad_norm=0"]
    arguments = ["train", str(riff_dataset), "--out", str(tmp_path / "model"), "--config", str(file), *settings]
    assert main(arguments) == 1
    *_, last = capsys.readouterr().err.splitlines()
    assert last.startswith("basstab train: step ")
    assert "start anew with training.learning_rate below 1e+38 or with training.max_grad_norm=1" in last
    assert not (tmp_path / "model" / "model.safetensors").exists()


def test_a_run_without_progress_ends_early_and_says_why(
    riff_dataset: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = ["patience=2", "training.eval_steps=3", "training.learning_rate=0"]
    model = train(str(riff_dataset), tmp_path / "model", TrainConfig.from_dict(TINY, settings))
    reason = "stopped at step 9 of 30: 2 evaluations without a better validation loss than that of step 3"
    assert json.loads((model / "metrics.json").read_text())["trained"]["ended"] == reason
    assert caplog.messages == [reason]


@pytest.mark.parametrize("patience", ["-1", "often", "true"])
def test_patience_is_a_number(patience: str) -> None:
    with pytest.raises(InputError, match="is no number of evaluations: 0 turns it off"):
        TrainConfig.from_dict(TINY, [f"patience={patience}"])


def _wait_for_checkpoint(run: subprocess.Popen[str], out: Path) -> None:
    deadline = time.monotonic() + 120
    while last_checkpoint(out) is None:
        assert time.monotonic() < deadline
        assert run.poll() is None
        time.sleep(0.02)


def _losses(folder: Path) -> list[dict[str, float]]:
    """The log without times."""
    log = json.loads((folder / "metrics.json").read_text())["trained"]["log"]
    return [
        {name: value for name, value in entry.items() if name != "columns_per_second"}
        for entry in log
        if "train_runtime" not in entry
    ]


def _interrupted(run: subprocess.Popen[str], out: Path) -> str:
    """What a run says on Ctrl-C. Python drops an interrupt that falls into a finaliser: if it trains on, ask again."""
    run.send_signal(signal.SIGINT)
    reached = None
    for _ in range(30):
        try:
            return run.communicate(timeout=2)[1]
        except subprocess.TimeoutExpired:
            reached, before = last_checkpoint(out), reached
            if before not in (None, reached):
                run.send_signal(signal.SIGINT)
                reached = None
    raise AssertionError("interrupted, and still there a minute later")


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(riff_dataset: Path, tmp_path: Path) -> None:
    out, config = tmp_path / "model", tmp_path / "tiny.yaml"
    config.write_text(yaml.safe_dump(TINY))
    command = [sys.executable, "-m", "basstab_hf", "train", str(riff_dataset), "--out", str(out)]
    command += ["--config", str(config), "--set", "training.max_steps=20000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        try:
            _wait_for_checkpoint(run, out)
            said = _interrupted(run, out)
        finally:
            run.kill()
    assert run.returncode == 130
    assert f"go on from its last checkpoint with `basstab train {riff_dataset} --out {out} --resume`" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("context", [52, 100, 1000])
def test_blocks_hold_every_token_once_and_start_where_systems_do(riff_dataset: Path, context: int) -> None:
    texts = load_texts(str(riff_dataset), "test")
    tokenizer = BassTabTokenizer.from_column_texts(texts)
    blocks = cut_blocks(texts, tokenizer, context)
    assert max(map(len, blocks)) <= context
    stream = [token for block in blocks for token in block]
    assert tokenizer.decode_columns(stream) == " ".join(texts)
    assert stream.count(tokenizer.eos_token_id) == stream.count(tokenizer.bos_token_id) == len(texts)
    if context >= 100:  # a system of these has 75 words
        assert all(tokenizer.decode_columns(block).startswith("GDAE |||| ") for block in blocks)


def test_padding_has_no_label() -> None:
    batch = pad_blocks([{"input_ids": [75, 76, 77]}, {"input_ids": [78]}], pad=0)
    assert batch["input_ids"].tolist() == [[75, 76, 77], [78, 0, 0]]
    assert batch["labels"].tolist() == [[75, 76, 77], [78, -100, -100]]


def test_the_usual_bar_is_the_most_frequent() -> None:
    texts = ["GDAE |||| ---- ---5 |||| ---- ---- ---- |||| ---- 5--- |||| <END> GDAE |||| ---- ----", ""]
    assert usual_bar_width(texts) == 2
    assert usual_bar_width(["GDAE ||||"]) is None


def test_small_is_the_built_in_configuration() -> None:
    assert TrainConfig.read(ROOT / "configs" / "train" / "small.yaml") == TrainConfig.small()
    assert TrainConfig.small().model["n_positions"] >= 512


@pytest.mark.parametrize(("room", "module"), [("train", "training"), ("search", "search")])
def test_small_presets_of_package_and_repository_are_one_text(room: str, module: str) -> None:
    """The package has its own, since a wheel has no configs/ and a checkout on Windows no links."""
    ours = ROOT / "src" / "basstab_hf" / module / "small.yaml"
    assert ours.read_bytes() == (ROOT / "configs" / room / "small.yaml").read_bytes()


def test_the_seed_preset_has_the_seeds_numbers() -> None:
    config = TrainConfig.read(ROOT / "configs" / "train" / "seed.yaml")
    model = new_model(config.model, BassTabTokenizer.from_column_texts(["GDAE |||| ---- <END>"])).config
    assert (model.n_positions, model.n_embd, model.n_head, model.n_layer) == (52, 84, 7, 4)
    assert model.attn_pdrop == model.resid_pdrop == 0.0985
    assert model.activation_function == "relu"
    assert config.training["learning_rate"] == 0.0076
    assert config.training["max_steps"] == 1000
    assert config.training["per_device_train_batch_size"] == 48


def test_whole_numbers_are_numbers() -> None:
    config = TrainConfig.from_dict({"model": {"n_layer": 1, "n_embd": 8, "n_head": 1, "initializer_range": 1}})
    model = new_model(config.model, BassTabTokenizer.from_column_texts(["GDAE |||| ---- <END>"]))
    assert model.config.initializer_range == 1.0


def test_settings_change_single_values(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("model: {n_layer: 2}\ntraining: {learning_rate: 1e-3}\n")
    config = TrainConfig.read(path, ["training.max_steps=7", "model.n_layer=3", "min_count=1"])
    assert config.training == {"learning_rate": 0.001, "max_steps": 7}
    assert (config.model["n_layer"], config.min_count, config.context) == (3, 1, 1024)


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("a: [", [], "is no YAML"),
        ("- 1", [], "must map names to values"),
        ("modle: {}", [], "'modle' is no setting: did you mean model?"),
        ("model: 3", [], "model must map names to values"),
        ("model: {}", ["x"], "is not of the form name=value"),
        ("about: x", ["about.more=1"], "about holds a value"),
        ("controls: 1.5", [], "controls 1.5 is no share: choose 0 to 1"),
        ("fill_in_the_middle: half", [], "fill_in_the_middle 'half' is no share"),
        ("model: {}", ["model.n_layer=["], "the value is no YAML"),
        ("training: {hub_token: abc}", [], "training.hub_token would travel with the model: set HF_TOKEN instead"),
    ],
)
def test_broken_configurations_are_told(tmp_path: Path, text: str, settings: list[str], message: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        TrainConfig.read(path, settings)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.n_head=3", "model.n_embd 32 is no multiple of model.n_head 3"),
        ("model.depth=3", "model.depth is no setting of GPT2Config"),
        (
            "training.evaluation_strategy=steps",
            "training.evaluation_strategy is no setting of TrainingArguments: did you mean eval_strategy",
        ),
        ("kind=beat", "'beat' is no kind of tokens: there are column, note, riff"),
    ],
)
def test_settings_that_do_not_fit_are_told(riff_dataset: Path, tmp_path: Path, setting: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        train(str(riff_dataset), tmp_path / "model", TrainConfig.from_dict(TINY, [setting]))
    assert not (tmp_path / "model").exists()


def test_a_mistake_costs_no_model(riff_dataset: Path, riff_model: Path, tmp_path: Path) -> None:
    model = shutil.copytree(riff_model, tmp_path / "model")
    for dataset, settings in (("nowhere", []), (str(riff_dataset), ["model.n_head=3"])):
        with pytest.raises(InputError):
            train(dataset, model, TrainConfig.from_dict(TINY, settings), force=True)
    assert (model / "model.safetensors").exists()


def test_a_run_that_ended_before_its_first_checkpoint_is_no_obstacle(riff_dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    (out / "checkpoints").mkdir(parents=True)
    (out / "training.yaml").write_text("")
    settings = ["training.max_steps=1", "training.eval_steps=1"]
    assert (train(str(riff_dataset), out, TrainConfig.from_dict(TINY, settings)) / "model.safetensors").exists()


@pytest.mark.parametrize("setting", ["", "model.n_layer=1", "min_count=1"])
def test_a_run_goes_on_with_what_it_began_with_only(
    setting: str, riff_dataset: Path, riff_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*inputs: object) -> None:
        raise KeyboardInterrupt

    out, dataset = tmp_path / "model", str(riff_dataset)
    brief = ["training.max_steps=2", "training.eval_steps=1"]
    with monkeypatch.context() as changed, pytest.raises(KeyboardInterrupt):
        changed.setattr("basstab_hf.training.train.draw_loss_curve", killed)
        train(dataset, out, TrainConfig.from_dict(TINY, [*brief, "min_count=60"]))
    if not setting:
        dataset = str(tmp_path / "other")
        build([str(riff_folder)], Path(dataset), limit=40)
    other = {"": "dataset", "model.n_layer=1": "model", "min_count=1": "tokenizer"}[setting]
    config = TrainConfig.from_dict(TINY, [*brief, "min_count=60", *filter(None, [setting])])
    with pytest.raises(InputError, match=f"began with another {other}: go on with that one, or start anew"):
        train(dataset, out, config, resume=True)
    assert last_checkpoint(out) is not None


def test_nothing_to_resume_and_taken_folders_are_told(riff_dataset: Path, riff_model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no checkpoint to resume from"):
        train(str(riff_dataset), tmp_path / "none", TrainConfig.from_dict(TINY), resume=True)
    with pytest.raises(OutputError, match="--force"):
        train(str(riff_dataset), riff_model, TrainConfig.from_dict(TINY))


@pytest.mark.parametrize("how", [{}, {"force": True}])
def test_a_run_where_another_one_goes_on_is_refused_before_any_work(tmp_path: Path, how: dict[str, bool]) -> None:
    with held(tmp_path / "run"), pytest.raises(OutputError, match=r"run is being written by process \d+ on "):
        train(str(tmp_path / "no dataset"), tmp_path / "run", TrainConfig.from_dict(TINY), **how)


def test_a_broken_tokenizer_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no tokenizer"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be read"):
        load_tokenizer(tmp_path)


def test_a_loss_curve_without_losses_is_still_a_picture(tmp_path: Path) -> None:
    draw_loss_curve([], tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_a_step_that_cannot_fit_is_told_before_the_network_is_made(
    riff_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("basstab_hf.training.checks.memory", lambda use_cpu: 5_000_000)
    monkeypatch.delattr("basstab_hf.training.setup.start_model")
    config = TrainConfig.from_dict(TINY, ["training.per_device_train_batch_size=60000"])
    with pytest.raises(InputError, match=r"batch_size 60000: one step of [\d,]+ tokens takes more than \d"):
        train(str(riff_dataset), tmp_path / "model", config)
    assert not (tmp_path / "model").exists()
    with pytest.raises(NameError, match="start_model"):  # what fits goes on
        train(str(riff_dataset), tmp_path / "model", TrainConfig.from_dict(TINY))
