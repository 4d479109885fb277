"""Pieces -> the blocks of token ids that a model is trained on, and blocks -> a batch of tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from basstab_hf.tokenization_basstab import BassTabTokenizer

_IGNORED_LABEL = -100


def cut_blocks(texts: Iterable[str], tokenizer: BassTabTokenizer, context: int) -> list[list[int]]:
    """Token ids of pieces, each from <bos> to <eos>, in blocks of at most `context`; nothing is dropped.

    Every piece starts a block, and a long one is cut where a system ends if that leaves at least half a block: so a
    position in the block tells the model where in the bar it is.
    """
    blocks = []
    for text in texts:
        ids = [*tokenizer(text, verbose=False)["input_ids"], tokenizer.eos_token_id]
        while ids:
            cut = context
            if len(ids) > context:
                ends = [place + 1 for place in range(context // 2, context) if ids[place] == tokenizer.end_token_id]
                cut = max(ends, default=context)
            blocks.append(ids[:cut])
            ids = ids[cut:]
    return blocks


def pad_blocks(blocks: Sequence[Mapping[str, Sequence[int]]], pad: int) -> dict[str, Any]:
    """A batch of blocks as tensors [blocks, longest], padded behind; padding has no label."""
    import torch

    longest = max(len(block["input_ids"]) for block in blocks)

    def filled(value: int) -> torch.Tensor:
        rows = [[*block["input_ids"], *[value] * (longest - len(block["input_ids"]))] for block in blocks]
        return torch.tensor(rows)

    ids, labels = filled(pad), filled(_IGNORED_LABEL)
    return {"input_ids": ids, "labels": labels, "attention_mask": (labels != _IGNORED_LABEL).long()}
