"""Which of several tabs to keep: a mix of playability, groove, form and likelihood, each from 0 to 1.

Input: a tab, its tempo and what it cost the model. Output: `Score`.

What is best is what is as in people's tabs, not what is most: a hand that never moves and bars that are all the same
are one dull loop, and the likeliest tab often is just that. So a value scores 1 in the middle half of people's tabs, 0
beyond their outermost hundredths, and evenly in between; likelihood, which cannot tell a good form from a loop but well
a line that makes sense from one that does not, scores the more the likelier, until it is likelier than people's tabs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np

from basstab_hf.metrics.bars import groove_consistency, self_similarity
from basstab_hf.metrics.hand import playability
from basstab_hf.tab.values import Tab

#: Values and what they score; in between by straight lines.
Scale: TypeAlias = tuple[tuple[float, float], ...]

# The first 16 bars of 360 composed songs held out from the shipped model: quantiles 0.01, 0.25, 0.75 and 0.99 of each
# value. At fiddle tunes, to which these were fitted before, half of the bass lines would have scored as loops.
COST_PER_NOTE: Scale = ((0.12, 0), (0.47, 1), (0.95, 1), (2.33, 0))
IMPOSSIBLE_MOVES: Scale = ((0.0, 1), (0.02, 0))
GROOVE: Scale = ((0.77, 0), (0.93, 1), (0.98, 1), (1.0, 0))
SELF_SIMILARITY: Scale = ((0.11, 0), (0.34, 1), (0.69, 1), (1.0, 0))
#: Nats per column by the mean of the model's validation split (0.309 for the shipped model), whole songs with the whole
#: cache: quantiles 0.01 and 0.99 of 150 of the 360, as the model writes.
NATS: Scale = ((0.61, 1), (4.32, 0))


@dataclass(frozen=True, slots=True)
class Score:
    """Parts from 0 to 1, the more the better; NaN where a tab is too short, or nothing known of the model, to tell.

    Attributes:
        playable: `cost_per_note` of the hand: neither too hard nor all on open strings.
        possible: no `impossible_moves` at the tempo.
        groove: `groove_consistency`: onsets that neighbouring bars share.
        form: `self_similarity`: bars come back, but not all.
        likely: nats per column beside what people's tabs cost the model.
    """

    playable: float
    possible: float
    groove: float
    form: float
    likely: float

    @property
    def total(self) -> float:
        """Mean of the parts that are known, weighed by `WEIGHTS`; 0 without any."""
        known = [(WEIGHTS[part], value) for part, value in asdict(self).items() if not math.isnan(value)]
        weights = sum(weight for weight, _ in known)
        return sum(weight * value for weight, value in known) / weights if known else 0.0


#: How much each part counts. Without likelihood the best of 8 at temperature 1 came back no more than others; by it
#: alone, at temperature 0.7, bars a distance apart were 0.87 alike, where people's are 0.40.
WEIGHTS: Mapping[str, float] = {"playable": 0.2, "possible": 0.15, "groove": 0.15, "form": 0.25, "likely": 0.25}


def score(tab: Tab, *, tempo: float, columns_per_beat: float, nats: float = math.nan) -> Score:
    """Score a tab.

    Args:
        tempo: quarter notes a minute.
        nats: per column, by those of the model's validation split; NaN where these are not known.
    """
    hand = playability(tab, tempo, columns_per_beat)
    return Score(
        playable=_on(COST_PER_NOTE, hand.cost_per_note),
        possible=_on(IMPOSSIBLE_MOVES, hand.impossible_moves),
        groove=_on(GROOVE, groove_consistency(tab)),
        form=_on(SELF_SIMILARITY, self_similarity(tab).self_similarity),
        likely=_on(NATS, nats),
    )


def usual_nats(metrics: Mapping[str, Any]) -> float:
    """Nats per column of a model's validation split, as its metrics.json tells; NaN where it does not."""
    validation = metrics.get("validation")
    bits = validation.get("bits_per_column") if isinstance(validation, dict) else None
    return bits * math.log(2) if isinstance(bits, int | float) and bits > 0 else math.nan


def _on(scale: Scale, value: float) -> float:
    values, scores = zip(*scale, strict=True)
    return float(np.interp(value, values, scores))  # NaN stays NaN
