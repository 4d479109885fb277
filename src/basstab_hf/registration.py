"""GPT-2 configurations for tabs, and the registration of our classes with transformers.

Input: a mapping in the words of `GPT2Config`, as configs/train/*.yaml hold it, and a tokenizer. Output: a new model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import InputError

if TYPE_CHECKING:
    from transformers import GPT2Config, GPT2LMHeadModel

    from basstab_hf.tokenization_basstab import BassTabTokenizer


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
    config = GPT2Config(
        **settings,
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


def register() -> None:
    """Tell transformers of our tokenizer, and of the pipeline "bass-tab-generation" where torch is installed.

    After it `AutoTokenizer` gives `BassTabTokenizer` for what we save, and `pipeline("bass-tab-generation", model=...)`
    the class of this package, without trust in the copy of it that lies in the folder.
    """
    from transformers.utils import is_torch_available

    _register_tokenizer()
    if is_torch_available():
        _register_pipeline()


def _register_tokenizer() -> None:
    """Our files name the general class "PreTrainedTokenizerFast", so that transformers loads them without us.

    4.57 refuses a name that it does not know. From now on a class stands under that name that looks whose folder it is.
    """
    from transformers import AutoTokenizer, TokenizersBackend
    from transformers.models.auto.tokenization_auto import get_tokenizer_config

    from basstab_hf.tokenization_basstab import BassTabTokenizer

    class PreTrainedTokenizer(TokenizersBackend):  # type: ignore[misc]  # transformers is untyped here
        """Ours where the folder is ours, else what transformers takes for this name."""

        # Code from outside transformers would go before remote code that users trust in other people's folders.
        __module__ = TokenizersBackend.__module__

        @classmethod
        def from_pretrained(cls, name: str, *inputs: Any, **kwargs: Any) -> TokenizersBackend:
            ours = "basstab_format" in get_tokenizer_config(name, **kwargs)
            return (BassTabTokenizer if ours else TokenizersBackend).from_pretrained(name, *inputs, **kwargs)

    for tokenizer_class in (BassTabTokenizer, PreTrainedTokenizer):
        AutoTokenizer.register(tokenizer_class.__name__, tokenizer_class=tokenizer_class, exist_ok=True)


def _register_pipeline() -> None:
    """A folder that offers a pipeline of the name asked for goes before what is registered: ours does not insist."""
    from transformers import AutoModelForCausalLM, GPT2Config
    from transformers.pipelines import PIPELINE_REGISTRY

    from basstab_hf.pipeline_basstab import TASK, BassTabGenerationPipeline

    if TASK not in PIPELINE_REGISTRY.get_supported_tasks():
        PIPELINE_REGISTRY.register_pipeline(
            TASK, pipeline_class=BassTabGenerationPipeline, pt_model=AutoModelForCausalLM, type="text"
        )
        GPT2Config.custom_pipelines = _OfferedPipelines()


class _OfferedPipelines:
    """`custom_pipelines` of a configuration: what a folder offers."""

    def __get__(self, config: Any, owner: type) -> Any:
        return self if config is None else _NotOurs(vars(config).get("custom_pipelines", {}))

    def __set__(self, config: Any, offered: dict[str, Any]) -> None:
        vars(config)["custom_pipelines"] = offered


class _NotOurs(dict[str, Any]):
    """The tasks that a folder offers, so that one can be chosen, of which ours is no part: the registered class is."""

    def __contains__(self, task: object) -> bool:
        from basstab_hf.pipeline_basstab import TASK

        return super().__contains__(task) and task != TASK
