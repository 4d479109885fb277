"""Whether transformers can train what a configuration says: asked before any work begins.

Input: a `TrainConfig`, then the TrainingArguments made of it. Output: nothing, or an InputError of one line.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import InputError, did_you_mean
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.device import AUTO, memory
from basstab_hf.training.ranges import CONTEXT, TRAINING, shown

if TYPE_CHECKING:
    from transformers import TrainingArguments

#: The value of `training.optim` that is ours: see `training.muon`.
MUON = "muon"
_PUSH, _OURS = "`basstab push` publishes", "this training decides it itself"
_TOKENIZER, _FLAG = "the tokenizer says it", "there is a flag for it"
#: What is not taken from a configuration, and why.
_NOT_HERE = {
    "model": {
        **dict.fromkeys(("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id"), _TOKENIZER),
        "add_cross_attention": "a language model has none",
        **dict.fromkeys(
            ("summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels"),
            "a language model has no summary",
        ),
        "summary_first_dropout": "a language model has no summary",
    },
    "training": {
        "output_dir": f"{_FLAG}: --out",
        "report_to": f"{_FLAG}: --track",
        **dict.fromkeys(("trackio_bucket_id", "trackio_static_space_id"), f"{_FLAG}: --track"),
        "resume_from_checkpoint": f"{_FLAG}: --resume",
        **dict.fromkeys(("run_name", "project", "trackio_space_id"), f"{_FLAG}: --track"),
        **dict.fromkeys(("push_to_hub", "hub_model_id", "hub_strategy", "hub_revision"), _PUSH),
        **dict.fromkeys(("hub_private_repo", "hub_always_push"), _PUSH),
        **dict.fromkeys(("do_train", "do_eval", "do_predict", "local_rank"), _OURS),
        **dict.fromkeys(("metric_for_best_model", "greater_is_better"), "the validation loss decides"),
        **dict.fromkeys(("remove_unused_columns", "label_names", "length_column_name"), _OURS),
        **dict.fromkeys(("prediction_loss_only", "include_for_metrics", "batch_eval_metrics"), _OURS),
        **dict.fromkeys(("eval_do_concat_batches", "eval_use_gather_object", "eval_accumulation_steps"), _OURS),
        **dict.fromkeys(("log_level", "log_level_replica", "disable_tqdm", "log_on_each_node"), _OURS),
        **dict.fromkeys(("fsdp", "fsdp_config", "deepspeed", "parallelism_config", "accelerator_config"), _OURS),
        **dict.fromkeys(("auto_find_batch_size", "use_liger_kernel", "liger_kernel_config"), "it is not supported"),
        **dict.fromkeys(("torch_compile", "torch_compile_backend", "torch_compile_mode"), "it is not supported"),
    },
}
_ORDERS = ("group_by_length", "random")
#: Bytes of a weight in training: itself, its gradient and the two averages of AdamW, 4 each.
_BYTES_A_WEIGHT = 16
#: What a step keeps at the least: a number of a token in a layer in bfloat16, a logit and its gradient.
_BYTES_KEPT, _BYTES_A_LOGIT = 2, 8


def check_names(config: TrainConfig) -> None:
    """Refuse names that GPT2Config and TrainingArguments do not have, and values of the wrong kind.

    Raises:
        InputError: one of them, or a network that does not fit into the memory of this machine.
    """
    from transformers import GPT2Config, TrainingArguments
    from transformers.activations import ACT2FN

    _check_known("model", config.model, GPT2Config)
    _check_known("training", config.training, TrainingArguments)
    if (activation := config.model.get("activation_function", "gelu")) not in ACT2FN:
        raise _no_choice("model.activation_function", activation, ACT2FN)
    order = config.training.get("train_sampling_strategy", _ORDERS[0])
    if order not in _ORDERS:
        raise _no_choice("training.train_sampling_strategy", order, _ORDERS)
    for name in ("dataloader_persistent_workers", "dataloader_multiprocessing_context"):
        if config.training.get(name) and not config.training.get("dataloader_num_workers"):
            raise InputError(f"training.{name} needs training.dataloader_num_workers above 0")
    _check_memory(config.model, use_cpu=bool(config.training.get("use_cpu")))


def check_optimizer(arguments: TrainingArguments) -> None:
    """Refuse optimizers and schedules that need a package or a setting that is not there.

    Raises:
        InputError: one of them.
    """
    import torch
    from transformers import Trainer, get_scheduler

    try:
        kind, options = Trainer.get_optimizer_cls_and_kwargs(arguments)
        optimizer = kind([torch.nn.Parameter(torch.zeros(1))], **options)
    except (ImportError, ValueError, TypeError, RuntimeError, AttributeError, KeyError) as error:
        raise InputError(f"training.optim {arguments.optim.value} cannot be used here: {_line(error)}") from error
    try:
        get_scheduler(
            arguments.lr_scheduler_type,
            optimizer,
            num_warmup_steps=arguments.get_warmup_steps(100),
            num_training_steps=100,
            scheduler_specific_kwargs=arguments.lr_scheduler_kwargs,
        )
    except (ValueError, TypeError, AttributeError, ZeroDivisionError) as error:
        name = arguments.lr_scheduler_type.value
        raise InputError(f"training.lr_scheduler_type {name}, training.lr_scheduler_kwargs: {_line(error)}") from error


def warmup_told(arguments: TrainingArguments) -> str | None:
    """The line that tells of a run that ends before its learning rate is reached; None for others."""
    warmup, steps = arguments.warmup_steps, arguments.max_steps
    if steps <= 0 or warmup <= 1 or warmup < steps:
        return None
    return f"training.warmup_steps {warmup:g}: after {steps} steps the learning rate is still rising"


@cache
def _kinds(owner: type) -> Mapping[str, Any]:
    """The fields that a dataclass of transformers adds to those of its bases, with their types."""
    return inspect.get_annotations(owner, eval_str=True)


@cache
def _choices(owner: type) -> Mapping[str, Collection[str]]:
    fields = dataclasses.fields(owner)
    return {field.name: list(field.metadata["choices"]) for field in fields if field.metadata.get("choices")}


def _check_known(group: str, values: Mapping[str, Any], owner: type) -> None:
    kinds, not_here = _kinds(owner), _NOT_HERE[group]
    for name, value in values.items():
        if name in not_here:
            raise InputError(f"{group}.{name} has no place in a configuration: {not_here[name]}")
        if name not in kinds:
            known = [*(kinds.keys() - not_here.keys())]
            raise InputError(f"{group}.{name} is no setting of {owner.__name__}{did_you_mean(str(name), known)}")
        if name in TRAINING or (name, value) in (("optim", MUON), ("bf16", AUTO)):
            continue
        if words := _words(kinds[name]) or _choices(owner).get(name):
            if value not in words and not (value is None and _fits(None, kinds[name])):
                raise _no_choice(f"{group}.{name}", value, [*words, *([MUON] if name == "optim" else [])])
        elif not _fits(value, kinds[name]):
            auto = f"{AUTO}, " if name == "bf16" else ""
            raise InputError(f"{group}.{name} {shown(value)}: choose {auto}{_named(kinds[name])}")


def _parts(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)


def _words(kind: Any) -> list[str]:
    """What a setting of an enumeration may be."""
    return [one.value for part in _parts(kind) if isinstance(part, type) and issubclass(part, Enum) for one in part]


def _fits(value: Any, kind: Any) -> bool:
    parts = [typing.get_origin(part) or part for part in _parts(kind)]
    if isinstance(value, bool):
        return bool in parts or typing.Any in parts
    wanted = [(int, float) if part is float else part for part in parts if part is not typing.Any]
    return typing.Any in parts or any(isinstance(value, part) for part in wanted)


def _named(kind: Any) -> str:
    """The types of a setting in a message."""
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
    names |= {dict: "a mapping", type(None): "null"}
    parts = dict.fromkeys(names.get(typing.get_origin(part) or part, "") for part in _parts(kind))
    return " or ".join(filter(None, parts))


def _no_choice(name: str, value: Any, words: Collection[str]) -> InputError:
    near = did_you_mean(value, words) if isinstance(value, str) else ""
    if value is False and "no" in words:
        near = ": YAML reads no as false: write it in quotes"
    return InputError(f"{name} {shown(value)}{near or ': choose one of ' + ', '.join(map(str, words))}")


def _check_memory(model: Mapping[str, Any], *, use_cpu: bool) -> None:
    width, layers = model.get("n_embd", 768), model.get("n_layer", 12)
    inner = model.get("n_inner") or 4 * width
    weights = layers * (4 * width + 2 * inner) * width + model.get("n_positions", CONTEXT) * width
    needed, there = weights * _BYTES_A_WEIGHT, memory(use_cpu=use_cpu)
    if there and needed > there:
        gigabytes = f"{needed / 1e9:,.0f} GB to train, this machine has {there / 1e9:,.0f}"
        raise InputError(f"model: {weights / 1e6:,.0f} million weights need {gigabytes}: take fewer n_layer or n_embd")


def check_step(config: TrainConfig, batch: int, size: int, lengths: Iterable[int]) -> None:
    """Refuse a batch that cannot fit: counted is what there must be at the least, for its shortest rows.

    Args:
        config: of the training.
        batch: rows of a step on one device.
        size: of the vocabulary.
        lengths: of the blocks, in tokens.

    Raises:
        InputError: it takes more memory than there is.
    """
    tokens = sum(sorted(lengths)[:batch])
    width, layers = config.model.get("n_embd", 768), config.model.get("n_layer", 12)
    kept = layers * (4 * width + 2 * (config.model.get("n_inner") or 4 * width)) * _BYTES_KEPT
    if config.training.get("gradient_checkpointing"):
        kept = 0
    needed, there = tokens * (kept + size * _BYTES_A_LOGIT), memory(use_cpu=bool(config.training.get("use_cpu")))
    if there and needed > there:
        raise InputError(
            f"training.per_device_train_batch_size {batch}: one step of {tokens:,} tokens takes more than "
            f"{needed / 1e9:,.0f} GB, this machine has {there / 1e9:,.0f}: take fewer, with "
            "gradient_accumulation_steps, or fewer n_positions"
        )


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
