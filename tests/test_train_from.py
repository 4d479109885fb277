"""`basstab train SONGS --from MODEL`: what a bassist has in a folder, learnt by a model that is there already."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from huggingface_hub import ModelCard
from transformers import AutoModelForCausalLM, AutoTokenizer

from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.generate import Composer, Request
from basstab_hf.generate.copies import Copies
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.model.folder import load_tokenizer, set_match_cache
from basstab_hf.model.match_cache import MatchSettings
from basstab_hf.publish.model_card import model_card
from basstab_hf.tab.values import Tab
from basstab_hf.training.base import Base, mix_in_base
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.material import read_material
from basstab_hf.training.replay import Replay, replayed_slots
from basstab_hf.training.train import train
from tests.conftest import riff

BRIEF = ["training.max_steps=2", "training.eval_steps=1", "training.use_cpu=true"]
#: A note that no riff has, with a mark that none has.
ODD = "G|-19h21----------|-19h21----------|\nD|----------------|----------------|\n"
ODD += "A|----------------|----------------|\nE|-----0---0---0--|-----0---0---0--|\n"


def songs(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"mine-{number}.txt").write_text(riff(100 + number) + "\n" + ODD)
    return folder


@pytest.fixture(scope="module")
def base(riff_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, whose cache is told how much of it counts while it writes."""
    folder = tmp_path_factory.mktemp("base") / "model"
    shutil.copytree(riff_model, folder)
    cache = MatchSettings.of_folder(folder)
    assert cache is not None
    set_match_cache(folder, replace(cache, share=0.6))
    return folder


@pytest.fixture(scope="module")
def adapted(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, gone on with ten songs that lie in a folder as text."""
    place = tmp_path_factory.mktemp("adapted")
    out, sets = place / "mine", [word for setting in BRIEF for word in ("--set", setting)]
    assert main(["train", str(songs(place / "songs", 10)), "--from", str(base), "--out", str(out), *sets]) == 0
    return out


def test_a_folder_of_text_is_learnt_from(adapted: Path, base: Path) -> None:
    metrics = json.loads((adapted / "metrics.json").read_text())
    before = json.loads((base / "metrics.json").read_text())
    assert metrics["base_model"] == str(base)
    pieces = metrics["dataset"]["pieces"]
    assert pieces["train"] + pieces["validation"] == 10
    assert pieces["validation"] >= 1
    settings = yaml.safe_load((adapted / "training.yaml").read_text())
    assert (settings["base_model"], settings["kind"], settings["model"]["n_layer"]) == (str(base), "column", 2)
    # What the base could be asked for can still be asked for, and its licences count.
    assert metrics["dataset"]["controls"].items() >= {}.items()
    assert all(metrics["dataset"]["controls"][word] >= count for word, count in before["dataset"]["controls"].items())
    assert sum(metrics["dataset"]["licences"].values()) == 10 + sum(before["dataset"]["licences"].values())


def test_it_knows_the_tunes_of_both_and_writes(adapted: Path, base: Path) -> None:
    copies = Copies(adapted)
    assert copies.of_tab(Tab.parse(riff(1))).longest_match > 16  # the base's
    assert copies.of_tab(Tab.parse(riff(101))).longest_match > 16
    cache = MatchSettings.of_folder(adapted)
    assert cache is not None
    assert cache.share == 0.6
    assert len(next(Composer(adapted).write(Request(bars=2, seed=1))).tab.bars) == 2


def test_its_tokens_grow_and_begin_as_the_mean_of_their_parts(base: Path) -> None:
    old, start = load_tokenizer(base), Base("base", base)
    new = start.grown_tokenizer([" ".join(Tab.parse(ODD).words)] * 2, 2)
    config = start.fitted(TrainConfig(base_model=str(base)))
    weights = start.model(config.model, new).transformer.wte.weight
    had = AutoModelForCausalLM.from_pretrained(base).transformer.wte.weight
    assert len(weights) == len(new) > len(old)
    assert torch.equal(weights[: len(old)], had)
    parts = old.convert_tokens_to_ids([" ", "9", "-", "-", "-"])
    assert " 9---" not in old.get_vocab()
    assert torch.allclose(weights[new.convert_tokens_to_ids(" 9---")], had[parts].mean(0), atol=1e-6)


def test_the_weights_are_a_mixture_with_those_of_the_base(base: Path) -> None:
    start = Base("base", base)
    config = start.fitted(TrainConfig(base_model=str(base), base_share=0.25))
    had, run = (start.model(config.model, start.tokenizer) for _ in range(2))
    with torch.no_grad():
        run.transformer.wte.weight += 1
    mix_in_base(run, config, start.tokenizer)
    assert torch.allclose(run.transformer.wte.weight, had.transformer.wte.weight + 0.75, atol=1e-5)
    assert torch.equal(run.transformer.wpe.weight, had.transformer.wpe.weight)


def test_the_card_names_the_base(adapted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "named"
    shutil.copytree(adapted, folder)
    assert ModelCard(model_card(folder)).data.base_model is None  # a folder of this machine is nothing on the Hub
    for base, told, named in (
        ("me/tabs@v1", "me/tabs", "goes on from tabs"),
        ("shipped", None, "goes on from the model that comes with basstab-hf"),
    ):
        metrics = json.loads((folder / "metrics.json").read_text()) | {"base_model": base}
        (folder / "metrics.json").write_text(json.dumps(metrics))
        card = model_card(folder)
        assert ModelCard(card).data.base_model == told
        assert named.partition("tabs")[0] in card


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (["model.n_layer=3"], "model.n_layer is 3, but shipped has 4: leave it out, or train without --from"),
        (["model.n_positions=2048"], "model.n_positions is 2048.0, but shipped has 1024"),
        (["base_model=[1]"], "is no model"),
        (["replay=1"], "leaves nothing of the dataset"),
    ],
)
def test_what_contradicts_the_base_is_refused(settings: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="(?s)" + told.replace(".0", "(.0)?")):
        train("nothing", tmp_path / "out", TrainConfig.adapt("shipped", settings))


def test_another_tokenizer_and_the_bases_own_folder_are_refused(base: Path, tmp_path: Path) -> None:
    config = TrainConfig.adapt(str(base))
    with pytest.raises(InputError, match="keeps its own tokenizer"):
        train("nothing", tmp_path / "out", config, tokenizer=str(base))
    with pytest.raises(InputError, match="is the model to go on from: choose another --out"):
        train("nothing", base, config, force=True)


def test_a_folder_that_transformers_saved_is_gone_on_from(tmp_path: Path) -> None:
    """Without match cache, metrics, tunes and training.yaml, as any fine-tuning leaves it."""
    saved = tmp_path / "saved"
    AutoModelForCausalLM.from_pretrained(shipped_model()).save_pretrained(saved)
    AutoTokenizer.from_pretrained(shipped_model()).save_pretrained(saved)
    brief = [*BRIEF, "short_share=0", "replay=0", "training.max_steps=1", "training.per_device_train_batch_size=1"]
    out = train([str(songs(tmp_path / "songs", 3))], tmp_path / "out", TrainConfig.adapt(str(saved), brief))
    assert load_tokenizer(out).kind == "note"
    assert MatchSettings.of_folder(out) is not None
    assert json.loads((out / "metrics.json").read_text())["dataset"]["usual_bar_width"]


def test_a_run_goes_on_from_what_it_began_from(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Interrupted at its end and resumed: the weights of an undisturbed run, replayed songs and new tokens included."""

    def killed(*inputs: object) -> None:
        raise KeyboardInterrupt

    folder = str(songs(tmp_path / "songs", 4))
    command = ["train", folder, "--from", str(base)]
    sets = [word for setting in [*BRIEF, "training.save_steps=1", "replay=0.5"] for word in ("--set", setting)]
    assert main([*command, "--out", str(tmp_path / "whole"), *sets]) == 0
    out = str(tmp_path / "model")
    with monkeypatch.context() as changed:
        changed.setattr("basstab_hf.training.train._finish", killed)
        assert main([*command, "--out", out, *sets]) == 130
    shutil.rmtree(tmp_path / "model" / "checkpoints" / "checkpoint-2")
    assert main(["train", folder, "--out", out, "--resume", "--from", "shipped"]) == 1
    assert f"began from {base}" in capsys.readouterr().err
    assert main(["train", folder, "--out", out, "--resume"]) == 0
    whole, resumed = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "model"))
    assert whole == resumed


