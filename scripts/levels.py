"""The rooms of the package, lowest first, from the one list that import-linter checks (in pyproject.toml).

scripts/levels.py --up-to metrics    coverage patterns of a room and of all rooms below its floor, and that floor
scripts/levels.py                    the floors, a line each
"""

import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def floors() -> list[list[str]]:
    """Rooms and root modules on each floor, the lowest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [layer.replace("|", ":").replace(" ", "").split(":") for layer in reversed(contracts[0]["layers"])]


def patterns(room: str) -> list[str]:
    """Coverage patterns of everything up to the floor of a room."""
    found = []
    for floor in floors():
        found += [pattern for name in floor for pattern in (f"src/basstab_hf/{name}.py", f"src/basstab_hf/{name}/*")]
        if room in floor:
            return found
    raise SystemExit(f"levels.py: no room {room}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--up-to"]:
        print(",".join(patterns(sys.argv[2])))
    else:
        print("\n".join(" ".join(floor) for floor in floors()))
