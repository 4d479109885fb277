"""Which of several tabs to keep: a mix of playability, groove, form and likelihood, each from 0 to 1.

Input: a tab, its tempo and what it cost the model. Output: `Score`.

What is best is what is as in people's tabs, not what is most: a hand that never moves, bars that are all the same and
a model that is never surprised are one dull loop. So a value scores 1 in the middle half of people's tabs, 0 beyond
their outermost hundredths, and evenly in between; where less is as good (how hard it is to play) 1 below their median.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np

from basstab_hf.metrics.bars import groove_consistency, self_similarity
from basstab_hf.metrics.hand import playability
from basstab_hf.tab import Tab

#: Values and what they score; in between by straight lines.
Scale: TypeAlias = tuple[tuple[float, float], ...]

# The first 16 bars of 360 public-domain tunes held out from the shipped model: their quantiles 0.01, 0.25, 0.75, 0.99,
# or 0.5 and 0.99. In 8 and 32 bars they differ by less than a fifth, but for nats, which fall as a tab gets longer.
COST_PER_NOTE: Scale = ((0.45, 1), (0.70, 0))
IMPOSSIBLE_MOVES: Scale = ((0.0, 1), (0.01, 0))
GROOVE: Scale = ((0.76, 0), (0.86, 1), (0.925, 1), (0.985, 0))
SELF_SIMILARITY: Scale = ((0.075, 0), (0.26, 1), (0.515, 1), (0.875, 0))
#: Nats per column by the mean of the model's validation split (0.589 for the shipped model).
NATS: Scale = ((0.59, 0), (0.93, 1), (1.30, 1), (1.85, 0))


@dataclass(frozen=True, slots=True)
class Score:
    """Parts from 0 to 1, the more the better; NaN where a tab is too short, or nothing known of the model, to tell.

    Attributes:
        playable: `cost_per_note` of the hand.
        possible: no `impossible_moves` at the tempo.
        groove: `groove_consistency`: onsets that neighbouring bars share.
        form: `self_similarity`: bars come back, but not all.
        likely: nats per column, as people's tabs cost the model.
    """

    playable: float
    possible: float
    groove: float
    form: float
    likely: float

    @property
    def total(self) -> float:
        """Mean of the parts that are known, weighed by `WEIGHTS`; 0 without any."""
        known = [(WEIGHTS[part], value) for part, value in self.parts.items() if not math.isnan(value)]
        weights = sum(weight for weight, _ in known)
        return sum(weight * value for weight, value in known) / weights if known else 0.0

    @property
    def parts(self) -> dict[str, float]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


#: How much each part counts. What the shipped model lacks beside people counts most: form.
WEIGHTS: Mapping[str, float] = {"playable": 0.25, "possible": 0.15, "groove": 0.15, "form": 0.3, "likely": 0.15}


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
