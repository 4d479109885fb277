"""`basstab push` and a Hub on this machine: what goes up, what stays, what may be published, and what goes wrong."""

import errno
import json
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import DatasetCard, ModelCard, constants

from basstab_hf import cli
from basstab_hf.errors import HubError, InputError, OutputError
from basstab_hf.generate import Request, generate_tab
from basstab_hf.hub import connection, locate
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.model.folder import model_code
from basstab_hf.publish import push
from basstab_hf.publish.card_mark import is_ours
from tests.conftest import needs_npm
from tests.hub_server import OTHER_TOKEN, TOKEN, HubServer

STAYS = (".env", "optimizer.pt", "training_args.bin", "train.log", "notes.txt", "checkpoints/")
CARD = "---\ntitle: A page\nsdk: static\n---\n# A page\n"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, without waiting."""
    found: list[float] = []
    monkeypatch.setattr("time.sleep", found.append)
    return found


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    """A Hub, and this process logged in to it."""
    with HubServer() as server:
        template = f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield server


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """The folder of a Space with two files that are large for the Hub, the cheapest thing to push."""
    folder = tmp_path / "space"
    (folder / "model").mkdir(parents=True)
    (folder / "README.md").write_text(CARD)
    (folder / "index.html").write_text("<p>tabs</p>")
    (folder / "model" / "a.onnx").write_bytes(bytes(range(256)) * 40)
    (folder / "model" / "b.onnx").write_bytes(bytes(range(255, -1, -1)) * 40)
    return folder


def basstab(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Status, stdout and stderr of a command line."""
    status = cli.main(list(map(str, arguments)))
    return (status, *capsys.readouterr())


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of a few kilobytes that never learnt anything, with what a user's disk has around it."""
    from basstab_hf.model.folder import save_model
    from basstab_hf.model.gpt2 import new_model
    from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer

    folder = tmp_path_factory.mktemp("small") / "my-model"
    tokenizer = BassTabTokenizer.from_column_texts(["GDAE |||| ---- ---3 5--- |||| <END>"] * 2)
    save_model(new_model({"n_layer": 1, "n_head": 1, "n_embd": 8, "n_positions": 128}, tokenizer), tokenizer, folder)
    about = {"source": "/home/somebody/private-name/tabs", "pieces": {"train": 7, "validation": 1}}
    metrics = {"parameters": 1, "dataset": about, "validation": {"bits_per_column": 1.5}}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    for name in (
        ".env",
        "optimizer.pt",
        "training_args.bin",
        "train.log",
        "notes.txt",
        "checkpoints/1/model.safetensors",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(TOKEN)
    return folder


# What goes up.


@pytest.mark.slow
def test_the_model_of_the_package_goes_up_complete_once_and_keeps_a_card_of_somebody_else(
    hub: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, told = basstab(capsys, "push", "shipped", "tabs", "--message", "First tabs")
    assert (status, out.strip()) == (0, f"{hub.url}/me/tabs")
    files = hub.files("me/tabs")
    assert {path.name for path in shipped_model().iterdir()} < set(files)
    assert {
        "onnx/model.onnx",
        "model-F16.gguf",
        "handler.py",
        "pipeline_basstab.py",
        "tokenization_basstab.py",
        "columns.py",
    } < set(files)
    assert json.loads(files["config.json"])["custom_pipelines"]["bass-tab-generation"]["pt"] == ["AutoModelForCausalLM"]
    card = files["README.md"].decode()
    assert is_ours(card)
    assert 'model="me/tabs"' in card
    assert "path/to" not in card
    status, out, told = basstab(capsys, "push", "shipped", "me/tabs")
    assert "nothing changed, so there is no new commit" in told
    hub.edit("me/tabs", "README.md", card.replace("## Intended use", "## What it is for").encode())
    hub.edit("me/tabs", "training.yaml", b"about: older\n")
    status, out, told = basstab(capsys, "push", "shipped", "me/tabs")
    assert "README.md was changed on the Hub, and stays" in told
    assert "1 file changed" in told
    assert b"## What it is for" in hub.files("me/tabs")["README.md"]
    basstab(capsys, "push", "shipped", "me/tabs", "--force")
    assert hub.files("me/tabs") == files
    messages = hub.repos["model", "me/tabs"].messages
    assert messages == ["initial commit", "First tabs", "edited", "edited", *["Push model with basstab"] * 2]
    data = ModelCard.load("me/tabs").data
    measured = json.loads((shipped_model() / "evaluation.json").read_text())["bits_per_column"]
    shown = {result.metric_type: result.metric_value for result in data.eval_results}["bits_per_column"]
    assert shown == pytest.approx(measured, abs=1e-4)
    ModelCard.load("me/tabs").validate()
    request = Request(bars=2, seed=3)
    assert generate_tab("me/tabs", request).text == generate_tab(None, request).text


def test_a_model_by_its_id_is_fetched_without_code_and_then_found_in_the_cache(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, small_model: Path
) -> None:
    push(small_model, "me/small", rights_cleared=True)
    push(small_model, "me/small", rights_cleared=True, revision="v1")
    folder = locate.locate_model("me/small@v1")
    names = {path.name for path in folder.rglob("*")}
    assert {"model.safetensors", "tokenizer.json", "config.json"} < names
    assert not any(name.endswith((".py", ".onnx")) for name in names)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert locate.locate_model("me/small@v1") == folder
    with pytest.raises(HubError, match="me/none is no folder here, and from the Hub: HF_HUB_OFFLINE is set"):
        locate.locate_model("me/none")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(HubError, match=r"me/small@v9 is no folder here, .* check the name and the revision"):
        locate.locate_model("me/small@v9")
    with pytest.raises(InputError, match="neither a folder here nor a repository on the Hub"):
        locate.locate_model("me/no name")
    assert locate.locate_model("./nothing") == Path("nothing")
    assert locate.locate_model(None) == shipped_model()


def test_of_a_model_only_what_is_known_goes_up_and_no_path_of_this_machine(
    hub: HubServer, small_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, told = basstab(capsys, "push", small_model, "me/small", "--private", "--debug")
    assert status == 0
    assert hub.repos["model", "me/small"].private
    files = hub.files("me/small")
    assert not any(TOKEN.encode() in content for content in files.values())
    assert not any(b"somebody" in content for content in files.values())
    assert not any(str(small_model).encode() in content for content in files.values())
    for name in STAYS:
        assert f"left out {name}: " in told
    card = files["README.md"].decode()
    assert "license" not in ModelCard(card).data.to_dict()
    assert "trained from scratch on the dataset tabs: 7 pieces" in " ".join(card.split()).lower()
    assert not {"## Originality", "## Filling in bars", "loss_curve.png", "unigram"} & set(card.split("\n"))
    assert "| validation | 1.500 | - |" in card


def test_a_model_without_its_package_for_onnx_is_pushed_and_says_so(
    small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    planned = push(small_model, "me/small", private=True, dry_run=True)
    assert "onnx/model.onnx" not in planned.files
    assert 'pip install "basstab-hf[onnx]"' in planned.left_out["onnx/model.onnx"]


def test_a_dry_run_lists_files_and_sizes_and_asks_nobody(
    small_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("a dry run has no business in the network")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    status, out, told = basstab(capsys, "push", small_model, "tabs", "--dry-run", "--private")
    assert status == 0
    listed = dict(line.split() for line in out.splitlines()[:-1])
    assert int(listed["model.safetensors"].replace(",", "")) == (small_model / "model.safetensors").stat().st_size
    total = sum(int(size.replace(",", "")) for size in listed.values())
    assert out.splitlines()[-1].split() == [f"{total:,}", "bytes", "in", str(len(listed)), "files"]
    assert "a model; nothing was sent" in told
    status, out, _ = basstab(capsys, "push", small_model, "tabs", "--dry-run", "--private", "--json")
    found = json.loads(out)
    assert (found["dry_run"], found["kind"], found["bytes"], found["commit"]) == (True, "model", total, "")


def test_a_dataset_goes_up_with_its_card_and_old_parts_of_it_go(
    hub: HubServer, riff_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "dataset"
    shutil.copytree(riff_dataset, folder)
    (folder / "pages.jsonl").write_text("{}")
    status, _, told = basstab(capsys, "push", folder, "me/riffs")
    assert status == 1
    assert "60 of 60 pieces do not say that they may be shared" in told
    assert "add --private, or --rights-cleared" in told
    assert not hub.repos
    status, out, told = basstab(capsys, "push", folder, "me/riffs", "--rights-cleared")
    assert (status, out.strip()) == (0, f"{hub.url}/datasets/me/riffs")
    assert "left out pages.jsonl" in told
    assert b'load_dataset("me/riffs")' in hub.files("me/riffs", "dataset")["README.md"]
    assert b"PATH_OR_REPO" not in hub.files("me/riffs", "dataset")["README.md"]
    croissant = json.loads(hub.files("me/riffs", "dataset")["croissant.json"])
    assert croissant["url"] == "https://huggingface.co/datasets/me/riffs"
    DatasetCard(hub.files("me/riffs", "dataset")["README.md"].decode()).validate(repo_type="dataset")
    (folder / "data" / "train-00000-of-00001.parquet").rename(folder / "data" / "train-00000-of-00002.parquet")
    assert push(folder, "me/riffs", rights_cleared=True).changed == (
        "data/train-00000-of-00002.parquet",
        "data/train-00000-of-00001.parquet",
    )
    assert "data/train-00000-of-00001.parquet" not in hub.files("me/riffs", "dataset")
    with pytest.raises(HubError, match="is there and public, --private would not hide it"):
        push(folder, "me/riffs", private=True)


def test_a_space_replaces_what_the_hub_itself_put_there(hub: HubServer, space: Path) -> None:
    pushed = push(space, "me/page", revision="try")
    assert (pushed.kind, pushed.card_kept) == ("space", False)
    assert hub.repos["space", "me/page"].sdk == "static"
    assert b"# A page" in hub.files("me/page", "space", "try")["README.md"]
    assert b"Untitled" in hub.files("me/page", "space")["README.md"]
    (space / "README.md").write_text(CARD.replace("# A page", "# My page"))
    assert push(space, "me/page", revision="try").changed == ("README.md",)


def test_of_a_space_no_link_leads_elsewhere_and_odd_names_stay(
    hub: HubServer, space: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "diary.txt").write_text("secret")
    (space / "link.txt").symlink_to(tmp_path / "private" / "diary.txt")
    (space / "elsewhere").symlink_to(tmp_path / "private")
    (space / "around").symlink_to(space)
    (space / "nowhere.txt").symlink_to(tmp_path / "none")
    (space / "again.html").symlink_to(space / "index.html")
    kept = ("a space.txt", "名前 ü.txt", "a?b#c%41.txt", "empty.txt", "empty.onnx")
    for name in (*kept, "two\nlines.txt", "\udcff.txt"):
        (space / name).touch()
    status, _, told = basstab(capsys, "push", space, "me/page")
    assert status == 0
    assert "left out link.txt: it is a link out of the folder" in told
    assert "left out elsewhere: it is a link out of the folder" in told
    assert r"left out two\nlines.txt: its name has characters that cannot be printed" in told
    files = hub.files("me/page", "space")
    assert set(files) == {
        *kept,
        ".gitattributes",
        "README.md",
        *("again.html", "index.html", "model/a.onnx", "model/b.onnx"),
    }
    assert files["again.html"] == files["index.html"]
    assert push(space, "me/page").changed == ()


def test_a_model_may_be_links_as_a_cache_keeps_it(small_model: Path, tmp_path: Path) -> None:
    folder, blobs = tmp_path / "snapshots" / "c0ffee", tmp_path / "blobs"
    shutil.copytree(small_model, blobs)
    folder.mkdir(parents=True)
    for path in blobs.iterdir():
        (folder / path.name).symlink_to(path)
    planned = push(folder, "me/x", private=True, dry_run=True).files
    assert planned == push(small_model, "me/x", private=True, dry_run=True).files


def test_no_link_of_a_model_goes_into_a_space(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret.json").write_text("{}")
    model = shutil.copytree(small_model, tmp_path / "model")
    (model / "generation_config.json").unlink()
    (model / "generation_config.json").symlink_to(tmp_path / "secret.json")
    made = ("push", "--space", "me/demo", "--static", "--model", model, "--private", "--dry-run")
    status, _, told = basstab(capsys, *made)
    assert status == 1
    assert "generation_config.json is a link out of the folder: put what it leads to in its place" in told


@pytest.mark.parametrize("name", ["LICENSE", "plots", "README.md"])
def test_a_dataset_or_model_with_a_link_out_of_it_is_not_pushed(small_model: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "diary").write_text("secret")
    model, data = shutil.copytree(small_model, tmp_path / "model"), tmp_path / "dataset"
    (data / "data").mkdir(parents=True)
    (data / "data" / "train.parquet").touch()
    (data / "stats.json").write_text("{}")
    for folder in (model, data):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(tmp_path / "diary")
        (folder / "diary.txt").symlink_to(tmp_path / "diary")
    with pytest.raises(InputError, match=f"{name} is a link out of the folder: put what it leads to in its place"):
        push(data, "me/x", private=True, dry_run=True)
    if name != "plots":
        with pytest.raises(InputError, match=f"{name} is a link out of the folder"):
            push(model, "me/x", private=True, dry_run=True)


def test_code_that_is_not_ours_does_not_go_up_with_a_model(hub: HubServer, small_model: Path, tmp_path: Path) -> None:
    model = shutil.copytree(small_model, tmp_path / "model")
    code = model_code()
    for name in (*code, "evil.py"):
        (model / name).parent.mkdir(exist_ok=True)
        (model / name).write_text("raise SystemExit('theirs')")
    left_out = push(model, "me/x", private=True).left_out
    files = hub.files("me/x")
    assert {name: files[name] for name in code} == {name: text.encode() for name, text in code.items()}
    assert "evil.py" not in files
    assert left_out["handler.py"] == "it is not this version's code, which goes up in its place"


def test_a_chat_template_goes_up_as_this_version_writes_it(hub: HubServer, small_model: Path, tmp_path: Path) -> None:
    model = shutil.copytree(small_model, tmp_path / "model")
    ours = (model / "chat_template.jinja").read_bytes()
    (model / "chat_template.jinja").write_text("{{ theirs }}")
    left_out = push(model, "me/x", private=True).left_out
    assert hub.files("me/x")["chat_template.jinja"] == ours
    assert left_out["chat_template.jinja"] == "it is not this version's code, which goes up in its place"
    assert "chat_template.jinja" not in push(small_model, "me/x", private=True).left_out


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("config.json", {"auto_map": {"AutoModelForCausalLM": "other/repo--modeling_x.Model"}}, "auto_map names code"),
        ("config.json", {"auto_map": {"AutoModelForCausalLM": "modeling_x.Model"}}, "auto_map names code"),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": [None, "x.Tokenizer"]}}, "auto_map names code"),
        ("tokenizer_config.json", {"chat_template": "{{ theirs }}"}, "chat_template is ours to write"),
    ],
)
def test_a_model_that_names_code_of_others_is_not_pushed(
    small_model: Path, tmp_path: Path, name: str, value: dict[str, Any], told: str
) -> None:
    model = shutil.copytree(small_model, tmp_path / "model")
    (model / "modeling_x.py").write_text("raise SystemExit('theirs')")
    (model / name).write_text(json.dumps(json.loads((model / name).read_text()) | value))
    with pytest.raises(InputError, match=f"{name}: {told}"):
        push(model, "me/x", private=True, dry_run=True)


def test_an_organisation_is_pushed_to_by_its_members(hub: HubServer, space: Path) -> None:
    assert push(space, "band/page", private=True).url == f"{hub.url}/spaces/band/page"
    assert hub.repos["space", "band/page"].private
    (space / "index.html").write_text("more")
    assert push(space, "band/page").changed == ("index.html",)
    with pytest.raises(HubError, match="the token has no right to band/page"):
        push(space, "band/page", token=OTHER_TOKEN)


@needs_npm
@pytest.mark.slow
def test_a_static_space_is_made_for_a_model_and_pushed(
    hub: HubServer, small_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, told = basstab(capsys, "push", "--space", "me/demo", "--static", "--model", small_model)
    assert status == 1
    assert "nothing says whose tabs it was trained on" in told
    status, out, _ = basstab(capsys, "push", "--space", "me/demo", "--static", "--model", small_model, "--private")
    assert (status, out.strip()) == (0, f"{hub.url}/spaces/me/demo")
    assert {"index.html", "worker.js", "manifest.json", "prepared.json"} < set(hub.files("me/demo", "space"))


def test_a_readme_by_hand_goes_up_as_it_is(small_model: Path, tmp_path: Path, hub: HubServer) -> None:
    folder = tmp_path / "model"
    shutil.copytree(small_model, folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# My own words\n")
    push(folder, "me/own", rights_cleared=True)
    assert hub.files("me/own")["README.md"].decode().startswith("---\nlicense: mit\n---\n# My own words\n")
    (folder / "README.md").write_text('---\nlicense: mit\n---\n# Other words\n`generate_tab("path/to/this/folder")`\n')
    assert push(folder, "me/own", rights_cleared=True).changed == ("README.md",)
    assert '`generate_tab("me/own")`' in hub.files("me/own")["README.md"].decode()
    (folder / "README.md").write_text("---\nlicense: [1]\n---\n")
    with pytest.raises(InputError, match=r'the Hub does not take the head of README.md: .*"license" must be a string'):
        push(folder, "me/own", rights_cleared=True)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ((), "neither a model nor a dataset nor a Space folder"),
        (("checkpoints/x", "training.yaml"), "an unfinished run, which `basstab train --resume` ends"),
        (("search.yaml",), "it holds a search: push .*model"),
        (("tokenizer.json",), "a tokenizer alone: BassTabTokenizer.from_pretrained"),
        (("README.md",), "neither a model"),
    ],
)
def test_a_folder_of_another_kind_is_told(tmp_path: Path, files: tuple[str, ...], message: str) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=message):
        push(tmp_path, "me/x", dry_run=True)
    with pytest.raises(InputError, match="is no folder: name a model, dataset or Space folder, or `shipped`"):
        push(tmp_path / "none", "me/x", dry_run=True)


@pytest.mark.parametrize("repo_id", ["a/b/c", "..", "me/my tabs", "", "/x", "me/", "me/a--b", "me/x.git", "-x", "é/x"])
def test_what_is_no_repository_is_refused_before_anything(repo_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="is no repository of the Hub: name one as USER/NAME"):
        push("nowhere", repo_id)


@pytest.mark.parametrize(
    "name",
    ["a b", "..", "-x", "a..b", "x.lock", "/x", "x/", "x//y", ".x", "x.", "main@{1}", "@", "a\nb", "x:y", "\x7f"],
)
def test_what_is_no_branch_is_refused_before_anything(name: str) -> None:
    with pytest.raises(InputError, match="is no name of a branch: use letters, digits"):
        push("nowhere", "me/x", revision=name)


@pytest.mark.parametrize("name", ["v1.0", "feature/x", "é", "refs/pr/1"])
def test_what_is_a_branch_is_taken(space: Path, name: str) -> None:
    assert push(space, "me/x", revision=name, dry_run=True).kind == "space"


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["push", "me/x"], ["push", "--space", "model", "me/x"]):
        with pytest.raises(SystemExit) as left:
            cli.main(wrong)
        assert left.value.code == 2
    assert "name PATH and REPO_ID, or --space and REPO_ID alone" in capsys.readouterr().err
    status, _, told = basstab(capsys, "push", "model", "me/x", "--static")
    assert status == 1
    assert "add --space" in told


# What goes wrong.


LINES = {
    401: "the Hub does not accept the token: log in with `hf auth login`",
    403: "the token has no right to me/page",
    404: "me/page is not on the Hub, or the token may not see it",
    429: "the Hub has had too many requests",
    503: r"the Hub is in trouble \(503\): try again later; the same command goes on",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *(("whoami", 401), ("whoami", 503), ("create", 403), ("tree", 404), ("preupload", 403)),
        *(("batch", 401), ("put", 403), ("put", 503), ("commit", 403), ("commit", 429), ("commit", 503)),
    ],
)
def test_what_a_server_refuses_is_one_line_and_pushing_again_ends_it(
    hub: HubServer, space: Path, waits: list[float], kind: str, status: int
) -> None:
    hub.fail(kind, status, times=1000)
    with pytest.raises(HubError, match=LINES[status]) as told:
        push(space, "me/page")
    assert "\n" not in str(told.value)
    assert TOKEN not in str(told.value)
    assert "signature" not in str(told.value)
    assert sum(waits) < 240  # of two files that are sent side by side
    hub.fail(kind, status, times=0)
    push(space, "me/page")
    assert hub.repos["space", "me/page"].messages == ["initial commit", "Push space with basstab"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        *(("whoami", 503), ("create", "drop"), ("tree", 500), ("preupload", 429), ("put", "drop"), ("put", 503)),
        *(("verify", 500), ("commit", 503), ("commit", "drop")),
    ],
)
def test_what_passes_is_tried_again(
    hub: HubServer, space: Path, waits: list[float], kind: str, fault: int | str
) -> None:
    hub.fail(kind, fault, times=2)
    assert push(space, "me/page").changed == ("README.md", "index.html", "model/a.onnx", "model/b.onnx")
    assert hub.repos["space", "me/page"].messages[1:] == ["Push space with basstab"]
    assert waits


@pytest.mark.parametrize("headers", [{"Retry-After": "17"}, {"RateLimit": '"api";r=0;t=17'}])
def test_a_server_is_waited_for_as_long_as_it_asks(
    hub: HubServer, space: Path, waits: list[float], headers: dict[str, str]
) -> None:
    hub.fail("commit", 429, headers=headers)
    push(space, "me/page")
    assert waits == [17]


@pytest.mark.parametrize(("kind", "seconds", "told"), [("preupload", 7200, 120), ("commit", 90, 2), ("put", 200, 3)])
def test_a_server_is_not_waited_for_for_ever(
    hub: HubServer, space: Path, waits: list[float], kind: str, seconds: int, told: int
) -> None:
    (space / "model" / "b.onnx").unlink()
    hub.fail(kind, 429, times=1000, headers={"Retry-After": str(seconds)})
    with pytest.raises(HubError, match=rf"the Hub asks to wait {told} minutes \(429\)"):
        push(space, "me/page")
    assert sum(waits) <= 300


def test_trouble_with_one_file_has_its_own_patience_when_another_got_through() -> None:
    request = httpx.Request("POST", "http://127.0.0.1/verify")
    limits = connection._Limits()
    limits.asking(request)
    limits.answered(httpx.Response(200, request=request))
    limits.answered(httpx.Response(500, request=request))
    limits.asking(request)


def test_a_repository_whose_creation_lost_its_answer_is_gone_on_with(
    hub: HubServer, space: Path, waits: list[float]
) -> None:
    hub.fail("create", "lose")
    assert len(push(space, "me/page").changed) == 4  # with the card, which the Hub had put there itself
    assert push(space, "me/page", revision="try").changed == ()
    hub.fail("create", 409, times=1000)  # of a name that is neither free nor there
    with pytest.raises(HubError, match="me/other is not on the Hub, or the token may not see it"):
        push(space, "me/other")


def test_a_commit_whose_answer_was_lost_is_not_made_twice(hub: HubServer, space: Path, waits: list[float]) -> None:
    hub.fail("commit", "lose")
    assert len(push(space, "me/page").changed) == 4
    assert hub.repos["space", "me/page"].messages == ["initial commit", "Push space with basstab"]


def test_who_pushed_meanwhile_is_not_overwritten(hub: HubServer, space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    push(space, "me/page")
    (space / "index.html").write_text("mine")
    listed = HubServer.fault

    def meanwhile(self: HubServer, kind: str) -> Any:
        if kind == "commit":
            hub.edit("me/page", "index.html", b"theirs", "space")
        return listed(self, kind)

    monkeypatch.setattr(HubServer, "fault", meanwhile)
    with pytest.raises(HubError, match=r"somebody pushed to me/page meanwhile .*: push again"):
        push(space, "me/page")
    assert hub.files("me/page", "space")["index.html"] == b"theirs"
    monkeypatch.setattr(HubServer, "fault", listed)
    assert push(space, "me/page").changed == ("index.html",)


@pytest.mark.parametrize(
    "kind",
    [
        *("put", "commit"),
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("whoami", "create", "tree", "preupload", "batch")),
        pytest.param("verify", marks=pytest.mark.slow),
    ],
)
def test_a_server_that_hangs_is_left_soon(
    hub: HubServer, space: Path, waits: list[float], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for name, value in {"TIMEOUT": 0.1, "COMMIT_TIMEOUT": 0.1, "PATIENCE": 0.05, "SLOWEST": 10**9}.items():
        monkeypatch.setattr(connection, name, value)
    hub.fail(kind, "slow", times=1000, seconds=0.5)
    monkeypatch.setattr("tests.hub_server.time", type("Clock", (), {"sleep": lambda seconds: _sleep(seconds)}))
    with pytest.raises(HubError, match="it does not answer in time: the same command goes on where it was"):
        push(space, "me/page")
    assert hub.asked[kind] <= 2  # of two files that are sent side by side


def _sleep(seconds: float) -> None:
    """Although `time.sleep` does not wait here."""
    import threading

    threading.Event().wait(seconds)


@pytest.mark.parametrize(
    ("endpoint", "reason"), [("http://127.0.0.1:9", "connection refused"), ("http://hub.invalid", "no such host")]
)
def test_a_hub_that_is_not_there_is_told_at_once(
    hub: HubServer, space: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str, reason: str
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    with pytest.raises(HubError, match=f"cannot reach {endpoint}: {reason}: check the network, and HF_ENDPOINT"):
        push(space, "me/page")


def test_without_a_token_or_offline_nobody_is_asked(
    hub: HubServer, space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for token, message in (
        ("", "you are not logged in to the Hub: run `hf auth login`"),
        ("hf_wrong but long", "the token has characters that no token has"),
        ("hf_fälschlich", "the token has characters that no token has"),
    ):
        monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(HubError, match=message) as told:
            push(space, "me/page")
        assert not token or token not in str(told.value)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set, so the Hub is not asked"):
        push(space, "me/page")
    assert not hub.log


def test_a_wrong_token_and_a_stranger_are_told(hub: HubServer, space: Path) -> None:
    with pytest.raises(HubError, match="does not accept the token"):
        push(space, "me/page", token="hf_wrong")
    with pytest.raises(HubError, match="the token has no right to other/page"):
        push(space, "other/page")


def test_large_files_go_up_in_parts_where_the_hub_asks_for_them(hub: HubServer, space: Path) -> None:
    hub.part_bytes = 1000
    push(space, "me/page")
    assert hub.files("me/page", "space")["model/a.onnx"] == (space / "model" / "a.onnx").read_bytes()
    assert hub.asked["put"] == 22


@pytest.mark.parametrize(
    ("when", "name", "content", "message"),
    [
        ("batch", "model/a.onnx", None, "a.onnx is not there any more: do not change the folder while it is pushed"),
        (
            "batch",
            "model/a.onnx",
            "other",
            r"the Hub refuses me/page \(400\) \(the content is not what was announced\)",
        ),
        ("preupload", "index.html", None, "index.html is not there any more"),
    ],
)
def test_a_folder_that_changes_meanwhile_is_not_committed(
    hub: HubServer,
    space: Path,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
    name: str,
    content: str | None,
    message: str,
) -> None:
    listed = HubServer.fault

    def meanwhile(self: HubServer, kind: str) -> Any:
        if kind == when:
            (space / name).unlink(missing_ok=True)
            if content:
                (space / name).write_text(content)
        return listed(self, kind)

    monkeypatch.setattr(HubServer, "fault", meanwhile)
    with pytest.raises((HubError, InputError), match=message):
        push(space, "me/page")
    assert hub.repos["space", "me/page"].messages == ["initial commit"]


def test_a_full_disk_is_one_line(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/x")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(OutputError, match="cannot prepare the push: /tmp/x: No space left on device"):
        push(space, "me/page", dry_run=True)


def test_an_error_of_another_kind_is_not_hidden(hub: HubServer, space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("of our own")

    monkeypatch.setattr("basstab_hf.publish.upload.changes", broken)
    with pytest.raises(KeyError):
        push(space, "me/page")
