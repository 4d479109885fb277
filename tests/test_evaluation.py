import json
import math
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from huggingface_hub import ModelCard
from hypothesis import given, settings

from basstab_hf.cli import main
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import BasstabError, OutputError
from basstab_hf.evaluation.evaluation import Evaluation, evaluate_model
from basstab_hf.evaluation.plots import onset_places
from basstab_hf.evaluation.report import FILES, model_index, write_report
from basstab_hf.evaluation.scoring import Scorer, n_columns
from basstab_hf.metrics.comparison import Figure
from basstab_hf.tab import columns
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer.control_words import CONTROL_WORDS, FIM_MIDDLE, FIM_PREFIX, FIM_SUFFIX
from tests.conftest import riff
from tests.strategies import tabs

NAMES = ["model", "match cache", "model alone", "unigram", "4-gram", "n-gram", "n-gram, cache", "xz", "PPMd, primed"]


@pytest.fixture(scope="module")
def evaluation(riff_model: Path, riff_dataset: Path) -> Evaluation:
    return evaluate_model(riff_model, str(riff_dataset), "test", samples=3, most_zpaq=0)


@settings(max_examples=25)
@given(tabs())
def test_columns_are_those_of_the_tab(tab: Tab) -> None:
    assert n_columns(" ".join(tab.words)) == sum(len(system) - 1 for system in columns.systems(tab.words))


def test_reserved_words_are_no_columns() -> None:
    text = "GDAE |||| ---- ---5 |||| <END> GbDbAbEb |||| 5--- ----"
    assert n_columns(text) == 7
    assert n_columns(f"{CONTROL_WORDS[0]} {CONTROL_WORDS[-1]} {text}") == 7
    parts = ("GDAE ||||", "---5 |||| <END> GbDbAbEb |||| 5--- ----", "----")
    moved = " ".join(word for pair in zip((FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE), parts, strict=True) for word in pair)
    assert n_columns(f"<bos> {moved} <eos>") == 7
    assert n_columns("") == 0


def test_every_token_is_scored_once_and_in_order(riff_model: Path, riff_dataset: Path) -> None:
    """Against the definition: each window recomputed alone."""
    scorer = Scorer(riff_model)
    texts = load_texts(str(riff_dataset), "train")[:3]
    texts = [" ".join(texts), "GDAE |||| ---- ---5 ----", texts[0]]
    framed = [[*scorer.tokenizer(text, verbose=False)["input_ids"], scorer.tokenizer.eos_token_id] for text in texts]
    size = scorer._model.config.n_positions
    assert len(framed[0]) > 3 * size
    seen: dict[int, list[int]] = {}
    costs = dict.fromkeys(range(3), 0.0)
    for scored in scorer.scored(texts):
        assert seen.get(scored.piece) is not None or scored.piece not in list(seen)[:-1]  # one after the other
        seen.setdefault(scored.piece, []).extend(scored.ids.tolist())
        assert scored.log_p.shape == (len(scored.ids), len(scorer.tokenizer))
        assert torch.allclose(scored.log_p.exp().sum(-1), torch.ones(len(scored.ids)), atol=1e-4)
        costs[scored.piece] -= scored.log_p.gather(-1, scored.ids[:, None]).sum().item()
    assert seen == {piece: ids[1:] for piece, ids in enumerate(framed)}
    assert scorer.nats(texts) == pytest.approx([costs[piece] for piece in range(3)])
    tokens = torch.tensor([framed[1]])
    loss = scorer._model(input_ids=tokens, labels=tokens).loss.item() * (tokens.shape[1] - 1)
    assert costs[1] == pytest.approx(loss, rel=1e-4)
    known = [known for _, known in scorer._windows(framed[0])]
    assert known[0] == 1
    assert min(known[1:]) >= size // 2


