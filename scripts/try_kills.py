"""Kill commands at drawn moments and run them once more: what is half-written, and what lies about.

scripts/try_kills.py [KILLS] [SEED] [VERB ...]      20 kills of each verb of try_races.py, seed 0

Told for each verb: kills, runs after one that failed, results that are not there, and what is left beside them or
among the temporary files.
"""

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import try_races
from try_races import VERBS, prepared

#: Files of a repository: those of a Space here, and the one that the Hub makes.
_PUSHED = 5


def kills(name: str, count: int, chance: random.Random) -> Counter[str]:
    """Many kills of one verb, each in a folder of its own."""
    verb, told = VERBS[name], Counter[str](kills=0, failed=0, missing=0, debris=0)
    begun = time.monotonic()
    place = try_races.WORK / f"kept-{name}" / verb.result
    place.parent.mkdir()
    try_races._status(try_races._forked(lambda: try_races._run(verb.call(0, place))))
    whole = time.monotonic() - begun
    for number in range(count):
        out = try_races.WORK / f"killed-{name}-{number}" / verb.result
        out.parent.mkdir()
        child = try_races._forked(lambda out=out: try_races._run(verb.call(0, out)))  # type: ignore[misc]
        time.sleep(chance.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        told["kills"] += try_races._status(child) < 0
        again = [*verb.call(0, out), *(["--force"] if name != "scrape" else [])]  # which goes on
        ended = try_races._status(try_races._forked(lambda again=again: try_races._run(again)))  # type: ignore[misc]
        told["failed"] += ended != 0
        told["missing"] += not _is_there(name, out)
        told["debris"] += any(path != out for path in out.parent.iterdir())
    told["debris"] += len(list(Path(tempfile.gettempdir()).glob(".basstab-*")))
    return told


def _is_there(name: str, out: Path) -> bool:
    if name == "push":
        return len(try_races.HUB.files(f"me/{out.parent.name}", "space")) == _PUSHED
    return (out / VERBS[name].told_by if VERBS[name].told_by else out).exists()


def main(count: int = 20, seed: int = 0, *names: str) -> dict[str, Counter[str]]:
    """Kills of each verb; told as they end."""
    chance, found = random.Random(seed), {}  # noqa: S311  # no secret
    with prepared():
        scrap = try_races.WORK / "scrap"
        scrap.mkdir()
        os.environ["TMPDIR"], tempfile.tempdir = str(scrap), str(scrap)
        for name in names or VERBS:
            found[name] = kills(name, count, chance)
            print(f"{name:10} " + ", ".join(f"{number} {what}" for what, number in found[name].items()), flush=True)
    return found


if __name__ == "__main__":
    ended = main(*(int(one) if one.isdecimal() else one for one in sys.argv[1:]))  # type: ignore[arg-type]
    sys.exit(any(told[what] for told in ended.values() for what in ("failed", "missing", "debris")))
