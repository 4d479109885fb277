"""How a search goes, on stderr: on a terminal a table redrawn in place, elsewhere lines, with the same figures.

Input: the trials that a `Listener` is told. Output: text.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import MissingExtraError
from basstab_hf.printing.foreign import visible
from basstab_hf.search.standing import Standing, duration, news, short, steps, summary
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, RUNNING, WAITING, Trial

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.live import Live

#: Frames a second, and seconds between two lines that tell nothing but how far the search is.
_FRAMES, _QUIET = 2, 60.0
#: A terminal of at least so many characters has room for parameters.
_WIDE = 64
_COLOURS = {RUNNING: "cyan", FINISHED: "green", PRUNED: "yellow", FAILED: "red", WAITING: "dim"}


class TrialTable:
    """A `Listener` that shows what it is told: `planned` trials in all, `parallel` at a time (0: as many as run).

    It opens at the first trial.
    """

    def __init__(self, planned: int, parallel: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._standing = Standing(planned, parallel)
        self._display: _Redrawn | _Lines | None = None

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
    """For terminals: a table that is drawn again in the same lines, and above it the news that must not be missed."""

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
        from rich.text import Text

        again = trial.restarts > (before.restarts if before else trial.restarts)
        failed = trial.state == FAILED and before is not None and before.state != FAILED
        if again or failed:
            # A style of `print` would colour the table, too.
            self._console.print(Text(news(before, trial, self._standing(), self._clock()), _COLOURS[trial.state]))

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
    print(visible(line), file=sys.stderr, flush=True)  # noqa: T201  # this is its job


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
        cells = [steps(trial), bits, duration(standing.heard[trial.number].seconds(now))]
        cells = [str(trial.number), trial.state, *([short(trial.parameters)] if wide else []), *cells]
        table.add_row(*map(Text, cells), style=_COLOURS[trial.state] if trial.state != FINISHED else None)
    return Group(*([table] if free > 0 else []), *foot)


def _lines_of(text: str, width: int) -> int:
    """How many lines a sentence takes when it is wrapped at blanks."""
    from textwrap import wrap

    return len(wrap(text, max(1, width), break_on_hyphens=False))
