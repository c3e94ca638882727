"""run.db: the events, curves, router loads and commands of one run, in SQLite (WAL mode).

One worker writes; any number of readers tail by row id. All that belongs to one step is written in one
transaction, so a step is there whole or not at all. Writing a (step, name) again replaces it under a new id:
a resumed run that repeats steps overwrites them, and tailing readers see the new value.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import NoneType, TracebackType
from typing import Any, Self
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.run.commands import Command, command_from_json
from studio.core.run.events import Event, event_from_json

SCHEMA_VERSION = 1
MOST_BYTES = 32 * 2**20  # of one row: no event, and no step's loads, come near it
_LAST = 2**63 - 1  # SQLite's largest integer
PATIENCE = 10.0  # seconds that another program's transaction is waited for
ALL_TASKS = ""  # the `task` of loads that count every task together

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, kind TEXT NOT NULL, step INTEGER, body TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS one_end_of_each_step ON events (step) WHERE kind = 'StepEnded';
CREATE TABLE IF NOT EXISTS scalars (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, name TEXT NOT NULL, value REAL,
    UNIQUE (step, name));
CREATE TABLE IF NOT EXISTS loads (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, task TEXT NOT NULL,
    layers INTEGER NOT NULL, experts INTEGER NOT NULL, counts BLOB NOT NULL, UNIQUE (step, task));
CREATE TABLE IF NOT EXISTS commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, body TEXT NOT NULL, taken REAL);
"""


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


