"""Score models on held-out tabs beside baselines, and measure a model's own tabs beside the held-out ones.

Input: model folders and a dataset, or a folder of tabs. Output: `Evaluation`, as the command line prints it and
metrics.json holds it.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from basstab_hf.dataset.load import is_dataset, load_texts
from basstab_hf.dataset.own_tabs import own_texts
from basstab_hf.errors import InputError
from basstab_hf.evaluation.baselines import Scores, baseline_nats
from basstab_hf.evaluation.mixed import fitted_mixing
from basstab_hf.evaluation.obedience import Obeyed, measure_obedience
from basstab_hf.evaluation.obedience import table as obedience_table
from basstab_hf.evaluation.scoring import Scorer, measure_bits, n_columns
from basstab_hf.generate import Request, generate_tabs
from basstab_hf.hub.locate import locate_model
from basstab_hf.metrics.averages import Interval, interval, mean, paired_p
from basstab_hf.metrics.comparison import Figure, measure, table
from basstab_hf.metrics.statistics import Comparison, compare
from basstab_hf.metrics.statistics import table as statistics_table
from basstab_hf.model.match_cache import MatchSettings
from basstab_hf.model.tunes import read_tunes, tune_of
from basstab_hf.printing import tables
from basstab_hf.printing.words import counted
from basstab_hf.tab import columns
from basstab_hf.tab.values import Tab

#: Names of the sets of tabs that are measured side by side, and of the model among its baselines.
HELD_OUT, MODEL = "held out", "model"
#: Notes of a tune that tells it from others, and different steps between them.
_NOTES, _STEPS = 16, 4
#: The model with its match cache, where it has a mixture, and the model alone.
CACHED, ALONE = "match cache", "model alone"
#: The model whose mixture has the training songs beside each piece, as compressors are given them.
REMEMBERED = "model, given songs"
#: Bars in each tab of the model that is measured.
SAMPLE_BARS = 16
_MOST_HELD_OUT = 100
_SEED = 1
#: What stands for the split where tabs are scored that are no dataset.
TABS = "tabs"


@dataclass(frozen=True, slots=True)
class Beside:
    """How much more than the model something pays, in bits per column over the pieces that it was scored on.

    `ends`: 95 % bootstrap interval over pieces, each with both; `p`: of `averages.paired_p`.
    """

    more: float
    ends: Interval
    p: float

    def as_dict(self) -> dict[str, float | None]:
        """For JSON."""
        return {"more_than_model": self.more, "more_low": self.ends.low, "more_high": self.ends.high, "p": self.p}


@dataclass(frozen=True)
class Evaluation:
    """A model, others and baselines on one split, and the metrics on sets of tabs.

    `counts`: columns of each piece. `bits` and `per_piece`: bits per column by name ("model", "4-gram" ...), over all
    pieces and of each; NaN for a piece that something was not asked about. `figures` and `tabs`: metrics and texts by
    set of tabs, empty if none were asked for; so is `obedience`. `remarks`: what is to be told of pieces and baselines.
    """

    model: str
    dataset: str
    split: str
    counts: Sequence[int]
    bits: Mapping[str, float]
    per_piece: Mapping[str, Sequence[float]]
    figures: Mapping[str, Mapping[str, Figure]]
    tabs: Mapping[str, Sequence[str]]
    obedience: Sequence[Obeyed] = ()
    remarks: Sequence[str] = ()

    @property
    def bits_per_column(self) -> float:
        """Bits per column of the model, over all pieces."""
        return self.bits[MODEL]

    @cached_property
    def statistics(self) -> Sequence[Comparison]:
        """How the model's tabs are made beside the held-out ones; nothing where no tabs were asked for."""
        if not self.tabs:
            return ()
        return compare(*([Tab.parse(text) for text in self.tabs[name]] for name in (MODEL, HELD_OUT)))

    @cached_property
    def intervals(self) -> Mapping[str, Interval]:
        """95 % bootstrap interval of each of `bits`, over pieces."""
        return {name: interval(bits, self.counts) for name, bits in self.per_piece.items()}

    @cached_property
    def beside(self) -> Mapping[str, Beside]:
        """Everything but the model beside it, piece by piece."""
        ours = self.per_piece[MODEL]
        found = {}
        for name, theirs in self.per_piece.items():
            if name != MODEL:
                more = [other - own for other, own in zip(theirs, ours, strict=True)]
                ends = interval(more, self.counts)
                found[name] = Beside(mean(more, self.counts), ends, paired_p(more, self.counts))
        return found

    def as_dict(self) -> dict[str, Any]:
        """The evaluation as metrics.json holds it and `--json` prints it."""
        return {
            "model": self.model,
            "dataset": self.dataset,
            "split": self.split,
            "pieces": len(self.counts),
            "columns": sum(self.counts),
            "bits_per_column": self.bits_per_column,
            "bits_per_column_interval": [self.intervals[MODEL].low, self.intervals[MODEL].high],
            **({"bits_per_column_match_cache": self.bits[CACHED]} if CACHED in self.bits else {}),
            **({"bits_per_column_no_cache": self.bits[ALONE]} if ALONE in self.bits else {}),
            "baselines": {name: self._row(name) for name in self.bits if name not in (MODEL, CACHED, ALONE)},
            "remarks": list(self.remarks),
            "tabs": {
                name: {metric: figure.as_dict() for metric, figure in figures.items()}
                for name, figures in self.figures.items()
            },
            **({"statistics": {row.name: row.as_dict() for row in self.statistics}} if self.tabs else {}),
            **({"obedience": [one.as_dict() for one in self.obedience]} if self.obedience else {}),
            "per_piece": {
                "columns": list(self.counts),
                **{name: [None if math.isnan(one) else one for one in bits] for name, bits in self.per_piece.items()},
            },
        }

    def table(self, form: tables.Form = "text") -> str:
        """The evaluation as tables for people, with 95 % intervals over pieces."""
        parts = [
            f"{self.split}: {counted(len(self.counts), 'piece')}, {counted(sum(self.counts), 'column')}\n"
            + self._bits_table(form)
        ]
        parts += ["\n".join(self.remarks)] if self.remarks else []
        parts += [table(self.figures, form)] if self.figures else []
        parts += [statistics_table(self.statistics, (MODEL, HELD_OUT), form)] if self.tabs else []
        parts += [obedience_table(self.obedience, form)] if self.obedience else []
        return "\n\n".join(parts)

    def _bits_table(self, form: tables.Form) -> str:
        rows: list[Sequence[str]] = [("", "bits per column", "", "more than the model", "", "p")]
        for name, bits in self.bits.items():
            cells = [name, f"{bits:.3f}", str(self.intervals[name])]
            one = self.beside.get(name)
            cells += [f"{one.more:+.3f}", str(one.ends), f"{one.p:.4f}"] if one else ["", "", ""]
            rows.append(cells)
        return tables.table(rows, form=form)

    def _row(self, name: str) -> dict[str, Any]:
        """What is told of a baseline or of another model."""
        ends, scored = self.intervals[name], sum(not math.isnan(one) for one in self.per_piece[name])
        figures = {"bits_per_column": self.bits[name], "low": ends.low, "high": ends.high, "pieces": scored}
        return figures | self.beside[name].as_dict()


