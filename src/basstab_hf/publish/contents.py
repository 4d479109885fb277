"""What of a folder goes up: known files only, by the kind of folder; everything else is named and stays.

Input: a folder. Output: `Contents`: names in the repository and files on this machine.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.generate.model_words import read_json
from basstab_hf.printing.foreign import one_line
from basstab_hf.publish.model_card import TAGS, plain_name, read_facts
from basstab_hf.publish.rights import check_public

if TYPE_CHECKING:
    from basstab_hf.model.gguf_export import About

MODEL, DATASET, SPACE = "model", "dataset", "space"
CARD = "README.md"
_DATA = "data/*.parquet"
_WHY_IT_STAYS = "pickles, checkpoints, logs and what is not known stay here"
_WHY_NAMES_STAY = "its name has characters that cannot be printed"
_CONFIG, _TOKENIZER, _TEMPLATE = "config.json", "tokenizer_config.json", "chat_template.jinja"
_WHY_CODE_STAYS = "it is not this version's code, which goes up in its place"
_WHY_LINKS_STAY = "it is a link out of the folder"
#: Patterns of names by kind; a `*` does not reach over a `/`.
_KNOWN = {
    MODEL: (
        *("model.safetensors", "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"),
        *("sample.png", "sample.mp3"),
        *(
            "chat_template.jinja",
            "metrics.json",
            "training.yaml",
            "tunes.dat",
            "mixture.safetensors",
            "evaluation.json",
            "card.yaml",
        ),
        *(
            "loss_curve.png",
            "bits_per_column.png",
            "metrics.png",
            "histograms.png",
            "LICENSE",
            CARD,
            "onnx/*.onnx",
            "*.gguf",
        ),
    ),
    DATASET: (_DATA, "plots/*.png", "stats.json", "croissant.json", "LICENSE", CARD),
    SPACE: tuple(
        f"{folders}*{suffix}"
        for folders in ("", "*/", "*/*/", "*/*/*/")
        for suffix in (
            *(".py", ".txt", ".md", ".html", ".css", ".js", ".mjs", ".json", ".jinja", ".yaml", ".svg", ".png"),
            *(".ico", ".woff2", ".onnx", ".wasm", ".safetensors", ".dat", ".sf2", ".sf3", ".mid", ".wav", "LICENSE"),
        )
    ),
}
#: Files that leave the repository where the folder has them no more: old parts of a split would be read.
STALE = {DATASET: _DATA}
_SDK = re.compile(r"^sdk:\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is pushed.

    Attributes:
        kind: "model", "dataset" or "space".
        files: file on this machine by its name in the repository.
        left_out: what of the folder stays, each with its reason.
        sdk: what a Space runs on, such as "gradio".
    """

    kind: str
    files: dict[str, Path]
    left_out: dict[str, str] = field(default_factory=dict)
    sdk: str | None = None

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files.values())


