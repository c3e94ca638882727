"""What the tables of run.db hold, checked as it is read: a run's database may be a stranger's."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.run.events import Event, event_from_json

ALL_TASKS = ""  # the `task` of loads that count every task together


@dataclass(frozen=True, slots=True)
class Loads:
    """Routed token slots of one step: `counts` [layers, experts] float32, of one task or of all ("")."""

    id: int
    step: int
    task: str
    counts: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scalar:
    """One point of one curve."""

    id: int
    step: int
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Stored:
    """An event with its row id and the time (seconds since the epoch) at which it was written."""

    id: int
    time: float
    event: Event


# SQLite stores any type in any column, whatever was declared: what no worker can have written is refused.


def stored_of(row: tuple[Any, ...]) -> Stored:
    """An event (id, time, body); raises DataError, or ValidationError for a body that is not an event."""
    number, when, body = row
    if not isinstance(when, (int, float)) or not isinstance(body, str):
        raise sqlite3.DataError(f"event {number} has no time or no text")
    return Stored(number, float(when), event_from_json(body))


def scalar_of(row: tuple[Any, ...]) -> Scalar:
    """A point (id, step, name, value); raises DataError."""
    number, step, name, value = row
    if not isinstance(step, int) or not isinstance(name, str) or not isinstance(value, (int, float, NoneType)):
        raise sqlite3.DataError(f"curve point {number} is malformed")
    return Scalar(number, step, name, float("nan") if value is None else float(value))


def loads_of(row: tuple[Any, ...]) -> Loads:
    """Router loads (id, step, task, layers, experts, blob); raises DataError."""
    number, step, task, layers, experts, blob = row
    whole = all(isinstance(value, int) for value in (step, layers, experts))
    if not whole or not isinstance(task, str) or not isinstance(blob, bytes):
        raise sqlite3.DataError(f"row {number} of its loads is malformed")
    if layers < 1 or experts < 1 or len(blob) != 4 * layers * experts:
        raise sqlite3.DataError(f"row {number} of its loads has {len(blob)} bytes for {layers} x {experts} counts")
    counts = np.frombuffer(blob, dtype="<f4").reshape(layers, experts)
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise sqlite3.DataError(f"row {number} of its loads has negative or infinite counts")
    return Loads(number, step, task, counts)
