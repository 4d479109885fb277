import math
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from basstab_hf import BassTabTokenizer
from basstab_hf.dataset.load import load_texts
from basstab_hf.evaluation.scoring import Scorer, bits_per_column, n_columns
from basstab_hf.tokenizer.token_kinds import KINDS
from basstab_hf.training.column_trainer import ColumnTrainer, Density, columns_of_tokens
from basstab_hf.training.data import cut_blocks, pad_blocks
from basstab_hf.training.progress import TrainingBar
from basstab_hf.training.train import load_tokenizer

COUNTS = torch.tensor([0] * 70 + [1, 2])


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_of_a_text_have_its_columns(riff_dataset: Path, kind: str) -> None:
    texts = load_texts(str(riff_dataset), "train")
    tokenizer = BassTabTokenizer.from_column_texts(texts[1:], kind=kind)
    counts = columns_of_tokens(tokenizer)
    unseen = "<density:low> GDAE |||| ---- 24-- 5-x- ---- |||| <END>"
    for text in (*texts[:3], unseen):
        assert int(counts[tokenizer(text)["input_ids"]].sum()) == n_columns(text)


def test_columns_are_counted_where_tokens_are_predicted() -> None:
    """Not the first of a block, and none that has no label, as control words have not."""
    density = Density.of([{"input_ids": [70, 9, 70, 71]}, {"input_ids": [71, 70]}], partial(pad_blocks, pad=0), COUNTS)
    assert density == Density(tokens=3, columns=4)
    assert density.bits_per_column(math.log(2)) == 0.75
    assert math.isnan(Density(tokens=3, columns=0).bits_per_column(1.0))


def test_bits_in_training_are_those_of_the_evaluation(riff_dataset: Path, riff_model: Path, tmp_path: Path) -> None:
    """On pieces that a block holds whole, of different lengths, in batches that weigh them differently."""
    from transformers import GPT2LMHeadModel, TrainingArguments

    tokenizer = load_tokenizer(riff_model)
    texts = [text.split(" <END>")[0] + " <END>" for text in load_texts(str(riff_dataset), "train")]
    texts = [" ".join(text.split()[: 10 + 7 * place]) for place, text in enumerate(texts[:9])]
    blocks = [{"input_ids": ids} for ids in cut_blocks(texts, tokenizer, 128)]
    trainer = ColumnTrainer(
        tokenizer=tokenizer,
        model=GPT2LMHeadModel.from_pretrained(riff_model),
        args=TrainingArguments(
            str(tmp_path), use_cpu=True, per_device_eval_batch_size=4, dataloader_pin_memory=False, disable_tqdm=True
        ),
        train_dataset=blocks,
        eval_dataset={"validation": blocks},
        data_collator=partial(pad_blocks, pad=tokenizer.pad_token_id),
        patience=0,
    )
    expected = bits_per_column(Scorer(riff_model).nats(texts), [n_columns(text) for text in texts])
    trainer.evaluate()
    assert trainer.state.log_history[-1]["eval_validation_bits_per_column"] == pytest.approx(expected, rel=1e-4)


def test_the_bar_shows_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    bar = TrainingBar()
    args, state, control = SimpleNamespace(), SimpleNamespace(is_world_process_zero=True, max_steps=9), None
    bar.on_log(args, state, control, {"loss": 3.0})  # before the training there is no bar
    bar.on_train_begin(args, state, control)
    bar.on_log(args, state, control, {"loss": 2.0, "bits_per_column": 1.234, "columns_per_second": 8214.4})
    assert bar.training_bar.postfix == "1.23 bits/column, 8,214 columns/s"
    bar.on_log(args, state, control, {"eval_validation_bits_per_column": 1.3})
    assert bar.training_bar.postfix == "1.23 bits/column, held out 1.30, 8,214 columns/s"
    assert "step" in str(bar.training_bar)
    bar.on_train_end(args, state, control)


def test_without_a_terminal_there_is_a_line_an_evaluation(capsys: pytest.CaptureFixture[str]) -> None:
    bar = TrainingBar()
    args, control = SimpleNamespace(), None
    state = SimpleNamespace(is_world_process_zero=True, max_steps=9, global_step=5)
    bar.on_train_begin(args, state, control)
    bar.on_step_end(args, state, control)
    bar.on_log(args, state, control, {"loss": 2.0, "bits_per_column": 1.234, "columns_per_second": 8214.4})
    bar.on_log(args, state, control, {"eval_validation_bits_per_column": 1.3})
    bar.on_train_end(args, state, control)
    assert capsys.readouterr().err == "step 5 of 9: 1.23 bits/column, held out 1.30, 8,214 columns/s\n"
