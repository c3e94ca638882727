"""An export's folder sent to the hub, with the hub client's own login; a token is never shown or written."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.progress import Progress, untold
from studio.core.redaction import HIDDEN, redacted
from studio.core.words import tr

_NAME = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
WHERE = "--push"
OWN = ".gitattributes"  # the hub makes it in every repository


@dataclass(frozen=True, slots=True)
class Pushed:
    """Where an export is on the hub: the model's id, its page, and the commit that holds it."""

    repo: str
    url: str
    commit: str

    def as_dict(self) -> dict[str, str]:
        """`pushed` in `export --json`."""
        return {"repo": self.repo, "url": self.url, "commit": self.commit}


def check_push(repo: str, private: bool = False, replace: bool = False) -> None:
    """Raise ProblemError where nothing could be sent to `repo`: a wrong name, no login, or a hub out of reach.

    Also where the login may only read, where the repository is public and `private` was asked, and where it holds
    files that `replace` does not give up. Asked before an export is made, which may take long.
    """
    if not _NAME.fullmatch(repo):
        raise ProblemError.at(f"{WHERE} {repo}", tr("this is not a hub id."), tr("Write it as owner/name."))
    quiet_libraries()
    from huggingface_hub import HfApi, get_token

    if not get_token():
        raise ProblemError.at(
            WHERE, tr("nobody is logged in to the hub on this machine."), tr("Log in once: hf auth login.")
        )
    api = HfApi()
    try:
        known = api.whoami()
        there = _existing(api, repo)
        if there is not None and "write" in inspect.signature(api.auth_check).parameters:  # not in 1.0 yet
            api.auth_check(repo, write=True)
    except _failures() as error:
        _refuse(repo, error)
    if known.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise ProblemError.at(
            f"{WHERE} {repo}", tr("the login on this machine may only read."), tr("Log in with a token that may write.")
        )
    if there is not None:
        _refuse_existing(repo, there, private, replace)


def push_folder(
    folder: Path, repo: str, private: bool = False, progress: Progress = untold, replace: bool = False
) -> Pushed:
    """Send every file of an export to the hub's model `repo`, which is made where it does not exist.

    One commit holds all of it; with `replace` it also deletes what was there. Raises ProblemError for what the hub
    refuses, which names where the export stays on the disk.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    try:
        check_push(repo, private, replace)  # once more: an export takes long
        progress(tr("Sending the export to {repo}", repo=repo))
        made = api.create_repo(repo, private=private, exist_ok=True)
        sent = api.upload_folder(
            repo_id=made.repo_id,
            folder_path=folder,
            commit_message="Add the export of MixLoRA Studio",
            delete_patterns="*" if replace else None,
        )
    except ProblemError as error:
        first = error.problems[0]
        raise ProblemError.at(first.where, first.what, f"{first.remedy} {_by_hand(folder, repo)}") from None
    except _failures() as error:
        _refuse(repo, error, _by_hand(folder, repo))
    return Pushed(made.repo_id, str(made), str(sent.oid))


def _existing(api: Any, repo: str) -> Any:
    """What the hub says of a repository; None where this login sees none."""
    from huggingface_hub import errors

    try:
        return api.repo_info(repo, repo_type="model")
    except errors.RepositoryNotFoundError:
        return None


def _refuse_existing(repo: str, there: Any, private: bool, replace: bool) -> None:
    if private and not there.private:
        raise ProblemError.at(
            f"{WHERE} {repo}",
            tr("this repository is public, and a private one was asked for."),
            tr("Make it private in its settings on the hub, agree to a public one (--public), or name a new one."),
        )
    held = sorted(each.rfilename for each in there.siblings or () if each.rfilename != OWN)
    if held and not replace:
        few = ", ".join(held[:3])
        few = tr("{files} and others", files=few) if len(held) > 3 else few
        raise ProblemError.at(
            f"{WHERE} {repo}",
            tr(
                "this repository already holds files ({redacted}), which would mix with the export's.",
                redacted=redacted(few),
            ),
            tr(
                "Name a new repository, or use the command line's --replace: one commit then deletes them and adds the"
                " export."
            ),
        )


def _by_hand(folder: Path, repo: str) -> str:
    return tr(
        'The finished export is in {folder}; `hf upload {repo} "{folder}"` sends it without making it again.',
        folder=folder,
        repo=repo,
    )


def _refuse(repo: str, error: Exception, kept: str = "") -> NoReturn:
    """Raise the hub's refusal as a Problem, without what a request may hold of the token; `kept` is told with it."""
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    said = _without_token(str(getattr(error, "server_message", None) or type(error).__name__))
    remedy = tr("Check the network, and try again.")
    match error:
        case errors.OfflineModeIsEnabled():
            what, remedy = tr("HF_HUB_OFFLINE forbids asking the hub."), tr("Unset it, and try again.")
        case errors.HFValidationError():
            what, remedy = tr("this is not a hub id."), tr("Write it as owner/name.")
        case _ if status == 401:
            what, remedy = tr("the hub does not accept the login on this machine."), tr("Log in again: hf auth login.")
        case _ if status == 403:
            what = tr("this login may not write there ({said}).", said=said)
            remedy = tr("Use a token that may write, or a name of your own.")
        case _ if status is not None:
            what = tr("the hub refused it ({status}: {said}).", status=status, said=said)
        case RuntimeError():  # the upload of large files is written in Rust, and raises nothing finer
            what = tr(
                "sending failed ({without_token}).", without_token=_without_token(str(error) or type(error).__name__)
            )
        case _:
            what = tr("the hub cannot be reached ({name}).", name=type(error).__name__)
    raise ProblemError.at(f"{WHERE} {repo}", what, f"{remedy} {kept}".strip()) from None


def _without_token(text: str) -> str:
    """The first line of what the hub or its client said, short."""
    from huggingface_hub import get_token

    token = get_token()
    hidden = text.replace(token, HIDDEN) if token else text
    return (redacted(hidden).splitlines() or [""])[0][:200]


def _failures() -> tuple[type[Exception], ...]:
    """What the hub's client raises; its HTTP library changes now and then, its errors module has the one in use."""
    from huggingface_hub import errors

    return OSError, ValueError, RuntimeError, errors.HfHubHTTPError, errors.HTTPError  # type: ignore[attr-defined]
