"""`model.generate` that writes well-formed tabs, with grammar and match cache.

In a model folder this is custom_generate/generate.py, where transformers looks for it with `trust_remote_code=True`.
All that it imports lies beside it once more: code beside the weights may be another's, who was not trusted.
"""

from __future__ import annotations

from typing import Any

from transformers import AutoTokenizer, LogitsProcessorList

from basstab_hf.generate.grammar_processors import writing_processors


def generate(
    inputs: Any = None,
    *,
    model: Any,
    bars: int | None = None,
    match_cache: bool = True,
    tokenizer: Any = None,
    logits_processor: Any = None,
    **options: Any,
) -> Any:
    """What `model.generate` returns, of well-formed tabs only.

    Args:
        inputs: ids of prompts, as ever; here or as `input_ids`.
        model: the model, which transformers gives.
        bars: so many new bars, of which the prompt's open bar counts as the first; None: as long as there is room.
        match_cache: False leaves out the cache of what the tab has said so far.
        tokenizer: that of the model; None: the one that lies beside it.
        logits_processor: more of them, which come before the grammar.
        options: what `generate` takes.
    """
    if getattr(logits_processor, "complete", False):  # the pipeline chose them
        return type(model).generate(model, inputs, logits_processor=logits_processor, **options)
    if tokenizer is None:
        revision = getattr(model.config, "_commit_hash", None)
        tokenizer = AutoTokenizer.from_pretrained(model.name_or_path, revision=revision)
    cache, grammar = writing_processors(model, tokenizer, bars=bars, match_cache=match_cache)
    every = [cache, *(logits_processor or ()), grammar]
    chosen = LogitsProcessorList([one for one in every if one])
    if bars is not None and not options.get("max_new_tokens") and not options.get("max_length"):
        ids = inputs if inputs is not None else options["input_ids"]
        options["max_new_tokens"] = model.config.max_position_embeddings - ids.shape[1]
    return type(model).generate(model, inputs, logits_processor=chosen, **options)
