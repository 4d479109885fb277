"""Let two processes write one place at the same moment, again and again: one may succeed, and its result is what stays.

scripts/try_races.py [RACES] [VERB ...]      100 races of each verb that writes; train runs a twentieth of them

Two contestants ask for different results of the same name. Told for each verb: races, races with two successes, with
none, and those in which what stays is not what the winner writes alone.
"""

import hashlib
import importlib
import io
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from basstab_hf.cli import main as basstab

_RIFFS = (
    "G|----------------|----------------|\nD|----------2-----|----------2-----|\n"
    "A|--3-3-5-----3-5-|--3-3-5-----3-5-|\nE|3-------3-------|3-------3-------|\n",
    "G|----------------|----------------|\nD|----------------|----------------|\n"
    "A|----------2-----|----------2-----|\nE|0-0-3-5-----3-0-|0-0-3-5-----3-0-|\n",
)
#: Of a model that learns nothing in the one step that it is given.
_TINY = (
    *(
        "--set",
        "training.max_steps=1",
        "--set",
        "model.n_layer=1",
        "--set",
        "model.n_embd=8",
        "--set",
        "model.n_head=1",
    ),
    *("--set", "augmentation.all_keys=false"),
)


@dataclass(frozen=True)
class Verb:
    """A command, what names its result, and what tells two results apart; each contestant has its own part of both."""

    call: Callable[[int, Path], list[str]]
    result: str
    told_by: str = ""
    share: float = 1.0


def _at(work: Path, name: str, mine: int) -> str:
    return str(work / f"{name}{mine}")


VERBS = {
    "generate": Verb(lambda i, out: ["generate", "--bars", "2", "--seed", str(i + 1), "--out", str(out)], "tab.mid"),
    "infill": Verb(
        lambda i, out: ["infill", _at(WORK, "riff", i) + ".txt", "--bars", "2", "--seed", "1", "--out", str(out)],
        "tab.txt",
    ),
    "convert": Verb(lambda i, out: ["convert", _at(WORK, "riff", i) + ".txt", str(out)], "tab.gp5"),
    "arrange": Verb(
        lambda i, out: ["arrange", _at(WORK, "riff", i) + ".txt", "--transpose", "2", "--out", str(out)], "tab.txt"
    ),
    "export": Verb(lambda i, out: ["export", "shipped", ("--gguf", "--onnx")[i], "--out", str(out)], "model"),
    "tokenizer": Verb(
        lambda i, out: ["tokenizer", str(WORK / "data0"), "--kind", ("column", "note")[i], "--out", str(out)],
        *("words", "tokenizer.json"),
    ),
    "build": Verb(lambda i, out: ["build", _at(WORK, "riffs", i), "--out", str(out)], "data", "stats.json"),
    "scrape": Verb(lambda i, out: ["scrape", _at(WORK, "riffs", i), "--out", str(out)], "pages", "stats.json"),
    "train": Verb(
        lambda i, out: ["train", str(WORK / "data0"), "--out", str(out), *_TINY, "--set", f"training.seed={i}"],
        *("run", "training.yaml", 0.05),
    ),
}
WORK = Path()


def _run(arguments: list[str]) -> int:
    """A command in this process, silent."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return basstab(arguments)


def _forked(work: Callable[[], int]) -> int:
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = work()
        finally:
            os._exit(status)
    return child


def _status(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _digest(place: Path, told_by: str) -> str:
    path = place / told_by if told_by else place
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"


def race(verb: Verb, folder: Path) -> list[int]:
    """Both at once; their exit statuses."""
    folder.mkdir(parents=True)
    start = time.monotonic() + 0.05

    def go(mine: int) -> int:
        time.sleep(max(0.0, start - time.monotonic()))
        return _run(verb.call(mine, folder / verb.result))

    children = [_forked(lambda mine=mine: go(mine)) for mine in (0, 1)]  # type: ignore[misc]
    return [_status(child) for child in children]


def races(name: str, count: int) -> Counter[str]:
    """Many races of one verb, and what came out."""
    verb, told = VERBS[name], Counter[str](races=0, two=0, none=0, other=0, debris=0)
    alone = []
    for mine in (0, 1):
        place = WORK / f"alone-{name}-{mine}" / verb.result
        place.parent.mkdir(parents=True)
        status = _status(_forked(lambda mine=mine, place=place: _run(verb.call(mine, place))))  # type: ignore[misc]
        if status:
            raise SystemExit(f"try_races.py: {' '.join(verb.call(mine, place))} fails alone: {status}")
        alone.append(_digest(place, verb.told_by))
    for number in range(max(1, round(count * verb.share))):
        folder = WORK / f"{name}-{number}"
        won = [mine for mine, status in enumerate(race(verb, folder)) if status == 0]
        told["races"] += 1
        told["two"] += len(won) == 2
        told["none"] += not won
        told["other"] += len(won) == 1 and not _is_of(folder / verb.result, verb, name, alone[won[0]], won[0])
        told["debris"] += any(path.name != verb.result for path in folder.iterdir())
    return told


def _is_of(place: Path, verb: Verb, name: str, alone: str, won: int) -> bool:
    """Whether what stays is the winner's; times and paths in it differ from run to run for some verbs."""
    if name == "scrape":
        return f"riffs{won}" in (place / "pages.jsonl").read_text(encoding="utf-8")
    return _digest(place, verb.told_by) == alone


@contextmanager
def prepared() -> Iterator[None]:
    """What the verbs read, in a folder of its own, and what they import."""
    global WORK
    with tempfile.TemporaryDirectory() as place:
        WORK = Path(place)
        for number, riff in enumerate(_RIFFS):
            (WORK / f"riff{number}.txt").write_text(riff, encoding="utf-8")
            (WORK / f"riffs{number}").mkdir()
            for copy in range(2):
                moved = riff.replace("3", str(4 + copy))
                (WORK / f"riffs{number}" / f"{copy}.txt").write_text(moved, encoding="utf-8")
        riffs = [str(WORK / "riffs0"), str(WORK / "riffs1")]
        _status(_forked(lambda: _run(["build", *riffs, "--out", _at(WORK, "data", 0)])))
        for name in ("generate.compose", "training.train", "formats", "scrape", "dataset.build"):
            importlib.import_module(f"basstab_hf.{name}")  # once, for all that are forked
        yield


def main(count: int = 100, *names: str) -> dict[str, Counter[str]]:
    """Races of each verb; told as they end."""
    found = {}
    with prepared():
        for name in names or VERBS:
            begun = time.monotonic()
            found[name] = races(name, count)
            told = ", ".join(f"{number} {what}" for what, number in found[name].items())
            print(f"{name:10} {told} in {time.monotonic() - begun:.0f} s", flush=True)
    return found


if __name__ == "__main__":
    ended = main(*(int(one) if one.isdecimal() else one for one in sys.argv[1:]))  # type: ignore[arg-type]
    sys.exit(any(told[what] for told in ended.values() for what in ("two", "none", "other")))
