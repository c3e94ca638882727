"""A run.db that no worker of ours wrote is a Problem, and none of its SQL is run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.core.problem import ProblemError
from studio.core.run.commands import Stop
from studio.core.run.events import PhaseStarted
from studio.core.run.run_db import RunReader, RunWriter, send_command


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "run.db"
    with RunWriter(path) as writer:
        writer.write(
            PhaseStarted(phase="training"), step=1, scalars={"loss": 1.0}, loads={"": np.ones((2, 4), np.float32)}
        )
    return path


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def read_all(path: Path) -> None:
    with RunReader(path) as reader:
        reader.events()
        reader.last_event()
        reader.scalars()
        reader.last_scalars()
        reader.loads()
        reader.recent_loads()
        reader.waiting_commands()


ENDLESS = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 0.0 AS time, '' AS body FROM n"


def test_that_a_view_in_a_tables_place_is_refused_before_it_is_read(db: Path) -> None:
    change(db, "DROP TABLE events", f"CREATE VIEW events AS {ENDLESS}")
    with pytest.raises(ProblemError, match="holds a view"):
        read_all(db)


def test_that_a_trigger_is_refused_before_anything_is_written(db: Path) -> None:
    change(db, "CREATE TRIGGER t AFTER INSERT ON commands BEGIN DELETE FROM events; END")
    with pytest.raises(ProblemError, match="holds a trigger"):
        send_command(db, Stop())
    with pytest.raises(ProblemError, match="holds a trigger"):
        RunWriter(db)
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)


def test_that_a_schema_that_is_not_text_is_refused(db: Path) -> None:
    change(db, "PRAGMA journal_mode = DELETE")  # everything in the one file
    db.write_bytes(db.read_bytes().replace(b"CREATE TABLE", b"CR\xe3ATE TABLE"))
    with pytest.raises(ProblemError, match="description of its tables is not text"):
        read_all(db)
    with pytest.raises(ProblemError, match="description of its tables is not text"):
        send_command(db, Stop())


def test_that_a_table_made_otherwise_is_refused(db: Path) -> None:
    change(db, "DROP TABLE scalars", "CREATE TABLE scalars (id INTEGER, step, name, value AS (zeroblob(1000000000)))")
    with pytest.raises(ProblemError, match="not the one that a worker creates"):
        read_all(db)


def test_that_a_table_of_somebody_elses_is_left_alone(db: Path) -> None:
    change(db, "CREATE TABLE notes (text)")
    read_all(db)


@pytest.mark.parametrize("version", [0, -1, 2, 2**31 - 1])
def test_that_another_format_is_a_problem(version: int, db: Path) -> None:
    change(db, f"PRAGMA user_version = {version}")
    with pytest.raises(ProblemError):
        read_all(db)


def test_that_a_file_that_is_not_a_database_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "run.db").write_bytes(b"SQLite format 3\0 but not really" * 100)
    with pytest.raises(ProblemError, match="cannot be read"):
        read_all(tmp_path / "run.db")


HOSTILE_ROWS: list[tuple[str, tuple[Any, ...]]] = [
    ("INSERT INTO loads (step, task, layers, experts, counts) VALUES (2, '', 2, 4, ?)", (b"\0" * 31,)),
    ("INSERT INTO loads (step, task, layers, experts, counts) VALUES (2, '', ?, 1, x'00000000')", (2**62,)),
    ("INSERT INTO loads (step, task, layers, experts, counts) VALUES (2, '', -1, -1, x'00000000')", ()),
    ("INSERT INTO loads (step, task, layers, experts, counts) VALUES (2, '', 0, 4, x'')", ()),
    ("INSERT INTO loads (step, task, layers, experts, counts) VALUES (2, '', 2, 4, 'text')", ()),
    ("INSERT INTO loads (step, task, layers, experts, counts) VALUES (2, '', 1, 1, ?)", (b"\0\0\xc0\x7f",)),
    ("INSERT INTO loads (step, task, layers, experts, counts) VALUES (2, '', 1, 1, ?)", (b"\0\0\x80\xbf",)),
    ("INSERT INTO loads (step, task, layers, experts, counts) VALUES (2, '', 1, 1, x'00000000')", ()),
    ("INSERT INTO scalars (step, name, value) VALUES (2, 'loss', 'high')", ()),
    ("INSERT INTO scalars (step, name, value) VALUES ('two', 'loss', 1.0)", ()),
    ("INSERT INTO scalars (step, name, value) VALUES (2, x'00ff', 1.0)", ()),
    ("INSERT INTO events (time, kind, body) VALUES (0, 'StepEnded', '{}')", ()),
    ("INSERT INTO events (time, kind, body) VALUES ('now', 'PhaseStarted', '{\"kind\": \"PhaseStarted\"}')", ()),
    ("INSERT INTO events (time, kind, body) VALUES (0, 'PhaseStarted', ?)", ('{"a":' * 100_000,)),
    ("INSERT INTO events (time, kind, body) VALUES (0, 'PhaseStarted', ?)", (b"\xff\xfe",)),
    ("INSERT INTO events (time, kind, body) VALUES (0, 'PhaseStarted', ?)", ("x" * 40_000_000,)),
    ("INSERT INTO commands (time, body) VALUES (0, 'rm -rf')", ()),
    ("INSERT INTO commands (time, body) VALUES (0, x'ff')", ()),
]


@pytest.mark.parametrize(("statement", "values"), HOSTILE_ROWS)
def test_that_a_row_that_no_worker_writes_is_a_problem(statement: str, values: tuple[Any, ...], db: Path) -> None:
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(statement, values)
    with pytest.raises(ProblemError, match="cannot be read"):
        read_all(db)


@pytest.mark.parametrize(
    "body",
    [
        '{"kind": "CheckpointSaved", "step": 1, "path": "../../.ssh", "bytes": 1}',
        '{"kind": "CheckpointSaved", "step": 1, "path": "/etc", "bytes": 1}',
        '{"kind": "RunPaused", "step": 1, "checkpoint": "C:\\\\x"}',
        '{"kind": "RunEnded", "outcome": "finished", "reason": "x", "step": 1, "adapter": "\\\\\\\\server\\\\share"}',
        '{"kind": "RunEnded", "outcome": "finished", "reason": "x", "step": 1, "adapter": "adapter:stream"}',
        '{"kind": "RunPaused", "step": -1, "checkpoint": "checkpoints/step-000001"}',
        '{"kind": "RunPaused", "step": 1e300, "checkpoint": "checkpoints/step-000001"}',
        '{"kind": "RunStarted", "pid": 99999999999999999999999, "host": "x"}',
    ],
)
def test_that_an_event_that_leaves_the_folder_or_all_bounds_is_a_problem(body: str, db: Path) -> None:
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("INSERT INTO events (time, kind, body) VALUES (0, 'RunEnded', ?)", (body,))
    with pytest.raises(ProblemError, match="cannot be read"):
        read_all(db)
