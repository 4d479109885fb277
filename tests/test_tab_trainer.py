"""What a run computes depends on its configuration alone: not on kills, accumulation or the size of batches."""

import random
import shutil
from functools import partial, wraps
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, TrainingArguments, set_seed
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from basstab_hf.errors import InputError, TrainingError
from basstab_hf.tokenizer.control_words import RESERVED
from basstab_hf.training.data import pad_blocks
from basstab_hf.training.muon import Muon
from basstab_hf.training.tab_trainer import TabTrainer

WORDS, STEPS = len(RESERVED) + 20, 14


class Changing(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """Blocks that are others in every epoch, as augmented ones are."""

    def __init__(self, blocks: int = 22) -> None:
        self.blocks, self.epoch = blocks, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.blocks

    def __getitem__(self, number: int) -> dict[str, list[int]]:
        if number >= self.blocks:
            raise IndexError(number)
        chance = random.Random(f"{self.epoch} {number}")
        return {"input_ids": [chance.randrange(len(RESERVED), WORDS) for _ in range(3 + number % 5)]}


def trainer(
    out: Path, dataset: Any = None, *, patience: int = 0, dropout: float = 0.1, muon: bool = False, **settings: Any
) -> TabTrainer:
    values = {
        "per_device_train_batch_size": 4,
        "per_device_eval_batch_size": 4,
        "learning_rate": 0.01,
        "max_steps": STEPS,
        "eval_steps": 1,
        "save_steps": 1,
        "logging_steps": 3,
        "eval_strategy": "steps",
        "metric_for_best_model": "eval_validation_loss",
        "greater_is_better": False,
        "load_best_model_at_end": True,
        "train_sampling_strategy": "group_by_length",
        "logging_nan_inf_filter": False,
        "use_cpu": True,
        "dataloader_pin_memory": False,
    }
    set_seed(1)
    shape = {"n_layer": 1, "n_head": 1, "n_embd": 8, "n_positions": 16, "vocab_size": WORDS}
    dropouts = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), dropout)
    model = GPT2LMHeadModel(GPT2Config(**shape, **dropouts, bos_token_id=1, eos_token_id=2, pad_token_id=0))
    args = TrainingArguments(**values | settings, output_dir=str(out / "checkpoints"), report_to=[])
    made = TabTrainer(
        model=model,
        args=args,
        optimizers=(Muon.of(model, args) if muon else None, None),
        train_dataset=dataset or Changing(),
        eval_dataset={"train": list(Changing(5)), "validation": list(Changing(11))},
        data_collator=partial(pad_blocks, pad=0),
        patience=patience,
    )
    made.remove_callback(ProgressCallback)
    made.remove_callback(PrinterCallback)
    return made


def losses(run: TabTrainer) -> list[tuple[int, str, float]]:
    names = ("loss", "grad_norm", "eval_train_loss", "eval_validation_loss")
    return [(entry["step"], name, entry[name]) for entry in run.state.log_history for name in names if name in entry]


@pytest.mark.parametrize(
    ("strategy", "accumulation", "muon"),
    [("group_by_length", 1, False), ("random", 2, False), ("group_by_length", 1, True)],
)
def test_from_every_checkpoint_on_a_run_is_the_same(
    tmp_path: Path, strategy: str, accumulation: int, *, muon: bool
) -> None:
    """With dropout and data that change with the epoch: 22 blocks are 6 steps of 4, or 3 of 2 x 4."""
    settings: dict[str, Any] = {
        "train_sampling_strategy": strategy,
        "gradient_accumulation_steps": accumulation,
        "muon": muon,
    }
    whole = trainer(tmp_path / "whole", **settings)
    whole.train_from(None)
    for step in (3, 6, 7):
        out = tmp_path / str(step)
        checkpoint = out / "checkpoints" / f"checkpoint-{step}"
        shutil.copytree(tmp_path / "whole" / "checkpoints" / checkpoint.name, checkpoint)
        again = trainer(out, **settings)
        again.train_from(checkpoint)
        assert losses(again) == losses(whole)
    assert all(torch.equal(*pair) for pair in zip(again.model.parameters(), whole.model.parameters(), strict=True))


