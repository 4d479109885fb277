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
from basstab_hf.tokenizer.control_words import RESERVED, foreign_file, refusal

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
            known = yaml.safe_load(path.read_bytes()) if path.is_file() else self.metrics["dataset"]
            return float(known.get("fill_in_the_middle", 0)) > 0
        except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError, RecursionError) as error:
            if path.is_file():
                _LOG.warning("%s does not say whether bars can be filled in (%s): taken for no", path, _shown(error))
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
        content = path.read_bytes()
        if what := foreign_file(content):
            raise InputError(f"{folder}: the tokenizer there {what}")
        tokenizer = Tokenizer.from_buffer(content)
    except InputError:
        raise
    except Exception as error:  # tokenizers raises bare Exception
        raise InputError(f"{path} cannot be read: {error}") from error
    if what := refusal(version, [tokenizer.id_to_token(place) for place in range(len(RESERVED))]):
        raise InputError(f"{folder}: the tokenizer there {what}")
    return tokenizer


def read_metrics(folder: Path) -> dict[str, Any]:
    """metrics.json of a model folder; where it is not there, what config.json remembers of it.

    Raises:
        InputError: it is no JSON, or holds something else than this package writes.
    """
    path = folder / "metrics.json"
    if path.is_file():
        return _checked(read_json(path), path)
    facts = read_json(folder / "config.json").get(FACTS)
    if isinstance(facts, dict):
        return _checked({"dataset": facts}, folder / "config.json")
    _LOG.warning("%s is not there, nor does config.json say how wide bars are: each tab's first bar decides", path)
    return {}


def read_json(path: Path) -> dict[str, Any]:
    """A JSON document that is a mapping; an empty one where there is no such file.

    Raises:
        InputError: it is another document, or none.
    """
    try:
        document = json.loads(path.read_bytes()[: _MOST_JSON + 1]) if path.is_file() else {}
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON: {str(error)[:80]}") from error
    if not isinstance(document, dict):
        raise InputError(f"{path} is no mapping: {_shown(document)}")
    return document


def _checked(metrics: dict[str, Any], path: Path) -> dict[str, Any]:
    """What is read of metrics is what training writes there, or nothing."""
    metrics = _told(metrics)
    for names, (fits, expected) in _EXPECTED.items():
        found: Any = metrics
        for name in names:
            found = found.get(name)
            if found is None:
                break
        else:
            if not fits(found):
                raise InputError(f"{path}: {'.'.join(names)} is {_shown(found)}, {expected} is expected")
    return metrics


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """All that is not null."""
    return {
        name: _told(value) if name == "dataset" and isinstance(value, dict) else value
        for name, value in values.items()
        if value is not None
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HUGE


def _are_counts(value: object) -> bool:
    return isinstance(value, dict) and all(type(count) is int for count in value.values())


def _are_figures(value: object) -> bool:
    return isinstance(value, dict) and all(one is None or _is_number(one) for one in value.values())


def _is_log(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) and _is_number(entry.get("step")) for entry in value)


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


#: Bytes of a JSON document beside a model; the longest has some 30,000. And what is no number of ours.
_MOST_JSON, _HUGE = 10_000_000, 1e15
_COUNTS = (_are_counts, "a mapping of words to whole numbers")
_MAPPING = (lambda value: isinstance(value, dict), "a mapping")
_NUMBER = (_is_number, "a number")
_TEXT = (lambda value: isinstance(value, str), "a text")
#: What is read of metrics.json, groups before what is in them: whether a value fits, and what would.
_EXPECTED: dict[tuple[str, ...], tuple[Callable[[Any], bool], str]] = {
    ("dataset",): _MAPPING,
    ("dataset", "controls"): _COUNTS,
    ("dataset", "licences"): _COUNTS,
    ("dataset", "chords"): _NUMBER,
    ("dataset", "usual_bar_width"): _NUMBER,
    ("dataset", "source"): _TEXT,
    ("validation",): (_are_figures, "a mapping of names to numbers"),
    ("base_model",): _TEXT,
    ("cpu_seconds",): _NUMBER,
    ("trained",): _MAPPING,
    ("trained", "log"): (_is_log, "a list of steps"),
    ("versions",): _MAPPING,
}
