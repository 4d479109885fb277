"""What a build did with everything that its sources held; the numbers of stats.json, the card and `--json`."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

GAVE_WAY = "near duplicate of a song in another split"
REMOVED = "removed by request"


@dataclass
class Report:
    """Counts of one dataset; `removed` has the requests to leave something out, with the pieces each concerned.

    `removed_content` is what a copy of such a piece is known by, under whatever name it comes again: SHA-256 of its
    column text, and its signature (`similarity`) in Base64, "" where it is too short for one. Neither tells the tab.
    """

    kept: Counter[str] = field(default_factory=Counter)  # pieces by split
    dropped: Counter[str] = field(default_factory=Counter)  # pages, tunes and tracks by reason
    systems: Counter[str] = field(default_factory=Counter)  # kept, low confidence, repeats of an earlier one
    removed: dict[str, int] = field(default_factory=dict)
    removed_content: dict[str, str] = field(default_factory=dict)
    columns: int = 0
    remarks: Counter[str] = field(default_factory=Counter)  # pieces by what they could not keep of their files

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Report:
        """What `as_dict` gave, without the counts of what was kept: they are counted again when it is written.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it is something else.
        """
        counted = [*values["dropped"].values(), *values["removed"].values(), *values.get("remarks", {}).values()]
        if any(type(count) is not int for count in (*counted, values["systems"]["low confidence"])):
            raise TypeError("no counts")
        systems = Counter({"low confidence": values["systems"]["low confidence"]})
        remarks = Counter(values.get("remarks", {}))  # older datasets have none
        return cls(
            dropped=Counter(values["dropped"]),
            systems=systems,
            removed=dict(values["removed"]),
            removed_content=dict(values.get("removed_content", {})),
            remarks=remarks,
        )

    def is_removed(self, row: dict[str, Any]) -> bool:
        """Whether a request names this row by URL, source, SHA-256 or id; counts it there."""
        named = next((row[key] for key in ("url", "source", "sha256", "id") if row[key] in self.removed), None)
        if named is not None:
            self.removed[named] += 1
        return named is not None

    def remember(self, columns: str, signature: bytes | None) -> None:
        """Know a removed piece again by its column text and its signature."""
        digest = hashlib.sha256(columns.encode()).hexdigest()
        self.removed_content[digest] = base64.b64encode(signature or b"").decode()

    def removed_signatures(self) -> list[bytes]:
        """The signatures of removed pieces."""
        return [base64.b64decode(text) for text in self.removed_content.values() if text]

    def as_dict(self) -> dict[str, Any]:
        """The report as stats.json holds it and `--json` prints it."""
        return {
            "kept": dict(self.kept),
            "dropped": _sorted(self.dropped),
            "remarks": _sorted(self.remarks),
            "systems": {name: self.systems[name] for name in ("kept", "repeated", "low confidence")},
            "columns": self.columns,
            "removed": self.removed,
            "removed_content": dict(sorted(self.removed_content.items())),
        }


def _sorted(counts: Counter[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