def evaluate_model(
    model: str | os.PathLike[str],
    dataset: str,
    split: str = "test",
    *,
    beside: Sequence[str] = (),
    given: str | None = None,
    samples: int = 0,
    obedience: int = 0,
    remember: bool = False,
    most_zpaq: int | None = None,
    progress: bool = False,
) -> Evaluation:
    """Score a model folder on a split, or on a folder of tabs.

    Args:
        dataset: that of the split; or files of tabs as `basstab build` reads them, all of which are scored.
        beside: other models, scored on the same pieces.
        given: the dataset whose training split baselines learn from; the same one unless it is told. Without either
            there are no baselines.
        samples: how many tabs of the model are measured beside as many held-out ones; 0: none.
        obedience: how many tabs the model writes for each thing that it can be asked for; they are measured beside tabs
            that were asked for nothing; 0: none.
        remember: score the model's mixture with the training songs as a memory, too, as compressors are given them;
            it is fitted to the validation split.
        most_zpaq: as in `baselines.baseline_nats`.

    Raises:
        InputError: no model folder, no dataset, or a split without pieces.
        HubError: a model that is to come from the Hub, and does not.
    """
    folder = locate_model(model)
    others = _names(beside)
    scorer = Scorer(folder, progress=progress)
    texts, split = _held_out(dataset, split)
    counts = [n_columns(text) for text in texts]
    if remember and split == TABS and not given:
        raise InputError("--remember needs --given DATASET where tabs are scored: whose training songs are remembered?")
    learnt_from = given or (dataset if split != TABS else None)
    training = load_texts(learnt_from, "train") if learnt_from else []
    nats = model_nats(scorer, texts)
    for name, other in others.items():
        nats[name] = model_nats(Scorer(other, progress=progress), texts)[MODEL]
    if remember and learnt_from:
        nats[REMEMBERED] = remembering_nats(scorer, texts, training, _fitting(learnt_from, split))
    scores = _baselines(learnt_from, training, split, texts, most_zpaq)
    bits = {name: _bits(costs, counts) for name, costs in {**nats, **scores.nats}.items()}
    tabs = _tabs(folder, texts, samples) if samples else {}
    references = [columns.to_text(text.split()) for text in training] if samples else []
    return Evaluation(
        model=str(model),
        dataset=dataset,
        split=split,
        counts=counts,
        bits={name: score["bits_per_column"] for name, score in bits.items()},
        per_piece={name: score["per_piece"] for name, score in bits.items()},
        figures={name: measure(one_set, references) for name, one_set in tabs.items()},
        tabs=tabs,
        obedience=measure_obedience(folder, obedience) if obedience else (),
        remarks=(*_learnt(folder, texts), *scores.remarks),
    )


