"""The loop from logits to tokens, on engines that leave it to Python; the C++ engine does the same by itself.

Input: an `Engine` and a `Plan`. Output: a `Continuation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.engine import Engine, Logits
from basstab_hf.generate.plan import Continuation, Plan, Segment
from basstab_hf.generate.sampling import pick
from basstab_hf.generate.vocabulary import Mask
from basstab_hf.model.match_cache import MatchCache, log_softmax


@runtime_checkable
class Writer(Protocol):
    """An engine that does not leave the loop to Python."""

    def write(self, plans: Sequence[Plan]) -> list[Continuation]:
        """Write what each plan asks for, whatever the others do."""


def write(engine: Engine, plans: Sequence[Plan]) -> list[Continuation]:
    """Write what each plan asks for; a memory of songs is read here, whatever the engine."""
    if isinstance(engine, Writer) and not any(plan.memory for plan in plans):
        return engine.write(plans)
    return [_Loop(engine, plan).write() for plan in plans]


class _Loop:
    """One continuation in the making."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self._plan, self._table = plan, plan.table
        self._reader = _Reader(engine, plan)
        self._first = plan.first
        self._written: list[int] = []
        self._told = 0
        self._nats, self._drawn = 0.0, 0

    def write(self) -> Continuation:
        log_p = self._reader.start()
        for segment in self._plan.segments:
            log_p = self._write_segment(segment, log_p)
        return Continuation(tuple(self._written), self._nats, self._drawn)

    def _write_segment(self, segment: Segment, log_p: NDArray[np.float64]) -> NDArray[np.float64]:
        table, state = self._table, segment.state
        bars = systems = 0
        while bars != segment.bars and systems != segment.systems:
            row = table.row(state)
            legal = row[table.shapes] >= 0
            if segment.open_end and bars + 1 == segment.bars and legal[table.bar_id] and legal.sum() == 1:
                break
            token = self._draw(log_p, legal)
            state = int(row[table.shapes[token]])
            read = [token]
            bars += token == table.bar_id
            systems += token == table.end_id
            if bars != segment.bars and systems != segment.systems:
                read += self._plan.behind(token, bars)
            log_p = self._read(read)
        return self._read(segment.then) if segment.then else log_p

    def _draw(self, log_p: NDArray[np.float64], legal: Mask) -> int:
        """Draw a token. The first one may be limited to some; controls push, but never forbid all that is legal."""
        if self._first is not None:
            legal, self._first = legal & self._first, None
        scores = log_p
        if self._plan.bias:
            bias = self._plan.bias(self._written[self._told :])
            self._told = len(self._written)
            if bias is not None and (bias[legal] > -np.inf).any():
                scores = log_p + bias
        token = pick(scores, legal, self._plan.sampling, self._plan.chances[self._drawn])
        self._nats -= float(log_p[token])
        self._drawn += 1
        return token

    def _read(self, ids: Sequence[int]) -> NDArray[np.float64]:
        self._written += ids
        if self._plan.listener:
            for token in ids:
                self._plan.listener(token)
        return self._reader.read(ids)


class _Reader:
    """Feeds an engine, and the cache of the song and the memory of other songs if there are such.

    When the engine's context is full, it goes on with the last whole systems that fill half of it; the cache keeps all.
    """

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self._engine, self._end_id = engine, plan.table.end_id
        self._ids = list(plan.ids)
        cache = MatchCache(plan.cache) if plan.cache else None
        self._cache = plan.mixer.start() if plan.mixer else cache
        self._songs = plan.memory.reader() if plan.memory else None
        self._hear(plan.heard)

    def start(self) -> NDArray[np.float64]:
        """Log-probabilities behind the plan's ids, [vocabulary], of the mixture with both."""
        return self._mixed(self._restart())

    def read(self, ids: Sequence[int]) -> NDArray[np.float64]:
        """Log-probabilities after everything read so far and `ids`."""
        self._ids += ids
        self._hear(ids)
        if len(self._ids) > self._engine.context:
            return self._mixed(self._restart())
        return self._mixed([self._engine.step(token) for token in ids][-1])

    def _restart(self) -> Logits:
        self._ids = self._ids[first_kept(self._ids, self._engine.context, self._end_id) :]
        return self._engine.start(self._ids)

    def _hear(self, ids: Sequence[int]) -> None:
        if self._cache:
            self._cache.read(ids)
        if self._songs:
            self._songs.read(ids)

    def _mixed(self, logits: Logits) -> NDArray[np.float64]:
        scores = self._songs.mix(logits) if self._songs else logits
        return self._cache.mix(scores) if self._cache else log_softmax(scores)


def first_kept(ids: Sequence[int], context: int, end_id: int | None) -> int:
    """Where to go on from when `ids` outgrow a context: behind the first `<END>` that leaves room for half a context.

    A model learns blocks that start where a system does: see `training.data.cut_blocks`. 0 while there is room.
    """
    excess = len(ids) - context
    if excess <= 0:
        return 0
    latest = len(ids) - context // 2
    starts = (index + 1 for index in range(excess - 1, latest) if ids[index] == end_id)
    return next(starts, latest)
