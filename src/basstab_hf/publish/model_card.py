"""The card of a model: the template model_card.md, filled with what the model's folder says and what it writes.

Input: a model folder, and the id it gets on the Hub. Output: the text of README.md. What the folder has no figures for
is left out: evaluation.json is what `basstab evaluate --json` prints, card.yaml what only its maker knows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from basstab_hf.errors import InputError, TuningError
from basstab_hf.formats.settings import TEMPO
from basstab_hf.generate import Composer, Request
from basstab_hf.generate.ask import ask
from basstab_hf.generate.model_words import read_json
from basstab_hf.generate.steering import knows_chords, learnt_words
from basstab_hf.generate.tab_model import TabModel
from basstab_hf.hub.errors import check_repo_id
from basstab_hf.hub.shipped import SHIPPED
from basstab_hf.model.weights import read_model
from basstab_hf.printing.foreign import one_line
from basstab_hf.printing.markdown import Markup, code, environment, plain
from basstab_hf.printing.words import counted
from basstab_hf.publish.sample import PICTURE, SOUND
from basstab_hf.settings import read_yaml
from basstab_hf.tab.layout import in_even_lines
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer.control_words import control_word

TEMPLATE = Path(__file__).with_name("model_card.md")
FACTS = "card.yaml"
#: What stands in the card of a folder that is nowhere on the Hub.
NOWHERE = "path/to/this/folder"
#: Tabs that are compared with the tunes of the training set, their bars, and notes in a row that count as a copy.
N_COMPARED, COMPARED_BARS, COPY_NOTES = 50, 16, 16
_SAMPLE_BARS, _SEED = 8, 1
_SAMPLE_CHORDS, _SAMPLE_STYLE = "Am F C G", "motown"
_SAMPLE_WORDS = 140  # without our package; fewer where the model reads fewer
_SPECIALS = 2  # ids that begin and end a text
_PROJECT = "https://pypi.org/project/basstab-hf/"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
#: Without what ends a link in Markdown or HTML.
_ADDRESS = re.compile(r"https?://[\w.~:/?#@!$&*+,;=%-]+", re.ASCII)
#: A row of `listening`, and notes on rights that the card names; the rest is counted.
_LISTENING, _MOST_NOTES = ("ASKED", "ANSWERED"), 5
#: Share of the tabs that have what was asked for, up to which a control word is called ignored.
_IGNORED = 0.5
TAGS = ("music", "bass", "tablature", "music-generation", "gpt2")


@dataclass(frozen=True, slots=True)
class Facts:
    """What card.yaml may say of a model, all of it optional.

    Attributes:
        name: its name, where it is not that of the repository.
        licence: of the weights, as the Hub names licences ("apache-2.0").
        data: what it was trained on, in a phrase.
        rights: sentences on the rights in that; with them the model may be pushed to the public.
        datasets: their ids on the Hub.
        authors: who is to be cited.
        made_by: program and version that trained it.
        project: the address of what made it; None is this package's.
        space: the id of a Space that shows it.
        listening: what listeners were asked, and what they answered.
        listening_how: who they were and how they were asked.
    """

    name: str | None = None
    licence: str | None = None
    data: str | None = None
    rights: str | None = None
    datasets: tuple[str, ...] = ()
    authors: str | None = None
    made_by: str | None = None
    project: str | None = None
    space: str | None = None
    listening: tuple[tuple[str, str], ...] = ()
    listening_how: str | None = None


def read_facts(folder: Path) -> Facts:
    """card.yaml of a model folder; nothing where there is none.

    Raises:
        InputError: it cannot be read, or says what no card has.
    """
    path = folder / FACTS
    if not path.is_file():
        return Facts()
    given = read_yaml(path)
    known = [one.name for one in fields(Facts)]
    if not isinstance(given, dict) or not set(given) <= set(known):
        raise InputError(f"{path}: it may say {', '.join(known)}, and nothing else")
    datasets, listening = (given.pop(name, None) or [] for name in ("datasets", "listening"))
    rows: list[Any] = [datasets, *listening] if isinstance(listening, list) else [None]
    if not all(isinstance(row, list) for row in rows) or any(len(row) != len(_LISTENING) for row in rows[1:]):
        raise InputError(f"{path}: `datasets` is a list of texts, `listening` one of rows [{', '.join(_LISTENING)}]")
    if not all(isinstance(text, str | None) for text in (*given.values(), *(text for row in rows for text in row))):
        raise InputError(f"{path}: all values are texts, and `datasets` and `listening` are lists of them")
    found = Facts(**given, datasets=tuple(datasets), listening=tuple((asked, told) for asked, told in listening))
    _check_addresses(path, found)
    return found


def _check_addresses(path: Path, facts: Facts) -> None:
    """Refuse what would be no address in the card's links."""
    for repo_id in (*facts.datasets, *([facts.space] if facts.space else [])):
        try:
            check_repo_id(repo_id)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
    if facts.project and not _ADDRESS.fullmatch(facts.project):
        raise InputError(f"{path}: project is {facts.project!r}, an address such as {_PROJECT} is expected")


