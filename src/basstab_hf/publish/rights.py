"""Whether what is pushed may be published: by the licences that its rows, or the rows it was trained on, carry.

Input: licences and how many pieces have each. Output: nothing, or a refusal that names them. Only what says that it is
free counts as free.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from basstab_hf.errors import InputError

# What lets everybody share: the public domain, Creative Commons (but for "no derivatives": a row is one), free
# software licences, and music of one's own.
_FREE = re.compile(
    r"public[ -]domain|\bcc0\b|\bpddl\b|\bcc[ -]by(?!-nd|-nc-nd| nd)|creativecommons\.org/(licenses/by(?!-nd|-nc-nd)"
    r"|publicdomain)|\bmit\b|\bapache\b|\bbsd\b|\bgpl|\bgfdl\b|\bown (work|music|tabs?)\b|\b(self[- ]written)\b",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"\b(not|no[nt]?[- ]?free|unknown|unclear|unstated|proprietary|forbidden|confidential|prohibited)\b"
    r"|all rights reserved|\bno (redistribution|sharing|copying)|(personal|private|own) (use|study)|permission|©",
    re.IGNORECASE,
)
_MOST_NAMED = 3


def is_free(licence: str) -> bool:
    """Whether a note on rights says that everybody may share."""
    return bool(_FREE.search(licence)) and not _FORBIDS.search(licence)


def check_public(what: str, licences: Mapping[str, int]) -> None:
    """Refuse to publish what is not known to be free.

    Args:
        what: what is to be published, for the message.
        licences: pieces by the note on their rights; none at all: nothing is known.

    Raises:
        InputError: some of it is not free, or nothing is known of it.
    """
    doubtful = {licence or "none": count for licence, count in licences.items() if not is_free(licence)}
    if licences and not doubtful:
        return
    names = [f"{count} {licence!r}" for licence, count in sorted(doubtful.items(), key=lambda item: -item[1])]
    more = f" and {len(names) - _MOST_NAMED} more notes" if len(names) > _MOST_NAMED else ""
    why = (
        f"{sum(doubtful.values())} of {sum(licences.values())} pieces do not say that they may be shared "
        f"({', '.join(names[:_MOST_NAMED])}{more})"
        if licences
        else "nothing says whose tabs it was trained on"
    )
    raise InputError(
        f"{what} is not pushed to the public: {why}: add --private, or --rights-cleared if all of it is yours or you "
        "have its owners' consent"
    )
