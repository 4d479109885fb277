"""Do the metrics tell tabs from damaged ones? Each metric on tabs as they are and with one thing at a time broken.

Half of the tabs (every other one) are the references of the metrics that compare; the other half is measured.

    python scripts/bench_metrics.py ../shared/real_tabs/pages        # a folder of pages
    python scripts/bench_metrics.py data                             # a dataset folder, all splits
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from basstab_hf import to_text
from basstab_hf.dataset.load import load_texts
from basstab_hf.metrics.comparison import measure, table
from basstab_hf.recognise import recognise_bytes
from basstab_hf.tab import columns, marks
from basstab_hf.tab.timing import bar_lead
from basstab_hf.tab.values import Column, System, Tab

_DIGITS = re.compile(r"\d+")
_ROOM = re.compile(r"(?<!\d)\d-")
_WRITTEN = "0123456789-hp/x(|q"

Chance = random.Random
Bar = tuple[Column, ...]
Block = list[Column]


def read(path: Path) -> list[Tab]:
    """The tabs of a folder of pages, or of a dataset folder."""
    if (path / "data").is_dir():
        splits = [split for split in ("train", "validation", "test") if list((path / "data").glob(f"{split}-*"))]
        return [Tab.parse(to_text(text.split())) for split in splits for text in load_texts(str(path), split)]
    found = [recognise_bytes(page.read_bytes()).tab for page in sorted(path.rglob("*.*"))]
    return [tab for tab in found if tab.systems]


def change_bars(tab: Tab, change: Callable[[Bar], list[Column]]) -> Tab:
    """A tab with every bar replaced by one of the same width."""
    systems = []
    for system in tab.systems:
        every = list(system.columns)
        for start, end in system.bar_spans:
            every[start:end] = change(tuple(every[start:end]))
        systems.append(System.from_columns(system.tuning, every))
    return replace(tab, systems=tuple(systems))


def blocks(bar: Bar) -> list[Block]:
    """Columns that are written together: two digits of a fret, a hammer-on."""
    found: list[Block] = []
    for place, column in enumerate(bar):
        joined = place and any(a not in "-|" and b not in "-|" for a, b in zip(bar[place - 1], column, strict=True))
        if joined:
            found[-1].append(column)
        else:
            found.append([column])
    return found


def shuffle_notes(tab: Tab, chance: Chance) -> Tab:
    """Notes change places within their bar."""
    lead = bar_lead(tab)

    def change(bar: Bar) -> list[Column]:
        found = blocks(bar[lead:])
        chance.shuffle(found)
        return [*bar[:lead], *(column for block in found for column in block)]

    return change_bars(tab, change)


def random_strings(tab: Tab, chance: Chance) -> Tab:
    """Frets stay, strings are drawn."""

    def change(bar: Bar) -> list[Column]:
        changed = []
        for block in blocks(bar):
            order = chance.sample(range(len(bar[0])), len(bar[0]))
            changed += ["".join(column[string] for string in order) for column in block]
        return changed

    return change_bars(tab, change)


def drop_notes(tab: Tab, chance: Chance) -> Tab:
    """Half of the notes go."""

    def change(bar: Bar) -> list[Column]:
        kept = [block if chance.random() < 0.5 else [columns.EMPTY * len(bar[0])] * len(block) for block in blocks(bar)]
        return [column for block in kept for column in block]

    return change_bars(tab, change)


def shuffle_bars(tab: Tab, chance: Chance) -> Tab:
    """Bars of one width and number of strings change places."""
    pools: dict[tuple[int, int], list[Bar]] = {}
    for bar in tab.bars:
        pools.setdefault((len(bar), len(bar[0])), []).append(bar)
    for pool in pools.values():
        chance.shuffle(pool)
    return change_bars(tab, lambda bar: list(pools[len(bar), len(bar[0])].pop()))


def random_frets(tab: Tab, chance: Chance) -> Tab:
    """Strings stay, frets of as many digits are drawn."""

    def draw(run: re.Match[str]) -> str:
        frets = (fret for _, fret in marks.split_frets(run[0]))
        return "".join(str(chance.randrange(10) if len(fret) == 1 else chance.randrange(10, 22)) for fret in frets)

    systems = [replace(system, lines=tuple(_DIGITS.sub(draw, line) for line in system.lines)) for system in tab.systems]
    return replace(tab, systems=tuple(systems))


def high_frets(tab: Tab, chance: Chance) -> Tab:
    """Every fret of one digit that has room for a second one is raised to 30 to 98."""

    def draw(run: re.Match[str]) -> str:
        tens = chance.randrange(3, 10)
        return f"{tens}{chance.choice([ones for ones in range(9) if ones != tens])}"

    systems = [replace(system, lines=tuple(_ROOM.sub(draw, line) for line in system.lines)) for system in tab.systems]
    return replace(tab, systems=tuple(systems))


def miswrite(text: str, chance: Chance) -> str:
    """One character in 200 is another one, or missing."""
    changed = []
    for line in text.splitlines():
        label, _, row = line.partition("|")
        marks = [chance.choice([*_WRITTEN, ""]) if chance.random() < 0.005 else mark for mark in row]
        changed.append(f"{label}|{''.join(marks)}" if row else line)
    return "\n".join(changed)


DAMAGES: dict[str, Callable[[Tab, Chance], Tab]] = {
    "notes shuffled in bars": shuffle_notes,
    "frets at random": random_frets,
    "strings at random": random_strings,
    "bars shuffled": shuffle_bars,
    "half the notes gone": drop_notes,
    "frets above 24": high_frets,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="folder of pages, or dataset folder")
    parser.add_argument("--limit", type=int, default=1000, help="tabs to read")
    given = parser.parse_args()
    tabs = read(given.source)[: given.limit]
    references, measured = [tab.text for tab in tabs[::2]], tabs[1::2]
    print(f"{given.source}: {len(measured)} tabs measured, {len(references)} references")
    sets = {"as they are": [tab.text for tab in measured], "the references": references}
    for name, damage in DAMAGES.items():
        sets[name] = [damage(tab, Chance(number)).text for number, tab in enumerate(measured)]
    sets["miswritten"] = [miswrite(tab.text, Chance(number)) for number, tab in enumerate(measured)]
    results = {name: measure(texts, references) for name, texts in sets.items()}
    print(table({"as they are": results["as they are"]}), "\n")
    print("".join(f"  ({number}) {name}\n" for number, name in enumerate(results)))
    print(f"{'':20}" + "".join(f"{f'({number})':>9}" for number in range(len(results))))
    for value in results["as they are"]:
        print(f"{value:20}" + "".join(f"{found[value].mean:9.3f}" for found in results.values()))


if __name__ == "__main__":
    main()
