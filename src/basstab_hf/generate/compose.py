"""A request -> new tabs: prompt in, words sampled under the grammar, a `Tab` out."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from basstab_hf.columns import BAR, END
from basstab_hf.control_words import FORMAT
from basstab_hf.errors import InputError
from basstab_hf.generate.engines import Engine, Logits, load_engine
from basstab_hf.generate.grammar import MAX_BAR, MIN_BAR, Grammar, Mask, usual_width
from basstab_hf.generate.match_cache import MatchCache, MatchSettings
from basstab_hf.generate.steering import asked_width, check_learnt
from basstab_hf.shipped import shipped_model
from basstab_hf.tab import Tab
from basstab_hf.tuning import Tuning

logger = logging.getLogger(__name__)

MAX_BARS = 1000


@dataclass(frozen=True, slots=True)
class Request:
    """What to write: `bars` new bars behind the prompt, whose open bar counts as the first of them.

    `width` is the number of columns in a bar (None: as in the prompt, or as in most bars that the model learnt from);
    `tuning` holds without a prompt. `top_k` 0 and `top_p` 1 switch those filters off. With `match_cache`, what the tab
    has said so far is mixed in as the model folder says (see the module of that name): it repeats itself as songs do.
    `controls` are words such as "<density:low>" (`steering.asked_words`): what the tab as a whole shall be like. The
    model may fail them, but a metre sets the width where neither `width` nor the prompt does.

    Raises:
        InputError: a number out of its range.
    """

    prompt: Tab | None = None
    bars: int = 8
    tuning: Tuning | None = None
    width: int | None = None
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 0.95
    seed: int | None = None
    match_cache: bool = True
    controls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ranges = {
            "bars": (self.bars, 1, MAX_BARS),
            "width": (self.width if self.width is not None else MIN_BAR, MIN_BAR, MAX_BAR),
            "temperature": (self.temperature, 0.0, 10.0),
            "top_k": (self.top_k, 0, 1_000_000),
            "top_p": (self.top_p, 0.01, 1.0),
            "seed": (self.seed or 0, 0, 2**32 - 1),
        }
        for name, (value, least, most) in ranges.items():
            if not least <= value <= most:
                raise InputError(f"{name} {value:g}: choose {least:g} to {most:g}")


def generate_tab(
    model: str | os.PathLike[str] | None = None, request: Request | None = None, *, engine: str = "auto"
) -> Tab:
    """Write one tab with the model folder `model`; without one, with the model that comes with the package.

    Raises:
        InputError: no model folder, or a prompt or controls that the model never learnt.
    """
    return next(generate_tabs(model, request or Request(), 1, engine=engine))


def generate_tabs(
    model: str | os.PathLike[str] | None, request: Request, count: int, *, engine: str = "auto"
) -> Iterator[Tab]:
    """Write `count` tabs, each from a random state of its own: tab i is the same however many follow."""
    folder = shipped_model() if model is None else Path(model)
    runner = load_engine(folder, engine)
    tokenizer = _read_tokenizer(folder)
    metrics = _read_json(folder / "metrics.json")
    check_learnt(request.controls, metrics, str(folder))
    if request.width is None and (request.prompt is None or usual_width(request.prompt) is None):
        request = replace(request, width=asked_width(request.controls, _usual_width(metrics)))
    cache = MatchSettings.of_folder(folder) if request.match_cache else None
    seeds = np.random.SeedSequence(request.seed).spawn(count)
    for seed in seeds:
        yield _Writer(runner, tokenizer, request, np.random.default_rng(seed), cache).write()


class _Writer:
    """One tab in the making."""

    def __init__(
        self,
        engine: Engine,
        tokenizer: Tokenizer,
        request: Request,
        random: np.random.Generator,
        cache: MatchSettings | None,
    ) -> None:
        self._engine, self._tokenizer, self._request, self._random = engine, tokenizer, request, random
        self._cache = cache
        prompt = request.prompt
        self._tuning = prompt.systems[-1].tuning if prompt else (request.tuning or Tuning.parse("GDAE"))
        self._vocabulary = _words(tokenizer)
        self._grammar = Grammar(self._vocabulary, self._tuning.n_strings)
        if not self._grammar.usable:
            raise InputError(
                f"the model never learnt tabs of {self._tuning.n_strings} strings: "
                f"give it another tuning than {self._tuning}, or train one on such tabs"
            )

    def write(self) -> Tab:
        """Sample word by word until the bars are full."""
        if self._tuning.word not in self._vocabulary:
            logger.warning("the model never saw the tuning %s: frets are what it knows from others", self._tuning)
        words = self._opening()
        ids = self._tokenizer.encode(" ".join([*self._request.controls, *words])).ids
        held = self._held_back(ids[-1])
        if held:
            ids, words = ids[:-1], words[: -len(held.split())]
        if len(ids) > self._engine.context:
            logger.warning("the prompt is longer than the model's context: its last systems count")
        reader = _Reader(self._engine, self._grammar.end_id, self._cache)
        logits = reader.read(ids)
        if len(logits) != len(self._vocabulary):
            raise InputError(f"the model has {len(logits)} tokens, its tokenizer.json {len(self._vocabulary)}")
        state = self._grammar.start(self._request.prompt, self._request.width, len(held.split()))
        while state.bars < self._request.bars:
            legal = self._grammar.legal(state)
            if held:
                legal, held = self._going_on_with(held, legal), ""
            token = self._pick(logits, legal)
            word = self._vocabulary[token] or ""
            words += word.split(" ")
            state = self._grammar.advance(state, word)
            logits = reader.read([token])
            if word == END:
                # Every system starts with the same tuning and a bar line: nothing to sample.
                words += self._system_start
                logits = reader.read(self._tokenizer.encode(" ".join(self._system_start), add_special_tokens=False).ids)
        return Tab.from_words(words)

    def _held_back(self, token: int) -> str:
        """The prompt's last word if longer words begin with it: the model shall choose how long its note is."""
        word = self._vocabulary[token]
        longer = word and any(other and other.startswith(f"{word} ") for other in self._vocabulary)
        return word if word and longer else ""

    def _going_on_with(self, held: str, legal: Mask) -> Mask:
        """The legal words that begin with the one held back; that one itself where the grammar has none."""
        begins = np.array([word == held or (word or "").startswith(f"{held} ") for word in self._vocabulary])
        same = np.array([word == held for word in self._vocabulary])
        return legal & begins if (legal & begins).any() else same

    def _opening(self) -> list[str]:
        """The prompt's words, ready to be continued, or the start of a system."""
        prompt = self._request.prompt
        if prompt is None:
            return list(self._system_start)
        words = list(prompt.words)
        return words[:-1] if words[-1] == END else words

    @property
    def _system_start(self) -> list[str]:
        return [self._tuning.word, BAR * self._tuning.n_strings]

    def _pick(self, logits: NDArray[np.floating[Any]], legal: Mask) -> int:
        """Sample a legal token by temperature, top-k and top-p; temperature 0 takes the likeliest."""
        allowed = np.flatnonzero(legal)
        scores = logits[allowed].astype(np.float64)
        if self._request.temperature == 0:
            return int(allowed[scores.argmax()])
        order = np.argsort(-scores, kind="stable")
        if self._request.top_k:
            order = order[: self._request.top_k]
        chances = np.exp((scores[order] - scores[order[0]]) / self._request.temperature)
        chances /= chances.sum()
        kept = int(np.searchsorted(np.cumsum(chances), self._request.top_p)) + 1
        chances = chances[:kept] / chances[:kept].sum()
        return int(allowed[order[self._random.choice(len(chances), p=chances)]])


