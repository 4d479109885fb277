"""One request made ready for an engine: what is read first, what is written, and how a tab comes of it.

Input: a `TabModel` and a `Request`. Output: a `Job`, from which a `Plan` is made for each seed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from basstab_hf.errors import InputError
from basstab_hf.generate.bar_width import asked_width
from basstab_hf.generate.chord_words import with_bar_words
from basstab_hf.generate.controls import Bias, Control, total_bias
from basstab_hf.generate.grammar import MAX_BAR, MAX_LINE, usual_width
from basstab_hf.generate.grammar_table import GrammarTable
from basstab_hf.generate.mixing import Mixing
from basstab_hf.generate.plan import Continuation, Plan, Segment
from basstab_hf.generate.request import Request
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.steering import check_learnt
from basstab_hf.generate.tab_model import TabModel
from basstab_hf.generate.vocabulary import Mask
from basstab_hf.model.mixture_weights import MIXTURE_FILE
from basstab_hf.tab.columns import BAR, END
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer import infilling
from basstab_hf.tokenizer.control_words import BOS, CHORD_WORDS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Where new bars go: between `before` and `behind`, both column words.

    `ids` and `heard` are what model and match cache read first, `first` which tokens may come first, `most` how many
    tokens are drawn at most. `width` is that of the usual bar, None while it is open. `bar_starts` are the words of
    chords, as a plan has them.
    """

    model: TabModel
    tuning: Tuning
    width: int | None
    before: tuple[str, ...]
    behind: tuple[str, ...]
    ids: tuple[int, ...]
    heard: tuple[int, ...]
    table: GrammarTable
    segments: tuple[Segment, ...]
    most: int
    first: Mask | None = None
    bar_starts: tuple[tuple[int, ...], ...] = ()

    def plan(
        self,
        request: Request,
        seed: np.random.SeedSequence,
        controls: Sequence[Control] = (),
        listener: Callable[[int], None] | None = None,
    ) -> Plan:
        """What an engine is to write from a seed."""
        return Plan(
            ids=self.ids,
            heard=self.heard,
            table=self.table,
            segments=self.segments,
            system_start=self.model.system_start(self.tuning),
            bar_starts=self.bar_starts,
            chances=np.random.default_rng(seed).random(self.most),
            sampling=request.sampling,
            cache=self.model.cache if request.match_cache else None,
            mixer=self._mixing() if request.mixture else None,
            first=self.first,
            bias=self._bias(controls) if controls else None,
            listener=listener,
        )

    def _mixing(self) -> Mixing:
        """The mixture of the folder.

        Raises:
            InputError: it has none.
        """
        if self.model.mixing is None:
            raise InputError(f"{self.model.folder} has no {MIXTURE_FILE}: leave the mixture out, or train a model anew")
        return self.model.mixing

    def tab(self, written: Continuation) -> Tab:
        """The whole tab."""
        return Tab.from_words([*self.before, *self.words(written.ids), *self.behind])

    def words(self, ids: Sequence[int]) -> list[str]:
        """Column words of tokens; those of chords are none."""
        text: str = self.model.tokenizer.decode(list(ids), skip_special_tokens=False)
        return [word for word in text.split() if word not in CHORD_WORDS]

    @property
    def so_far(self) -> SoFar:
        """What stands before."""
        return SoFar.of(self.before, self.tuning, self.width)

    def _bias(self, controls: Sequence[Control]) -> Callable[[list[int]], Bias | None]:
        so_far = self.so_far
        words = self.model.vocabulary.words

        def bias(tokens: list[int]) -> Bias | None:
            for token in tokens:
                so_far.read(words[token] or "")
            return total_bias(controls, so_far)

        return bias


def continuing(model: TabModel, request: Request) -> Job:
    """Bars behind the prompt, or a new tab.

    Raises:
        InputError: a tuning with a number of strings, or something asked for, that the model never learnt.
    """
    check_learnt(request.asked, model.metrics, str(model.folder))
    prompt = request.prompt
    tuning = prompt.systems[-1].tuning if prompt else (request.tuning or STANDARD)
    table = model.table(tuning)
    tell_unknown_tuning(model, tuning)
    width = request.width or (usual_width(prompt) if prompt else None)
    width = width or asked_width(request.asked, model.usual_width)
    words = _opening(prompt) if prompt else [tuning.word, BAR * tuning.n_strings]
    chords = model.chord_words(request.music.chords)
    opened = with_bar_words(words, [()] * len(infilling.bars(words)) + [*chords[:1]])
    ids = model.encode([BOS, *request.asked, *opened])
    if len(ids) > model.engine.context:
        logger.warning("the prompt is longer than the model's context: its last bars count")
    pickup = not request.music.chords  # the first chord has a bar of its own
    state = table.grammar.start(prompt, width, pickup=pickup)
    first, held = _held_back(model, table, request, ids[-1], width)
    if held:
        ids, words = ids[:-1], words[:-held]
        state = table.grammar.start(prompt, width, held, pickup=pickup)
    segment = Segment(table.number(state), systems=request.systems, bars=None if request.systems else request.bars)
    lines = (request.systems or 0) * (MAX_LINE + MAX_BAR)
    return Job(
        model=model,
        tuning=tuning,
        width=width,
        before=tuple(words),
        behind=(),
        ids=tuple(ids),
        heard=tuple(ids),
        table=table,
        segments=(segment,),
        most=lines or request.bars * ((width or MAX_BAR) + 2) + MAX_BAR,
        first=first,
        bar_starts=model.chord_ids(request.music.chords),
    )


def tell_unknown_tuning(model: TabModel, tuning: Tuning) -> None:
    """A tuning that the model never saw is no error: its word is spelt, and frets are what others have."""
    if tuning.word not in model.vocabulary.ids:
        logger.warning("the model never saw the tuning %s: frets are what it knows from others", tuning)


def _opening(prompt: Tab) -> list[str]:
    """The prompt's words, ready to be continued."""
    words = list(prompt.words)
    return words[:-1] if words[-1] == END else words


def _held_back(
    model: TabModel, table: GrammarTable, request: Request, token: int, width: int | None
) -> tuple[Mask | None, int]:
    """Hold the prompt's last token back if longer ones begin with it: the model shall choose how long its note is.

    Returns:
        which tokens may take its place, and its columns: None and 0 where there is no choice.
    """
    word = model.vocabulary.words[token]
    if request.prompt is None or word is None or table.shapes[token] >= table.grammar.bar_shape:
        return None, 0
    columns = len(word.split())
    begins = model.vocabulary.beginning_with(word)
    legal = begins & table.grammar.legal(table.grammar.start(request.prompt, width, columns))
    return (legal, columns) if legal.sum() > 1 else (None, 0)
