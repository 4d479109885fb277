"""What the mixture learns: its weights, and their file in a model folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import InputError
from basstab_hf.model.song_contexts import BAR_CLASSES, CONTEXTS, COUNT_CLASSES

#: The weights in a model folder.
MIXTURE_FILE = "mixture.safetensors"
FORMAT = 1
_ABOUT = "basstab"
#: How many classes of the longest match there are, and of how sure the model is.
LENGTH_CLASSES, SURE_CLASSES = 6, 5
_FIRST_SQUARES = 0.01
_MOST_BYTES = 1_000_000
#: How much of the mixture counts while tabs are written, unless it was measured.
USUAL_WRITING = 0.5

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """What is learnt. The first axis of all but `model` is the source: the song itself, and a memory if there is one.

    Attributes:
        model: the exponent of the model's chances, [LENGTH_CLASSES, SURE_CLASSES].
        shared: [sources, contexts, COUNT_CLASSES]
        by_length: [sources, contexts, COUNT_CLASSES, LENGTH_CLASSES]
        by_bar: [sources, contexts, COUNT_CLASSES, BAR_CLASSES]
        squares: of the gradients so far, for each of them (Adagrad: Duchi et al. 2011).
        writing: how much of the mixture counts while tabs are written, from 0 to 1: what a model writes itself it takes
            up too eagerly.
    """

    model: Floats
    shared: Floats
    by_length: Floats
    by_bar: Floats
    squares: tuple[Floats, Floats, Floats, Floats]
    writing: float = USUAL_WRITING

    @classmethod
    def fresh(cls, sources: int = 1) -> Weights:
        """With which the mixture is the model alone."""
        shape = (sources, len(CONTEXTS), COUNT_CLASSES)
        zeros = [np.zeros(shape), np.zeros((*shape, LENGTH_CLASSES)), np.zeros((*shape, BAR_CLASSES))]
        model = np.ones((LENGTH_CLASSES, SURE_CLASSES))
        squares = (np.ones_like(model), *(np.full_like(array, _FIRST_SQUARES) for array in zeros))
        return cls(model, zeros[0], zeros[1], zeros[2], (squares[0], squares[1], squares[2], squares[3]))

    @property
    def sources(self) -> int:
        """1: the song alone; 2: the song and a memory."""
        return len(self.shared)

    @property
    def arrays(self) -> tuple[Floats, ...]:
        """Everything, in one order; what `copy` takes back."""
        return self.model, self.shared, self.by_length, self.by_bar, *self.squares

    @classmethod
    def from_arrays(cls, arrays: Sequence[Floats], writing: float = USUAL_WRITING) -> Weights:
        """The inverse of `arrays`."""
        a, b, c, d, *squares = (np.array(array, np.float64) for array in arrays)
        return cls(a, b, c, d, (squares[0], squares[1], squares[2], squares[3]), writing)

    def copy(self) -> Weights:
        """The same, to go on learning."""
        return Weights.from_arrays(self.arrays, self.writing)

    def with_memory(self) -> Weights:
        """The same for two sources, the second still without weight."""
        if self.sources == 2:
            return self
        fresh = Weights.fresh(2)
        arrays = [np.array(array) for array in fresh.arrays]
        for array, own in zip(arrays, self.arrays, strict=True):
            if array.ndim == 2:
                array[:] = own
            else:
                array[:1] = own
        return Weights.from_arrays(arrays, self.writing)

    def save(self, path: Path) -> None:
        """As safetensors, in half precision; of squares the roots."""
        from safetensors.numpy import save_file

        tensors = dict(zip(_NAMES, self.arrays, strict=True))
        packed = {name: np.sqrt(array) if name.startswith("squares") else array for name, array in tensors.items()}
        save_file(
            {name: array.astype(np.float16) for name, array in packed.items()},
            path,
            {_ABOUT: json.dumps({"format": FORMAT, "writing": self.writing})},  # of two keys the order would change
        )
        path.chmod(0o644)

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Read what `save` wrote.

        Raises:
            InputError: it is no such file.
        """
        from safetensors import SafetensorError, safe_open

        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ValueError(f"it has more than {_MOST_BYTES} bytes")
            with safe_open(path, "numpy") as file:
                about = json.loads((file.metadata() or {}).get(_ABOUT, "{}"))
                arrays = [file.get_tensor(name).astype(np.float64) for name in _NAMES]
            writing = float(about["writing"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError, SafetensorError) as error:
            raise InputError(f"{path} cannot be read: {error}") from error
        usual = Weights.fresh(len(arrays[1]) if arrays[1].ndim else 0)
        fits = [array.shape for array in arrays] == [array.shape for array in usual.arrays]
        if about.get("format") != FORMAT or usual.sources not in (1, 2) or not fits:
            raise InputError(f"{path} is a mixture of another version: train the model anew, or delete the file")
        if not all(np.isfinite(array).all() for array in arrays) or not 0 <= writing <= 1:
            raise InputError(f"{path} holds what is no number, or out of range: delete the file")
        arrays[4:] = [np.square(array) + 1e-6 for array in arrays[4:]]
        return cls.from_arrays(arrays, writing)


_NAMES = (
    "model",
    "shared",
    "by_length",
    "by_bar",
    *(f"squares.{name}" for name in ("model", "shared", "by_length", "by_bar")),
)
