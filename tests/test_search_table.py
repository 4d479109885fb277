import io
import logging
import re
import sys
import time
from dataclasses import replace
from typing import Any

import pytest

from basstab_hf.errors import MissingExtraError
from basstab_hf.search.standing import Standing, duration, short
from basstab_hf.search.table import TrialTable, frame
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, RUNNING, WAITING, Evaluation, Trial


class Clock:
    """Seconds that a test moves on."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def trial(number: int, state: str = RUNNING, bits: tuple[float, ...] = (), **values: Any) -> Trial:
    """A trial of 400 steps, evaluated every 100 steps, each of which took 50 seconds."""
    evaluations = tuple(
        Evaluation(100 * place, figure, figure - 0.1, 5000.0, 45.0 * place, 50.0 * place)
        for place, figure in enumerate(bits, 1)
    )
    parameters = {"training.learning_rate": 0.0031234, "model.n_layer": number}
    return Trial(number, f"t{number}", state, parameters, evaluations, **{"steps": 400, **values})


def standing(*trials: Trial, planned: int = 10, parallel: int = 2, now: float = 0.0) -> Standing:
    found = Standing(planned, parallel)
    for each in trials:
        found = found.told(each, now)
    return found


def test_the_time_left_is_unknown_before_an_evaluation() -> None:
    assert Standing(10, 2).seconds_left(5) is None
    assert standing(trial(1), trial(2)).seconds_left(60) is None
    assert standing(trial(1, FAILED), trial(2)).seconds_left(60) is None
    assert standing(trial(1, bits=(2.0,), steps=0)).seconds_left(0) is None  # its budget is not known, either


def test_the_time_left_follows_from_the_trials() -> None:
    # Two at 50 of 200 seconds, eight to come that take 200 each as these will: (2 * 150 + 8 * 200) / 2.
    begun = standing(trial(1, bits=(2.0,)), trial(2, bits=(2.0,)))
    assert begun.seconds_left(0) == 950
    assert begun.seconds_left(10) == 940
    assert replace(begun, parallel=0).seconds_left(0) == 950
    assert standing(trial(1, FINISHED, (2.0,)), planned=3, parallel=0).seconds_left(0) == 100
    # Ended ones took 200 and 50, so 125 on average; one at 100 of 200, one without a figure, six to come.
    pruned = trial(2, PRUNED, (3.0,))
    going = standing(trial(1, FINISHED, (2.0,) * 4), pruned, trial(3, bits=(2.5, 2.4)), trial(4))
    assert going.seconds_left(0) == (100 + 125 + 6 * 125) / 2
    # The last one alone uses one of the places.
    last = standing(trial(1, FINISHED, (2.0,) * 4), trial(2, bits=(2.0,)), planned=2)
    assert last.seconds_left(0) == 150
    assert last.seconds_left(1000) == 0
    assert standing(trial(1, FINISHED, (2.0,)), planned=1).seconds_left(0) == 0


def test_time_counts_while_a_trial_is_worked_on() -> None:
    found = standing(trial(1), now=100)
    assert found.heard[1].seconds(130) == 30
    found = found.told(trial(1, bits=(2.0,)), 151)  # says itself that it took 50 seconds
    assert found.heard[1].seconds(161) == 60
    aside = found.told(trial(1, WAITING, (2.0,)), 161)
    assert aside.heard[1].seconds(900) == 60
    assert aside.told(trial(1, RUNNING, (2.0,)), 900).heard[1].seconds(905) == 55
    assert found.told(trial(1, FAILED, (2.0,)), 171).heard[1].seconds(900) == 70
    assert found.told(trial(1, RUNNING, restarts=1), 171).heard[1].seconds(172) == 1
    assert standing(trial(1, PRUNED, (2.0, 2.0)), now=7).heard[1].seconds(900) == 100  # of a search that goes on


def test_the_best_is_one_that_can_win() -> None:
    found = standing(trial(1, FINISHED, (2.0,)), trial(2, PRUNED, (1.0,)), trial(3, FAILED, (1.1,)))
    assert found.best() == found.heard[1].trial
    assert found.told(trial(4, RUNNING, (1.9,)), 0).best().number == 4  # type: ignore[union-attr]
    assert standing(trial(1), trial(2, FAILED)).best() is None
    assert found.counts() == {FINISHED: 1, PRUNED: 1, FAILED: 1, RUNNING: 0, WAITING: 7}


def test_many_trials_fit_the_terminal() -> None:
    running = [trial(number, bits=(2.0,)) for number in (3, 58)]
    ended = [trial(n, FAILED if n == 5 else FINISHED, () if n == 5 else (1 + n / 100,)) for n in (*range(4, 58), 1, 2)]
    found = standing(*running, *ended, planned=60)
    assert [each.number for each in found.shown(40)] == [3, 58, 1, 2, 4, *range(6, 13)]
    assert [each.number for each in found.shown(3)] == [3, 58, 1]
    for width, height in ((120, 23), (120, 8), (60, 23), (40, 23), (40, 4), (10, 3)):
        lines = _drawn(found, width, height)
        assert all(len(line) <= width for line in lines)
        assert height < 7 or len(lines) <= height
    text = "\n".join(_drawn(found, 120, 23))
    assert "58 running  learning_rate=0.00312 n_layer=58" in text
    assert "best so far 1.010 bits/column: trial 1, learning_rate=0.00312 n_layer=1" in text
    assert "56 of 60 ended (55 finished, 1 failed, 2 running, 2 waiting), 1:02:03 elapsed, " in text


def _drawn(found: Standing, width: int, height: int) -> list[str]:
    from rich.console import Console

    console = Console(file=io.StringIO(), width=width, height=height + 1)
    console.print(frame(found, 0, 3723, width, height))
    return str(console.file.getvalue()).splitlines()  # type: ignore[attr-defined]


def test_a_narrow_terminal_has_all_figures() -> None:
    lines = _drawn(standing(trial(12, bits=(2.25, 2.125)), trial(3, FINISHED, (3.0,) * 4)), 40, 20)
    assert lines[0].split() == ["#", "state", "step", "bits", "time"]
    assert [line.split() for line in lines[1:3]] == [
        ["12", "running", "200/400", "2.125", "1:40"],
        ["3", "finished", "400/400", "3.000", "3:20"],
    ]


def test_logs_get_a_line_where_something_happens(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    table = TrialTable(4, 2, clock)
    told = [
        (0, trial(1)),
        (5, trial(2)),
        (30, trial(1, bits=(2.5,))),
        (40, trial(2, bits=(3.0,))),
        (50, trial(2, PRUNED, (3.0,), reason="half of them are better")),
        (70, trial(1, bits=(2.5, 2.25))),
        (80, trial(1, bits=(2.5, 2.25, 2.0))),
        (90, trial(3)),
        (95, trial(3, FAILED, reason="CUDA is out of memory")),
        (96, trial(1, RUNNING, (2.5, 2.25, 2.0), restarts=1)),
        (99, trial(1, FINISHED, (2.5, 2.25, 2.0, 1.5), restarts=1)),
    ]
    for second, each in told:
        clock.now = 1000.0 + second
        table.changed(each)
    table.close("killed")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "trial 1 of 4 began: learning_rate=0.00312 n_layer=1",
        "trial 2 of 4 began: learning_rate=0.00312 n_layer=2",
        "trial 2 of 4 pruned at step 100/400, 3.000 bits/column, 1:00: half of them are better",
        "1 of 4 ended (1 pruned, 1 running, 2 waiting), 1:10 elapsed, 1:50 left; "
        "best so far 2.250 bits/column: trial 1 (running), learning_rate=0.00312 n_layer=1",
        "trial 3 of 4 began: learning_rate=0.00312 n_layer=3",
        "trial 3 of 4 failed at step 0/400, 0:05: CUDA is out of memory",
        "trial 1 of 4 began again at step 300/400 (restart 1)",
        "trial 1 of 4 finished at step 400/400, 1.500 bits/column, 3:20",
        "search killed; 3 of 4 ended (1 finished, 1 pruned, 1 failed, 1 waiting), 1:39 elapsed, 1:28 left; "
        "best so far 1.500 bits/column: trial 1, learning_rate=0.00312 n_layer=1",
    ]


def test_a_search_that_goes_on_tells_of_its_old_trials_at_once(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    first = TrialTable(3, 1, clock)
    first.changed(trial(1))
    table = TrialTable(3, 1, clock)
    first.close("killed")
    capsys.readouterr()
    clock.now += 3600
    for each in (trial(1, FINISHED, (2.0,) * 4), trial(2, WAITING, (2.5,)), trial(2, RUNNING, (2.5,))):
        table.changed(each)
    table.close("finished")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        "1 of 3 ended (1 finished",
        "trial 2 of 3 goes on at step 100/400: learning_rate=0.00312 n_layer=2",
        "search finished; 1 of 3 ended (1 finished",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name, value in {"TERM": "xterm", "COLUMNS": "100", "LINES": "20"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def test_a_terminal_keeps_the_last_table_and_what_may_not_be_missed(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    handler = logging.StreamHandler(terminal)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    table = TrialTable(3, 2)
    table.changed(trial(1))
    table.changed(replace(trial(1), restarts=1))
    logging.getLogger("telling").warning("a library warns")
    for _ in range(40):  # many evaluations, few frames
        table.changed(trial(1, bits=(2.0,), restarts=1))
    table.changed(trial(2, FAILED, reason="of an earlier process, told then"))
    table.changed(trial(3))
    table.changed(trial(3, FAILED, reason="no memory"))
    time.sleep(0.6)
    table.changed(trial(1, FINISHED, (2.0, 1.5), restarts=1))
    table.close("killed")
    assert sys.stderr is terminal
    assert handler.stream is terminal
    written = terminal.getvalue()
    assert written.count("elapsed") < 10
    lines = [line for line in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written).splitlines() if line]
    assert "a library warns" in lines
    assert "trial 1 of 3 began again at step 0/400 (restart 1)" in lines
    assert "trial 3 of 3 failed at step 0/400, 0:00: no memory" in lines
    assert "told then" not in written
    assert lines[-1] == "search killed"
    assert lines[-2].startswith("3 of 3 ended (1 finished, 2 failed)")
    assert [line.split()[:2] for line in lines[-6:-3]] == [["1", "finished"], ["2", "failed"], ["3", "failed"]]
    assert "\x1b[31mtrial 3 of 3 failed" in written  # in red, and the table below it is not
    assert "\x1b[1;31m" not in written


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_terminals_without_colours(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv(name, value)
    table = TrialTable(1, 1)
    table.changed(trial(1))
    table.changed(trial(1, FINISHED, (2.0,)))
    table.close("finished")
    assert not re.search(r"\x1b\[\d+(;\d+)*m", re.sub(r"\x1b\[[01]m", "", terminal.getvalue()))
    assert ("\x1b" in terminal.getvalue()) == (name == "NO_COLOR")
    assert "best so far 2.000" in terminal.getvalue()


def test_a_table_that_was_told_nothing_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    TrialTable(3, 1).close("failed")
    assert capsys.readouterr().err == ""


def test_a_missing_rich_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(MissingExtraError, match=r"basstab-hf\[search\]"):
        TrialTable(1, 1).changed(trial(1))


def test_parameters_and_durations_are_short() -> None:
    assert short({"a.rate": 1.23456e-5, "n": 3, "kind": "riff", "on": True}) == "rate=1.23e-05 n=3 kind=riff on=True"
    assert [duration(seconds) for seconds in (0.9, 754, 3723)] == ["0:00", "12:34", "1:02:03"]
