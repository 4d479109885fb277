"""The registration of our classes with transformers: nothing of it happens on import."""

from __future__ import annotations

from typing import Any


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

    from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer

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

    from basstab_hf.generate.pipeline_basstab import TASK, BassTabGenerationPipeline

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
        from basstab_hf.generate.pipeline_basstab import TASK

        return super().__contains__(task) and task != TASK
