"""What the tables of run.db hold, checked as it is read: a run's database may be a stranger's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
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
    """Router loads (id, step, task, layers, experts, blob) as float32; raises DataError."""
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


def answer_loads_of(row: tuple[Any, ...]) -> Loads:
    """Loads of answer tokens (id, step, task, layers, experts, blob), as `packed` wrote them; raises DataError."""
    number, step, task, layers, experts, blob = row
    if not isinstance(step, int) or not isinstance(task, str):
        raise sqlite3.DataError(f"row {number} of its answers' loads is malformed")
    counts = _unpacked(f"row {number} of its answers' loads", layers, experts, blob, lambda wide: wide)
    return Loads(number, step, task, counts.reshape(layers, experts).astype(np.float32))


def together_of(row: tuple[Any, ...]) -> NDArray[np.float64]:
    """Which experts share tokens (step, layers, experts, blob): [layers, experts, experts]; raises DataError."""
    step, layers, experts, blob = row
    counts = _unpacked(f"step {step} of its experts' pairs", layers, experts, blob, lambda wide: wide * (wide + 1) // 2)
    found = np.zeros((layers, experts, experts))
    rows, columns = np.triu_indices(experts)
    found[:, rows, columns] = found[:, columns, rows] = counts.reshape(layers, -1)
    return found


def packed(counts: NDArray[Any]) -> bytes:
    """Whole counts in the fewest bytes that hold the largest: 1, 2 or 4 each, little-endian."""
    whole = np.asarray(counts)
    width = next(width for width in _WIDTHS if width == 4 or whole.max(initial=0) < 256**width)
    return np.ascontiguousarray(whole, dtype=f"<u{width}").tobytes()


_WIDTHS = (1, 2, 4)


def _unpacked(what: str, layers: Any, experts: Any, blob: Any, each: Callable[[int], int]) -> NDArray[Any]:
    """The counts that `packed` made a blob of, `each(experts)` of them a layer; raises DataError."""
    if not isinstance(layers, int) or not isinstance(experts, int) or not isinstance(blob, bytes):
        raise sqlite3.DataError(f"{what} is malformed")
    places = layers * each(experts) if layers > 0 and experts > 0 else 0
    width = len(blob) // places if places else 0
    if width not in _WIDTHS or len(blob) != width * places:
        raise sqlite3.DataError(f"{what} has {len(blob)} bytes for {places} counts")
    return np.frombuffer(blob, dtype=f"<u{width}")
