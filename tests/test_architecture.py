"""docs/architecture.md, import-linter and the coverage gate speak of the same rooms."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from basstab_hf.commands.verb import verbs

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "basstab_hf"
_ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| (.+) \|$", re.MULTILINE)
#: Root modules at most: what concerns everything.
ROOT_MODULES = 12


def test_the_table_of_rooms_is_the_list_that_is_checked() -> None:
    rows = _ROW.findall((ROOT / "docs" / "architecture.md").read_text())
    floors = runpy.run_path(str(ROOT / "scripts" / "levels.py"))["floors"]()
    assert {(int(floor), room) for floor, room, _ in rows} == {
        (floor, room) for floor, names in enumerate(floors, start=1) for room in names
    }
    assert [int(floor) for floor, _, _ in rows] == sorted((int(floor) for floor, _, _ in rows), reverse=True)


def test_every_room_says_what_its_modules_decide() -> None:
    for room in (path for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()):
        said = (room / "__init__.py").read_text()
        modules = {path.stem for path in room.glob("*.py") if not path.stem.startswith("__")}
        if room.name == "commands":  # `basstab -h` says what each does
            modules -= verbs().keys()
        unsaid = {module for module in modules if not re.search(rf"\b{module}\b", said)}
        assert not unsaid, f"{room.name}/__init__.py says nothing of {', '.join(sorted(unsaid))}"


def test_little_lies_at_the_root() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= ROOT_MODULES
