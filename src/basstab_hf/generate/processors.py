"""Logits processors for transformers' `model.generate`: what `compose` does to logits, for users of transformers."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from transformers import LogitsProcessor

from basstab_hf.errors import InputError
from basstab_hf.generate.match_cache import MATCH_CACHE, MatchCache, MatchSettings


class MatchCacheProcessor(LogitsProcessor):  # type: ignore[misc]  # transformers is untyped here
    """Mixes the model with a cache of what each sequence has said so far (see `match_cache`).

        processor = MatchCacheProcessor.from_pretrained(folder)
        model.generate(**inputs, logits_processor=[processor], do_sample=True)

    Scores become log-probabilities of the mixture, [sequences, vocabulary]; a function of `input_ids` alone.
    """

    def __init__(self, settings: MatchSettings) -> None:
        """Take how to mix."""
        self._settings = settings
        self._rows: list[tuple[list[int], MatchCache]] = []

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str]) -> MatchCacheProcessor:
        """As generation_config.json of a model folder says.

        Raises:
            InputError: it says nothing of a cache.
        """
        settings = MatchSettings.of_folder(Path(folder))
        if settings is None:
            raise InputError(f"{folder}/generation_config.json has no {MATCH_CACHE}: train a model with this version")
        return cls(settings)

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        """Mixed scores, [sequences, vocabulary]."""
        rows = input_ids.tolist()
        known = self._rows
        self._rows = [(ids, self._read(ids, *known[place : place + 1])) for place, ids in enumerate(rows)]
        mixed = [cache.mix(row) for (_, cache), row in zip(self._rows, scores.float().cpu().numpy(), strict=True)]
        return torch.stack([torch.from_numpy(row) for row in mixed]).to(scores)

    def _read(self, ids: list[int], known: tuple[list[int], MatchCache] | None = None) -> MatchCache:
        """The cache of a sequence; where it goes on from what was known, only what is new is read."""
        if known and ids[: len(known[0])] == known[0]:
            known[1].read(ids[len(known[0]) :])
            return known[1]
        cache = MatchCache(self._settings)
        cache.read(ids)
        return cache
