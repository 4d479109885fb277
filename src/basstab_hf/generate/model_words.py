"""What a model folder says of itself, its weights aside; travels with models as remote code.

Input: a folder. Output: `ModelWords`. Neither torch nor transformers are needed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.generate.grammar import MAX_BAR, MIN_BAR, Grammar
from basstab_hf.generate.grammar_table import GrammarTable
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.model.match_cache import FACTS, MatchSettings
from basstab_hf.tab.columns import BAR
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tokenizer.control_words import RESERVED, foreign_part, refusal

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelWords:
    """What a model folder says of itself, without its weights."""

    folder: Path
    tokenizer: Tokenizer
    vocabulary: Vocabulary
    cache: MatchSettings | None
    metrics: dict[str, Any]

    @classmethod
    def of_folder(cls, folder: Path) -> ModelWords:
        """Read tokenizer, match cache and metrics.

        Raises:
            InputError: no tokenizer of this version lies there.
        """
        tokenizer = _read_tokenizer(folder)
        vocabulary = Vocabulary.of(tokenizer.get_vocab())
        cache = MatchSettings.of_folder(folder)
        return cls(folder, tokenizer, vocabulary, cache and cache.for_writing(), read_metrics(folder))

    @cached_property
    def usual_width(self) -> int | None:
        """Columns of the usual bar of the training data, as metrics.json tells; None where it does not."""
        width = self.metrics.get("dataset", {}).get("usual_bar_width")
        return width if isinstance(width, int) and MIN_BAR <= width <= MAX_BAR else None

    @cached_property
    def fills_in(self) -> bool:
        """Whether it was trained to fill in bars, as training.yaml tells, or else config.json."""
        import yaml

        try:
            path = self.folder / "training.yaml"
            known = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else self.metrics["dataset"]
            return float(known.get("fill_in_the_middle", 0)) > 0
        except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError):
            return False

    def table(self, tuning: Tuning) -> GrammarTable:
        """The grammar of tabs in a tuning.

        Raises:
            InputError: the vocabulary has no tabs of so many strings.
        """
        table = self._tables(tuning.n_strings)
        if not table.grammar.usable:
            raise InputError(
                f"the model never learnt tabs of {tuning.n_strings} strings: "
                f"give it another tuning than {tuning}, or train one on such tabs"
            )
        return table

    @cached_property
    def _tables(self) -> Callable[[int], GrammarTable]:
        return lru_cache(lambda n_strings: GrammarTable(self.vocabulary, Grammar(self.vocabulary, n_strings)))

    def system_start(self, tuning: Tuning) -> tuple[int, ...]:
        """Ids of the tuning word and the bar line that open a system."""
        return tuple(self.encode([tuning.word, BAR * tuning.n_strings]))

    def chord_ids(self, chords: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Ids of the words of the chords of each bar, which stand in front of it; none where the model knows no chords.

        Args:
            chords: a text for each bar, as `chart.bars` reads it.

        Raises:
            InputError: no name of a chord.
        """
        return tuple(tuple(self.encode(words)) for words in self.chord_words(chords))

    def chord_words(self, chords: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """The same in words."""
        if not chords:
            return ()
        try:
            from basstab_hf.chart.bars import sounding
            from basstab_hf.generate.chord_words import spelt
            from basstab_hf.generate.steering import knows_chords
        except ImportError as error:
            raise MissingExtraError("basstab-hf", "train") from error
        if not knows_chords(self.metrics):
            return ()
        return tuple(tuple(word for placed in bar for word in spelt(placed.chord)) for bar in sounding(chords))

    def encode(self, words: Sequence[str]) -> list[int]:
        """Ids of words, without anything in front."""
        ids: list[int] = self.tokenizer.encode(" ".join(words), add_special_tokens=False).ids
        return ids


def _read_tokenizer(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise InputError(f"{folder} holds no tokenizer.json: it is no model folder of ours")
    version = read_json(folder / "tokenizer_config.json").get("basstab_format")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise InputError(f"{path} cannot be read: {error}") from error
    if what := refusal(version, [tokenizer.id_to_token(place) for place in range(len(RESERVED))]):
        raise InputError(f"{folder}: the tokenizer there {what}")
    if what := foreign_part(tokenizer):
        raise InputError(f"{folder}: the tokenizer there {what}")
    return tokenizer


def read_metrics(folder: Path) -> dict[str, Any]:
    """metrics.json of a model folder; where it is not there, what config.json remembers of it."""
    path = folder / "metrics.json"
    if path.is_file():
        return read_json(path)
    facts = read_json(folder / "config.json").get(FACTS)
    if isinstance(facts, dict):
        return {"dataset": facts}
    _LOG.warning("%s is not there, nor does config.json say how wide bars are: each tab's first bar decides", path)
    return {}


def read_json(path: Path) -> dict[str, Any]:
    """A JSON document; an empty one where there is none that can be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
