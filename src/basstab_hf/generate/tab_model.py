"""A model folder opened for writing: engine, tokenizer and what the folder says of itself.

Input: a folder. Output: `TabModel`. Neither torch nor transformers are needed, unless for the engine named so.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

from basstab_hf.errors import InputError
from basstab_hf.generate.engine import Engine
from basstab_hf.generate.engines import load_engine
from basstab_hf.generate.mixing import Mixing
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.hub.locate import locate_model


@dataclass(frozen=True)
class TabModel(ModelWords):
    """A model and all that is needed to write with it."""

    engine: Engine

    @cached_property
    def mixing(self) -> Mixing | None:
        """The mixture that takes the place of the match cache, as a tab is written; None where the folder has none."""
        vocabulary = self.tokenizer.get_vocab()
        words = sorted(vocabulary, key=vocabulary.__getitem__)
        return Mixing.of_folder(self.folder, words, writing=True)

    @classmethod
    def open(cls, folder: str | os.PathLike[str] | None = None, engine: str = "auto") -> TabModel:
        """Open a model folder, or the id of one on the Hub; None is the model that comes with the package.

        Raises:
            InputError: no model folder, or one that cannot be used.
            HubError: what is named is not on the Hub, or the Hub cannot be reached.
            MissingExtraError: the engine needs what is not installed.
        """
        path = locate_model(folder)
        loaded = load_engine(path, engine)
        words = ModelWords.of_folder(path)
        if loaded.size != len(words.vocabulary):
            raise InputError(f"{path}: the model has {loaded.size} tokens, its tokenizer.json {len(words.vocabulary)}")
        return cls(path, words.tokenizer, words.vocabulary, words.cache, words.metrics, loaded)
