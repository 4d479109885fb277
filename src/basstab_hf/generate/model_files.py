"""A model folder as it lies on disk: config.json and model.safetensors, read without torch and without trust.

Input: a folder. Output: the configuration, and float32 arrays by name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from basstab_hf.errors import InputError
from basstab_hf.generate.engine import Logits


def read_config(folder: Path) -> dict[str, Any]:
    """config.json of a model folder.

    Raises:
        InputError: the folder is no model folder.
    """
    path = folder / "config.json"
    if not path.is_file() or not (folder / "model.safetensors").is_file():
        raise InputError(
            f"{folder} is no model folder (config.json and model.safetensors): "
            "`basstab train DATASET --out DIR` or scripts/quickstart makes one"
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}") from error
    if not isinstance(config, dict) or config.get("model_type") != "gpt2":
        raise InputError(f"{path} is not the configuration of a GPT-2")
    return config


def load_weights(folder: Path) -> dict[str, Logits]:
    """Weights by name, as float32, without the prefix that transformers puts in front.

    Raises:
        InputError: a file that cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights = load_file(folder / "model.safetensors")
    except (SafetensorError, OSError) as error:
        raise InputError(f"{folder}/model.safetensors cannot be read: {error}") from error
    return {name.removeprefix("transformer."): np.asarray(value, np.float32) for name, value in weights.items()}
