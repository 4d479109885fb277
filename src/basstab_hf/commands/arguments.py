"""The flags that several commands have, and what may stand behind a flag."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: A name of a field as Python spells it.
_FIELD = re.compile(r"(?<![\w./-])(?:best_of|columns_per_beat|max_copy|max_repeats|min_p|top_[kp])(?![\w./])")
#: Asks for no style, where one would be drawn.
NO_STYLE = "none"


def in_formats() -> str:
    """The endings of files that can be read."""
    from basstab_hf.formats.table import readable

    return " ".join(readable())


def out_formats() -> str:
    """The endings of files that can be written."""
    from basstab_hf.formats.table import writable

    return " ".join(writable())


def flags_writing(sub: argparse.ArgumentParser) -> None:
    """What the commands have in common that let a model write."""
    from basstab_hf.modules import ENGINES

    _flags_controls(sub)
    _flags_music(sub)
    files = flags_files(sub, f"write the tab to these files, too; their endings say how: {out_formats()}")
    flags_sound(files)
    _flags_sampling(sub)
    _flags_guards(sub)
    sub.add_argument_group("speed").add_argument(
        "--engine",
        choices=ENGINES,
        default="auto",
        help="what runs the model; auto: the quickest here, cpp or else numpy",
    )


def flags_files(sub: argparse.ArgumentParser, out: str) -> argparse._ArgumentGroup:
    """Add --out FILE, --force and --json as a group, which is returned; `out` is the help of --out."""
    group = sub.add_argument_group("files and sound")
    group.add_argument("--out", nargs="+", default=[], metavar="FILE", help=out)
    group.add_argument("--force", action="store_true", help="replace files that exist already")
    flag_json(group)
    return group


def _flags_sampling(sub: argparse.ArgumentParser) -> None:
    group = sub.add_argument_group("how bold", "among which of the likely next notes the model chooses by chance")
    group.add_argument(
        "--temperature", type=float, default=1.0, metavar="T", help="0: always the likeliest; the higher, the bolder"
    )
    group.add_argument("--top-k", type=int, default=0, metavar="N", help="choose among the N likeliest; 0: among all")
    group.add_argument(
        "--top-p",
        type=float,
        default=0.95,
        metavar="P",
        help="choose among the likeliest that together have the probability P; 1: among all",
    )
    group.add_argument(
        "--min-p",
        type=float,
        default=0.0,
        metavar="P",
        help="leave out what is less likely than P times the likeliest; 0: nothing",
    )
    group.add_argument(
        "--no-match-cache",
        action="store_true",
        help="do not favour what came after similar places earlier in the tab",
    )
    group.add_argument(
        "--mixture",
        action="store_true",
        help="favour what many contexts of the tab let expect, as evaluate does, in place of the match cache",
    )
    group.add_argument(
        "--best-of",
        type=positive,
        default=1,
        metavar="N",
        help="write N tabs for each one asked for, and keep the best",
    )
    group.add_argument(
        "--seed",
        type=seed,
        metavar="N",
        help="a whole number: the same one gives the same tabs again on this machine",
    )


def _flags_music(sub: argparse.ArgumentParser) -> None:
    group = sub.add_argument_group("music", "what notes to prefer; works with any model")
    group.add_argument("--key", metavar="KEY", help="the key, such as C, F#, Bb, Em, C#m")
    group.add_argument(
        "--chords",
        default="",
        metavar="CHORDS",
        help='the chords, one a bar, or with bar lines, then from the start again: "Am F C G" or "| Dm7 G7 | C | %% |"',
    )
    group.add_argument(
        "--strength",
        type=float,
        default=1.0,
        metavar="S",
        help="how much key and chords count: 0 nothing, 1 as a rule, 10 and more always",
    )
    group.add_argument(
        "--difficulty",
        type=int,
        metavar="1-5",
        help="how hard it may be for the fretting hand at --tempo: 1 for first lessons, 5 for all that a hand can do",
    )


def _flags_guards(sub: argparse.ArgumentParser) -> None:
    group = sub.add_argument_group("what to avoid")
    group.add_argument(
        "--max-copy",
        type=int,
        metavar="N",
        help="write a tab again if more than N notes in a row are as in one tune of the training set",
    )
    group.add_argument(
        "--max-repeats",
        type=int,
        default=3,
        metavar="N",
        help="let a bar, or a loop of up to four bars, come at most N more times right after itself; 0: any number",
    )
    group.add_argument(
        "--repetition",
        type=float,
        default=1.0,
        metavar="R",
        help="make notes of the last two bars R times less likely; 1: not at all",
    )


def _flags_controls(parser: argparse.ArgumentParser) -> None:
    from basstab_hf.tokenizer.control_table import ASKED, STYLE_NAMES

    group = parser.add_argument_group(
        "what the tab shall be like", "works with models that learnt these words, such as the one of this package"
    )
    for control in ASKED:
        is_style = control.name == "style"
        values = (*control.values, NO_STYLE) if is_style else control.values
        group.add_argument(
            f"--{control.name}",
            choices=(*values, *STYLE_NAMES) if is_style else values,
            type=control.reads,
            action="append" if control.several else "store",
            metavar=control.name.upper(),
            help=f"{control.help}: {' '.join(values)}",
        )


def flag_model(parser: Any, name: str, **more: Any) -> None:
    """Add to a parser or a group of it the flag or argument `name` for a model; `more` as `add_argument` takes it."""
    where = "a model folder, USER/NAME on the Hub, or shipped: the one of this package"
    may_be_left_out = name.startswith("-") or more.get("nargs") == "?"
    parser.add_argument(name, metavar="MODEL", help=f"{where}{' (default)' if may_be_left_out else ''}", **more)


def flag_jobs(parser: Any) -> None:
    """Add --jobs to a parser or a group of it."""
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="how many processes to use")


def flag_dataset(parser: argparse.ArgumentParser) -> None:
    """Add DATASET."""
    parser.add_argument(
        "dataset", metavar="DATASET", help="a folder that `basstab build` wrote, or a dataset on the Hub: USER/NAME"
    )


def flags_settings(parser: argparse.ArgumentParser, examples: str) -> None:
    """Add --config and --set; `examples` is the folder of files to begin with."""
    parser.add_argument("--config", metavar="FILE", help=f"a file with settings, such as those in {examples}")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting; may be given several times"
    )


def flag_track(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --track."""
    from basstab_hf.modules import TRACKERS

    parser.add_argument("--track", choices=TRACKERS, default="none", help=f"where to record {what}")


