"""Pieces -> the blocks of token ids that a model is trained on, and blocks -> a batch of tensors."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice, pairwise
from typing import Any, TypeAlias

from basstab_hf.dataset.load import Facts
from basstab_hf.metrics.attributes import control_words
from basstab_hf.tokenizer import infilling
from basstab_hf.tokenizer.control_words import CHORD_WORDS, CONTROL_WORDS, FIM_PREFIX, LEAST_RESERVED, RESERVED
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.augmentation import pitch_shift
from basstab_hf.training.bar_chords import BarChords, bar_chords, unreadable, with_chords

#: Token ids, and where these are of more than one row: see `TrainingPieces`.
Item: TypeAlias = Mapping[str, list[int]]
#: Changes the column text of a piece by chance, as augmentation does.
Transform: TypeAlias = Callable[[str, random.Random], str]

_log = logging.getLogger(__name__)
#: How likely each control word of a piece stays, and its chords do, so that any few of them steer.
KEPT_CONTROLS = 0.5
_IGNORED_LABEL = -100
# Ids of the words that are asked with, never written: fill-in-the-middle and controls.
_FIRST_ASKING = RESERVED.index(FIM_PREFIX)
# What the marks of a middle and the <eos> behind it add to a block at most.
_FIM_ROOM = 3 + infilling.MAX_BARS


def cut_blocks(texts: Iterable[str], tokenizer: BassTabTokenizer, context: int) -> list[list[int]]:
    """Token ids of pieces, each from <bos> to <eos>, in blocks of at most `context`; nothing is dropped.

    Every piece starts a block, and a long one is cut where a system ends if that leaves at least half a block: so a
    position in the block tells the model where in the bar it is.
    """
    return [block for blocks in _blocks_by_piece(list(texts), tokenizer, context) for block in blocks]


class TrainingPieces:
    """The blocks of a training split as a torch-style map dataset, drawn anew for each epoch.

    Each piece goes through `transforms`, then for a share of the pieces control words are put in front and the chords
    of their bars behind bar lines, as far as the facts of its row tell them, then it is cut into blocks, and in a share
    of the blocks some bars are moved behind the rest. All draws follow from the seed, the
    number of the epoch and the piece: whichever process asks, and after a resume, it gets the same blocks.

    An item is a slot: the Trainer plans its steps by how many there are, so a piece keeps as many as it has blocks when
    nothing is done to it. In an epoch in which it has more, a random choice of them is seen; of fewer, some twice.
    `items[i]` is `{"input_ids": ids}`; lengths change little, so those of the first epoch serve to group by length.

    In the first `short_epochs` epochs, all blocks are cut into rows of at most `short` tokens, shuffled, and shared out
    over the slots: what is near is learnt first, in less time, from many songs in each step (the staged training of
    Press et al. 2021). Such an item has more: `"rows"`, the length of each row, and `"starts"`, its first position,
    which lies anywhere in the context, so that no position stays unlearnt.
    """

    def __init__(
        self,
        texts: Sequence[str],
        tokenizer: BassTabTokenizer,
        context: int,
        *,
        facts: Sequence[Facts] = (),
        transforms: Sequence[Transform] = (),
        controls: float = 0.0,
        fill_in_the_middle: float = 0.0,
        short: int = 0,
        short_epochs: int = 0,
        seed: int = 42,
    ) -> None:
        """Take column texts, and the shares of pieces with control words and of blocks with a middle to fill in.

        `facts` are those of each text's row; none: nothing is told but what stands in the texts.
        """
        self._positions, self._short, self._short_epochs = context, short, short_epochs
        self._texts, self._tokenizer, self._transforms = list(texts), tokenizer, tuple(transforms)
        self._controls, self._infilling, self._seed = controls, fill_in_the_middle, seed
        self._context = context - _FIM_ROOM if fill_in_the_middle else context
        vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
        self._words = [token.removeprefix(" ") for token, _ in vocabulary]
        suffix, prefix, middle = tokenizer.convert_tokens_to_ids(list(infilling.MARKS))
        self._marks: tuple[int, int, int] = (suffix, prefix, middle)
        self._described: dict[int, tuple[str, ...]] = {}
        self._lacking = frozenset(CONTROL_WORDS).difference(self._words)
        self._facts = facts or [Facts()] * len(self._texts)
        self._bars = self._known_bars() if self._controls else []
        self._plain = _blocks_by_piece(self._texts, tokenizer, self._context)
        self._epoch = 0
        self._items: list[Item] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._plain))

    def __getitem__(self, index: int) -> Item:
        if self._items is None:
            self._items = self._draw()
        return self._items[index]

    def set_epoch(self, epoch: int) -> None:
        """Draw anew for that epoch when next asked for an item."""
        if epoch != self._epoch and (self._transforms or self._controls or self._infilling or self._short_epochs):
            self._epoch, self._items = epoch, None

    def described(self) -> Counter[str]:
        """How many pieces of the first epoch each control word is true of."""
        return Counter(
            word
            for index, text in enumerate(self._texts)
            for word in self._control_words(index, self._transformed(text, self._chance(index, epoch=0)))
        )

    @property
    def n_with_chords(self) -> int:
        """Pieces of which the chords of some bars are learnt."""
        return sum(map(any, self._bars))

    def _known_bars(self) -> list[tuple[BarChords, ...]]:
        """The chords of the bars of each piece, as far as the tokenizer has words for them; tell what is left out."""
        lacking = {word[1:].partition(":")[0] for word in self._lacking}
        over = [facts.chords for facts in self._facts]
        if any(over) and not set(CHORD_WORDS).issubset(self._words):
            lacking.add("chords")
            over = []
        if lacking:
            names = ", ".join(sorted(lacking))
            _log.warning("the tokenizer is older than some controls: nothing is learnt of new %s", names)
        if unread := [name for beside in over for name in unreadable(beside)]:
            told = "%d names over bars are no chords, such as %r: nothing is learnt of these bars' chords"
            _log.warning(told, len(unread), unread[0])
        return [bar_chords(text, beside) for text, beside in zip(self._texts, over, strict=True)] if over else []

    def _draw(self) -> list[Item]:
        """The items of this epoch, slot by slot."""
        chances = [self._chance(index, self._epoch) for index in range(len(self._texts))]
        texts = [self._drawn_text(index, chance) for index, chance in enumerate(chances)]
        drawn = self._plain
        if self._transforms or self._controls:
            drawn = _blocks_by_piece(texts, self._tokenizer, self._context)
        if self._epoch < self._short_epochs:
            return self._draw_short(block for blocks in drawn for block in blocks)
        return [
            {"input_ids": self._drawn_block(block, chance)}
            for plain, blocks, chance in zip(self._plain, drawn, chances, strict=True)
            for block in _fitted(blocks, len(plain), chance)
        ]

    def _draw_short(self, blocks: Iterable[list[int]]) -> list[Item]:
        """All blocks cut into short rows; the first row of a block has a length by chance."""
        chance = self._chance(-1, self._epoch)
        rows = []
        for block in blocks:
            cuts = [0, *range(chance.randrange(1, self._short), len(block), self._short), len(block)]
            rows += [self._drawn_block(block[start:end], chance) for start, end in pairwise(cuts)]
        chance.shuffle(rows)
        slots = len(self)
        return [self._joined(rows[slot::slots] or rows[:1], chance) for slot in range(slots)]

    def _joined(self, rows: list[list[int]], chance: random.Random) -> Item:
        starts = [chance.randint(0, self._positions - len(row)) for row in rows]
        return {"input_ids": [token for row in rows for token in row], "rows": [*map(len, rows)], "starts": starts}

    def _chance(self, index: int, epoch: int) -> random.Random:
        return random.Random(f"{self._seed} {epoch} {index}")  # noqa: S311  # no secret

    def _drawn_text(self, index: int, chance: random.Random) -> str:
        text = self._transformed(self._texts[index], chance)
        if chance.random() >= self._controls:
            return text
        kept = [word for word in self._control_words(index, text) if chance.random() < KEPT_CONTROLS]
        bars = self._bars[index] if self._bars else ()
        if any(bars) and chance.random() < KEPT_CONTROLS:
            moved = pitch_shift(self._texts[index], text)
            text = text if moved is None else with_chords(text, bars, moved, chance)
        return " ".join([*kept, text])

    def _transformed(self, text: str, chance: random.Random) -> str:
        for transform in self._transforms:
            text = transform(text, chance)
        return text

    def _control_words(self, index: int, text: str) -> tuple[str, ...]:
        """Of the text, as far as the tokenizer has them; remembered as long as nothing changes it."""
        if not self._transforms and index in self._described:
            return self._described[index]
        facts = self._facts[index]
        if self._transforms and pitch_shift(self._texts[index], text) is None:
            facts = Facts()  # relabelled: no music of any style
        words = tuple(word for word in control_words(text, facts.style, facts.tempo) if word not in self._lacking)
        if not self._transforms:
            self._described[index] = words
        return words

    def _drawn_block(self, block: list[int], chance: random.Random) -> list[int]:
        """The block, or its bars behind each other as `infilling` orders them, from <bos> as before and with <eos>."""
        if chance.random() >= self._infilling:
            return block
        end_of_piece = self._tokenizer.eos_token_id
        start, end = int(block[0] == self._tokenizer.bos_token_id), len(block) - (block[-1] == end_of_piece)
        words = [self._words[token] for token in block]
        cut = infilling.draw_cut(words[start:end], chance)
        if cut is None:
            return block
        return [*block[:start], *infilling.split(block[start:end], cut, self._marks), end_of_piece]


def pad_blocks(items: Sequence[Item], pad: int, reserved: int = LEAST_RESERVED) -> dict[str, Any]:
    """A batch of the rows of items as tensors [rows, longest], padded behind.

    Padding has no label, and neither have the words that a model is asked with: it shall never expect them, so that
    tabs without them cost no more than before. There is no attention mask: what stands behind is never seen, and torch
    computes attention faster without one.

    Args:
        pad: id of the padding.
        reserved: ids of reserved words end before this one (`BassTabTokenizer.n_reserved`).
    """
    import torch

    lengths = [length for item in items for length in item.get("rows", [len(item["input_ids"])])]
    tokens = chain.from_iterable(item["input_ids"] for item in items)
    longest = max(lengths)
    ids = torch.tensor([[*islice(tokens, length), *[pad] * (longest - length)] for length in lengths])
    mask = torch.arange(longest) < torch.tensor(lengths)[:, None]
    asking = (ids >= _FIRST_ASKING) & (ids < reserved)
    labels = ids.masked_fill(~mask | asking, _IGNORED_LABEL)
    batch = {"input_ids": ids, "labels": labels}
    if any("starts" in item for item in items):
        starts = torch.tensor([start for item in items for start in item["starts"]])
        batch["position_ids"] = (starts[:, None] + torch.arange(longest)) * mask
    return batch


def _blocks_by_piece(texts: Sequence[str], tokenizer: BassTabTokenizer, context: int) -> list[list[list[int]]]:
    if not texts:
        return []
    rows = tokenizer(list(texts), verbose=False)["input_ids"]
    return [_cut([*ids, tokenizer.eos_token_id], tokenizer.end_token_id, context) for ids in rows]


def _cut(ids: list[int], end_id: int, context: int) -> list[list[int]]:
    blocks = []
    while ids:
        cut = context
        if len(ids) > context:
            ends = [index + 1 for index in range(context // 2, context) if ids[index] == end_id]
            cut = max(ends, default=context)
        blocks.append(ids[:cut])
        ids = ids[cut:]
    return blocks


def _fitted(blocks: list[list[int]], slots: int, chance: random.Random) -> list[list[int]]:
    """As many blocks as the piece has slots, in their order: some left out, or some twice."""
    if len(blocks) > slots:
        return [blocks[index] for index in sorted(chance.sample(range(len(blocks)), slots))]
    return [blocks[index % len(blocks)] for index in range(slots)]
