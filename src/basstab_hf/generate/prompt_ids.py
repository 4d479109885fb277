"""A prompt as transformers' `generate` has it: token ids -> what grammar and controls need to go on from there.

Input: ids, padded or not. Output: `PromptIds`. Neither torch nor transformers are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from basstab_hf.errors import InputError
from basstab_hf.generate.bar_width import asked_width
from basstab_hf.generate.grammar import usual_width
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.tab.columns import BAR, END, split_labels, systems
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer.control_words import CONTROL_WORDS, FIM_SUFFIX, PAD, RESERVED


@dataclass(frozen=True, slots=True)
class PromptIds:
    """What stands before the first new token.

    Attributes:
        words: column words, without reserved ones.
        tab: of them; None where no system is begun.
        tuning: of the system that is written next.
        width: columns in a bar, None while it is open.
        closed: whether the last system is closed by `<END>`.
        missing: ids of tuning word and bar line, as far as they must come before a column.
    """

    words: tuple[str, ...]
    tab: Tab | None
    tuning: Tuning
    width: int | None
    closed: bool
    missing: tuple[int, ...]


def read_prompt(
    model: ModelWords, ids: Sequence[int], tuning: Tuning | None = None, width: int | None = None
) -> PromptIds:
    """Read the ids of a prompt.

    Args:
        model: whose ids they are.
        ids: with padding, `<bos>` and control words, or without.
        tuning: of a tab that the prompt does not begin; None is standard tuning.
        width: columns in a bar; None: as in the prompt, or as the model learnt it.

    Raises:
        TabError: ids that are no tab.
        InputError: a middle that is to be filled in.
    """
    padding = model.tokenizer.token_to_id(PAD)
    text = model.tokenizer.decode([token for token in ids if token != padding], skip_special_tokens=False)
    every = text.split()
    if FIM_SUFFIX in every:
        raise InputError(f"the prompt has {FIM_SUFFIX}: bars are filled in by `Composer.infill`, not by a processor")
    words = [word for word in every if word not in RESERVED]
    *_, last = [[], *systems(words)]
    begun = tuple(words)
    if len(last) == 1:  # a tuning word, without its bar line yet
        words.append(BAR * len(split_labels(last[0])))
    tab = Tab.from_words(words) if words else None
    closed = words[-1:] == [END]
    tuning = tab.systems[-1].tuning if tab else tuning or STANDARD
    missing = model.system_start(tuning)
    if tab and not closed:
        missing = tuple(model.encode(words[len(begun) :])) if len(last) == 1 else ()
    asked = [word for word in every if word in CONTROL_WORDS]
    width = width or (usual_width(tab) if tab else None) or asked_width(asked, model.usual_width)
    return PromptIds(begun, tab, tuning, width, closed, missing)
