"""What held-out songs cost where something was fitted to held-out songs: each pays by a fit to the others.

Input: scored songs. Output: nats of each song. A fit to the very songs that it is reported on, or that rank runs by,
would flatter; the fit to all of them is what a model is saved with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from basstab_hf.evaluation.scoring import ScoredPiece
from basstab_hf.model.match_cache import USUAL, fit

#: Parts of the songs, each of which pays by a fit to all others.
FOLDS = 5

_Song = TypeVar("_Song")
_Fitted = TypeVar("_Fitted")


def cross_fitted(pieces: Sequence[ScoredPiece]) -> list[float]:
    """What pieces cost with a match cache whose weights were fitted to other pieces; of one piece alone: the usual."""
    songs = [(piece.matches(USUAL.decay), piece.log_p) for piece in pieces]
    return cross_fit(
        songs,
        lambda some: (
            fit([matches for matches, _ in some], [log_p for _, log_p in some], USUAL.decay) if some else USUAL
        ),
        lambda song, settings: float(song[0].nats(song[1], settings).sum()),
    )


def cross_fit(
    songs: Sequence[_Song],
    fit_to: Callable[[Sequence[_Song]], _Fitted],
    cost: Callable[[_Song, _Fitted], float],
    folds: int = FOLDS,
) -> list[float]:
    """Costs of songs, each by a fit to the songs of the other folds; song n is in fold n modulo `folds`."""
    fitted = [
        fit_to([song for number, song in enumerate(songs) if number % folds != fold])
        for fold in range(min(folds, len(songs)))
    ]
    return [cost(song, fitted[number % folds]) for number, song in enumerate(songs)]
