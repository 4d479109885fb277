"""`basstab push`: publish a model, dataset or Space on the Hugging Face Hub."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from basstab_hf.commands.arguments import flag_json, flag_model
from basstab_hf.commands.output import print_json, progress, say, show
from basstab_hf.commands.verb import Verb
from basstab_hf.errors import InputError
from basstab_hf.printing.words import counted

if TYPE_CHECKING:
    from pathlib import Path

    from basstab_hf.publish import Pushed


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab push`."""
    parser.add_argument(
        "path",
        nargs="?",
        metavar="PATH",
        help="the folder of a model, dataset or Space; `shipped`: the model of this package",
    )
    parser.add_argument(
        "repo_id", metavar="REPO_ID", help="where on the Hub: USER/NAME, or NAME alone for your own account"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only list what would be sent; needs neither token nor network"
    )
    parser.add_argument("--private", action="store_true", help="make a repository that only you see")
    parser.add_argument("--revision", metavar="BRANCH", help="push to this branch; it is made where there is none")
    parser.add_argument("--message", metavar="TEXT", help="the message of the commit")
    parser.add_argument("--force", action="store_true", help="replace the card even if it was changed on the Hub")
    parser.add_argument(
        "--rights-cleared",
        action="store_true",
        help="publish even what does not say that it is free to share: you say that it is yours, or that its "
        "owners agreed",
    )
    space = parser.add_argument_group("a Space made for a model")
    space.add_argument(
        "--space", action="store_true", help="make a Space with the demo of a model and publish that, instead of PATH"
    )
    space.add_argument("--static", action="store_true", help="a Space without a server: the model runs in the browser")
    flag_model(space, "--model")
    flag_json(parser)


def run(options: argparse.Namespace) -> None:
    """`basstab push`."""
    from dataclasses import asdict

    from huggingface_hub.utils.tqdm import disable_progress_bars

    from basstab_hf.publish import push as push_folder

    if not options.space and (options.static or options.model):
        raise InputError("--static and --model say which Space to make: add --space, and leave PATH out")
    if not progress(options):
        disable_progress_bars()
    with _space(options) if options.space else _named(options) as folder:
        pushed = push_folder(
            folder,
            options.repo_id,
            private=options.private,
            rights_cleared=options.rights_cleared,
            revision=options.revision,
            message=options.message,
            force=options.force,
            dry_run=options.dry_run,
        )
    if options.json:
        print_json(asdict(pushed) | {"dry_run": options.dry_run, "bytes": sum(pushed.files.values())})
    else:
        _tell(pushed, dry_run=options.dry_run)


@contextmanager
def _named(options: argparse.Namespace) -> Iterator[str]:
    yield options.path


@contextmanager
def _space(options: argparse.Namespace) -> Iterator[Path]:
    """The folder of a Space for a model, made for this push.

    A static one holds the model, and so publishes it; one with Gradio names a model on the Hub.
    """
    from basstab_hf.files import scratch
    from basstab_hf.hub.errors import check_repo_id

    check_repo_id(options.repo_id)
    with scratch() as folder:
        out = folder / "space"
        if options.static:
            _write_static(options, out)
        else:
            from basstab_hf.demo.gradio_space import write_gradio_space

            write_gradio_space(options.model, out)
        yield out


def _write_static(options: argparse.Namespace, out: Path) -> None:
    from basstab_hf.hub.locate import locate_model
    from basstab_hf.publish.contents import check_links, check_rights
    from basstab_hf.static_space.writer import write_static_space

    model = locate_model(options.model)
    check_links(model)
    if not options.private and not options.rights_cleared:
        check_rights(model)
    write_static_space(model, out)


def _tell(pushed: Pushed, *, dry_run: bool) -> None:
    """Files and where they are to stdout, the rest to stderr."""
    if dry_run:
        width = max(map(len, pushed.files))
        for name, size in pushed.files.items():
            show(f"{name:{width}} {size:>12,}")
        show(f"{'':{width}} {sum(pushed.files.values()):>12,} bytes in {counted(len(pushed.files), 'file')}")
    for name, reason in pushed.left_out.items():
        say(f"left out {name}: {reason}")
    if dry_run:
        say(f"a {pushed.kind}; nothing was sent: without --dry-run it goes to {pushed.repo_id}")
        return
    show(pushed.url)
    if pushed.card_kept:
        say("README.md was changed on the Hub, and stays as it is there: --force replaces it")
    what = (
        f"{counted(len(pushed.changed), 'file')} changed"
        if pushed.changed
        else "nothing changed, so there is no new commit"
    )
    say(f"{pushed.repo_id}: a {pushed.kind}, {what} ({pushed.commit[:12]})")


def _wrong_usage(options: argparse.Namespace) -> str:
    return "name PATH and REPO_ID, or --space and REPO_ID alone" if (options.path is None) != options.space else ""


VERB = Verb(
    about="publish a model, dataset or Space on the Hugging Face Hub",
    example="basstab push model me/bass-tabs --dry-run",
    group="share",
    order=50,
    add_flags=add_flags,
    run=run,
    caches=True,
    wrong_usage=_wrong_usage,
    how_to_go_on=lambda options: ": the same command again goes on",
)
