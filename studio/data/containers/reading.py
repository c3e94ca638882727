"""One file while it is read: its path, what it says of its rows' places, its faults, and what must be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from studio.data.source_row import Faults, place_in


@dataclass(slots=True)
class Reading:
    """What every reader is given: `notes` receives sentences for the user, `unit` is what a row's number counts."""

    path: Path
    faults: Faults
    encoding: str = "auto"
    unit: str = "line"
    notes: list[str] = field(default_factory=list)

    def place(self, number: int) -> str:
        """Where a row stands, as a Problem names it: "train.jsonl, line 12"."""
        return place_in(self.path, number, self.unit)

    def fault(self, number: int, what: str, remedy: str) -> None:
        """Note that the row at `number` is wrong; the rows after it can still be read."""
        self.faults.add(self.place(number), what, remedy, number)
