"""Model folders: whether one is complete, what identifies its weights, and how one is fetched from the hub."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from studio.core.absolute_path import in_order
from studio.core.foreign.safetensors_header import read_header
from studio.core.problem import Problem, ProblemError
from studio.core.words import tr
from studio.models.model_code import needs_code
from studio.models.tokenizer_check import refuse_unknown
from studio.planner.model_check import read_model
from studio.planner.model_files import AGAIN, refuse_adapter

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model", "tekken.json")
FIRST_WORD = 5.0  # seconds to wait for the hub's first answer before the cache is used or the user is told
_MIB = 2**20


def check_folder(folder: Path) -> None:
    """Raise ProblemError naming what a model folder lacks (config, weights, shards, tokenizer) or what does not fit."""
    problems: list[Problem] = []
    refuse_adapter(folder)
    if not (folder / "config.json").is_file():
        problems.append(Problem(str(folder), tr("there is no config.json in this model folder."), AGAIN))
    if not _weights(folder):
        problems.append(
            Problem(str(folder), tr("there are no weights in this model folder (*.safetensors or *.bin)."), AGAIN)
        )
    if not any((folder / name).is_file() for name in TOKENIZERS):
        problems.append(
            Problem(str(folder), tr("there is no tokenizer in it ({files}).", files=", ".join(TOKENIZERS)), AGAIN)
        )
    ProblemError.raise_any(problems)
    files = read_model(folder)
    refuse_unknown(folder, files.config)
    for file in folder.glob("*.safetensors"):
        read_header(file)


def fingerprint(folder: Path) -> str:
    """A hash of a folder's config and of size, first and last MiB of each weight file: quick, and specific enough."""
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for file in _weights(folder):
        size = file.stat().st_size
        digest.update(f"{file.name}:{size}".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_MIB))
            stream.seek(max(0, size - _MIB))
            digest.update(stream.read(_MIB))
    return f"sha256:{digest.hexdigest()}"


def hub_folder(identifier: str, revision: str, say: Callable[[str], None]) -> tuple[Path, str]:
    """Download a hub model, or take it from the cache; returns its folder and its commit.

    Only configuration, tokenizer and safetensors are downloaded, never pickles; code only where the model needs it, to
    be shown and asked about. Raises ProblemError when it is unknown or gated, or neither network nor cache has it.
    """
    import huggingface_hub
    from huggingface_hub import errors

    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", identifier):
        raise ProblemError.at(
            "model.source",
            tr("{identifier!r} is neither a folder nor a hub id.", identifier=identifier),
            tr('Write a path, or "owner/name".'),
        )
    say(tr("Downloading {identifier} from the hub unless it is in the cache", identifier=identifier))
    remedy = tr("Check the name; a local folder must exist, a hub id needs a network connection the first time.")
    try:
        folder = huggingface_hub.snapshot_download(
            identifier,
            revision=revision,
            allow_patterns=["*.safetensors", "*.json", "*.model", "*.txt", "*.jinja"],
            etag_timeout=FIRST_WORD,
        )
        if needs_code(Path(folder)):
            huggingface_hub.snapshot_download(identifier, revision=Path(folder).name, allow_patterns=["*.py"])
    except errors.GatedRepoError:
        raise ProblemError.at(
            "model.source",
            tr("{identifier} is gated: its owner requires that you accept the terms.", identifier=identifier),
            tr("Accept them on its page, then log in with hf auth login."),
        ) from None
    except errors.RevisionNotFoundError:
        raise ProblemError.at(
            "model.revision",
            tr("{identifier} has no revision {revision!r}.", identifier=identifier, revision=revision),
            tr('Name one that it has, or "main".'),
        ) from None
    except errors.RepositoryNotFoundError:
        raise ProblemError.at(
            "model.source", tr("the hub has no model {identifier!r}.", identifier=identifier), remedy
        ) from None
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, OSError) as error:
        raise ProblemError.at(
            "model.source",
            tr(
                "{identifier} is not in the cache, and the hub cannot be reached ({error}).",
                identifier=identifier,
                error=type(error).__name__,
            ),
            remedy,
        ) from None
    # The hub's client changes its HTTP library now and then; its errors module always has the one in use.
    except (errors.HFValidationError, errors.HTTPError) as error:  # type: ignore[attr-defined]
        raise ProblemError.at(
            "model.source",
            tr("{identifier} cannot be downloaded ({error}).", identifier=identifier, error=error),
            remedy,
        ) from None
    return Path(folder), Path(folder).name


def _weights(folder: Path) -> list[Path]:
    found = in_order([*folder.glob("model*.safetensors"), *folder.glob("pytorch_model*.bin")])
    return [file for file in found if file.stat().st_size > 0]
