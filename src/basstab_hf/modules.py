"""What some rooms have one module each of: engines, spiders, trackers, metrics. Names, without importing any of them.

So one is added by adding its module, and the command line can name all of them at once. Input: files of the package.
Output: names, sorted.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _names(room: str, ending: str) -> tuple[str, ...]:
    """Of the modules in a room whose file names end so: `cpp_int8_engine.py` is "cpp-int8"."""
    found = (path.name.removesuffix(ending) for path in _PACKAGE.joinpath(room).glob(f"*{ending}"))
    return tuple(sorted(name.replace("_", "-") for name in found if not name.startswith("_")))


#: What computes a model: modules with a function `load(folder) -> Engine`. "auto" is "cpp" where it was built.
ENGINES = ("auto", *_names("generate", "_engine.py"))
#: What fetches pages: modules with a spider of that name for Scrapy to find; `base` is what they have in common.
SPIDERS = tuple(name for name in _names("scrape/spiders", ".py") if name != "base")
#: Where runs are recorded: modules with a class `Run`, which is a `Tracker`; the package that they need has their name.
TRACKERS = ("none", *_names("tracking", "_tracker.py"))
#: Folders with an `evaluate` module of their own name.
METRICS = tuple(
    sorted(path.stem for path in _PACKAGE.joinpath("metrics").glob("*/*.py") if path.stem == path.parent.name)
)
