"""Refuse a tag that is not the version of the package, or that CHANGELOG.md has no section for.

Usage: python scripts/check_tag.py vX.Y.Z

The version is written down once, in src/basstab_hf/__init__.py: cards, remote code and caches ask it where there is no
git, so that a tag follows the version and not the other way round.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(tag: str) -> str | None:
    """What is wrong; None where nothing is."""
    text = (ROOT / "src" / "basstab_hf" / "__init__.py").read_text(encoding="utf-8")
    [version] = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if tag != f"v{version}":
        return f"the tag is {tag}, the package {version}: tag v{version}, or change __version__ first"
    if f"\n## [{version}]" not in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"):
        return f"CHANGELOG.md has no section [{version}]: name what is Unreleased there"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