def test_checkpoints_come_by_time_and_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At steps that are logged anyway; the mean loss of a run that went on from one is that of all its steps."""
    settings = {"eval_steps": 7, "save_steps": 7}
    usual = trainer(tmp_path / "usual", **settings)
    mean = usual.train_from(None)["train_loss"]
    monkeypatch.setattr("basstab_hf.training.callbacks._BETWEEN_CHECKPOINTS", 0)
    whole = trainer(tmp_path / "whole", **settings)
    assert whole.train_from(None)["train_loss"] == pytest.approx(mean)
    there = {int(path.name.rpartition("-")[2]) for path in (tmp_path / "whole" / "checkpoints").iterdir()}
    assert there == {3, 6, 7, 9, 12, 14}
    again = trainer(tmp_path / "whole", **settings)
    goes_on = again.train_from(tmp_path / "whole" / "checkpoints" / "checkpoint-9")
    assert goes_on["train_loss"] == pytest.approx(mean)
    assert losses(again) == losses(whole) == losses(usual)


def test_a_run_killed_after_its_last_step_is_not_trained_on(tmp_path: Path) -> None:
    whole = trainer(tmp_path, learning_rate=0.5)
    whole.train_from(None)
    assert whole.state.best_global_step not in (None, STEPS)
    again = trainer(tmp_path, learning_rate=0.5)
    assert again.train_from(tmp_path / "checkpoints" / f"checkpoint-{STEPS}") == {}
    assert losses(again) == losses(whole)
    assert all(torch.equal(*pair) for pair in zip(again.model.parameters(), whole.model.parameters(), strict=True))


def test_accumulated_batches_are_as_good_as_a_large_one(tmp_path: Path) -> None:
    large, small = (
        trainer(tmp_path / str(batch), dropout=0, per_device_train_batch_size=batch, gradient_accumulation_steps=times)
        for batch, times in ((8, 1), (2, 4))
    )
    large.train_from(None)
    small.train_from(None)
    for one, other in zip(losses(large), losses(small), strict=True):
        assert one[:2] == other[:2]
        assert one[2] == pytest.approx(other[2], rel=1e-4)


def test_evaluation_counts_tokens_whatever_the_batches_and_smoothing(tmp_path: Path) -> None:
    """Against the definition: the costs of all tokens but the first of each block, summed, over their number."""
    one = trainer(tmp_path / "1", per_device_eval_batch_size=1, label_smoothing_factor=0.3)
    many = trainer(tmp_path / "7", per_device_eval_batch_size=7)
    nats, tokens = 0.0, 0
    for block in Changing(11):
        ids = torch.tensor([block["input_ids"]])
        nats += one.model.eval()(input_ids=ids, labels=ids).loss.item() * (ids.shape[1] - 1)
        tokens += ids.shape[1] - 1
    assert one.evaluate()["eval_validation_loss"] == pytest.approx(nats / tokens, rel=1e-6)
    assert many.evaluate()["eval_validation_loss"] == pytest.approx(nats / tokens, rel=1e-6)


def test_patience_ends_a_run_and_its_best_weights_are_kept(tmp_path: Path) -> None:
    run = trainer(tmp_path / "a", patience=3, learning_rate=0.3, max_steps=100)
    run.train_from(None)
    seen = [value for _, name, value in losses(run) if name == "eval_validation_loss"]
    best = seen.index(min(seen)) + 1
    assert len(seen) == best + 3 < 100
    assert run.evaluate()["eval_validation_loss"] == pytest.approx(min(seen), rel=1e-6)
    waited = f"3 evaluations without a better validation loss than that of step {best}"
    assert run.reason_of_end() == f"stopped at step {best + 3} of 100: {waited}"
    again = trainer(tmp_path / "a", patience=3, learning_rate=0.3, max_steps=100)
    assert again.train_from(tmp_path / "a" / "checkpoints" / f"checkpoint-{best + 3}") == {}
    assert again.reason_of_end() == run.reason_of_end()


def test_a_run_to_its_last_step_needs_no_reason(tmp_path: Path) -> None:
    run = trainer(tmp_path, patience=100)
    run.train_from(None)
    assert run.reason_of_end() is None


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    run = trainer(tmp_path, dropout=0)
    forward, calls = run.model.forward, []

    @wraps(forward)
    def breaking(**inputs: Any) -> Any:
        calls.append(run.model.training)
        outputs = forward(**inputs)
        if sum(calls) == 5:
            outputs.loss = outputs.loss * float("nan")
        return outputs

    run.model.forward = breaking
    message = r"step 5: the loss is nan: start anew with training.learning_rate below 0.01 or training.max_grad_norm"
    with pytest.raises(TrainingError, match=message):
        run.train_from(None)
    assert (tmp_path / "checkpoints" / "checkpoint-4" / "trainer_state.json").exists()


@pytest.mark.parametrize("norm", [0.0, 1.0])
def test_a_gradient_that_is_no_number_stops_the_run(tmp_path: Path, norm: float) -> None:
    run = trainer(tmp_path, max_grad_norm=norm)
    run.model.transformer.wpe.weight.register_hook(lambda gradient: gradient * float("inf"))
    weights = [weight.detach().clone() for weight in run.model.parameters()]
    with pytest.raises(TrainingError, match=r"step 1: the gradient is nan: .*max_grad_norm"):
        run.train_from(None)
    assert all(torch.equal(*pair) for pair in zip(weights, run.model.parameters(), strict=True))


def test_a_validation_loss_that_is_no_number_stops_the_run_before_it_is_saved(tmp_path: Path) -> None:
    run = trainer(tmp_path, learning_rate=1e38, max_grad_norm=0)
    with pytest.raises(TrainingError, match=r"is nan|is inf"):
        run.train_from(None)
    assert not list((tmp_path / "checkpoints").glob("checkpoint-*"))


def test_an_order_that_cannot_be_resumed_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'batch_rebalance' cannot be used: take group_by_length or random"):
        trainer(tmp_path, train_sampling_strategy="batch_rebalance")
