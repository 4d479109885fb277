"""Command lines of odd words over odd files, run in this process as `basstab` would be."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzzing import seeds

#: Commands that end soon, train nothing and open no port; for each, flags that it has. The first words are wrong.
_VERBS: dict[str, tuple[str, ...]] = {
    "": (),
    "conert": (),
    "recognise": ("--json", "--explain", "--all-instruments", "--jobs"),
    "convert": ("--track", "--tempo", "--columns-per-beat", "--tone", "--text-width", "--soundfont", "--force"),
    "chart": ("--song", "--json", "--transpose"),
    "arrange": ("--tuning", "--key", "--position", "--capo", "--difficulty", "--json", "--track", "--out"),
    "develop": ("--chords", "--bars", "--json", "--seed"),
    "accompany": ("--style", "--out", "--json", "--track", "--seed"),
    "generate": ("--chords", "--key", "--tuning", "--width", "--style", "--prompt", "--chart", "--like", "--max-copy"),
    "infill": ("--bars", "--seed", "--json"),
    "build": ("--limit", "--track", "--remove", "--json"),
    "tokenizer": ("--kind", "--min-count", "--json"),
    "train": ("--config", "--set", "--from", "--tokenizer", "--resume", "--seed"),
    "search": ("--config", "--set"),
    "scrape": ("--pages", "--delay", "--contact"),
    "push": ("--dry-run", "--space", "--public"),
    "export": ("--onnx", "--gguf"),
    "completion": (),
    "env": ("--json", "--check"),
    "runs": ("--store", "--compare", "--trials", "--json"),
    "version": ("--json",),
}
_NAMES = (
    "a.txt",
    "tab.txt",
    "song.mid",
    "chart.cho",
    "x.musicxml",
    "no such.txt",
    "folder",
    ".",
    "",
    "-",
    "\udcff.txt",
)
_VALUES = (
    *("0", "1", "2", "-1", "1e999", "nan", "inf", "99999999999999999999", "x", "", "é", "\udcff", "\ud800", "\x1b[2J"),
    *(
        "all",
        "GDAE",
        "GDXE",
        "Am F",
        "| C",
        "1-2",
        "9-1",
        "a=b",
        "training.seed=[]",
        "small",
        "shipped",
        "A/B",
        "١",
        "²",
    ),
    *("--", "-h", "--json", "--force", "\u202e", "a\nb", "x" * 3000, "|||", "rock", "Em", "3"),
)
#: What would begin hours of work, or speak to somebody.
_STOPS = ("train", "search", "scrape")


def make(chance: random.Random) -> bytes:
    """A verb, and up to six words, as JSON."""
    verb = chance.choice(tuple(_VERBS))
    words = [verb] if verb else []
    for _ in range(chance.randint(0, 4)):
        kind = chance.random()
        if kind < 0.4:
            words.append(chance.choice(_NAMES))
        elif kind < 0.8 and _VERBS[verb]:
            words += [chance.choice(_VERBS[verb]), chance.choice((*_VALUES, *_NAMES))]
        else:
            words.append(chance.choice((*_VALUES, "--out", "--nonsense", "--jso")))
    if chance.random() < 0.5:
        words += ["--out", chance.choice(("out", "out.txt", "out.mid", "no/out", "\udcff"))]
    return json.dumps(words).encode()


def read(content: bytes, folder: Path) -> None:
    """Run it in a folder with a few files.

    Raises:
        AssertionError: an exit status that is none of ours, or more than a line of a message.
    """
    from basstab_hf.cli import main

    words = json.loads(content)
    _prepare(folder)
    out, told = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.chdir(folder), _streams(out, told), _nothing_long():
        try:
            status = main(words)
        except SystemExit as ended:
            status = ended.code
    if status not in (0, 1, 2, None):
        raise AssertionError(f"exit status {status!r}")
    last = [line for line in told.getvalue().splitlines() if line]
    if status in (1, 2) and (not last or "Traceback" in told.getvalue()):
        raise AssertionError(f"status {status} and no message")


class Stopped(BaseException):
    """Work that would be long begins here: what came before it is what is tried."""


@contextlib.contextmanager
def _streams(out: Any, told: Any) -> Iterator[None]:
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        yield


@contextlib.contextmanager
def _nothing_long() -> Iterator[None]:
    """Training, searches and scrapes end before they begin."""
    import basstab_hf.scrape.run as scraping
    from basstab_hf.training import train as training

    def stop(*_: Any, **__: Any) -> Any:
        raise Stopped

    kept = {(module, name): getattr(module, name) for module, name in ((training, "train"), (scraping, "scrape"))}
    for module, name in kept:
        setattr(module, name, stop)
    try:
        yield
    except Stopped:
        raise SystemExit(0) from None
    finally:
        for (module, name), before in kept.items():
            setattr(module, name, before)


def _prepare(folder: Path) -> None:
    if (folder / "tab.txt").exists():
        return
    (folder / "tab.txt").write_text(seeds.TAB)
    (folder / "a.txt").write_bytes(b"\xff\xfe\x00")
    (folder / "song.mid").write_bytes(seeds.midi()[0])
    (folder / "x.musicxml").write_bytes(seeds.musicxml()[0])
    (folder / "chart.cho").write_bytes(seeds.CHARTS[1])
    (folder / "folder").mkdir(exist_ok=True)
    (folder / "folder" / os.fsdecode(b"\xff.txt")).write_text(seeds.TAB)
