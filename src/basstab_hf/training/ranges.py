"""What numbers a training configuration may hold: of the network, in GPT2Config's words, and of TrainingArguments.

Input: mappings of settings. Output: nothing, or an InputError of one line. Nothing heavy is imported for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from basstab_hf.errors import InputError

#: As much of a value as a message shows.
_SHOWN = 40
#: Near the largest number of float32.
_HUGE = 1e38


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included unless `open_low`, `open_high`.

    Attributes:
        whole: only whole numbers.
        optional: or nothing at all.
        besides: one more value that is allowed, and what it stands for.
    """

    low: float = 0
    high: float = _HUGE
    whole: bool = False
    open_low: bool = False
    open_high: bool = False
    optional: bool = False
    besides: tuple[float, str] | None = None

    def holds(self, value: Any) -> bool:
        """Whether a value is one of these; no truth value is, and no "nan"."""
        if value is None:
            return self.optional
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return False
        if self.besides and value == self.besides[0]:
            return True
        above = self.low < value if self.open_low else self.low <= value
        return above and (value < self.high if self.open_high else value <= self.high)

    def __str__(self) -> str:
        text = f"{'above' if self.open_low else 'from'} {self.low:,}"
        if self.high != _HUGE:
            text += f" and below {self.high:,}" if self.open_high else f" to {self.high:,}"
        text = f"a {'whole ' if self.whole else ''}number {text}"
        return f"{text}, or {self.besides[0]:g}: {self.besides[1]}" if self.besides else text


SHARE = Range(0, 1)
COUNT = Range(1, 1_000_000_000, whole=True)
SEED = Range(0, 2**32 - 1, whole=True)
_DROPOUT = Range(0, 1, open_high=True)
_POSITIVE = Range(open_low=True)
#: A share of all steps below 1, else a number of steps.
_EVERY = Range(0, 1_000_000_000, open_low=True)

MODEL = {
    "n_positions": Range(8, 16384, whole=True),
    "n_embd": Range(1, 16384, whole=True),
    "n_layer": Range(1, 96, whole=True),
    "n_head": Range(1, 256, whole=True),
    "n_inner": Range(1, 65536, whole=True, optional=True),
    "resid_pdrop": _DROPOUT,
    "embd_pdrop": _DROPOUT,
    "attn_pdrop": _DROPOUT,
    "layer_norm_epsilon": Range(0, 1, open_low=True),
    "initializer_range": Range(0, 10, open_low=True),
}
TRAINING = {
    "max_steps": Range(1, 1_000_000_000, whole=True, besides=(-1, "as num_train_epochs says")),
    "num_train_epochs": Range(0, 1_000_000, open_low=True),
    "per_device_train_batch_size": Range(1, 65536, whole=True),
    "per_device_eval_batch_size": Range(1, 65536, whole=True),
    "gradient_accumulation_steps": Range(1, 65536, whole=True),
    "learning_rate": Range(),
    "warmup_steps": Range(0, 1_000_000_000),
    "weight_decay": Range(0, 10),
    "adam_beta1": Range(0, 1, open_high=True),
    "adam_beta2": Range(0, 1, open_high=True),
    "adam_epsilon": _POSITIVE,
    "max_grad_norm": Range(),
    "label_smoothing_factor": Range(0, 1, open_high=True),
    "logging_steps": _EVERY,
    "eval_steps": _EVERY,
    "save_steps": _EVERY,
    "eval_delay": Range(0, 1_000_000_000),
    "save_total_limit": Range(1, 1_000_000, whole=True, optional=True),
    "neftune_noise_alpha": Range(optional=True),
    "seed": SEED,
    "data_seed": Range(0, 2**32 - 1, whole=True, optional=True),
    "dataloader_num_workers": Range(0, 256, whole=True),
    "ddp_timeout": Range(1, 1_000_000_000, whole=True),
}
#: A context of a configuration that names none, as GPT2Config has it.
CONTEXT = 1024


def shown(value: Any) -> str:
    """A value in a message: as YAML has truth values, and not all of what is long."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    text = str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def check(name: str, value: Any, allowed: Range) -> None:
    """Refuse a value that is none of those allowed.

    Raises:
        InputError: it is none.
    """
    if not allowed.holds(value):
        raise InputError(f"{name} {shown(value)}: choose {allowed}")


def check_numbers(model: Mapping[str, Any], training: Mapping[str, Any]) -> None:
    """Refuse numbers that no network or training can have, and a width that the heads do not divide.

    Raises:
        InputError: one of them.
    """
    for group, values, ranges in (("model", model, MODEL), ("training", training, TRAINING)):
        for name, allowed in ranges.items():
            if name in values:
                check(f"{group}.{name}", values[name], allowed)
    for name in ("logging_steps", "eval_steps", "save_steps"):
        if (steps := training.get(name, 1)) > 1 and steps != int(steps):
            raise InputError(f"training.{name} {steps}: choose a whole number, or a share of all steps below 1")
    width, heads = model.get("n_embd"), model.get("n_head")
    if width and heads and width % heads:
        raise InputError(f"model.n_embd {width} is no multiple of model.n_head {heads}: change one")
