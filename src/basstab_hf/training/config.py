"""Configuration of a training run: dataclass -> YAML -> single settings of the command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from basstab_hf.errors import BasstabError, InputError
from basstab_hf.settings import named, number, read_yaml
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tokenizer.token_kinds import KINDS
from basstab_hf.training.ranges import CONTEXT, COUNT, SHARE, check, check_numbers, shown

_SHARES = ("transposed", "relabelled", "controls", "fill_in_the_middle", "short_share", "base_share", "replay")
#: The fewest tokens of a row that is worth learning from.
MIN_SHORT = 16


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run. What its pieces go through is drawn anew in each epoch.

    Attributes:
        about: what the configuration is for; nothing depends on it.
        model: the network, in the words of transformers' GPT2Config. `n_positions` is the context: how many tokens the
            model sees at once, and the most that a training block has.
        training: in the words of transformers' TrainingArguments.
        min_count: pieces of text that are rarer in the training split are spelt with smaller tokens; for a tokenizer
            that the run makes, not for one that it is given.
        kind: what a token is: "column", "note" or "riff" (see `tokenizer.token_kinds`); as `min_count`, for a
            tokenizer that the run makes.
        patience: end the run after so many evaluations in a row without a better validation loss; 0: never. The best
            weights are saved in any case.
        transposed: share of the pieces, 0 to 1, that are moved along the neck, across strings or into another tuning.
        relabelled: share of the pieces whose strings are exchanged and frets renamed (see `augmentation`).
        controls: share of the pieces that get control words in front.
        fill_in_the_middle: share of the blocks in which some bars are moved behind their surroundings.
        tunings: transposed pieces are put into one of these, by chance; empty: into those of the training pieces.
        short_context: the most tokens of a row in the steps that begin the training (see `short_share`).
        short_share: share of the steps, as far as whole epochs go, in which blocks are cut into such short rows.
        base_model: the model to go on from: shipped, a folder, or an id on the Hub; empty: a new one. Its sizes and its
            tokens hold (see `training.base`).
        base_share: share of the base model's weights in those that are saved, the run's being the rest: a model forgets
            less by it than it loses of what it learnt (Wortsman and others 2022, arXiv:2109.01903).
        replay: share of the blocks that are songs of the composer, others in each epoch; below 1.

    Raises:
        InputError: a share that is not from 0 to 1, a number that no network or training can have, something that is
            no tuning, no kind of tokens. What transformers alone knows is asked later: see `checks`.
    """

    about: str = ""
    model: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    min_count: int = 2
    kind: str = "column"
    patience: int = 0
    transposed: float = 0.0
    relabelled: float = 0.0
    controls: float = 0.0
    fill_in_the_middle: float = 0.0
    tunings: list[str] = field(default_factory=list)
    short_context: int = 0
    short_share: float = 0.0
    base_model: str = ""
    base_share: float = 0.0
    replay: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.about, str):
            raise InputError(f"about {shown(self.about)}: it takes a text")
        if self.kind not in KINDS:
            raise InputError(f"{shown(self.kind)} is no kind of tokens: there are {', '.join(KINDS)}")
        check("min_count", self.min_count, COUNT)
        for name in _SHARES:
            share = getattr(self, name)
            if not SHARE.holds(share):
                raise InputError(f"{name} {shown(share)} is no share: choose 0 to 1")
        if self.replay == 1:
            raise InputError("replay 1 leaves nothing of the dataset: choose 0 to below 1")
        if not isinstance(self.base_model, str):
            raise InputError(
                f"base_model {shown(self.base_model)} is no model: shipped, a folder, or USER/NAME on the Hub"
            )
        if not isinstance(self.tunings, list):
            raise InputError(f"tunings {shown(self.tunings)} is no list of tunings such as [GDAE, GDAD]")
        for tuning in self.tunings:
            Tuning.parse(str(tuning))
        if type(self.patience) is not int or self.patience < 0:
            raise InputError(f"patience {shown(self.patience)} is no number of evaluations: 0 turns it off")
        check_numbers(self.model, self.training)
        least = MIN_SHORT if self.short_share else 0
        if type(self.short_context) is not int or not least <= self.short_context <= max(self.context // 2, least):
            raise InputError(
                f"short_context {shown(self.short_context)}: choose {MIN_SHORT} to {self.context // 2} tokens, "
                "half of model.n_positions"
            )

    @classmethod
    def read(cls, path: str | os.PathLike[str], settings: Sequence[str] = ()) -> TrainConfig:
        """Read a YAML file; `settings` such as "training.max_steps=100" change single values.

        Raises:
            InputError: no such file, no YAML, or names that a configuration does not have.
        """
        return cls.from_dict(read_yaml(path), settings, source=str(path))

    @classmethod
    def from_dict(cls, values: Any, settings: Sequence[str] = (), source: str = "configuration") -> TrainConfig:
        """Build from a mapping as YAML gives it, with `settings` put over it."""
        values = named(values, settings, cls.__dataclass_fields__, source)
        for name in ("model", "training"):
            if not isinstance(values.get(name, {}), dict):
                raise InputError(f"{source}: {name} must map names to values")
            values[name] = {str(key): number(value) for key, value in values.get(name, {}).items()}
        secrets = sorted(key for key in values["training"] if key.endswith("_token"))
        if secrets:
            raise InputError(f"{source}: training.{secrets[0]} would travel with the model: set HF_TOKEN instead")
        try:
            return cls(**values)
        except BasstabError as error:
            raise InputError(f"{source}: {error}") from error

    @classmethod
    def small(cls, settings: Sequence[str] = ()) -> TrainConfig:
        """What small.yaml beside this file says, as configs/train/small.yaml: of a run that names no configuration."""
        return cls.from_dict(read_yaml(Path(__file__).with_name("small.yaml")), settings, source="the small preset")

    @classmethod
    def adapt(cls, base_model: str, settings: Sequence[str] = ()) -> TrainConfig:
        """What adapt.yaml beside this file says: of a run that goes on from a model and names no configuration."""
        values = read_yaml(Path(__file__).with_name("adapt.yaml"))
        return cls.from_dict({**values, "base_model": base_model}, settings, source="the adapt preset")

    @property
    def context(self) -> int:
        """Tokens that the model sees at once."""
        return int(self.model.get("n_positions", CONTEXT))
