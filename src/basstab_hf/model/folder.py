"""A model folder: weights, configurations, tokenizer and its code, so that nothing else is needed to use it.

Input: a trained model and its tokenizer. Output: the files that `from_pretrained` reads.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import yaml

from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.model.match_cache import FACTS, MATCH_CACHE, MatchSettings
from basstab_hf.model.tunes import write_tunes
from basstab_hf.tokenizer.remote_code import remote_code
from basstab_hf.tokenizer.tokenization_basstab import MODULE as TOKENIZER
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer, chat_template

#: The module of `BassTabGenerationPipeline`, named and not imported: that takes torch.
_PIPELINE = "pipeline_basstab"
#: Where transformers looks for another `generate`, in generate.py.
_GENERATE = "custom_generate"


def save_model(model: Any, tokenizer: BassTabTokenizer, folder: Path) -> None:
    """Save weights as fp16 under a configuration that loads them as float32, and tokenizer and pipeline with code."""
    import torch

    model = model.to("cpu", torch.float16)
    model.generation_config.update(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        do_sample=True,
        temperature=1.0,
        top_p=0.95,
        max_new_tokens=min(256, model.config.n_positions // 2),
    )
    model.generation_config._from_model_config = False  # else transformers skips what it does not know: the match cache
    model.config.use_cache = True
    model.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)  # safetensors leaves it readable by its owner alone
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {"dtype": "float32"}
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    tokenizer.model_max_length = model.config.n_positions
    tokenizer.save_pretrained(folder)
    add_code(folder)


def model_code() -> dict[str, str]:
    """The files that travel with a model for `trust_remote_code=True`, by name."""
    code = remote_code(TOKENIZER, f"generate.{_PIPELINE}", "generate.handler")
    generate = remote_code("generate.custom_generate")
    generate["generate.py"] = generate.pop("custom_generate.py")
    return code | {f"{_GENERATE}/{name}": text for name, text in generate.items()}


def add_code(folder: Path) -> None:
    """Put tokenizer and pipeline beside a model, so that whoever trusts the folder needs no package."""
    for name, text in model_code().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    ours = {"impl": f"{_PIPELINE}.BassTabGenerationPipeline", "pt": ["AutoModelForCausalLM"], "type": "text"}
    config |= {"custom_pipelines": {"bass-tab-generation": ours}}
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def remember(folder: Path, training: Path) -> None:
    """Note in config.json what writing needs of metrics.json and training.yaml, for whoever saves it elsewhere."""
    known = json.loads((folder / "metrics.json").read_text(encoding="utf-8")).get("dataset", {})
    facts = {name: known[name] for name in ("usual_bar_width", "controls", "chords") if name in known}
    if training.is_file():
        settings = yaml.safe_load(training.read_text(encoding="utf-8")) or {}
        facts["fill_in_the_middle"] = settings.get("fill_in_the_middle", 0)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {FACTS: facts}
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def set_match_cache(folder: Path, cache: MatchSettings) -> None:
    """Switch the cache on for whoever generates with this model folder."""
    path = folder / "generation_config.json"
    settings = json.loads(path.read_text(encoding="utf-8")) | {MATCH_CACHE: cache.as_dict()}
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def add_tunes(folder: str | os.PathLike[str], dataset: str) -> None:
    """Write what `max_copy` compares with into the folder of a model that was trained on this dataset without it.

    Raises:
        InputError: no such dataset.
    """
    write_tunes(Path(folder), load_texts(dataset, "train"))


def load_tokenizer(folder: str | os.PathLike[str]) -> BassTabTokenizer:
    """Load a saved tokenizer.

    Raises:
        InputError: no tokenizer lies there.
    """
    if not (Path(folder) / "tokenizer.json").is_file():
        raise InputError(f"{folder} holds no tokenizer.json: make one with `basstab tokenizer DATASET --out {folder}`")
    try:
        tokenizer: BassTabTokenizer = BassTabTokenizer.from_pretrained(str(folder))
    except BasstabError:
        raise
    except Exception as error:  # tokenizers raises bare Exception for a broken file
        raise InputError(f"{folder}/tokenizer.json cannot be read: {error}") from error
    words = tokenizer.convert_ids_to_tokens(range(tokenizer.n_reserved))
    tokenizer.chat_template = chat_template(words)  # not that of whoever made the folder
    return tokenizer
