"""The order in which a run takes its training blocks: a function of seed and epoch alone.

So a run that goes on from a checkpoint, or with another number of processes, meets the same blocks in the same steps.
Input: the lengths of the blocks. Output: an iterable of their numbers, as DataLoader takes for a sampler.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, islice


class EpochOrder:
    """Blocks of like length together, or all at random; the last batch of an epoch is filled up from its first ones.

    Args:
        lengths: tokens of each block.
        batch: blocks of one step, those of all processes and accumulated batches together.
        seed: with the epoch it decides everything.
        by_length: whether blocks of like length come together, which saves padding.
    """

    def __init__(self, lengths: Sequence[int], batch: int, seed: int, *, by_length: bool) -> None:
        self.lengths, self.batch, self.seed, self.by_length = lengths, batch, seed, by_length
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the next iteration is, from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch) * self.batch

    def __iter__(self) -> Iterator[int]:
        import torch
        from transformers.trainer_pt_utils import get_length_grouped_indices

        # A generator of its own: torch's common one stands elsewhere after dropout, and elsewhere again after a resume.
        # torch looks at the lower 32 bits alone.
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + self.epoch) % 2**32)
        if self.by_length:
            order = get_length_grouped_indices(self.lengths, self.batch, generator=generator)
        else:
            order = torch.randperm(len(self.lengths), generator=generator).tolist()
        return islice(cycle(order), len(self))