def flag_bass_track(parser: argparse.ArgumentParser, several: str = "") -> None:
    """Add --track, which chooses among the tracks of a file; `several` is what "all" does, "" where one is needed."""
    words = f"; all: {several}" if several else ""
    parser.add_argument(
        "--track",
        metavar="NAME|N|all" if several else "NAME|N",
        help=f"the track of the file, by its name or number{words} (default: the first bass)",
    )


def flag_json(parser: Any) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")


def flag_out(parser: argparse.ArgumentParser) -> None:
    """Add --out DIR, without which the command does nothing, and --force."""
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder to write")
    parser.add_argument("--force", action="store_true", help="replace files that exist already")


def flags_sound(parser: Any) -> None:
    """Add to a parser or a group of it the flags for files with sound or rhythm, and for long lines of text."""
    from basstab_hf.formats.tones import TONES

    parser.add_argument(
        "--tempo", type=float, metavar="BPM", help="beats per minute (default: what the file says, else 100)"
    )
    parser.add_argument(
        "--columns-per-beat",
        type=float,
        metavar="N",
        help="how many columns of text a beat has; 4: a column is a sixteenth (default: what the file says, "
        "else guessed from its counts and bars)",
    )
    parser.add_argument(
        "--tone", choices=TONES, default="finger", help="how the bass is played, in sound files and .mid"
    )
    parser.add_argument(
        "--soundfont", metavar="FILE", help="let FluidSynth play .wav, .ogg and .mp3 with this sound font (.sf2)"
    )
    parser.add_argument(
        "--text-width", type=positive, metavar="N", help="in .txt, break lines longer than N characters at bar lines"
    )


def positive(text: str) -> int:
    """Parse a whole number from 1 up."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)


def bar_range(text: str) -> tuple[int, int]:
    """Parse `3` or `3-4`: the first and the last bar, from 1 up."""
    first, _, last = text.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a bar, such as 3, nor bars, such as 3-4")
    return int(first), int(last or first)


def port(text: str) -> int:
    """Parse a port, 0 to 65535."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a whole number from 0 to 65535")
    return int(text)


def count(text: str) -> int:
    """Parse a whole number from 0 up."""
    return 0 if text == "0" else positive(text)


def seed(text: str) -> int:
    """Parse a seed, 0 to 2**32 - 1."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 4294967295")
    return int(text)


@contextmanager
def as_flags() -> Iterator[None]:
    """What a library says of `top_p`, say of --top-p, which is what was typed.

    Raises:
        InputError: as the block does, in other words.
    """
    from basstab_hf.errors import InputError

    try:
        yield
    except InputError as error:
        raise InputError(_FIELD.sub(lambda name: f"--{name[0].replace('_', '-')}", str(error))) from error


def settings_of(options: argparse.Namespace, seed: str) -> list[str]:
    """What --set says, and --seed under the name of its setting."""
    return [*options.set, *([f"{seed}={options.seed}"] if options.seed is not None else [])]
