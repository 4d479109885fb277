"""The C++ decoder as Python sees it; `cpp_engine` is its only user."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from basstab_hf.generate.engine import Logits
from basstab_hf.generate.grammar_table import GrammarTable
from basstab_hf.generate.plan import Plan
from basstab_hf.model.mixture_weights import Floats
from basstab_hf.model.song_contexts import TokenFacts

def instruction_sets() -> list[str]:
    """Sets of instructions that it was compiled for and this processor has, the fastest first."""

class Counts:
    """What came next in other songs: `model.song_contexts.Counts`."""

    def __init__(self, facts: TokenFacts) -> None: ...
    def learn(self, song: list[int]) -> None: ...

class MixtureSong:
    """One song that is written: `model.mixture.Mixture`."""

    def read(self, tokens: Sequence[int]) -> None: ...
    def mix(self, logits: NDArray[Any]) -> Floats: ...

class Mixer:
    """`model.mixture.Mixer`; `fit` changes the weights, flat in the order of `Weights.arrays`."""

    def __init__(self, facts: TokenFacts, weights: Sequence[Floats], memory: Counts | None, share: float) -> None: ...
    def start(self) -> MixtureSong: ...
    def score(self, ids: list[int], log_p: Logits, rate: float) -> list[float]: ...
    def fit(self, ids: list[int], log_p: Logits, rate: float) -> list[float]: ...
    def weights(self) -> list[list[float]]: ...

class Table:
    """What is kept of a GrammarTable for a vocabulary of `size` tokens: rows that were asked for."""

    def __init__(self, table: GrammarTable, size: int) -> None: ...

class Decoder:
    """A model, and one stream that is led by `read`. An empty name of instructions is the fastest set."""

    def __init__(
        self, sizes: Mapping[str, int | float | str], weights: Mapping[str, Logits], int8: bool, instructions: str
    ) -> None: ...
    @property
    def instructions(self) -> str: ...
    def read(self, ids: Sequence[int], place: int) -> Logits:
        """Logits after `ids`, which stand at `place`; 0 forgets what was read before."""

    def write(
        self, plans: Sequence[Plan], tables: Sequence[Table], lengths: Sequence[int]
    ) -> list[tuple[list[int], float, int]]:
        """(ids, nats, drawn) of each plan."""
