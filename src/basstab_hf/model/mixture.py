"""What a song and the songs before it let expect, mixed with what the model expects: context mixing over tokens.

A song says again what it has said: the same bar, the same rhythm with other notes, what stood at this place of the bar
before. The history of a song is seen through `CONTEXTS`: each looks at a part of it (the last six tokens; the column in
the bar and what stood there a bar ago; the rhythm of the bar so far) and remembers what came next, as a token, as its
rhythm alone or as its notes alone. All they have seen is mixed in the log domain, as compressors of the PAQ family do
(Mahoney 2005; with more than two symbols, Mattern 2012):

    log P(w)  =  a log P_model(w)  +  sum over contexts c in which w was seen of weight(c, class of its count)  -  log Z

The class of a count is how often w was seen there, how often others were, and whether w was the last. A weight is a
sum of three: of context and class; of these and how long the longest match is; of these and how well the bar repeats
the one before. `a` goes by the longest match and by how sure the model is. All are learnt on held-out songs by gradient
descent on the cost (`Mixer.fitted`), and may go on learning while a song is scored, from what came before each token.
Other songs' counts can stand beside the song's own (`Counts`): a memory of the training songs, or of an artist's.

This module is the reference, in Python; `mixture.hpp` is the same in C++, seven times as fast, used where it was built
(`generate.mixing`). The order of all sums and tables is part of what they share.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import InputError, TabError
from basstab_hf.tab.columns import BAR, EMPTY, END, STRINGS, is_bar_line, split_labels
from basstab_hf.tokenizer.control_words import EOS, RESERVED

#: The weights in a model folder.
MIXTURE_FILE = "mixture.safetensors"
FORMAT = 1
_ABOUT = "basstab"
#: How many tokens the contexts of tokens alone look back, and the class of each as the longest match.
ORDERS = (0, 1, 2, 3, 4, 6, 8, 11, 16, 24, 40)
_LENGTH_CLASS = (0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5)
_RHYTHM_ORDERS, _HEAD_ORDERS = (1, 2, 3, 5, 8, 13), (1, 2, 3, 4, 6)
#: A context keeps so many different symbols, those seen last.
KEPT = 12
#: Classes: of counts, of the longest match, of how the bar goes on, of how sure the model is.
COUNT_CLASSES, LENGTH_CLASSES, BAR_CLASSES, SURE_CLASSES = 50, 6, 9, 5
_COUNTS, _OTHERS = (1, 2, 3, 5, 10), (0, 1, 2, 4, 9)  # where classes begin
_ENTROPIES = (0.25, 0.7, 1.3, 2.1)  # nats
#: So many tokens back, it is asked whether the bar repeats the one before.
_LOOKED_BACK = 6
_FIT_ROUNDS, _FIT_RATE, _SPECIFIC = 3, 0.05, 0.5
#: The rate with which weights go on learning while songs are scored.
RATE = 0.2
_FIRST_SQUARES = 0.01
_MOST_BYTES = 1_000_000
#: How much of the mixture counts while tabs are written, unless it was measured.
USUAL_WRITING = 0.5
#: Tokens that weights are fitted on at most: their rows of chances lie in memory.
MOST_FITTED = 60_000

Floats: TypeAlias = NDArray[np.float64]
Key: TypeAlias = tuple[Any, ...]


class Kind(IntEnum):
    """What a token is to the form of a tab."""

    COLUMNS, BAR_LINE, END, TUNING, OTHER = range(5)


class Symbol(IntEnum):
    """What a context expects: the whole token, its rhythm, or its notes."""

    TOKEN, RHYTHM, HEAD = range(3)


#: What each context expects, in the order of `History.keys`.
CONTEXTS: tuple[Symbol, ...] = (
    *[Symbol.TOKEN] * (len(ORDERS) + 12),
    *[Symbol.RHYTHM] * (len(_RHYTHM_ORDERS) + 3),
    *[Symbol.HEAD] * (len(_HEAD_ORDERS) + 3),
)


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What the tokens of a vocabulary are, [vocabulary] each.

    Attributes:
        kinds: see `Kind`.
        columns: how many a token of columns has.
        rhythms: a number for what stands in its columns, on whatever strings and frets: tokens of one number sound at
            the same time, for as long and in the same way.
        heads: a number for its notes and marks, whatever their length; -1 for none.
        ignored: words that are no part of a song.
    """

    kinds: list[int]
    columns: list[int]
    rhythms: list[int]
    heads: list[int]
    ignored: list[bool]

    @classmethod
    def of(cls, words: Sequence[str]) -> TokenFacts:
        """Of tokens as a tokenizer has them, in the order of their ids."""
        kinds = [int(_kind(word)) for word in words]
        rhythms: dict[str, int] = {}
        heads: dict[str, int] = {}
        facts = cls(kinds, [], [], [], [word in RESERVED and word != EOS for word in words])
        for word, kind in zip(words, kinds, strict=True):
            columns = word.split() if kind == Kind.COLUMNS else []
            rhythm = " ".join(map(_sounding, columns)) if columns else f"{kind} {word if kind != Kind.OTHER else ''}"
            head = " ".join(column for column in columns if column.strip(EMPTY))
            facts.columns.append(len(columns))
            facts.rhythms.append(rhythms.setdefault(rhythm, len(rhythms)))
            facts.heads.append(heads.setdefault(head, len(heads)) if head else -1)
        return facts

    def symbols(self, token: int) -> tuple[int, int, int]:
        """Of a token, by `Symbol`; -1 for none."""
        return token, self.rhythms[token], self.heads[token]


