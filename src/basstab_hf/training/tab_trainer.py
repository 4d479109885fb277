"""transformers' Trainer, made exact: what a run computes depends on its configuration alone, not on kills or processes.

Input: blocks of token ids, a model, TrainingArguments. Output: a trained model, and checkpoints to go on from.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers import Trainer, TrainerState, TrainingArguments, set_seed
from transformers.trainer_callback import ProgressCallback

from basstab_hf import files
from basstab_hf.errors import InputError, TrainingError
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.callbacks import LogAtCheckpoints, Patience, SaveByTime, TellEpoch, mean_loss
from basstab_hf.training.epoch_order import EpochOrder

_Block = Mapping[str, Sequence[int]]
_ORDERS = {"group_by_length": True, "random": False}


class Blocks(Protocol):
    """Blocks by number; those of training may be others in each epoch (`set_epoch`)."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> _Block: ...


class TabTrainer(Trainer):  # type: ignore[misc]  # transformers is untyped here
    """A Trainer whose runs resume exactly, give the same on any number of processes, and stop where losses burst.

    Args:
        patience: evaluations without a better validation loss after which a run ends; 0: it goes on to its last step.
    """

    control: Any

    def __init__(self, *, args: TrainingArguments, train_dataset: Blocks, patience: int, **kwargs: Any) -> None:
        by_length = _is_by_length(args)
        super().__init__(args=args, train_dataset=train_dataset, **kwargs)
        self.patience = Patience(patience)
        self.tab_tokenizer: BassTabTokenizer | None = kwargs.get("processing_class")
        self._order: EpochOrder | list[int] = EpochOrder(
            [len(train_dataset[index]["input_ids"]) for index in range(len(train_dataset))],
            args.train_batch_size * args.gradient_accumulation_steps * args.world_size,
            args.seed if args.data_seed is None else args.data_seed,
            by_length=by_length,
        )
        for callback in (TellEpoch(self._order, train_dataset), SaveByTime(), LogAtCheckpoints(), self.patience):
            self.add_callback(callback)
        if args.world_size > 1:  # else every process would drop out the same places
            set_seed(args.seed + args.process_index)

    def train_from(self, checkpoint: Path | None) -> dict[str, Any]:
        """Train to the end, from a checkpoint or from the beginning; what the Trainer measured.

        A run that was killed behind its last checkpoint is not trained again: the Trainer would take a step too many.
        """
        metrics: dict[str, Any] = {}
        if checkpoint is not None:
            _say_where_best_is(checkpoint)
        if checkpoint is None or not self._is_last(checkpoint):
            with self._bars_closed(), _denormals_flushed():
                metrics = self.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None).metrics
        self.accelerator.wait_for_everyone()  # all have read the best checkpoint when the first one goes on
        return metrics

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log; at the end of a run that was resumed, too, with the mean loss of all its steps."""
        if "train_loss" in logs:
            logs["train_loss"] = mean_loss(self.state.log_history) or logs["train_loss"]
        super().log(logs, start_time)

    def batches(self) -> list[list[int]]:
        """The numbers of the blocks of each batch of an epoch."""
        order, size = list(self._order), self.args.train_batch_size
        return [order[start : start + size] for start in range(0, len(order), size)]

    def follow(self, batches: Sequence[Sequence[int]]) -> None:
        """Take these batches, each epoch: to rehearse on a few of them."""
        self._order = [block for batch in batches for block in batch]

    def reason_of_end(self) -> str | None:
        """Why the run ended before its last step, None where it did not."""
        step, best = self.state.global_step, self.state.best_global_step
        if step >= self.state.max_steps or not self.patience.is_out(self.state.log_history):
            return None
        waited = f"{self.patience.evaluations} evaluations without a better validation loss than that of step {best}"
        return f"stopped at step {step} of {self.state.max_steps}: {waited}"

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Nats per token of each set of blocks: over all their tokens, however they are batched and shared out.

        The Trainer's own gives an average of batches, which changes with their size, and smooths labels here as well.
        """
        losses = {name: self._nats_per_token(blocks) for name, blocks in self.eval_dataset.items()}
        for name, loss in losses.items():
            self._require_finite(f"the {name} loss", loss, self.state.global_step)
        metrics = {f"{metric_key_prefix}_{name}_loss": loss for name, loss in losses.items()}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def push_to_hub(
        self,
        commit_message: str | None = "End of training",
        blocking: bool = True,
        token: str | None = None,
        revision: str | None = None,
        private: bool | None = None,
        **kwargs: Any,
    ) -> Any:
        """Push model, tokenizer, code, card and loss curve, in one commit: what `Trainer.push_to_hub` promises.

        Not the folder of the run, which has the arguments as a pickle. It is always done when this returns. Whose tabs
        the model learnt from is not asked here: publish what you may.

        Raises:
            HubError: no token, or the Hub refuses or cannot be reached.
        """
        if self.tab_tokenizer is None:
            return super().push_to_hub(commit_message, blocking, token, revision, private, **kwargs)
        from huggingface_hub import CommitInfo

        from basstab_hf.model.folder import save_model
        from basstab_hf.publish import push
        from basstab_hf.training.loss_curve import draw_loss_curve

        self.callback_handler.on_push_begin(self.args, self.state, self.control)
        if not self.is_world_process_zero():
            return None
        with files.scratch() as folder:
            save_model(copy.deepcopy(self.accelerator.unwrap_model(self.model)), self.tab_tokenizer, folder)
            if self.state.log_history:
                draw_loss_curve(self.state.log_history, folder / "loss_curve.png")
            pushed = push(
                folder,
                self.hub_model_id or self.args.hub_model_id or Path(self.args.output_dir).resolve().name,
                private=bool(self.args.hub_private_repo if private is None else private),
                rights_cleared=True,
                revision=revision or self.args.hub_revision,
                message=commit_message,
                token=token or self.args.hub_token,
            )
        about = {"commit_message": commit_message or "", "commit_description": "", "oid": pushed.commit}
        return CommitInfo(
            commit_url=pushed.commit_url, _endpoint=pushed.url.removesuffix(f"/{pushed.repo_id}"), **about
        )

    def training_step(self, *inputs: Any, **kwargs: Any) -> Any:
        """One forward and backward pass.

        Raises:
            TrainingError: the loss is no number.
        """
        loss = super().training_step(*inputs, **kwargs)
        self._require_finite("the loss", loss, self.state.global_step + 1)
        return loss

    @contextmanager
    def _bars_closed(self) -> Iterator[None]:
        """Close the progress bar where an error ends the run: the error gets a line of its own."""
        try:
            yield
        finally:
            for callback in self.callback_handler.callbacks:
                if isinstance(callback, ProgressCallback) and callback.training_bar is not None:
                    callback.on_train_end(self.args, self.state, self.control)

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        """Refuse a gradient that is no number: the last moment before weights change, and the same in all processes."""
        norm = super()._get_grad_norm(model, grad_norm=grad_norm)
        if not self.args.fp16:  # whose scaler skips steps that overflow
            self._require_finite("the gradient", norm, self.state.global_step + 1)
        return norm

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        """Load them with the learning rate and weight decay of the configuration, where those of the checkpoint differ.

        They differ where population based training, or `--resume --set`, goes on with other values.
        """
        super()._load_optimizer_and_scheduler(checkpoint)
        if checkpoint is None:
            return
        groups, rate = self.optimizer.param_groups, self.args.learning_rate
        for group in groups:
            if group["initial_lr"] != rate:
                group["lr"] *= rate / group["initial_lr"]
                group["initial_lr"] = rate
        for group in (groups[0], *groups[2:]):  # the second group is never decayed
            group["weight_decay"] = self.args.weight_decay
        schedule: Any = self.lr_scheduler
        getattr(schedule, "scheduler", schedule).base_lrs = [rate] * len(groups)

    def _get_train_sampler(self, train_dataset: Any = None) -> EpochOrder | list[int]:
        return self._order

    def _save_rng_state(self, output_dir: str) -> None:
        """Save the random states of all processes before trainer_state.json says that the checkpoint is whole."""
        super()._save_rng_state(output_dir)
        self.accelerator.wait_for_everyone()

    def _is_last(self, checkpoint: Path) -> bool:
        """Whether a run ended at this checkpoint; then state and weights are those of its end."""
        state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
        steps = self.args.max_steps if self.args.max_steps > 0 else state.max_steps
        if state.global_step < steps and not self.patience.is_out(state.log_history):
            return False
        self.state = state
        best = checkpoint.with_name(f"checkpoint-{state.best_global_step}")
        wanted = best if self.args.load_best_model_at_end and best.is_dir() else checkpoint
        self._load_from_checkpoint(str(wanted))
        return True

    def _nats_per_token(self, blocks: Sequence[_Block]) -> float:
        batch, processes = self.args.eval_batch_size, self.args.world_size
        ordered = sorted(blocks, key=lambda block: len(block["input_ids"]))
        starts = range(0, len(ordered), batch)[self.args.process_index :: processes]
        nats, tokens = 0.0, 0
        self.model.eval()
        with torch.no_grad():
            for start in starts:
                inputs = self._prepare_inputs(self.data_collator(ordered[start : start + batch]))
                count = int((inputs["labels"][:, 1:] >= 0).sum())
                nats += self.model(**inputs).loss.item() * count
                tokens += count
        if processes > 1:
            sums = torch.tensor([nats, tokens], dtype=torch.float64, device=self.args.device)
            nats, tokens = self.accelerator.reduce(sums, "sum").tolist()
        return nats / tokens

    def _require_finite(self, what: str, value: Any, step: int) -> None:
        if math.isfinite(value := float(value)):
            return
        rate, norm = self.args.learning_rate, self.args.max_grad_norm
        cure = f"start anew with training.learning_rate below {rate:g} or training.max_grad_norm below {norm:g}"
        if not norm:
            cure = f"start anew with training.learning_rate below {rate:g} or with training.max_grad_norm=1"
        raise TrainingError(f"step {step}: {what} is {value}: {cure}; the last checkpoint is kept")


@contextmanager
def _denormals_flushed() -> Iterator[None]:
    """Take numbers below 1e-38 as 0 in this thread: Adam's averages get there, and a CPU is far slower with them.

    Measured: a quarter less time for the seed's preset, no other losses.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _say_where_best_is(checkpoint: Path) -> None:
    """Correct the path of the best checkpoint that a checkpoint names: the run folder may have been moved since."""
    file = checkpoint / "trainer_state.json"
    state = json.loads(file.read_bytes())
    best = checkpoint.with_name(f"checkpoint-{state['best_global_step']}")
    if state["best_model_checkpoint"] not in (None, str(best)) and best.is_dir():
        files.write_text(file, json.dumps(state | {"best_model_checkpoint": str(best)}, indent=2) + "\n", force=True)


def _is_by_length(args: TrainingArguments) -> bool:
    strategy = str(getattr(args.train_sampling_strategy, "value", args.train_sampling_strategy))
    if strategy not in _ORDERS:
        raise InputError(f"training.train_sampling_strategy {strategy!r} cannot be used: take {' or '.join(_ORDERS)}")
    return _ORDERS[strategy]
