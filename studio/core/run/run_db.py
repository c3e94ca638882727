"""run.db: the events, curves, router loads and commands of one run, in SQLite (WAL mode).

One worker writes; any number of readers tail by row id. All that belongs to one step is written in one
transaction, so a step is there completely or not at all. Writing a (step, name) again replaces it under a new id:
a resumed run that repeats steps overwrites them, and tailing readers see the new value.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.run.commands import Command, command_from_json
from studio.core.run.events import Event, RowsScored, event_from_json, json_of_event
from studio.core.run.run_database import DATABASE_PATIENCE, SCHEMA, SCHEMA_VERSION, connect, database_problem
from studio.core.run.run_rows import ALL_TASKS, Loads, Scalar, Stored, loads_of, packed, scalar_of, stored_of
from studio.core.words import tr

_LAST = 2**63 - 1  # SQLite's largest integer


class _Connection:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class RunWriter(_Connection):
    """The worker's side of run.db; raises ProblemError where it cannot be opened or written."""

    def __init__(self, path: Path) -> None:
        self._passing: int | None = None
        try:
            super().__init__(connect(path))
            with self._connection as connection:
                connection.executescript(SCHEMA)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except sqlite3.DatabaseError as error:
            if hasattr(self, "_connection"):
                self.close()
            raise database_problem(path, tr("the database cannot be written"), error) from None

    def write(
        self,
        *events: Event,
        step: int | None = None,
        scalars: Mapping[str, float] | None = None,
        loads: Mapping[str, NDArray[np.float32]] | None = None,
        answer_loads: Mapping[str, NDArray[np.float32]] | None = None,
        together: NDArray[np.float64] | None = None,
    ) -> None:
        """Write events, and the curves and loads {task: [layers, experts]} of `step`, in one transaction.

        `answer_loads` are those of answer tokens alone, by task; `together` [layers, experts, experts] the tokens that
        two experts share.
        """
        now, passing = time.time(), self._passing
        with self._connection as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO events (time, kind, step, body) VALUES (?, ?, ?, ?)",
                [_row(now, event) for event in events if not isinstance(event, RowsScored)],
            )
            for event in events:
                if isinstance(event, RowsScored):
                    passing = _replace(connection, passing, _row(now, event))
            if scalars:
                connection.executemany(
                    "INSERT OR REPLACE INTO scalars (step, name, value) VALUES (?, ?, ?)",
                    [(step, name, float(value)) for name, value in scalars.items()],
                )
            for task, counts in (loads or {}).items():
                layers, experts = counts.shape
                connection.execute(
                    "INSERT OR REPLACE INTO loads (step, task, layers, experts, counts) VALUES (?, ?, ?, ?, ?)",
                    (step, task, layers, experts, np.ascontiguousarray(counts, dtype="<f4").tobytes()),
                )

            for task, counts in (answer_loads or {}).items():
                connection.execute(
                    "INSERT OR REPLACE INTO answer_loads (step, task, layers, experts, counts) VALUES (?, ?, ?, ?, ?)",
                    (step, task, *counts.shape, packed(counts)),
                )
            if together is not None:
                layers, experts, _ = together.shape
                half = together[:, *np.triu_indices(experts)]
                connection.execute(
                    "INSERT OR REPLACE INTO together (step, layers, experts, counts) VALUES (?, ?, ?, ?)",
                    (step, layers, experts, packed(half)),
                )
        self._passing = passing  # not before it is committed: an id that was rolled back is given to another event

    def take_commands(self) -> list[Command]:
        """The commands that were not taken yet, in order; they count as taken from now on.

        Raises pydantic.ValidationError for an unknown command, which a newer window may send. Commands before it are
        returned first, and those after it by the next call, so that no pause is lost.
        """
        rows = self._connection.execute("SELECT id, body FROM commands WHERE taken IS NULL ORDER BY id").fetchall()
        commands: list[Command] = []
        for number, body in rows:
            try:
                commands.append(command_from_json(body))
            except ValidationError:
                if commands:
                    break
                self._mark_taken(number)
                raise
        if commands:
            self._mark_taken(rows[len(commands) - 1][0])
        return commands

    def drop_commands(self) -> None:
        """Mark all waiting commands as taken: what was asked of an earlier worker is not asked of this one."""
        self._mark_taken(_LAST)

    def _mark_taken(self, up_to: int) -> None:
        with self._connection as connection:
            connection.execute("UPDATE commands SET taken = ? WHERE taken IS NULL AND id <= ?", (time.time(), up_to))


