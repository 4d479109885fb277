"""Let two processes write one place at the same moment, again and again: one may succeed, and its result is what stays.

scripts/try_races.py [RACES] [VERB ...]      100 races of each verb that writes; train and search run a part of them

Two contestants ask for different results of the same name. Told for each verb: races, races with two successes, with
none, those in which what stays is not what the winner writes alone, and those that leave something beside it. Two may
push one after the other: then the repository has both commits, and what it holds is from one of them.
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

import mido

sys.path.insert(0, str(Path(__file__).parents[1]))

from basstab_hf.cli import main as basstab
from tests.hub_server import TOKEN, HubServer

_RIFFS = (
    "G|----------------|----------------|\nD|----------2-----|----------2-----|\n"
    "A|--3-3-5-----3-5-|--3-3-5-----3-5-|\nE|3-------3-------|3-------3-------|\n",
    "G|----------------|----------------|\nD|----------------|----------------|\n"
    "A|----------2-----|----------2-----|\nE|0-0-3-5-----3-0-|0-0-3-5-----3-0-|\n",
)
#: Of a model that learns nothing in the one step that it is given.
_TINY = [
    part
    for setting in ("training.max_steps=1", "model.n_layer=1", "model.n_embd=8", "model.n_head=1")
    for part in ("--set", setting)
]


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
        lambda i, out: ["tokenizer", str(WORK / "composed0"), "--kind", ("column", "note")[i], "--out", str(out)],
        *("words", "tokenizer.json"),
    ),
    "build": Verb(lambda i, out: ["build", _at(WORK, "riffs", i), "--out", str(out)], "data", "stats.json"),
    "scrape": Verb(lambda i, out: ["scrape", _at(WORK, "riffs", i), "--out", str(out)], "pages", "stats.json"),
    "accompany": Verb(
        lambda i, out: ["accompany", str(WORK / "song.mid"), "--seed", str(i + 1), "--out", str(out)], "part.txt"
    ),
    "push": Verb(lambda i, out: ["push", _at(WORK, "space", i), f"me/{out.parent.name}", "--rights-cleared"], "pushed"),
    "search": Verb(
        lambda i, out: [
            "search",
            str(WORK / "composed0"),
            "--out",
            str(out),
            "--config",
            _at(WORK, "search", i) + ".yaml",
        ],
        *("found", "best.yaml", 0.05),
    ),
    "train": Verb(
        lambda i, out: ["train", str(WORK / "composed0"), "--out", str(out), *_TINY, "--set", f"training.seed={i}"],
        *("run", "training.yaml", 0.05),
    ),
}
WORK = Path()
_SEARCH = """
trials: 1
searcher: random
scheduler: {{kind: none}}
budget: {{steps: 1, evaluations: 1}}
seed: {seed}
train:
  model: {{n_layer: 1, n_embd: 8, n_head: 1, n_positions: 64}}
  training: {{use_cpu: true, seed: {seed}}}
space:
  rate: {{number: [0.001, 0.01], sets: training.learning_rate}}
"""
#: The Hub that is pushed to, on this machine.
HUB: HubServer


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
    if place.name == VERBS["push"].result:
        files = HUB.files(f"me/{place.parent.name}", "space")
        return repr(sorted((name, content) for name, content in files.items() if name != "README.md"))
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
        told["none"] += not won
        if name == "push":
            told["two"] += len(won) == 2 and len(HUB.repos["space", f"me/{folder.name}"].messages) != 3
            told["other"] += bool(won) and _digest(folder / verb.result, "") not in [alone[mine] for mine in won]
        else:
            told["two"] += len(won) == 2
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
    global WORK, HUB
    with tempfile.TemporaryDirectory() as place, HubServer() as HUB:
        WORK = Path(place)
        _log_in(HUB.url)
        for number, riff in enumerate(_RIFFS):
            (WORK / f"riff{number}.txt").write_text(riff, encoding="utf-8")
            (WORK / f"riffs{number}").mkdir()
            for copy in range(2):
                moved = riff.replace("3", str(4 + copy))
                (WORK / f"riffs{number}" / f"{copy}.txt").write_text(moved, encoding="utf-8")
        for number in (0, 1):
            space = WORK / f"space{number}"
            space.mkdir()
            (space / "README.md").write_text("---\nsdk: static\n---\n", encoding="utf-8")
            for name in ("index.html", "a.onnx", "b.onnx"):
                (space / name).write_text(f"{name} of {number}" * 1000, encoding="utf-8")
            (WORK / f"search{number}.yaml").write_text(_SEARCH.format(seed=number), encoding="utf-8")
        _song().save(WORK / "song.mid")
        composed = ["build", "composed", "--limit", "16", "--seed", "1"]  # of which some are for validation
        _status(_forked(lambda: _run([*composed, "--out", _at(WORK, "composed", 0)])))
        for name in ("generate.compose", "training.train", "formats", "scrape", "dataset.build"):
            importlib.import_module(f"basstab_hf.{name}")  # once, for all that are forked
        yield


def _log_in(url: str) -> None:
    """Let this process and its children push to the Hub at an address."""
    from huggingface_hub import constants

    constants.ENDPOINT, constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_XET = url, False, True
    constants.HUGGINGFACE_CO_URL_TEMPLATE = f"{url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    os.environ["HF_TOKEN"] = TOKEN


def _song() -> mido.MidiFile:
    """Chords of a piano, four bars, without a bass."""
    file, track = mido.MidiFile(), mido.MidiTrack()
    for notes in ((57, 60, 64), (53, 57, 60), (55, 60, 64), (55, 59, 62)):
        for kind, ticks in (("note_on", 0), ("note_off", 4 * 480)):
            track += [
                mido.Message(kind, note=note, velocity=80, time=ticks if place == 0 else 0)
                for place, note in enumerate(notes)
            ]
    file.tracks.append(track)
    return file


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
