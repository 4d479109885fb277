"""Settings that cannot be meant: each is told in one line that names it, and nothing has begun by then."""

from pathlib import Path

import pytest
import yaml

from basstab_hf.cli import main

TINY = {
    "model": {"n_layer": 1, "n_head": 2, "n_embd": 16, "n_positions": 64},
    "training": {"eval_steps": 1, "logging_steps": 1, "per_device_train_batch_size": 4},
}
#: The first setting of each line is the one that is named.
TRAIN = """
model.n_layer=0
model.n_layer=-1
model.n_layer=1.5
model.n_layer=two
model.n_layer=null
model.n_layer=true
model.n_layer=[2]
model.n_positions=65536 model.n_layer=256
model.n_layer=2026-01-01
model.n_layer=99999999999999999999999999
model.n_head=0
model.n_head=3
model.n_head=.nan
model.n_embd=0
model.n_embd=15
model.n_embd=1000000000
model.n_positions=[]
model.n_positions=0
model.n_positions={a: 1}
model.n_positions=65536
model.n_inner=0
model.activation_function=gelo
model.activation_function=[relu]
model.activation_function=null
model.resid_pdrop=1.5
model.resid_pdrop=-0.1
model.attn_pdrop=.inf
model.embd_pdrop=much
model.layer_norm_epsilon=0
model.initializer_range=-1
model.scale_attn_weights=maybe
model.vocab_size=100
model.bos_token_id=1
model.depth=3
model.n_layers=3
model.add_cross_attention=true
model=3
model=null
training.max_steps=0
training.max_steps=-5
training.max_steps=2.5
training.max_steps=1e400
training.max_steps=100000000000000000000
training.max_steps=true
training.max_steps=null
training.max_steps=2026-01-01
training.num_train_epochs=0
training.eval_steps=0
training.eval_steps=-5
training.eval_steps=2.5
training.eval_steps=null
training.save_steps=-1
training.logging_steps=0
training.learning_rate=-1
training.learning_rate=fast
training.learning_rate=.nan
training.learning_rate=.inf
training.learning_rate=true
training.learning_rate=[0.1]
training.warmup_steps=-1
training.weight_decay=-0.1
training.adam_beta1=1
training.adam_beta2=-0.1
training.adam_epsilon=0
training.max_grad_norm=-1
training.label_smoothing_factor=1
training.per_device_train_batch_size=0
training.per_device_train_batch_size=2.5
training.per_device_eval_batch_size=-4
training.gradient_accumulation_steps=0
training.seed=-1
training.seed=4294967296
training.data_seed=1.5
training.lr_scheduler_type=cosin
training.lr_scheduler_type=3
training.lr_scheduler_type=cosine_with_min_lr
training.lr_scheduler_type=warmup_stable_decay
training.lr_scheduler_kwargs={x: 1}
training.optim=muun
training.optim=lomo
training.optim=adamw_torch training.optim_args=x
training.evaluation_strategy=steps
training.eval_strategy=epochs
training.eval_strategy=no
training.learningrate=0.1
training.bf16=maybe
training.bf16=1
training.fp16=true training.use_cpu=true
training.use_cpu=please
training.output_dir=/tmp/x
training.report_to=wandb
training.push_to_hub=true
training.hub_token=abc
training.resume_from_checkpoint=x
training.metric_for_best_model=accuracy
training.train_sampling_strategy=sequential
training.remove_unused_columns=true
training.deepspeed=x.json
training.dataloader_num_workers=-1
training.torch_empty_cache_steps=0
training.save_total_limit=0
training.gradient_checkpointing=often
training.ddp_backend=smoke
training.torch_compile_backend=x
training.dataloader_persistent_workers=true
training.1=2
training=[]
transposed=yes
transposed=2
transposed=.nan
relabelled=half
controls=null
fill_in_the_middle=[0.5]
short_share=2
short_context=8 short_share=0.5
short_context=64 short_share=0.5
patience=-1
patience=true
min_count=0
min_count=often
kind=beat
kind=[note]
tunings=GDAE
tunings=[1]
about=3
modle={}
x
""".strip().splitlines()
#: Files, and a part of what is told.
FILES = {
    "a: [": "is no YAML",
    "- 1": "must map names to values",
    "model: {n_layer: 2, n_layer: 3}": "'n_layer' is there twice",
    "model: &a {b: *a}": "its aliases unfold to",
    "training: &a {max_steps: 2, model: *a}": "its aliases unfold to",
    "model: 2026-13-45": "is no YAML: month must be in 1..12",
    "about: !!python/object/apply:os.system [ls]": "could not determine a constructor",
    "? [a, b]\n: 3": "found unhashable key",
    "1: 2": "'1' is no setting",
    "null: 2": "'None' is no setting",
    "model: {? null : 2}": "model.None is no setting",
    "training: {max_steps: 0o17}": "training.max_steps '0o17'",
    "training: {max_steps: 1_000_000_000_000}": "training.max_steps 1000000000000: choose a whole number from 1",
    "training: {save_steps: 3, eval_steps: 2}": "not a round multiple of 2",
    "training: {eval_strategy: epoch, eval_steps: 2}": "requires the save and eval strategy to match",
    "training: {bf16: true, fp16: true, use_cpu: true}": "training.fp16 needs a GPU",
    "model: {n_embd: 16000, n_layer: 96, n_head: 1}": "million weights need 4,7",
    "base: &b {n_layer: 2}": "'base' is no setting",
    "[" * 5000: "nested too deeply",
    "model: {n_layer: " + "9" * 6000 + "}": "is no YAML: Exceeds the limit",
    "\x07": "special characters are not allowed",
}
SEARCH = {
    "train": {"model": {"n_layer": 1, "n_head": 2, "n_embd": 16, "n_positions": 64}, "training": {"use_cpu": True}},
    "space": {"rate": {"number": [0.001, 0.01], "log": True, "sets": "training.learning_rate"}},
    "budget": {"steps": 4, "evaluations": 2},
    "trials": 2,
}
#: As TRAIN; behind -> what is named instead.
SPACES = """
space.layers={integer: [-3, 4], sets: model.n_layer} -> model.n_layer -3
space.layers={integer: [1, 400], sets: model.n_layer} -> model.n_layer 400
space.layers={integer: [1, 100000000000000000000], sets: model.n_layer} -> layers
space.layers={integer: [1, .inf], sets: model.n_layer} -> layers needs integer
space.layers={integer: [1, 4], sets: model.depth} -> model.depth is no setting of GPT2Config
space.layers={integer: [1, 4], sets: model.n_layers} -> did you mean n_layer?
space.layers={integer: [1, 4], sets: []} -> layers: sets []
space.layers={integer: [1, 4], sets: 3} -> layers: sets 3
space.layers={integer: [1, 4], sets: [[model.n_layer]]} -> layers: sets
space.layers={integer: [1, 4], step: 0.5, sets: model.n_layer} -> layers: step 0.5 does not fit
space.layers={integer: [1, 4], step: x, sets: model.n_layer} -> layers: step 'x' does not fit
space.layers={integer: [1, 4], step: .nan, sets: model.n_layer} -> layers: step nan
space.layers={integer: [1, 4], log: maybe, sets: model.n_layer} -> layers: log 'maybe'
space.rate={number: [.nan, 1], sets: training.learning_rate} -> rate
space.rate={number: [-1, 1], sets: training.learning_rate} -> training.learning_rate -1
space.rate={number: [0.1, 1e400], sets: training.learning_rate} -> rate
space.rate={number: [2026-01-01, 3], sets: training.learning_rate} -> rate needs number
space.rate={number: [0, 1], sets: training.learningrate} -> did you mean learning_rate?
space.order={choice: [linear, cosin], sets: training.lr_scheduler_type} -> did you mean cosine?
space.order={choice: [cosine_with_min_lr], sets: training.lr_scheduler_type} -> cosine_with_min_lr
space.optim={choice: [muon, lomo], sets: training.optim} -> training.optim lomo cannot be used here
space.act={choice: [relu, gelo], sets: model.activation_function} -> did you mean gelu?
space.kind={choice: [note, beat]} -> 'beat' is no kind of tokens
space.batch={choice: [0, 4], sets: training.per_device_train_batch_size} -> per_device_train_batch_size 0
space.steps={integer: [10, 20], sets: training.max_steps} -> training.max_steps is what the budget decides
space.drop={number: [0.0, 1.0], sets: model.resid_pdrop} -> model.resid_pdrop 1
space.heads={choice: [3, 2], sets: model.n_positions} -> model.n_positions 3
space=[] -> space must map names to ranges
space.a=null -> a must say one of
train.training.max_steps=5 -> training.max_steps is what the budget decides
train.training.eval_strategy=epoch -> training.eval_strategy is what the budget decides
train.training.learning_rte=5 -> did you mean learning_rate?
train.training.optim=adamw_bnb_8bit -> adamw_bnb_8bit cannot be used here
train.training.bf16=often -> training.bf16 'often': choose auto, true or false
train.model.n_layer=0 -> model.n_layer 0
train.model.vocab_size=3 -> model.vocab_size
train.kind=3 -> no kind of tokens
train=3 -> must map names to values
trials=0 -> trials 0
trials=1e400 -> trials
trials=true -> trials true
parallel=-1 -> parallel -1
cpus_per_trial=4000 -> cpus_per_trial 4000
gpus_per_trial=.nan -> gpus_per_trial nan
gpus_per_trial=4000 -> gpus_per_trial 4000
retries=-1 -> retries -1
seed=4294967296 -> seed 4294967296
budget.steps=0 -> budget.steps 0
budget.steps=1e400 -> budget.steps
budget.evaluations=8 -> budget.steps 4 are fewer
budget.cpu_seconds=3 -> budget needs either
budget.hours=3 -> 'hours' is no setting
budget=null -> budget must map
searcher=grid -> searcher 'grid'
searcher=[hyperopt] -> searcher ['hyperopt']
scheduler={kind: pbt, mutate: rate} searcher=random -> scheduler.mutate 'rate'
scheduler={kind: pbt, mutate: [[rate]]} searcher=random -> scheduler.mutate
scheduler={kind: pbt, mutate: [rate]} -> set searcher to random
scheduler=asha -> scheduler must map
scheduler.grace=0 -> grace
about=[x] -> about ['x']
""".strip().splitlines()


