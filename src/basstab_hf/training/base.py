"""The model that a run goes on from: its sizes, its tokenizer grown by what the songs need, its weights.

Input: `base_model` of a configuration. Output: the configuration with the model's sizes, a tokenizer, a model to train.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import InputError
from basstab_hf.generate.model_words import read_json
from basstab_hf.hub.locate import locate_model
from basstab_hf.model.folder import load_tokenizer
from basstab_hf.model.gpt2 import new_model
from basstab_hf.model.match_cache import MatchSettings
from basstab_hf.model.tunes import TUNES, read_tunes
from basstab_hf.model.weights import ACTIVATIONS, read_config, read_model
from basstab_hf.settings import read_yaml
from basstab_hf.tokenizer.growth import grown, spelt
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.config import MIN_SHORT, TrainConfig

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel

_LOG = logging.getLogger(__name__)
#: What a network is made of: a run that goes on from a model cannot choose it.
_SIZES = ("n_layer", "n_head", "n_embd", "n_inner", "n_positions", "activation_function", "layer_norm_epsilon")
#: What may be chosen anew: it is in no weight.
_FREE = ("resid_pdrop", "embd_pdrop", "attn_pdrop", "initializer_range")


@dataclass(frozen=True)
class Base:
    """A model folder to go on from; `name` is what it was called by: shipped, a folder, an id on the Hub."""

    name: str
    folder: Path

    @classmethod
    def of(cls, config: TrainConfig) -> Base | None:
        """The base of a run; None for one that starts from nothing.

        Raises:
            InputError: no such model, or none of ours.
            HubError: it is not on the Hub, or the Hub cannot be reached.
        """
        if not config.base_model:
            return None
        base = cls(config.base_model, locate_model(config.base_model))
        read_config(base.folder)
        return base

    @cached_property
    def tokenizer(self) -> BassTabTokenizer:
        """Its tokenizer as it is."""
        return load_tokenizer(self.folder)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """Its metrics.json; empty where the folder was saved without."""
        return read_json(self.folder / "metrics.json")

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Its training.yaml; empty where the folder was saved without."""
        path = self.folder / "training.yaml"
        found = read_yaml(path) if path.is_file() else {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def cache(self) -> MatchSettings | None:
        """Its match cache; None where the folder was saved without."""
        return MatchSettings.of_folder(self.folder)

    @cached_property
    def tunes(self) -> list[bytes]:
        """The lines of intervals that it learnt from; none, and told, where the folder was saved without."""
        if (self.folder / TUNES).is_file():
            return read_tunes(self.folder)
        _LOG.warning("%s has no %s: copies of what it learnt from will not be found", self.name, TUNES)
        return []

    def fitted(self, config: TrainConfig) -> TrainConfig:
        """The configuration with the sizes of this model and the kind of its tokens.

        Raises:
            InputError: it asks for other ones.
        """
        has = read_config(self.folder)
        for name, value in config.model.items():
            if name not in _FREE and _meaning(value) != _meaning(has.get(name)):
                found = has.get(name)
                raise InputError(
                    f"model.{name} is {value}, but {self.name} has {found}: leave it out, or train without --from"
                )
        sizes = {name: has[name] for name in _SIZES if has.get(name) is not None}
        half = int(has["n_positions"]) // 2
        short = min(config.short_context, half)
        if short < config.short_context:
            _LOG.warning("%s sees %d tokens at once: rows of %d tokens come first", self.name, 2 * half, short)
        replay = config.replay
        if replay and self.settings and not any(map(self.settings.get, ("controls", "fill_in_the_middle"))):
            _LOG.warning("%s learnt neither controls nor infilling: no composed songs are replayed", self.name)
            replay = 0.0
        return replace(
            config,
            replay=replay,
            model={**sizes, **config.model},
            kind=self.tokenizer.kind,
            short_context=short,
            short_share=config.short_share if short >= MIN_SHORT else 0.0,
        )

    def grown_tokenizer(self, texts: Sequence[str], min_count: int) -> BassTabTokenizer:
        """Its tokenizer, with new tokens behind its own for what is frequent in these texts."""
        return grown(self.tokenizer, texts, min_count)

    def model(self, settings: Mapping[str, Any], tokenizer: BassTabTokenizer) -> GPT2LMHeadModel:
        """Its weights, for a tokenizer that was grown from its own: a new token is the mean of what spelt it before.

        Raises:
            InputError: weights that cannot be used, or that are not of its tokenizer.
        """
        import torch

        files, old = read_model(self.folder), self.tokenizer
        if files.sizes.size < len(old):
            raise InputError(f"{self.folder}: {files.sizes.size} tokens have weights, {len(old)} are in tokenizer.json")
        weights = {name: torch.from_numpy(array.copy()) for name, array in files.weights.items()}
        parts = spelt(old, tokenizer)
        for name in ("wte.weight", "lm_head.weight"):
            if name in weights:
                rows = weights[name][: len(old)]
                weights[name] = torch.cat([rows, *(rows[ids].mean(0, keepdim=True) for ids in parts)])
        tied = {"tie_word_embeddings": files.sizes.tied}
        model = new_model({**settings, **tied}, tokenizer)
        head = {"lm_head.weight": weights.pop("lm_head.weight", weights["wte.weight"])}
        model.load_state_dict({f"transformer.{name}": value for name, value in weights.items()} | head)
        return model


def mix_in_base(model: GPT2LMHeadModel, config: TrainConfig, tokenizer: BassTabTokenizer) -> None:
    """Give a trained model the share of its base's weights that the configuration asks for."""
    import torch

    base = Base.of(config)
    if base is None or not config.base_share:
        return
    before = base.model(config.model, tokenizer).state_dict()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.lerp_(before[name].to(weights), config.base_share)


def fitted(config: TrainConfig) -> TrainConfig:
    """The configuration with what its base model decides; as it is without one.

    Raises:
        InputError: it contradicts its base, or has one that cannot be used.
        HubError: the base is not on the Hub, or the Hub cannot be reached.
    """
    base = Base.of(config)
    return base.fitted(config) if base else config


def start_model(config: TrainConfig, tokenizer: BassTabTokenizer) -> GPT2LMHeadModel:
    """The model that a run begins with: that of its base, or a new one from torch's current random state.

    Raises:
        InputError: see `Base.model` and `model.gpt2.new_model`.
    """
    base = Base.of(config)
    return base.model(config.model, tokenizer) if base else new_model(config.model, tokenizer)


def _meaning(value: Any) -> Any:
    """A value of a configuration; functions with two names are one."""
    return ACTIVATIONS.get(value, value) if isinstance(value, str) else value