class _Reader:
    """Feeds an engine, and the cache of the song if there is one.

    When the engine's context is full, it goes on with the last whole systems that fill half of it; the cache keeps all.
    """

    def __init__(self, engine: Engine, end_id: int | None, settings: MatchSettings | None) -> None:
        self._engine, self._end_id = engine, end_id
        self._ids: list[int] = []
        self._cache = MatchCache(settings) if settings else None

    def read(self, ids: Sequence[int]) -> NDArray[np.floating[Any]]:
        """Logits after everything read so far and `ids`, of the mixture with the cache."""
        logits = self._read(ids)
        if self._cache is None:
            return logits
        self._cache.read(ids)
        return self._cache.mix(logits)

    def _read(self, ids: Sequence[int]) -> Logits:
        self._ids += ids
        if len(self._ids) == len(ids) or len(self._ids) > self._engine.context:
            self._ids = self._ids[self._first_kept() :]
            return self._engine.start(self._ids)
        return [self._engine.step(token) for token in ids][-1]

    def _first_kept(self) -> int:
        excess = len(self._ids) - self._engine.context
        if excess <= 0:
            return 0
        # A model learns blocks that start where a system does: see training_data.cut_blocks.
        latest = len(self._ids) - self._engine.context // 2
        starts = (place + 1 for place in range(excess - 1, latest) if self._ids[place] == self._end_id)
        return next(starts, latest)


def _read_tokenizer(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise InputError(f"{folder} holds no tokenizer.json: it is no model folder of ours")
    found = _read_json(folder / "tokenizer_config.json").get("basstab_format")
    if found != FORMAT:
        what = f"is of format {found}" if found else "is not of basstab_hf"
        raise InputError(f"{folder}: the tokenizer there {what}; this version reads format {FORMAT}: train anew")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise InputError(f"{path} cannot be read: {error}") from error


def _read_json(path: Path) -> dict[str, Any]:
    """A JSON document; an empty one where there is none that can be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _usual_width(metrics: Mapping[str, Any]) -> int | None:
    """Columns of the usual bar of the training data, as metrics.json tells; None where it does not."""
    width = metrics.get("dataset", {}).get("usual_bar_width")
    return width if isinstance(width, int) and MIN_BAR <= width <= MAX_BAR else None


def _words(tokenizer: Tokenizer) -> list[str | None]:
    """Words by id, None for special tokens and characters: words carry a leading space in the vocabulary."""
    words: list[str | None] = [None] * tokenizer.get_vocab_size()
    for token, place in tokenizer.get_vocab().items():
        if token.startswith(" ") and len(token) > 1:
            words[place] = token[1:]
    return words
