"""transformers' text-generation pipeline for tabs: a tab in, the same tab with what follows out.

    from transformers import pipeline
    write = pipeline("text-generation", model=FOLDER, pipeline_class=BassTabGenerationPipeline)
    write(TAB, bars=4)[0]["generated_text"]

Travels with models as remote code, grammar and match cache with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from copy import deepcopy
from typing import Any

import torch
from transformers import LogitsProcessorList, StoppingCriteria, StoppingCriteriaList, TextGenerationPipeline
from transformers.pipelines.text_generation import ReturnType
from transformers.utils.chat_template_utils import Chat

from basstab_hf.errors import InputError, TabError
from basstab_hf.generate.grammar_processors import GrammarProcessor, MatchCacheProcessor, loaded_words
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.tab.columns import BAR, END, STRINGS, is_bar_line, split_labels
from basstab_hf.tokenizer.control_words import BOS, EOS, FIM_SUFFIX, PAD, RESERVED, UNK
from basstab_hf.tokenizer.tab_words import column_text, print_words

logger = logging.getLogger(__name__)

#: The pipeline's name for `transformers.pipeline`, with `trust_remote_code=True` or after `basstab_hf.register()`.
TASK = "bass-tab-generation"
# What an empty prompt stands for: standard tuning, and the bar line that opens a system.
_NEW_TAB = ("GDAE", BAR * 4)


class BassTabGenerationPipeline(TextGenerationPipeline):  # type: ignore[misc]  # transformers is untyped here
    """Continues raw tabs, column text, or the tab in the last message of a chat; an empty prompt starts a new tab.

    It takes what `TextGenerationPipeline` takes, and:

    Args:
        bars: so many new bars and no more, of which the prompt's open bar counts as the first.
        grammar: False lets the model write what it likes, and the result is cut to what prints as a tab.
        match_cache: False leaves out the cache of what the tab has said so far. As a rule it is used where the model's
            generation_config.json has it.
        generator: a `torch.Generator` that decides what is drawn; without one `transformers.set_seed` does.

    `generated_text` is one tab: the whole, or with `return_full_text=False` what is new. For a chat it is the messages
    and one more, or the last one longer, that holds the whole tab.

    Raises:
        TabError: a prompt that is no clean tab, saying where.
        InputError: a prompt that is no text, or whose last system is longer than the model can read.
    """

    _said: ModelWords | None = None

    def _sanitize_parameters(
        self,
        bars: int | None = None,
        grammar: bool | None = None,
        match_cache: bool | None = None,
        generator: torch.Generator | None = None,
        **options: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if bars is not None and (not isinstance(bars, int) or bars < 1):
            raise InputError(f"bars {bars}: choose a whole number, 1 or more")
        preprocess, forward, postprocess = super()._sanitize_parameters(**options)
        ours = {"bars": bars, "grammar": grammar, "match_cache": match_cache, "generator": generator}
        forward |= {name: value for name, value in ours.items() if value is not None}
        if bars is not None:
            postprocess["bars"] = bars
        return preprocess, forward, postprocess

    def preprocess(self, prompt_text: Any, **options: Any) -> Any:
        """Ids of a prompt, or of as many of its last systems as the model can read."""
        words = [*_control_words(options.pop("prefix", None) or ""), *prompt_words(prompt_text)]
        options.pop("handle_long_generation", None)  # it would cut inside a bar
        inputs = super().preprocess(" ".join(words), **options)
        first = self._first_kept(inputs["input_ids"][0].tolist())
        for name in ("input_ids", "attention_mask"):
            inputs[name] = inputs[name][:, first:]
        inputs["prompt_text"], inputs["words"] = prompt_text, " ".join(words)
        return inputs

    def _first_kept(self, ids: Sequence[int]) -> int:
        """Where reading begins: a prompt that leaves less than a quarter of the model's room is cut to half of it.

        It then begins with a system, as what models learn from does.
        """
        if len(ids) <= self._context * 3 // 4:
            return 0
        half = self._context // 2
        closing = self._backend.token_to_id(f" {END}")
        starts = (index for index, token in enumerate(ids, start=1) if token == closing and len(ids) - index <= half)
        first = next(starts, 0)
        if not first and len(ids) >= self._context:
            raise InputError(f"the prompt's last system has more than {half} tokens: the model cannot read it, cut it")
        return first

    def _forward(
        self,
        model_inputs: Any,
        bars: int | None = None,
        grammar: bool | None = None,
        match_cache: bool | None = None,
        generator: torch.Generator | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        words = model_inputs.pop("words")
        cache, rules = self._processors(bars, grammar, match_cache)
        held = self._hold_back(model_inputs, rules) if rules else [0] * len(model_inputs["input_ids"])
        every = [cache, *(options.pop("logits_processor", None) or ()), rules]  # the grammar has the last word
        options["logits_processor"] = _Complete([one for one in every if one])
        options |= self._limits(model_inputs["input_ids"].shape[1], bars, options)
        with torch.random.fork_rng() if generator else nullcontext():
            if generator:
                torch.manual_seed(int(torch.randint(2**62, (1,), generator=generator, device=generator.device)))
            outputs: dict[str, Any] = super()._forward(model_inputs, **options)
        return outputs | {"words": words, "held": torch.tensor(held)}

    def _processors(self, bars: int | None, grammar: bool | None, match_cache: bool | None) -> tuple[Any, Any]:
        """Match cache and grammar, each None where it is not wanted, or where the model has no cache."""
        if self._said is None:
            self._said = loaded_words(self.model, self.tokenizer)
        settings = None if match_cache is False else self._said.cache
        return (
            MatchCacheProcessor(settings) if settings else None,
            GrammarProcessor(self._said, bars=bars) if grammar is not False else None,
        )

    def _hold_back(self, model_inputs: Any, rules: Any) -> list[int]:
        """Let the model choose anew how long the last notes of prompts are.

        Returns:
            how many columns of each prompt are to be written again.
        """
        padding, ids = self.tokenizer.pad_token_id, model_inputs["input_ids"]
        rows = [list(rules.hold_back(row)) for row in ids.tolist()]
        width = max(map(len, rows))
        padded = torch.tensor([[padding] * (width - len(row)) + row for row in rows], device=ids.device)
        model_inputs["input_ids"], model_inputs["attention_mask"] = padded, (padded != padding).long()
        read = (ids != padding).sum(dim=1).tolist()
        last = [self._backend.decode([token]).split() for token in ids[:, -1].tolist()]
        return [len(words) * (n - len(row)) for words, n, row in zip(last, read, rows, strict=True)]

    def _limits(self, length: int, bars: int | None, options: dict[str, Any]) -> dict[str, Any]:
        """Where `generate` stops at the latest: when all bars are there, or the model can read no more."""
        room = self._context - length
        given = {**getattr(self, "_generate_kwargs", {}), **options}
        config = deepcopy(options.get("generation_config"))
        most = given.get("max_new_tokens") or (config.max_new_tokens if config else None)
        if not most and options.get("max_length"):
            most = max(options.pop("max_length") - length, 1)
        usual = room if bars else self.model.generation_config.max_new_tokens or room
        limits: dict[str, Any] = {"max_new_tokens": min(most or usual, room)}
        if config:  # transformers wants such numbers there or here, not in both
            config.max_new_tokens = limits.pop("max_new_tokens")
            limits["generation_config"] = config
        if bars:
            bar_ids = [self._backend.token_to_id(f" {BAR * n}") for n in STRINGS]
            full = _BarsWritten(length, bars, bar_ids, self._backend.token_to_id(f" {END}"))
            limits["stopping_criteria"] = StoppingCriteriaList([*(options.get("stopping_criteria") or ()), full])
        return limits

    def postprocess(
        self,
        model_outputs: dict[str, Any],
        return_type: ReturnType = ReturnType.FULL_TEXT,
        bars: int | None = None,
        skip_special_tokens: bool | None = None,
        **options: Any,
    ) -> list[dict[str, Any]]:
        """Records as of every text-generation pipeline, each `generated_text` one tab."""
        left_out = {PAD} if skip_special_tokens is False else RESERVED
        prompt = [word for word in model_outputs.pop("words").split() if word not in left_out]
        kept = prompt[: len(prompt) - int(model_outputs.pop("held"))]
        asked = return_type if return_type == ReturnType.TENSORS else ReturnType.NEW_TEXT
        records: list[dict[str, Any]] = super().postprocess(model_outputs, return_type=asked, **options)
        if asked == ReturnType.TENSORS:
            return records
        length = model_outputs["input_ids"].shape[-1]
        for record, ids in zip(records, model_outputs["generated_sequence"][0].tolist(), strict=True):
            text = self._backend.decode(ids[length:], skip_special_tokens=False)
            words = printable([*kept, *(word for word in text.split() if word not in left_out)])
            new = _whole_bars(words[len(prompt) :], bars)
            if return_type == ReturnType.FULL_TEXT:
                record["generated_text"] = _answer(model_outputs["prompt_text"], print_words([*prompt, *new]))
            else:
                record["generated_text"] = print_words(_alone(prompt, new))
        return records

    def __getstate__(self) -> dict[str, Any]:
        """The state of a pickle: what is known of the model is found again."""
        return {**vars(self), "_said": None}

    @property
    def _context(self) -> int:
        """Tokens that the model can read."""
        context: int = self.model.config.max_position_embeddings
        return context

    @property
    def _backend(self) -> Any:
        """The plain tokenizer, whichever class stands around it."""
        return self.tokenizer.backend_tokenizer


class _Complete(LogitsProcessorList):  # type: ignore[misc]
    """All processors that shall be there: `custom_generate` adds none to them."""

    complete = True


class _BarsWritten(StoppingCriteria):  # type: ignore[misc]
    """Whether a row has so many bars: bar lines without those that open systems."""

    def __init__(self, prompt_length: int, bars: int, bar_ids: Sequence[int], end_id: int) -> None:
        self._prompt_length, self._bars, self._end_id = prompt_length, bars, end_id
        self._bar_ids = torch.tensor([token for token in bar_ids if token is not None])

    def __call__(self, input_ids: torch.Tensor, scores: Any, **options: Any) -> torch.Tensor:
        new = input_ids[:, self._prompt_length :]
        bar_lines = torch.isin(new, self._bar_ids.to(new.device)).sum(dim=1)
        return bar_lines - (new == self._end_id).sum(dim=1) >= self._bars


def prompt_words(prompt: Any) -> list[str]:
    """Column words of a prompt, ready to be continued: a last system that is full is open again.

    Raises:
        TabError: text that is no clean tab.
        InputError: no text, or one that asks for a middle to be filled in.
    """
    text = prompt.messages[-1].get("content") if isinstance(prompt, Chat) else prompt
    if not isinstance(text, str):
        raise InputError(f"a prompt is a tab as text, or a chat whose last message is one, not {type(text).__name__}")
    words = [word for word in column_text(text).split() if word not in (PAD, BOS, EOS, UNK)]
    if FIM_SUFFIX in words:
        raise InputError(f"the prompt has {FIM_SUFFIX}: this pipeline continues tabs, `Composer.infill` fills bars in")
    if all(word in RESERVED for word in words):
        words += _NEW_TAB
    print_words(words)
    return words[:-1] if words[-1] == END else words


def _control_words(prefix: str) -> list[str]:
    """The words of `prefix=`.

    Raises:
        InputError: other words than control words, of which the prompt would know nothing.
    """
    words = prefix.split()
    if odd := [word for word in words if word not in RESERVED]:
        raise InputError(f"prefix has {odd[0]!r}: control words go there, and tabs into the prompt")
    return words


def printable(words: Iterable[str]) -> list[str]:
    """As many words as print as a tab; a system of which nothing stands there yet is left out, unless it is alone."""
    written: list[str] = []
    start = n_strings = 0  # where the present system starts; 0 strings: between systems
    for word in words:
        head = n_strings > 0 and len(written) == start + 1  # the bar line must come
        if word in RESERVED or word == END:
            if head or (word == END and not n_strings):
                break
            n_strings = 0
        elif not n_strings:
            try:
                start, n_strings = len(written), len(split_labels(word))
            except TabError:
                break
        elif len(word) != n_strings or not word.isprintable() or (head and not is_bar_line(word)):
            break
        written.append(word)
    columns = len(written) - start - 2 if n_strings else 1
    return written[:start] if columns < 0 or (start and not columns) else written


def _whole_bars(words: Sequence[str], bars: int | None) -> Sequence[str]:
    """No more than so many bars, fewer are told; without a number, no bar that broke off behind whole ones."""
    closed, end = 0, 0
    for index, word in enumerate(words, start=1):
        closed += is_bar_line(word) - (word == END)
        if is_bar_line(word) and closed > 0:
            end = index
        if closed == bars:
            return words[:index]
    if bars is None:
        return words[: end or None] if words[-1:] != [END] else words
    logger.warning("%d of %d bars: the model can read no more, or max_new_tokens are used up", max(closed, 0), bars)
    return words


def _alone(prompt: Sequence[str], new: Sequence[str]) -> Sequence[str]:
    """What is new as a tab of its own: with the tuning and the bar line of the system that it goes on with."""
    if not new or new[0] == END:
        return new[1:]
    start = max((index for index, word in enumerate(prompt) if word == END or word in RESERVED), default=-1) + 1
    return [*prompt[start : start + 2], *new]


def _answer(prompt: Any, tab: str) -> Any:
    """The whole tab; in a chat, the messages with it."""
    if not isinstance(prompt, Chat):
        return tab
    messages = list(prompt.messages)
    if messages[-1]["role"] == "assistant":
        return [*messages[:-1], {**messages[-1], "content": tab}]
    return [*messages, {"role": "assistant", "content": tab}]
