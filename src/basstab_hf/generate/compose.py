"""Requests -> tabs: draws candidates, draws again what a guard refuses, keeps the best."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np

from basstab_hf.errors import InputError
from basstab_hf.generate.candidates import SONGS, TRAINING, Candidate, Candidates
from basstab_hf.generate.controls import Control
from basstab_hf.generate.copies import Copies
from basstab_hf.generate.infill import filling
from basstab_hf.generate.job import Job, continuing
from basstab_hf.generate.like import Like
from basstab_hf.generate.loop import Writer, write
from basstab_hf.generate.plan import Continuation, Plan
from basstab_hf.generate.ranking import score, usual_nats
from basstab_hf.generate.request import Request
from basstab_hf.generate.request_controls import feel_controls, request_controls, style_controls
from basstab_hf.generate.sampling import MAX_TEMPERATURE
from basstab_hf.generate.tab_model import TabModel
from basstab_hf.metrics.attributes import control_words
from basstab_hf.metrics.copying import Match
from basstab_hf.tab.values import Tab

#: Plans that an engine gets in one call, at most. The C++ engine writes 16 of them at the same time (kStreams in
#: _decoder.cpp), and takes the next one as soon as one is done.
AT_ONCE = 32
#: By how much the temperature rises with each rewriting of bars that brought nothing new.
BOLDER = 0.1
#: Called with column words as they are written, for each tab first with those that stand before.
Listener = Callable[[list[str]], None]
#: Called with how many tabs are drawn and how many will be, as far as is known, before each part of them is drawn.
Progress = Callable[[int, int], None]
#: Tabs that an engine which takes several draws between two calls of a `Progress`.
_PART = 4


@dataclass(frozen=True, slots=True)
class Written:
    """A tab, and how it came about.

    Attributes:
        tab: the whole tab, prompt and surroundings included.
        nats_per_column: -ln of the chance that the model gave to what it wrote, by the columns written.
        notes: one line each about what was drawn again, and why.
        longest_match: the most new notes in a row that are as in a training tune; None where `max_copy` was not asked.
    """

    tab: Tab
    nats_per_column: float
    notes: tuple[str, ...] = ()
    longest_match: int | None = None


class Composer:
    """A model, ready to write: load it once, ask it often."""

    def __init__(self, model: str | os.PathLike[str] | None = None, engine: str = "auto") -> None:
        """Open a model folder, or `USER/NAME` or `USER/NAME@REVISION` on the Hub; None: the model of the package.

        `like` may be set to songs that all tabs are to be like from then on, `progress` to who is told how many are
        drawn of those that one is chosen from.

        Raises:
            InputError: no model folder, or one that cannot be used.
            HubError: what is named is not on the Hub, or the Hub cannot be reached.
        """
        self.model = TabModel.open(model, engine)
        self.like: Like | None = None
        self.progress: Progress | None = None

    def write(self, request: Request, count: int = 1, listener: Listener | None = None) -> Iterator[Written]:
        """Write `count` tabs, each from a random state of its own: tab i is the same however many follow.

        Raises:
            InputError: a prompt or words that the model never learnt; copies to find and no tunes to compare with; a
                listener where tabs may be drawn again.
        """
        return self._compose(continuing(self.model, request), request, count, listener)

    def infill(
        self, tab: Tab, first: int, last: int, request: Request, count: int = 1, listener: Listener | None = None
    ) -> Iterator[Written]:
        """Rewrite the bars from number `first` to number `last`, counted from 1, to fit what is before and after.

        Each tab has other bars than the one given and those before it: what comes again is drawn again, bolder each
        time. That is told, and so is where nothing else comes. With a listener, bars may be as they were.

        Of the request, what tells how to write counts; prompt, bars, systems, tuning and width are the tab's.

        Raises:
            InputError: bars that the tab does not have, or a model that never learnt to fill in.
        """
        job = filling(self.model, tab, first, last, request)
        given = Tab.from_words(tab.words)  # without its title, as it is written
        return self._compose(job, request, count, listener, None if listener else [given])

    def originality(self, tab: Tab) -> Match:
        """What a tab has from the tunes that the model learnt from, in whatever key.

        Raises:
            InputError: a model folder without its tunes.
        """
        return self._copies.of_tab(tab)

    @property
    def _copies(self) -> Copies:
        return self._known(self.like)

    @cached_property
    def _known(self) -> Callable[[Like | None], Copies]:
        return lru_cache(1)(lambda like: Copies(self.model.folder, like.lines if like else ()))

    def _compose(
        self, job: Job, request: Request, count: int, listener: Listener | None, taken: list[Tab] | None = None
    ) -> Iterator[Written]:
        if listener and (request.best_of > 1 or request.guards.max_copy is not None):
            raise InputError("what is heard as it is written cannot be drawn again: leave best_of and max_copy out")
        if request.guards.max_copy is not None:
            _ = self._copies  # told now, not with the first tab
        vocabulary, so_far = self.model.vocabulary, job.so_far
        controls = request_controls(request, vocabulary, job.tuning)
        felt = feel_controls(request, vocabulary, job.tuning, so_far)
        alone = not (so_far.notes or job.behind)
        styled = style_controls(request, vocabulary, job.tuning, so_far, alone=alone)
        return self._tabs(job, request, count, lambda seed: [*controls, *felt(seed), *styled(seed)], listener, taken)

    def _tabs(
        self,
        job: Job,
        request: Request,
        count: int,
        controls: Callable[[np.random.SeedSequence], Sequence[Control]],
        listener: Listener | None,
        taken: list[Tab] | None,
    ) -> Iterator[Written]:
        """Tab after tab; as many are written together as is good for the engine. None of them is in `taken`."""
        told = partial(self._tell, listener) if listener else None
        together = isinstance(self.model.engine, Writer) and not listener and taken is None
        at_once = max(AT_ONCE // request.best_of, 1) if together else 1

        def plan(candidates: Candidates, seed: np.random.SeedSequence) -> Plan:
            bolder = request if taken is None else _bolder(request, candidates.refused)
            made = job.plan(bolder, seed, controls(seed), told)
            return replace(made, memory=self.like.memory) if self.like else made

        seeds = np.random.SeedSequence(request.seed).spawn(count)
        for start in range(0, count, at_once):
            if listener:
                listener(list(job.before))
            known = SONGS if self.like else TRAINING
            some = [Candidates(seed, request, taken or (), known) for seed in seeds[start : start + at_once]]
            while asked := [(candidates, seed) for candidates in some for seed in candidates.seeds()]:
                continuations = self._write([plan(candidates, seed) for candidates, seed in asked])
                for (candidates, _), continuation in zip(asked, continuations, strict=True):
                    candidates.add(self._candidate(job, request, continuation))
            for number, candidates in enumerate(some, start=start + 1):
                best = candidates.best(partial(self._rank, request))
                told_of = [self.like.whose(job.before, best.words)] if self.like else []
                notes = tuple(f"tab {number}: {note}" for note in (*candidates.notes, *told_of))
                if taken is not None:
                    taken.append(best.tab)
                yield Written(best.tab, best.nats_per_column, notes, best.longest_match)

    def _write(self, plans: Sequence[Plan]) -> list[Continuation]:
        told = _PART if isinstance(self.model.engine, Writer) else 1
        most = told if self.progress else AT_ONCE
        written: list[Continuation] = []
        for start in range(0, len(plans), most):
            if self.progress:
                self.progress(start, len(plans))
            written += write(self.model.engine, plans[start : start + most])
        return written

    def _candidate(self, job: Job, request: Request, continuation: Continuation) -> Candidate:
        words = job.words(continuation.ids)
        copied = None if request.guards.max_copy is None else self._copies.longest(job.before, words)
        nats = continuation.nats / max(len(words), 1)
        return Candidate(job.tab(continuation), nats, copied, tuple(words))

    def _rank(self, request: Request, candidate: Candidate) -> float:
        """The rank of a candidate: how much it has of what was asked for, then what `ranking` says, from 0 to 1."""
        obeyed = set(request.asked).intersection(control_words(" ".join(candidate.tab.words))) if request.asked else ()
        nats = candidate.nats_per_column / usual_nats(self.model.metrics)
        tempo, columns = request.music.tempo, request.music.columns_per_beat
        return len(obeyed) + score(candidate.tab, tempo=tempo, columns_per_beat=columns, nats=nats).total

    def _tell(self, listener: Listener, token: int) -> None:
        listener(list(self.model.vocabulary.columns(token)))


def _bolder(request: Request, refused: int) -> Request:
    """The same request, at a temperature that rises with the number of tabs that were refused."""
    usual = request.sampling
    if not refused or usual.temperature == 0:
        return request
    temperature = min(usual.temperature + BOLDER * refused, MAX_TEMPERATURE)
    return replace(request, sampling=replace(usual, temperature=temperature))


def generate_tab(
    model: str | os.PathLike[str] | None = None, request: Request | None = None, *, engine: str = "auto"
) -> Tab:
    """Write one tab with the model `model`, as `Composer` takes it.

    Raises:
        InputError: no model folder, or a prompt or words that the model never learnt.
    """
    return next(generate_tabs(model, request or Request(), 1, engine=engine))


def generate_tabs(
    model: str | os.PathLike[str] | None, request: Request, count: int, *, engine: str = "auto"
) -> Iterator[Tab]:
    """Write `count` tabs, each from a random state of its own: tab i is the same however many follow."""
    for written in Composer(model, engine).write(request, count):
        yield written.tab
