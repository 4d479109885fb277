"""`basstab`: one verb a stage. Parses, calls, prints; data to stdout, messages and progress to stderr."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from basstab_hf import __version__
from basstab_hf.errors import BasstabError, InputError

if TYPE_CHECKING:
    from basstab_hf.recognise import Recognition

_OK, _FAILED, _INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 a BasstabError, 2 wrong usage, 130 interrupted."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if options.debug else logging.WARNING, format="basstab: %(message)s")
    try:
        options.run(options)
        sys.stdout.flush()
    except BasstabError as error:
        return _fail(options, str(error), _FAILED)
    except KeyboardInterrupt:
        return _fail(options, f"interrupted{options.after_interrupt(options)}", _INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, say) has what it wanted; the interpreter must not complain while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, MemoryError) as error:
        return _fail(options, f"{type(error).__name__}: {error}", _FAILED)
    return _OK


def _fail(options: argparse.Namespace, message: str, status: int) -> int:
    if options.debug:
        raise
    print(f"basstab {options.verb}: {' '.join(message.split())}", file=sys.stderr)
    return status


def _recognise(options: argparse.Namespace) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    from basstab_hf.recognise import explain

    read = partial(_recognise_file, all_instruments=options.all_instruments)
    answers = []
    with ProcessPoolExecutor(options.jobs) if options.jobs > 1 else contextlib.nullcontext() as pool:
        found = pool.map(read, options.paths, chunksize=8) if pool else map(read, options.paths)
        for path, (text, recognition) in zip(options.paths, found, strict=True):
            if options.json:
                answers.append({"path": path, **recognition.to_json()})
            elif options.explain:
                print(explain(text, recognition))
            elif recognition.systems:
                print(recognition.tab.text, end="\n\n")
    if options.json:
        _print_json({"files": answers})


def _recognise_file(path: str, *, all_instruments: bool) -> tuple[str, Recognition]:
    from basstab_hf.files import read_bytes
    from basstab_hf.recognise import decode, recognise_tabs

    text = decode(read_bytes(path))
    return text, recognise_tabs(text, all_instruments=all_instruments)


def _build(options: argparse.Namespace) -> None:
    from basstab_hf.dataset.build import build

    report = build(
        options.sources,
        options.out,
        limit=options.limit,
        jobs=options.jobs,
        force=options.force,
        progress=_progress(options),
    )
    if options.json:
        _print_json({"out": options.out, **report.as_dict()})
        return
    kept = ", ".join(f"{count} {split}" for split, count in report.kept.items())
    _say(f"{options.out}: {report.kept.total()} pieces ({kept}), {report.columns} columns")
    for reason, count in report.dropped.most_common():
        _say(f"left out {count}: {reason}")


def _tokenizer(options: argparse.Namespace) -> None:
    from basstab_hf.dataset.load import load_texts
    from basstab_hf.files import writing
    from basstab_hf.tokenization_basstab import BassTabTokenizer

    texts = load_texts(options.dataset, "train")
    tokenizer = BassTabTokenizer.from_column_texts(texts, min_count=options.min_count)
    with writing(options.out, force=options.force) as folder:
        tokenizer.save_pretrained(folder)
    _say(f"{options.out}: {len(tokenizer)} tokens from {len(texts)} pieces")


def _train(options: argparse.Namespace) -> None:
    from basstab_hf.train import train
    from basstab_hf.train_config import TrainConfig

    _hush_transformers()
    settings = list(options.set) + ([f"training.seed={options.seed}"] if options.seed is not None else [])
    file = options.config or (f"{options.out}/training.yaml" if options.resume else None)
    config = TrainConfig.read(file, settings) if file else TrainConfig.small(settings)
    with contextlib.redirect_stdout(sys.stderr):  # trackio greets there
        folder = train(
            options.dataset,
            options.out,
            config,
            tokenizer=options.tokenizer,
            resume=options.resume,
            force=options.force,
            track=options.track,
        )
    _say(f"{folder}: trained; try `basstab generate {folder}`")


def _evaluate(options: argparse.Namespace) -> None:
    from basstab_hf.evaluation import evaluate_model, write_evaluation

    _hush_transformers()
    evaluation = evaluate_model(options.model, options.dataset, options.split, progress=_progress(options))
    if options.out:
        write_evaluation(evaluation, options.out, force=options.force)
    if options.json:
        _print_json(evaluation.as_dict())
    else:
        print(evaluation.table())


def _generate(options: argparse.Namespace) -> None:
    from basstab_hf import formats
    from basstab_hf.generate import Request, generate_tabs
    from basstab_hf.tuning import Tuning

    if options.model is None:
        raise InputError("no model ships with this version yet: name a folder; scripts/quickstart makes one")
    settings = _sound(options)
    for path in options.out:
        formats.check_writable(path)
    if options.out and options.num > 1:
        raise InputError(f"--out takes one tab, --num asks for {options.num}: leave one of them out")
    request = Request(
        prompt=_prompt(options.prompt) if options.prompt else None,
        bars=options.bars,
        tuning=Tuning.parse(options.tuning) if options.tuning else None,
        width=options.width,
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        seed=options.seed,
    )
    if request.prompt and request.tuning and request.prompt.tuning != request.tuning:
        raise InputError(f"the prompt is in {request.prompt.tuning}, --tuning says {request.tuning}: leave one out")
    texts = []
    for place, tab in enumerate(generate_tabs(options.model, request, options.num, engine=options.engine)):
        if options.json:
            texts.append(tab.text)
        else:
            print(tab.text if place == 0 else f"\n{tab.text}", flush=True)
        for path in options.out:
            formats.write(tab, path, settings, force=options.force)
    if options.json:
        _print_json({"tabs": texts})


def _prompt(path: str) -> Any:
    from basstab_hf import formats
    from basstab_hf.formats import text

    if path == "-":
        return text.parse(sys.stdin.buffer.read(), "standard input")
    return formats.read(path)


def _convert(options: argparse.Namespace) -> None:
    from basstab_hf import formats

    formats.check_writable(options.target)
    formats.write(formats.read(options.source), options.target, _sound(options), force=options.force)


def _sound(options: argparse.Namespace) -> Any:
    from basstab_hf.formats import SoundSettings

    return SoundSettings(options.tempo, options.columns_per_beat, options.soundfont)


def _env(options: argparse.Namespace) -> None:
    import platform
    import shutil
    from importlib.metadata import PackageNotFoundError, version

    facts: dict[str, str | None] = {
        "basstab-hf": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": str(os.cpu_count()),
    }
    for package in _PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = None
    facts["fluidsynth"] = shutil.which("fluidsynth")
    if options.json:
        _print_json(facts)
        return
    for name, value in facts.items():
        print(f"{name:16} {value or 'not installed'}")


def _version(options: argparse.Namespace) -> None:
    del options
    print(__version__)


_PACKAGES = (
    *("torch", "transformers", "tokenizers", "huggingface_hub", "datasets", "accelerate", "evaluate", "safetensors"),
    *("numpy", "mido", "selectolax", "scrapy", "music21", "matplotlib", "ray", "mlflow-skinny", "trackio", "gradio"),
)


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _hush_transformers() -> None:
    """Its bars for loading and saving weights say nothing about models of a megabyte."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()


