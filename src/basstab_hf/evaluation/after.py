"""What a song costs after others that were never trained on, such as the other songs of its artist.

Input: held-out pieces in a stated order, their artists, and something that can take songs in before it scores one:
`score_after`. Output: nats of each piece. Two protocols:

others   each piece after all other held-out pieces of its artist, in the order of the dataset, and no more: what a
         player's songs tell of the next one; a song that is its artist's only one comes after nothing
online   each piece after all held-out pieces before it: what a compressor of the whole split pays

What comes before may be used in whatever way; the piece itself is paid for from its first word to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from basstab_hf.evaluation.mixed import first_weights
from basstab_hf.evaluation.scoring import ScoredPiece, Scorer
from basstab_hf.generate.mixing import Mixing, ScoredSong
from basstab_hf.model.match_cache import USUAL, Matches, MatchSettings
from basstab_hf.model.mixture import fit_plan
from basstab_hf.model.song_contexts import TokenFacts


class Adapting(Protocol):
    """Something that has learnt from training songs and can take in more."""

    def score_after(self, before: Sequence[str], piece: str) -> float:
        """Nats of a piece, its end included, where these column texts came before it, the last one just before."""
        ...


def score_after_others(model: Adapting, pieces: Sequence[str], artists: Sequence[str]) -> list[float]:
    """Nats of each piece after the others of its artist."""
    costs = []
    for place, (piece, artist) in enumerate(zip(pieces, artists, strict=True)):
        before = [pieces[other] for other, name in enumerate(artists) if name == artist and other != place]
        costs.append(model.score_after(before, piece))
    return costs


def score_online(model: Adapting, pieces: Sequence[str]) -> list[float]:
    """Nats of each piece after all pieces before it."""
    return [model.score_after(pieces[:place], piece) for place, piece in enumerate(pieces)]


class CachedModel:
    """A model folder whose match cache has read what came before; the network itself sees the piece alone."""

    def __init__(self, folder: Path, pieces: Sequence[str]) -> None:
        """Score, once, the pieces that will be asked about."""
        self._cache = MatchSettings.of_folder(folder) or USUAL
        self._scored = dict(zip(pieces, Scorer(folder).pieces(pieces), strict=True))

    def score_after(self, before: Sequence[str], piece: str) -> float:
        """Nats of a piece after others, all of them among those given at first."""
        read = [token for other in before for token in self._scored[other].ids]
        scored: ScoredPiece = self._scored[piece]
        matches = Matches.of(scored.ids, self._cache.decay, before=read)
        return float(matches.nats(scored.log_p, self._cache)[1:].sum())


class MixedModel:
    """A model folder whose mixture has read what came before; the network itself sees the piece alone.

    The weights are fitted to validation pieces, each after the others of its artist, as they are asked for here.
    """

    def __init__(
        self, folder: Path, pieces: Sequence[str], validation: Sequence[str], validation_artists: Sequence[str]
    ) -> None:
        """Score, once, the pieces that will be asked about, and fit."""
        scorer = Scorer(folder)
        self._facts, self._weights = TokenFacts.of(scorer.words), first_weights(folder).with_memory()
        self._plain = first_weights(folder)
        self._scored = _rows(scorer, pieces)
        known = _rows(scorer, validation)
        for number, rate in fit_plan(len(validation), seed=0):
            artist = validation_artists[number]
            others = [
                known[text][0]
                for place, text in enumerate(validation)
                if validation_artists[place] == artist and place != number
            ]
            if others:
                mixing = Mixing.of(self._facts, self._weights, others).learn(known[validation[number]], rate)
                self._weights = mixing.weights

    def score_after(self, before: Sequence[str], piece: str) -> float:
        """Nats of a piece after others, all of them among those given at first."""
        others = [self._scored[other][0] for other in before]
        mixing = Mixing.of(self._facts, self._weights if others else self._plain, others)
        return float(mixing.score(*self._scored[piece]).sum())


def _rows(scorer: Scorer, texts: Sequence[str]) -> dict[str, ScoredSong]:
    """Tokens of each text and the model's chances of all that could stand there, in half precision."""
    return {texts[number]: (ids, log_p.astype(np.float16)) for number, ids, log_p in scorer.songs(texts)}
