"""What the tokenizer hands back for raw tabs whose ids came from a table; details are made on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tokenizers import Encoding
from transformers import BatchEncoding
from transformers.utils import PaddingStrategy


class TabEncoding(BatchEncoding):  # type: ignore[misc]  # transformers is untyped here
    """A `BatchEncoding` whose `tokenizers` encodings (behind tokens() and word_ids()) are made when asked for."""

    def __init__(
        self, data: dict[str, Any], make: Callable[[], list[Encoding]], *, batched: bool, tensors: Any
    ) -> None:
        """Take fields as lists, and how to make the encodings."""
        self._make: Callable[[], list[Encoding]] | None = make
        self._made: list[Encoding] | None = None
        if not batched and tensors is None:
            data = {name: rows[0] for name, rows in data.items()}
        super().__init__(data, tensor_type=tensors, n_sequences=1)

    @property
    def _encodings(self) -> list[Encoding] | None:
        if self._made is None and self._make is not None:
            self._made, self._make = self._make(), None
        return self._made

    @_encodings.setter
    def _encodings(self, encodings: list[Encoding] | None) -> None:
        # The base class sets None while it is built; unpickling sets what pickling had made.
        if encodings is not None:
            self._made, self._make = encodings, None


def padded(rows: Sequence[list[int]], pad: int, side: str, options: dict[str, Any]) -> dict[str, list[list[int]]]:
    """`input_ids` and `attention_mask` of rows of ids, padded as the options of the tokenizer's call say."""
    strategy = options.get("padding_strategy", PaddingStrategy.DO_NOT_PAD)
    length = 0
    if strategy != PaddingStrategy.DO_NOT_PAD:
        length = options["max_length"] if strategy == PaddingStrategy.MAX_LENGTH else max(map(len, rows), default=0)
        multiple = options.get("pad_to_multiple_of") or 1
        length = -(-length // multiple) * multiple
    gaps = [max(length - len(row), 0) for row in rows]
    right = (options.get("padding_side") or side) == "right"

    def fill(rows: Iterable[list[int]], value: int) -> list[list[int]]:
        pairs = zip(rows, gaps, strict=True)
        return [row if not gap else row + [value] * gap if right else [value] * gap + row for row, gap in pairs]

    fields = {"input_ids": fill(rows, pad)}
    if options.get("return_attention_mask") is not False:
        fields["attention_mask"] = fill(([1] * len(row) for row in rows), 0)
    return fields
