"""Cards of models: what is told, what is left out, whose they are; and what counts as free to publish."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
import yaml
from huggingface_hub import ModelCard
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.errors import InputError
from basstab_hf.formats import guess_columns_per_beat
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.model.folder import add_code, save_model
from basstab_hf.model.gpt2 import new_model
from basstab_hf.printing.foreign import one_line
from basstab_hf.publish.card_mark import is_ours, marked, unmarked
from basstab_hf.publish.model_card import Facts, model_card, plain_name, read_facts, sample_tab
from basstab_hf.publish.rights import check_public, is_free
from basstab_hf.publish.sample import PICTURE, SOUND, write_sample
from basstab_hf.tab.timing import beats
from basstab_hf.tab.values import System, Tab
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of the package without anything that was measured or said of it."""
    folder = tmp_path_factory.mktemp("card") / "bare"
    folder.mkdir()
    for name in (
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "generation_config.json",
    ):
        shutil.copy(shipped_model() / name, folder / name)
    return folder


def headings(card: str) -> list[str]:
    return re.findall(r"^## (.+)$", card, re.MULTILINE)


@pytest.mark.slow
def test_the_card_of_the_package_is_made_of_its_folder_and_names_what_was_measured() -> None:
    folder = shipped_model()
    card, made = (folder / "README.md").read_text(), model_card(folder, "me/tabs")
    assert is_ours(card)
    assert "path/to/this/folder" in card
    assert "path/to" not in made
    assert "howpublished" not in card  # it is nowhere yet
    assert r"howpublished = {\url{https://huggingface.co/me/tabs}}" in made
    data = ModelCard(made).data
    assert ModelCard(card).data.to_dict() == data.to_dict()
    assert headings(card) == headings(made)
    assert {"What it cannot do", "Results", "Listening", "Training data and rights", "Originality"} < set(
        headings(card)
    )
    first = card.split("\n---\n")[1].strip().splitlines()[2]
    assert "raw tab" in first
    assert "trust_remote_code=True" in first
    assert "basstab-hf" in first
    baselines = json.loads((folder / "evaluation.json").read_text())["baselines"]
    for name, one in baselines.items():
        assert f"| {name} | {one['bits_per_column']:.3f} |" in card
    rights = card.split("## Training data and rights\n")[1].split("##")[0].strip().splitlines()
    assert len(rights) == 4
    assert "No person has listened yet" in card
    assert not {"sample.png", "<audio"} & set(re.findall(r"sample\.png|<audio", card))  # the folder has none
    assert "![loss during training](loss_curve.png)" in card
    assert (data.library_name, data.pipeline_tag, data.license) == ("transformers", "text-generation", "apache-2.0")
    results = {result.metric_type: (result.dataset_split, result.metric_value) for result in data.eval_results}
    measured = json.loads((folder / "evaluation.json").read_text())
    assert results["bits_per_column"] == ("test", round(measured["bits_per_column"], 4))
    assert all(example["text"].startswith("GDAE ||||") for example in data.widget)


