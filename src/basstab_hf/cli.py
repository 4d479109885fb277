"""`basstab`: one verb a stage. Parses, calls, tells what went wrong; what a verb does is in `commands`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from basstab_hf.arguments import parse
from basstab_hf.commands import about, gather, learn, write
from basstab_hf.errors import BasstabError
from basstab_hf.processes import rank

_OK, _FAILED, _INTERRUPTED = 0, 1, 130
_SECONDS_FOR_THE_FIRST = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 a BasstabError, 2 wrong usage, 130 interrupted."""
    options = parse(arguments)
    logging.basicConfig(level=logging.DEBUG if options.debug else logging.WARNING, format="basstab: %(message)s")
    try:
        _RUN[options.verb](options)
        sys.stdout.flush()
    except BasstabError as error:
        return _fail(options, str(error), _FAILED)
    except KeyboardInterrupt:
        return _fail(options, f"interrupted{_how_to_resume(options)}", _INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, say) has what it wanted; the interpreter must not complain while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, MemoryError) as error:
        return _fail(options, f"{type(error).__name__}: {error}", _FAILED)
    return _OK


def _fail(options: argparse.Namespace, message: str, status: int) -> int:
    if options.debug:
        raise
    if number := rank():
        # Most mistakes are made in all processes alike: the first one tells of them, and its launcher ends the others.
        time.sleep(_SECONDS_FOR_THE_FIRST)
        message = f"process {number}: {message}"
    print(f"basstab {options.verb}: {' '.join(message.split())}", file=sys.stderr)
    return status


<<<<<<< HEAD
=======
def _scrape(options: argparse.Namespace) -> None:
    from basstab_hf.scrape import Site, scrape

    if bool(options.urls) == bool(options.config):
        raise InputError("name either URLs or --config FILE")
    site = Site.read(options.config) if options.config else Site.of_urls(options.urls)
    site = site.changed(pages=options.limit, delay=options.delay, contact=options.contact)
    if options.ignore_robots:
        _say("warning: robots.txt is ignored: do this only on a site of your own, or with its owner's consent")
    elif not site.contact and not site.allow_private and site.spider != "folder":
        _say("note: no contact: add --contact, so that the site's owner can reach you")
    stats = scrape(
        site,
        options.out,
        force=options.force,
        retry=options.retry,
        ignore_robots=options.ignore_robots,
        progress=_progress(options),
    )
    if options.json:
        _print_json({"out": options.out, **stats})
    if stats["already"]:
        _say(f"{options.out}: nothing left to do ({stats['state']}); --force starts anew")
    rate = f"{stats['seconds']} s, {stats['pages_per_second']} pages/s"
    _say(f"{options.out}: {stats['tabs_found']} pages with tabs of {stats['pages_seen']} seen ({rate})")
    for kind in ("refused", "errors", "links_not_followed"):
        for reason, count in stats[kind].items():
            _say(f"{kind.replace('_', ' ')} {count}: {reason}")
    if stats["errors"]:
        _say(f"--retry fetches what failed again; {options.out}/job/log.txt says more")


def _recognise(options: argparse.Namespace) -> None:
    from concurrent.futures import ProcessPoolExecutor

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
    from basstab_hf.dataset import removal
    from basstab_hf.dataset.build import build

    if options.sources:
        report = build(
            options.sources,
            options.out,
            limit=options.limit,
            jobs=options.jobs,
            ray=options.ray,
            remove=options.remove,
            force=options.force,
            progress=_progress(options),
        )
    else:
        report = removal.remove(options.out, options.remove)
    if options.json:
        _print_json({"out": options.out, **report.as_dict()})
        return
    kept = ", ".join(f"{count} {split}" for split, count in report.kept.items())
    _say(f"{options.out}: {report.kept.total()} pieces ({kept}), {report.columns} columns")
    for reason, count in report.dropped.most_common():
        _say(f"left out {count}: {reason}")


def _tokenizer(options: argparse.Namespace) -> None:
    from basstab_hf.coverage import measure_coverage
    from basstab_hf.dataset.load import load_texts
    from basstab_hf.files import writing
    from basstab_hf.tokenization_basstab import BassTabTokenizer

    texts = {split: load_texts(options.dataset, split) for split in ("train", "validation")}
    tokenizer = BassTabTokenizer.from_column_texts(texts["train"], options.min_count, options.kind)
    with writing(options.out, force=options.force) as folder:
        tokenizer.save_pretrained(folder)
    coverage = measure_coverage(tokenizer, texts["validation"])
    if options.json:
        about = {"out": options.out, "kind": tokenizer.kind, "size": len(tokenizer)}
        _print_json({**about, "pieces_learnt": len(texts["train"]), "validation": coverage.as_dict()})
        return
    _say(f"{options.out}: {len(tokenizer)} tokens of kind {tokenizer.kind} from {len(texts['train'])} pieces")
    if coverage.columns:
        _say(f"validation split: {coverage}")


def _train(options: argparse.Namespace) -> None:
    from basstab_hf.train import train
    from basstab_hf.train_config import TrainConfig
    from basstab_hf.train_on_ray import train_on_ray

    processes = asked_processes(options.processes)
    _hush_transformers()
    settings = _settings(options, "training.seed")
    file = options.config or (f"{options.out}/training.yaml" if options.resume else None)
    config = TrainConfig.read(file, settings) if file else TrainConfig.small(settings)
    with contextlib.redirect_stdout(sys.stderr):  # trackio greets there
        folder = (partial(train_on_ray, address=options.ray) if options.ray else train)(
            options.dataset,
            options.out,
            config,
            tokenizer=options.tokenizer,
            resume=options.resume,
            force=options.force,
            track=options.track,
            processes=processes,
        )
    if rank() == 0:
        _say(f"{folder}: trained; try `basstab generate {folder}`")


