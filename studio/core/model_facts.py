"""What is told of one model in a list of them: found out by the desk, shown by the window."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model for a list of them; sizes in bytes, `parameters` 0 where unknown.

    `precision` is the best in which the recipe's method trains it on `device` within `budget`, with `peak` bytes;
    `fits` is None where that cannot be said. `problem` says why it cannot be trained here, "" where it can.
    """

    title: str
    place: str
    source: str
    revision: str = "main"
    path: str = ""
    size: int = 0
    parameters: int = 0
    kind: str = ""
    model_type: str = ""
    licence: str = ""
    exports: tuple[str, ...] = ()
    fits: bool | None = None
    precision: str = ""
    peak: int = 0
    budget: int = 0
    device: str = ""
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
