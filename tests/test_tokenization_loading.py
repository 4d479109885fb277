"""The four ways to load a saved tokenizer, each in a process of its own; what is no tokenizer of ours."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models

from basstab_hf import BassTabTokenizer
from basstab_hf.errors import InputError
from basstab_hf.generate.model_words import ModelWords
from basstab_hf.model.folder import load_tokenizer
from basstab_hf.tokenizer.control_words import RESERVED
from basstab_hf.tokenizer.tab_words import column_text
from basstab_hf.tokenizer.token_kinds import KINDS
from tests.test_columns import SEED_TAB
from tests.test_tokenization import STEERED, TEXTS

ALL = [SEED_TAB, f"{SEED_TAB}\n\nGb|5|\nDb|-|\nAb|-|\nEb|-|", STEERED, f"{STEERED}\n<eos>".replace("\n", "\r\n")]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A saved tokenizer of each kind, beside a model's config.json as in a model folder."""
    root = tmp_path_factory.mktemp("tokenizers")
    for kind in KINDS:
        BassTabTokenizer.from_column_texts(TEXTS, min_count=1, kind=kind).save_pretrained(root / kind)
        (root / kind / "config.json").write_text('{"model_type": "gpt2"}')
    return {kind: root / kind for kind in KINDS}


def _in_a_clean_process(program: str, *arguments: object) -> dict[str, dict[str, object]]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


WITHOUT_PACKAGE = """
import json, sys
sys.modules["basstab_hf"] = None
from transformers import AutoTokenizer
tabs, words = json.loads(sys.argv[1])
found = {}
for folder in sys.argv[2:]:
    stock = AutoTokenizer.from_pretrained(folder)
    trusted = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
    found[folder] = {
        "names": [type(stock).__name__, type(trusted).__name__],
        "stock": stock(words)["input_ids"],
        "words": [stock.decode(ids).strip() for ids in stock(words, add_special_tokens=False)["input_ids"]],
        "chat": [stock.apply_chat_template([{"role": "user", "content": tab}])["input_ids"] for tab in tabs],
        "trusted": trusted(tabs)["input_ids"],
        "printed": [trusted.decode(ids, skip_special_tokens=True) for ids in trusted(tabs)["input_ids"]],
        "visible": [stock.unk_token_id in ids for ids in stock(tabs)["input_ids"]],
    }
print(json.dumps(found))
"""


def test_stock_and_trusted_classes_need_no_package(folders: dict[str, Path]) -> None:
    words = [column_text(tab) for tab in ALL]
    found = _in_a_clean_process(WITHOUT_PACKAGE, json.dumps([ALL, words]), *folders.values())
    for kind, folder in folders.items():
        ours, said = BassTabTokenizer.from_pretrained(str(folder)), found[str(folder)]
        ids = ours(ALL)["input_ids"]
        assert said["names"] == ["TokenizersBackend", "BassTabTokenizer"], kind
        assert said["stock"] == said["chat"] == said["trusted"] == ids, kind
        assert said["words"] == words, kind
        assert said["printed"] == ours.batch_decode(ids, skip_special_tokens=True), kind
        assert all(said["visible"]), kind  # a raw tab given to the stock class does not pass silently


REGISTERED = """
import json, sys
import basstab_hf
basstab_hf.register()
basstab_hf.register()
from transformers import AutoTokenizer
names = {folder: [type(AutoTokenizer.from_pretrained(folder)).__name__] for folder in sys.argv[1:]}
names["direct"] = [basstab_hf.BassTabTokenizer.from_pretrained(sys.argv[1]).kind]
print(json.dumps(names))
"""


