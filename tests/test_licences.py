import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_of_licences_names_all_that_is_asked_for_and_no_gpl_in_the_core() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = {
        name: (licence, extras) for name, licence, extras in re.findall(r"^\| (\S+) \| (.+) \| (.+) \|$", page, re.M)
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = {"core": project["dependencies"], **project["optional-dependencies"]}
    asked = {Requirement(line).name for extra, lines in lists.items() if extra != "dev" for line in lines}
    assert {canonicalize_name(name) for name in asked} - {"basstab-hf"} <= set(rows)
    assert not [name for name, (licence, extras) in rows.items() if "GPL" in licence and "core" in extras]
