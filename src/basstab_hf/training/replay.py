"""Songs of the composer beside one's own, others in each epoch: so a model forgets neither controls nor infilling.

Input: how many blocks of them an epoch has. Output: blocks, as `data.TrainingPieces` gives them.
"""

from __future__ import annotations

from collections import Counter

from basstab_hf.dataset.cleaning import Found, read
from basstab_hf.dataset.load import Facts
from basstab_hf.dataset.sources import Order
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.data import Item, TrainingPieces

#: Far from the seeds that datasets are composed by.
_FIRST_SEED = 1_000_000
#: Shares of songs that are told something, of blocks with a middle to fill in: as configs/train/release.yaml has them.
_CONTROLS, _FILL_IN_THE_MIDDLE = 0.6, 0.4


class Replay:
    """Composed songs as a torch-style map dataset: `slots` blocks, of songs that are composed for each epoch.

    What they are depends on seed and epoch alone.
    """

    def __init__(
        self,
        slots: int,
        tokenizer: BassTabTokenizer,
        context: int,
        *,
        short: int,
        short_epochs: int,
        seed: int,
    ) -> None:
        """`short` is that of `TrainingPieces`."""
        self._slots, self._tokenizer, self._context = slots, tokenizer, context
        self._short, self._short_epochs, self._seed = short, short_epochs, seed
        self._epoch = 0
        self._items: list[Item] | None = None

    def __len__(self) -> int:
        return self._slots

    def __getitem__(self, index: int) -> Item:
        if self._items is None:
            self._items = self._draw()
        return self._items[index]

    def set_epoch(self, epoch: int) -> None:
        """Compose anew for that epoch when next asked for an item."""
        if epoch != self._epoch:
            self._epoch, self._items = epoch, None

    def _draw(self) -> list[Item]:
        songs = [self._song(number) for number in range(self._slots)]  # each has a block or more
        pieces = TrainingPieces(
            [columns for columns, _ in songs],
            self._tokenizer,
            self._context,
            facts=[facts for _, facts in songs],
            controls=_CONTROLS,
            fill_in_the_middle=_FILL_IN_THE_MIDDLE,
            short=self._short,
            short_epochs=int(self._epoch < self._short_epochs),
            seed=self._seed * 1_000_003 + self._epoch,
        )
        return [pieces[index] for index in range(self._slots)]

    def _song(self, number: int) -> tuple[str, Facts]:
        (song,) = read(Order(_FIRST_SEED + self._seed, self._epoch * self._slots + number))
        if not isinstance(song, Found):
            raise TypeError(f"composed song {number} is none: {song.reason}")
        return song.row["columns"], Facts.of_row(song.row)


class Together:
    """Own pieces and replayed ones as one dataset."""

    def __init__(self, own: TrainingPieces, replay: Replay) -> None:
        self._own, self._replay = own, replay

    def __len__(self) -> int:
        return len(self._own) + len(self._replay)

    def __getitem__(self, index: int) -> Item:
        own = len(self._own)
        return self._own[index] if index < own else self._replay[index - own]

    def set_epoch(self, epoch: int) -> None:
        """Draw both anew."""
        self._own.set_epoch(epoch)
        self._replay.set_epoch(epoch)

    def described(self) -> Counter[str]:
        """That of the own pieces."""
        return self._own.described()

    @property
    def n_with_chords(self) -> int:
        """That of the own pieces."""
        return self._own.n_with_chords


def replayed_slots(own: int, share: float) -> int:
    """How many blocks of an epoch are replayed, so that they are this share of all."""
    return round(own * share / (1 - share))
