"""A note on rights, as rows carry it -> the SPDX expression and the Hub's word for it.

Only what a note says in so many words is told; for all else SPDX has NOASSERTION, and the Hub "other".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NOT_TOLD = "NOASSERTION"
#: SPDX has no licence for works that nobody holds rights in; of some, the composition alone is known to be one.
PUBLIC_DOMAIN, OLD_COMPOSITION = "LicenseRef-public-domain", "LicenseRef-public-domain-composition"
_SINGLE = {"cc0": "CC0-1.0", "mit": "MIT", "pddl": "PDDL-1.0"}
_CC = re.compile(
    r"\bcc[ -]by((?:-(?:nc|sa|nd))*)[ -]?v?(\d\.\d)?|creativecommons\.org/licenses/by((?:-\w\w)*)/(\d\.\d)", re.I
)
_APACHE = re.compile(r"\bapache(?:[ -]licen[cs]e)?[ ,-]*(?:version )?2(?:\.0)?\b", re.I)
_DENIES = re.compile(r"\bnot?\b", re.I)
#: What the Hub has words for.
_HUB = re.compile(r"cc0-1\.0|cc-by(-nc)?(-sa|-nd)?-(2\.0|2\.5|3\.0|4\.0)|mit|apache-2\.0|pddl")


def spdx(note: str) -> str:
    """The SPDX licence expression of a note; NOASSERTION where it names none."""
    if found := _CC.search(note):
        parts, version = found[1] or found[3] or "", found[2] or found[4]
        return f"CC-BY{parts.upper()}-{version}" if version else NOT_TOLD
    for word, name in _SINGLE.items():
        if re.search(rf"\b{word}\b", note, re.I):
            return name
    if _APACHE.search(note):
        return "Apache-2.0"
    public = re.search(r"\bpublic[ -]domain\b", note, re.I)
    if not public or _DENIES.search(note[: public.start()]):
        return NOT_TOLD
    return OLD_COMPOSITION if "transcription" in note else PUBLIC_DOMAIN


def hub_licence(notes: Iterable[str]) -> str:
    """The Hub's word for the licence of rows with these notes: "other" unless all have the same that it knows."""
    found = {spdx(note).lower().replace("pddl-1.0", "pddl") for note in notes}
    return found.pop() if len(found) == 1 and all(map(_HUB.fullmatch, found)) else "other"
