"""What stands in .venv once an installation is whole, and whether that is still what is wanted."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher.machine import Machine
from launcher.torch_build import Kind, Wanted

NAME = "mixlora-studio.json"


@dataclass(frozen=True)
class Stamp:
    """Written last, so that its being there means that everything else is.

    `key` is `key_of`'s hash, `place` the folder that the environment was made in (its scripts name it).
    """

    key: str
    place: str
    extras: tuple[str, ...]
    torch: str
    kind: Kind
    wanted: Wanted
    nvidia_driver: bool


def key_of(python: tuple[int, int], constraints: str, pyproject: str) -> str:
    """Hash what decides the installed versions: Python's version, the pins, and the project's dependencies."""
    project = tomllib.loads(pyproject)["project"]
    decisive = [
        list(python),
        sorted(line.strip() for line in constraints.splitlines() if line.strip() and not line.startswith("#")),
        project["dependencies"],
        project.get("optional-dependencies", {}),
        project.get("scripts", {}),
    ]
    return hashlib.sha256(json.dumps(decisive).encode("utf-8")).hexdigest()


def read(venv: Path) -> Stamp | None:
    """The stamp, or None where there is none or it is not one of ours."""
    try:
        values = json.loads((venv / NAME).read_text(encoding="utf-8"))
        return Stamp(**{**values, "extras": tuple(values["extras"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(venv: Path, stamp: Stamp) -> None:
    """Write beside, then rename: a stamp that is half there would be taken for none, never for a whole one."""
    beside = venv / (NAME + ".new")
    beside.write_text(json.dumps(asdict(stamp), indent=2), encoding="utf-8")
    beside.replace(venv / NAME)


def remove(venv: Path) -> None:
    """Taken away before anything is changed."""
    (venv / NAME).unlink(missing_ok=True)


def why_install(
    stamp: Stamp | None, key: str, place: Path, extras: Iterable[str], machine: Machine, wanted: Wanted
) -> str | None:
    """Say in a few words why something must be installed, or None when everything is there."""
    if stamp is None:
        return "no finished installation is here"
    if stamp.place != str(place):
        return "the project's folder has moved"
    if stamp.key != key:
        return "the pinned versions, the dependencies or Python have changed"
    if not set(extras) <= set(stamp.extras):
        return "more packages are needed: " + ", ".join(sorted(set(extras) - set(stamp.extras)))
    if wanted != "auto" and wanted != stamp.wanted:
        return f"--torch {wanted} asks for another build of torch"
    if machine.nvidia_driver != stamp.nvidia_driver:
        return f"an NVIDIA driver has {'come' if machine.nvidia_driver else 'gone'} since"
    return None
