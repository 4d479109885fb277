"""Machine code of Python and numpy, each in two halves: what writing a tab runs, and the rest (see `halves`).

Input: a folder of compiled Python modules with a model, as the browser has them. A trial in Node tells what runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from basstab_hf import files, web_parts
from basstab_hf.static_space.halves import counting, halves
from basstab_hf.static_space.node import run_beside_pyodide

#: Tables in Python's data that only functions read which no page needs early, as they lie in the pinned Pyodide. Found
#: by following the codecs' own pointers, by musl's sizes, and by wiping: every other fact of every character stayed.
_TABLES = (
    # Codecs of Chinese, Japanese and Korean (_codecs_*.c).
    *((587632, 690066), (692576, 816452), (817648, 974318), (974400, 1097828), (1098400, 1176960)),
    (1359872, 1916928),  # names of characters (unicodedata.c)
    (2862432, 2981900),  # the same codecs again (musl's iconv.c)
)
#: Functions of that Pyodide which Chromium runs and the trial in Node does not, as counted in both.
_BROWSERS = (2744, 2923, 2955, 3278, 6841)
#: numpy's, below the folder of modules.
_NUMPY = "numpy/_core/_multiarray_umath.cpython-312-wasm32-emscripten.so"


@dataclass(frozen=True, slots=True)
class Machine:
    """First and second halves."""

    python: tuple[bytes, bytes]
    numpy: tuple[bytes, bytes]


def split_machine(site: Path, standard_library: bytes, model: Path) -> Machine:
    """Split Python, and numpy in a folder of modules, where its first half takes its place.

    Raises:
        InputError: there is no Node, or the trial failed.
    """
    *_, code, standard = web_parts.PYODIDE
    whole, library = web_parts.read(code), site / _NUMPY
    numpy = files.read_bytes(library)
    library.write_bytes(counting(numpy))
    parts = {code.name: counting(whole), standard.name: standard_library}
    python_ran, numpy_ran = json.loads(run_beside_pyodide("trial.mjs", site, model, parts=parts))
    made = Machine(halves(whole, {*python_ran, *_BROWSERS}, _TABLES), halves(numpy, numpy_ran))
    library.write_bytes(made.numpy[0])
    return made