def kind_of(folder: Path) -> str:
    """Whether a folder is a model, a dataset or a Space.

    Raises:
        InputError: it is none of them; the message says what it is instead.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: name a model, dataset or Space folder, or `shipped`")
    if (folder / "model.safetensors").is_file() and (folder / "config.json").is_file():
        return MODEL
    if any((folder / "data").glob("*.parquet")) and (folder / "stats.json").is_file():
        return DATASET
    if sdk_of(folder):
        return SPACE
    raise InputError(f"{folder} is neither a model nor a dataset nor a Space folder: {_instead(folder)}")


def _instead(folder: Path) -> str:
    if (folder / "checkpoints").is_dir():
        return "it holds an unfinished run, which `basstab train --resume` ends"
    if (folder / "search.yaml").is_file():
        return f"it holds a search: push {folder / 'model'}"
    if (folder / "tokenizer.json").is_file():
        return f"it holds a tokenizer alone: BassTabTokenizer.from_pretrained({str(folder)!r}).push_to_hub(REPO_ID)"
    return "`basstab train`, `basstab build` and `basstab push --space` make such folders"


def sdk_of(folder: Path) -> str | None:
    """What a Space runs on, by the head of its README.md; None for other folders."""
    path = folder / CARD
    if not path.is_file():
        return None
    head = re.match(r"---\n(.*?)\n---", path.read_text(encoding="utf-8", errors="replace"), re.DOTALL)
    match = _SDK.search(head[1]) if head else None
    return match[1] if match else None


def gather(folder: Path, staging: Path, *, public: bool) -> Contents:
    """The files of a folder that go up; what has to be made for it is written into `staging`.

    Args:
        public: refuse what is not known to be free.

    Raises:
        InputError: no such folder, a model that cannot be used, or one that may not be published.
    """
    kind = kind_of(folder)
    within = _reach(folder)
    names = {path.relative_to(folder).as_posix(): path for path in _walk(folder, within)}
    files = {name: path for name, path in names.items() if _is_known(kind, name) and not _leads_out(path, within)}
    left_out = _shortened(sorted(set(names) - set(files)))
    left_out |= {name: _WHY_LINKS_STAY for name, path in names.items() if _leads_out(path, within)}
    if kind != SPACE:
        _check_links(folder, kind, left_out)
    odd = [name for name in files if not name.isprintable()]
    left_out |= {repr(name)[1:-1]: _WHY_NAMES_STAY for name in odd if files.pop(name)}
    if kind == MODEL:
        _complete_model(folder, staging, files, left_out)
    if public and kind != SPACE:
        check_rights(folder)
    return Contents(kind, dict(sorted(files.items())), left_out, sdk_of(folder) if kind == SPACE else None)


def _reach(folder: Path) -> tuple[Path, ...]:
    """Where links of a folder may lead: into itself, and of a snapshot in the Hub's cache to the files kept there."""
    within = folder.resolve()
    return (within, within.parents[1] / "blobs") if within.parent.name == "snapshots" else (within,)


def check_links(folder: Path) -> None:
    """Refuse a model or dataset of which something that belongs to it is a link out of the folder.

    Raises:
        InputError: there is such a link.
    """
    within = _reach(folder)
    names = (path.relative_to(folder).as_posix() for path in _walk(folder, within) if _leads_out(path, within))
    _check_links(folder, kind_of(folder), dict.fromkeys(names, _WHY_LINKS_STAY))


def _check_links(folder: Path, kind: str, left_out: Mapping[str, str]) -> None:
    """Refuse a model or dataset of which something that belongs to it would stay.

    Raises:
        InputError: there is such a link.
    """
    for name in (name for name, why in left_out.items() if why == _WHY_LINKS_STAY):
        if _is_known(kind, name) or any(known.startswith(f"{name}/") for known in _KNOWN[kind]):
            raise InputError(f"{folder / name} is a link out of the folder: put what it leads to in its place")


