"""What Python needs in the browser: standard library, numpy, packages and our own modules, compiled and packed.

Input: nothing but what is installed, and npm's packages. Output: three archives. first.txt lists the modules that
writing a tab imports: the page writes when these are there, the rest comes while it does.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from basstab_hf import files, web_parts
from basstab_hf.errors import InputError

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
_NUMPY_STAYS = ("tests", "f2py", "testing", "distutils", "_pyinstaller", "include", "doc", "_examples")
#: What numpy imports of itself at the start, and nothing here uses: linear algebra, old generators, texts of help.
#: Modules that say so stand in their place.
_UNUSED = {
    "numpy/_core/_add_newdocs": "",
    "numpy/_core/_add_newdocs_scalars": "",
    "numpy/linalg/_umath_linalg": "",
    "numpy/linalg/lapack_lite": "",
    "numpy/random/mtrand": "class RandomState: ...\n\n\n_rand = None\n",
    "numpy/random/_mt19937": "class MT19937: ...\n",
    "numpy/random/_philox": "class Philox: ...\n",
    "numpy/random/_sfc64": "class SFC64: ...\n",
}
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Bundle:
    """Archives: a .zip with the standard library of `FIRST`, tars of its other files and of all the rest."""

    library: bytes
    first: bytes
    rest: bytes


def bundle() -> Bundle:
    """Pack everything.

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
        _compile(root)
        everything = sorted(path for path in root.rglob("*") if path.is_file())
        named = {path: path.relative_to(root).as_posix() for path in everything}
        library = {name.removeprefix("library/"): path for path, name in named.items() if name.startswith("library/")}
        others = {name: path for path, name in named.items() if not name.startswith("library/")}
        first = {name: path for name, path in others.items() if _is_first(name, wanted)}
        rest = {name: path for name, path in others.items() if name not in first}
        rest |= {f"{LATER}/{name}": path for name, path in library.items() if _module(name) not in wanted}
        return Bundle(
            library=_zip({name: path for name, path in library.items() if _module(name) in wanted}),
            first=tar(first),
            rest=tar(rest),
        )


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


def _compile(root: Path) -> None:
    node, packages = shutil.which("node"), web_parts.node_modules()
    if node is None or packages is None:
        raise InputError("the page is compiled by Node: install it (apt-get install nodejs npm), try again")
    with files.scratch() as place:
        # Beside its Pyodide, which looks for its own files there.
        shutil.copytree(packages / "pyodide", place, dirs_exist_ok=True)
        shutil.copyfile(Path(__file__).with_name("compile.mjs"), place / "compile.mjs")
        command = [node, str(place / "compile.mjs"), str(root)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603
    if done.returncode:
        raise InputError(f"Node could not compile the page: {' '.join(done.stderr.split())[-300:]}")


def _zip(members: dict[str, Path]) -> bytes:
    """Stored, the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, path in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name), files.read_bytes(path))
    return made.getvalue()


def tar(members: dict[str, Path]) -> bytes:
    """Files by their names in an archive; the same bytes each time."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in sorted(members.items()):
            content = files.read_bytes(path)
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return made.getvalue()