def _settings(options: argparse.Namespace, seed: str) -> list[str]:
    """What --set says, and --seed under the name of its setting."""
    return [*options.set, *([f"{seed}={options.seed}"] if options.seed is not None else [])]


def _search(options: argparse.Namespace) -> None:
    from basstab_hf.search.config import SearchConfig
    from basstab_hf.search.search import resumable, search
    from basstab_hf.search.table import TrialTable

    _hush_transformers()
    settings = _settings(options, "seed")
    if options.resume:
        if options.config or settings:
            raise InputError(f"--resume goes on with {options.out}/search.yaml: leave --config, --set and --seed out")
        config = resumable(options.out)
    else:
        config = SearchConfig.read(options.config, settings) if options.config else SearchConfig.small(settings)
    with contextlib.redirect_stdout(sys.stderr):  # trackio greets there
        best = search(
            options.dataset,
            options.out,
            config,
            resume=options.resume,
            force=options.force,
            address=options.address,
            storage=options.storage,
            track=options.track,
            listeners=[TrialTable(config.trials, config.parallel)],
        )
    if options.json:
        _print_json({"out": options.out, "best": {**asdict(best), "bits_per_column": best.bits_per_column}})
    paid = f"{best.bits_per_column:.3f} bits per column"
    _say(f"{options.out}: trial {best.number} is the best: {paid}; report.html tells more")
    _say(f"try `basstab generate {options.out}/model`, or train longer with --config {options.out}/best.yaml")


def _runs(options: argparse.Namespace) -> None:
    from basstab_hf import runs

    found = runs.list_runs(options.store)
    if options.compare:
        found = runs.choose(found, options.compare)
    if options.json:
        _print_json({"runs": [run.as_dict() for run in found]})
    else:
        print(runs.compared(found) if options.compare else runs.table(found, trials=options.trials))


def _evaluate(options: argparse.Namespace) -> None:
    from basstab_hf.evaluation import evaluate_model
    from basstab_hf.evaluation_report import check_report_free, write_report

    _hush_transformers()
    if options.out:
        check_report_free(options.out, force=options.force)
    evaluation = evaluate_model(
        options.model,
        options.dataset,
        options.split,
        samples=options.samples,
        obedience=options.obedience,
        progress=_progress(options),
    )
    if options.out:
        write_report(evaluation, options.out, force=options.force)
    if options.json:
        _print_json(evaluation.as_dict())
    else:
        print(evaluation.table())


def _generate(options: argparse.Namespace) -> None:
    from basstab_hf import formats
    from basstab_hf.control_words import CONTROLS
    from basstab_hf.generate import Request, Sampling, generate_tabs
    from basstab_hf.generate.steering import asked_words
    from basstab_hf.tuning import Tuning

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
        sampling=Sampling(options.temperature, options.top_k, options.top_p),
        seed=options.seed,
        match_cache=not options.no_match_cache,
        asked=asked_words(**{name: getattr(options, name) for name in CONTROLS}),
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
    track = formats.read_track(options.source)
    settings = _sound(options, track.tempo, track.columns_per_beat)
    formats.write(track.tab, options.target, settings, force=options.force)


def _sound(options: argparse.Namespace, tempo: float | None = None, columns_per_beat: float | None = None) -> Any:
    """What the flags say, else the file, else the usual."""
    from basstab_hf.formats import SoundSettings

    usual = SoundSettings()
    return SoundSettings(
        (tempo or usual.tempo) if options.tempo is None else options.tempo,
        (columns_per_beat or usual.columns_per_beat) if options.columns_per_beat is None else options.columns_per_beat,
        options.soundfont,
    )


def _env(options: argparse.Namespace) -> None:
    from basstab_hf.versions import environment

    facts = environment()
    if options.json:
        _print_json(facts)
        return
    for name, value in facts.items():
        print(f"{name:16} {value or 'not installed'}")


def _version(options: argparse.Namespace) -> None:
    del options
    print(__version__)


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


>>>>>>> music
def _how_to_resume(options: argparse.Namespace) -> str:
    if options.verb == "scrape":
        return ": the same command again goes on"
    if options.verb == "search":
        where = "" if options.address == "local" else f" --address {options.address}"
        return f": `basstab search {options.dataset} --out {options.out} --resume{where}` goes on"
    if options.verb != "train":
        return ""
    from basstab_hf.run_folder import last_checkpoint

    if last_checkpoint(Path(options.out)) is None:
        return " before the first checkpoint"
    if options.processes or options.ray:
        return ": the same command with --resume goes on from its last checkpoint"
    return f": go on from its last checkpoint with `basstab train {options.dataset} --out {options.out} --resume`"


_RUN: dict[str, Callable[[argparse.Namespace], None]] = {
    "scrape": gather.scrape,
    "recognise": gather.recognise,
    "build": gather.build,
    "tokenizer": learn.tokenizer,
    "train": learn.train,
    "search": learn.search,
    "runs": learn.runs,
    "evaluate": learn.evaluate,
    "generate": write.generate,
    "infill": write.infill,
    "convert": write.convert,
    "env": about.env,
    "version": about.version,
}
