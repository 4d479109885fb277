"""Score a model on held-out tabs beside baselines, and measure its own tabs beside the held-out ones.

Input: a model folder and a dataset. Output: `Evaluation`, as the command line prints it and metrics.json holds it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf import columns
from basstab_hf.baselines import baseline_nats
from basstab_hf.comparison import Figure, measure, table
from basstab_hf.control_words import RESERVED
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import InputError, MissingExtraError, TabError
from basstab_hf.generate import Request, generate_tabs
from basstab_hf.generate.engines import read_config
from basstab_hf.metrics import metric_path
from basstab_hf.tokenization_basstab import BassTabTokenizer

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import GPT2LMHeadModel

#: Names of the sets of tabs that are measured side by side, and of the model among its baselines.
HELD_OUT, MODEL = "held out", "model"
#: Bars in each tab of the model that is measured.
SAMPLE_BARS = 16
_MOST_HELD_OUT = 100
_SEED = 1
_WINDOWS_PER_BATCH = 8
_BEFORE_A_TUNING = frozenset({*RESERVED, columns.END})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model and its baselines on one split, and the metrics on sets of tabs.

    `counts`: columns of each piece. `bits` and `per_piece`: bits per column by name ("model", "4-gram" ...), over all
    pieces and of each. `figures` and `tabs`: metrics and texts by set of tabs, empty if none were asked for.
    """

    model: str
    dataset: str
    split: str
    counts: Sequence[int]
    bits: Mapping[str, float]
    per_piece: Mapping[str, Sequence[float]]
    figures: Mapping[str, Mapping[str, Figure]]
    tabs: Mapping[str, Sequence[str]]

    @property
    def bits_per_column(self) -> float:
        """Of the model, over all pieces."""
        return self.bits[MODEL]

    def as_dict(self) -> dict[str, Any]:
        """For metrics.json and `--json`."""
        return {
            "model": self.model,
            "dataset": self.dataset,
            "split": self.split,
            "pieces": len(self.counts),
            "columns": sum(self.counts),
            "bits_per_column": self.bits_per_column,
            "baselines": {name: {"bits_per_column": bits} for name, bits in self.bits.items() if name != MODEL},
            "tabs": {
                name: {metric: figure.as_dict() for metric, figure in figures.items()}
                for name, figures in self.figures.items()
            },
            "per_piece": {"columns": list(self.counts), **{name: list(bits) for name, bits in self.per_piece.items()}},
        }

    def table(self) -> str:
        """The same for reading."""
        head = f"{self.split}: {len(self.counts)} pieces, {sum(self.counts)} columns\n{'':10} bits per column"
        lines = [head, *(f"{name:10} {value:15.3f}" for name, value in self.bits.items())]
        return "\n".join([*lines, *(["", table(self.figures)] if self.figures else [])])


