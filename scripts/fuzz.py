"""Throw odd inputs at everything that reads what users and strangers hand in, and tell what was no plain refusal.

    scripts/fuzz.py [TARGET ...] [--count N] [--seed N] [--jobs N]
    scripts/fuzz.py TARGET --show NUMBER [--seed N]     one input again, with its traceback
    scripts/fuzz.py --slow SECONDS [--seed N]           look for texts whose time grows faster than their length

Input number n of a target and seed is always the same. A finding is an exception that is no BasstabError, a warning, a
message that is empty, a process that died, more than 5 s of CPU, or 600 MB more memory for one input of up
to 60 kB. tests/test_fuzz.py runs a few of each target.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1"}
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from fuzzing import growth  # noqa: E402
from fuzzing.targets import TARGETS  # noqa: E402
from fuzzing.working import Outcome, input_of, run  # noqa: E402

#: Inputs of a process.
_AT_ONCE = 2_000


def main() -> int:
    """Print a line a target, and one a finding; the exit status is 1 where there are any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"only these of {', '.join(TARGETS)}")
    parser.add_argument("--count", type=int, metavar="N", help="inputs of each (default: a long run's)")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--jobs", type=int, default=1, metavar="N")
    parser.add_argument("--show", type=int, metavar="NUMBER")
    parser.add_argument("--slow", type=float, metavar="SECONDS")
    options = parser.parse_args()
    if options.slow:
        growth.look(options.slow, options.seed)
        return 0
    if options.show is not None:
        return _show(options.targets[0], options.seed, options.show)
    total = found = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for name in options.targets or TARGETS:
            start, count = time.monotonic(), options.count or TARGETS[name].most
            parts = [(first, min(_AT_ONCE, count - first)) for first in range(0, count, _AT_ONCE)]
            outcome = Outcome()
            for part in pool.map(lambda part, name=name: run(name, options.seed, *part), parts):
                outcome.join(part)
            seconds = time.monotonic() - start
            print(f"{name}: {outcome.tried:,} tried, {outcome.refused:,} refused, {seconds:,.0f} s", flush=True)
            for kind, times in outcome.findings.most_common():
                print(f"    {times:,} x {kind} (--show {outcome.first[kind]})", flush=True)
            total, found = total + outcome.tried, found + outcome.findings.total()
    print(f"{total:,} inputs, {found:,} findings")
    return int(found > 0)


def _show(name: str, seed: int, number: int) -> int:
    content = input_of(name, seed, number)
    print(content[:3000])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "own")
        folder.mkdir()
        TARGETS[name].read(content, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
