"""The command that publishes: push."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from basstab_hf.commands.output import print_json, progress, say
from basstab_hf.errors import InputError

if TYPE_CHECKING:
    from basstab_hf.hub import Pushed


def push(options: argparse.Namespace) -> None:
    """`basstab push`."""
    from huggingface_hub.utils.tqdm import disable_progress_bars

    from basstab_hf.hub import push as push_folder

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
    from basstab_hf.hub_errors import check_repo_id

    check_repo_id(options.repo_id)
    with tempfile.TemporaryDirectory(prefix="basstab-space-") as scratch:
        out = Path(scratch) / "space"
        if options.static:
            _write_static(options, out)
        else:
            from basstab_hf.demo.gradio_space import write_gradio_space

            write_gradio_space(options.model, out)
        yield out


def _write_static(options: argparse.Namespace, out: Path) -> None:
    from basstab_hf.demo.static_space import write_static_space
    from basstab_hf.hub.contents import check_rights
    from basstab_hf.locate import locate_model

    model = locate_model(options.model)
    if not options.private and not options.rights_cleared:
        check_rights(model)
    write_static_space(model, out)


def _tell(pushed: Pushed, *, dry_run: bool) -> None:
    """Files and where they are to stdout, the rest to stderr."""
    if dry_run:
        width = max(map(len, pushed.files))
        for name, size in pushed.files.items():
            print(f"{name:{width}} {size:>12,}")
        print(f"{'':{width}} {sum(pushed.files.values()):>12,} bytes in {len(pushed.files)} files")
    for name, reason in pushed.left_out.items():
        say(f"left out {name}: {reason}")
    if dry_run:
        say(f"a {pushed.kind}; nothing was sent: without --dry-run it goes to {pushed.repo_id}")
        return
    print(pushed.url)
    if pushed.card_kept:
        say("README.md was changed on the Hub, and stays as it is there: --force replaces it")
    what = f"{len(pushed.changed)} files changed" if pushed.changed else "nothing changed, so there is no new commit"
    say(f"{pushed.repo_id}: a {pushed.kind}, {what} ({pushed.commit[:12]})")