def _settings(line: str) -> list[str]:
    """The arguments of a line; settings are parted by blanks, which also stand inside of brackets."""
    parts: list[str] = []
    for word in line.split(" "):
        whole = parts and all(parts[-1].count(a) == parts[-1].count(b) for a, b in ("[]", "{}"))
        if parts and not whole:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    return [argument for part in parts for argument in ("--set", part)]


def _refused(verb: str, config: Path, settings: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is told: one line, before anybody looked for the dataset, and nothing was made."""
    before = set(config.parent.iterdir())
    out = ["--out", str(config.parent / "out")]
    assert main([verb, "no dataset", *out, "--config", str(config), *settings]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith(f"basstab {verb}: ")
    assert "dataset" not in said
    assert "Traceback" not in said
    assert set(config.parent.iterdir()) == before
    return said


@pytest.mark.parametrize("line", TRAIN)
def test_a_training_is_refused(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(TINY))
    said = _refused("train", tmp_path / "a.yaml", _settings(line), capsys)
    assert line.split("=")[0].rpartition(".")[2] in said or line.startswith(("kind", "tunings"))


@pytest.mark.parametrize("text", FILES, ids=lambda text: text[:40])
def test_a_file_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert FILES[text] in _refused("train", tmp_path / "a.yaml", [], capsys)


@pytest.mark.parametrize("line", SPACES)
def test_a_search_is_refused_before_ray_is_started(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("basstab_hf.search.search.connected")
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(SEARCH))
    settings, _, message = line.partition(" -> ")
    assert message in _refused("search", tmp_path / "a.yaml", _settings(settings), capsys)


def test_what_is_only_odd_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """These get as far as the dataset that is not there."""
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(TINY))
    for line in (
        "training.max_steps=1e3",
        "training.max_steps=2 training.eval_steps=500",
        "training.eval_steps=0.5 training.save_steps=0.5",
        "training.max_steps=-1 training.num_train_epochs=0.1",
        "training.bf16=auto training.optim=muon",
        "model.n_inner=null training.save_total_limit=null",
        "transposed=1 kind=riff tunings=[BEADG]",
    ):
        out = ["--out", str(tmp_path / "out"), "--config", str(tmp_path / "a.yaml")]
        assert main(["train", "no dataset", *out, *_settings(line)]) == 1
        assert "no dataset is no dataset folder" in capsys.readouterr().err
