import json
import math
import sys

import pytest

from basstab_hf import BasstabError
from basstab_hf.metrics.comparison import METRICS, Figure, measure, table
from tests.conftest import riff

RIFFS = [riff(number) for number in range(6)]


def test_all_values_of_a_set_with_their_intervals() -> None:
    found = measure(RIFFS[:4], RIFFS[3:])
    assert found["note_density"] == Figure(2.0, 2.0, 2.0)
    assert found["tab_validity"].mean == 1
    assert found["originality"].low < found["originality"].mean < found["originality"].high
    assert found["pitch_divergence"].mean > 0
    assert math.isnan(found["pitch_divergence"].low)  # of the set, not of its tabs
    assert json.dumps(found["pitch_divergence"].as_dict(), allow_nan=False)
    assert "piece" not in found


def test_without_references_nothing_is_compared() -> None:
    found = measure(RIFFS)
    assert not {"originality", "pitch_divergence", "density_divergence"} & found.keys()
    assert len(found) >= len(METRICS)


def test_sets_stand_side_by_side() -> None:
    printed = table({"held out": {"note_density": Figure(2, 1.5, 2.25), "d": Figure(0.25)}, "model": {"d": Figure(1)}})
    assert printed.splitlines() == [
        "              held out              model",
        "note_density  2.000 [1.500, 2.250]",
        "d             0.250                 1.000",
    ]
    assert table({}) == ""


def test_a_set_without_tabs_has_no_values() -> None:
    assert all(figure.as_dict()["mean"] is None for figure in measure([], RIFFS[:1]).values())


def test_what_cannot_be_measured_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measure([RIFFS[0], "la la la"])["note_density"] == Figure(1.0, 0.0, 2.0)
    monkeypatch.setitem(sys.modules, "evaluate", None)
    with pytest.raises(BasstabError, match=r"pip install \"basstab-hf\[train\]\""):
        measure(RIFFS)
