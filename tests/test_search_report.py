import base64
import io
import math
import random
import re
import struct
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from basstab_hf.errors import MissingExtraError, OutputError
from basstab_hf.search.importance import importances
from basstab_hf.search.report import CURVES, FILES, IMPORTANCE, PARALLEL, SLICES, write_report
from basstab_hf.search.results import ranked
from basstab_hf.search.scales import ABSENT_PLACE, scales
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, RUNNING, WAITING, Evaluation, Trial

ABOUT = "Nine parameters, by chance."


def trial(number: int, bits: float | None = None, state: str = FINISHED, reason: str = "", **parameters: Any) -> Trial:
    """`bits` after its second evaluation."""
    costs = [] if bits is None else [bits + 1.5, bits]
    evaluations = tuple(Evaluation(10 * n, cost, cost, 900.0, 2.0 * n, 3.0 * n) for n, cost in enumerate(costs, 1))
    return Trial(number, f"id-{number}", state, parameters, evaluations, 20, reason)


def search(n: int, seed: int = 0) -> list[Trial]:
    """What is paid depends on the rate alone; the worst third is pruned, and every ninth fails."""
    chance = random.Random(seed)
    trials = []
    for number in range(1, n + 1):
        rate = 10 ** chance.uniform(-4, -1)
        cost = 2 + (math.log10(rate) + 2.5) ** 2 + chance.gauss(0, 0.05)
        parameters = {"training.rate": rate, "n": chance.randint(1, 9), "kind": chance.choice(["note", "riff"])}
        state = FAILED if number % 9 == 0 else PRUNED if cost > 3 else FINISHED
        reason = {FAILED: "out of memory", PRUNED: "worse than most", FINISHED: ""}[state]
        trials.append(trial(number, cost, state, reason, **parameters))
    return trials


