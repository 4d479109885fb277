"""Bars to rewrite -> a `Job`: what stands before and behind them is read first, and each keeps its width."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from basstab_hf.errors import InputError
from basstab_hf.generate.chord_words import with_bar_words
from basstab_hf.generate.grammar import usual_width
from basstab_hf.generate.job import Job, tell_unknown_tuning
from basstab_hf.generate.plan import Segment
from basstab_hf.generate.request import Request
from basstab_hf.generate.steering import check_learnt
from basstab_hf.generate.tab_model import TabModel
from basstab_hf.tab.columns import END, is_bar_line
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer import infilling
from basstab_hf.tokenizer.control_words import BOS
from basstab_hf.tokenizer.infilling import Cut


def filling(model: TabModel, tab: Tab, first: int, last: int, request: Request) -> Job:
    """The bars from number `first` to number `last` of a tab, counted from 1.

    Raises:
        InputError: bars that the tab does not have, too many of them, or a model that never learnt to fill in.
    """
    check_learnt(request.asked, model.metrics, str(model.folder))
    if not model.fills_in:
        raise InputError(f"{model.folder} never learnt to fill in bars: train a model with `fill_in_the_middle`")
    words = tab.words
    cut = infilling.cut_bars(words, first, last)
    if cut.n_bars > infilling.MAX_BARS:
        raise InputError(f"bars {first}-{last}: at most {infilling.MAX_BARS} at once")
    tuning = _tuning_at(words, cut.start)
    table = model.table(tuning)
    tell_unknown_tuning(model, tuning)
    inside = [(bar.start, bar.end) for bar in infilling.bars(words) if cut.start <= bar.start < cut.end]
    widths = [end - start for start, end in inside]
    between = [words[end:start] for (_, end), (start, _) in pairwise(inside)]
    if any(len(word) != tuning.n_strings and word != END for part in between for word in part if is_bar_line(word)):
        raise InputError(
            f"bars {first}-{last} are of basses with different numbers of strings: rewrite them one by one"
        )
    starts = [table.grammar.start_of_bar(width) for width in widths]
    chords = model.chord_words(request.music.chords)
    inside_chords = [chords[number % len(chords)] if chords else () for number in range(len(inside))]
    pairs = zip(between, inside_chords[1:], strict=True)
    thens = [tuple(model.encode(with_bar_words(part, [chord]))) for part, chord in pairs] + [()]
    ids, heard = _surroundings(model, words, cut, request.asked, inside_chords)
    return Job(
        model=model,
        tuning=tuning,
        width=usual_width(tab),
        before=words[: cut.start],
        behind=words[cut.end :],
        ids=ids,
        heard=heard,
        table=table,
        segments=tuple(
            Segment(table.number(state), bars=1, open_end=True, then=then)
            for state, then in zip(starts, thens, strict=True)
        ),
        most=sum(widths),
    )


def _tuning_at(words: Sequence[str], index: int) -> Tuning:
    """The tuning of the system that a place is in."""
    opening = max((start for start in range(1, index) if words[start - 1] == END), default=0)
    return Tuning.parse(words[opening])


def _surroundings(
    model: TabModel, words: Sequence[str], cut: Cut, asked: Sequence[str], chords: Sequence[Sequence[str]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the model reads first, and what the match cache does, without the marks; last the first bar's chords."""
    before, behind = model.encode(words[: cut.start]), model.encode(words[cut.end :])
    middle = model.encode(words[cut.start : cut.end])
    tokens = [model.vocabulary.words[token] or "" for token in (*before, *middle, *behind)]
    at = Cut(len(before), len(before) + len(middle), cut.n_bars)
    # A new middle may take a token for each of its columns.
    asking = len(asked) + len(infilling.MARKS) + cut.n_bars + 2 * sum(map(len, chords))
    room = model.engine.context - asking - (cut.end - cut.start - len(middle))
    near, at = infilling.window(tokens, at, room)
    read = infilling.split([*asked, *near], at.moved(len(asked)), infilling.MARKS)
    read = [*read[: len(read) - (at.end - at.start)], *chords[0]]
    heard = [word for word in read if word not in infilling.MARKS]
    return tuple(model.encode([BOS, *read])), tuple(model.encode(heard))
