"""The grammar of the command line: which verbs and flags `basstab` has. What they do is in cli.py."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from basstab_hf.control_words import CONTROLS

#: The names of `generate.engines`, which would take its time to import.
ENGINES = ("auto", "cpp", "cpp-int8", "numpy", "torch")
#: The names of `formats.settings.TONES`, and what `formats` writes.
TONES = ("finger", "pick", "slap", "fretless")
OUT_FORMATS = ".txt .mid .wav .ogg .mp3 .svg .png .pdf .html .gp5 .musicxml .alphatex"


class _Parser(argparse.ArgumentParser):
    """argparse with a one-line answer to wrong usage: what is wrong, and where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}: see `{self.prog} -h`\n")


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Defaults behind the flags that have one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default not in (None, False, []) else action.help


def parser() -> argparse.ArgumentParser:
    """The parser; what it parsed has the command's name as `verb`."""
    top = _Parser(prog="basstab", description="Bass tabs: recognise, build, train, generate, hear.")
    verbs = top.add_subparsers(title="commands", dest="verb", required=True, metavar="COMMAND")
    for add in (
        _scrape,
        _recognise,
        _build,
        _tokenizer,
        _train,
        _search,
        _runs,
        _evaluate,
        _generate,
        _infill,
        _convert,
        _push,
        _demo,
    ):
        add(verbs)
    _flag_json(_verb(verbs, "env", "print versions for bug reports", "basstab env"))
    _verb(verbs, "version", "print the version", "basstab version")
    return top


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse a command line; exits with 2 and one line where it is wrong."""
    top = parser()
    options = top.parse_args(arguments)
    if options.verb == "build" and not options.sources and not options.remove:
        top.error("build: name a SOURCE, or what to --remove: see `basstab build -h`")
    if options.verb == "push" and (options.path is None) != options.space:
        top.error("push: name PATH and REPO_ID, or --space and REPO_ID alone")
    return options


def _verb(verbs: Any, name: str, about: str, example: str) -> argparse.ArgumentParser:
    sub: argparse.ArgumentParser = verbs.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=f"Example: {example}",
        formatter_class=_Help,
    )
    sub.add_argument("--debug", action="store_true", help="show tracebacks and debug messages")
    sub.add_argument("--progress", action="store_true", help="progress bars even where stderr is no terminal")
    return sub


def _scrape(verbs: Any) -> None:
    example = "basstab scrape --config configs/scrape/my-site.yaml --out pages"
    sub = _verb(verbs, "scrape", "fetch pages with tabs, politely; the same command again goes on", example)
    sub.add_argument("urls", nargs="*", metavar="URL", help="where to start, without a site file; or a local folder")
    sub.add_argument("--config", metavar="FILE", help="a site file such as those in configs/scrape")
    _flag_out(sub)
    sub.add_argument("--limit", type=_positive, metavar="N", help="stop when so many pages are kept")
    sub.add_argument("--delay", type=float, metavar="S", help="seconds between requests to a domain, from 1 up")
    sub.add_argument("--contact", metavar="ADDRESS", help="your e-mail address or URL, told to every server")
    sub.add_argument("--retry", action="store_true", help="fetch again what failed before")
    sub.add_argument(
        "--ignore-robots", action="store_true", help="fetch what robots.txt forbids: only on your own site"
    )
    _flag_json(sub)


def _recognise(verbs: Any) -> None:
    sub = _verb(verbs, "recognise", "find the bass tabs in text and HTML files", "basstab recognise page.html")
    sub.add_argument("paths", nargs="+", metavar="PATH")
    how = sub.add_mutually_exclusive_group()
    _flag_json(how)
    how.add_argument("--explain", action="store_true", help="print the file with systems and refusals marked")
    sub.add_argument("--all-instruments", action="store_true", help="keep guitar tabs too")
    sub.add_argument("--jobs", type=_positive, default=1, metavar="N", help="processes")


def _build(verbs: Any) -> None:
    sub = _verb(verbs, "build", "make a dataset from tabs", "basstab build public-domain --limit 300 --out out/dataset")
    sub.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="a scraped folder, a folder or file of tabs (.txt .html .md .gp3 .gp4 .gp5 .mid), or public-domain",
    )
    _flag_out(sub)
    sub.add_argument("--limit", type=_positive, metavar="N", help="take the first N pages or tunes of each source")
    how = sub.add_mutually_exclusive_group()
    how.add_argument("--jobs", type=_positive, default=1, metavar="N", help="processes")
    how.add_argument("--ray", metavar="ADDRESS", help="a Ray cluster: auto, HOST:PORT, or local to start one here")
    sub.add_argument(
        "--remove",
        action="append",
        default=[],
        metavar="URL|SHA256",
        help="leave this piece out for good; without SOURCE, remove it from the dataset at --out",
    )
    _flag_json(sub)


def _tokenizer(verbs: Any) -> None:
    sub = _verb(verbs, "tokenizer", "make a tokenizer from a dataset", "basstab tokenizer DATASET --out DIR")
    sub.add_argument("dataset", metavar="DATASET")
    _flag_out(sub)
    sub.add_argument("--kind", choices=["column", "note", "riff"], default="column", help="what a token is")
    sub.add_argument("--min-count", type=_positive, default=2, help="rarer pieces are spelt in smaller ones")
    _flag_json(sub)


def _train(verbs: Any) -> None:
    sub = _verb(verbs, "train", "train a model", "basstab train DATASET --out DIR --config configs/train/small.yaml")
    sub.add_argument("dataset", metavar="DATASET")
    _flag_out(sub)
    sub.add_argument("--config", metavar="FILE", help="a file such as those in configs/train")
    sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting of the file")
    sub.add_argument("--tokenizer", metavar="DIR", help="a saved tokenizer; made from the dataset if left out")
    sub.add_argument("--resume", action="store_true", help="go on from the last checkpoint in DIR")
    sub.add_argument("--processes", type=_positive, metavar="N", help="how many a launcher such as torchrun starts")
    sub.add_argument("--ray", metavar="ADDRESS", help="start the processes on a Ray cluster: auto, HOST:PORT, or local")
    sub.add_argument("--track", choices=["none", "mlflow", "trackio"], default="none", help="where to record the run")
    sub.add_argument("--seed", type=_seed, help="makes a run repeat exactly on one machine")


def _search(verbs: Any) -> None:
    example = "basstab search DATASET --config configs/search/small.yaml --out DIR"
    sub = _verb(verbs, "search", "search for a good training configuration with Ray Tune", example)
    sub.add_argument("dataset", metavar="DATASET")
    _flag_out(sub)
    sub.add_argument("--config", metavar="FILE", help="a file such as those in configs/search")
    sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting of the file")
    sub.add_argument("--resume", action="store_true", help="go on with the unfinished search in DIR")
    sub.add_argument(
        "--address",
        metavar="ADDRESS",
        default="local",
        help="a Ray cluster: auto, HOST:PORT, or local to start one here",
    )
    sub.add_argument("--storage", metavar="URL", help="where unfinished trials are kept; all machines must reach it")
    sub.add_argument(
        "--track", choices=["none", "mlflow", "trackio"], default="none", help="where to record all trials"
    )
    sub.add_argument("--seed", type=_seed, help="of what is tried; trainings have training.seed")
    _flag_json(sub)


def _runs(verbs: Any) -> None:
    sub = _verb(verbs, "runs", "list and compare training runs recorded in MLflow", "basstab runs --compare 3f2a 90c1")
    sub.add_argument(
        "--store",
        metavar="URI|DIR",
        help="an MLflow store, or the folder of its mlflow.db (default: $MLFLOW_TRACKING_URI, else this folder)",
    )
    sub.add_argument("--compare", nargs="+", default=[], metavar="ID", help="what differs between runs; beginnings do")
    sub.add_argument("--trials", action="store_true", help="list the trials of searches, too, below their search")
    _flag_json(sub)


def _evaluate(verbs: Any) -> None:
    sub = _verb(verbs, "evaluate", "score a model on held-out tabs", "basstab evaluate MODEL DATASET --split test")
    sub.add_argument("model", metavar="MODEL")
    sub.add_argument("dataset", metavar="DATASET")
    sub.add_argument("--split", default="test")
    sub.add_argument(
        "--samples",
        type=_count,
        default=40,
        metavar="N",
        help="tabs of the model measured beside held-out ones; 0: none",
    )
    sub.add_argument(
        "--obedience",
        type=_count,
        default=0,
        metavar="N",
        help="tabs of each thing that can be asked for (density, key, chords, difficulty ...): do they have it?",
    )
    sub.add_argument("--out", metavar="DIR", help="write metrics.json, plots and model-index.yaml there")
    sub.add_argument("--force", action="store_true", help="replace what is there")
    _flag_json(sub)


def _generate(verbs: Any) -> None:
    sub = _verb(verbs, "generate", "write new tabs", "basstab generate MODEL --bars 8 --seed 1 --out tab.mid")
    sub.add_argument("model", nargs="?", metavar="MODEL", help="a model folder; the one of this package if left out")
    sub.add_argument("--prompt", metavar="FILE", help="a tab to continue; - for standard input")
    length = sub.add_mutually_exclusive_group()
    length.add_argument("--bars", type=int, default=8, metavar="N", help="new bars")
    length.add_argument("--systems", type=int, metavar="N", help="write until so many lines of systems are full")
    sub.add_argument("--num", type=_positive, default=1, metavar="N", help="tabs")
    sub.add_argument("--tuning", metavar="WORD", help="top string first, such as GDAE or GDAD, or a name: drop D")
    sub.add_argument("--width", type=int, metavar="N", help="columns in a bar")
    sub.add_argument("--stream", action="store_true", help="print columns as they are made")
    _flags_writing(sub)


def _infill(verbs: Any) -> None:
    example = "basstab infill riff.txt --bars 3-4 --variations 3"
    sub = _verb(verbs, "infill", "rewrite bars of a tab to fit what is before and after", example)
    sub.add_argument("tab", metavar="TAB", help="a tab; - for standard input")
    sub.add_argument("--bars", type=_bar_range, required=True, metavar="A-B", help="from bar A to bar B, or one bar: A")
    sub.add_argument("--model", metavar="MODEL", help="a model folder; the one of this package if left out")
    sub.add_argument("--variations", type=_positive, default=1, metavar="N", help="tabs, each with other bars")
    _flags_writing(sub)


def _flags_writing(sub: argparse.ArgumentParser) -> None:
    """What generate and infill have in common."""
    _flags_controls(sub)
    _flags_music(sub)
    _flags_sampling(sub)
    _flags_guards(sub)
    sub.add_argument("--engine", choices=ENGINES, default="auto", help="auto: cpp where it was built, else numpy")
    sub.add_argument("--out", nargs="+", default=[], metavar="FILE", help=f"write the tab there, too: {OUT_FORMATS}")
    sub.add_argument("--force", action="store_true", help="replace what is there")
    _flag_json(sub)
    _flags_sound(sub)


def _flags_sampling(sub: argparse.ArgumentParser) -> None:
    group = sub.add_argument_group("how bold")
    group.add_argument("--temperature", type=float, default=1.0, metavar="T", help="0: the likeliest; higher: bolder")
    group.add_argument("--top-k", type=int, default=0, metavar="N", help="0: off")
    group.add_argument("--top-p", type=float, default=0.95, metavar="P", help="1: off")
    group.add_argument("--min-p", type=float, default=0.0, metavar="P", help="0: off")
    group.add_argument("--no-match-cache", action="store_true", help="do not lean on what the tab has said so far")
    group.add_argument("--best-of", type=_positive, default=1, metavar="N", help="write N tabs for each, keep the best")
    group.add_argument("--seed", type=_seed, help="makes a run repeat exactly on one machine")


def _flags_music(sub: argparse.ArgumentParser) -> None:
    group = sub.add_argument_group("music", "for any model")
    group.add_argument("--key", metavar="KEY", help="such as C, F#, Bb, Em, C#m")
    group.add_argument("--chords", default="", metavar="CHORDS", help='one a bar, and round again: "Am F C G"')
    group.add_argument("--strength", type=float, default=1.0, metavar="S", help="of key and chords; from 10 on: always")
    group.add_argument("--difficulty", type=int, metavar="1-5", help="for the fretting hand, at --tempo")


def _flags_guards(sub: argparse.ArgumentParser) -> None:
    group = sub.add_argument_group("what is not let through")
    group.add_argument(
        "--max-copy", type=int, metavar="N", help="more notes in a row from one tune of the training set"
    )
    group.add_argument(
        "--max-repeats",
        type=int,
        default=3,
        metavar="N",
        help="a bar, or a loop of up to four, may follow itself so often",
    )
    group.add_argument(
        "--repetition",
        type=float,
        default=1.0,
        metavar="R",
        help="make notes of the last bars so many times less likely",
    )


def _flags_controls(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the tab shall be like", "for models that were trained with control words")
    group.add_argument("--density", choices=CONTROLS["density"], help="how many notes a bar")
    group.add_argument("--register", choices=CONTROLS["register"], help="how high")
    group.add_argument("--technique", choices=CONTROLS["technique"], action="append", help="may be given several times")
    group.add_argument("--metre", choices=CONTROLS["metre"], help="such as 3/4; sets the width of the bars")


def _convert(verbs: Any) -> None:
    sub = _verb(verbs, "convert", "turn a tab into another format", "basstab convert tab.txt tab.wav --tempo 120")
    sub.add_argument(
        "source",
        metavar="IN",
        help=".txt .md .html .gp3 .gp4 .gp5 .mid .musicxml .mxl .alphatex; - for text from standard input",
    )
    sub.add_argument("target", metavar="OUT", help=OUT_FORMATS)
    sub.add_argument("--force", action="store_true", help="replace what is there")
    _flags_sound(sub)


def _push(verbs: Any) -> None:
    sub = _verb(verbs, "push", "publish on the Hugging Face Hub", "basstab push out/model me/bass-tabs --dry-run")
    sub.add_argument("path", nargs="?", metavar="PATH", help="a model, dataset or Space folder; `shipped`: our model")
    sub.add_argument("repo_id", metavar="REPO_ID", help="USER/NAME, or NAME alone: yours")
    sub.add_argument("--dry-run", action="store_true", help="list what would go up; needs neither token nor network")
    sub.add_argument("--private", action="store_true", help="a repository that only you see")
    sub.add_argument("--revision", metavar="BRANCH", help="push to this branch, made where it is not there")
    sub.add_argument("--message", metavar="TEXT", help="what the commit says")
    sub.add_argument("--force", action="store_true", help="replace a card that was changed on the Hub, too")
    sub.add_argument(
        "--rights-cleared",
        action="store_true",
        help="publish what does not say that it is free: it is yours, or you have its owners' consent",
    )
    space = sub.add_argument_group("a Space, made for a model")
    space.add_argument("--space", action="store_true", help="instead of PATH: the demo of a model")
    space.add_argument("--static", action="store_true", help="without a server: the model runs in the browser")
    space.add_argument("--model", metavar="MODEL", help="its model; the one of this package if left out")
    _flag_json(sub)


def _demo(verbs: Any) -> None:
    sub = _verb(verbs, "demo", "write, see and hear tabs on a page in the browser", "basstab demo MODEL --port 8000")
    sub.add_argument(
        "model", nargs="?", metavar="MODEL", help="a folder or USER/NAME on the Hub (default: this package's)"
    )
    sub.add_argument("--port", type=_port, metavar="N", help="0: any (default: the first free one from 7860 on)")
    sub.add_argument(
        "--open", action=argparse.BooleanOptionalAction, help="open a browser (default: where there is a screen)"
    )


def _flag_json(parser: Any) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def _flag_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write")
    parser.add_argument("--force", action="store_true", help="replace what is there")


def _flags_sound(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tempo", type=float, metavar="BPM", help="beats per minute (default: the file's, else 100)")
    parser.add_argument(
        "--columns-per-beat",
        type=float,
        metavar="N",
        help="4: a column is a sixteenth (default: the file's, else guessed from counts and bars)",
    )
    parser.add_argument("--tone", choices=TONES, default="finger", help="how the bass is played, in sound and .mid")
    parser.add_argument("--soundfont", metavar="FILE", help="let FluidSynth play the .wav, .ogg or .mp3")
    parser.add_argument("--text-width", type=_positive, metavar="N", help="break longer lines of a .txt at bar lines")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)


def _bar_range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a bar, such as 3, nor bars, such as 3-4")
    return int(first), int(last or first)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a whole number from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    return 0 if text == "0" else _positive(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 4294967295")
    return int(text)