def model_card(folder: Path, repo_id: str | None = None, shown: Collection[str] | None = None) -> str:
    """The card of a model folder, without the mark of `card_mark`.

    Args:
        folder: of the model.
        repo_id: where it lies on the Hub.
        shown: names of the files that lie beside the card; None: those of the folder.

    Raises:
        InputError: a folder that is no model, or whose card.yaml cannot be used.
    """
    import jinja2

    templates = environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    templates.filters |= {
        "percent": "{:.0%}".format,
        "figure": lambda value: "-" if value is None else f"{value:.3f}",
        "plain": plain_name,
        "key": lambda text: Markup(re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "model"),
        "bibtex": lambda text: code(re.sub(r"[{}\\]", "", text).strip()),
    }
    template = templates.from_string(TEMPLATE.read_text(encoding="utf-8"))
    try:
        names = {path.name for path in folder.iterdir()} if shown is None else shown
        return template.render(_values(folder, repo_id), shown=names, picture=PICTURE, sound=SOUND)
    except (jinja2.UndefinedError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            f"{folder}: no card can be made of its metrics.json, evaluation.json and training.yaml ({error}): take out "
            "what is not of this version, or write its README.md yourself"
        ) from error


def plain_name(source: str) -> str:
    """The name of a dataset or model: its id on the Hub, or the last part of a path on this machine."""
    is_id = source.count("/") == 1 and not source.startswith((".", "/", "~")) and not Path(source).exists()
    return source if is_id else Path(source).name


def _values(folder: Path, repo_id: str | None) -> dict[str, Any]:
    """Every value that the template asks for."""
    facts = read_facts(folder)
    metrics, measured = read_json(folder / "metrics.json"), read_json(folder / "evaluation.json")
    dataset, settings = metrics.get("dataset", {}), _settings(folder)
    name = facts.name or (repo_id or folder.resolve().name).rpartition("/")[2]
    composer = Composer(folder)
    tuning = _tuning(composer.model)
    obedience = _obedience(measured)
    start = f"{tuning.word} {'|' * tuning.n_strings}"
    sizes = read_model(folder).sizes
    return {
        "head": _head(name, facts, metrics, measured, start),
        "name": name,
        "repo_id": repo_id or NOWHERE,
        "is_on_hub": repo_id is not None,
        "author": facts.authors or (repo_id or "").partition("/")[0] or None,
        "facts": asdict(facts) | {"made_by": facts.made_by or _made_by(metrics)},
        "parameters": f"{sum(math.prod(shape) for _, shape in sizes.shapes()):,}",
        **_sample(composer, tuning, repo_id or NOWHERE),
        "start": start,
        "words": min(_SAMPLE_WORDS, sizes.context - _SPECIALS - len(start.split())),
        "dataset": {"source": None, "pieces": None} | dataset,
        "base": _base(metrics.get("base_model")),
        "licences": _notes(dataset.get("licences", {})),
        "project": facts.project or _PROJECT,
        "files_at": f"https://huggingface.co/{repo_id}/resolve/main/" if repo_id else "",
        "context": f"{sizes.context:,}",
        "settings": {"controls": 0, "fill_in_the_middle": 0, "kind": None} | settings,
        "has_settings": bool(settings),
        "steps": next((entry["step"] for entry in reversed(metrics.get("trained", {}).get("log", []))), None),
        "minutes": f"{metrics['cpu_seconds'] / 60:.0f}" if "cpu_seconds" in metrics else None,
        "control_words": sorted({word[1:].partition(":")[0] for word in dataset.get("controls", {})}),
        "has_cache": composer.model.cache is not None,
        "has_curve": (folder / "loss_curve.png").is_file(),
        "validation": _validation(metrics),
        "measured": {"tabs": {}} | measured,
        "results": _results(measured),
        "obedience": obedience,
        "ignored": [f"`{code(one['asked'])}`" for one in obedience if one["when_asked"]["mean"] <= _IGNORED],
        "originality": _originality(composer, tuning) if (folder / "tunes.dat").is_file() else None,
        "copy_notes": COPY_NOTES,
    }


