"""An export's folder sent to the hub, with the hub client's own login; a token is never shown or written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.progress import Progress, untold
from studio.core.redaction import redacted

_NAME = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
WHERE = "--push"


@dataclass(frozen=True, slots=True)
class Pushed:
    """Where an export is on the hub: the model's id, its page, and the commit that holds it."""

    repo: str
    url: str
    commit: str

    def as_dict(self) -> dict[str, str]:
        """`pushed` in `export --json`."""
        return {"repo": self.repo, "url": self.url, "commit": self.commit}


def check_push(repo: str) -> None:
    """Raise ProblemError where nothing could be sent to `repo`: a wrong name, no login, or a hub out of reach.

    Asked before an export is made, which may take long.
    """
    if not _NAME.fullmatch(repo):
        raise ProblemError.at(f"{WHERE} {repo}", "this is not a hub id.", "Write it as owner/name.")
    quiet_libraries()
    from huggingface_hub import HfApi, get_token

    if not get_token():
        raise ProblemError.at(WHERE, "nobody is logged in to the hub on this machine.", "Log in once: hf auth login.")
    try:
        HfApi().whoami()
    except _failures() as error:
        _refuse(repo, error)


def push_folder(folder: Path, repo: str, private: bool = False, progress: Progress = untold) -> Pushed:
    """Send every file of an export to the hub's model `repo`, which is made where it does not exist.

    One commit holds all of it. Raises ProblemError for what the hub refuses; the export on the disk stays.
    """
    check_push(repo)
    from huggingface_hub import HfApi

    api = HfApi()
    try:
        progress(f"Sending the export to {repo}")
        made = api.create_repo(repo, private=private, exist_ok=True)
        sent = api.upload_folder(
            repo_id=made.repo_id, folder_path=folder, commit_message="Add the export of MixLoRA Studio"
        )
    except _failures() as error:
        _refuse(repo, error)
    return Pushed(made.repo_id, str(made), str(sent.oid))


def _refuse(repo: str, error: Exception) -> NoReturn:
    """Raise the hub's refusal as a Problem, without what a request may hold of the token."""
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    said = redacted(str(getattr(error, "server_message", None) or type(error).__name__)).splitlines()[0][:200]
    remedy = "Check the network, and try again; the export itself is finished where it was made."
    match error:
        case errors.OfflineModeIsEnabled():
            what, remedy = "HF_HUB_OFFLINE forbids asking the hub.", "Unset it, and try again."
        case errors.HFValidationError():
            what, remedy = "this is not a hub id.", "Write it as owner/name."
        case _ if status == 401:
            what, remedy = "the hub does not accept the login on this machine.", "Log in again: hf auth login."
        case _ if status == 403:
            what = f"this login may not write there ({said})."
            remedy = "Use a token that may write, or a name of your own."
        case _ if status is not None:
            what = f"the hub refused it ({status}: {said})."
        case _:
            what = f"the hub cannot be reached ({type(error).__name__})."
    raise ProblemError.at(f"{WHERE} {repo}", what, remedy) from None


def _failures() -> tuple[type[Exception], ...]:
    """What the hub's client raises; its HTTP library changes now and then, its errors module has the one in use."""
    from huggingface_hub import errors

    return OSError, ValueError, errors.HfHubHTTPError, errors.HTTPError  # type: ignore[attr-defined]