@pytest.mark.parametrize(
    ("count", "train_pieces", "validation", "told"),
    [
        (1, 1, 1, "1 piece, too few to hold one out"),
        (2, 2, 2, "2 pieces, too few to hold one out"),
        (5, 4, 1, "1 of 5 pieces held out"),
    ],
)
def test_few_songs_are_held_out_or_judge_themselves(
    count: int, train_pieces: int, validation: int, told: str, tmp_path: Path
) -> None:
    folder = songs(tmp_path / "songs", count)
    # Titles decide the split of a dataset: these are all in its training split.
    for number, path in enumerate(sorted(folder.iterdir())):
        path.rename(folder / f"{_title(number)}.txt")
    material = read_material([str(folder)])
    assert (len(material.train), len(material.validation)) == (train_pieces, validation)
    assert any(told in line for line in material.told)
    assert material.judged_apart is (count > 2)
    assert len(material.facts) == len(material.train)


def _title(number: int) -> str:
    from basstab_hf.dataset.rows import split_of

    names = (f"song-{number}-{letter}" for letter in "abcdefghijklmnop")
    return next(name for name in names if split_of(name.replace("-", "")) == "train")


def test_a_dataset_without_a_validation_split_is_trained_on(riff_dataset: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    shutil.copytree(riff_dataset, folder)
    for path in (folder / "data").glob("validation-*"):
        path.unlink()
    material = read_material([str(folder)])
    assert material.validation
    assert not set(material.validation) & set(material.train)
    assert any("no validation split" in line for line in material.told)


def test_replayed_songs_are_others_in_each_epoch_and_the_same_again(base: Path) -> None:
    tokenizer = load_tokenizer(shipped_model())

    def drawn(epoch: int) -> list[object]:
        replay = Replay(3, tokenizer, 256, short=32, short_epochs=1, seed=5)
        replay.set_epoch(epoch)
        return [replay[index] for index in range(len(replay))]

    assert drawn(0) == drawn(0)
    assert drawn(1) == drawn(1) != drawn(2)
    assert "rows" in drawn(0)[0]
    assert "rows" not in drawn(1)[0]
    assert replayed_slots(12, 0.25) == 4


def test_the_preset_is_that_of_the_repository() -> None:
    root = Path(__file__).parent.parent
    ours = root / "src" / "basstab_hf" / "training" / "adapt.yaml"
    assert ours.read_bytes() == (root / "configs" / "train" / "adapt.yaml").read_bytes()
    assert TrainConfig.read(root / "configs" / "train" / "adapt.yaml") == TrainConfig.adapt("shipped")
