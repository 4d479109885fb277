"""Limits and plain refusals of what a stranger hands in: pages, datasets, models, settings; caches that are shut."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from basstab_hf import files
from basstab_hf.cli import main
from basstab_hf.commands.caches import lent_caches
from basstab_hf.commands.verb import verbs
from basstab_hf.dataset.load import MAX_ROWS, load_facts, load_rows, load_texts
from basstab_hf.errors import BasstabError, InputError, OutputError, TabError
from basstab_hf.evaluation.evaluation import _learnt
from basstab_hf.formats.score import to_score
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.generate.model_words import ModelWords, read_metrics
from basstab_hf.generate.steering import drawn_style, learnt_words
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.metrics.statistics import compare, table
from basstab_hf.model.folder import load_tokenizer
from basstab_hf.model.tunes import write_tunes
from basstab_hf.printing.foreign import one_line
from basstab_hf.printing.words import counted
from basstab_hf.recognise import recognise_tabs
from basstab_hf.scrape.site import Site
from basstab_hf.settings import read_yaml
from basstab_hf.tab.values import Tab
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.run_folder import check_room
from tests.growth import in_proportion

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


# Time in proportion


SIDE_BY_SIDE = {
    "one line": ("", "G|--5--|  ", ""),
    "under words": ("the bass plays on " * 3000 + "\n", "G|--5--|  ", ""),
    "above dashes": ("", "G|--5--|  ", "\n" + "-5" * 40_000),
    "under prose, one below the other": ("the bass is cool\n\n", "E|--5--|\nsome\n", ""),
}


@pytest.mark.parametrize("pattern", SIDE_BY_SIDE)
def test_thousands_of_systems_take_time_in_proportion(pattern: str) -> None:
    before, piece, behind = SIDE_BY_SIDE[pattern]
    assert in_proportion(lambda size: recognise_tabs(before + piece * size + behind), 1500)


def test_bars_of_one_line_take_time_in_proportion() -> None:
    def work(size: int) -> None:
        tab = Tab.parse(
            "\n".join(f"{label}|{bar * size}" for label, bar in zip("GDAE", ["--5-|", "----|"] * 2, strict=True))
        )
        to_score(tab, WriteSettings())

    assert in_proportion(work, 300)


# Datasets


def _dataset(folder: Path, table: Any) -> Path:
    (folder / "data").mkdir()
    parquet.write_table(table, folder / "data" / "train-00000-of-00001.parquet")
    return folder


def test_equal_rows_without_number_are_refused_before_they_take_memory(tmp_path: Path) -> None:
    row = pa.DictionaryArray.from_arrays(pa.array([0] * (MAX_ROWS + 1), pa.int8()), ["GDAE |||| 5--- ||||"])
    folder = _dataset(tmp_path, pa.table({"columns": row}))
    assert (folder / "data" / "train-00000-of-00001.parquet").stat().st_size < 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for read in (load_texts, load_facts):
        with pytest.raises(InputError, match=rf"has {MAX_ROWS + 1:,} rows: up to {MAX_ROWS:,} are read"):
            read(str(folder), "train")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_equal_texts_are_one_text(tmp_path: Path) -> None:
    folder = _dataset(tmp_path, pa.table({"columns": ["GDAE |||| 5--- ||||"] * 5000}))
    texts = load_texts(str(folder), "train")
    assert len(texts) == 5000
    assert len({id(text) for text in texts}) <= 2


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("systems", 3, "row 1"),
        ("systems", [[1]], "row 1"),
        ("systems", [{"chords": [{"column": "x", "name": "Am"}]}], "row 1: a chord 'Am' at 'x'"),
        ("tempo", "fast", "row 1: style '' or tempo 'fast'"),
        ("style", 3.5, "row 1: style 3.5"),
    ],
)
def test_facts_of_other_types_are_told_with_their_row(tmp_path: Path, field: str, value: Any, told: str) -> None:
    folder = _dataset(tmp_path, pa.table({"columns": ["GDAE ||||"], field: [value]}))
    with pytest.raises(InputError, match=f"parquet, {told}"):
        load_facts(str(folder), "train")


def test_rows_without_their_fields_are_told(tmp_path: Path) -> None:
    folder = _dataset(tmp_path, pa.table({"columns": [["GDAE"]], "title": ["a"], "source": ["b"]}))
    with pytest.raises(InputError, match=r"parquet: columns holds list<.*>, no text; build it anew"):
        list(load_rows(folder, "train"))
    shutil.rmtree(folder / "data")
    with pytest.raises(InputError, match="has no field title: build it anew"):
        list(load_rows(_dataset(tmp_path, pa.table({"columns": ["GDAE"]})), "train"))


@pytest.mark.parametrize(
    "change", [{"dropped": 3}, {"removed": ["x"]}, {"systems": {}}, {"removed_content": {"a": "!"}}]
)
def test_other_statistics_of_a_dataset_are_told(riff_dataset: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    folder = tmp_path / "data"
    shutil.copytree(riff_dataset, folder)
    stats = json.loads((folder / "stats.json").read_text())
    (folder / "stats.json").write_text(json.dumps(stats | change))
    assert main(["build", "--remove", "x", "--out", str(folder)]) == 1


# Model folders


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(shipped_model(), folder)
    return folder


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ("[1]", r"metrics.json is no mapping: \[1\]"),
        ("{", "metrics.json is no JSON"),
        ('{"dataset": 3}', "dataset is 3, a mapping is expected"),
        (
            '{"dataset": {"controls": {"<key:Am>": "many"}}}',
            "dataset.controls is .*, a mapping of words to whole numbers",
        ),
        ('{"dataset": {"usual_bar_width": []}}', r"dataset.usual_bar_width is \[\], a number is expected"),
        ('{"validation": {"bits_per_column": "few"}}', "validation is .*, a mapping of names to numbers is expected"),
        ('{"trained": {"log": [3]}}', r"trained.log is \[3\], a list of steps is expected"),
        ("[" * 100_000, "metrics.json is no JSON"),
    ],
)
def test_metrics_of_other_types_are_told(model: Path, metrics: str, told: str) -> None:
    (model / "metrics.json").write_text(metrics)
    with pytest.raises(InputError, match=told):
        read_metrics(model)


def test_what_is_null_in_metrics_is_not_there(model: Path) -> None:
    (model / "metrics.json").write_text('{"dataset": {"controls": null}, "validation": null}')
    metrics = read_metrics(model)
    assert learnt_words(metrics) == {}
    assert drawn_style(metrics, 1) is None
    assert ModelWords.of_folder(model).usual_width is None


def _no_gap(document: dict[str, Any]) -> None:
    document["model"]["vocab"][" zz"] = 9999


def _twice(document: dict[str, Any]) -> None:
    document["model"]["vocab"][" zz"] = 100


def _panics(document: dict[str, Any]) -> None:
    document["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": "AAAA"}


def _words(document: dict[str, Any]) -> None:
    document["model"] = {"type": "WordLevel", "vocab": {}, "unk_token": "x"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_no_gap, "ids that are missing or there twice"),
        (_twice, "ids that are missing or there twice"),
        (_panics, "a normalizer of its own"),
        (_words, "its model is WordLevel, not BPE"),
        (lambda document: document.pop("model"), "cannot be read: KeyError"),
    ],
)
def test_tokenizers_are_looked_at_before_they_are_loaded(model: Path, change: Any, told: str) -> None:
    document = json.loads((model / "tokenizer.json").read_text())
    change(document)
    (model / "tokenizer.json").write_text(json.dumps(document))
    for load in (ModelWords.of_folder, load_tokenizer):
        with pytest.raises(InputError, match=told):
            load(model)


def test_half_a_character_is_told_with_its_place() -> None:
    tokenizer = load_tokenizer(shipped_model())
    with pytest.raises(TabError, match=r"text 2, place 5: '\\ud800' is half of a character"):
        tokenizer(["GDAE ||||", "GDAE \ud800"])


def test_a_model_that_learnt_what_it_is_asked_about_says_so(tmp_path: Path) -> None:
    texts = [
        " ".join(["GDAE", "||||", *[f"---{(step * step * number) % 10}" for step in range(40)], "||||"])
        for number in (3, 7)
    ]
    assert list(_learnt(tmp_path, texts)) == []
    write_tunes(tmp_path, texts[:1])
    told = "1 of 2 pieces learnt: the model was trained on it, so its figures tell what it remembers"
    assert list(_learnt(tmp_path, texts)) == [told]


# Settings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{BOMB}about: *i\n", "its aliases unfold to"),
        ("about: &a [*a]\n", "its aliases unfold to"),
        ("[" * 5000, "nested too deeply|no YAML"),
        ("start_urls: 2026-01-01\n", "start_urls: .* no list of texts|is no setting"),
    ],
)
def test_yaml_that_stands_for_more_than_it_says_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    for read in (TrainConfig.read, Site.read):
        with pytest.raises(InputError, match=told):
            read(path)


def test_a_name_that_is_there_twice_in_a_site_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("start_urls: [http://a.example]\nstart_urls: [http://b.example]\n")
    with pytest.raises(InputError, match="'start_urls' is there twice"):
        Site.read(path)


def test_aliases_that_stand_for_little_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: &a [1, 2]\nb: [*a, *a]\n")
    assert read_yaml(tmp_path / "a.yaml") == {"a": [1, 2], "b": [[1, 2], [1, 2]]}


# What is told


def test_long_messages_keep_their_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert one_line("a\nb\x1b") == "a b\\u001b"
    assert main(["chart", "x" * 5000]) == 1
    told = capsys.readouterr().err
    assert len(told) < 1000
    assert "..." in told


def test_numbers_agree_with_their_words() -> None:
    assert [counted(number, "song") for number in (0, 1, 1200)] == ["0 songs", "1 song", "1,200 songs"]


def test_figures_that_there_are_none_of_are_dashes() -> None:
    tab = Tab.parse("G|-----|\nD|-----|\nA|-----|\nE|--0--|")
    told = table(compare([tab], [tab]))
    assert "nan" not in told
    assert "inf" not in told
    assert " -" in told


# What a command needs


def test_shut_caches_are_lent_elsewhere_and_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", "/proc/nonexistent")
    for name in ("HF_HOME", "HF_MODULES_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "own"))
    with lent_caches():
        lent = Path(os.environ["HF_MODULES_CACHE"])
        assert files.may_write(lent)
        assert os.environ["HF_DATASETS_CACHE"] == str(tmp_path / "own")
    assert "HF_MODULES_CACHE" not in os.environ
    assert not lent.exists()
    told = capsys.readouterr().err
    assert "/proc/nonexistent cannot be written: caches lie in" in told


def test_the_commands_that_cache_are_known() -> None:
    assert {name for name, verb in verbs().items() if verb.caches} == {"train", "evaluate", "search", "build", "push"}


@pytest.mark.slow
def test_a_home_that_is_read_only_stops_no_evaluation(riff_model: Path, riff_dataset: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", str(riff_model), str(riff_dataset), "--samples", "1", "--zpaq", "0"]
    home = {name: value for name, value in os.environ.items() if name not in ("HF_HOME", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-m", "basstab_hf", *arguments],
        env=home | {"HOME": "/proc/nonexistent"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "bits per column" in done.stdout


def test_folders_that_may_not_be_written_to_are_told_before_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "composed", "--limit", "1", "--out", "/proc/data"]) == 1
    assert "/proc may not be written to" in capsys.readouterr().err


def test_disks_without_room_are_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=3_000_000))
    assert main(["build", "composed", "--limit", "1", "--out", str(tmp_path / "data")]) == 1
    assert "its disk has 3 MB left, this takes some 64: make room" in capsys.readouterr().err
    with pytest.raises(OutputError, match=r"has 3 MB left, this run takes 38: make room"):
        check_room(tmp_path / "run", 1_000_000, 2)
    check_room(tmp_path / "run", 50_000, 2)


def test_an_error_while_writing_names_its_own_cause(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"^cannot write /proc/nonexistent: "), files.writing(tmp_path / "model"):
        Path("/proc/nonexistent").mkdir()
    assert issubclass(OutputError, BasstabError)