def _kind(word: str) -> Kind:
    columns = word.split()
    if not word.startswith(" ") or not columns:
        return Kind.OTHER
    if columns == [END]:
        return Kind.END
    if len(columns) > 1:
        return Kind.COLUMNS
    if is_bar_line(columns[0]) and len(columns[0]) in STRINGS:
        return Kind.BAR_LINE
    try:
        return Kind.TUNING if split_labels(columns[0]) else Kind.COLUMNS
    except TabError:
        return Kind.COLUMNS


def _sounding(column: str) -> str:
    """The marks of a column, each once, with 0 for any digit."""
    return "".join(sorted(set(re.sub(r"\d", "0", column)) - {EMPTY, BAR}))


class History:
    """What contexts look at: a song as far as it was read."""

    def __init__(self, facts: TokenFacts) -> None:
        """Begin."""
        self._facts = facts
        self._tokens: list[int] = []
        self._rhythms: list[int] = []
        self._heads: list[int] = []
        self._column = 0
        self._bars: list[dict[int, int]] = [{}]  # of each bar, its tokens by column; the last one is open
        self._repeats: list[bool] = []  # whether a token is that of one bar before at its column
        self._bar: Key = ()
        self._bar_rhythm: Key = ()
        self._last_bar: Key = ()
        self._widths = (-1, -1)  # of the last bar and the one before
        self._in_bar = 0
        self._bars_in_system = self._bars_in_last_system = 0

    def read(self, token: int) -> None:
        """Go on by a token."""
        facts, kind = self._facts, self._facts.kinds[token]
        self._repeats.append(self._before(1) == token)
        self._bars[-1][self._column] = token
        self._tokens.append(token)
        self._rhythms.append(facts.rhythms[token])
        if facts.heads[token] >= 0:
            self._heads.append(facts.heads[token])
        self._in_bar += 1
        if kind == Kind.BAR_LINE:
            self._widths = (self._column, self._widths[0])
            self._last_bar = self._bar
            self._bars.append({})
            self._bars_in_system += 1
            self._open_bar()
        elif kind == Kind.END:
            self._bars_in_last_system, self._bars_in_system = self._bars_in_system, 0
        elif kind == Kind.TUNING:
            self._bars_in_system = -1  # the bar line behind it opens the first bar
            self._open_bar()
        else:
            self._column += facts.columns[token]
            self._bar = (*self._bar, token)
            self._bar_rhythm = (*self._bar_rhythm, facts.rhythms[token])

    def _open_bar(self) -> None:
        self._bar, self._bar_rhythm, self._column, self._in_bar = (), (), 0, 0

    def keys(self) -> list[Key]:
        """What each context of `CONTEXTS` sees now."""
        facts, column = self._facts, self._column
        last = self._tokens[-1] if self._tokens else -1
        last_head = self._heads[-1] if self._heads else -1
        one, two, four, eight = (self._before(bars) for bars in (1, 2, 4, 8))
        rhythm_1, rhythm_2, rhythm_4 = (facts.rhythms[token] if token >= 0 else -1 for token in (one, two, four))
        head_1, head_2, head_4 = (facts.heads[token] if token >= 0 else -1 for token in (one, two, four))
        system = self._bars_in_system, self._bars_in_last_system
        return [
            *(_end_of(self._tokens, order) for order in ORDERS),
            (column, last),
            (column, one, last),
            (column, two, one),
            (column, two, last),
            (column, four, last),
            (column, four, two, one),
            (column, eight, one),
            self._bar,
            (self._bar, self._last_bar),
            (self._bar, self._bars_in_system),
            (column, int(self._in_bar == 0), *system),
            (column, *self._widths),
            *(_end_of(self._rhythms, order) for order in _RHYTHM_ORDERS),
            self._bar_rhythm,
            (column, rhythm_1, rhythm_2),
            (column, rhythm_4, rhythm_1),
            *(_end_of(self._heads, order) for order in _HEAD_ORDERS),
            (column, head_1, head_2),
            (column, head_4, last_head),
            (column, last_head),
        ]

    def bar_class(self) -> int:
        """How well the last tokens repeat the bar before (not, partly, wholly), and how far the bar has come."""
        lately = self._repeats[-_LOOKED_BACK:]
        hits = sum(lately)
        repeating = 0 if not hits else 1 if hits < len(lately) else 2
        return repeating * 3 + (0 if not self._in_bar else 1 if self._in_bar < 4 else 2)

    def _before(self, bars: int) -> int:
        """The token that began at this column so many bars ago; -1 for none."""
        return self._bars[-1 - bars].get(self._column, -1) if bars < len(self._bars) else -1


