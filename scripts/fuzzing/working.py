"""Many inputs of a target, in processes that may hang, swell or die. Output: what was found, by kind."""

from __future__ import annotations

import logging
import mmap
import multiprocessing
import os
import random
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from basstab_hf.errors import BasstabError
from fuzzing.targets import TARGETS, Target

#: Memory that a process may take, and how much of it one input may add, in bytes.
_MOST, _GROWTH = 4 << 30, 600 << 20
_STATE = struct.Struct("<qd")


@dataclass
class Outcome:
    """Of one target: inputs that were tried, refused with a line, and what was found.

    `findings`: kind -> how often; `first`: kind -> number of the first such input.
    """

    tried: int = 0
    refused: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, number: int) -> None:
        """Count a finding."""
        self.findings[kind] += 1
        self.first.setdefault(kind, number)

    def join(self, other: Outcome) -> None:
        """Take what another process found."""
        self.tried += other.tried
        self.refused += other.refused
        for kind, count in other.findings.items():
            self.findings[kind] += count
            self.first[kind] = min(self.first.get(kind, 1 << 60), other.first[kind])


def input_of(name: str, seed: int, number: int) -> bytes:
    """Input `number` of a target, the same each time."""
    return TARGETS[name].make(random.Random(f"{name}/{seed}/{number}"))  # noqa: S311


def run(name: str, seed: int, first: int, count: int) -> Outcome:
    """Try inputs in a process of its own, and in another one from the next on where that died."""
    outcome, number, end = Outcome(), first, first + count
    while number < end:
        found, reached = _in_process(name, seed, number, end)
        outcome.join(found)
        if reached >= end:
            break
        known = number + found.tried
        outcome.join(_in_process(name, seed, known, reached)[0])  # what it had found and not told yet
        outcome.tried += 1
        outcome.add("the process died", reached)
        number = reached + 1
    return outcome


def _in_process(name: str, seed: int, first: int, end: int) -> tuple[Outcome, int]:
    """What was found from `first` on, and the number that was not ended; `end` if all were."""
    state = mmap.mmap(-1, _STATE.size)
    state[:] = _STATE.pack(first, time.monotonic())
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(name, seed, first, end, state, theirs))
    process.start()
    theirs.close()
    outcome, done = Outcome(), False
    while not done:
        if ours.poll(5):
            try:
                done, part = ours.recv()
                if isinstance(done, Exception):
                    raise RuntimeError(f"no input {name}, near {part.tried + first}") from done
                outcome.join(part)
            except EOFError:
                break
        elif time.monotonic() - _STATE.unpack(state[:])[1] > 10 * TARGETS[name].seconds + 60:
            process.kill()  # deaf to the alarm: somewhere in C
    process.join()
    return outcome, end if done else _STATE.unpack(state[:])[0]


class _TooSlowError(BaseException):
    pass


def _ring(*_: Any) -> None:
    raise _TooSlowError


def _work(name: str, seed: int, first: int, end: int, state: mmap.mmap, out: Any) -> None:
    os.setsid()
    sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + _MOST, taken + _MOST))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=ResourceWarning)
    signal.signal(signal.SIGALRM, _ring)
    outcome, told = Outcome(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        folder = Path(place, "own")
        folder.mkdir()
        for number in range(first, end):
            state[:] = _STATE.pack(number, time.monotonic())
            try:
                content = input_of(name, seed, number)
            except Exception as error:
                out.send((error, outcome))
                raise
            _try(TARGETS[name], content, folder, number, outcome)
            if time.monotonic() - told > 2:
                out.send((False, outcome))
                outcome, told = Outcome(), time.monotonic()
                state[:] = _STATE.pack(number + 1, told)
    out.send((True, outcome))


def _try(target: Target, content: bytes, folder: Path, number: int, outcome: Outcome) -> None:
    outcome.tried += 1
    before = resource.getrusage(resource.RUSAGE_SELF)
    signal.setitimer(signal.ITIMER_REAL, 8 * target.seconds)
    try:
        target.read(content, folder)
    except BasstabError as error:
        outcome.refused += 1
        if not str(error).strip():
            outcome.add(f"no message: {type(error).__name__} of {_place(error)}", number)
    except _TooSlowError as error:
        outcome.add(f"more than {8 * target.seconds:g} s at {_place(error)}", number)
    except BaseException as error:  # a panic of Rust is no Exception
        outcome.add(f"{type(error).__name__} at {_place(error)}", number)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    after = resource.getrusage(resource.RUSAGE_SELF)
    if after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime > target.seconds:
        outcome.add(f"more than {target.seconds:g} s of CPU", number)
    if (after.ru_maxrss - before.ru_maxrss) * 1024 > _GROWTH:
        outcome.add(f"{_GROWTH >> 20} MB more", number)


def _place(error: BaseException) -> str:
    """The innermost line of this package that an error passed."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if "basstab_hf" in one.filename]
    if not frames:
        frames = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{frames[-1].filename.rpartition('basstab_hf/')[2]}:{frames[-1].lineno}" if frames else "?"
