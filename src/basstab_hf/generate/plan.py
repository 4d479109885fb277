"""What an engine is asked to write, and what it wrote: token ids, a grammar, controls; no text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.controls import Bias
from basstab_hf.generate.grammar_table import GrammarTable
from basstab_hf.generate.mixing import Mixing
from basstab_hf.generate.sampling import Sampling
from basstab_hf.generate.vocabulary import Mask
from basstab_hf.model.match_cache import MatchSettings
from basstab_hf.model.song_memory import SongMemory


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch to write: from a state of the grammar to its last bar, then `then`, which is read, not drawn.

    It ends with the bar line of bar number `bars` counted from 1, or with `<END>` number `systems`, whichever is set.
    With `open_end` its last bar stays without its bar line, as soon as nothing but that line may follow.
    """

    state: int
    bars: int | None = None
    systems: int | None = None
    open_end: bool = False
    then: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One tab to write.

    Attributes:
        ids: what is read first. Where it is longer than the engine's context, its last systems are read.
        heard: what match cache or mixture read first; usually `ids`.
        table: the grammar.
        segments: what is written, one behind the other.
        system_start: what is read behind each `<END>` that is drawn: tuning word and bar line.
        bar_starts: what is read behind the bar line in front of bar number n of a segment, counted from 0 and round
            again: the words of its chord. Behind one that ends a system it is read, too, and once more behind
            `system_start`. That of bar 0 is in `ids`. Empty: nothing.
        chances: uniform numbers from 0 to below 1, one for each token that is drawn; there are enough of them.
        sampling: how tokens are drawn.
        cache: how the match cache is mixed in; None for none.
        mixer: the mixture, which takes the place of the cache; None for none.
        memory: songs that the tab is to be like; None for none.
        first: which tokens may be the first; None: any legal one.
        bias: of the next token, from the tokens written so far that were not told of before: [] at first, then one
            at a time or several where some were read, not drawn. None for no controls.
        listener: told of every token as soon as it is written.
    """

    ids: tuple[int, ...]
    table: GrammarTable
    segments: tuple[Segment, ...]
    system_start: tuple[int, ...]
    chances: NDArray[np.float64]
    bar_starts: tuple[tuple[int, ...], ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    heard: tuple[int, ...] = ()
    cache: MatchSettings | None = None
    mixer: Mixing | None = None
    memory: SongMemory | None = None
    first: Mask | None = None
    bias: Callable[[list[int]], Bias | None] | None = None
    listener: Callable[[int], None] | None = None

    def behind(self, token: int, bars: int) -> tuple[int, ...]:
        """What is read behind a token that was drawn; `bars` have been closed in its segment, more are to come."""
        opening = self.system_start if token == self.table.end_id else ()
        if not self.bar_starts or token not in (self.table.bar_id, self.table.end_id):
            return opening
        return opening + self.bar_starts[bars % len(self.bar_starts)]


@dataclass(frozen=True, slots=True)
class Continuation:
    """What was written behind a plan's `ids`.

    Attributes:
        ids: drawn tokens, and those that were read between them and behind them.
        nats: -ln of the chance that model and mixture or cache gave to those drawn, before grammar and sampling.
        drawn: how many were drawn.
    """

    ids: tuple[int, ...]
    nats: float
    drawn: int
