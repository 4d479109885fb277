"""One trial, in a worker of Ray Tune: a training as `train` runs it, which reports at each evaluation and can go on.

Input: chosen parameters, the search's configuration, a dataset. Output: reports with figures and a checkpoint, which is
the run folder's checkpoints/ with the tokenizer and a note of what the run is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, set_seed

from basstab_hf import files
from basstab_hf.dataset.load import Facts, load_facts, load_texts
from basstab_hf.model.folder import load_tokenizer
from basstab_hf.search.budget import steps_within
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.trials import Evaluation, plain
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.progress import TrainingBar
from basstab_hf.training.run_folder import CHECKPOINTS, last_checkpoint
from basstab_hf.training.setup import learn_tokenizer, new_trainer, training_arguments

#: The metric that schedulers and searchers look at. It is that of the best evaluation so far, whose weights are kept.
METRIC = "bits_per_column"
#: What else a report holds: all evaluations so far, the steps of the whole training, whether it came to its end.
EVALUATIONS, STEPS, COMPLETE = "evaluations", "steps", "complete"
#: Beside the Trainer's own checkpoints in what a trial reports.
NOTE, TOKENIZER = "trial.json", "tokenizer"


@dataclass(frozen=True, slots=True)
class Note:
    """What a trial needs to go on, or to be finished as a model: its configuration, and its evaluations so far."""

    config: TrainConfig
    evaluations: tuple[Evaluation, ...] = ()

    def write(self, checkpoints: Path) -> None:
        """Write the note beside checkpoints."""
        files.write_text(checkpoints / NOTE, json.dumps(asdict(self)) + "\n", force=True)

    @classmethod
    def read(cls, checkpoints: Path) -> Note:
        """Read the note of a checkpoint that a trial reported."""
        values = json.loads(files.read_bytes(checkpoints / NOTE))
        return cls(
            TrainConfig.from_dict(values["config"]), tuple(Evaluation(**entry) for entry in values["evaluations"])
        )


def run_trial(chosen: Mapping[str, Any], *, config: SearchConfig, dataset: str) -> None:
    """Train with the `chosen` values to the end of the budget; Ray Tune may stop it at any report."""
    from ray import tune

    chosen = {name: plain(value) for name, value in chosen.items()}
    texts = _texts(dataset)
    with files.scratch() as out:
        if checkpoint := tune.get_checkpoint():
            checkpoint.to_directory(out / CHECKPOINTS)
            words, note = load_tokenizer(out / CHECKPOINTS / TOKENIZER), Note.read(out / CHECKPOINTS)
            # Population based training may have given the weights of another trial, and other values to go on with.
            training = config.configured(chosen, note.config.training["max_steps"])
            note = replace(note, config=training)
        else:
            words, note = _begun(chosen, config, texts)
            (out / CHECKPOINTS).mkdir()
            words.save_pretrained(out / CHECKPOINTS / TOKENIZER)
        arguments = training_arguments(out, note.config)
        set_seed(arguments.seed)
        trainer = new_trainer(arguments, note.config, words, texts, _facts(dataset) if note.config.controls else ())
        trainer.remove_callback(TrainingBar)
        trainer.add_callback(_Reporter(note))
        trainer.train_from(last_checkpoint(out))


def _begun(
    chosen: Mapping[str, Any], config: SearchConfig, texts: Mapping[str, list[str]]
) -> tuple[BassTabTokenizer, Note]:
    """The tokenizer and the note of a trial that begins."""
    training = config.configured(chosen, steps=1)
    words = learn_tokenizer(texts["train"], training, training_arguments(Path(), training).seed)
    steps = config.budget.steps or steps_within(config.budget.cpu_seconds or 0, training, words, texts)
    return words, Note(config.configured(chosen, steps))


@lru_cache(maxsize=1)
def _texts(dataset: str) -> dict[str, list[str]]:
    """The texts of both splits; each worker reads them once, and runs many trials."""
    return {split: load_texts(dataset, split) for split in ("train", "validation")}


@lru_cache(maxsize=1)
def _facts(dataset: str) -> list[Facts]:
    """What the rows of the training split tell."""
    return load_facts(dataset, "train")


class _Reporter(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Reports each evaluation, with the checkpoint that follows it."""

    def __init__(self, note: Note) -> None:
        self._note = note
        before = note.evaluations[-1] if note.evaluations else None
        self._cpu = time.process_time() - (before.cpu_seconds if before else 0)
        self._clock = time.perf_counter() - (before.seconds if before else 0)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Report; this blocks until Ray Tune lets the trial go on, and ends its thread where it does not."""
        from ray import tune

        figures: dict[str, float] = {}
        for entry in state.log_history:
            figures |= entry
        evaluation = Evaluation(
            step=state.global_step,
            bits_per_column=figures["eval_validation_bits_per_column"],
            train_bits_per_column=figures["eval_train_bits_per_column"],
            columns_per_second=figures["columns_per_second"],
            cpu_seconds=round(time.process_time() - self._cpu, 2),
            seconds=round(time.perf_counter() - self._clock, 2),
        )
        self._note = replace(self._note, evaluations=(*self._note.evaluations, evaluation))
        self._note.write(Path(args.output_dir))
        report = {
            METRIC: min(evaluation.bits_per_column for evaluation in self._note.evaluations),
            EVALUATIONS: [asdict(evaluation) for evaluation in self._note.evaluations],
            STEPS: state.max_steps,
            COMPLETE: control.should_training_stop,
        }
        tune.report(report, checkpoint=tune.Checkpoint.from_directory(args.output_dir))