def test_without_figures_there_are_no_sections_of_them(bare: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    shutil.copytree(bare, folder)
    card = model_card(folder, "me/bare")
    plain = ["Use it", "What it cannot do", "Training data and rights", "Intended use", "How to cite"]
    assert headings(card) == plain
    data = ModelCard(card).data
    assert data.license is None
    assert data.eval_results is None
    assert "what it was trained on is not told." in card
    licences = {"dataset": {"source": "a/b/we|rd`_name", "licences": {"CC0 | <b>": 5, "": 2}}, "trained": {"log": []}}
    (folder / "metrics.json").write_text(json.dumps(licences))
    card = model_card(folder, "me/bare")
    assert r"the dataset we\|rd\`\_name" in card
    assert r"5 pieces CC0 \| \<b\>; 2 pieces without a note." in card
    (folder / "metrics.json").write_text(json.dumps({"dataset": {"pieces": 3}}))
    with pytest.raises(InputError, match=r"no card can be made of its metrics\.json"):
        model_card(folder)


def test_what_somebody_else_measured_is_shown_as_far_as_it_goes(bare: Path, tmp_path: Path) -> None:
    folder = tmp_path / "measured"
    shutil.copytree(bare, folder)
    measured = {"split": "test", "pieces": 3, "bits_per_column": 1.0, "baselines": {"4-gram": {"bits_per_column": 2.0}}}
    tabs = {"longest_match": {"mean": None}, "tab_validity": {"mean": 0.5}}
    (folder / "evaluation.json").write_text(json.dumps(measured | {"tabs": {"model": tabs}}))
    card = model_card(folder, "me/tabs")
    assert "test split, 3 pieces:\n" in card
    assert "| this model | 1.000 |\n| 4-gram | 2.000 |" in card
    assert "this model alone" not in card
    results = ModelCard(card).data.eval_results or []
    assert [result.metric_type for result in results] == ["bits_per_column", "tab_validity"]


def test_what_listeners_said_and_where_it_lies_is_shown(bare: Path, tmp_path: Path) -> None:
    folder = tmp_path / "heard"
    shutil.copytree(bare, folder)
    facts = {"space": "me/demo", "project": "https://example.org/x", "datasets": ["me/tunes"]}
    heard = {"listening": [["man | machine?", "7 of 10"]], "listening_how": "Ten people, blind."}
    (folder / "card.yaml").write_text(yaml.safe_dump(facts | heard))
    card = model_card(folder, "me/tabs", {"sample.png", "sample.mp3"})
    assert r"| man \| machine? | 7 of 10 |" in card
    assert "Ten people, blind." in card
    for link in (
        "https://huggingface.co/spaces/me/demo",
        "https://huggingface.co/datasets/me/tunes",
        "https://example.org/x",
    ):
        assert f"]({link})" in card
    assert "![The same bars, engraved](sample.png)" in card
    assert 'src="https://huggingface.co/me/tabs/resolve/main/sample.mp3"' in card


def test_the_picture_and_the_sound_are_the_bars_on_the_card(bare: Path, tmp_path: Path) -> None:
    tab = sample_tab(bare)
    assert f"```\n{tab.text}\n```" in model_card(bare)
    made, missing = write_sample(tab, tmp_path)
    assert not missing
    assert made[PICTURE].read_bytes().startswith(b"\x89PNG")
    heard, rate = soundfile.read(made[SOUND])
    seconds = beats(tab, guess_columns_per_beat(tab).columns_per_beat) * 60 / 100
    assert seconds < len(heard) / rate < seconds + 4  # the last note rings
    endless = Tab((System(tab.tuning, ("-" * 40_000 + "5",) * tab.tuning.n_strings),))
    assert "too long" in write_sample(endless, tmp_path / "x")[1][PICTURE]


@pytest.mark.slow
def test_the_three_snippets_run_as_they_are_printed(tmp_path: Path) -> None:
    folder = tmp_path / "pushed"
    shutil.copytree(shipped_model(), folder)
    add_code(folder)
    snippets = re.findall(r"```python\n(.*?)```", model_card(folder, str(folder)), re.DOTALL)
    assert len(snippets) == 3
    trusted, stock, ours = snippets
    program = [
        "import sys; sys.modules['basstab_hf'] = None",  # a stranger has no package
        *(trusted, "print('=====')", stock, "print('=====')"),
        *("del sys.modules['basstab_hf']", ours),
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(program)], capture_output=True, text=True, check=True)
    first, second, third = done.stdout.split("=====\n")
    assert len(Tab.parse(first).bars) == 4
    assert second.startswith("GDAE ||||")
    assert len(Tab.parse(third).bars) == 8