def _end_of(symbols: Sequence[int], length: int) -> Key:
    """The last symbols; -1 for those before the first."""
    return (-1,) * (length - len(symbols)) + tuple(symbols[len(symbols) - min(length, len(symbols)) :])


@dataclass(slots=True)
class _Seen:
    """What one context has seen behind one key: how often each symbol, the last one first."""

    total: int = 0
    symbols: list[list[int]] = field(default_factory=list)

    def add(self, symbol: int) -> None:
        self.total += 1
        place = next((place for place, (known, _) in enumerate(self.symbols) if known == symbol), None)
        entry = [symbol, 0] if place is None else self.symbols.pop(place)
        entry[1] += 1
        self.symbols.insert(0, entry)
        del self.symbols[KEPT:]

    def classes(self) -> Iterable[tuple[int, int]]:
        """Each symbol and the class of its count."""
        for place, (symbol, count) in enumerate(self.symbols):
            how_often, others = _class(count, _COUNTS), _class(self.total - count, _OTHERS)
            yield symbol, (how_often * len(_OTHERS) + others) * 2 + (place == 0)


def _class(number: float, starts: Sequence[float]) -> int:
    return sum(number >= start for start in starts[1:])


class Counts:
    """What came next, by context and key: of one song while it is read, or of many."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._seen: list[dict[Key, _Seen]] = [{} for _ in CONTEXTS]

    def add(self, keys: Sequence[Key], symbols: Sequence[int]) -> None:
        """What each context saw is followed by a token of these symbols."""
        for seen, key, kind in zip(self._seen, keys, CONTEXTS, strict=True):
            if symbols[kind] >= 0:
                seen.setdefault(key, _Seen()).add(symbols[kind])

    def found(self, keys: Sequence[Key]) -> list[_Seen | None]:
        """What each context has seen behind its key."""
        return [seen.get(key) for seen, key in zip(self._seen, keys, strict=True)]

    def learn(self, facts: TokenFacts, songs: Iterable[Sequence[int]]) -> None:
        """Read whole songs, as token ids."""
        for song in songs:
            history = History(facts)
            for token in song:
                if not facts.ignored[token]:
                    self.add(history.keys(), facts.symbols(token))
                    history.read(token)


@dataclass(frozen=True)
class Weights:
    """What is learnt. The first axis of all but `model` is the source: the song itself, and a memory if there is one.

    Attributes:
        model: the exponent of the model's chances, [LENGTH_CLASSES, SURE_CLASSES].
        shared: [sources, contexts, COUNT_CLASSES]
        by_length: [sources, contexts, COUNT_CLASSES, LENGTH_CLASSES]
        by_bar: [sources, contexts, COUNT_CLASSES, BAR_CLASSES]
        squares: of the gradients so far, for each of them (Adagrad: Duchi et al. 2011).
        writing: how much of the mixture counts while tabs are written, from 0 to 1: what a model writes itself it takes
            up too eagerly.
    """

    model: Floats
    shared: Floats
    by_length: Floats
    by_bar: Floats
    squares: tuple[Floats, Floats, Floats, Floats]
    writing: float = USUAL_WRITING

    @classmethod
    def fresh(cls, sources: int = 1) -> Weights:
        """With which the mixture is the model alone."""
        shape = (sources, len(CONTEXTS), COUNT_CLASSES)
        zeros = [np.zeros(shape), np.zeros((*shape, LENGTH_CLASSES)), np.zeros((*shape, BAR_CLASSES))]
        model = np.ones((LENGTH_CLASSES, SURE_CLASSES))
        squares = (np.ones_like(model), *(np.full_like(array, _FIRST_SQUARES) for array in zeros))
        return cls(model, zeros[0], zeros[1], zeros[2], (squares[0], squares[1], squares[2], squares[3]))

    @property
    def sources(self) -> int:
        """1: the song alone; 2: the song and a memory."""
        return len(self.shared)

    @property
    def arrays(self) -> tuple[Floats, ...]:
        """Everything, in one order; what `copy` takes back."""
        return self.model, self.shared, self.by_length, self.by_bar, *self.squares

    @classmethod
    def from_arrays(cls, arrays: Sequence[Floats], writing: float = USUAL_WRITING) -> Weights:
        """The inverse of `arrays`."""
        a, b, c, d, *squares = (np.array(array, np.float64) for array in arrays)
        return cls(a, b, c, d, (squares[0], squares[1], squares[2], squares[3]), writing)

    def copy(self) -> Weights:
        """The same, to go on learning."""
        return Weights.from_arrays(self.arrays, self.writing)

    def with_memory(self) -> Weights:
        """The same for two sources, the second still without weight."""
        if self.sources == 2:
            return self
        fresh = Weights.fresh(2)
        arrays = [np.array(array) for array in fresh.arrays]
        for array, own in zip(arrays, self.arrays, strict=True):
            if array.ndim == 2:
                array[:] = own
            else:
                array[:1] = own
        return Weights.from_arrays(arrays, self.writing)

    def save(self, path: Path) -> None:
        """As safetensors, in half precision; of squares the roots."""
        from safetensors.numpy import save_file

        tensors = dict(zip(_NAMES, self.arrays, strict=True))
        packed = {name: np.sqrt(array) if name.startswith("squares") else array for name, array in tensors.items()}
        save_file(
            {name: array.astype(np.float16) for name, array in packed.items()},
            path,
            {_ABOUT: json.dumps({"format": FORMAT, "writing": self.writing})},  # of two keys the order would change
        )
        path.chmod(0o644)

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Read what `save` wrote.

        Raises:
            InputError: it is no such file.
        """
        from safetensors import SafetensorError, safe_open

        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ValueError(f"it has more than {_MOST_BYTES} bytes")
            with safe_open(path, "numpy") as file:
                about = json.loads((file.metadata() or {}).get(_ABOUT, "{}"))
                arrays = [file.get_tensor(name).astype(np.float64) for name in _NAMES]
            writing = float(about["writing"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError, SafetensorError) as error:
            raise InputError(f"{path} cannot be read: {error}") from error
        usual = Weights.fresh(len(arrays[1]) if arrays[1].ndim else 0)
        fits = [array.shape for array in arrays] == [array.shape for array in usual.arrays]
        if about.get("format") != FORMAT or usual.sources not in (1, 2) or not fits:
            raise InputError(f"{path} is a mixture of another version: train the model anew, or delete the file")
        if not all(np.isfinite(array).all() for array in arrays) or not 0 <= writing <= 1:
            raise InputError(f"{path} holds what is no number, or out of range: delete the file")
        arrays[4:] = [np.square(array) + 1e-6 for array in arrays[4:]]
        return cls.from_arrays(arrays, writing)


_NAMES = (
    "model",
    "shared",
    "by_length",
    "by_bar",
    *(f"squares.{name}" for name in ("model", "shared", "by_length", "by_bar")),
)


@dataclass(frozen=True)
class Mixer:
    """All that mixing in a song begins with.

    Attributes:
        facts: of the vocabulary.
        weights: what was fitted.
        memory: counts of other songs; with it, `weights` have two sources.
        share: how much of it counts, from 0, the model alone, to 1.
    """

    facts: TokenFacts
    weights: Weights
    memory: Counts | None = None
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.weights.sources != 1 + (self.memory is not None):
            raise InputError("a mixture with a memory has weights for two sources, one without for one")
        if not 0 <= self.share <= 1:
            raise InputError("share is a part from 0 to 1")

    def start(self, rate: float = 0.0) -> Mixture:
        """A song that begins; with a `rate` it goes on learning, in a copy of the weights."""
        return Mixture(self, self.weights.copy() if rate else self.weights, rate)

    def score(self, ids: Sequence[int], log_p: NDArray[Any], rate: float = RATE) -> Floats:
        """What a song costs, in nats of each token.

        Args:
            ids: tokens of the song, [tokens].
            log_p: of each of them, the model's log-probability of every token that could stand there, [tokens,
                vocabulary].
            rate: with which weights go on learning, in this song alone.
        """
        return _score(self.start(rate), ids, log_p)

    def fitted(self, songs: Sequence[tuple[Sequence[int], NDArray[Any]]], seed: int = 0) -> Mixer:
        """The mixer whose weights went on learning on these songs, each ids and log_p as `score` takes them."""
        mixer = self
        for number, rate in fit_plan(len(songs), seed):
            mixer = mixer.learnt(*songs[number], rate)
        return mixer

    def learnt(self, ids: Sequence[int], log_p: NDArray[Any], rate: float) -> Mixer:
        """The mixer whose weights learnt from one song at a rate."""
        weights = self.weights.copy()
        _score(Mixture(self, weights, rate), ids, log_p)
        return Mixer(self.facts, weights, self.memory, self.share)


def fit_plan(n_songs: int, seed: int) -> list[tuple[int, float]]:
    """Numbers of songs in the order in which weights are fitted to them, and the rate with which they are."""
    chance = np.random.default_rng(seed)
    rates = [_FIT_RATE * (1 - 0.8 * done / _FIT_ROUNDS) for done in range(_FIT_ROUNDS)]
    return [(int(number), rate) for rate in rates for number in chance.permutation(n_songs)]


def _score(mixture: Mixture, ids: Sequence[int], log_p: NDArray[Any]) -> Floats:
    nats = np.zeros(len(ids))
    for place, token in enumerate(ids):
        nats[place] = -mixture.mix(log_p[place].astype(np.float64))[token]
        mixture.read([token])
    return nats


@dataclass(frozen=True, slots=True)
class _Mixed:
    """What the last mixing was made of: to learn from."""

    keys: list[Key]
    features: list[tuple[int, int, int, int, int]]  # source, context, class, symbol, class of the longest match
    log_p: Floats
    mixed: Floats
    model_class: tuple[int, int]
    bar_class: int


class Mixture:
    """One song, read token by token."""

    def __init__(self, mixer: Mixer, weights: Weights, rate: float) -> None:
        """Begin; weights are changed where `rate` is above 0."""
        self._facts, self._memory, self._share = mixer.facts, mixer.memory, mixer.share
        self._weights, self._rate = weights, rate
        self._counts, self._history = Counts(), History(mixer.facts)
        self._rhythms, self._heads = np.array(mixer.facts.rhythms), np.array(mixer.facts.heads)
        self._last: _Mixed | None = None

    def read(self, tokens: Iterable[int]) -> None:
        """Take what the song goes on with."""
        for token in tokens:
            if self._last is not None and self._rate:
                self._learn(self._last, token)
            if not self._facts.ignored[token]:
                keys = self._last.keys if self._last is not None else self._history.keys()
                self._counts.add(keys, self._facts.symbols(token))
                self._history.read(token)
            self._last = None

    def mix(self, logits: NDArray[Any]) -> Floats:
        """Log-probabilities [vocabulary] of the mixture, from the model's logits [vocabulary]."""
        log_p = logits - logits.max()
        log_p = log_p - math.log(np.exp(log_p).sum())
        keys, bar_class = self._history.keys(), self._history.bar_class()
        features = []
        longest = 0
        for source, counts in enumerate((self._counts, self._memory)):
            if counts is None:
                continue
            found = counts.found(keys)
            length = max((_LENGTH_CLASS[place] for place in range(len(ORDERS)) if found[place]), default=0)
            longest = longest if source else length
            features += [
                (source, context, count_class, symbol, length)
                for context, seen in enumerate(found)
                if seen
                for symbol, count_class in seen.classes()
            ]
        chances = np.exp(log_p)
        entropy = -float((chances * np.where(chances > 0, log_p, 0)).sum())
        model_class = longest, _class(entropy, (0.0, *_ENTROPIES))
        exponent = self._weights.model[model_class]
        scores: Floats = (1 + self._share * (exponent - 1)) * log_p
        by_symbol = np.zeros((len(Symbol), len(scores) + 1))
        for source, context, count_class, symbol, length in features:
            place = source, context, count_class
            weight = self._weights.shared[place] + self._weights.by_length[(*place, length)]
            by_symbol[CONTEXTS[context], symbol] += weight + self._weights.by_bar[(*place, bar_class)]
        scores += self._share * (by_symbol[0, :-1] + by_symbol[1, self._rhythms] + by_symbol[2, self._heads])
        scores -= scores.max()
        scores -= math.log(np.exp(scores).sum())
        self._last = _Mixed(keys, features, log_p, scores, model_class, bar_class)
        return scores

    def _learn(self, last: _Mixed, token: int) -> None:
        """One step of gradient descent on -ln of the token's chance."""
        chances = np.exp(last.mixed)
        expected = np.zeros((len(Symbol), len(chances) + 1))
        expected[0, :-1] = chances
        expected[1, :-1] = np.bincount(self._rhythms, chances, len(chances))
        expected[2] = np.bincount(np.where(self._heads < 0, len(chances), self._heads), chances, len(chances) + 1)
        symbols = self._facts.symbols(token)
        weights, rate = self._weights, self._rate
        slope = float(last.log_p[token] - np.dot(chances, last.log_p))
        _step(weights.model, weights.squares[0], last.model_class, slope, rate)
        for source, context, count_class, symbol, length in last.features:
            kind = CONTEXTS[context]
            slope = float(symbols[kind] == symbol) - expected[kind, symbol]
            if abs(slope) < 1e-4:
                continue
            place = source, context, count_class
            _step(weights.shared, weights.squares[1], place, slope, rate)
            _step(weights.by_length, weights.squares[2], (*place, length), slope, rate * _SPECIFIC)
            _step(weights.by_bar, weights.squares[3], (*place, last.bar_class), slope, rate * _SPECIFIC)


def _step(weights: Floats, squares: Floats, place: tuple[int, ...], slope: float, rate: float) -> None:
    squares[place] += slope * slope
    weights[place] += rate * slope / math.sqrt(squares[place])
