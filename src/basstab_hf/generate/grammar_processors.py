"""Grammar and match cache for transformers' `model.generate`; they travel with models as remote code.

What they do is a function of `input_ids` and of where the prompt in them ends.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import torch
from transformers import LogitsProcessor
from transformers.utils import cached_file

from basstab_hf.errors import InputError
from basstab_hf.generate.grammar_table import GrammarTable
from basstab_hf.generate.model_words import ModelWords, read_json
from basstab_hf.generate.prompt_ids import read_prompt
from basstab_hf.generate.vocabulary import Mask, Vocabulary
from basstab_hf.model.match_cache import FACTS, MATCH_CACHE, MatchCache, MatchSettings
from basstab_hf.tab.columns import END
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tokenizer.control_words import EOS, PAD

Row = TypeVar("Row")
_WORDS: WeakKeyDictionary[Any, ModelWords] = WeakKeyDictionary()


def loaded_words(model: Any, tokenizer: Any) -> ModelWords:
    """What a model and its tokenizer say, as transformers loaded them from a folder or from the Hub.

    Raises:
        InputError: a match cache in its generation_config.json that cannot be used.
    """
    name, backend = model.name_or_path, tokenizer.backend_tokenizer
    cache = MatchSettings.of_dict(getattr(model.generation_config, MATCH_CACHE, None), f"{name}: generation_config")
    if cache is None and (generation := _beside_weights(name, "generation_config.json")):
        cache = MatchSettings.of_folder(generation.parent)  # older versions wrote it so that transformers skips it
    facts = getattr(model.config, FACTS, None)
    known = isinstance(facts, dict)
    metrics = None if known else _beside_weights(name, "metrics.json")
    return ModelWords(
        folder=Path(name),
        tokenizer=backend,
        vocabulary=Vocabulary.of(backend.get_vocab()),
        cache=cache and cache.for_writing(),
        metrics={"dataset": facts} if known else read_json(metrics) if metrics else {},
    )


def writing_processors(
    model: Any, tokenizer: Any, *, bars: int | None = None, match_cache: bool = True
) -> tuple[MatchCacheProcessor | None, GrammarProcessor]:
    """Cache and grammar for one call of `generate` of a loaded model; no cache where it has none, or none is wanted.

    Raises:
        InputError: a match cache that cannot be used.
    """
    words = _WORDS.get(model) or loaded_words(model, tokenizer)
    _WORDS[model] = words  # with tables that take a second to fill
    cache = MatchCacheProcessor(words.cache) if words.cache and match_cache else None
    return cache, GrammarProcessor(words, bars=bars)


def _beside_weights(name: str, file: str) -> Path | None:
    """Where a file of a folder or of a repository of the Hub lies, None without one."""
    try:
        return Path(cached_file(name, file))
    except OSError:
        return None


class RowByRow(LogitsProcessor, Generic[Row]):  # type: ignore[misc]  # transformers is untyped here
    """Keeps what is known of each row of a batch, and reads only what is new."""

    def __init__(self, prompt_length: int | None = None) -> None:
        """Take the tokens of the prompts, padding included; None: all that the first call of a `generate` has."""
        self._asked_length = prompt_length
        self._length = prompt_length or 0
        self._known: list[tuple[list[int], Row]] = []

    def _start(self, prompt: list[int]) -> Row:
        """What is known of a row behind its prompt."""
        raise NotImplementedError

    def _next(self, row: Row, token: int) -> Row:
        """What is known one token later; `row` is not needed any more."""
        raise NotImplementedError

    def _rows(self, input_ids: torch.LongTensor) -> list[Row]:
        rows = input_ids.tolist()
        if not self._goes_on(rows):
            self._length, self._known = self._asked_length or len(rows[0]), []
        known = self._known
        self._known = [(ids, self._read(ids, *known[index : index + 1])) for index, ids in enumerate(rows)]
        return [row for _, row in self._known]

    def _goes_on(self, rows: list[list[int]]) -> bool:
        """Whether these are the same prompts as in the last call, with something behind them."""
        prompts = [ids[: self._length] for ids, _ in self._known]
        return len(rows[0]) > self._length and [ids[: self._length] for ids in rows] == prompts

    def _read(self, ids: list[int], known: tuple[list[int], Row] | None = None) -> Row:
        if known and len(ids) >= len(known[0]) and ids[: len(known[0])] == known[0]:
            read, row = known
        else:  # beams change places
            read, row = ids[: self._length], self._start(ids[: self._length])
        for token in ids[len(read) :]:
            row = self._next(row, token)
        return row


class MatchCacheProcessor(RowByRow[MatchCache]):
    """Mixes the model with a cache of what each sequence has said so far (see `model.match_cache`).

        processor = MatchCacheProcessor.from_pretrained(folder)
        model.generate(**inputs, logits_processor=[processor], do_sample=True)

    Scores become log-probabilities of the mixture, [sequences, vocabulary].
    """

    def __init__(self, settings: MatchSettings) -> None:
        """Take how to mix."""
        super().__init__()
        self._settings = settings

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str]) -> MatchCacheProcessor:
        """Mix as generation_config.json of a model folder says.

        Raises:
            InputError: it says nothing of a cache.
        """
        settings = MatchSettings.of_folder(Path(folder))
        if settings is None:
            raise InputError(f"{folder}/generation_config.json has no {MATCH_CACHE}: train a model with this version")
        return cls(settings.for_writing())

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        """Mixed scores, [sequences, vocabulary]."""
        pairs = zip(self._rows(input_ids), scores.float().cpu().numpy(), strict=True)
        return torch.stack([torch.from_numpy(cache.mix(row)) for cache, row in pairs]).to(scores)

    def _start(self, prompt: list[int]) -> MatchCache:
        cache = MatchCache(self._settings)
        cache.read(prompt)
        return cache

    def _next(self, row: MatchCache, token: int) -> MatchCache:
        row.read([token])
        return row


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row stands: in a state of the grammar, or before ids that `must` come."""

    table: GrammarTable
    state: int
    system_start: tuple[int, ...]
    must: tuple[int, ...] = ()
    first: Mask | None = None
    bars: int = 0
    systems: int = 0
    may_end: bool = False
    over: bool = False


