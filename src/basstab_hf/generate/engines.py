"""The engines by name."""

from __future__ import annotations

from pathlib import Path

from basstab_hf.generate.engine import Engine
from basstab_hf.generate.numpy_engine import NumpyEngine
from basstab_hf.generate.torch_engine import TorchEngine

#: As the command line names them.
ENGINES = ("auto", "numpy", "torch")


def load_engine(folder: Path, name: str = "auto") -> Engine:
    """The engine of that name for a model folder; "auto" is numpy, the faster one for a single stream."""
    engines = {"auto": NumpyEngine, "numpy": NumpyEngine, "torch": TorchEngine}
    return engines[name](folder)
