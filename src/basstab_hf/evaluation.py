"""Score a model on held-out tabs beside an n-gram baseline, and measure its own tabs beside the held-out ones.

Input: a model folder and a dataset. Output: `Evaluation`, as the command line prints it and metrics.json holds it.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf import columns, files
from basstab_hf.comparison import Figure, measure, table
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.generate import Request, generate_tabs
from basstab_hf.generate.engines import read_config
from basstab_hf.metrics import metric_path
from basstab_hf.ngram import NgramModel
from basstab_hf.tokenization_basstab import BassTabTokenizer

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel

BASELINE_ORDER = 4
#: Bars in each tab of the model that is measured.
SAMPLE_BARS = 16
_MOST_HELD_OUT = 100
_SEED = 1
_WINDOWS_PER_BATCH = 8


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Bits per column of a model and of the baseline on one split; the metrics on sets of tabs, by set and name."""

    model: str
    split: str
    pieces: int
    columns: int
    bits_per_column: float
    baseline_bits_per_column: float
    tabs: Mapping[str, Mapping[str, Figure]]

    def as_dict(self) -> dict[str, Any]:
        """For metrics.json and `--json`."""
        return {
            "model": self.model,
            "split": self.split,
            "pieces": self.pieces,
            "columns": self.columns,
            "bits_per_column": self.bits_per_column,
            "baselines": {f"{BASELINE_ORDER}-gram": {"bits_per_column": self.baseline_bits_per_column}},
            "tabs": {
                name: {metric: figure.as_dict() for metric, figure in figures.items()}
                for name, figures in self.tabs.items()
            },
        }

    def table(self) -> str:
        """The same for reading."""
        rows = [("model", self.bits_per_column), (f"{BASELINE_ORDER}-gram", self.baseline_bits_per_column)]
        head = f"{self.split}: {self.pieces} pieces, {self.columns} columns\n{'':10} bits per column"
        lines = [head, *(f"{name:10} {value:15.3f}" for name, value in rows)]
        return "\n".join([*lines, *(["", table(self.tabs)] if self.tabs else [])])


def evaluate_model(
    model: str | os.PathLike[str], dataset: str, split: str = "test", *, samples: int = 0, progress: bool = False
) -> Evaluation:
    """Score a model folder on a split; the baseline learns from the training split of the same dataset.

    Args:
        samples: tabs of the model to measure beside held-out ones; 0: none of both.

    Raises:
        InputError: no model folder, no dataset, or a split without pieces.
    """
    scorer = Scorer(Path(model), progress=progress)
    texts = load_texts(dataset, split)
    if not texts:
        raise InputError(f"{dataset} has no pieces in its {split} split: build it from more songs, or choose another")
    training = load_texts(dataset, "train")
    baseline = NgramModel(training, BASELINE_ORDER)
    counts = [n_columns(text) for text in texts]
    return Evaluation(
        model=str(model),
        split=split,
        pieces=len(texts),
        columns=sum(counts),
        bits_per_column=bits_per_column(scorer.nats(texts), counts),
        baseline_bits_per_column=bits_per_column([baseline.nats(text) for text in texts], counts),
        tabs=_compared(model, texts, training, samples) if samples else {},
    )


def _compared(
    model: str | os.PathLike[str], held_out: Sequence[str], training: Sequence[str], samples: int
) -> dict[str, dict[str, Figure]]:
    """The metrics on tabs of people and of the model; what compares, compares with the training split."""
    chance = random.Random(_SEED)  # noqa: S311  # the same pieces each time
    people = chance.sample(held_out, min(_MOST_HELD_OUT, len(held_out)))
    references = [columns.to_text(text.split()) for text in training]
    tabs = generate_tabs(model, Request(bars=SAMPLE_BARS, seed=_SEED), samples)
    return {
        "held out": measure([columns.to_text(text.split()) for text in people], references),
        "model": measure([tab.text for tab in tabs], references),
    }


def bits_per_column(nats: Sequence[float], counts: Sequence[int]) -> float:
    """The metric of that name over pieces."""
    try:
        import evaluate
    except ImportError as error:
        raise MissingExtraError("evaluate", "train") from error
    metric = evaluate.load(metric_path("bits_per_column"))
    value: float = metric.compute(nats=list(nats), columns=list(counts))["bits_per_column"]
    return value


def n_columns(text: str) -> int:
    """Columns of a column text; tuning words and '<END>' are none."""
    return sum(len(system) - 1 for system in columns.systems(text.split()))


def write_evaluation(evaluation: Evaluation, out: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write metrics.json into the folder `out`."""
    files.write_text(Path(out) / "metrics.json", json.dumps(evaluation.as_dict(), indent=2) + "\n", force=force)


class Scorer:
    """Nats of column texts under a model, with a window that slides by up to half its length.

    Every token behind a piece's first window is predicted from at least half a context of what went before.
    """

    def __init__(self, folder: Path, *, progress: bool = False) -> None:
        """Load model and tokenizer."""
        read_config(folder)
        try:
            from transformers import GPT2LMHeadModel
        except ImportError as error:
            raise MissingExtraError("torch", "train") from error
        self._model: GPT2LMHeadModel = GPT2LMHeadModel.from_pretrained(str(folder)).float().eval()
        self._model.config.pad_token_id = None  # transformers warns of padding without a mask: ours stands behind
        self._tokenizer = BassTabTokenizer.from_pretrained(str(folder))
        self._progress = progress

    def nats(self, texts: Sequence[str]) -> list[float]:
        """Cost of each text: -ln P of every token after <bos>, <eos> included."""
        import torch
        from tqdm import tqdm

        totals = [0.0] * len(texts)
        windows = [(piece, *window) for piece, text in enumerate(texts) for window in self._windows(text)]
        windows.sort(key=lambda window: len(window[1]))
        batches = range(0, len(windows), _WINDOWS_PER_BATCH)
        for start in tqdm(batches, desc="evaluate", unit="batch", disable=not self._progress):
            batch = windows[start : start + _WINDOWS_PER_BATCH]
            ids = torch.zeros((len(batch), max(len(window[1]) for window in batch)), dtype=torch.long)
            for row, (_, tokens, _) in enumerate(batch):
                ids[row, : len(tokens)] = torch.tensor(tokens)  # padding behind: causal attention never sees it
            with torch.inference_mode():
                log_p = self._model(input_ids=ids).logits[:, :-1].log_softmax(-1)
            costs = -log_p.gather(-1, ids[:, 1:, None])[..., 0].double()
            for row, (piece, tokens, known) in enumerate(batch):
                totals[piece] += float(costs[row, max(known - 1, 0) : len(tokens) - 1].sum())
        return totals

    def _windows(self, text: str) -> Iterator[tuple[list[int], int]]:
        """Windows of token ids, and how many tokens at each one's start were scored before.

        Where it can, a window starts with a system, as the blocks of training do, and reaches back half its length.
        """
        ids = [*self._tokenizer(text, verbose=False)["input_ids"], self._tokenizer.eos_token_id]
        size = self._model.config.n_positions
        scored, begin = 1, 0
        while scored < len(ids):
            yield ids[begin : begin + size], scored - begin
            scored = min(begin + size, len(ids))
            latest = scored - size // 2
            starts = (place + 1 for place in range(begin, latest) if ids[place] == self._tokenizer.end_token_id)
            begin = max(starts, default=latest)
