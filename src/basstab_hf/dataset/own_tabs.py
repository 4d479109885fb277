"""Someone's own tabs, as they lie in a folder: column texts, without a dataset being built of them.

Input: what `basstab build` takes as a source. Output: the column text of every piece that is fit to learn from.
"""

from __future__ import annotations

import logging
from collections import Counter

from basstab_hf.dataset.cleaning import read
from basstab_hf.dataset.sources import Refusal, items
from basstab_hf.errors import InputError

_LOG = logging.getLogger(__name__)


def own_texts(source: str, track: str | None = None) -> list[str]:
    """The column texts of the pieces in a folder or file of any kind that is read, in the order of their names.

    What is left out is told, by reason.

    Raises:
        InputError: nothing there, or no tab in it.
    """
    texts, left_out = [], Counter[str]()
    for item in items(source):
        for found in read(item, track):
            if isinstance(found, Refusal):
                left_out[found.reason] += 1
            elif not found.row["n_notes"]:
                left_out["empty"] += 1
            else:
                texts.append(found.row["columns"])
    told = "; ".join(f"{count} x {reason}" for reason, count in left_out.most_common())
    if not texts:
        raise InputError(f"no bass tab in {source}: {told or 'it is empty'}")
    if told:
        _LOG.warning("%s: left out %s", source, told)
    return texts