def test_evaluation_counts_columns_and_beats_chance(evaluation: Evaluation, riff_dataset: Path) -> None:
    texts = load_texts(str(riff_dataset), "test")
    assert sum(evaluation.counts) == sum(map(n_columns, texts)) == len(texts) * 2 * (1 + 4 * 18)
    assert list(evaluation.bits) == list(evaluation.per_piece) == NAMES
    assert all(0 < bits < math.log2(40) for bits in evaluation.bits.values())
    for name, bits in evaluation.per_piece.items():
        mean = sum(map(float.__mul__, bits, map(float, evaluation.counts))) / sum(evaluation.counts)
        assert mean == pytest.approx(evaluation.bits[name])


def test_the_table_shows_model_baselines_and_metrics(evaluation: Evaluation) -> None:
    lines = evaluation.table().splitlines()
    assert "bits per column" in lines[1]
    assert [line[:13].strip() for line in lines[2:11]] == NAMES
    assert any(line.startswith("note_density") for line in lines)


def test_every_row_says_how_sure_it_is(evaluation: Evaluation) -> None:
    told = evaluation.as_dict()
    low, high = told["bits_per_column_interval"]
    assert low <= told["bits_per_column"] <= high
    for name, row in told["baselines"].items():
        assert row["low"] <= row["bits_per_column"] <= row["high"]
        assert row["more_than_model"] == pytest.approx(row["bits_per_column"] - told["bits_per_column"])
        assert row["more_low"] <= row["more_than_model"] <= row["more_high"]
        assert 0 < row["p"] <= 1
        assert row["pieces"] == told["pieces"], name


def test_what_was_scored_on_some_pieces_is_compared_on_these() -> None:
    some = replace(_small_evaluation(), per_piece={"model": [0.75, 1.75], "xz": [math.nan, 2.0]}, counts=[10, 30])
    some = replace(some, bits={"model": 1.5, "xz": 2.0}, figures={}, tabs={})
    row = json.loads(json.dumps(some.as_dict(), allow_nan=False))
    assert row["baselines"]["xz"]["more_than_model"] == pytest.approx(0.25)
    assert row["baselines"]["xz"]["pieces"] == 1
    assert row["per_piece"]["xz"] == [None, 2.0]
    assert some.table("markdown").splitlines()[2:] == [
        "| --- | --- | --- | --- | --- | --- |",
        "| model | 1.500 | [0.750, 1.750] |  |  |  |",
        "| xz | 2.000 | [2.000, 2.000] | +0.250 | [0.250, 0.250] | 1.0000 |",
    ]
    assert some.table("latex").splitlines()[1] == r"\begin{tabular}{llllll}"


