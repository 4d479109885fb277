"""The `evaluate` modules: loaded by path, as a user does."""

from __future__ import annotations

import doctest
import math
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import evaluate
import pytest

from basstab_hf import BasstabError, metrics
from basstab_hf.metrics import metric_path
from tests.conftest import riff

FOLDER = Path(metrics.__file__).parent
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/*.py"))
ON_TABS = [name for name in NAMES if name != "bits_per_column"]
COMPARING = {"pitch_histogram", "note_density", "originality"}
RIFFS = [riff(number) for number in range(3)]
EXAMPLE = """\
G|----------------|----------------|
D|----------------|----------------|
A|--------0-------|--------3---5---|
E|0---3-------3---|0---3-----------|
"""


def compute(name: str, predictions: Any, **settings: Any) -> dict[str, Any]:
    if name == "originality":
        settings = {"references": RIFFS[:1], **settings}
    result: dict[str, Any] = evaluate.load(metric_path(name)).compute(predictions=predictions, **settings)
    return result


def means(result: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in result.items() if name != "per_tab"}


def test_the_modules_of_the_design_are_there() -> None:
    assert NAMES == [
        "bits_per_column",
        "groove_consistency",
        "note_density",
        "originality",
        "pitch_histogram",
        "playability",
        "self_similarity",
        "tab_validity",
    ]


@pytest.mark.parametrize("name", ON_TABS)
def test_values_are_means_over_tabs_of_any_writing(name: str) -> None:
    page = f"<html><h1>Riff</h1><pre>\n{RIFFS[2]}</pre></html>"
    found = compute(name, [*RIFFS[:2], page])
    assert len(found["per_tab"]) == 3
    for value, mean in means(found).items():
        assert mean == pytest.approx(sum(one[value] for one in found["per_tab"]) / 3)
    assert compute(name, RIFFS[2])["per_tab"] == found["per_tab"][2:]


@pytest.mark.parametrize("name", ON_TABS)
def test_no_tabs_have_no_values(name: str) -> None:
    found = compute(name, [])
    assert found.pop("per_tab") == []
    assert found
    assert all(math.isnan(value) for value in found.values())


@pytest.mark.parametrize("name", ON_TABS)
def test_tabs_may_be_added_bit_by_bit(name: str) -> None:
    metric = evaluate.load(metric_path(name))
    metric.add_batch(predictions=RIFFS[:1])
    metric.add_batch(predictions=RIFFS[1])
    metric.add(prediction=RIFFS[2])
    settings = {"references": RIFFS[:1]} if name == "originality" else {}
    assert metric.compute(**settings) == compute(name, RIFFS)


@pytest.mark.parametrize("name", ON_TABS)
def test_what_is_no_tab_is_told_in_one_line(name: str) -> None:
    for predictions in ([RIFFS[0], 7], 7, [None]):
        with pytest.raises(BasstabError, match=r"^predictions must be the text of tabs, but number \d is \w+$"):
            compute(name, predictions)


@pytest.mark.parametrize("name", ON_TABS)
def test_a_text_without_a_tab_counts_nothing_and_the_others_are_measured(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = compute(name, [RIFFS[0], "la la la", RIFFS[1]])
    values = means(compute(name, RIFFS[:2]))
    for value in values if name != "tab_validity" else ["tab_validity"]:
        if name == "playability":
            assert math.isnan(found["per_tab"][1][value])
            assert found[value] == pytest.approx(values[value])
        elif "divergence" not in value:
            assert found["per_tab"][1][value] == 0
            assert found[value] == pytest.approx(2 / 3 * values[value])
    if name != "tab_validity":  # there it is what is measured
        counts = "has no value" if name == "playability" else "counts 0"
        assert f"{name}: tab 2 of 3 holds no bass tab and {counts}" in caplog.text


@pytest.mark.parametrize("name", NAMES)
def test_the_example_that_a_module_shows_is_true(name: str) -> None:
    module = evaluate.load(metric_path(name))
    names = {"evaluate": evaluate, "metric_path": metric_path, "tab": EXAMPLE}
    test = doctest.DocTestParser().get_doctest(module.inputs_description, names, name, None, 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0
    assert re.match(r"@\w+\{\w+,", module.citation)


@pytest.mark.parametrize("name", ON_TABS)
def test_references_are_compared_with_where_that_is_something(name: str) -> None:
    if name not in COMPARING:
        assert compute(name, RIFFS, references=RIFFS) == compute(name, RIFFS)
    else:
        assert compute(name, RIFFS, references=RIFFS[:1])  # fewer than tabs
        assert compute(name, RIFFS, references=RIFFS[0])
        with pytest.raises(BasstabError, match=r"^reference 2 holds no bass tab"):
            compute(name, RIFFS, references=[RIFFS[0], "la la la"])
        with pytest.raises(BasstabError, match=r"^references must be the text of tabs"):
            compute(name, RIFFS, references=[3])
    with pytest.raises(BasstabError, match=f"^{name}: give references to compute"):
        evaluate.load(metric_path(name)).add_batch(predictions=RIFFS, references=RIFFS)


def test_comparing_adds_a_divergence() -> None:
    far = [text.replace("E|", "C|") for text in RIFFS]
    for name, value in (("pitch_histogram", "pitch_divergence"), ("note_density", "density_divergence")):
        assert value not in compute(name, RIFFS)
        assert compute(name, RIFFS, references=RIFFS)[value] == pytest.approx(0)
    assert compute("pitch_histogram", RIFFS, references=far)["pitch_divergence"] > 0.1
    assert compute("note_density", RIFFS, references=far)["density_divergence"] == 0
    assert math.isnan(compute("pitch_histogram", RIFFS, references=[])["pitch_divergence"])


def test_originality_needs_what_it_compares_with() -> None:
    with pytest.raises(BasstabError, match="give them as references"):
        evaluate.load(metric_path("originality")).compute(predictions=RIFFS)
    found = compute("originality", RIFFS, references=RIFFS[1:])["per_tab"]
    assert [one["piece"] for one in found[1:]] == [0, 1]
    assert found[0]["originality"] > found[1]["originality"] == 0


def test_tempo_and_grid_are_settings() -> None:
    slow, fast = (compute("playability", RIFFS, tempo=tempo) for tempo in (60, 120))
    assert fast["shifts_per_second"] == pytest.approx(2 * slow["shifts_per_second"])
    assert compute("note_density", RIFFS, columns_per_beat=2)["note_density"] == 1
    with pytest.raises(BasstabError, match=r"^tempo 0 and 4 columns a beat: both must be above 0$"):
        compute("playability", RIFFS, tempo=0)


def test_modules_combine() -> None:
    both = evaluate.combine([evaluate.load(metric_path(name)) for name in ("note_density", "groove_consistency")])
    found = both.compute(predictions=RIFFS)
    assert (found["note_density"], found["groove_consistency"]) == (2, 1)
    every = evaluate.combine([metric_path(name) for name in ON_TABS])
    found = every.compute(predictions=RIFFS, references=RIFFS[:1])
    assert found["originality"] == compute("originality", RIFFS)["originality"]
    assert found["tab_validity_per_tab"] == compute("tab_validity", RIFFS)["per_tab"]
    assert "pitch_divergence" in found


def test_bits_per_column() -> None:
    metric = evaluate.load(metric_path("bits_per_column"))
    found = metric.compute(nats=[math.log(2) * 6, math.log(2) * 2, 1.0], columns=[3, 5, 0])
    assert found["bits_per_column"] == pytest.approx((6 + 2 + 1 / math.log(2)) / 8)
    assert found["per_piece"][:2] == pytest.approx([2, 0.4])
    assert math.isnan(found["per_piece"][2])
    nothing = metric.compute(nats=[], columns=[])
    assert math.isnan(nothing["bits_per_column"])
    assert nothing["per_piece"] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_module_works_wherever_its_folder_is(name: str, tmp_path: Path) -> None:
    """As on the Hub: nothing beside it, basstab_hf installed."""
    shutil.copytree(FOLDER / name, tmp_path / name)
    module = evaluate.load(str(tmp_path / name))
    assert module.name == name
    assert "Range" in module.description


def test_a_module_names_what_is_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "basstab_hf", None)
    with pytest.raises(ImportError, match="pip install basstab_hf"):
        evaluate.load(str(FOLDER / "playability"))


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_the_card_is_true(name: str) -> None:
    card = (FOLDER / name / "README.md").read_text()
    assert {"Range", "NaN", "Source", "Limits"} <= set(re.findall(r"\w+", card))
    code = card.split("```python\n")[1].split("\n```")[0]
    before, call, comment = re.fullmatch(r"(.*\n)(metric\.compute\(.*?\))\s+# (.*)", code, re.DOTALL).groups()
    scope: dict[str, Any] = {}
    exec(before, scope)
    found = eval(call, scope)
    promised = dict(re.findall(r"'(\w+)': (-?[\d.]+)", comment))
    assert promised.keys() == found.keys() - {"per_tab", "per_piece"}
    for value, figure in promised.items():
        assert found[value] == pytest.approx(float(figure), rel=1e-3)
