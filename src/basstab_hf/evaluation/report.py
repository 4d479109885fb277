"""An evaluation as files: metrics.json, the model-index block for the model's card, and plots.

Input: an `Evaluation`. Output: the files of `FILES` in a folder, all of them or none.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from basstab_hf import files
from basstab_hf.evaluation.evaluation import ALONE, MODEL, Evaluation
from basstab_hf.evaluation.plots import plot_bits, plot_histograms, plot_metrics
from basstab_hf.printing.foreign import one_line

METRICS_FILE, MODEL_INDEX_FILE = "metrics.json", "model-index.yaml"
#: What each plot shows is said in `plots`; the last two are of sets of tabs, and left out without any.
BITS_PLOT, METRICS_PLOT, HISTOGRAMS_PLOT = "bits_per_column.png", "metrics.png", "histograms.png"
FILES = (METRICS_FILE, MODEL_INDEX_FILE, BITS_PLOT, METRICS_PLOT, HISTOGRAMS_PLOT)


def check_report_free(out: str | os.PathLike[str], *, force: bool) -> None:
    """Refuse, before any work is done, to replace a report unasked.

    Raises:
        OutputError: one of the files is there, and no `force`.
    """
    for name in FILES:
        files.check_free(Path(out) / name, force=force)


def write_report(evaluation: Evaluation, out: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write all files into the folder `out`; other files there stay.

    Raises:
        OutputError: one of the files is there, and no `force`; the disk refuses.
        MissingExtraError: matplotlib is not installed.
    """
    check_report_free(out, force=force)
    names = FILES if evaluation.tabs else FILES[:3]
    with ExitStack() as stack:  # each file gets its name when the last one is written
        paths = {name: stack.enter_context(files.writing(Path(out) / name, force=force)) for name in names}
        plot_bits(evaluation, paths[BITS_PLOT])
        if evaluation.tabs:
            plot_metrics(evaluation.figures, paths[METRICS_PLOT])
            plot_histograms(evaluation.tabs, paths[HISTOGRAMS_PLOT])
        paths[MODEL_INDEX_FILE].write_text(model_index(evaluation), encoding="utf-8")
        paths[METRICS_FILE].write_text(json.dumps(evaluation.as_dict(), indent=2) + "\n", encoding="utf-8")
    for name in set(FILES) - set(names):  # of the evaluation that is replaced
        (Path(out) / name).unlink(missing_ok=True)


def model_index(evaluation: Evaluation) -> str:
    """YAML to paste into the head of a model card: the results in the form that the Hub reads."""
    import yaml
    from huggingface_hub import EvalResult
    from huggingface_hub.repocard_data import eval_results_to_model_index

    folder = Path(evaluation.dataset)
    results = [
        EvalResult(
            task_type="text-generation",
            # else an id on the Hub
            dataset_type=one_line(folder.resolve().name if folder.exists() else evaluation.dataset),
            dataset_name=one_line(folder.resolve().name),
            dataset_split=evaluation.split,
            metric_type=metric,
            metric_name=name,
            metric_value=round(value, 4),
        )
        for metric, name, value in _values(evaluation)
    ]
    index = eval_results_to_model_index(one_line(Path(evaluation.model).resolve().name), results)
    return str(yaml.safe_dump({"model-index": index}, sort_keys=False))


def _values(evaluation: Evaluation) -> Iterator[tuple[str, str, float]]:
    """Type, name and value of each result; the metrics on its own tabs that have one."""
    yield "bits_per_column", "bits per column on held-out tabs", evaluation.bits_per_column
    if ALONE in evaluation.bits:
        yield "bits_per_column_no_cache", "the same without the match cache", evaluation.bits[ALONE]
    for metric, figure in evaluation.figures.get(MODEL, {}).items():
        if not math.isnan(figure.mean):
            yield metric, f"{metric.replace('_', ' ')} of generated tabs", figure.mean