def _learnt(folder: Path, texts: Sequence[str]) -> Iterator[str]:
    """A remark where pieces are among those that the model was trained on, as its tunes tell: they flatter it."""
    try:
        tunes = set(read_tunes(folder))
    except InputError:  # a model of somebody else, say
        return
    found = sum(len(tune) >= _NOTES and len(set(tune)) >= _STEPS and tune in tunes for tune in map(tune_of, texts))
    if found:
        yield (
            f"{found} of {counted(len(texts), 'piece')} learnt: the model was trained on "
            f"{'it' if found == 1 else 'them'}, so its figures tell what it remembers"
        )


def _held_out(dataset: str, split: str) -> tuple[list[str], str]:
    """The texts to score, and what they are called.

    Raises:
        InputError: no dataset and no tabs, or a split without pieces.
    """
    if not is_dataset(dataset):
        return own_texts(dataset), TABS
    texts = load_texts(dataset, split)
    if not texts:
        raise InputError(f"{dataset} has no pieces in its {split} split: build it from more songs, or choose another")
    return texts, split


def _names(models: Sequence[str]) -> dict[str, Path]:
    """Folders of other models by the names that tables give them.

    Raises:
        InputError: no model folder.
    """
    found: dict[str, Path] = {}
    for model in models:
        folder = locate_model(model)
        name = folder.resolve().name
        found[model if name in found or name in (MODEL, ALONE) else name] = folder
    return found


def remembering_nats(
    scorer: Scorer, texts: Sequence[str], training: Sequence[str], validation: Sequence[str]
) -> list[float]:
    """Nats of each text where the mixture has the training songs beside it."""
    mixing, _ = fitted_mixing(scorer, validation, scorer.folder, remembered=training)
    return [piece.mixed for piece in scorer.pieces(texts, mixing) if piece.mixed is not None]


def _fitting(learnt_from: str | None, split: str) -> list[str]:
    """What something is fitted to: the validation split, or the test split where that one is scored."""
    if learnt_from is None:
        return []
    try:
        return load_texts(learnt_from, "test" if split == "validation" else "validation")
    except InputError:
        return []  # a small dataset: it is told that nothing is chosen


def _baselines(
    learnt_from: str | None, training: Sequence[str], split: str, texts: Sequence[str], most_zpaq: int | None
) -> Scores:
    """Orders and weights are chosen on the validation split, or on the test split where that one is scored."""
    if learnt_from is None:
        return Scores({}, ("no baselines: name the dataset that they learn from with --given",))
    return baseline_nats(training, _fitting(learnt_from, split), texts, most_zpaq)


def _bits(nats: Sequence[float], counts: Sequence[int]) -> dict[str, Any]:
    """Bits per column over the pieces whose nats are known, and of each."""
    known = [number for number, cost in enumerate(nats) if not math.isnan(cost)]
    found = measure_bits([nats[number] for number in known], [counts[number] for number in known])
    each = dict(zip(known, found["per_piece"], strict=True))
    return found | {"per_piece": [each.get(number, math.nan) for number in range(len(nats))]}


def model_nats(scorer: Scorer, texts: Sequence[str]) -> dict[str, list[float]]:
    """Nats of each text by the model as it generates, and, as far as it has them, with its match cache and alone."""
    cache, mixing = MatchSettings.of_folder(scorer.folder), scorer.mixing
    pieces = scorer.pieces(texts, mixing)
    nats = {MODEL: [piece.mixed for piece in pieces if piece.mixed is not None]} if mixing else {}
    if cache:
        nats[CACHED if mixing else MODEL] = [piece.nats(cache) for piece in pieces]
    nats[ALONE if nats else MODEL] = [piece.nats() for piece in pieces]
    return nats


def _tabs(model: str | os.PathLike[str], held_out: Sequence[str], samples: int) -> dict[str, list[str]]:
    """Tabs of people and of the model, to be measured side by side."""
    chance = random.Random(_SEED)  # noqa: S311  # the same pieces each time
    people = chance.sample(held_out, min(_MOST_HELD_OUT, len(held_out)))
    return {
        HELD_OUT: [columns.to_text(text.split()) for text in people],
        MODEL: [tab.text for tab in generate_tabs(model, Request(bars=SAMPLE_BARS, seed=_SEED), samples)],
    }
