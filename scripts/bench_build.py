"""Build datasets of synthetic pages: columns/s with one process and two, and peak memory as the input grows.

Baseline in the same run: `datasets` alone (from_generator, map, to_parquet) with the same recogniser, one process: no
cleaning, no near duplicates, no split, no card.

    python scripts/bench_build.py --pages 2000 --pages 10000
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_BARS, _SIXTEENTHS, _WIDTH = 16, 16, 17
_PLAIN = """
import json, sys
from datasets import Dataset
from basstab_hf import recognise_tabs

def pages():
    for line in open(sys.argv[1], encoding="utf-8"):
        yield json.loads(line)

def columns(page):
    return {"columns": " ".join(recognise_tabs(page["content"]).tab.words)}

Dataset.from_generator(pages, cache_dir=sys.argv[2]).map(columns).to_parquet(sys.argv[2] + "/all.parquet")
"""


def page(number: int) -> str:
    """A tab of sixteen bars in HTML, its notes by chance: no two are alike."""
    chance = random.Random(number)  # noqa: S311
    systems = []
    for _ in range(_BARS // 4):
        rows = [["-"] * _WIDTH * 4 for _ in "GDAE"]
        for place in range(0, 4 * _SIXTEENTHS, 2):
            column = place // _SIXTEENTHS * _WIDTH + 1 + place % _SIXTEENTHS
            rows[chance.randrange(4)][column] = str(chance.randrange(10))
        lines = ["|".join("".join(row[start : start + _WIDTH]) for start in range(0, len(row), _WIDTH)) for row in rows]
        systems.append("\n".join(f"{label}|{line}|" for label, line in zip("GDAE", lines, strict=True)))
    return f"<html><h1>Piece {number}</h1><pre>\n" + "\n\n".join(systems) + "\n</pre></html>"


def pages(count: int) -> Iterator[str]:
    """Lines of a pages.jsonl."""
    for number in range(count):
        values = {"url": f"https://tabs.example/{number}", "title": f"Piece {number}", "content": page(number)}
        yield json.dumps(values) + "\n"


def run(name: str, command: list[str]) -> tuple[float, float]:
    """Seconds, and the megabytes of the largest process of a command."""
    start = time.perf_counter()
    # A process of its own between, since the peak of children is kept for the life of a parent.
    script = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
        "print(done.stderr, file=sys.stderr) if done.returncode else None\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "sys.exit(done.returncode)"
    )
    found = subprocess.run([sys.executable, "-c", script, *command], check=True, stdout=subprocess.PIPE, text=True)
    seconds, megabytes = time.perf_counter() - start, int(found.stdout) / 1024
    print(f"  {name:20} {seconds:7.1f} s  {megabytes:6.0f} MB at most in a process", flush=True)
    return seconds, megabytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, action="append", help="pages of a run; may be said more than once")
    for count in parser.parse_args().pages or [2000, 10000]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "scrape").mkdir()
            with (folder / "scrape" / "pages.jsonl").open("w", encoding="utf-8") as file:
                file.writelines(pages(count))
            print(f"{count} pages, {(folder / 'scrape' / 'pages.jsonl').stat().st_size / 1e6:.0f} MB")
            plain, _ = run(
                "datasets alone", [sys.executable, "-c", _PLAIN, f"{folder}/scrape/pages.jsonl", f"{folder}/plain"]
            )
            for jobs in (1, 2):
                out = folder / str(jobs)
                build = [sys.executable, "-m", "basstab_hf", "build", f"{folder}/scrape", "--out", f"{out}"]
                seconds, _ = run(f"basstab, {jobs} job(s)", [*build, "--jobs", str(jobs)])
                stats = json.loads((out / "stats.json").read_text())
                rate, ratio = stats["columns"] / seconds, plain / seconds
                print(
                    f"  {'':20} {rate:,.0f} columns/s, {ratio:.2f} x datasets alone; kept {sum(stats['kept'].values())}"
                )


if __name__ == "__main__":
    main()
