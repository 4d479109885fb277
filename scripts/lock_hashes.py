"""Write requirements-hashed.txt: all of `.[all,dev]` with the hashes of its files, for pip's --require-hashes.

scripts/lock_hashes.py [UV]      UV: the program of that name (`pip install uv==0.13.9`), which resolves and asks PyPI

Input: pyproject.toml and constraints.txt. What only PyPI's build of torch for Linux asks for (CUDA, several GB) is in
requirements-hashed-cuda.txt: torch's build for processors has no use for it.
"""

import re
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
ALL, CUDA = ROOT / "requirements-hashed.txt", ROOT / "requirements-hashed-cuda.txt"
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = (
    ("linux", "Linux", "x86_64"),
    ("linux", "Linux", "aarch64"),
    ("darwin", "Darwin", "arm64"),
    ("darwin", "Darwin", "x86_64"),
    ("win32", "Windows", "AMD64"),
)
#: Of torch==2.13.0+cpu for Linux, x86_64 and Python 3.11, as CI has it; PyPI has no such build to compare it with.
_CPU_TORCH = "sha256:6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"
_OF_CUDA = re.compile(r"(cuda|nvidia)-.*|triton")
_HEAD = """# Made by scripts/lock_hashes.py from constraints.txt: hashes of all files on PyPI. {about}
"""
_ABOUT = {
    ALL: "pip install --require-hashes -r requirements-hashed.txt; then pip install --no-deps . (see SECURITY.md).",
    CUDA: "Add -r requirements-hashed-cuda.txt where torch comes from PyPI for Linux.",
}


def environments() -> list[dict[str, str]]:
    """What markers are asked of, for every Python and platform that releases are made for."""
    return [
        {
            "python_version": python,
            "python_full_version": f"{python}.0",
            "sys_platform": system,
            "platform_system": name,
            "platform_machine": machine,
            "os_name": "nt" if system == "win32" else "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "extra": "",
        }
        for python in PYTHONS
        for system, name, machine in PLATFORMS
    ]


def entries(text: str) -> dict[str, str]:
    """The entries of a file of hashed requirements by name; those that no platform of ours asks for are left out."""
    found = {}
    for entry in re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]:
        asked = Requirement(entry.partition(" \\\n")[0])
        if not asked.marker or any(asked.marker.evaluate(one) for one in environments()):
            found[asked.name] = entry
    return found


def main(uv: str = "uv") -> None:
    """Resolve and write both files."""
    asked = ("--extra", "all", "--extra", "dev", "-c", "constraints.txt", "--universal", "--generate-hashes")
    plain = (
        "--no-strip-extras",
        "--python-version",
        PYTHONS[0],
        "--no-annotate",
        "--no-header",
        "--no-config",
        "--quiet",
    )
    call = [uv, "pip", "compile", "pyproject.toml", *asked, *plain]
    found = entries(subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    found["torch"] = found["torch"].rstrip("\n") + f" \\\n    --hash={_CPU_TORCH}\n"
    for path, is_here in ((ALL, False), (CUDA, True)):
        named = [entry for name, entry in found.items() if bool(_OF_CUDA.fullmatch(name)) == is_here]
        path.write_text(_HEAD.format(about=_ABOUT[path]) + "".join(named), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