class GrammarProcessor(RowByRow[_Place]):
    """Only words that may follow can be drawn: scores of all others become -inf.

    Rows are tabs of any tuning each, padded on the left or not. A prompt that does not begin a tab is given its tuning
    word and bar line, and so is each system behind an `<END>`. Once `bars` new bars or `systems` systems are full, only
    `<eos>` may follow; without these numbers the model may say it behind any `<END>`.
    """

    def __init__(
        self,
        model: ModelWords,
        *,
        bars: int | None = None,
        systems: int | None = None,
        tuning: Tuning | None = None,
        width: int | None = None,
        chords: Sequence[str] = (),
        prompt_length: int | None = None,
    ) -> None:
        """Begin with what is to be written.

        Args:
            model: what the words are: `ModelWords.of_folder(folder)`.
            bars: new bars, of which the prompt's open bar counts as the first.
            systems: full systems, of which the prompt's open one counts.
            tuning: of a tab that the prompt does not begin; None is standard tuning.
            width: columns in a bar; None: as in the prompt, or as the model learnt it.
            chords: names, one a bar from the first new bar on and round again, that must come in front of their bars,
                if the model learnt to be told chords; a prompt that ends inside a bar has that one's chord in it.
            prompt_length: tokens of the prompts, padding included; None: all that the first call of `generate` has, so
                that each `generate` needs a processor of its own.
        """
        super().__init__(prompt_length)
        self._bar_starts, self._pickup = model.chord_ids(chords), not chords
        self._model, self._bars, self._systems, self._tuning, self._width = model, bars, systems, tuning, width
        self._eos, self._pad = map(model.tokenizer.token_to_id, (EOS, PAD))
        self._held: dict[tuple[int, ...], Mask] = {}

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        """Scores with -inf for what is illegal, [sequences, vocabulary]; never for everything."""
        legal = torch.from_numpy(np.stack([self._legal(place) for place in self._rows(input_ids)])).to(scores.device)
        # What others forbade altogether, such as an <eos> that comes too early for them, is decided here.
        nothing_left = ~(legal & (scores > -torch.inf)).any(dim=-1, keepdim=True)
        return scores.masked_fill(nothing_left, 0.0).masked_fill(~legal, -torch.inf)

    def hold_back(self, prompt: Sequence[int]) -> tuple[int, ...]:
        """The ids of a prompt, without padding, and without the last where longer tokens begin with its word.

        So the model chooses how long the prompt's last note is: the first token drawn behind the ids that are returned
        begins with that word.

        Raises:
            TabError: ids that are no tab.
        """
        ids = tuple(token for token in prompt if token != self._pad)
        word = self._model.vocabulary.words[ids[-1]]
        place = self._start(list(ids))
        if word is None or place.must or place.table.shapes[ids[-1]] >= place.table.grammar.bar_shape:
            return ids
        kept = ids[:-1]
        begins = self._model.vocabulary.beginning_with(word) & self._legal(self._start(list(kept)))
        if begins.sum() < 2:
            return ids
        self._held[kept] = begins
        return kept

    def _start(self, prompt: list[int]) -> _Place:
        begun = read_prompt(self._model, prompt, self._tuning, self._width)
        table = self._model.table(begun.tuning)
        state = table.grammar.start(begun.tab, begun.width, pickup=self._pickup)
        if begun.closed:
            state = table.grammar.advance(state, END)
        # A chord stands behind a bar line; where the prompt ends with its words, it was told already.
        starts = bool(begun.missing) or prompt[-1] == table.bar_id
        return _Place(
            table=table,
            state=table.number(state),
            system_start=self._model.system_start(begun.tuning),
            must=begun.missing + (self._bar_start(0) if starts else ()),
            first=self._held.get(tuple(token for token in prompt if token != self._pad)),
            may_end=begun.closed and self._endless,
        )

    def _next(self, row: _Place, token: int) -> _Place:
        if row.over:
            return row
        if row.must:
            return replace(row, must=row.must[1:], may_end=False, over=token != row.must[0])
        table = row.table
        state = int(table.row(row.state)[table.shapes[token]])
        if state < 0:  # <eos>, or a beam that has no chance
            return replace(row, over=True)
        bars, systems = row.bars + (token == table.bar_id), row.systems + (token == table.end_id)
        opening = row.system_start if token == table.end_id else ()
        return replace(
            row,
            state=state,
            must=opening + (self._bar_start(bars) if token in (table.bar_id, table.end_id) else ()),
            first=None,
            bars=bars,
            systems=systems,
            may_end=token == table.end_id and self._endless,
            over=bars == self._bars or systems == self._systems,
        )

    def _bar_start(self, number: int) -> tuple[int, ...]:
        """Ids of the chord of new bar number `number`, counted from 0."""
        return self._bar_starts[number % len(self._bar_starts)] if self._bar_starts else ()

    @property
    def _endless(self) -> bool:
        return self._bars is None and self._systems is None

    def _legal(self, place: _Place) -> Mask:
        legal = np.zeros(len(self._model.vocabulary), np.bool_)
        if not place.over and not place.must:
            legal = place.table.row(place.state)[place.table.shapes] >= 0
            return legal & place.first if place.first is not None else legal
        legal[self._eos] = place.over or place.may_end
        legal[list(place.must[:1])] = not place.over
        return legal
