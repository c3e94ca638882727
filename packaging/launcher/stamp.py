"""What a finished installation holds, written into .venv, so that a second start has nothing to install."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from launcher.torch_build import Wanted

NAME = "mixlora-studio.json"


@dataclass(frozen=True)
class Stamp:
    """Written last, so that its presence means that everything else is installed.

    `key` is `key_of`'s hash, `place` the folder that the environment was made in (its scripts name it).
    """

    key: str
    place: str
    extras: tuple[str, ...]
    wanted: Wanted
    nvidia_driver: bool

    def serves(self, other: Stamp) -> bool:
        """Whether this installation has everything that `other` asks for."""
        same = (self.key, self.place, self.nvidia_driver) == (other.key, other.place, other.nvidia_driver)
        return same and set(other.extras) <= set(self.extras) and other.wanted in ("auto", self.wanted)

    def write(self, venv: Path) -> None:
        """Write it; one that is half there is unreadable, which means the same as none."""
        (venv / NAME).write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")


def read(venv: Path) -> Stamp | None:
    """The stamp, or None if it is missing or unreadable."""
    try:
        values = json.loads((venv / NAME).read_text(encoding="utf-8"))
        return Stamp(**{field.name: values[field.name] for field in fields(Stamp)} | {"extras": (*values["extras"],)})
    except (OSError, ValueError, TypeError, KeyError):
        return None


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
