"""Search files in transformers' own `Trainer.hyperparameter_search`."""

import json
from pathlib import Path
from typing import Any

import pytest

from basstab_hf.errors import InputError
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.trainer_search import objective, trainer_search
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from tests.conftest import on_ray, riff

SEARCH: dict[str, Any] = {
    "train": {"model": {"n_head": 2, "n_positions": 64}},
    "space": {
        "layers": {"integer": [1, 2], "sets": "model.n_layer"},
        "width": {"choice": [16, 32], "sets": "model.n_embd"},
        "rate": {"number": [0.001, 0.01], "log": True, "sets": "training.learning_rate"},
    },
    "trials": 2,
    "parallel": 1,
    "searcher": "optuna",
    "scheduler": {"kind": "none"},
}

_SEARCH_WITH_A_TRAINER = """
import json, sys
from functools import partial
import ray
from transformers import Trainer, TrainingArguments
from basstab_hf.dataset.load import load_texts
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.trainer_search import trainer_search
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.data import cut_blocks, pad_blocks

if __name__ == "__main__":
    dataset, out, config, address = sys.argv[1:]
    config = SearchConfig.from_dict(json.loads(config))
    texts = {split: load_texts(dataset, split) for split in ("train", "validation")}
    words = BassTabTokenizer.from_column_texts(texts["train"], 2, "note")
    blocks = {split: [{"input_ids": ids} for ids in cut_blocks(texts[split], words, 64)] for split in texts}
    plan = trainer_search(config, words)
    trainer = Trainer(
        model_init=plan.model_init,
        args=TrainingArguments(out, max_steps=8, eval_strategy="steps", eval_steps=4, report_to=[], use_cpu=True,
                               save_strategy="no", remove_unused_columns=False, disable_tqdm=True),
        train_dataset=blocks["train"],
        eval_dataset=blocks["validation"],
        data_collator=partial(pad_blocks, pad=words.pad_token_id),
    )
    ray.init(address=address, log_to_driver=False)
    best = trainer.hyperparameter_search(storage_path=out, name="trials", verbose=0, **plan.arguments())
    found = [{**trial.config, "objective": trial.last_result["objective"]} for trial in best.run_summary.trials]
    print(json.dumps({"best": best.objective, "trials": found}))
    ray.shutdown()
"""


@pytest.fixture(scope="module")
def words() -> BassTabTokenizer:
    from basstab_hf import to_columns

    return BassTabTokenizer.from_column_texts([" ".join(to_columns(riff(number))) for number in range(4)], 1, "note")


@pytest.mark.slow
def test_a_trainer_searches_with_the_file(riff_dataset: Path, tmp_path: Path, ray_address: str) -> None:
    told = on_ray(_SEARCH_WITH_A_TRAINER, riff_dataset, tmp_path, json.dumps(SEARCH), ray_address)
    found = json.loads(told.splitlines()[-1])
    assert len(found["trials"]) == 2
    assert found["best"] == min(trial["objective"] for trial in found["trials"])
    for trial in found["trials"]:
        assert set(trial) == {"layers", "width", "learning_rate", "objective"}
        assert trial["width"] in (16, 32)


def test_models_are_as_chosen(words: BassTabTokenizer) -> None:
    plan = trainer_search(SearchConfig.from_dict(SEARCH), words)
    model = plan.model_init({"layers": 2, "width": 32, "learning_rate": 0.005})
    assert (model.config.n_layer, model.config.n_embd, model.config.vocab_size) == (2, 32, len(words))
    assert plan.model_init().config.n_layer == 1  # as the Trainer makes one before any trial
    assert set(plan.arguments()["hp_space"](None)) == {"layers", "width", "learning_rate"}


@pytest.mark.parametrize(
    "about",
    [
        {"kind": {"choice": ["column", "note"]}},
        {"rate": {"number": [0.001, 0.1], "sets": ["training.learning_rate", "training.weight_decay"]}},
    ],
)
def test_what_a_trainer_cannot_search_is_refused(words: BassTabTokenizer, about: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="cannot be searched by a Trainer: use `basstab search`"):
        trainer_search(SearchConfig.from_dict(SEARCH | {"space": about}), words)


def test_bits_per_column_count_before_nats_per_token() -> None:
    assert objective({"eval_loss": 2.0, "eval_validation_bits_per_column": 1.0}) == 1.0
    assert objective({"eval_loss": 2.0}) == 2.0
    with pytest.raises(InputError, match="give the Trainer an eval_dataset"):
        objective({"loss": 1.0})
