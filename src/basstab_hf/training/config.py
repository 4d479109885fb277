"""Configuration of a training run: dataclass -> YAML -> single settings of the command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.settings import named, number, read_yaml
from basstab_hf.tuning import Tuning

#: configs/train/small.yaml, kept here as well so that an installed package trains without the repository.
SMALL: dict[str, Any] = {
    "about": "A CPU's few minutes, for a few hundred tabs, in less time than the seed's own recipe takes. Note tokens, "
    "and a context of 1,024 of them, about 2,700 columns: most songs whole. Nearly every piece is transposed or "
    "relabelled anew in each epoch, since few songs are soon known by heart; short rows first, since what is near is "
    "learnt faster from many songs in each step. No dropout in attention: torch computes it 5 times slower on a CPU. "
    "What else was tried is in docs/log.md.",
    "kind": "note",
    "transposed": 0.9,
    "relabelled": 0.4,
    "short_context": 64,
    "short_share": 0.85,
    "model": {
        "n_layer": 3,
        "n_head": 4,
        "n_embd": 128,
        "n_positions": 1024,
        "activation_function": "gelu_pytorch_tanh",
        "initializer_range": 0.02,
        "resid_pdrop": 0.1,
        "embd_pdrop": 0.1,
        "attn_pdrop": 0.0,
    },
    "training": {
        "max_steps": 420,
        "per_device_train_batch_size": 4,
        "per_device_eval_batch_size": 8,
        "learning_rate": 0.003,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 50,
        "weight_decay": 0.05,
        "adam_beta2": 0.98,
        "eval_steps": 210,
        "logging_steps": 50,
    },
}


#: The fewest tokens of a row that is worth learning from.
MIN_SHORT = 16


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One run: `model` in the words of GPT2Config, `training` in those of TrainingArguments.

    The context is `model.n_positions` tokens, and a training block at most that. `kind` says what a token is; pieces of
    text seen fewer than `min_count` times in the training split are spelt in smaller ones (see `token_kinds`). Both are
    for a tokenizer made by the run, not for one that it is given. `patience` ends a run early, after so many
    evaluations in a row without a better validation loss; 0 is never. The best weights are saved either way.

    What training pieces go through is drawn anew in each epoch: `transposed` and `relabelled` are the shares of pieces
    that `augmentation` changes in those ways, `controls` that of the pieces that get control words in front,
    `fill_in_the_middle` that of the blocks with bars moved behind their surroundings. `tunings` are those that
    transposed pieces are put in by chance; without them it is those of the training pieces. For the first `short_share`
    of the steps, as far as whole epochs go, blocks are cut into rows of at most `short_context` tokens.

    Raises:
        InputError: a share that is none, a patience that is no number, tunings that are none.
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

    def __post_init__(self) -> None:
        for name in ("transposed", "relabelled", "controls", "fill_in_the_middle", "short_share"):
            share = getattr(self, name)
            if not isinstance(share, (int, float)) or not 0 <= share <= 1:
                raise InputError(f"{name} {share!r} is no share: choose 0 to 1")
        if not isinstance(self.tunings, list):
            raise InputError(f"tunings {self.tunings!r} is no list of tunings such as [GDAE, GDAD]")
        for tuning in self.tunings:
            Tuning.parse(str(tuning))
        if type(self.patience) is not int or self.patience < 0:
            raise InputError(f"patience {self.patience!r} is no number of evaluations: 0 turns it off")
        least = MIN_SHORT if self.short_share else 0
        if type(self.short_context) is not int or not least <= self.short_context <= max(self.context // 2, least):
            raise InputError(
                f"short_context {self.short_context!r}: choose {MIN_SHORT} to {self.context // 2} tokens, "
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
            values[name] = {key: number(value) for key, value in values.get(name, {}).items()}
        secrets = sorted(key for key in values["training"] if key.endswith("_token"))
        if secrets:
            raise InputError(f"{source}: training.{secrets[0]} would travel with the model: set HF_TOKEN instead")
        return cls(**values)

    @classmethod
    def small(cls, settings: Sequence[str] = ()) -> TrainConfig:
        """What configs/train/small.yaml says: the configuration of a run that names none."""
        return cls.from_dict(SMALL, settings, source="the small preset")

    @property
    def context(self) -> int:
        """Tokens that the model sees at once."""
        return int(self.model.get("n_positions", 1024))
