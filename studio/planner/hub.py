"""What the hub knows about a model without its weights: its config, and the headers of its safetensors files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.words import tr

SECONDS = 5.0  # to wait for the hub's first answer; its client alone would retry for more than half a minute


def hub_config(identifier: str, revision: str, where: str) -> dict[str, Any]:
    """A hub model's config.json, from the client's cache where it is there, else from the hub.

    Raises ProblemError at `where`, within seconds, for a model that is missing, gated or out of reach.
    """
    quiet_libraries()
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    try:
        cached = try_to_load_from_cache(identifier, "config.json", revision=revision)
        if isinstance(cached, str):
            file = Path(cached)
        else:
            _reach(identifier, revision, where)
            file = Path(hf_hub_download(identifier, "config.json", revision=revision))
    except _failures() as error:
        _refuse(identifier, revision, where, error)
    return read_object(file, tr("Choose another model, or download this one again."))


def hub_tensors(identifier: str, revision: str, where: str) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a hub model, from the first bytes of its safetensors files.

    Raises ProblemError at `where` as `hub_config` does, and for a model without such files.
    """
    quiet_libraries()
    from huggingface_hub import HfApi
    from huggingface_hub.errors import NotASafetensorsRepoError

    _reach(identifier, revision, where)
    try:
        metadata = HfApi().get_safetensors_metadata(identifier, revision=revision)
    except NotASafetensorsRepoError:
        raise ProblemError.at(where, tr("it has no safetensors weights."), tr("Choose a model that has.")) from None
    except _failures() as error:
        _refuse(identifier, revision, where, error)
    parts = metadata.files_metadata.values()
    return {name: tuple(tensor.shape) for part in parts for name, tensor in part.tensors.items()}


def _reach(identifier: str, revision: str, where: str) -> None:
    """Ask the hub once whether it has the model, so that an unreachable hub is reported without retries."""
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        raise ProblemError.at(
            where,
            tr("{identifier} is not in the cache, and HF_HUB_OFFLINE forbids asking the hub.", identifier=identifier),
            tr("Choose a local folder, or download the model while online."),
        )
    try:
        HfApi().model_info(identifier, revision=revision, timeout=SECONDS)
    except _failures() as error:
        _refuse(identifier, revision, where, error)


def _refuse(identifier: str, revision: str, where: str, error: Exception) -> NoReturn:
    """Raise the hub's refusal as a Problem that names its reason."""
    from huggingface_hub import errors

    remedy = tr("Check the name; a private or gated model needs `hf auth login`. Local folders work offline.")
    match error:
        case errors.GatedRepoError():
            what, remedy = tr("access needs its terms to be accepted."), tr("Accept them on its page, then log in.")
        case errors.RevisionNotFoundError():
            what, remedy = (
                tr("it has no revision {revision!r}.", revision=revision),
                tr('Name one that it has, or "main".'),
            )
        case errors.RepositoryNotFoundError():
            what = tr("the hub has no such model.")
        case errors.HFValidationError():
            what, remedy = tr("this is not a hub id."), tr("Write it as owner/name, or name a folder.")
        case errors.EntryNotFoundError() if not isinstance(error, errors.LocalEntryNotFoundError):
            what, remedy = tr("it has no config.json."), tr("Choose a model in transformers' format.")
        case _:
            what = tr("its config cannot be downloaded from the hub ({error}).", error=type(error).__name__)
    raise ProblemError.at(where, what, remedy) from None


def _failures() -> tuple[type[Exception], ...]:
    """What the hub's client raises; its HTTP library changes now and then, its errors module has the one in use."""
    from huggingface_hub import errors

    return OSError, ValueError, errors.HfHubHTTPError, errors.HTTPError  # type: ignore[attr-defined]
