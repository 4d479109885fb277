"""The mixture of `model.mixture` fitted to held-out songs.

Input: a scorer and column texts. Output: the mixture, and what each song costs by a fit to others.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from basstab_hf.evaluation.cross_fit import cross_fit
from basstab_hf.evaluation.scoring import Scorer
from basstab_hf.generate.mixing import Mixing, ScoredSong
from basstab_hf.hub.shipped import FOLDER
from basstab_hf.model.mixture import MOST_FITTED
from basstab_hf.model.mixture_weights import MIXTURE_FILE, Weights
from basstab_hf.model.song_contexts import TokenFacts

#: A mixture has many weights: halves of the songs, each of which pays by a fit to the other.
FOLDS = 2


def fitted_mixing(
    scorer: Scorer,
    texts: Sequence[str],
    base: Path | None = None,
    *,
    remembered: Sequence[str] = (),
    fit: bool = True,
) -> tuple[Mixing, list[float]]:
    """A mixture fitted to songs, from the weights that a base model or the model of the package has.

    Args:
        scorer: of the model.
        texts: column texts that it did not learn from.
        base: the folder of a model to go on from.
        remembered: column texts that stand beside each song as a memory.
        fit: without it, the weights stay as they are.

    Returns:
        the mixture, and the nats of each text by one that was fitted to other texts; not fitted, where there is one
        text or `fit` is off. The shortest songs that have no more than `MOST_FITTED` tokens are fitted to.
    """
    facts, first = TokenFacts.of(scorer.words), first_weights(base)
    songs = [
        [*scorer.tokenizer(text, verbose=False)["input_ids"][1:], scorer.tokenizer.eos_token_id] for text in remembered
    ]

    def start() -> Mixing:
        return Mixing.of(facts, first, songs)

    kept: dict[int, ScoredSong] = {}
    nats = [0.0] * len(texts)
    tokens, mixing = 0, start()
    full = not fit
    for number, ids, log_p in scorer.songs(texts):
        tokens += len(ids)
        if not full and kept and tokens > MOST_FITTED:
            full, mixing = True, mixing.fit(list(kept.values()))
        if full:
            nats[number] = float(mixing.score(ids, log_p).sum())
        else:
            kept[number] = ids, log_p.astype(np.float16)
    costs = cross_fit(
        list(kept.values()),
        lambda some: start().fit(some),
        lambda song, other: float(other.score(*song).sum()),
        FOLDS,
    )
    for number, cost in zip(kept, costs, strict=True):
        nats[number] = cost
    return (mixing if full else mixing.fit(list(kept.values()))), nats


def first_weights(base: Path | None) -> Weights:
    """Those of a base model, or of the model of the package; without either the mixture is the model alone."""
    for folder in (base, Path(str(resources.files("basstab_hf"))) / FOLDER):
        if folder is not None and (folder / MIXTURE_FILE).is_file():
            return Weights.load(folder / MIXTURE_FILE)
    return Weights.fresh()