def sample_tab(folder: Path) -> Tab:
    """The bars on the card of a model.

    Raises:
        InputError: a folder that is no model.
    """
    composer = Composer(folder)
    return _first_bars(composer, _tuning(composer.model))


def _first_bars(composer: Composer, tuning: Tuning) -> Tab:
    """Bars over four chords in a style where the model was told of these in training, else of its own."""
    asked = _sample_asked(composer)
    request = ask(
        composer.model.metrics,
        tuning=tuning.word,
        chords=asked.get("chords"),
        controls={"style": asked.get("style")},
        tempo=TEMPO,
        bars=_SAMPLE_BARS,
        seed=_SEED,
    )
    return in_even_lines(next(composer.write(request)).tab)


def _sample_asked(composer: Composer) -> dict[str, str]:
    metrics = composer.model.metrics
    chords = {"chords": _SAMPLE_CHORDS} if knows_chords(metrics) else {}
    return chords | ({"style": _SAMPLE_STYLE} if control_word("style", _SAMPLE_STYLE) in learnt_words(metrics) else {})


def _sample(composer: Composer, tuning: Tuning, name: str) -> dict[str, str]:
    """Bars, and how to write them."""
    asked = {"style": "none"} | _sample_asked(composer)
    flags = " ".join(f'--{flag} "{value}"' if " " in value else f"--{flag} {value}" for flag, value in asked.items())
    about = f"`basstab generate {name} {flags} --tempo {TEMPO:g} --seed {_SEED}` writes these bars; nobody chose them."
    return {"sample": _first_bars(composer, tuning).text, "sample_about": about}


def _notes(licences: Mapping[str, int]) -> list[str]:
    """Pieces by the note on their rights, those of most first."""
    ordered = sorted(licences.items(), key=lambda item: -item[1])
    named = [
        f"{counted(count, 'piece')} {plain(note) if note else 'without a note'}"
        for note, count in ordered[:_MOST_NOTES]
    ]
    more = len(ordered) - _MOST_NOTES
    return [*named, f"{more} more notes in `metrics.json`"] if more > 0 else named


def _head(name: str, facts: Facts, metrics: Mapping[str, Any], measured: Mapping[str, Any], start: str) -> str:
    """The YAML that the Hub reads."""
    from huggingface_hub import ModelCardData

    results = list(_eval_results(facts, metrics, measured))
    data = ModelCardData(
        library_name="transformers",
        pipeline_tag="text-generation",
        license=facts.licence and one_line(facts.licence),
        base_model=_hub_id(metrics.get("base_model")),
        tags=list(TAGS),
        datasets=list(facts.datasets) or None,
        model_name=one_line(name) if results else None,
        eval_results=results or None,
        widget=[
            {"text": start, "example_title": "A new tab"},
            {"text": f"{start} {_quarter_notes(start)}", "example_title": "Go on with a bar"},
        ],
    )
    return str(data.to_yaml())


def _hub_id(base: str | None) -> str | None:
    """The repository of the model that a run went on from; None where it is none, or there was no such model."""
    repo_id = (base or "").partition("@")[0]
    return repo_id if _HUB_ID.fullmatch(repo_id) and plain_name(repo_id) == repo_id else None


def _base(base: str | None) -> str | None:
    """What the card calls the model that a run went on from."""
    return "the model that comes with basstab-hf" if base == SHIPPED else base and plain_name(base)


