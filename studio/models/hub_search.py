"""Language models on the hub by words in their names, through the hub's own client."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import Any

from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.words import tr

MOST = 20
SECONDS = 8.0  # for the first answer; the client alone would retry for minutes
OFFLINE = tr("Models on this machine can be used without it.")


@dataclass(frozen=True, slots=True)
class HubModel:
    """One hit of a search; `parameters` is 0 and `licence` "" where the hub does not say."""

    source: str
    parameters: int
    licence: str
    downloads: int
    gated: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def search_hub(words: str) -> list[HubModel]:
    """At most `MOST` models that write text, the most downloaded first; ProblemError where the hub is out of reach."""
    quiet_libraries()
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError, HTTPError, OfflineModeIsEnabled  # type: ignore[attr-defined]

    if constants.HF_HUB_OFFLINE:
        raise ProblemError.at("hub", tr("HF_HUB_OFFLINE forbids asking the hub."), OFFLINE)
    _refuse_unreachable(constants.ENDPOINT)
    try:
        found = HfApi().list_models(
            search=words,
            pipeline_tag="text-generation",
            sort="downloads",
            limit=MOST,
            expand=["safetensors", "downloads", "tags", "gated"],
        )
        return [_model(each) for each in itertools.islice(found, MOST)]
    except (OSError, ValueError, HfHubHTTPError, HTTPError, OfflineModeIsEnabled) as error:
        raise ProblemError.at(
            "hub", tr("the hub did not answer ({error}).", error=type(error).__name__), OFFLINE
        ) from None


def _refuse_unreachable(endpoint: str) -> None:
    """Raise ProblemError at once where there is no network: the client would try again and again."""
    import socket
    from urllib.parse import urlsplit
    from urllib.request import getproxies

    if getproxies():
        return  # only the proxy knows the way
    parts = urlsplit(endpoint)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    try:
        socket.create_connection((parts.hostname or "", port), SECONDS).close()
    except OSError:
        raise ProblemError.at("hub", tr("the hub cannot be reached."), OFFLINE) from None


def _model(info: Any) -> HubModel:
    tags = [str(tag) for tag in info.tags or ()]
    licence = next((tag.partition(":")[2] for tag in tags if tag.startswith("license:")), "")
    counted = getattr(info.safetensors, "total", 0) if info.safetensors is not None else 0
    return HubModel(info.id, int(counted or 0), licence, int(info.downloads or 0), bool(info.gated))
