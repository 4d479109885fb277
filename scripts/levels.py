"""Print the coverage patterns of the modules on the given levels of docs/architecture.md, read from pyproject.toml."""

import pathlib
import sys
import tomllib

LAYERS = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]


def patterns(levels: list[int]) -> list[str]:
    """`layers` lists the highest level first; modules of one level stand on one line."""
    found = []
    for level in levels:
        for module in LAYERS[-1 - level].replace("|", ":").split(":"):
            found += [f"src/basstab_hf/{module.strip()}.py", f"src/basstab_hf/{module.strip()}/*"]
    return found


print(",".join(patterns([int(level) for level in sys.argv[1:]])))
