"""Search files: what they may say, and how choices become trainings."""

import json
import random
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.errors import InputError
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.space import Parameter

FILES = sorted(Path("configs/search").glob("*.yaml"))
_SEED = SearchConfig.read("configs/search/seed.yaml")
_TRAIN = {"model": {"n_head": 2, "n_embd": 32, "n_positions": 64}}
_LAYERS = {"layers": {"integer": [1, 4], "sets": "model.n_layer"}}


def _config(**values: object) -> SearchConfig:
    return SearchConfig.from_dict({"train": _TRAIN, "space": _LAYERS, **values})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_shipped_can_be_read_and_written(path: Path) -> None:
    config = SearchConfig.read(path)
    assert config.about
    again = yaml.safe_load(yaml.safe_dump(asdict(config)))
    assert SearchConfig.from_dict(again) == config


def test_an_installed_package_searches_as_the_file_says() -> None:
    assert SearchConfig.small() == SearchConfig.read("configs/search/small.yaml")
    assert SearchConfig.small(["trials=3", "budget.evaluations=2"]).trials == 3


def test_the_seeds_space_is_the_seeds() -> None:
    ranges = {parameter.name: parameter.values for parameter in _SEED.parameters}
    assert ranges["batch"] == (10, 20)
    assert ranges["block"] == (16, 64)
    assert ranges["width"] == (64, 256)
    assert ranges["heads"] == (2, 16)
    assert ranges["layers"] == (2, 8)
    assert ranges["dropout"] == (0, 0.5)


@given(width=st.integers(64, 256), heads=st.integers(2, 16))
def test_the_width_is_made_divisible_and_stays_in_its_range(width: int, heads: int) -> None:
    chosen = {"batch": 12, "block": 32, "learning_rate": 0.01, "layers": 3, "dropout": 0.1}
    model = _SEED.configured({**chosen, "width": width, "heads": heads}, 500).model
    assert model["n_embd"] % heads == 0
    assert 64 <= model["n_embd"] <= 256
    assert abs(model["n_embd"] - width) < heads
    assert model["resid_pdrop"] == model["embd_pdrop"] == model["attn_pdrop"] == 0.1


def test_a_training_is_as_long_as_its_evaluations_divide() -> None:
    training = _config(budget={"steps": 103, "evaluations": 5}).configured({"layers": 2}, 103).training
    assert (training["max_steps"], training["eval_steps"], training["save_steps"]) == (100, 20, 20)


@pytest.mark.parametrize(
    ("about", "domain"),
    [
        ({"integer": [1, 4]}, range(1, 5)),
        ({"integer": [64, 192], "step": 32}, range(64, 193, 32)),
        ({"choice": ["column", 3]}, ["column", 3]),
    ],
)
def test_all_of_a_range_is_drawn_and_nothing_else(about: dict, domain: object) -> None:
    import numpy as np

    wanted = Parameter.parse("some", about).domain()
    state = np.random.RandomState(1)
    assert set(wanted.sample(size=300, random_state=state)) == set(domain)


@given(st.randoms(use_true_random=False), st.floats(-10, 10))
def test_what_is_changed_on_the_way_stays_in_its_range(chance: random.Random, factor: float) -> None:
    parameter = Parameter.parse("rate", {"number": [0.001, 0.1], "log": True})
    assert 0.001 <= parameter.clamped(parameter.drawn(chance) * factor) <= 0.1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"space": {}}, "space must map names to ranges"),
        ({"space": {"a": 3}}, "a must say one of integer, number, choice"),
        ({"space": {"a": {"integer": [4, 1]}}}, "a: 4 to 1 is no range: the lowest value stands first"),
        ({"space": {"a": {"integer": [1.5, 2]}}}, r"a needs integer: \[lowest, highest\]"),
        ({"space": {"a": {"number": [0, 1], "log": True}}}, "0 to 1 is no range above 0"),
        ({"space": {"a": {"number": [0, "x"]}}}, "a needs number"),
        ({"space": {"a": {"choice": []}}}, "a needs a list of what to choose from"),
        ({"space": {"a": {"choice": "column"}}}, "choice takes a list, not 'column'"),
        ({"space": {"a": {"integer": [1, 9], "quantum": 2}}}, "'quantum' is none of integer, log, step, sets"),
        ({"space": {"a": {"integer": [1, 9], "step": 20}}}, "step 20 does not fit"),
        ({"space": {"a/b": {"integer": [1, 9]}}}, "a name without / is needed"),
        ({"space": {"kinds": {"choice": ["note"]}}}, "'kinds' is no setting"),
        ({"space": {"kind.of": {"choice": ["note"]}}}, "kind.of is no setting of a training"),
        ({"space": {**_LAYERS, "model.n_layer": {"integer": [1, 2]}}}, "model.n_layer is set by two parameters"),
        ({"space": {"heads": {"integer": [2, 4], "sets": "model.n_head"}}, "train": {}}, "must both be there"),
        ({"space": {"transposed": {"number": [0, 3]}}}, "transposed .* is no share"),
        ({"train": {"modle": {}}}, "'modle' is no setting"),
        ({"trials": 0}, "trials 0: choose a whole number from 1"),
        ({"parallel": 1.5}, "parallel 1.5: choose a whole number from 0"),
        ({"gpus_per_trial": "all"}, "gpus_per_trial 'all'"),
        ({"searcher": "grid"}, "searcher 'grid': choose one of hyperopt, optuna, random"),
        ({"budget": {}}, "budget needs either cpu_seconds or steps"),
        ({"budget": {"steps": 10, "cpu_seconds": 1}}, "budget needs either"),
        ({"budget": {"steps": -1}}, "budget.steps -1 is no whole number above 0"),
        ({"budget": {"cpu_seconds": "long"}}, "budget.cpu_seconds 'long' is no number above 0"),
        ({"budget": {"steps": 3, "evaluations": 4}}, "budget.steps 3 are fewer than"),
        ({"budget": {"steps": 3, "evaluations": None}}, "budget.evaluations null is no whole number above 0"),
        ({"budget": {"hours": 3}}, "'hours' is no setting"),
        ({"budget": 3}, "budget must map names to values"),
        ({"scheduler": {"kind": "sha"}}, "scheduler.kind 'sha': choose one of asha, pbt, none"),
        ({"scheduler": {"reduction": 1}}, "reduction one from 2"),
        ({"scheduler": {"kind": "pbt"}}, "pbt needs mutate"),
        ({"scheduler": {"kind": "pbt", "mutate": ["layers"]}}, "set searcher to random"),
        ({"scheduler": {"kind": "pbt", "mutate": ["layer"]}, "searcher": "random"}, "'layer' is none of the space"),
        (
            {"scheduler": {"kind": "pbt", "mutate": ["layers"]}, "searcher": "random"},
            "model.n_layer cannot change in the middle",
        ),
    ],
    ids=json.dumps,
)
def test_mistakes_are_told_before_anything_begins(values: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _config(**values)


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("trials: 0\nspace: {kind: {choice: [note]}}\n")
    with pytest.raises(InputError, match=r"mine.yaml: trials 0"):
        SearchConfig.read(path)