def _walk(folder: Path, within: tuple[Path, ...], above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """All files below a folder but those of version control and caches of Python; links that lead out as they are.

    Args:
        within: links out of these are not followed.
        above: folders that this one lies in, for links that lead back.
    """
    above = (*above, folder.resolve())
    for path in sorted(folder.iterdir()):
        if path.is_file() or _leads_out(path, within):
            yield path
        elif path.is_dir() and path.name not in (".git", "__pycache__") and path.resolve() not in above:
            yield from _walk(path, within, above)


def _leads_out(path: Path, within: tuple[Path, ...]) -> bool:
    return path.exists() and not any(path.resolve().is_relative_to(reach) for reach in within)


def _is_known(kind: str, name: str) -> bool:
    if any(part.startswith(".") for part in name.split("/")):
        return False
    if kind == MODEL and name.endswith(".py"):
        from basstab_hf.model.folder import model_code

        return name in model_code()
    return any(name.count("/") == known.count("/") and fnmatchcase(name, known) for known in _KNOWN[kind])


def _shortened(names: list[str]) -> dict[str, str]:
    """Name a folder of which nothing goes up once, instead of each of its files."""
    return dict.fromkeys(dict.fromkeys(name.partition("/")[0] + "/" * ("/" in name) for name in names), _WHY_IT_STAYS)


def _complete_model(folder: Path, staging: Path, files: dict[str, Path], left_out: dict[str, str]) -> None:
    """Code for whoever has no package, ONNX for pages in a browser, GGUF for llama.cpp, no paths of this machine."""
    from basstab_hf.model.folder import add_code, load_tokenizer, model_code
    from basstab_hf.model.gguf_export import GGUF_FILE, UnsuitedError, write_gguf
    from basstab_hf.model.onnx_export import ONNX_FILE, write_onnx

    _check_auto_maps(folder)
    shutil.copyfile(folder / "config.json", staging / "config.json")
    add_code(staging)
    template = str(load_tokenizer(folder).chat_template)
    (staging / _TEMPLATE).write_text(template, encoding="utf-8")
    code = {**model_code(), _TEMPLATE: template}
    files |= {name: staging / name for name in (*code, "config.json")}
    left_out |= {name: _WHY_CODE_STAYS for name, text in code.items() if _is_other(folder / name, text)}
    if "metrics.json" in files:
        files["metrics.json"] = _without_paths(files["metrics.json"], staging)
    if "evaluation.json" in files:
        files["evaluation.json"] = _without_paths(files["evaluation.json"], staging)
    for name in [name for name in files if name in (ONNX_FILE, GGUF_FILE)]:
        del files[name]  # of weights that may be others
    try:
        files[ONNX_FILE] = write_onnx(folder, staging)
    except MissingExtraError as error:
        left_out[ONNX_FILE] = str(error)
    try:
        files[GGUF_FILE] = write_gguf(folder, staging / GGUF_FILE, about_model(folder, folder.name))
    except (MissingExtraError, UnsuitedError) as error:
        left_out[GGUF_FILE] = str(error)


def _check_auto_maps(folder: Path) -> None:
    """Refuse a model that would run somebody else's code in whoever trusts this repository.

    Raises:
        InputError: an `auto_map` names other code than ours, of the folder or of another repository.
    """
    for name, ours in ((_CONFIG, {}), (_TOKENIZER, {"AutoTokenizer": [None, "tokenization_basstab.BassTabTokenizer"]})):
        found = read_json(folder / name).get("auto_map") or ours
        if found != ours:
            raise InputError(
                f"{folder / name}: auto_map names code that is not ours ({one_line(json.dumps(found))}): take it out, "
                "or push with huggingface_hub"
            )
    if "chat_template" in read_json(folder / _TOKENIZER):
        raise InputError(f"{folder / _TOKENIZER}: chat_template is ours to write: take it out")


def _is_other(path: Path, text: str) -> bool:
    """Whether a file is there with another content than this."""
    return path.is_file() and path.read_bytes() != text.encode()


def about_model(folder: Path, name: str) -> About:
    """What a GGUF file says of a model: what its card.yaml says; `name` where that has none."""
    from basstab_hf.model.gguf_export import About

    facts = read_facts(folder)
    return About(facts.name or name, facts.authors or "", facts.licence or "", facts.data or "", TAGS)


def _without_paths(path: Path, staging: Path) -> Path:
    """Put a JSON file into `staging` in which folders of this machine are named by their last part only."""
    figures = read_json(path)
    before = json.dumps(figures)
    for holder, key in ((figures.get("dataset"), "source"), (figures, "dataset"), (figures, "model")):
        if isinstance(holder, dict) and isinstance(holder.get(key), str):
            holder[key] = plain_name(holder[key])
    if json.dumps(figures) == before:
        return path
    (staging / path.name).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return staging / path.name


def check_rights(folder: Path) -> None:
    """Refuse to publish a dataset with rows that are not known to be free, or a model that was trained on such.

    Raises:
        InputError: there are such rows, or nothing is known of their rights.
    """
    check_public(str(folder), _licences(kind_of(folder), folder))


def _licences(kind: str, folder: Path) -> dict[str, int]:
    """The notes on rights that rows carry, or that a model keeps of those it was trained on."""
    from basstab_hf.dataset.load import count_licences
    from basstab_hf.dataset.rows import SPLITS

    if kind == DATASET:
        return count_licences(str(folder), list(SPLITS))
    if read_facts(folder).rights:  # whoever made it has said so
        return {"own work": 1}
    return trained_on(folder)


def trained_on(folder: Path) -> dict[str, int]:
    """Pieces that a model was trained on, by the note on their rights; none where metrics.json does not tell."""
    licences = read_json(folder / "metrics.json").get("dataset", {}).get("licences", {})
    return {str(licence): int(count) for licence, count in licences.items()}
