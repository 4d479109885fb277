"""What a training runs on: an accelerator where there is one, else processors; in bfloat16 where that is quick.

Input: the settings of a configuration. Output: the values of TrainingArguments that depend on the machine, and a line
that tells what was decided.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from basstab_hf.errors import InputError

#: The value of `training.bf16` that leaves the choice to the machine.
AUTO = "auto"
#: Instructions for bfloat16. A processor without any of them takes 10 to 20 times as long as in float32.
_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")


@dataclass(frozen=True, slots=True)
class Device:
    """What a training runs on.

    Attributes:
        kind: "cpu", or a kind of accelerator in torch's words: "cuda", "mps", "xpu".
        name: as people call it.
        bf16: whether it has instructions for bfloat16.
    """

    kind: str
    name: str
    bf16: bool


def device(*, use_cpu: bool = False) -> Device:
    """The accelerator of this machine, or its processor where there is none or `use_cpu`."""
    import torch

    if use_cpu or not torch.accelerator.is_available():
        return Device("cpu", "this processor", _processor_has_bf16())
    kind = str(torch.accelerator.current_accelerator())
    if kind == "cuda":
        return Device(kind, torch.cuda.get_device_name(), torch.cuda.is_bf16_supported(including_emulation=False))
    return Device(kind, kind, kind == "xpu" and bool(torch.xpu.is_bf16_supported()))


def on_this_machine(training: Mapping[str, Any]) -> dict[str, Any]:
    """`training` with what depends on the machine: `use_cpu` where there is no accelerator, and "auto" decided.

    What a configuration says itself is obeyed.

    Raises:
        InputError: it asks for an accelerator, or for a precision, that this machine does not have.
    """
    found = device(use_cpu=bool(training.get("use_cpu")))
    if training.get("use_cpu") is False and found.kind == "cpu":
        raise InputError("training.use_cpu false, but this machine has no accelerator: leave it out")
    if found.kind != "cpu":
        _check_room(found)
    values = dict(training) | {"use_cpu": found.kind == "cpu"}
    if values.get("bf16") == AUTO:
        values["bf16"] = found.bf16 and not values.get("fp16")
    for name in ("fp16", "fp16_full_eval"):
        if values.get(name) and found.kind == "cpu":
            raise InputError(f"training.{name} needs a GPU, and this runs on processors: take bf16: auto instead")
    for name in ("bf16", "bf16_full_eval"):
        if values.get(name) and found.kind != "cpu" and not found.bf16:
            raise InputError(f"training.{name}: {found.name} has no bfloat16: take bf16: auto, which is float32 here")
    return values


def precision_told(training: Mapping[str, Any]) -> str | None:
    """The line that tells in what precision a training with bfloat16 in its settings runs; None where it has none."""
    wanted, found = training.get("bf16"), device(use_cpu=bool(training.get("use_cpu")))
    if wanted == AUTO:
        if training.get("fp16"):
            return None
        has = "has instructions for it" if found.bf16 else "has no instructions for bfloat16"
        return f"training.bf16 auto: {'bfloat16' if found.bf16 else 'float32'}, since {found.name} {has}"
    if wanted and not found.bf16:
        slow = "10 to 20 times as long as in float32"
        return f"training.bf16 true: {found.name} has no instructions for bfloat16 and takes {slow}: auto would know"
    return None


def _check_room(found: Device) -> None:
    """Refuse to start more processes here than there are accelerators: they would wait for each other, or crash."""
    import torch

    here, there = int(os.environ.get("LOCAL_WORLD_SIZE", "1")), torch.accelerator.device_count()
    if here > max(there, 1):
        which = f"{there} of {found.kind} ({found.name})"
        raise InputError(
            f"{here} processes on this machine, but {which}: start {max(there, 1)}, or add training.use_cpu=true"
        )


def _processor_has_bf16() -> bool:
    """What torch found out about the processor, or its own test of older versions."""
    import torch

    if hasattr(torch.cpu, "get_capabilities"):
        abilities = torch.cpu.get_capabilities()
        return any(abilities.get(name) for name in _INSTRUCTIONS)
    return bool(torch.cpu._is_avx512_bf16_supported())  # the public one came with torch 2.11


def memory(*, use_cpu: bool = False) -> int | None:
    """Bytes of memory of what a training runs on; None where nobody tells."""
    import torch

    if device(use_cpu=use_cpu).kind == "cuda":
        return int(torch.cuda.get_device_properties(0).total_memory)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return None
