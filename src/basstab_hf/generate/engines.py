"""The engines by name: modules `NAME_engine` with a function `load`."""

from __future__ import annotations

import importlib
from pathlib import Path

from basstab_hf.errors import InputError
from basstab_hf.generate.cpp_engine import instruction_sets
from basstab_hf.generate.engine import Engine
from basstab_hf.modules import ENGINES as ENGINES


def load_engine(folder: Path, name: str = "auto") -> Engine:
    """The engine of that name for a model folder; "auto" is "cpp" where it was built, else "numpy".

    Raises:
        InputError: no such engine, or a folder that cannot be used.
        BasstabError: what the engine needs is not installed.
    """
    if name not in ENGINES:
        raise InputError(f"there is no engine {name}: choose one of {', '.join(ENGINES)}")
    if name == "auto":
        name = "cpp" if instruction_sets() else "numpy"
    module = importlib.import_module(f"basstab_hf.generate.{name.replace('-', '_')}_engine")
    engine: Engine = module.load(folder)
    return engine
