"""Bass tablature for the Hugging Face ecosystem: recognise, tokenize, learn, generate, hear."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "BassTabTokenizer": "basstab_hf.tokenizer.tokenization_basstab",
    "BasstabError": "basstab_hf.errors",
    "Tab": "basstab_hf.tab.values",
    "generate_tab": "basstab_hf.generate",
    "recognise_tabs": "basstab_hf.recognise",
    "register": "basstab_hf.registration",
    "to_columns": "basstab_hf.tab.columns",
    "to_text": "basstab_hf.tab.columns",
}
__all__ = [
    "BassTabTokenizer",
    "BasstabError",
    "Tab",
    "generate_tab",
    "recognise_tabs",
    "register",
    "to_columns",
    "to_text",
]

if TYPE_CHECKING:
    from basstab_hf.errors import BasstabError
    from basstab_hf.generate import generate_tab
    from basstab_hf.recognise import recognise_tabs
    from basstab_hf.registration import register
    from basstab_hf.tab.columns import to_columns, to_text
    from basstab_hf.tab.values import Tab
    from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that `import basstab_hf` costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'basstab_hf' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