def test_models_stand_side_by_side_on_ones_own_tabs(
    riff_model: Path, riff_dataset: Path, riff_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(riff_model, other)
    arguments = ["evaluate", str(riff_model), str(riff_folder), "--samples", "0", "--zpaq", "0", "--json"]
    assert main([*arguments, "--beside", str(other)]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert (alone["split"], alone["pieces"]) == ("tabs", 60)
    assert alone["baselines"]["other"]["more_than_model"] == 0
    assert alone["baselines"]["other"]["p"] == 1
    learnt, baselines = alone["remarks"]
    assert learnt.endswith("of 60 pieces learnt: the model was trained on them, so its figures tell what it remembers")
    assert baselines == "no baselines: name the dataset that they learn from with --given"
    assert main([*arguments, "--given", str(riff_dataset)]) == 0
    assert "PPMd, primed" in json.loads(capsys.readouterr().out)["baselines"]
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "note.txt").write_text("no tab here")
    assert main(["evaluate", str(riff_model), str(tmp_path / "empty")]) == 1
    assert "no bass tab in" in capsys.readouterr().err


def test_it_tells_how_its_tabs_are_made_beside_peoples(evaluation: Evaluation) -> None:
    told = evaluation.as_dict()["statistics"]
    assert told["onsets a bar"]["reference"] == 8  # a riff has eighths throughout
    assert any(line.startswith("onsets a bar") for line in evaluation.table().splitlines())
    json.dumps(told, allow_nan=False)


def test_the_report_is_whole_and_the_hub_reads_its_results(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    write_report(evaluation, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", *FILES}
    assert json.loads((tmp_path / "metrics.json").read_text()) == evaluation.as_dict()
    for name in FILES[2:]:
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    block = (tmp_path / "model-index.yaml").read_text()
    results = ModelCard(f"---\n{block}---\n").data.eval_results
    assert results is not None
    found = {result.metric_type: result for result in results}
    assert found["bits_per_column"].metric_value == pytest.approx(evaluation.bits_per_column, abs=1e-4)
    assert found["bits_per_column"].dataset_split == "test"
    assert found["tab_validity"].metric_value == pytest.approx(
        evaluation.figures["model"]["tab_validity"].mean, abs=1e-3
    )
    assert "/" not in found["bits_per_column"].dataset_type  # nobody's folders in a card
    assert yaml.safe_load(block)["model-index"][0]["name"] == "model"


def test_a_report_is_replaced_as_a_whole_and_only_if_asked(tmp_path: Path) -> None:
    write_report(_small_evaluation(), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)
    (tmp_path / "metrics.json").unlink()
    (tmp_path / "model-index.yaml").unlink()
    with pytest.raises(OutputError, match=r"bits_per_column\.png exists already"):
        write_report(_small_evaluation(), tmp_path)
    without = replace(_small_evaluation(), figures={}, tabs={})
    write_report(without, tmp_path, force=True)
    assert {path.name for path in tmp_path.iterdir()} == set(FILES[:3])  # no plots of the one before


def test_values_that_are_missing_are_left_out() -> None:
    block = yaml.safe_load(model_index(_small_evaluation()))["model-index"][0]
    metrics = {metric["type"]: metric["value"] for metric in block["results"][0]["metrics"]}
    assert metrics == {"bits_per_column": 1.5, "note_density": 2.0}
    assert block["results"][0]["dataset"]["type"] == "someone/tabs"  # an id on the Hub


@pytest.mark.parametrize("missing", [False, True])
def test_a_report_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: bool) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if missing:
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    else:
        monkeypatch.setattr("basstab_hf.evaluation.report.plot_histograms", refuse)
    with pytest.raises(BasstabError, match=r"basstab-hf\[plot\]" if missing else "No space left"):
        write_report(_small_evaluation(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_place_is_told_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "metrics.json").write_text("{}")
    assert main(["evaluate", "no-model", "no-data", "--out", str(tmp_path)]) == 1
    assert "metrics.json exists already: choose another place or add --force" in capsys.readouterr().err


def test_onsets_of_bars_of_any_width_are_stretched_to_one() -> None:
    lines = [f"{label}|{fret}-------|{fret}---------------|" for label, fret in zip("GDAE", "-5--", strict=True)]
    assert onset_places(Tab.parse("\n".join(lines))) == {0: 2}
    assert set(onset_places(Tab.parse(riff(1)))) == set(range(0, 16, 2))


def test_what_cannot_be_evaluated_is_told(riff_dataset: Path, riff_model: Path, tmp_path: Path) -> None:
    with pytest.raises(BasstabError, match="is no model folder"):
        evaluate_model(tmp_path, str(riff_dataset))
    with pytest.raises(BasstabError, match="has no nowhere split"):
        evaluate_model(riff_model, str(riff_dataset), "nowhere")


def _small_evaluation() -> Evaluation:
    """Two pieces; a metric without a value for the model, and one that held-out tabs do not have."""
    names = ("model", "unigram", "4-gram", "xz")
    return Evaluation(
        model="some/model",
        dataset="someone/tabs",
        split="test",
        counts=[10, 30],
        bits=dict.fromkeys(names, 1.5),
        per_piece={name: [0.75, 1.75] for name in names},
        figures={
            "held out": {"groove_consistency": Figure(0.8, 0.7, 0.9)},
            "model": {"groove_consistency": Figure(math.nan), "note_density": Figure(2.0)},
        },
        tabs={"held out": [riff(1)], "model": [riff(2), riff(3)]},
    )
