"""GPT-2 configurations for tabs.

Input: a mapping in the words of `GPT2Config`, as configs/train/*.yaml hold it, and a tokenizer. Output: a new model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import InputError

if TYPE_CHECKING:
    from transformers import GPT2Config, GPT2LMHeadModel

    from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer


def gpt2_config(settings: Mapping[str, Any], tokenizer: BassTabTokenizer) -> GPT2Config:
    """A `GPT2Config` with the tokenizer's size and special ids filled in.

    Raises:
        InputError: a name that `GPT2Config` does not have, or a width that the heads do not divide.
    """
    from transformers import GPT2Config

    known = GPT2Config().to_dict()
    unknown = sorted(set(settings) - set(known))
    if unknown:
        raise InputError(f"model.{unknown[0]} is no setting of GPT2Config: see its documentation in transformers")
    strict = {name for name, kind in GPT2Config.__annotations__.items() if kind is float}  # 1 is none to it
    config = GPT2Config(
        **{name: float(value) if name in strict else value for name, value in settings.items()},
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    if config.n_embd % config.n_head:
        raise InputError(f"model.n_embd {config.n_embd} is no multiple of model.n_head {config.n_head}: change one")
    return config


def new_model(settings: Mapping[str, Any], tokenizer: BassTabTokenizer) -> GPT2LMHeadModel:
    """An untrained GPT-2, initialised from torch's current random state."""
    from transformers import GPT2LMHeadModel

    return GPT2LMHeadModel(gpt2_config(settings, tokenizer))
