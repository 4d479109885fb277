"""How a search stands, as pure functions of what was heard and the clock; `table` shows it.

Input: trials, and when they were told. Output: counts, the order of a table, the time that the search still needs, and
sentences with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any

from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, RUNNING, WAITING, Trial


@dataclass(frozen=True, slots=True)
class Heard:
    """A trial as last told: by the clock (seconds) since `since`, and no longer worked on from `until` on."""

    trial: Trial
    since: float
    until: float | None

    def after(self, trial: Trial, now: float) -> Heard:
        """The same trial, told again: an evaluation has its own time, so the clock is only for what follows it."""
        running = trial.state == RUNNING
        if self.until is not None and not running:
            return replace(self, trial=trial)
        news = (len(trial.evaluations), trial.restarts) != (len(self.trial.evaluations), self.trial.restarts)
        since = now if news or self.until is not None else self.since
        return Heard(trial, since, None if running else now)

    def seconds(self, now: float) -> float:
        """How long the trial has been worked on."""
        evaluated = self.trial.evaluations[-1].seconds if self.trial.evaluations else 0.0
        return evaluated + (now if self.until is None else self.until) - self.since

    def seconds_left(self, now: float) -> float | None:
        """How long the trial needs to the end of its budget, at the pace of its evaluations; None before the first."""
        if not (self.trial.evaluations and self.trial.steps and self.trial.evaluations[-1].step):
            return None
        last = self.trial.evaluations[-1]
        left = last.seconds / last.step * max(0, self.trial.steps - last.step)
        return max(0.0, left - (self.seconds(now) - last.seconds))


@dataclass(frozen=True, slots=True)
class Standing:
    """A search: `planned` trials, `parallel` at a time (0: as many as run), and those heard of, by their number."""

    planned: int
    parallel: int
    heard: Mapping[int, Heard] = field(default_factory=dict)

    def told(self, trial: Trial, now: float) -> Standing:
        """How the search stands with the news of a trial."""
        before = self.heard.get(trial.number, Heard(trial, now, now))
        return Standing(self.planned, self.parallel, {**self.heard, trial.number: before.after(trial, now)})

    @property
    def trials(self) -> list[Trial]:
        return [self.heard[number].trial for number in sorted(self.heard)]

    def counts(self) -> dict[str, int]:
        """Trials of each state; those that are still to come are waiting."""
        counts = Counter(trial.state for trial in self.trials)
        counts[WAITING] += max(0, self.planned - len(self.heard))
        return {state: counts[state] for state in (FINISHED, PRUNED, FAILED, RUNNING, WAITING)}

    def ended(self) -> int:
        """Trials of which nothing more will come."""
        return sum(trial.has_ended for trial in self.trials)

    def total(self) -> int:
        """Trials of the whole search."""
        return max(self.planned, len(self.heard))

    def best(self) -> Trial | None:
        """The trial that pays the fewest bits per column so far, of those that can still win."""
        able = [trial for trial in self.trials if trial.state not in (PRUNED, FAILED)]
        return next(iter(_best_first(able, evaluated=True)), None)

    def shown(self, rows: int, others: int = 10) -> list[Trial]:
        """At most `rows` trials: the running ones by number, then at most `others` of the rest, the best first."""
        running = [trial for trial in self.trials if trial.state == RUNNING]
        rest = [trial for trial in self.trials if trial.state not in (RUNNING, WAITING) or trial.evaluations]
        rest = _best_first(trial for trial in rest if trial.state != RUNNING)
        return (running + rest[:others])[: max(0, rows)]

    def seconds_left(self, now: float) -> float | None:
        """How long the search needs to its end; None before the first evaluation.

        Trials to come take as long as ended ones on average, pruned and failed ones among them; till one has ended, as
        long as those that run will take.
        """
        if not any(trial.evaluations for trial in self.trials):
            return None
        alive = [(heard, heard.seconds_left(now)) for heard in self.heard.values() if not heard.trial.has_ended]
        projected = [heard.seconds(now) + left for heard, left in alive if left is not None]
        ended = [heard.seconds(now) for heard in self.heard.values() if heard.trial.has_ended]
        if not (ended or projected):
            return None
        usual = fmean(ended or projected)
        each = [max(0.0, usual - heard.seconds(now)) if left is None else left for heard, left in alive]
        each += [usual] * max(0, self.planned - len(self.heard))
        at_a_time = self.parallel or self.counts()[RUNNING] or 1
        return max(sum(each) / at_a_time, max(each, default=0.0))


def _best_first(trials: Iterable[Trial], *, evaluated: bool = False) -> list[Trial]:
    """Trials by bits per column, finished ones before others of the same; those without a figure last, or left out."""

    def rank(trial: Trial) -> tuple[float, bool, int]:
        bits = trial.bits_per_column
        return (float("inf") if bits is None else bits, trial.state != FINISHED, trial.number)

    return sorted((trial for trial in trials if trial.evaluations or not evaluated), key=rank)


def news(before: Trial | None, trial: Trial, standing: Standing, now: float) -> str:
    """One line about what happened to a trial since `before`; "" where that is an evaluation or nothing."""
    name = f"trial {trial.number} of {standing.total()}"
    if trial.has_ended and not (before and before.state == trial.state):
        reason = f": {trial.reason}" if trial.reason else ""
        time_taken = duration(standing.heard[trial.number].seconds(now))
        paid = f", {trial.bits_per_column:.3f} bits/column" if trial.bits_per_column is not None else ""
        return f"{name} {trial.state} at step {steps(trial)}{paid}, {time_taken}{reason}"
    if before is not None and trial.restarts > before.restarts:
        reason = f": {trial.reason}" if trial.reason else ""
        return f"{name} began again at step {steps(trial)} (restart {trial.restarts}){reason}"
    if trial.state == RUNNING and not (before and before.state == RUNNING):
        began = f"goes on at step {steps(trial)}" if trial.evaluations else "began"
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


def steps(trial: Trial) -> str:
    """Steps as 200/400, or as 200 where the budget is not known."""
    done = trial.evaluations[-1].step if trial.evaluations else 0
    return f"{done}/{trial.steps}" if trial.steps else str(done)


def short(parameters: Mapping[str, Any]) -> str:
    """Parameters in a few characters: the last words of their names, and numbers with three digits."""
    return " ".join(
        f"{name.rpartition('.')[2]}={f'{value:.3g}' if isinstance(value, float) else value}"
        for name, value in parameters.items()
    )


def duration(seconds: float) -> str:
    """Seconds as 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
