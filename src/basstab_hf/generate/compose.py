"""Requests -> tabs: draws candidates, draws again what a guard refuses, keeps the best."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from basstab_hf.generate.controls import Control
from basstab_hf.generate.infill import filling
from basstab_hf.generate.job import Job, continuing
from basstab_hf.generate.loop import write
from basstab_hf.generate.music_controls import music_controls
from basstab_hf.generate.request import Request
from basstab_hf.generate.tab_model import TabModel
from basstab_hf.tab import Tab

#: Called with column words as they are written.
Listener = Callable[[list[str]], None]


@dataclass(frozen=True, slots=True)
class Written:
    """A tab, and how it came about.

    Attributes:
        tab: the whole tab, prompt and surroundings included.
        nats_per_column: -ln of the chance that the model gave to what it wrote, by the columns written.
        notes: one line each about what was drawn again, and why.
    """

    tab: Tab
    nats_per_column: float
    notes: tuple[str, ...] = ()


class Composer:
    """A model, ready to write: load it once, ask it often."""

    def __init__(self, model: str | os.PathLike[str] | None = None, engine: str = "auto") -> None:
        """Open a model folder; None is the model that comes with the package.

        Raises:
            InputError: no model folder, or one that cannot be used.
        """
        self.model = TabModel.open(model, engine)

    def write(self, request: Request, count: int = 1, listener: Listener | None = None) -> Iterator[Written]:
        """Write `count` tabs, each from a random state of its own: tab i is the same however many follow.

        Raises:
            InputError: a prompt or words that the model never learnt.
        """
        return self._compose(continuing(self.model, request), request, count, listener)

    def infill(
        self, tab: Tab, first: int, last: int, request: Request, count: int = 1, listener: Listener | None = None
    ) -> Iterator[Written]:
        """Rewrite the bars from number `first` to number `last`, counted from 1, to fit what is before and after.

        Of the request, what tells how to write counts; prompt, bars, systems, tuning and width are the tab's.

        Raises:
            InputError: bars that the tab does not have, or a model that never learnt to fill in.
        """
        return self._compose(filling(self.model, tab, first, last, request), request, count, listener)

    def _compose(self, job: Job, request: Request, count: int, listener: Listener | None) -> Iterator[Written]:
        controls = music_controls(request.music, self.model.vocabulary, job.tuning)
        for seed in np.random.SeedSequence(request.seed).spawn(count):
            yield self._written(job, request, seed, controls, listener)

    def _written(
        self,
        job: Job,
        request: Request,
        seed: np.random.SeedSequence,
        controls: list[Control],
        listener: Listener | None,
    ) -> Written:
        words = self.model.vocabulary

        def told(token: int) -> None:
            if listener:
                listener(list(words.columns(token)))

        [found] = write(self.model.engine, [job.plan(request, seed, controls, told if listener else None)])
        n_columns = len(job.words(found.ids))
        return Written(job.tab(found), found.nats / max(n_columns, 1))


def generate_tab(
    model: str | os.PathLike[str] | None = None, request: Request | None = None, *, engine: str = "auto"
) -> Tab:
    """Write one tab with the model folder `model`; without one, with the model that comes with the package.

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
