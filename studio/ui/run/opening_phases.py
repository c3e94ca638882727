"""The phases before a run's first step, as far as its record says: which is over, which lasts, what is to come."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from studio.core.run.event_text import phase_text
from studio.core.run.events import Phase
from studio.core.run.run_record import RunRecord
from studio.core.words import mark, tr
from studio.ui.run.waiting_text import scoring_left

Standing = Literal["done", "now", "to come", "left out"]
# Each line's title, and the phases of the worker's that it stands for.
_LINES: tuple[tuple[str, tuple[Phase, ...]], ...] = (
    (mark("Load the model and the rows"), ("loading", "tokenising")),
    (mark("Measure memory"), ("probing",)),
    (mark("Score the base model"), ("evaluating",)),
    (mark("Train the first step"), ("training",)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One phase: where it stands, what is done in it now, and the seconds that it took so far."""

    title: str
    standing: Standing
    detail: str = ""
    seconds: float | None = None
    left: str = ""  # about how long it will still take


def lines(record: RunRecord) -> list[Line]:
    """The phases in their order; those that this run passes over are left out."""
    now = record.phase.phase if record.phase is not None else "loading"
    current = next((number for number, (_, phases) in enumerate(_LINES) if now in phases), None)
    found = []
    for number, (title, phases) in enumerate(_LINES):
        spent = sum(record.spent.get(phase, 0.0) for phase in phases)
        if number == current:
            began = record.phase_began
            lasted = spent + (max(0.0, time.time() - began) if began is not None else 0.0)
            detail = phase_text(record.phase) if record.phase is not None else tr("Starting the worker")
            found.append(Line(tr(title), "now", detail, lasted if began is not None else None, scoring_left(record)))
        elif current is not None and number < current:
            over: Standing = "done" if any(phase in record.spent for phase in phases) else "left out"
            found.append(Line(tr(title), over, "", spent))
        else:
            found.append(Line(tr(title), "to come"))
    return [line for line in found if line.standing != "left out"]
