"""Push a folder to the Hub: what goes up is gathered, compared with what is there, and committed at once or not at all.

Input: a folder, and `USER/NAME` or `NAME`. Output: `Pushed`. An upload that was interrupted goes on with the same call:
large files that the Hub has are not sent again, and the commit comes last.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from basstab_hf.dataset.croissant import NAME as CROISSANT
from basstab_hf.errors import HubError, InputError, OutputError
from basstab_hf.files import scratch
from basstab_hf.hub.connection import connected, patiently
from basstab_hf.hub.errors import check_branch, check_repo_id
from basstab_hf.hub.shipped import SHIPPED, shipped_model
from basstab_hf.publish.card_mark import is_ours, marked
from basstab_hf.publish.changes import Changes, changes
from basstab_hf.publish.contents import CARD, DATASET, MODEL, Contents, gather
from basstab_hf.publish.model_card import NOWHERE, model_card, sample_tab
from basstab_hf.publish.sample import write_sample

_MAIN = "main"
#: How the Hub calls what it commits when it makes a repository.
_FIRST_COMMIT = "initial commit"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did, or would do.

    Attributes:
        repo_id: with the user's name in front, once the Hub was asked.
        kind: "model", "dataset" or "space".
        files: bytes by name of all that belongs there.
        changed: what was sent and committed, of it and of what went; nothing: the repository was up to date.
        left_out: what of the folder stays here, with reasons.
        card_kept: whether somebody changed the card on the Hub, so that it was left as it is.
        url: where it is; empty after a dry run.
        commit: the state of the repository after it.
    """

    repo_id: str
    kind: str
    files: dict[str, int]
    left_out: dict[str, str]
    changed: tuple[str, ...] = ()
    card_kept: bool = False
    url: str = ""
    commit: str = ""

    @property
    def commit_url(self) -> str:
        """The address of the commit, under the name that transformers' Trainer logs."""
        return f"{self.url}/commit/{self.commit}"


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to, and how."""

    repo_id: str
    revision: str
    private: bool
    force: bool
    message: str


def push(
    folder: str | os.PathLike[str],
    repo_id: str,
    *,
    private: bool = False,
    rights_cleared: bool = False,
    revision: str | None = None,
    message: str | None = None,
    force: bool = False,
    dry_run: bool = False,
    token: str | None = None,
) -> Pushed:
    """Push a model, dataset or Space folder.

    Args:
        folder: "shipped" is the model of this package.
        repo_id: `USER/NAME`; without a user, the one whose token it is.
        private: make a repository that only you see; one that is public already is refused.
        rights_cleared: you have the right to publish what does not say that it is free.
        revision: a branch, made where it is not there.
        message: what the commit says.
        force: replace a card that somebody changed on the Hub.
        dry_run: ask nobody, send nothing.
        token: whose repository it is; None: the stored one.

    Raises:
        InputError: no such folder, no such name, or something that may not be published.
        OutputError: there is no room for what is made on the way.
        HubError: no token, or the Hub refuses or cannot be reached.
    """
    check_repo_id(repo_id)
    check_branch(revision or _MAIN)
    source = shipped_model() if str(folder) == SHIPPED else Path(folder)
    public = not (private or rights_cleared)
    with _staging() as staging:
        if dry_run:
            contents = _with_card(gather(source, staging, public=public), source, repo_id, staging)
            return Pushed(repo_id, contents.kind, _sizes(contents), contents.left_out)
        with connected(token) as api:
            owner = patiently(api.whoami, repo_id, api.endpoint).get("name")
            if not owner:
                raise HubError(f"{api.endpoint} does not say whose token this is: `hf auth login` makes a new one")
            full = repo_id if "/" in repo_id else f"{owner}/{repo_id}"
            contents = _with_card(gather(source, staging, public=public), source, full, staging)
            target = _Target(full, revision or _MAIN, private, force, message or f"Push {contents.kind} with basstab")
            patiently(lambda: _prepare(api, target, contents), full, api.endpoint)
            return patiently(_Upload(api, target, contents).run, full, api.endpoint)


@contextmanager
def _staging() -> Iterator[Path]:
    try:
        with scratch() as staging:
            yield staging
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise  # of the network, not of the disk
        where = error.filename or tempfile.gettempdir()
        raise OutputError(f"cannot prepare the push: {where}: {error.strerror or error}") from error


def _with_card(contents: Contents, source: Path, repo_id: str, staging: Path) -> Contents:
    """The contents with README.md as it goes up: a model's is made, one written by hand stays.

    Each names the repository.

    Raises:
        InputError: one written by hand is no UTF-8.
    """
    path = contents.files.get(CARD)
    try:
        text = path.read_text(encoding="utf-8") if path else ""
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no UTF-8 (byte {error.start + 1:,}): save it as UTF-8 and push again") from error
    files, left_out = contents.files, contents.left_out
    if contents.kind == MODEL and (not text or is_ours(text)):
        made, missing = write_sample(sample_tab(source), staging)
        files, left_out = {**files, **made}, {**left_out, **missing}
        text = model_card(source, repo_id, files)
    written = {CARD: marked(_naming(repo_id, text))}
    if contents.kind == DATASET and CROISSANT in files:
        written[CROISSANT] = _naming(repo_id, files[CROISSANT].read_text(encoding="utf-8"))
    for name, content in written.items():
        (staging / name).write_text(content, encoding="utf-8")
    files = dict(sorted({**files, **{name: staging / name for name in written}}.items()))
    return replace(contents, files=files, left_out=left_out)


def _naming(repo_id: str, text: str) -> str:
    """A text in which what is not pushed yet, as cards of models and of datasets call it, has its id."""
    for nowhere in (NOWHERE, "PATH_OR_REPO"):
        text = text.replace(nowhere, repo_id)
    return text


def _sizes(contents: Contents) -> dict[str, int]:
    return {name: path.stat().st_size for name, path in contents.files.items()}


def _prepare(api: Any, target: _Target, contents: Contents) -> None:
    """Make repository and branch where they are not there.

    Raises:
        HubError: it is there, and all can see what was to be private.
    """
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    kind: dict[str, Any] = {"repo_id": target.repo_id, "repo_type": contents.kind}
    try:
        info = api.repo_info(**kind)
    except RepositoryNotFoundError:
        sdk = {"space_sdk": contents.sdk} if contents.sdk else {}
        try:
            api.create_repo(**kind, private=target.private or None, **sdk)
        except HfHubHTTPError as error:
            if error.response.status_code != 409:  # else a try made it whose answer was lost
                raise
        info = api.repo_info(**kind)
    if target.private and not info.private:
        raise HubError(
            f"{target.repo_id} is there and public, --private would not hide it: make it private in its settings on "
            "the Hub first, or choose another name"
        )
    try:
        api.repo_info(**kind, revision=target.revision)
    except RevisionNotFoundError:
        api.create_branch(**kind, branch=target.revision, exist_ok=True)


@dataclass
class _Upload:
    """Tries to bring a repository to what it shall hold; `sent` is what the last commit that was tried changed."""

    api: Any
    target: _Target
    contents: Contents
    sent: tuple[str, ...] = ()

    def run(self) -> Pushed:
        """One try: look at what is there, commit what differs. After an answer that was lost there is nothing left."""
        kind: dict[str, Any] = {"repo_id": self.target.repo_id, "repo_type": self.contents.kind}
        head = str(self.api.repo_info(**kind, revision=self.target.revision).sha)
        tree = self.api.list_repo_tree(**kind, revision=head, recursive=True)
        there = {file.path: file for file in tree if hasattr(file, "size")}  # folders have none
        difference = changes(self.contents, there)
        may_replace = self.target.force or CARD not in there
        kept = CARD in difference.uploads and not may_replace and not _card_is_ours(self.api, kind, head)
        if kept:
            difference = difference.without(CARD)
        if difference:
            self.sent = (*difference.uploads, *difference.deletions)
            head = _commit(self.api, kind, self.target, self.contents, difference, head)
        prefix = "" if self.contents.kind == MODEL else f"{self.contents.kind}s/"
        return Pushed(
            self.target.repo_id,
            self.contents.kind,
            _sizes(self.contents),
            self.contents.left_out,
            changed=self.sent,
            card_kept=kept,
            url=f"{self.api.endpoint}/{prefix}{self.target.repo_id}",
            commit=head,
        )


def _card_is_ours(api: Any, kind: dict[str, Any], head: str) -> bool:
    """Whether the card on the Hub is as a push, or the Hub itself in a new repository, left it."""
    history = api.list_repo_commits(**kind, revision=head)
    if [commit.title for commit in history] == [_FIRST_COMMIT]:
        return True
    with scratch() as folder:
        path = api.hf_hub_download(**kind, filename=CARD, revision=head, local_dir=folder)
        return is_ours(Path(path).read_text(encoding="utf-8", errors="replace"))


def _commit(api: Any, kind: dict[str, Any], target: _Target, contents: Contents, difference: Changes, head: str) -> str:
    """Send what is large, then commit all at once on top of `head`; if another commit came first, nothing happens.

    `create_commit` and not `upload_folder`, which makes several commits where Xet is installed.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    operations = [
        *(CommitOperationAdd(name, str(contents.files[name])) for name in difference.uploads),
        *(CommitOperationDelete(name) for name in difference.deletions),
    ]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on what a card might have, too
            done = api.create_commit(
                **kind,
                operations=operations,
                commit_message=target.message,
                revision=target.revision,
                parent_commit=head,
            )
    except ValueError as error:  # what huggingface_hub makes of the Hub's refusal of a card
        if "metadata" not in str(error):
            raise
        raise InputError(f"the Hub does not take the head of README.md: {' '.join(str(error).split())}") from error
    return str(done.oid)
