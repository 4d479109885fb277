"""The commands that gather tabs: scrape, recognise, build."""

from __future__ import annotations

import argparse
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from basstab_hf.commands.output import print_json, progress, say
from basstab_hf.errors import InputError

if TYPE_CHECKING:
    from basstab_hf.recognise import Recognition


def scrape(options: argparse.Namespace) -> None:
    """`basstab scrape`."""
    from basstab_hf.scrape import Site, scrape

    if bool(options.urls) == bool(options.config):
        raise InputError("name either URLs or --config FILE")
    site = Site.read(options.config) if options.config else Site.of_urls(options.urls)
    site = site.changed(pages=options.limit, delay=options.delay, contact=options.contact)
    if options.ignore_robots:
        say("warning: robots.txt is ignored: do this only on a site of your own, or with its owner's consent")
    elif not site.contact and not site.allow_private and site.spider != "folder":
        say("note: no contact: add --contact, so that the site's owner can reach you")
    stats = scrape(
        site,
        options.out,
        force=options.force,
        retry=options.retry,
        ignore_robots=options.ignore_robots,
        progress=progress(options),
    )
    if options.json:
        print_json({"out": options.out, **stats})
    if stats["already"]:
        say(f"{options.out}: nothing left to do ({stats['state']}); --force starts anew")
    rate = f"{stats['seconds']} s, {stats['pages_per_second']} pages/s"
    say(f"{options.out}: {stats['tabs_found']} pages with tabs of {stats['pages_seen']} seen ({rate})")
    for kind in ("refused", "errors", "links_not_followed"):
        for reason, count in stats[kind].items():
            say(f"{kind.replace('_', ' ')} {count}: {reason}")
    if stats["errors"]:
        say(f"--retry fetches what failed again; {options.out}/job/log.txt says more")


def recognise(options: argparse.Namespace) -> None:
    """`basstab recognise`."""
    from concurrent.futures import ProcessPoolExecutor

    from basstab_hf.recognise import explain

    read = partial(_recognise_file, all_instruments=options.all_instruments)
    answers = []
    with ProcessPoolExecutor(options.jobs) if options.jobs > 1 else contextlib.nullcontext() as pool:
        found = pool.map(read, options.paths, chunksize=8) if pool else map(read, options.paths)
        for path, (text, recognition) in zip(options.paths, found, strict=True):
            if options.json:
                answers.append({"path": path, **recognition.to_json()})
            elif options.explain:
                print(explain(text, recognition))
            elif recognition.systems:
                print(recognition.tab.text, end="\n\n")
    if options.json:
        print_json({"files": answers})


def _recognise_file(path: str, *, all_instruments: bool) -> tuple[str, Recognition]:
    from basstab_hf.files import read_bytes
    from basstab_hf.recognise import decode, recognise_tabs

    text = decode(read_bytes(path))
    return text, recognise_tabs(text, all_instruments=all_instruments)


def build(options: argparse.Namespace) -> None:
    """`basstab build`."""
    from basstab_hf.dataset import removal
    from basstab_hf.dataset.build import build

    if options.sources:
        report = build(
            options.sources,
            options.out,
            limit=options.limit,
            jobs=options.jobs,
            ray=options.ray,
            remove=options.remove,
            force=options.force,
            progress=progress(options),
        )
    else:
        report = removal.remove(options.out, options.remove)
    if options.json:
        print_json({"out": options.out, **report.as_dict()})
        return
    kept = ", ".join(f"{count} {split}" for split, count in report.kept.items())
    say(f"{options.out}: {report.kept.total()} pieces ({kept}), {report.columns} columns")
    for reason, count in report.dropped.most_common():
        say(f"left out {count}: {reason}")
