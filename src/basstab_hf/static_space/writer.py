"""A folder for a static Space: a page on which a model writes tabs in the browser, without a server behind it.

Input: a model folder. Output: a folder that any plain file server can serve, under any path.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from basstab_hf import files, web_parts
from basstab_hf.errors import InputError
from basstab_hf.generate import grammar
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.generate.request import Guards
from basstab_hf.generate.sampling import Sampling
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.model.match_cache import LENGTHS
from basstab_hf.model.onnx_export import write_onnx
from basstab_hf.model.weights import read_config
from basstab_hf.tab import marks
from basstab_hf.tab.columns import STRINGS
from basstab_hf.tab.tuning import NAMES, REFERENCES, STANDARD, Tuning

#: The version of space.json, which our scripts in the page read.
FORMAT = 1
#: Where the model lies: where transformers.js looks for one by the name "basstab".
MODEL = "models/basstab"
_PARTS = "parts"
_MODEL_FILES = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")
_CARD = """---
title: Bass tabs in your browser
emoji: 🎸
colorFrom: indigo
colorTo: green
sdk: static
app_file: index.html
pinned: false
license: apache-2.0
short_description: Writes bass tabs on your own machine
tags:
- bass
- tablature
- music-generation
---

# Bass tabs in your browser

A small GPT-2 writes bass tabs, bar by bar, draws and plays them. It runs on the visitor's machine: the page is plain
files, no server computes, and nothing that is typed leaves the browser.

Made by `basstab_hf`, with onnxruntime-web (MIT), alphaTab (MPL-2.0), Bravura (SIL OFL 1.1) and the SoundFont sonivox
(Apache-2.0).
"""


def write_static_space(model: Path | None, out: Path, *, force: bool = False) -> Path:
    """Write the folder of a static Space and give its path.

    Where Node is, what the page needs besides (alphaTab, onnxruntime-web) is copied into it, and it works offline; else
    the page loads it from a CDN, with hashes that the browser checks.

    Args:
        model: a model folder; None is the one that comes with the package.
        out: where to.
        force: replace a folder that this function wrote.

    Raises:
        InputError: no model folder, or one that cannot be used.
        MissingExtraError: onnx is not installed.
        OutputError: `out` is taken, or the disk refuses.
    """
    folder = shipped_model() if model is None else model
    facts = _facts(ModelWords.of_folder(folder))
    with files.writing(out, force=force) as temporary:
        page = Path(__file__).with_name("page")
        shutil.copytree(page, temporary, ignore=shutil.ignore_patterns("__pycache__"))
        for name in _MODEL_FILES:
            _copy(folder / name, temporary / MODEL / name)
        write_onnx(folder, temporary / MODEL)
        facts["parts"] = _parts(temporary / _PARTS)
        (temporary / "marks.js").write_text(_marks(), encoding="utf-8")
        document = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        (temporary / "space.json").write_text(document + "\n", encoding="utf-8")
        (temporary / "README.md").write_text(_CARD, encoding="utf-8")
    return out


def _facts(words: ModelWords) -> dict[str, Any]:
    """What the page's scripts are told of the model, the grammar and the usual settings.

    Raises:
        InputError: a vocabulary without tabs, or not the model's.
    """
    usual, cache = Sampling(), words.cache
    strings = [count for count in STRINGS if _is_usable(words, count)]
    if not strings:
        raise InputError(f"{words.folder}: the vocabulary has no tabs of 4 to 6 strings")
    if (size := read_config(words.folder).get("vocab_size")) != len(words.vocabulary):
        raise InputError(f"{words.folder}: the model has {size} tokens, its tokenizer.json {len(words.vocabulary)}")
    return {
        "format": FORMAT,
        "model": MODEL,
        "strings": strings,
        "tunings": _tunings(words, strings),
        "usual_width": words.usual_width,
        "sampling": {"temperature": usual.temperature, "topP": usual.top_p, "minP": usual.min_p},
        "max_repeats": Guards().max_repeats,
        "match_cache": cache and cache.as_dict(),
        "match_lengths": LENGTHS,
        "grammar": grammar.facts(),
    }


def _marks() -> str:
    """A script with what the characters of a tab mean, for those of the page."""
    known = {**marks.facts(), "STRINGS": [*STRINGS], "REFERENCES": REFERENCES}
    constants = (f"export const {name} = {json.dumps(fact)};\n" for name, fact in known.items())
    return "".join(["/** What the characters of a tab mean: written from `tab/marks.py`. */\n\n", *constants])


def _is_usable(words: ModelWords, strings: int) -> bool:
    return grammar.Grammar(words.vocabulary, strings).usable


def _tunings(words: ModelWords, strings: list[int]) -> list[dict[str, str]]:
    """Tunings by name, those that the model met before others, each once."""
    named: dict[str, str] = {}
    for name, word in NAMES.items():
        if Tuning.parse(word).n_strings in strings:
            named.setdefault(word, name)
    learnt = words.vocabulary.ids
    order = sorted(named, key=lambda word: (word != STANDARD.word, word not in learnt))
    return [{"word": word, "name": named[word]} for word in order]


def _parts(folder: Path) -> dict[str, dict[str, str]]:
    """Where the page finds each part: in this folder, else on the CDN."""
    parts = (*web_parts.ALPHATAB, *web_parts.ONNX)
    if web_parts.node_modules() is None:
        return {part.name: {"url": part.url, "integrity": part.integrity} for part in parts}
    web_parts.copy(parts, folder)
    return {part.name: {"url": f"{folder.name}/{_as_script(folder / part.name)}"} for part in parts}


def _as_script(path: Path) -> str:
    """Give a module the suffix that every file server knows for a script."""
    return path.rename(path.with_suffix(".js")).name if path.suffix == ".mjs" else path.name


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(files.read_bytes(source))
