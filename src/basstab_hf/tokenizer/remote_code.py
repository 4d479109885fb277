"""Code that travels with a model or tokenizer: modules of this package as files that lie flat beside each other.

One rule: an import of the package at the left margin, `from basstab_hf.tab.columns import ...`, becomes
`from .columns import ...`, and what is imported travels, too. Imports inside functions stay: they ask for the package
where it is installed. In a folder of travelled files the same rule finds them flat already. No two modules that travel
may have one name. Standard library only.
"""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r"^from (?:basstab_hf)?\.([\w.]+) import", re.MULTILINE)
_PACKAGE = "basstab_hf"


def remote_code(*modules: str) -> dict[str, str]:
    """Name and text of each file that these modules need, themselves first.

    Args:
        modules: names below the package, such as "tokenizer.tokenization_basstab".

    Raises:
        ValueError: two modules would have one file.
    """
    files: dict[str, str] = {}
    origins: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop(0)
        name = f"{_leaf(module)}.py"
        if origins.setdefault(name, module) != module:
            raise ValueError(f"{module} and {origins[name]} would both travel as {name}: rename one")
        if name not in files:
            text = _source(module).read_text(encoding="utf-8")
            files[name] = _IMPORT.sub(lambda match: f"from .{_leaf(match[1])} import", text)
            waiting += _IMPORT.findall(text)
    return files


def _leaf(module: str) -> str:
    return module.rpartition(".")[2]


def _source(module: str) -> Path:
    here = Path(__file__)
    if __name__.startswith(f"{_PACKAGE}."):
        return here.parents[1].joinpath(*module.split(".")).with_suffix(".py")
    return here.with_name(f"{_leaf(module)}.py")