def _progress(options: argparse.Namespace) -> bool:
    return bool(options.progress) or sys.stderr.isatty()


class _Parser(argparse.ArgumentParser):
    """argparse with a one-line answer to wrong usage: what is wrong, and where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}: see `{self.prog} -h`\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="basstab", description="Bass tabs: recognise, build, train, generate, hear.")
    parser.set_defaults(debug=False)
    verbs = parser.add_subparsers(title="commands", dest="verb", required=True, metavar="COMMAND")

    def verb(name: str, run: Any, about: str, example: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=f"Example: {example}",
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        sub.set_defaults(run=run, after_interrupt=lambda options: "")
        sub.add_argument("--debug", action="store_true", help="show tracebacks and debug messages")
        sub.add_argument("--progress", action="store_true", help="progress bars even where stderr is no terminal")
        return sub

    sub = verb("recognise", _recognise, "find the bass tabs in text and HTML files", "basstab recognise page.html")
    sub.add_argument("paths", nargs="+", metavar="PATH")
    how = sub.add_mutually_exclusive_group()
    _flag_json(how)
    how.add_argument("--explain", action="store_true", help="print the file with systems and refusals marked")
    sub.add_argument("--all-instruments", action="store_true", help="keep guitar tabs too")
    sub.add_argument("--jobs", type=_positive, default=1, metavar="N", help="processes")

    sub = verb("build", _build, "make a dataset from tabs", "basstab build public-domain --limit 300 --out out/dataset")
    sub.add_argument("sources", nargs="+", metavar="SOURCE", help="a folder of tabs, a scraped folder or public-domain")
    _flag_out(sub)
    sub.add_argument("--limit", type=_positive, metavar="N", help="take the first N pages or tunes of each source")
    sub.add_argument("--jobs", type=_positive, default=1, metavar="N", help="processes")
    _flag_json(sub)

    sub = verb("tokenizer", _tokenizer, "make a tokenizer from a dataset", "basstab tokenizer DATASET --out DIR")
    sub.add_argument("dataset", metavar="DATASET")
    _flag_out(sub)
    sub.add_argument("--kind", choices=["column"], default="column", help="what a token is")
    sub.add_argument("--min-count", type=_positive, default=2, help="rarer columns are spelt in characters")

    sub = verb("train", _train, "train a model", "basstab train DATASET --out DIR --config configs/train/small.yaml")
    sub.set_defaults(after_interrupt=_how_to_resume)
    sub.add_argument("dataset", metavar="DATASET")
    _flag_out(sub)
    sub.add_argument("--config", metavar="FILE", help="a file such as those in configs/train")
    sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting of the file")
    sub.add_argument("--tokenizer", metavar="DIR", help="a saved tokenizer; made from the dataset if left out")
    sub.add_argument("--resume", action="store_true", help="go on from the last checkpoint in DIR")
    sub.add_argument("--track", choices=["none", "mlflow", "trackio"], default="none", help="where metrics go besides")
    sub.add_argument("--seed", type=_seed, help="makes a run repeat exactly on one machine")

    sub = verb("evaluate", _evaluate, "score a model on held-out tabs", "basstab evaluate MODEL DATASET --split test")
    sub.add_argument("model", metavar="MODEL")
    sub.add_argument("dataset", metavar="DATASET")
    sub.add_argument("--split", default="test")
    sub.add_argument("--out", metavar="DIR", help="write metrics.json there")
    sub.add_argument("--force", action="store_true", help="replace what is there")
    _flag_json(sub)

    sub = verb("generate", _generate, "write new tabs", "basstab generate MODEL --bars 8 --seed 1 --out tab.mid")
    sub.add_argument("model", nargs="?", metavar="MODEL", help="a model folder")
    sub.add_argument("--prompt", metavar="FILE", help="a tab to continue; - for standard input")
    sub.add_argument("--bars", type=int, default=8, metavar="N", help="new bars")
    sub.add_argument("--num", type=_positive, default=1, metavar="N", help="tabs")
    sub.add_argument("--tuning", metavar="WORD", help="top string first, such as GDAE or GDAD, or a name: drop D")
    sub.add_argument("--width", type=int, metavar="N", help="columns in a bar")
    sub.add_argument("--temperature", type=float, default=1.0)
    sub.add_argument("--top-k", type=int, default=0, help="0: off")
    sub.add_argument("--top-p", type=float, default=0.95, help="1: off")
    sub.add_argument("--seed", type=_seed, help="makes a run repeat exactly on one machine")
    sub.add_argument("--engine", choices=["auto", "numpy", "torch"], default="auto")
    sub.add_argument("--out", nargs="+", default=[], metavar="FILE", help="write the tab there, too: .txt .mid .wav")
    sub.add_argument("--force", action="store_true", help="replace what is there")
    _flag_json(sub)
    _flags_sound(sub)

    sub = verb("convert", _convert, "turn a tab into another format", "basstab convert tab.txt tab.wav --tempo 120")
    sub.add_argument("source", metavar="IN", help=".txt .md .html")
    sub.add_argument("target", metavar="OUT", help=".txt .mid .wav")
    sub.add_argument("--force", action="store_true", help="replace what is there")
    _flags_sound(sub)

    _flag_json(verb("env", _env, "print versions for bug reports", "basstab env"))
    verb("version", _version, "print the version", "basstab version")
    return parser


def _flag_json(parser: Any) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def _flag_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write")
    parser.add_argument("--force", action="store_true", help="replace what is there")


def _flags_sound(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tempo", type=float, default=100.0, metavar="BPM", help="beats per minute")
    parser.add_argument("--columns-per-beat", type=float, default=4, metavar="N", help="4: a column is a sixteenth")
    parser.add_argument("--soundfont", metavar="FILE", help="let FluidSynth play the .wav")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 4294967295")
    return int(text)


def _how_to_resume(options: argparse.Namespace) -> str:
    from basstab_hf.train import last_checkpoint

    if last_checkpoint(Path(options.out)) is None:
        return " before the first checkpoint"
    return f": go on from its last checkpoint with `basstab train {options.dataset} --out {options.out} --resume`"
