"""How well a tokenizer's vocabulary covers tabs that it was not learnt from.

Input: a tokenizer and column texts. Output: `Coverage`, as `basstab tokenizer` prints it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from basstab_hf.tab import columns
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts over texts; rates of nothing are NaN. Columns are counted as for bits per column: bar lines too."""

    tokens: int  # `<bos>` left out
    unknown: int  # tokens that are <unk>
    columns: int
    spelt: int  # columns that fall back to pieces of a column
    pieces: int  # what these fall back to

    @property
    def tokens_per_column(self) -> float:
        return _ratio(self.tokens, self.columns)

    @property
    def spelt_share(self) -> float:
        """Columns that fall back, of all columns: 0 to 1."""
        return _ratio(self.spelt, self.columns)

    @property
    def pieces_per_spelt(self) -> float:
        """Characters, or known beginnings of columns, that a column which falls back takes."""
        return _ratio(self.pieces, self.spelt)

    @property
    def unknown_rate(self) -> float:
        """`<unk>` of all tokens: 0 to 1."""
        return _ratio(self.unknown, self.tokens)

    def __str__(self) -> str:
        spelt = f"{self.spelt_share:.3%} of columns fall back, to {self.pieces_per_spelt:.1f} characters each"
        return f"{self.tokens_per_column:.3f} tokens a column; {spelt if self.spelt else 'no column falls back'}; " + (
            f"{self.unknown_rate:.3%} <unk>"
        )

    def as_dict(self) -> dict[str, float | None]:
        """For `--json`: counts and rates, None for NaN."""
        rates = {
            "tokens_per_column": self.tokens_per_column,
            "spelt_share": self.spelt_share,
            "pieces_per_spelt": self.pieces_per_spelt,
            "unknown_rate": self.unknown_rate,
        }
        return {**asdict(self), **{name: None if math.isnan(rate) else rate for name, rate in rates.items()}}


def measure_coverage(tokenizer: BassTabTokenizer, texts: Iterable[str]) -> Coverage:
    """Encode column texts and count."""
    tokens = unknown = n_columns = spelt = pieces = 0
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        lengths = _spelt_lengths(tokenizer.convert_ids_to_tokens(ids))
        tokens += len(ids)
        unknown += ids.count(tokenizer.unk_token_id)
        n_columns += sum(len(system) - 1 for system in columns.systems(text.split()))
        spelt += len(lengths)
        pieces += sum(lengths)
    return Coverage(tokens, unknown, n_columns, spelt, pieces)


def _spelt_lengths(tokens: Sequence[str]) -> list[int]:
    """Numbers of tokens of the columns that take several: a token that begins no word goes on with the one before."""
    starts = [place for place, token in enumerate(tokens) if token.startswith(" ")]
    return [end - start for start, end in itertools.pairwise([*starts, len(tokens)]) if end - start > 1]


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