def test_a_model_of_another_tuning_shows_its_own(tmp_path: Path) -> None:
    tokenizer = BassTabTokenizer.from_column_texts(["GDAEB ||||| ----- ----3 5---- ||||| <END>"] * 2)
    sizes = {"n_layer": 1, "n_head": 1, "n_embd": 8, "n_positions": 128}
    save_model(new_model(sizes, tokenizer), tokenizer, tmp_path / "five")
    card = ModelCard(model_card(tmp_path / "five", "me/five"))
    assert card.data.widget[0]["text"] == "GDAEB |||||"
    assert 'write("GDAEB |||||", max_new_tokens=124)' in card.text  # what its context holds


@pytest.mark.parametrize("name", ['a "b" <c>', "x\\n: y", "---\n", "{{ 7 * 7 }} }{", "\x00\x1b[31m", "名前: [", "#"])
def test_a_hostile_name_stays_a_name(bare: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "hostile"
    shutil.copytree(bare, folder)
    (folder / "card.yaml").write_text(yaml.safe_dump({"name": name, "data": name, "rights": "mine", "authors": name}))
    (folder / "metrics.json").write_text('{"validation": {"bits_per_column": 1.0}}')
    card = model_card(folder, "me/tabs")
    assert ModelCard(card).data.model_name == one_line(name)
    assert "49" not in card.split("## Use it")[0].split("---")[-1]
    assert headings(card)[0] == "Use it"


@pytest.mark.parametrize(
    "text",
    [
        "name: [1",
        "colour: blue",
        "- a",
        "name: 3",
        "datasets: a/b",
        "datasets: [1]",
        "listening: x",
        "listening: [[a]]",
        "listening: [[a, 1]]",
    ],
)
def test_a_card_file_that_cannot_be_used_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.yaml").write_text(text)
    with pytest.raises(InputError, match=r"card\.yaml"):
        read_facts(tmp_path)


def test_an_empty_card_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_text("")
    assert read_facts(tmp_path) == Facts()
    (tmp_path / "card.yaml").write_text("datasets: [me/tunes]\n")
    assert read_facts(tmp_path) == Facts(datasets=("me/tunes",))


@given(st.text(), st.text(min_size=1))
def test_a_mark_stays_true_until_the_card_is_changed(text: str, more: str) -> None:
    card = marked(text)
    assert is_ours(card)
    assert marked(card) == card
    assert unmarked(card) == unmarked(text)
    assert is_ours(card.replace("\n", "\r\n"))
    assert is_ours(f"x{card}") is False
    if more.strip() and more.isprintable():
        assert not is_ours(f"{card}{more}")


@pytest.mark.parametrize(
    ("licence", "free"),
    [
        ("composition: public domain (published 1883); transcription: in files that state no restriction", True),
        ("CC BY-SA 4.0", True),
        ("cc0-1.0", True),
        ("https://creativecommons.org/licenses/by/4.0/", True),
        ("my own work", True),
        ("MIT", True),
        ("CC BY-ND 4.0", False),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/", False),
        ("not stated: ask the owner before sharing", False),
        ("not in the public domain", False),
        ("© somebody, all rights reserved", False),
        ("with permission of the author", False),
        ("", False),
        ("permitted", False),
    ],
)
def test_only_what_says_that_it_is_free_is_free(licence: str, free: bool) -> None:
    assert is_free(licence) is free


def test_what_is_refused_names_notes_and_counts() -> None:
    check_public("x", {"CC0": 3})
    with pytest.raises(InputError, match=r"x is not pushed .*: 6 of 9 pieces do not .* \(2 'a', 2 'b', 1 'c' and 1 mo"):
        check_public("x", {"CC0": 3, "a": 2, "b": 2, "c": 1, "": 1})
    with pytest.raises(InputError, match="nothing says whose tabs it was trained on"):
        check_public("x", {})


def test_datasets_are_named_by_id_or_last_part(tmp_path: Path) -> None:
    assert plain_name("me/tunes") == "me/tunes"
    assert plain_name(str(tmp_path / "tunes")) == "tunes"
    assert plain_name("../x/tunes") == "tunes"