class _Page(HTMLParser):
    """What a reader gets: text, rows of the table, pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self.images: list[dict[str, str | None]] = []
        self.marked: list[int] = []
        self.tags: set[str] = set()
        self.in_table = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.in_table = self.in_table or tag == "table"
        if tag == "tr":
            if dict(attrs).get("class") == "best":
                self.marked.append(len(self.rows))
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "img":
            self.images.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.in_table = self.in_table and tag != "table"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.in_table and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()


def read(folder: Path) -> _Page:
    return _Page((folder / "report.html").read_text(encoding="utf-8"))


def report(folder: Path, trials: list[Trial], **settings: Any) -> _Page:
    write_report(trials, folder, about=ABOUT, **settings)
    return read(folder)


def test_the_page_tells_the_outcome_and_ranks_all_trials(tmp_path: Path) -> None:
    trials = [
        trial(1, 2.5, n=3, rate=0.00123456),
        trial(2, 2.25, n=4),
        trial(3, 1.0, PRUNED, "worse than most", n=5),
        trial(4, None, FAILED, "out of memory", n=6),
        trial(5, None, FAILED, "out of memory", n=7),
    ]
    page = report(tmp_path, trials, dataset="my tabs")
    assert ABOUT in page.text
    text = " ".join(page.text.split())
    assert "Trial 2 is the best, with 2.2500 bits per column" in text
    assert "the next, trial 1, has 2.5000" in text
    assert "Of 5 trials: 2 finished, 1 pruned, 2 failed." in text
    assert "2 × out of memory" in text
    assert "basstab train 'my tabs' --config best.yaml" in text
    assert [row[0] for row in page.rows[1:]] == ["2", "1", "3", "4", "5"]
    assert page.rows[2] == ["1", "finished", "2.5000", "20 of 20", "4", "3", "0.00123", ""]
    assert page.rows[5] == ["5", "failed", "–", "– of 20", "–", "7", "–", "out of memory"]
    assert page.marked == [1]


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    page = report(tmp_path, search(30), log=["training.rate"])
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert "http" not in html
    assert len(page.images) == 4
    for image in page.images:
        assert image["alt"]
        prefix, _, data = str(image["src"]).partition(",")
        assert prefix == "data:image/png;base64"
        assert base64.b64decode(data) in {path.read_bytes() for path in tmp_path.glob("*.png")}


def test_what_trials_say_is_text_and_not_markup(tmp_path: Path) -> None:
    evil = "<script>alert('&amp;')</script>"
    trials = [replace(trial(1, 2.0, FAILED, evil * 40), parameters={evil: evil}), trial(2, None, FAILED)]
    write_report(trials, tmp_path, about=evil, dataset=evil)
    page = read(tmp_path)
    assert "script" not in page.tags
    assert page.text.count(evil) > 4
    assert max(len(cell) for row in page.rows for cell in row) <= 200
    assert "no reason given" in page.text


@pytest.mark.parametrize("figure", [math.nan, math.inf])
def test_figures_that_are_none_do_not_reach_the_page(tmp_path: Path, figure: float) -> None:
    trials = [trial(1, figure, FAILED, rate=figure), trial(2, 2.0, rate=0.1), trial(3, 2.5, rate=0.2)]
    page = report(tmp_path, trials)
    assert not re.search(r"\b(nan|inf|null|None)\b", page.text)
    assert page.rows[1][0] == "2"


@pytest.mark.parametrize(
    ("trials", "drawn", "said"),
    [
        ([], set(), "No trial began."),
        ([trial(1, state=WAITING), trial(2, state=RUNNING)], set(), "1 running, 1 waiting"),
        ([trial(1, None, FAILED, n=1), trial(2, None, FAILED, n=2)], set(), "No trial finished"),
        ([trial(1, 2.0, FAILED, n=1), trial(2, 3.0, FAILED, n=2)], {CURVES}, "No trial finished"),
        ([trial(1, 2.0, n=1)], {CURVES}, "Of 1 trial: 1 finished."),
        ([trial(1, 2.0, n=1), trial(2, 3.0, n=1)], {CURVES}, "two trials with different values"),
        ([trial(1, 2.0, n=1), trial(2, 2.0, n=2)], {CURVES, PARALLEL, SLICES}, "it needs 8 trials"),
        ([trial(1, 2.0, PRUNED, n=1), trial(2, 3.0, PRUNED, n=2)], {CURVES, PARALLEL, SLICES}, "No trial finished"),
        ([trial(1, 2.0, n=1, m=2), trial(2, 3.0, n="a"), trial(3, 4.0, m=3)], {CURVES, PARALLEL, SLICES}, "3 finished"),
    ],
)
def test_only_what_there_is_to_see_is_drawn(tmp_path: Path, trials: list[Trial], drawn: set[str], said: str) -> None:
    page = report(tmp_path, trials)
    assert {path.name for path in tmp_path.glob("*.png")} == drawn
    assert said in " ".join(page.text.split())
    assert ("basstab generate" in page.text) == any(one.state == FINISHED for one in trials)


def test_a_hundred_trials_of_many_parameters(tmp_path: Path) -> None:
    chance = random.Random(1)
    trials = [
        replace(one, parameters={**one.parameters, **{f"group.parameter_{n}": chance.random() for n in range(7)}})
        for one in search(100)
    ]
    page = report(tmp_path, trials, log={"training.rate"})
    assert len(page.rows) == 101
    assert len({len(row) for row in page.rows}) == 1
    width, height = struct.unpack(">II", (tmp_path / PARALLEL).read_bytes()[16:24])
    assert 1200 < width < 3000
    assert height < 800


def test_a_report_is_replaced_whole_and_only_when_asked(tmp_path: Path) -> None:
    write_report(search(30), tmp_path, about=ABOUT)
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OutputError, match="exists already"):
        write_report([trial(1, 2.0)], tmp_path, about=ABOUT)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    write_report(search(30), tmp_path, about=ABOUT, force=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    write_report([trial(1, 2.0)], tmp_path, about=ABOUT, force=True)
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", CURVES}


def test_numbers_lie_on_their_axis_and_ticks_are_round() -> None:
    trials = [trial(n, 2.0, rate=rate, n=n) for n, rate in enumerate([0.001, 0.01, 0.1, 0.02, 0.03, 0.04, 0.05], 1)]
    rate, n = scales(trials, ["rate"])
    assert [rate.place(one) for one in trials[:3]] == pytest.approx([0, 0.5, 1])
    assert [label for _, label in rate.ticks()][::3] == ["0.001", "0.01", "0.1"]
    assert n.place(trials[3]) == 0.5
    assert [label for _, label in n.ticks()] == ["1", "2", "3", "4", "5", "6", "7"]
    plain, _ = scales(trials)
    assert plain.place(trials[1]) == pytest.approx(1 / 11)


def test_few_numbers_are_ticks_themselves_and_many_categories_are_thinned_out() -> None:
    (size,) = scales([trial(n, 2.0, size=size) for n, size in enumerate([256, 64, 128, 64])], ["size"])
    assert [label for _, label in size.ticks()] == ["64", "128", "256"]
    (narrow,) = scales([trial(n, 2.0, rate=0.0031 + n * 1e-4) for n in range(8)], ["rate"])
    assert {"0.0032", "0.0036"} <= {label for _, label in narrow.ticks()}
    (many,) = scales([trial(n, 2.0, kind=f"kind {n:02}") for n in range(40)])
    assert 10 < len(many.ticks()) < 20


def test_categories_and_missing_values_have_their_places() -> None:
    trials = [trial(1, 2.0, kind="riff"), trial(2, 2.0, kind="note"), trial(3, 2.0), trial(4, 2.0, kind=["a", 1])]
    (kind,) = scales(trials, ["kind"])
    assert kind.ticks() == [(ABSENT_PLACE, "not set"), (0, '["a", 1]'), (0.5, "note"), (1, "riff")]
    assert [kind.place(one) for one in trials] == [1, 0.5, ABSENT_PLACE, 0]


def test_labels_tell_parameters_apart() -> None:
    trials = [
        replace(trial(n, 2.0), parameters={"model.dropout": n, "head.dropout": n, "a.n_layer": n}) for n in (1, 2)
    ]
    assert [scale.label for scale in scales(trials)] == ["model dropout", "head dropout", "n layer"]


def test_what_reads_the_same_is_no_difference() -> None:
    trials = [trial(1, 2.0, size=1, kind="1", off=None), trial(2, 2.0, size=1.0, kind=1, off=math.nan)]
    assert scales(trials, ["size", "off"]) == []


def test_dollars_are_no_formula(tmp_path: Path) -> None:
    report(tmp_path, [trial(n, n, kind=kind, **{"$a_$": n}) for n, kind in enumerate([r"$\frac$", "$^$"], 1)])
    assert (tmp_path / PARALLEL).exists()


def test_zero_has_no_logarithm() -> None:
    (decay,) = scales([trial(n, 2.0, decay=n) for n in range(3)], ["decay"])
    assert not decay.log


def test_the_parameter_that_decides_is_the_important_one_and_the_others_are_chance() -> None:
    trials = ranked(search(60))
    first, *others = importances(trials, scales(trials, ["training.rate"]))
    assert first.scale.name == "training.rate"
    assert first.share > 2 * first.chance
    assert sum(one.share for one in [first, *others]) == pytest.approx(1)
    assert all(one.share < one.chance for one in others)
    assert importances(trials, scales(trials, ["training.rate"]))[0] == first


def test_figures_of_pruned_trials_do_not_count_but_that_they_were_pruned_does() -> None:
    trials = ranked(search(60))
    axes = scales(trials, ["training.rate"])
    cheap = [
        replace(one, evaluations=(replace(one.evaluations[0], bits_per_column=0.1),)) if one.state == PRUNED else one
        for one in trials
    ]
    assert importances(cheap, axes) == importances(trials, axes)
    finished = [one for one in trials if one.state == FINISHED]
    assert importances(finished, axes) != importances(trials, axes)


@pytest.mark.parametrize("n", [0, 1, 7])
def test_too_few_trials_have_no_importance(n: int) -> None:
    trials = ranked(search(n))
    assert importances(trials, scales(trials)) == []
    pruned = [replace(one, state=PRUNED) for one in search(40)[:36]]
    assert importances([*search(1), *pruned], scales(pruned)) == []


@pytest.mark.parametrize(("n", "warned"), [(12, True), (40, False)])
def test_few_trials_are_said_to_tell_little(tmp_path: Path, n: int, warned: bool) -> None:
    page = report(tmp_path, search(n))
    assert (tmp_path / IMPORTANCE).exists()
    assert ("With fewer than 20 trials" in page.text) == warned


def test_a_parameter_that_few_trials_have_and_equal_figures_are_no_trouble(tmp_path: Path) -> None:
    trials = [trial(n, 2.0, n=n, **({"rare": n} if n < 3 else {})) for n in range(1, 25)]
    report(tmp_path, trials)
    assert (tmp_path / IMPORTANCE).exists()
    assert all(one.share == 0 for one in importances(trials, scales(trials)))


def test_optuna_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    trials = search(30)
    assert importances(trials, scales(trials))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("module", "extra"), [("optuna", "search"), ("matplotlib.figure", "plot")])
def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, extra: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"basstab-hf\[{extra}\]"):
        write_report(search(30), tmp_path, about=ABOUT)
    assert not list(tmp_path.iterdir())


def test_a_trial_that_went_wild_does_not_flatten_the_others() -> None:
    """The best trial's line, by its colour, covers as many rows of the picture with and without the wild one."""
    from matplotlib.image import imread

    from basstab_hf.search.plots import learning_curves

    tame = ranked(trial(n, 2 + n / 10, n=n) for n in range(1, 8))
    rows = []
    for trials in (tame, [*tame, trial(9, 900.0, FAILED, n=9)]):
        pixels = imread(io.BytesIO(learning_curves(trials)))[80:, :, :3]  # below the legend
        red = (abs(pixels - [0xB0 / 255, 0x41 / 255, 0x3E / 255]) < 0.02).all(axis=2)
        rows.append(int(red.any(axis=1).sum()))
    assert rows[1] > 0.5 * rows[0]
