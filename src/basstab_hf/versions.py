"""Versions of packages and of the machine, for bug reports and for what a run writes down.

Input: names of packages. Output: plain mappings.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterable
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    *("basstab-hf", "torch", "transformers", "tokenizers", "huggingface_hub", "datasets", "accelerate", "evaluate"),
    *("safetensors", "numpy", "mido", "selectolax", "scrapy", "music21", "matplotlib", "ray", "mlflow-skinny"),
    *("trackio", "gradio"),
)


def versions(packages: Iterable[str]) -> dict[str, str | None]:
    """Of Python and of packages, None where one is not installed."""
    versions: dict[str, str | None] = {"python": platform.python_version()}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    return versions


def environment() -> dict[str, str | None]:
    """What a bug report needs."""
    machine = {"system": platform.platform(), "processors": str(os.cpu_count())}
    return {**machine, **versions(_PACKAGES), "C++ engine": _built(), "fluidsynth": shutil.which("fluidsynth")}


def _built() -> str | None:
    """The file of the C++ engine; None where the package was built without a compiler."""
    folder = Path(__file__).parent / "generate"
    return next((name for suffix in EXTENSION_SUFFIXES if (folder / (name := f"_decoder{suffix}")).is_file()), None)
