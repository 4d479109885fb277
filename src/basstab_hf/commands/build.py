"""`basstab build`: make a dataset from tabs: files, scraped pages, public-domain tunes or composed songs."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_jobs, flag_json, flag_out, in_formats, positive
from basstab_hf.commands.output import print_json, progress, say
from basstab_hf.commands.verb import Verb
from basstab_hf.printing.words import counted


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab build`."""
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help=f"a folder that `basstab scrape` wrote, a file or folder of tabs ({in_formats()}), public-domain, "
        "or composed (composed:STYLE for one style)",
    )
    flag_out(parser)
    parser.add_argument(
        "--limit",
        type=positive,
        action="append",
        metavar="N",
        help="take only the first N pages, tunes or songs of each source; given as often as there are sources: of each "
        "in turn",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which songs are composed")
    parser.add_argument(
        "--track", metavar="NAME|N|all", help="of files with several tracks take this one (default: all basses)"
    )
    how = parser.add_mutually_exclusive_group()
    flag_jobs(how)
    how.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="use a Ray cluster: auto (the one that runs here), HOST:PORT, or local to start one",
    )
    parser.add_argument(
        "--remove",
        action="append",
        default=[],
        metavar="URL|SHA256",
        help="leave the piece with this URL or checksum out for good; without SOURCE, take it out of the "
        "dataset at --out",
    )
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab build`."""
    from basstab_hf.dataset import removal
    from basstab_hf.dataset.build import build

    if options.sources:
        report = build(
            options.sources,
            options.out,
            limit=_limits(options),
            jobs=options.jobs,
            ray=options.ray,
            remove=options.remove,
            track=options.track,
            force=options.force,
            progress=progress(options),
            seed=options.seed,
        )
    else:
        report = removal.remove(options.out, options.remove)
    if options.json:
        print_json({"out": options.out, **report.as_dict()})
        return
    kept = ", ".join(f"{count} {split}" for split, count in report.kept.items())
    say(f"{options.out}: {counted(report.kept.total(), 'piece')} ({kept}), {counted(report.columns, 'column')}")
    for reason, count in report.dropped.most_common():
        say(f"left out {count}: {reason}")
    for remark, count in report.remarks.most_common():
        say(f"in {counted(count, 'piece')} {remark}")


def _limits(options: argparse.Namespace) -> int | list[int] | None:
    limits: list[int] = options.limit or []
    return limits if len(limits) > 1 else limits[0] if limits else None


def _wrong_usage(options: argparse.Namespace) -> str:
    return "" if options.sources or options.remove else "name a SOURCE, or what to --remove"


VERB = Verb(
    about="make a dataset from files, pages, public-domain tunes or composed songs",
    example="basstab build composed --limit 300 --out data",
    group="data",
    order=30,
    add_flags=add_flags,
    run=run,
    room=64,
    caches=True,
    wrong_usage=_wrong_usage,
)