def test_auto_tokenizer_gives_ours_once_registered_and_leaves_others_alone(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    alone, other = tmp_path / "alone", tmp_path / "other"
    shutil.copytree(folders["note"], alone, ignore=shutil.ignore_patterns("config.json"))
    other.mkdir()
    Tokenizer(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>")).save(str(other / "tokenizer.json"))
    (other / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    found = _in_a_clean_process(REGISTERED, *folders.values(), alone, other)
    ours = {str(folder): ["BassTabTokenizer"] for folder in [*folders.values(), alone]}
    assert found == {**ours, str(other): ["TokenizersBackend"], "direct": ["column"]}


@pytest.mark.slow
def test_register_leaves_remote_code_of_others_to_them(tmp_path: Path) -> None:
    """A folder of another project with the same general class name and code that its user trusts."""
    Tokenizer(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>")).save(str(tmp_path / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "auto_map": {"AutoTokenizer": [None, "theirs.Theirs"]}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    (tmp_path / "theirs.py").write_text(
        "from transformers import TokenizersBackend\nclass Theirs(TokenizersBackend): pass\n"
    )
    program = (
        REGISTERED.replace("(folder)", "(folder, trust_remote_code=True)").split("names[")[0]
        + "print(json.dumps(names))"
    )
    assert _in_a_clean_process(program, tmp_path) == {str(tmp_path): ["Theirs"]}


def test_the_files_are_what_transformers_4_and_5_load(folders: dict[str, Path]) -> None:
    for kind, folder in folders.items():
        config = json.loads((folder / "tokenizer_config.json").read_text())
        assert config["tokenizer_class"] == "PreTrainedTokenizerFast"  # 4.57 refuses a name that it does not know
        assert config["auto_map"] == {"AutoTokenizer": [None, "tokenization_basstab.BassTabTokenizer"]}
        assert (config["basstab_format"], config["basstab_kind"]) == (3, kind)
        assert "extra_special_tokens" not in config  # 4.57 takes no list there
        content = json.loads((folder / "tokenizer.json").read_text())
        assert content["model"]["type"] == "BPE"
        assert [token["content"] for token in content["added_tokens"]] == list(RESERVED)
        plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
        assert plain.encode(TEXTS[1]).ids == BassTabTokenizer.from_pretrained(str(folder))(TEXTS[1])["input_ids"]


def test_saving_what_was_loaded_changes_nothing(folders: dict[str, Path], tmp_path: Path) -> None:
    BassTabTokenizer.from_pretrained(str(folders["note"])).save_pretrained(tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folders["note"] / path.name).read_bytes()


_TWICE = {"type": "Replace", "pattern": {"String": "-"}, "content": "--"}


@pytest.mark.parametrize(
    ("part", "foreign", "message"),
    [
        ("normalizer", {"type": "Sequence", "normalizers": [_TWICE] * 30}, r"has a normalizer of its own \(Replace\)"),
        ("decoder", {"type": "Sequence", "decoders": [_TWICE] * 30}, r"has a decoder of its own \(Replace\)"),
        ("decoder", _TWICE | {"content": "-" * 1000}, "has a decoder of 1,?[0-9]* characters, up to 300 are read"),
        ("pre_tokenizer", {"type": "Whitespace"}, r"has a pre_tokenizer of its own \(Whitespace\)"),
    ],
)
def test_a_tokenizer_that_does_what_ours_never_do_is_refused(
    folders: dict[str, Path], tmp_path: Path, part: str, foreign: dict[str, Any], message: str
) -> None:
    folder = shutil.copytree(folders["column"], tmp_path / "tokenizer")
    content = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps(content | {part: foreign}))
    for load in (load_tokenizer, ModelWords.of_folder):
        with pytest.raises(InputError, match=message) as told:
            load(folder)
        assert "\n" not in str(told.value)


def test_a_foreign_chat_template_does_not_go_on(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(folders["note"], tmp_path / "tokenizer")
    (folder / "chat_template.jinja").write_text("{{ 'theirs' }}")
    load_tokenizer(folder).save_pretrained(tmp_path / "again")
    ours = (folders["note"] / "chat_template.jinja").read_text()
    assert (tmp_path / "again" / "chat_template.jinja").read_text() == ours


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("tokenizer_config.json", {}, "is not of basstab_hf, or older than its format 2; .*`basstab tokenizer"),
        ("tokenizer_config.json", {"basstab_format": 4}, "is of format 4; this version reads format 2 or 3"),
        ("tokenizer.json", None, "is not of basstab_hf"),
    ],
)
def test_a_tokenizer_of_another_package_or_version_is_told(
    folders: dict[str, Path], tmp_path: Path, name: str, content: dict[str, int] | None, message: str
) -> None:
    folder = shutil.copytree(folders["column"], tmp_path / "tokenizer")
    if content is None:
        Tokenizer(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>")).save(str(folder / name))
    else:
        (folder / name).write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        BassTabTokenizer.from_pretrained(str(folder))


@pytest.mark.parametrize("tab", ["hello\nworld", "G|--\nD|-\nA|--\nE|--", "G|- -\nD|---\nA|---\nE|---"])
def test_the_chat_template_refuses_what_is_no_clean_tab(folders: dict[str, Path], tab: str) -> None:
    tokenizer = BassTabTokenizer.from_pretrained(str(folders["column"]))
    with pytest.raises(Exception, match="`basstab recognise FILE`"):
        tokenizer.apply_chat_template([{"role": "user", "content": tab}])
