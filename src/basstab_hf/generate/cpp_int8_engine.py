"""The C++ engine with matrices rounded to 8 bits: faster, and nearly the same."""

from __future__ import annotations

from pathlib import Path

from basstab_hf.generate.cpp_engine import CppEngine
from basstab_hf.generate.engine import Engine


def load(folder: Path) -> Engine:
    """The engine "cpp-int8"."""
    return CppEngine(folder, "int8")
