"""GPT-2 and the loop around it in C++ (`_decoder.cpp`): the fast engine, where the package was built with a compiler.

Input: a model folder. Output: an `Engine` that is a `loop.Writer`, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal
from weakref import WeakKeyDictionary

from basstab_hf.errors import BasstabError
from basstab_hf.generate.engine import Cached, Engine, Logits
from basstab_hf.generate.grammar_table import GrammarTable
from basstab_hf.generate.plan import Continuation, Plan
from basstab_hf.model.match_cache import LENGTHS
from basstab_hf.model.weights import read_model

try:
    from basstab_hf.generate import _decoder
except ImportError:
    _decoder = None  # type: ignore[assignment]


def instruction_sets() -> list[str]:
    """Sets of instructions that the decoder can use here, the fastest first; none where it was not built."""
    return _decoder.instruction_sets() if _decoder else []


def load(folder: Path) -> Engine:
    """The engine "cpp"."""
    return CppEngine(folder)


class CppEngine(Cached):
    """GPT-2 in C++, one thread, a key-value cache for each stream."""

    def __init__(
        self, folder: Path, weights: Literal["float32", "int8"] = "float32", instructions: str | None = None
    ) -> None:
        """Load a model.

        Args:
            folder: a model folder.
            weights: "int8" rounds matrices to 8 bits with a scale for each output: faster, and nearly the same.
            instructions: one of `instruction_sets()`; None is the fastest.

        Raises:
            BasstabError: the C++ engine was not built.
            InputError: files that are no GPT-2, or whose shapes do not fit each other.
        """
        if _decoder is None:
            raise BasstabError(
                "the C++ engine was not built: install a C++ compiler (Debian, Ubuntu: apt-get install g++) and "
                "reinstall basstab-hf, or take engine numpy"
            )
        model = read_model(folder)
        named = {**model.weights, "head": model.head}
        self._decoder = _decoder.Decoder(asdict(model.sizes), named, weights == "int8", instructions or "")
        self.context, self.size = model.sizes.context, model.sizes.size
        self._tables: WeakKeyDictionary[GrammarTable, _decoder.Table] = WeakKeyDictionary()

    def write(self, plans: Sequence[Plan]) -> list[Continuation]:
        """Write what each plan asks for, side by side; what the others ask for makes no difference."""
        for plan in plans:
            if plan.table not in self._tables:
                self._tables[plan.table] = _decoder.Table(plan.table, self.size)
        written = self._decoder.write(plans, [self._tables[plan.table] for plan in plans], LENGTHS)
        return [Continuation(tuple(ids), nats, drawn) for ids, nats, drawn in written]

    def _read(self, ids: Sequence[int], position: int) -> Logits:
        return self._decoder.read(ids, position)
