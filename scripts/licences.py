"""Write docs/licences.md: the licences of all that this package can install, as their own metadata tells them.

scripts/licences.py            write it
scripts/licences.py --check    fail where it is not what is installed

Input: the metadata of installed packages, beginning with pyproject.toml's dependencies and extras.
"""

import importlib.metadata as metadata
import pathlib
import re
import sys
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
OURS = "basstab-hf"
#: Extras that install others, or what only our own tests need.
_LEFT_OUT = ("all", "dev")
_HEAD = """# Licences of what is installed

basstab-hf is under Apache-2.0. pip installs these packages, each under its own licence as its metadata tells it; none
is shipped with it. A static Space that it writes carries Pyodide (MPL-2.0), CPython (PSF-2.0) and numpy (BSD-3-Clause)
from npm, and of the packages below attrs, defusedxml, jinja2, markupsafe, mido, packaging, pyguitarpro and pyyaml.
`core` comes with every installation, the rest with the extras that are named. `scripts/licences.py` writes this page.

Copyleft (GPL, LGPL, MPL) are {copyleft}.

Those under LGPL or GPL are **optional**: {lesser}.
Without them everything else works; each is imported as it was installed, so that another version can take its place.

| package | licence | comes with |
|---|---|---|
"""


def needs() -> dict[str, list[str]]:
    """Names of the packages that core and each extra ask for, and what these ask for in turn."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = {"core": project["dependencies"], **project["optional-dependencies"]}
    return {extra: _closure(lines, lists) for extra, lines in lists.items() if extra not in _LEFT_OUT}


def _closure(lines: list[str], lists: dict[str, list[str]]) -> list[str]:
    found, waiting = {}, [Requirement(line) for line in lines]
    while waiting:
        need = waiting.pop()
        name, key = canonicalize_name(need.name), (canonicalize_name(need.name), tuple(sorted(need.extras)))
        if key in found or (need.marker and not need.marker.evaluate({"extra": ""})):
            continue
        if name == OURS:
            waiting += [Requirement(line) for extra in need.extras for line in lists[extra]]
            continue
        found[key] = name
        try:
            asked = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            raise SystemExit(f"licences.py: {name} is not installed: pip install -e '.[all]'") from None
        for extra in ("", *need.extras):
            more = [Requirement(line) for line in asked]
            wanted = [one for one in more if one.marker is None or one.marker.evaluate({"extra": extra})]
            for one in wanted:
                one.marker = None
            waiting += wanted
    return sorted(set(found.values()))


def licence(name: str) -> str:
    """The licence of an installed package: its SPDX expression, else its classifiers, else its first line of text."""
    about = metadata.metadata(name)
    if expression := about.get("License-Expression"):
        return expression
    classifiers = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier", []) if one.startswith("License ::")]
    if told := [one for one in classifiers if one != "OSI Approved"]:
        return ", ".join(told)
    text = (about.get("License") or "").strip().split("\n")[0]
    return text[:60] or "not stated"


def page() -> str:
    """The text of docs/licences.md."""
    comes_with: dict[str, list[str]] = {}
    for extra, names in needs().items():
        for name in names:
            comes_with.setdefault(name, []).append(extra)
    licences = {name: licence(name) for name in sorted(comes_with)}
    marked = {name: text for name, text in licences.items() if re.search(r"GPL|MPL|Mozilla|General Public", text)}
    lesser = [name for name, text in marked.items() if re.search(r"GPL|General Public", text)]
    if core := [name for name in lesser if "core" in comes_with[name]]:
        raise SystemExit(f"licences.py: {', '.join(core)} in the core is under GPL or LGPL: make it optional")
    rows = []
    for name, text in licences.items():
        where = "core" if "core" in comes_with[name] else ", ".join(comes_with[name])
        rows.append(f"| {name} | {text.replace('|', '/')} | {where} |\n")
    where = (f"{name} ({', '.join(comes_with[name])})" for name in lesser)
    head = _HEAD.format(copyleft=", ".join(marked), lesser="; ".join(where))
    return head + "".join(rows)


if __name__ == "__main__":
    if "--check" in sys.argv:
        if PAGE.read_text(encoding="utf-8") != page():
            raise SystemExit("docs/licences.md is not what is installed: run scripts/licences.py")
    else:
        PAGE.write_text(page(), encoding="utf-8")
