"""Opens run.db, which somebody else may have written: its tables, their check, and SQLite's errors as Problems."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path, PurePath
from urllib.parse import quote

from pydantic import ValidationError

from studio.core.error_text import first_line
from studio.core.problem import ProblemError
from studio.core.words import mark, tr

SCHEMA_VERSION = 1
MOST_ROW_BYTES = 32 * 2**20  # no event, and no step's loads, come near it
DATABASE_PATIENCE = 10.0  # seconds to wait for another program's transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, kind TEXT NOT NULL, step INTEGER, body TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS one_end_of_each_step ON events (step) WHERE kind = 'StepEnded';
CREATE TABLE IF NOT EXISTS scalars (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, name TEXT NOT NULL, value REAL,
    UNIQUE (step, name));
CREATE TABLE IF NOT EXISTS loads (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, task TEXT NOT NULL,
    layers INTEGER NOT NULL, experts INTEGER NOT NULL, counts BLOB NOT NULL, UNIQUE (step, task));
CREATE TABLE IF NOT EXISTS answer_loads (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, task TEXT NOT NULL,
    layers INTEGER NOT NULL, experts INTEGER NOT NULL, counts BLOB NOT NULL, UNIQUE (step, task));
CREATE TABLE IF NOT EXISTS together (
    step INTEGER PRIMARY KEY, layers INTEGER NOT NULL, experts INTEGER NOT NULL, counts BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, body TEXT NOT NULL, taken REAL);
"""

# Each table and index of ours as sqlite_master lists it: its kind, and its SQL as SQLite keeps it.
_OBJECTS: dict[str, tuple[str, str | None]] = {
    name: (kind.split()[-1].lower(), f"CREATE {kind} {rest}")
    for kind, rest, name in re.findall(r"CREATE (TABLE|UNIQUE INDEX) IF NOT EXISTS ((\w+) [^;]+);", SCHEMA)
} | {
    "sqlite_sequence": ("table", "CREATE TABLE sqlite_sequence(name,seq)"),
    "sqlite_autoindex_scalars_1": ("index", None),
    "sqlite_autoindex_loads_1": ("index", None),
    "sqlite_autoindex_answer_loads_1": ("index", None),
}


class DatabaseBusyError(ProblemError):
    """Another program held run.db for longer than we waited."""


def connect(path: Path, read_only: bool = False, patience: float | None = None) -> sqlite3.Connection:
    """Open a run.db; raises sqlite3.DatabaseError for a file that is not a database, or not one that a worker created.

    `patience`: seconds to wait while another program holds it.
    """
    patience = DATABASE_PATIENCE if patience is None else patience
    place = _uri(path.resolve())
    if not read_only:
        return _opened(f"{place}?mode=rwc", read_only, patience)
    try:
        return _opened(f"{place}?mode=ro", read_only, patience)
    except sqlite3.OperationalError:
        # In WAL mode even a reader creates files beside it, which a read-only folder, such as a backup, does not
        # allow. A database that was closed properly has no such files and is complete without them.
        wal = path.with_name(f"{path.name}-wal")
        if os.access(path.parent, os.W_OK) or (wal.exists() and wal.stat().st_size):
            raise
        return _opened(f"{place}?mode=ro&immutable=1", read_only, patience)


def _uri(path: PurePath) -> str:
    """An absolute path as SQLite's URI; it knows no hosts, so that of a Windows share belongs to the path."""
    name = path.as_posix()
    return f"file://{'' if name.startswith('/') else '/'}{quote(name, safe='/:')}"


def _opened(uri: str, read_only: bool, patience: float) -> sqlite3.Connection:
    # A reader may go from thread to thread, which read with it one after another; a writer stays in its own.
    connection = sqlite3.connect(uri, uri=True, timeout=patience, check_same_thread=not read_only)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_ROW_BYTES)
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
        raise sqlite3.DatabaseError("the description of its tables is not text") from None
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_strange_schema(connection: sqlite3.Connection) -> None:
    """Raise DataError for a database with SQL of its own, which would run when a table is read or written.

    A view in place of a table may never finish, and a trigger writes what nobody asked for. Tables that are not ours
    are never touched, so they are allowed.
    """
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
        if kind in ("view", "trigger"):
            raise sqlite3.DataError(f"it holds a {kind}, {name!r:.60}, which no worker creates")
        if name in _OBJECTS and _OBJECTS[name] != (kind, sql):
            raise sqlite3.DataError(f"its {kind} {name!r} is not the one that a worker creates")


_REMEDIES = {
    sqlite3.SQLITE_BUSY: mark("Another program is using it: close that program, or wait, then try again."),
    sqlite3.SQLITE_READONLY: mark("Check that its folder is writable, or copy the run to one that is."),
    sqlite3.SQLITE_IOERR: mark("Check that the disk is healthy and has free space, then try again."),
    sqlite3.SQLITE_FULL: mark("Free disk space, then try again."),
    sqlite3.SQLITE_CANTOPEN: mark("Check that its folder is writable and its path not too long."),
}


RESTORE = mark("Restore the folder from a backup.")


def database_problem(path: Path, what: str, error: sqlite3.Error | ValidationError) -> ProblemError:
    """SQLite's error on a run.db as a Problem with the remedy that fits; only damage asks for a backup."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)  # our own errors, on malformed rows, have no code
    remedy = tr(_REMEDIES.get(code & 0xFF, RESTORE))
    kind = DatabaseBusyError if code & 0xFF == sqlite3.SQLITE_BUSY else ProblemError
    return kind.at(str(path), tr("{what} ({error}).", what=what, error=first_line(error)), remedy)
