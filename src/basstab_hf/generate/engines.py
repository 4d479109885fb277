"""The engines by name."""

from __future__ import annotations

from pathlib import Path

from basstab_hf.errors import InputError
from basstab_hf.generate.cpp_engine import CppEngine, instruction_sets
from basstab_hf.generate.engine import Engine
from basstab_hf.generate.numpy_engine import NumpyEngine
from basstab_hf.generate.torch_engine import TorchEngine

#: As the command line names them; "auto" is "cpp" where it was built, else "numpy".
ENGINES = ("auto", "cpp", "cpp-int8", "numpy", "torch")


def load_engine(folder: Path, name: str = "auto") -> Engine:
    """The engine of that name for a model folder.

    Raises:
        InputError: no such engine, or a folder that cannot be used.
        BasstabError: what the engine needs is not installed.
    """
    if name == "auto":
        name = "cpp" if instruction_sets() else "numpy"
    if name == "cpp":
        return CppEngine(folder)
    if name == "cpp-int8":
        return CppEngine(folder, "int8")
    if name == "numpy":
        return NumpyEngine(folder)
    if name == "torch":
        return TorchEngine(folder)
    raise InputError(f"there is no engine {name}: choose one of {', '.join(ENGINES)}")
