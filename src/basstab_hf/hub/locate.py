"""From the name of a model to its folder: the model of this package, a folder, or a repository on the Hub.

Input: None or "shipped", a path, or `USER/NAME` with or without `@REVISION`. Output: a folder on this machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from basstab_hf.errors import HubError, InputError, did_you_mean
from basstab_hf.files import near_path
from basstab_hf.hub.shipped import SHIPPED, shipped_model

#: What engines and evaluation read. Nothing that could be run is fetched: neither code nor pickles.
FILES = (
    *("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
    *("chat_template.jinja", "metrics.json", "training.yaml", "tunes.dat", "mixture.safetensors"),
)


def locate_model(model: str | os.PathLike[str] | None = None) -> Path:
    """The folder of a model; one from the Hub is fetched once and found in the cache from then on.

    A folder that is there goes before a repository of the same name. A repository that changed is fetched again where
    the Hub can be reached; `@REVISION` (a branch, tag or commit) holds on to one state.

    Raises:
        InputError: neither a folder nor the id of a repository.
        HubError: no such repository or revision, or the Hub cannot be reached and the cache has nothing.
    """
    if model is None or model == SHIPPED:
        return shipped_model()
    if not isinstance(model, str) or Path(model).exists():
        return Path(model)
    from basstab_hf.hub.errors import check_repo_id  # it needs sockets, which browsers have not

    repo_id, _, revision = model.partition("@")
    parts = repo_id.split("/")
    if len(parts) != 2 or not all(parts) or parts[0] in (".", "..", "~") or "\\" in repo_id:
        if meant := near_path(model) or did_you_mean(model, [SHIPPED]):
            raise InputError(f"there is no model {model}{meant}")
        return Path(model)  # whoever opens it says that it is not there
    try:
        check_repo_id(repo_id)
    except InputError as error:
        raise InputError(f"{model} is neither a folder here nor a repository on the Hub, such as USER/NAME") from error
    return _fetch(repo_id, revision or None)


def _fetch(repo_id: str, revision: str | None) -> Path:
    from huggingface_hub import constants, snapshot_download

    from basstab_hf.hub.errors import hub_error

    name = f"{repo_id}@{revision}" if revision else repo_id
    try:
        with _bars_where_somebody_looks():
            return Path(snapshot_download(repo_id, revision=revision, allow_patterns=list(FILES)))
    except Exception as error:
        told = hub_error(error, name, constants.ENDPOINT)
        if constants.HF_HUB_OFFLINE:
            told = HubError("HF_HUB_OFFLINE is set, and it is not in the cache")
        if told is None:
            raise
        raise HubError(f"{name} is no folder here, and from the Hub: {told}{near_path(name)}") from error


@contextmanager
def _bars_where_somebody_looks() -> Iterator[None]:
    """Progress bars on a terminal only: elsewhere they would stand between the tabs' messages."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    hushed = not sys.stderr.isatty() and not are_progress_bars_disabled()
    if hushed:
        disable_progress_bars()
    try:
        yield
    finally:
        if hushed:
            enable_progress_bars()