def _quarter_notes(start: str) -> str:
    """A bar of quarter notes on the lowest string, in column words."""
    n_strings = len(start.split()[1])
    rest = "-" * n_strings
    beats = [f"{rest[1:]}{fret} {rest} {rest} {rest}" for fret in (3, 3, 5, 5)]
    return f"{rest} {' '.join(beats)} {'|' * n_strings}"


def _eval_results(facts: Facts, metrics: Mapping[str, Any], measured: Mapping[str, Any]) -> Iterator[Any]:
    """What was measured, as the Hub lists it."""
    from huggingface_hub import EvalResult

    source = str(metrics.get("dataset", {}).get("source") or measured.get("dataset") or "dataset")
    dataset = facts.datasets[0] if facts.datasets else plain_name(source)
    for split, metric, name, value in _figures(metrics, measured):
        yield EvalResult(
            task_type="text-generation",
            dataset_type=one_line(dataset),
            dataset_name=one_line(facts.data or dataset),
            dataset_split=one_line(split),
            metric_type=one_line(metric),
            metric_name=one_line(name),
            metric_value=round(value, 4),
        )


def _figures(metrics: Mapping[str, Any], measured: Mapping[str, Any]) -> Iterator[tuple[str, str, str, float]]:
    """Split, type, name and value of every figure that there is: of the evaluation, else of the training's end."""
    split = str(measured.get("split", "validation"))
    bits = measured if measured else metrics.get("validation", {})
    for metric, name in (
        ("bits_per_column", "bits per column on held-out tabs"),
        ("bits_per_column_no_cache", "the same without the match cache"),
    ):
        if metric in bits:
            yield split, metric, name, bits[metric]
    for metric, figure in measured.get("tabs", {}).get("model", {}).items():
        if figure["mean"] is not None:
            yield split, metric, f"{metric.replace('_', ' ')} of generated tabs", figure["mean"]


def _validation(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    """Bits per column at the end of training; nothing where they were not measured."""
    figures = metrics.get("validation", {})
    return {"bits_per_column_no_cache": None, **figures} if "bits_per_column" in figures else {}


def _results(measured: Mapping[str, Any]) -> dict[str, float]:
    """Bits per column by the name of the model or baseline."""
    if not measured:
        return {}
    bars = {"this model": measured["bits_per_column"]}
    if "bits_per_column_no_cache" in measured:
        bars["this model alone"] = measured["bits_per_column_no_cache"]
    return bars | {name: one["bits_per_column"] for name, one in measured.get("baselines", {}).items()}


def _obedience(measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The control words, and how many tabs obeyed."""
    obedience = measured.get("obedience", [])
    return [one for one in obedience if one["measure"] == "tabs so" and "<" in one["asked"]]


def _originality(composer: Composer, tuning: Tuning) -> dict[str, Any]:
    """How much the model's own tabs copy from the tunes that it learnt from, in whatever key."""
    request = Request(bars=COMPARED_BARS, seed=_SEED, tuning=tuning)
    matches = [composer.originality(written.tab) for written in composer.write(request, N_COMPARED)]
    longest = [match.longest_match for match in matches]
    shares = [match.originality for match in matches if not math.isnan(match.originality)]
    return {
        "tabs": N_COMPARED,
        "bars": COMPARED_BARS,
        "longest": max(longest),
        "median": sorted(longest)[len(longest) // 2],
        "copies": sum(length >= COPY_NOTES for length in longest) / len(longest),
        "new": sum(shares) / len(shares) if shares else None,
    }


def _settings(folder: Path) -> dict[str, Any]:
    """What training.yaml says of how the pieces were prepared."""
    import yaml

    try:
        settings = yaml.safe_load((folder / "training.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _made_by(metrics: Mapping[str, Any]) -> str | None:
    version = metrics.get("versions", {}).get("basstab-hf")
    return f"basstab-hf {version}" if version else None


def _tuning(model: TabModel) -> Tuning:
    """Standard tuning where the model knows it, else the first that it learnt."""
    if STANDARD.word in model.vocabulary.ids and model.table(STANDARD).grammar.usable:
        return STANDARD
    for word in model.vocabulary.ids:
        try:
            return Tuning.parse(word)
        except TuningError:
            continue
    return STANDARD