def _row(now: float, event: Event) -> tuple[object, ...]:
    return now, event.kind, getattr(event, "step", None), json_of_event(event)


def _replace(connection: sqlite3.Connection, before: int | None, row: tuple[object, ...]) -> int | None:
    """Write an event that only holds until the next of its kind, in the place of the one `before`; returns its id."""
    connection.execute("DELETE FROM events WHERE id = ?", (before,))
    return connection.execute("INSERT INTO events (time, kind, step, body) VALUES (?, ?, ?, ?)", row).lastrowid


class RunReader(_Connection):
    """Everyone else's side of run.db; it never writes, and may be opened while a worker writes.

    `patience`: seconds that each read waits while another program holds the database.
    """

    def __init__(self, path: Path, patience: float = DATABASE_PATIENCE) -> None:
        if not path.is_file():
            raise ProblemError.at(str(path), tr("there is no run.db here."), tr("Name a run's folder."))
        self._path = path
        try:
            super().__init__(connect(path, True, patience))
            found = self._connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            if hasattr(self, "_connection"):
                self.close()
            raise database_problem(path, tr("the database cannot be read"), error) from None
        if found == 0:
            self.close()
            raise ProblemError.at(
                str(path),
                tr("the database is empty."),
                tr("The run never began; delete the folder and start a new run."),
            )
        if not 0 < found <= SCHEMA_VERSION:
            self.close()
            raise ProblemError.at(
                str(path),
                tr("it was written by a newer version (format {found}).", found=found),
                tr("Update MixLoRA Studio."),
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; damage that only reading found (a broken page, an invalid event) becomes a Problem."""
        super().__exit__(kind, error, trace)
        if isinstance(error, (sqlite3.DatabaseError, ValidationError)):
            raise database_problem(self._path, tr("the database cannot be read"), error) from error

    def events(self, after: int = 0, kinds: Iterable[str] = (), limit: int = -1) -> list[Stored]:
        """At most `limit` events with a row id above `after`, oldest first, of the given kinds where any are given."""
        wanted = list(kinds)
        only = f" AND kind IN ({', '.join('?' * len(wanted))})" if wanted else ""
        rows = self._connection.execute(
            f"SELECT id, time, body FROM events WHERE id > ?{only} ORDER BY id LIMIT ?", [after, *wanted, limit]
        )
        return [stored_of(row) for row in rows]

    def last_event(self, *kinds: str) -> Stored | None:
        """The newest event of these kinds (of any kind where none is given)."""
        only = f" WHERE kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        row = self._connection.execute(
            f"SELECT id, time, body FROM events{only} ORDER BY id DESC LIMIT 1", kinds
        ).fetchone()
        return stored_of(row) if row else None

    def last_events(self, kind: str, count: int, after: int = 0) -> list[Stored]:
        """The newest `count` events of one kind with a row id above `after`, newest first."""
        rows = self._connection.execute(
            "SELECT id, time, body FROM events WHERE kind = ? AND id > ? ORDER BY id DESC LIMIT ?", (kind, after, count)
        )
        return [Stored(row[0], row[1], event_from_json(row[2])) for row in rows]

    def scalars(self, after: int = 0, limit: int = -1, name: str | None = None) -> list[Scalar]:
        """Points of all curves, or of the one called `name`, with a row id above `after`, oldest first."""
        only = "" if name is None else " AND name = ?"
        rows = self._connection.execute(
            f"SELECT id, step, name, value FROM scalars WHERE id > ?{only} ORDER BY id LIMIT ?",
            (after, limit) if name is None else (after, name, limit),
        )
        return [scalar_of(row) for row in rows]

    def sampled_scalars(self, steps: Iterable[int]) -> list[Scalar]:
        """The points of all curves at these steps, in the order of the steps: a long run's shape, found at once."""
        wanted = list(steps)
        marks = ", ".join("?" * len(wanted))
        rows = self._connection.execute(
            f"SELECT id, step, name, value FROM scalars WHERE step IN ({marks}) ORDER BY step", wanted
        )
        return [scalar_of(row) for row in rows]

    def last_scalars(self, up_to: int | None = None) -> dict[str, Scalar]:
        """Every curve's point of the latest step, or of the latest up to the step `up_to`.

        A run resumed from an earlier step has points ahead of it until it overtakes them.
        """
        rows = self._connection.execute(
            "SELECT id, MAX(step), name, value FROM scalars WHERE step <= ? GROUP BY name",
            (_LAST if up_to is None else up_to,),
        )
        return {row[2]: scalar_of(row) for row in rows}

    def largest(self, name: str) -> float | None:
        """The largest value of a curve; None where it has no point."""
        found = self._connection.execute("SELECT MAX(value) FROM scalars WHERE name = ?", (name,)).fetchone()[0]
        return None if found is None else float(found)

    def loads(self, after: int = 0, limit: int = -1) -> list[Loads]:
        """Router loads with a row id above `after`, oldest first."""
        rows = self._connection.execute(
            "SELECT id, step, task, layers, experts, counts FROM loads WHERE id > ? ORDER BY id LIMIT ?",
            (after, limit),
        )
        return [loads_of(row) for row in rows]

    def newest_loads(self) -> int:
        """The row id of the newest loads, 0 where there are none."""
        return int(self._connection.execute("SELECT COALESCE(MAX(id), 0) FROM loads").fetchone()[0])

    def recent_loads(
        self, steps: int = 20, task: str = ALL_TASKS, up_to: int | None = None
    ) -> NDArray[np.float32] | None:
        """Loads [layers, experts] summed over the last `steps` logged steps of a task; None where there are none.

        `up_to` leaves out steps after it, as in `last_scalars`.
        """
        rows = self._connection.execute(
            "SELECT id, step, task, layers, experts, counts FROM loads WHERE task = ? AND step <= ?"
            " ORDER BY step DESC LIMIT ?",
            (task, _LAST if up_to is None else up_to, steps),
        ).fetchall()
        counts = [loads_of(row).counts for row in rows]
        if len({each.shape for each in counts}) > 1:
            raise sqlite3.DataError(tr("its loads differ in their number of layers or experts"))
        return np.sum(counts, axis=0, dtype=np.float32) if counts else None

    def waiting_commands(self) -> list[Command]:
        """Commands that no worker has taken yet."""
        rows = self._connection.execute("SELECT body FROM commands WHERE taken IS NULL ORDER BY id")
        return [command_from_json(row[0]) for row in rows]


def send_command(path: Path, command: Command, patience: float | None = None) -> None:
    """Leave a command in run.db for the worker's next step.

    Raises ProblemError; DatabaseBusyError where another program holds the database for `patience` seconds (ten where
    it is None).
    """
    if not path.is_file():
        raise ProblemError.at(str(path), tr("there is no run.db here."), tr("Name a run's folder."))
    try:
        with closing(connect(path, False, patience)) as connection, connection:
            connection.execute(
                "INSERT INTO commands (time, body) VALUES (?, ?)", (time.time(), command.model_dump_json())
            )
    except sqlite3.DatabaseError as error:
        raise database_problem(path, tr("the command could not be written"), error) from None
