"""How a search goes, on stderr: on a terminal a table redrawn in place, elsewhere lines, with the same figures.

Input: the trials that a `Listener` is told. Output: text.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import MissingExtraError
from basstab_hf.search.standing import Standing
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, RUNNING, WAITING, Trial

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.live import Live

#: Frames a second, and seconds between two lines that tell nothing but how far the search is.
_FRAMES, _QUIET = 2, 60.0
#: Characters from which on a terminal has room for parameters.
_WIDE = 64
_COLOURS = {RUNNING: "cyan", FINISHED: "green", PRUNED: "yellow", FAILED: "red", WAITING: "dim"}


class TrialTable:
    """A `Listener` that shows what it is told: `planned` trials in all, `parallel` at a time.

    It opens at the first trial. A copy made by pickle starts empty: a search that goes on tells all its trials again.
    """

    def __init__(self, planned: int, parallel: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = (planned, parallel, clock)
        self._clock = clock
        self._standing = Standing(planned, max(1, parallel))
        self._display: _Redrawn | _Lines | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"settings": self._settings}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        TrialTable.__init__(self, *state["settings"])

    def changed(self, trial: Trial) -> None:
        """Show a trial that began, was evaluated, began again or ended.

        Raises:
            MissingExtraError: rich is not installed.
        """
        now = self._clock()
        before = self._standing.heard.get(trial.number)
        self._standing = self._standing.told(trial, now)
        if self._display is None:
            self._display = _display(lambda: self._standing, self._clock)
        self._display.changed(before.trial if before else None, trial)

    def close(self, state: str) -> None:
        """Leave the last state of things."""
        if self._display is not None:
            self._display.close(state)
            self._display = None


def _display(standing: Callable[[], Standing], clock: Callable[[], float]) -> _Redrawn | _Lines:
    try:
        from rich.console import Console
    except ImportError as error:
        raise MissingExtraError("rich", "search") from error
    console = Console(stderr=True, highlight=False, emoji=False, markup=False)
    if sys.stderr.isatty() and console.is_terminal and not console.is_dumb_terminal:
        return _Redrawn(console, standing, clock)
    return _Lines(standing, clock)


class _Lines:
    """For logs: a line when a trial begins, ends or begins again, and else one a minute at most."""

    def __init__(self, standing: Callable[[], Standing], clock: Callable[[], float]) -> None:
        self._standing, self._clock = standing, clock
        self._opened = self._told = clock()

    def changed(self, before: Trial | None, trial: Trial) -> None:
        """Tell of what happened to a trial."""
        now = self._clock()
        if before is None and trial.has_ended:  # of a search that goes on: one line tells of all of these
            self._told = float("-inf")
            return
        if line := news(before, trial, self._standing(), now):
            _print(line)
        if now - self._told >= _QUIET:
            self._tell(now)

    def close(self, state: str) -> None:
        """Tell how far the search came."""
        self._tell(self._clock(), state)

    def _tell(self, now: float, state: str = "") -> None:
        self._told = now
        best, progress = summary(self._standing(), now, now - self._opened)
        _print("; ".join(filter(None, [f"search {state}" if state else "", progress, best])))


class _Redrawn:
    """For terminals: the table in place, and above it what may not be missed."""

    def __init__(self, console: Console, standing: Callable[[], Standing], clock: Callable[[], float]) -> None:
        from rich.live import Live

        self._console, self._standing, self._clock = console, standing, clock
        self._opened = clock()
        self._streams = contextlib.ExitStack()
        self._live: Live = Live(
            console=console,
            get_renderable=self._frame,
            refresh_per_second=_FRAMES,
            vertical_overflow="crop",
            redirect_stdout=sys.stdout.isatty(),  # data in a file or a pipe go on there
        )
        before = sys.stderr
        self._live.start()
        self._streams.enter_context(_logs_follow(before))

    def _frame(self) -> Group:
        now, size = self._clock(), self._console.size
        return frame(self._standing(), now, now - self._opened, size.width, size.height - 1)

    def changed(self, before: Trial | None, trial: Trial) -> None:
        """Tell of failures and restarts; the table shows the rest with its next frame."""
        again = trial.restarts > (before.restarts if before else trial.restarts)
        failed = trial.state == FAILED and before is not None and before.state != FAILED
        if again or failed:
            self._console.print(news(before, trial, self._standing(), self._clock()), style=_COLOURS[trial.state])

    def close(self, state: str) -> None:
        """Leave the last frame."""
        self._streams.close()
        self._live.stop()
        if state != FINISHED:
            self._console.print(f"search {state}")


@contextlib.contextmanager
def _logs_follow(before: Any) -> Iterator[None]:
    """Messages of `logging` to stderr take the way that rich gave it, above the table, too."""
    moved = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is before
    ]
    for handler in moved:
        handler.setStream(sys.stderr)
    try:
        yield
    finally:
        for handler in moved:
            handler.setStream(before)


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # this is its job


def news(before: Trial | None, trial: Trial, standing: Standing, now: float) -> str:
    """One line about what happened to a trial since `before`; "" where that is an evaluation or nothing."""
    name = f"trial {trial.number} of {standing.total()}"
    if trial.has_ended and not (before and before.state == trial.state):
        reason = f": {trial.reason}" if trial.reason else ""
        time_taken = duration(standing.heard[trial.number].seconds(now))
        paid = f", {trial.bits_per_column:.3f} bits/column" if trial.bits_per_column is not None else ""
        return f"{name} {trial.state} at step {_steps(trial)}{paid}, {time_taken}{reason}"
    if before is not None and trial.restarts > before.restarts:
        reason = f": {trial.reason}" if trial.reason else ""
        return f"{name} began again at step {_steps(trial)} (restart {trial.restarts}){reason}"
    if trial.state == RUNNING and not (before and before.state == RUNNING):
        began = f"goes on at step {_steps(trial)}" if trial.evaluations else "began"
        return f"{name} {began}: {short(trial.parameters)}"
    return ""


def summary(standing: Standing, now: float, elapsed: float) -> tuple[str, str]:
    """The best trial so far ("" while there is none), and how far the search is."""
    best = standing.best()
    paid = ""
    if best is not None:
        still = "" if best.state == FINISHED else f" ({best.state})"
        paid = (
            f"best so far {best.bits_per_column:.3f} bits/column: trial {best.number}{still}, {short(best.parameters)}"
        )
    counts = ", ".join(f"{count} {state}" for state, count in standing.counts().items() if count)
    left = standing.seconds_left(now)
    return paid, (
        f"{standing.ended()} of {standing.total()} ended ({counts}), {duration(elapsed)} elapsed, "
        f"{'-' if left is None else duration(left)} left"
    )


def frame(standing: Standing, now: float, elapsed: float, width: int, height: int) -> Group:
    """The table and two sentences below it, in at most `height` lines of `width` characters."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    foot = [Text(text) for text in summary(standing, now, elapsed) if text]
    wide = width >= _WIDE
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, expand=wide, header_style="bold")
    table.add_column("trial" if wide else "#", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    if wide:
        table.add_column("parameters", no_wrap=True, ratio=1, overflow="ellipsis")
    for name in ("step", "bits/column" if wide else "bits", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    free = height - 1 - sum(_lines_of(text.plain, width) for text in foot)
    for trial in standing.shown(free):
        bits = "-" if trial.bits_per_column is None else f"{trial.bits_per_column:.3f}"
        cells = [_steps(trial), bits, duration(standing.heard[trial.number].seconds(now))]
        cells = [str(trial.number), trial.state, *([short(trial.parameters)] if wide else []), *cells]
        table.add_row(*map(Text, cells), style=_COLOURS[trial.state] if trial.state != FINISHED else None)
    return Group(*([table] if free > 0 else []), *foot)


def _lines_of(text: str, width: int) -> int:
    """How many lines a sentence takes when it is wrapped at blanks."""
    from textwrap import wrap

    return len(wrap(text, max(1, width), break_on_hyphens=False))


def _steps(trial: Trial) -> str:
    done = trial.evaluations[-1].step if trial.evaluations else 0
    return f"{done}/{trial.steps}" if trial.steps else str(done)


def short(parameters: Mapping[str, Any]) -> str:
    """Parameters in a few characters: last words of their names, numbers of three digits."""
    return " ".join(
        f"{name.rpartition('.')[2]}={f'{value:.3g}' if isinstance(value, float) else value}"
        for name, value in parameters.items()
    )


def duration(seconds: float) -> str:
    """As 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