def evaluate_model(
    model: str | os.PathLike[str], dataset: str, split: str = "test", *, samples: int = 0, progress: bool = False
) -> Evaluation:
    """Score a model folder on a split; baselines learn from the training split of the same dataset.

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
    counts = [n_columns(text) for text in texts]
    nats = {MODEL: scorer.nats(texts), **baseline_nats(training, texts)}
    bits = {name: _bits(costs, counts) for name, costs in nats.items()}
    tabs = _tabs(model, texts, samples) if samples else {}
    references = [columns.to_text(text.split()) for text in training] if samples else []
    return Evaluation(
        model=str(model),
        dataset=dataset,
        split=split,
        counts=counts,
        bits={name: found["bits_per_column"] for name, found in bits.items()},
        per_piece={name: found["per_piece"] for name, found in bits.items()},
        figures={name: measure(found, references) for name, found in tabs.items()},
        tabs=tabs,
    )


def _tabs(model: str | os.PathLike[str], held_out: Sequence[str], samples: int) -> dict[str, list[str]]:
    """Tabs of people and of the model, to be measured side by side."""
    chance = random.Random(_SEED)  # noqa: S311  # the same pieces each time
    people = chance.sample(held_out, min(_MOST_HELD_OUT, len(held_out)))
    return {
        HELD_OUT: [columns.to_text(text.split()) for text in people],
        MODEL: [tab.text for tab in generate_tabs(model, Request(bars=SAMPLE_BARS, seed=_SEED), samples)],
    }


def bits_per_column(nats: Sequence[float], counts: Sequence[int]) -> float:
    """The metric of that name over pieces."""
    value: float = _bits(nats, counts)["bits_per_column"]
    return value


def _bits(nats: Sequence[float], counts: Sequence[int]) -> dict[str, Any]:
    """All that the metric says: `bits_per_column` and `per_piece`."""
    try:
        import evaluate
    except ImportError as error:
        raise MissingExtraError("evaluate", "train") from error
    metric = evaluate.load(metric_path("bits_per_column"))
    found: dict[str, Any] = metric.compute(nats=list(nats), columns=list(counts))
    return found


def n_columns(text: str) -> int:
    """Columns of a column text; tuning words, '<END>' and reserved words (controls, fill-in-the-middle) are none."""
    count, begins = 0, True
    for word in text.split():
        if word in _BEFORE_A_TUNING:
            begins = True
        else:
            count += not (begins and _is_tuning(word))
            begins = False
    return count


def _is_tuning(word: str) -> bool:
    """A middle that was cut out begins inside a system, with a column."""
    try:
        return bool(columns.split_labels(word))
    except TabError:
        return False


@dataclass(frozen=True, slots=True)
class Scored:
    """Tokens of a piece, in order and behind those already scored, and what the model made of them.

    `ids`: [tokens]; `log_p`: [tokens, vocabulary], ln P of every token of the vocabulary in the place of each.
    """

    piece: int
    ids: Tensor
    log_p: Tensor


class Scorer:
    """What a model says of column texts, through a window that slides by up to half its length.

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
        totals = [0.0] * len(texts)
        for scored in self.scored(texts):
            totals[scored.piece] -= float(scored.log_p.gather(-1, scored.ids[:, None]).double().sum())
        return totals

    def scored(self, texts: Sequence[str]) -> Iterator[Scored]:
        """Every token after <bos> once, the pieces one after the other, a window at a time in memory.

        Pieces come in order of length, so that windows of about one length are computed together.
        """
        import torch
        from tqdm import tqdm

        pieces = [[*self._tokenizer(text, verbose=False)["input_ids"], self._tokenizer.eos_token_id] for text in texts]
        order = sorted(range(len(pieces)), key=lambda piece: len(pieces[piece]))
        windows = [(piece, *window) for piece in order for window in self._windows(pieces[piece])]
        batches = range(0, len(windows), _WINDOWS_PER_BATCH)
        for start in tqdm(batches, desc="evaluate", unit="batch", disable=not self._progress):
            batch = windows[start : start + _WINDOWS_PER_BATCH]
            ids = torch.zeros((len(batch), max(len(window[1]) for window in batch)), dtype=torch.long)
            for row, (_, tokens, _) in enumerate(batch):
                ids[row, : len(tokens)] = torch.tensor(tokens)  # padding behind: causal attention never sees it
            with torch.inference_mode():
                log_p = self._model(input_ids=ids[:, :-1]).logits.log_softmax(-1)
            for row, (piece, tokens, known) in enumerate(batch):
                new = slice(known, len(tokens))
                yield Scored(piece, ids[row, new], log_p[row, known - 1 : len(tokens) - 1])

    def _windows(self, ids: Sequence[int]) -> Iterator[tuple[Sequence[int], int]]:
        """Windows of token ids, and how many tokens at each one's start were scored before.

        Where it can, a window starts with a system, as the blocks of training do, and reaches back half its length.
        """
        size = self._model.config.n_positions
        scored, begin = 1, 0
        while scored < len(ids):
            yield ids[begin : begin + size], scored - begin
            scored = min(begin + size, len(ids))
            latest = scored - size // 2
            starts = (place + 1 for place in range(begin, latest) if ids[place] == self._tokenizer.end_token_id)
            begin = max(starts, default=latest)
