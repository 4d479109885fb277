"""All logits processors for transformers' `model.generate`: what `compose` does to logits, for users of transformers.

folder, request = "out/model", Request(bars=8)
processors = tab_processors(folder, request)
model.generate(**inputs, logits_processor=processors, do_sample=True, max_new_tokens=500)
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import LogitsProcessorList

from basstab_hf.generate.controls import Bias, Control, total_bias
from basstab_hf.generate.grammar_processors import GrammarProcessor, MatchCacheProcessor, RowByRow, loaded_words
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.generate.prompt_ids import read_prompt
from basstab_hf.generate.request import Request
from basstab_hf.generate.request_controls import request_controls
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.steering import check_learnt
from basstab_hf.tab.tuning import STANDARD, Tuning

__all__ = ["ControlProcessor", "GrammarProcessor", "MatchCacheProcessor", "loaded_words", "tab_processors"]

#: Added to a log-probability in place of -inf: e^-1000 is no chance at all, and yet all that is left can be drawn.
_FORBIDDEN = -1000.0


def tab_processors(
    folder: str | os.PathLike[str], request: Request, controls: Sequence[Control] = ()
) -> LogitsProcessorList:
    """What makes `model.generate` write as `Composer` does, for one call of it; the prompt is what it is called with.

    Of the request, bars or systems, width, tuning (that of the prompt, GDAE if left out), music, guards and
    `match_cache` count, and more `controls` if there are. How boldly to draw is told to `generate` itself.

    Raises:
        InputError: no model folder, or something asked for that the model never learnt.
    """
    model = ModelWords.of_folder(Path(folder))
    check_learnt(request.asked, model.metrics, str(folder))
    processors = LogitsProcessorList()
    if model.cache and request.match_cache:
        processors.append(MatchCacheProcessor(model.cache))
    controls = [*request_controls(request, model.vocabulary, request.tuning or STANDARD), *controls]
    if controls:
        processors.append(ControlProcessor(model, controls, tuning=request.tuning, width=request.width))
    bars = None if request.systems else request.bars
    processors.append(
        GrammarProcessor(
            model,
            bars=bars,
            systems=request.systems,
            tuning=request.tuning,
            width=request.width,
            chords=request.music.chords,
        )
    )
    return processors


class ControlProcessor(RowByRow[SoFar]):
    """Adds what controls say of the next token to its log-probability; it stands before the grammar, which decides."""

    def __init__(
        self,
        model: ModelWords,
        controls: Sequence[Control],
        *,
        tuning: Tuning | None = None,
        width: int | None = None,
        prompt_length: int | None = None,
    ) -> None:
        """Take the controls; the rest is as for `GrammarProcessor`."""
        super().__init__(prompt_length)
        self._model, self._controls, self._tuning, self._width = model, tuple(controls), tuning, width

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        """Log-probabilities with biases, [sequences, vocabulary]."""
        silent: Bias = np.zeros(scores.shape[1], np.float32)
        said = [total_bias(self._controls, so_far) for so_far in self._rows(input_ids)]
        biases = np.stack([silent if bias is None else np.maximum(bias, _FORBIDDEN) for bias in said])
        return torch.log_softmax(scores, dim=-1) + torch.from_numpy(biases).to(scores)

    def _start(self, prompt: list[int]) -> SoFar:
        begun = read_prompt(self._model, prompt, self._tuning, self._width)
        return SoFar.of(begun.words, begun.tuning, begun.width)

    def _next(self, row: SoFar, token: int) -> SoFar:
        row.read(self._model.vocabulary.words[token] or "")
        return row
