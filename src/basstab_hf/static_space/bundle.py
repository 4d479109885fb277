"""What the page loads: Python, its standard library, numpy, packages and our own modules, compiled.

Input: a model, what is installed, and npm's packages. Output: parts. first.txt lists the modules that writing a tab
imports: the page writes when these are there, the rest comes while it does.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from basstab_hf import files, web_parts
from basstab_hf.errors import InputError
from basstab_hf.static_space.machine import split_machine
from basstab_hf.static_space.node import run_beside_pyodide

#: Where modules of packages lie in the browser, and the parts of the standard library that come later.
SITE, LATER = "lib/python3.12/site-packages", "lib/later"
#: Pure packages that read and write tabs; what needs machine code of its own stands in `stand_ins`.
PACKAGES = ("attr", "defusedxml", "guitarpro", "jinja2", "markupsafe", "mido", "packaging", "yaml")
#: Our rooms that no page needs.
_STAYS = (
    *("commands", "dataset", "demo", "evaluation", "hub/connection.py", "hub/errors.py", "model/gguf_export.py"),
    *("model/onnx_export.py", "page/app", "publish", "scrape", "search", "shipped_model", "static_space", "tracking"),
    *("training", "web_parts", "__main__.py", "cli.py", "ray_cluster.py", "registration.py"),
)
_DATA = ("*.yaml", "*.jinja", "*.js", "*.css", "*.json", "*.html")
#: numpy without its tests, compilers and types.
_NUMPY_STAYS = ("tests", "f2py", "testing", "distutils", "_pyinstaller", "include", "doc", "_examples", "random")
#: What numpy imports of itself at the start, and nothing here uses: linear algebra, texts of help. Modules that say so
#: stand in their place.
_UNUSED = {
    "numpy/_core/_add_newdocs": "",
    "numpy/_core/_add_newdocs_scalars": "",
    "numpy/linalg/_umath_linalg": "",
    "numpy/linalg/lapack_lite": "",
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """Python's machine code; tars with what comes first and with the rest; second halves of machine code."""

    machine: bytes
    first: bytes
    rest: bytes
    python_later: bytes
    numpy_later: bytes


def bundle(model: Path, also: dict[str, bytes]) -> Bundle:
    """Pack everything that answering with a model needs, but its weights. What comes first has other files `also`.

    Raises:
        InputError: there is no Node, or it could not compile.
    """
    wanted = frozenset(_first())
    with files.scratch() as root:
        _library(root / "library")
        _numpy(root / SITE)
        for name in PACKAGES:
            _package(name, root / SITE / name)
        _ours(root / SITE)
        run_beside_pyodide("compile.mjs", root)
        library = _contents(root / "library")
        machine = split_machine(root / SITE, _zip(library), model)
        named = {f"{SITE}/{name}": content for name, content in _contents(root / SITE).items()}
    first = {name: content for name, content in named.items() if _is_first(name, wanted)}
    rest = {name: content for name, content in named.items() if name not in first}
    rest |= {f"{LATER}/{name}": content for name, content in library.items() if _module(name) not in wanted}
    loader, script, _, standard = web_parts.PYODIDE
    first |= also | {part.name: web_parts.read(part) for part in (loader, script)}
    first[standard.name] = _zip({name: content for name, content in library.items() if _module(name) in wanted})
    return Bundle(machine.python[0], _tar(first), _tar(rest), machine.python[1], machine.numpy[1])


def _contents(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): files.read_bytes(path) for path in paths}


def _first() -> Iterator[str]:
    """Names of modules."""
    for line in resources.files("basstab_hf.static_space").joinpath("first.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line


def _is_first(name: str, wanted: frozenset[str]) -> bool:
    """Whether a file of a package is there from the start: its modules, and what they read."""
    inner = name.removeprefix(f"{SITE}/")
    if inner.startswith("basstab_hf/") and not inner.endswith(".pyc"):
        return not inner.endswith((".js", ".css", ".html.jinja")) or "/formats/" in inner
    return _module(inner) in wanted


def _module(name: str) -> str:
    """The name of the module in a file."""
    stem = name.partition(".")[0].removesuffix("/__init__")
    return stem.replace("/", ".")


def _library(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(web_parts.read(web_parts.PYODIDE[-1]))) as archive:
        archive.extractall(folder)  # noqa: S202  # pinned by its hash


def _numpy(site: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(web_parts.read(web_parts.NUMPY))) as archive:
        for member in archive:
            inner = member.name.removeprefix(f"{SITE}/")
            parts = inner.split("/")
            if not member.isfile() or parts[0] != "numpy" or any(part in _NUMPY_STAYS for part in parts):
                continue
            if not inner.endswith((".py", ".so")) or "_tests." in inner or inner.partition(".")[0] in _UNUSED:
                continue
            target = site / inner
            target.parent.mkdir(parents=True, exist_ok=True)
            content = archive.extractfile(member)
            if content is not None:
                target.write_bytes(content.read())
    for name, stand_in in _UNUSED.items():
        (site / f"{name}.py").write_text(f'"""Left out: no page needs it."""\n\n{stand_in}', encoding="utf-8")


def _package(name: str, folder: Path) -> None:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise InputError(f'{name} is not installed, and the page needs it: run pip install "basstab-hf[export]"')
    keep = shutil.ignore_patterns("*.so", "*.pyd", "*.pyi", "*.pyx", "*.c", "*.h", "__pycache__", "tests", "py.typed")
    shutil.copytree(next(iter(found.submodule_search_locations)), folder, ignore=keep)


def _ours(site: Path) -> None:
    """This package without what no page needs, and the stand-ins of native packages beside it."""
    package = Path(__file__).resolve().parents[1]
    for source in (*package.rglob("*.py"), *(path for pattern in _DATA for path in package.rglob(pattern))):
        inner = source.relative_to(package).as_posix()
        if any(inner == stays or inner.startswith(f"{stays}/") for stays in _STAYS) or "__pycache__" in inner:
            continue
        _copy(source, site / package.name / inner)
    stand_ins = Path(__file__).with_name("stand_ins")
    for source in stand_ins.rglob("*.py"):
        _copy(source, site / source.relative_to(stand_ins))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _zip(members: dict[str, bytes]) -> bytes:
    """Stored, the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    """Files by their names in an archive; the same bytes each time."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(members.items()):
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return made.getvalue()