class DatabaseBusyError(ProblemError):
    """Another program holds run.db, for longer than was waited for it."""


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
    """The worker's side of run.db; raises ProblemError where it cannot be opened, or not be written."""

    def __init__(self, path: Path) -> None:
        try:
            super().__init__(_connect(path))
            with self._connection as connection:
                connection.executescript(_SCHEMA)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except sqlite3.DatabaseError as error:
            if hasattr(self, "_connection"):
                self.close()
            raise database_problem(path, "the database cannot be written", error) from None

    def write(
        self,
        *events: Event,
        step: int | None = None,
        scalars: Mapping[str, float] | None = None,
        loads: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> None:
        """Write events, and the curves and loads {task: [layers, experts]} of `step`, in one transaction."""
        now = time.time()
        with self._connection as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO events (time, kind, step, body) VALUES (?, ?, ?, ?)",
                [(now, event.kind, getattr(event, "step", None), event.model_dump_json()) for event in events],
            )
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

    def take_commands(self) -> list[Command]:
        """The commands that nobody took yet, in order; they count as taken now.

        Raises pydantic.ValidationError for one that is none, as a newer window may send. What was asked before it is
        returned first, and what was asked after it by the next call: no pause is lost to it.
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


class RunReader(_Connection):
    """Everyone else's side of run.db; it never writes, and may be opened while a worker writes.

    `patience`: seconds that each reading waits where another program holds the database.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        if not path.is_file():
            raise ProblemError.at(str(path), "there is no run.db here.", "Name a run's folder.")
        self._path = path
        try:
            super().__init__(_connect(path, True, patience))
            found = self._connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            if hasattr(self, "_connection"):
                self.close()
            raise database_problem(path, "the database cannot be read", error) from None
        if found == 0:
            self.close()
            raise ProblemError.at(
                str(path), "the database is empty.", "Its run never began; delete the folder and start a new run."
            )
        if not 0 < found <= SCHEMA_VERSION:
            self.close()
            raise ProblemError.at(
                str(path), f"it was written by a newer version (format {found}).", "Update MixLoRA Studio."
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; a damage that only reading came upon (a broken page, an event that is none) is a Problem."""
        super().__exit__(kind, error, trace)
        if isinstance(error, (sqlite3.DatabaseError, ValidationError)):
            raise database_problem(self._path, "the database cannot be read", error) from error

    def events(self, after: int = 0, kinds: Iterable[str] = (), limit: int = -1) -> list[Stored]:
        """At most `limit` events with a row id above `after`, oldest first, of the given kinds where any are given."""
        wanted = list(kinds)
        only = f" AND kind IN ({', '.join('?' * len(wanted))})" if wanted else ""
        rows = self._connection.execute(
            f"SELECT id, time, body FROM events WHERE id > ?{only} ORDER BY id LIMIT ?", [after, *wanted, limit]
        )
        return [_stored(row) for row in rows]

    def last_event(self, *kinds: str) -> Stored | None:
        """The newest event of these kinds (of any kind where none is given)."""
        only = f" WHERE kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        row = self._connection.execute(
            f"SELECT id, time, body FROM events{only} ORDER BY id DESC LIMIT 1", kinds
        ).fetchone()
        return _stored(row) if row else None

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
        return [_scalar(row) for row in rows]

    def last_scalars(self, up_to: int | None = None) -> dict[str, Scalar]:
        """Every curve's point of the latest step, or of the latest up to the step `up_to`.

        A run resumed from an earlier step has points ahead of it until it overtakes them.
        """
        rows = self._connection.execute(
            "SELECT id, MAX(step), name, value FROM scalars WHERE step <= ? GROUP BY name",
            (_LAST if up_to is None else up_to,),
        )
        return {row[2]: _scalar(row) for row in rows}

    def loads(self, after: int = 0, limit: int = -1) -> list[Loads]:
        """Router loads with a row id above `after`, oldest first."""
        rows = self._connection.execute(
            "SELECT id, step, task, layers, experts, counts FROM loads WHERE id > ? ORDER BY id LIMIT ?",
            (after, limit),
        )
        return [_loads(row) for row in rows]

    def loads_by_step(self, after: tuple[int, str], up_to: int, limit: int) -> list[Loads]:
        """At most `limit` router loads beyond the place `after` (step, task), in that order, up to the step `up_to`."""
        rows = self._connection.execute(
            "SELECT id, step, task, layers, experts, counts FROM loads"
            " WHERE (step, task) > (?, ?) AND step <= ? ORDER BY step, task LIMIT ?",
            (*after, up_to, limit),
        )
        return [_loads(row) for row in rows]

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
        counts = [_loads(row).counts for row in rows]
        if len({each.shape for each in counts}) > 1:
            raise sqlite3.DataError("its loads are not of one number of layers and experts")
        return np.sum(counts, axis=0, dtype=np.float32) if counts else None

    def waiting_commands(self) -> list[Command]:
        """Commands that no worker has taken yet."""
        rows = self._connection.execute("SELECT body FROM commands WHERE taken IS NULL ORDER BY id")
        return [command_from_json(row[0]) for row in rows]


def send_command(path: Path, command: Command, patience: float = PATIENCE) -> None:
    """Leave a command in run.db for the worker's next step.

    Raises ProblemError; DatabaseBusyError where another program holds the database for `patience` seconds.
    """
    if not path.is_file():
        raise ProblemError.at(str(path), "there is no run.db here.", "Name a run's folder.")
    try:
        with closing(_connect(path, False, patience)) as connection, connection:
            connection.execute(
                "INSERT INTO commands (time, body) VALUES (?, ?)", (time.time(), command.model_dump_json())
            )
    except sqlite3.DatabaseError as error:
        raise database_problem(path, "the command was not taken", error) from None


_REMEDIES = {
    sqlite3.SQLITE_BUSY: "Another program holds it: close that one, or wait, then try again.",
    sqlite3.SQLITE_READONLY: "See that its folder can be written, or copy the run where you may write.",
    sqlite3.SQLITE_IOERR: "See that the disk is whole and has room, then try again.",
    sqlite3.SQLITE_FULL: "Make room on the disk, then try again.",
    sqlite3.SQLITE_CANTOPEN: "See that its folder can be written, and that its path is not too long.",
}


def database_problem(path: Path, what: str, error: sqlite3.Error | ValidationError) -> ProblemError:
    """What SQLite says of a run.db, with the remedy that suits it: nothing but a damage asks for a backup."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)  # ours, of a row that is none, have no code
    remedy = _REMEDIES.get(code & 0xFF, "Restore the folder from a backup.")
    kind = DatabaseBusyError if code & 0xFF == sqlite3.SQLITE_BUSY else ProblemError
    return kind.at(str(path), f"{what} ({str(error).splitlines()[0]}).", remedy)


# SQLite holds any type in any column, whatever was declared: what a worker cannot have written is no row of ours.


def _stored(row: tuple[Any, ...]) -> Stored:
    number, when, body = row
    if not isinstance(when, (int, float)) or not isinstance(body, str):
        raise sqlite3.DataError(f"event {number} has no time or no text")
    return Stored(number, float(when), event_from_json(body))


def _scalar(row: tuple[Any, ...]) -> Scalar:
    number, step, name, value = row
    if not isinstance(step, int) or not isinstance(name, str) or not isinstance(value, (int, float, NoneType)):
        raise sqlite3.DataError(f"point {number} of its curves is none")
    return Scalar(number, step, name, float("nan") if value is None else float(value))


def _loads(row: tuple[Any, ...]) -> Loads:
    number, step, task, layers, experts, blob = row
    whole = all(isinstance(value, int) for value in (step, layers, experts))
    if not whole or not isinstance(task, str) or not isinstance(blob, bytes):
        raise sqlite3.DataError(f"row {number} of its loads is none")
    if layers < 1 or experts < 1 or len(blob) != 4 * layers * experts:
        raise sqlite3.DataError(f"row {number} of its loads has {len(blob)} bytes for {layers} x {experts} counts")
    counts = np.frombuffer(blob, dtype="<f4").reshape(layers, experts)
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise sqlite3.DataError(f"row {number} of its loads counts less than nothing, or endlessly many")
    return Loads(number, step, task, counts)


def _refuse_strange_schema(connection: sqlite3.Connection) -> None:
    """Raise DataError for a database whose tables do something when they are read or written: SQL of a stranger's.

    A view in a table's place may never end, a trigger writes what nobody asked. Tables that are not ours are never
    touched, so they may be there.
    """
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
        if kind in ("view", "trigger"):
            raise sqlite3.DataError(f"it holds a {kind}, {name!r:.60}, which no worker makes")
        if name in _OBJECTS and _OBJECTS[name] != (kind, sql):
            raise sqlite3.DataError(f"its {kind} {name!r} is not the one that a worker makes")


def _objects() -> dict[str, tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        return {row[0]: (row[1], row[2]) for row in connection.execute("SELECT name, type, sql FROM sqlite_master")}


_OBJECTS = _objects()


def _connect(path: Path, read_only: bool = False, patience: float = PATIENCE) -> sqlite3.Connection:
    """Open a run.db; raises sqlite3.DatabaseError for a file that is none, or none that a worker made."""
    place = _uri(path.resolve())
    if not read_only:
        return _opened(f"{place}?mode=rwc", read_only, patience)
    try:
        return _opened(f"{place}?mode=ro", read_only, patience)
    except sqlite3.OperationalError:
        # In WAL mode even a reader makes files beside it, which a folder on a backup's disk may not let it. A
        # database that was closed in good order has no such files and is whole by itself.
        wal = path.with_name(f"{path.name}-wal")
        if os.access(path.parent, os.W_OK) or (wal.exists() and wal.stat().st_size):
            raise
        return _opened(f"{place}?mode=ro&immutable=1", read_only, patience)


def _uri(path: PurePath) -> str:
    """An absolute path as SQLite's URI; it knows no hosts, so that of a Windows share belongs to the path."""
    name = path.as_posix()
    return f"file://{'' if name.startswith('/') else '/'}{quote(name, safe='/:')}"


def _opened(uri: str, read_only: bool, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=patience)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
        # Functions that could do harm are not called from within a schema.
        connection.execute("PRAGMA trusted_schema = OFF")
        _refuse_strange_schema(connection)
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            # In WAL mode NORMAL survives a dying process; only a power cut may cost the last steps, which a
            # checkpoint (flushed to the disk) then brings back.
            connection.execute("PRAGMA synchronous = NORMAL")
    except UnicodeDecodeError:
        # SQLite quotes a broken schema in its message, and Python cannot read the quotation.
        connection.close()
        raise sqlite3.DatabaseError("its tables are described by no text") from None
    except BaseException:
        connection.close()
        raise
    return connection
