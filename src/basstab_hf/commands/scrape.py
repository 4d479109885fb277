"""`basstab scrape`: fetch pages with tabs from a site, politely; the same command again goes on."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_json, flag_out, positive
from basstab_hf.commands.output import print_json, progress, say
from basstab_hf.commands.verb import Verb
from basstab_hf.errors import InputError


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab scrape`."""
    parser.add_argument(
        "urls", nargs="*", metavar="URL", help="where to start, in place of --config; or a folder on this machine"
    )
    parser.add_argument(
        "--config", metavar="FILE", help="a file that describes the site, such as those in configs/scrape"
    )
    flag_out(parser)
    parser.add_argument("--limit", type=positive, metavar="N", help="stop when N pages are kept")
    parser.add_argument(
        "--delay", type=float, metavar="S", help="wait S seconds between requests to a domain, 1 or more"
    )
    parser.add_argument("--contact", metavar="ADDRESS", help="your e-mail address or URL; every server is told")
    parser.add_argument("--retry", action="store_true", help="fetch again the pages that failed before")
    parser.add_argument(
        "--ignore-robots", action="store_true", help="fetch what robots.txt forbids, too: only on a site of your own"
    )
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
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
    if not site.verify_certificates:
        say("warning: certificates are not verified: anyone on the way can change what is read")
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


VERB = Verb(
    about="fetch pages with tabs from a site, politely, or go on with that",
    example="basstab scrape --config configs/scrape/my-site.yaml --out pages",
    group="data",
    order=31,
    add_flags=add_flags,
    run=run,
    room=64,
    how_to_go_on=lambda options: ": the same command again goes on",
)
