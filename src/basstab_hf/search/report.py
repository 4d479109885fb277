"""A search as a page: what was searched and how it ended, all trials, pictures, and what to do with the result.

Input: trials. Output: `report.html`, which needs no other file, no network and no script; its pictures as PNGs.
"""

from __future__ import annotations

import base64
import os
import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from basstab_hf import files
from basstab_hf.search import plots
from basstab_hf.search.importance import MIN_TRIALS, TELLING_TRIALS, importances
from basstab_hf.search.results import parameter_names, ranked
from basstab_hf.search.scales import in_short, scales
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, RUNNING, WAITING, Trial, best

REPORT = "report.html"
PARALLEL, SLICES, IMPORTANCE, CURVES = PICTURES = (
    "parallel_coordinates.png",
    "slices.png",
    "importance.png",
    "learning_curves.png",
)
FILES = (REPORT, *PICTURES)


def write_report(
    trials: Sequence[Trial],
    folder: str | os.PathLike[str],
    *,
    about: str,
    dataset: str = "DATASET",
    log: Collection[str] = (),
    force: bool = False,
) -> None:
    """Write the page and the pictures that there is something to draw in; other files in `folder` stay.

    Args:
        about: a sentence on what was searched, and how.
        dataset: what was trained on, for the commands of the page.
        log: names of the parameters that were searched on a logarithmic scale: so are their axes.

    Raises:
        OutputError: one of the files is there, and no `force`; the disk refuses.
        MissingExtraError: matplotlib or optuna is not installed.
    """
    for name in FILES:
        files.check_free(Path(folder) / name, force=force)
    ordered = ranked(trials)
    contents = _draw(ordered, log)
    contents[REPORT] = _page(ordered, contents, about=about, dataset=dataset).encode()
    with ExitStack() as stack:  # each file gets its name when the last one is written
        for name, content in contents.items():
            stack.enter_context(files.writing(Path(folder) / name, force=force)).write_bytes(content)
    for name in set(FILES) - set(contents):  # of the report that is replaced
        (Path(folder) / name).unlink(missing_ok=True)


def _draw(trials: Sequence[Trial], log: Collection[str] = ()) -> dict[str, bytes]:
    """The pictures by name; those that would be empty, or show noise, are not among them."""
    compared = [trial for trial in trials if trial.state != FAILED and trial.bits_per_column is not None]
    axes = scales(compared, log)
    pictures = {}
    if axes:
        pictures[PARALLEL] = plots.parallel_coordinates(compared, axes)
        pictures[SLICES] = plots.slices(compared, axes)
    if measured := importances(compared, axes):
        pictures[IMPORTANCE] = plots.importance_bars(measured)
    if any(trial.evaluations for trial in trials):
        pictures[CURVES] = plots.learning_curves(trials)
    return pictures


def _page(trials: Sequence[Trial], pictures: Mapping[str, bytes], *, about: str, dataset: str = "DATASET") -> str:
    """The HTML of ranked trials and their pictures."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters["in_short"] = in_short
    template = environment.from_string(Path(__file__).with_name("report.html.jinja").read_text(encoding="utf-8"))
    finished = [trial for trial in trials if trial.state == FINISHED and trial.bits_per_column is not None]
    return template.render(
        about=about,
        dataset=shlex.quote(dataset),
        trials=trials,
        best=best(trials),
        second=finished[1] if len(finished) > 1 else None,
        counts=_counts(trials),
        reasons=_reasons(trials),
        names=parameter_names(trials),
        few=sum(trial.state in (FINISHED, PRUNED) for trial in trials) < TELLING_TRIALS,
        telling=TELLING_TRIALS,
        least=MIN_TRIALS,
        pictures={name: base64.b64encode(picture).decode() for name, picture in pictures.items()},
    )


def _counts(trials: Sequence[Trial]) -> list[tuple[str, int]]:
    """How many trials are in each state, of those that there are."""
    counts = Counter(trial.state for trial in trials)
    return [(state, counts[state]) for state in (FINISHED, PRUNED, FAILED, RUNNING, WAITING) if counts[state]]


def _reasons(trials: Sequence[Trial]) -> list[tuple[str, int]]:
    """Why trials failed, the most frequent first."""
    return Counter(trial.reason or "no reason given" for trial in trials if trial.state == FAILED).most_common()
