import json
import math
from pathlib import Path

import pytest

from basstab_hf.chart.names import parse_chord, parse_key
from basstab_hf.cli import main
from basstab_hf.evaluation.obedience import Obeyed, key_share, measure_obedience, root_share, table, tone_share
from basstab_hf.tab.values import Tab

# C and E in the first bar, G# and B in the second.
TAB = Tab.parse("G|----------------|----------------|\nD|--------2-------|--------9-------|\n" + (
    "A|3---------------|----------------|\nE|----------------|4---------------|"
))  # fmt: skip
EMPTY = Tab.parse("G|----|\nD|----|\nA|----|\nE|----|")


def test_shares_of_a_key() -> None:
    assert key_share(parse_key("C"), TAB) == 0.75
    assert key_share(parse_key("Am"), TAB) == 1  # G# is its raised seventh
    assert math.isnan(key_share(parse_key("C"), EMPTY))


@pytest.mark.parametrize(
    ("names", "roots", "tones"),
    [("C E", 0.5, 1.0), ("C/E E/G#", 0.5, 1.0), ("C G#", 1.0, 0.75), ("N.C. Fm", 0.0, 0.5), ("C", 0.5, 0.5)],
)
def test_shares_of_chords(names: str, roots: float, tones: float) -> None:
    chords = [parse_chord(name) for name in names.split()]
    assert root_share(chords, TAB) == roots
    assert tone_share(chords, TAB) == tones


def test_without_notes_nothing_is_told() -> None:
    assert math.isnan(root_share([parse_chord("C")], EMPTY))
    assert math.isnan(tone_share([parse_chord("C")], EMPTY))


@pytest.fixture(scope="module")
def obeyed(riff_model: Path) -> list[Obeyed]:
    return measure_obedience(riff_model, 1)


def test_what_can_be_asked_for_is_measured_beside_what_was_not_asked(obeyed: list[Obeyed], riff_model: Path) -> None:
    learnt = json.loads((riff_model / "metrics.json").read_text())["dataset"]["controls"]
    words = [one.asked for one in obeyed if one.asked.startswith("<")]
    assert words
    assert all(learnt[word] >= 10 for word in words)
    assert sum(word.startswith("<key") for word in words) <= 4
    found = {(one.asked, one.measure): one for one in obeyed}
    assert len(found) == len(obeyed)
    in_key = found["key, by control", "notes in the key"]
    assert in_key.when_asked.mean > max(0.7, in_key.otherwise.mean)
    tones = found["chords", "notes of the chord"]
    assert tones.when_asked.mean > tones.otherwise.mean
    assert found["difficulty 1", "highest fret"].when_asked.mean <= 5
    assert {one.asked for one in obeyed} >= {f"difficulty {level}" for level in range(1, 6)}


def test_the_table_has_a_line_a_measure(obeyed: list[Obeyed]) -> None:
    head, *lines = table(obeyed).splitlines()
    assert head.split() == ["asked", "for", "then", "otherwise"]
    assert len(lines) == len(obeyed)
    assert any(line.startswith("chords") and "notes of the chord" in line for line in lines)


def test_the_command_line_measures_it(
    riff_model: Path, riff_dataset: Path, obeyed: list[Obeyed], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    asked: list[int] = []
    monkeypatch.setattr(
        "basstab_hf.evaluation.evaluation.measure_obedience", lambda _, count: asked.append(count) or obeyed
    )
    command = ["evaluate", str(riff_model), str(riff_dataset), "--samples", "0", "--obedience", "3"]
    assert main([*command, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["obedience"]) == len(obeyed)
    assert set(document["obedience"][0]) == {"asked", "measure", "when_asked", "otherwise"}
    assert main(command) == 0
    assert table(obeyed) in capsys.readouterr().out
    assert asked == [3, 3]
