"""Which fonts of this machine draw a text: so that a letter that none has is told of before anything is written.

Input: texts. Output: font files, in the order of `font_files`.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from basstab_hf.errors import InputError

#: Most letters that a message names.
_NAMED = 6
#: Parts of names of fonts that are chosen where no other has a letter.
_STYLES = ("Bold", "Italic", "Oblique", "Condensed", "Light", "Thin", "Black", "Serif", "Mono", "Math")
_SUFFIXES = (".ttf", ".otf", ".ttc")


def fonts_for(texts: Sequence[str], brought: Path, path: str | os.PathLike[str]) -> list[Path]:
    """Font files that together have every letter of some texts; `brought` is one that is there in any case.

    Raises:
        InputError: letters that no font here has; `path` is the file that is to be written.
    """
    wanted = {ord(letter) for text in texts for letter in text if _has_ink(letter)}
    found: list[Path] = []
    for file in font_files(brought):
        if not wanted:
            break
        has = letters_of(file)
        if wanted & has:
            found.append(file)
            wanted -= has
    if wanted:
        raise InputError(f"{path}: no font on this machine has {_listed(wanted)}: {_remedy(wanted)}")
    return found


def _has_ink(letter: str) -> bool:
    """Whether a letter needs a glyph: no blank, no sign of direction or joining, no choice of a variant."""
    return unicodedata.category(letter) not in ("Cc", "Cf", "Zs") and not 0xFE00 <= ord(letter) <= 0xFE0F


def _listed(wanted: set[int]) -> str:
    letters = [f"{chr(code)} (U+{code:04X})" for code in sorted(wanted)]
    more = f" and {len(letters) - _NAMED} more letters" if len(letters) > _NAMED else ""
    return ", ".join(letters[:_NAMED]) + more


def _remedy(wanted: set[int]) -> str:
    if any(unicodedata.category(chr(code)) == "So" for code in wanted):
        kind = "emoji, such as Noto Color Emoji (Debian: apt-get install fonts-noto-color-emoji)"
    elif any(unicodedata.east_asian_width(chr(code)) in "WF" for code in wanted):
        kind = "East Asian letters, such as Noto Sans CJK (Debian: apt-get install fonts-noto-cjk)"
    else:
        kind = "its script, such as one of Noto Sans (Debian: apt-get install fonts-noto-core)"
    return f"install a font with {kind}, write a .svg or .html, or change the title"


def font_files(brought: Path) -> Iterator[Path]:
    """DejaVu Sans, which matplotlib brings, `brought`, then the fonts of the system, upright ones first."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf"
    yield brought
    there = [file for folder in _folders() for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES]
    yield from sorted(there, key=lambda file: (sum(style in file.stem for style in _STYLES), file))


def _folders() -> Sequence[Path]:
    home = Path.home()
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"
    if sys.platform == "win32":
        return Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts", home / "AppData/Local/Microsoft/Windows/Fonts"
    return Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts"


def bold_of(file: Path, texts: Sequence[str]) -> Path:
    """The bold font beside a font, if it lies there and has what that has of some texts; else the font."""
    bold = file.with_name(f"{file.stem.removesuffix('-Regular')}-Bold{file.suffix}")
    used = {ord(letter) for text in texts for letter in text} & letters_of(file)
    return bold if bold.is_file() and letters_of(bold) >= used else file


@lru_cache(maxsize=1024)
def letters_of(file: Path) -> frozenset[int]:
    """The letters that a font has; none of a file that is no font."""
    from fontTools.ttLib import TTFont, TTLibError

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of oddities in fonts that nobody here made
    try:
        with TTFont(file, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, AssertionError):
        return frozenset()
