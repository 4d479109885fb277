"""Score a model on held-out tabs beside baselines, and measure its own tabs beside the held-out ones.

Input: a model folder and a dataset. Output: `Evaluation`, as the command line prints it and metrics.json holds it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import InputError
from basstab_hf.evaluation.baselines import baseline_nats
from basstab_hf.evaluation.obedience import Obeyed, measure_obedience
from basstab_hf.evaluation.obedience import table as obedience_table
from basstab_hf.evaluation.scoring import Scorer, measure_bits, n_columns
from basstab_hf.generate import Request, generate_tabs
from basstab_hf.hub.locate import locate_model
from basstab_hf.metrics.comparison import Figure, measure, table
from basstab_hf.metrics.statistics import Comparison, compare
from basstab_hf.metrics.statistics import table as statistics_table
from basstab_hf.model.match_cache import MatchSettings
from basstab_hf.tab import columns
from basstab_hf.tab.values import Tab

#: Names of the sets of tabs that are measured side by side, and of the model among its baselines.
HELD_OUT, MODEL = "held out", "model"
#: The model alone, where it is otherwise mixed with a cache of the song.
ALONE = "model alone"
#: Bars in each tab of the model that is measured.
SAMPLE_BARS = 16
_MOST_HELD_OUT = 100
_SEED = 1


@dataclass(frozen=True)
class Evaluation:
    """A model and its baselines on one split, and the metrics on sets of tabs.

    `counts`: columns of each piece. `bits` and `per_piece`: bits per column by name ("model", "4-gram" ...), over all
    pieces and of each. `figures` and `tabs`: metrics and texts by set of tabs, empty if none were asked for; so is
    `obedience`.
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

    def as_dict(self) -> dict[str, Any]:
        """The evaluation as metrics.json holds it and `--json` prints it."""
        return {
            "model": self.model,
            "dataset": self.dataset,
            "split": self.split,
            "pieces": len(self.counts),
            "columns": sum(self.counts),
            "bits_per_column": self.bits_per_column,
            **({"bits_per_column_no_cache": self.bits[ALONE]} if ALONE in self.bits else {}),
            "baselines": {
                name: {"bits_per_column": bits} for name, bits in self.bits.items() if name not in (MODEL, ALONE)
            },
            "tabs": {
                name: {metric: figure.as_dict() for metric, figure in figures.items()}
                for name, figures in self.figures.items()
            },
            **({"statistics": {row.name: row.as_dict() for row in self.statistics}} if self.tabs else {}),
            **({"obedience": [one.as_dict() for one in self.obedience]} if self.obedience else {}),
            "per_piece": {"columns": list(self.counts), **{name: list(bits) for name, bits in self.per_piece.items()}},
        }

    def table(self) -> str:
        """The evaluation as tables for people."""
        head = f"{self.split}: {len(self.counts)} pieces, {sum(self.counts)} columns\n{'':11} bits per column"
        lines = [head, *(f"{name:11} {value:15.3f}" for name, value in self.bits.items())]
        lines += ["", table(self.figures)] if self.figures else []
        lines += ["", statistics_table(self.statistics, (MODEL, HELD_OUT))] if self.tabs else []
        lines += ["", obedience_table(self.obedience)] if self.obedience else []
        return "\n".join(lines)


def evaluate_model(
    model: str | os.PathLike[str],
    dataset: str,
    split: str = "test",
    *,
    samples: int = 0,
    obedience: int = 0,
    progress: bool = False,
) -> Evaluation:
    """Score a model folder on a split; baselines learn from the training split of the same dataset.

    Args:
        samples: how many tabs of the model are measured beside as many held-out ones; 0: none.
        obedience: how many tabs the model writes for each thing that it can be asked for; they are measured beside tabs
            that were asked for nothing; 0: none.

    Raises:
        InputError: no model folder, no dataset, or a split without pieces.
        HubError: a model that is to come from the Hub, and does not.
    """
    folder = locate_model(model)
    scorer = Scorer(folder, progress=progress)
    texts = load_texts(dataset, split)
    if not texts:
        raise InputError(f"{dataset} has no pieces in its {split} split: build it from more songs, or choose another")
    training = load_texts(dataset, "train")
    counts = [n_columns(text) for text in texts]
    nats = {**model_nats(scorer, texts, MatchSettings.of_folder(folder)), **baseline_nats(training, texts)}
    bits = {name: measure_bits(costs, counts) for name, costs in nats.items()}
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
    )


def model_nats(scorer: Scorer, texts: Sequence[str], cache: MatchSettings | None) -> dict[str, list[float]]:
    """Nats of each text by the model as it generates, and without its cache if it has one."""
    pieces = scorer.pieces(texts)
    alone = [piece.nats() for piece in pieces]
    return {MODEL: [piece.nats(cache) for piece in pieces], ALONE: alone} if cache else {MODEL: alone}


def _tabs(model: str | os.PathLike[str], held_out: Sequence[str], samples: int) -> dict[str, list[str]]:
    """Tabs of people and of the model, to be measured side by side."""
    chance = random.Random(_SEED)  # noqa: S311  # the same pieces each time
    people = chance.sample(held_out, min(_MOST_HELD_OUT, len(held_out)))
    return {
        HELD_OUT: [columns.to_text(text.split()) for text in people],
        MODEL: [tab.text for tab in generate_tabs(model, Request(bars=SAMPLE_BARS, seed=_SEED), samples)],
    }
