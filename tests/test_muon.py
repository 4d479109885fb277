"""Muon: even steps for matrices of layers, AdamW's for the rest; chosen by `training.optim`."""

import copy
import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel, TrainingArguments

from basstab_hf.errors import InputError
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.muon import Muon, evened
from basstab_hf.training.setup import training_arguments
from basstab_hf.training.train import train
from tests.conftest import TINY


@given(st.integers(1, 24), st.integers(1, 24), st.floats(1e-6, 1e6), st.integers(0, 99))
def test_a_matrix_evened_keeps_its_directions(rows: int, columns: int, size: float, seed: int) -> None:
    """Singular vectors stay, and values that are not far below the largest come near 1."""
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)) * size
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    found = left.T @ evened(matrix) @ right.T
    new, clear = found.diagonal(), values > 0.1 * values.max()
    assert torch.allclose(found, torch.diag(new), atol=2e-3)
    assert bool(((new > 0.5) & (new < 1.4))[clear].all())


def test_evening_nothing_gives_nothing() -> None:
    assert torch.equal(evened(torch.zeros(3, 2)), torch.zeros(3, 2))


def test_only_matrices_of_layers_take_other_steps_than_with_adamw(tmp_path: Path) -> None:
    args = TrainingArguments(str(tmp_path), learning_rate=0.01, weight_decay=0.1, use_cpu=True)
    torch.manual_seed(0)
    shape = {"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 8, "vocab_size": 20}
    model = GPT2LMHeadModel(GPT2Config(**shape, bos_token_id=1, eos_token_id=2))
    usual = copy.deepcopy(model)
    ids = torch.arange(8)[None]
    for one in (model, usual):
        one.eval()(input_ids=ids, labels=ids).loss.backward()
    decayed = [{"params": weights, "weight_decay": 0.1 * (weights.ndim == 2)} for weights in usual.parameters()]
    torch.optim.AdamW(decayed, lr=0.01).step()
    Muon.of(model, args).step()
    after = dict(usual.named_parameters())
    other = {name.split(".", 3)[-1] for name, weights in model.named_parameters() if not weights.equal(after[name])}
    assert other == {"attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight"}


def test_a_run_with_it_learns_more_in_as_many_steps(riff_dataset: Path, riff_model: Path, tmp_path: Path) -> None:
    out = train(str(riff_dataset), tmp_path / "model", TrainConfig.from_dict(TINY, ["training.optim=muon"]))
    muon, adamw = (json.loads((folder / "metrics.json").read_bytes())["validation"] for folder in (out, riff_model))
    assert muon["bits_per_column_no_cache"] < adamw["bits_per_column_no_cache"]
    assert TrainConfig.read(out / "training.yaml").training["optim"] == "muon"


def test_what_nobody_knows_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="muun"):
        training_arguments(tmp_path, TrainConfig.from_dict(TINY, ["training.optim=muun"]))
