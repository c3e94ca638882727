"""Whatever is in a run.db, it is shown or reported as a Problem: by `show`, by `runs`, in the window's record.

SQLite keeps no checksums, so a flipped bit inside a number is another number; but damage makes no run finished.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.cli import main
from studio.core.problem import ProblemError
from studio.core.run.load_reader import LoadReader
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import PACE_STEPS, RunRecord
from studio.core.state.run_state import State, read_state
from tests.fake_run import FakeRun
from tests.fuzz.mutations import STRINGS, fuzz, mutated_bytes, mutated_json, odd_value, pick, rounds

KINDS = ("RunStarted", "ModelReady", "StepEnded", "EvaluationEnded", "RunPaused", "RunEnded", "PhaseStarted", "None")
SQL = (
    "CREATE VIEW v AS SELECT 1", "DROP TABLE loads", "DROP INDEX one_end_of_each_step", "PRAGMA user_version = 9",
    "CREATE TRIGGER t AFTER INSERT ON commands BEGIN SELECT 1; END", "DELETE FROM events", "ALTER TABLE scalars ADD x",
    "UPDATE events SET kind = 'RunEnded'", "UPDATE scalars SET step = step * -1000000007", "VACUUM",
    "UPDATE loads SET experts = experts / 2, layers = layers * 2", "UPDATE events SET step = NULL",
)  # fmt: skip
COLUMNS = (
    ("scalars", "value"), ("scalars", "name"), ("scalars", "step"), ("loads", "step"), ("loads", "counts"),
    ("loads", "layers"), ("loads", "task"), ("events", "time"), ("events", "kind"),
)  # fmt: skip


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    with FakeRun(tmp_path_factory.mktemp("pristine"), total_steps=6, layers=2, experts=4) as run:
        run.start().probe().train(3).evaluate().sample().checkpoint().warn().reduce_memory().train(1).pause()
    with closing(sqlite3.connect(run.folder.db)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # everything in the one file
    return run.folder


def storable(value: Any) -> Any:
    """A value as SQLite takes one."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace") if "\ud800" in value else value
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    return max(-(2**63), min(value, 2**63 - 1)) if isinstance(value, int) else value


def meddle(random: Random, db: Path) -> None:
    """Change rows, or the schema, as a program would that knows SQL and means no good."""
    with closing(sqlite3.connect(db)) as connection, contextlib.suppress(sqlite3.Error), connection:
        action = random.randrange(6)
        if action < 2:
            rows = connection.execute("SELECT id, body FROM events").fetchall()
            number, body = pick(random, rows or [(1, "{}")])
            changed = json.dumps(mutated_json(random, json.loads(body)))
            connection.execute("UPDATE events SET body = ? WHERE id = ?", (changed, number))
        elif action == 2:
            body = {"kind": pick(random, KINDS), "step": odd_value(random), "reason": odd_value(random)}
            values = (storable(odd_value(random)), pick(random, KINDS), storable(odd_value(random)), json.dumps(body))
            connection.execute("INSERT INTO events (time, kind, step, body) VALUES (?, ?, ?, ?)", values)
        elif action == 3:
            table, column = pick(random, COLUMNS)
            value = random.randbytes(random.randrange(40)) if random.random() < 0.3 else storable(odd_value(random))
            chosen = f"(SELECT id FROM {table} ORDER BY id LIMIT 1 OFFSET {random.randrange(4)})"
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE id = {chosen}", (value,))
        elif action == 4:
            body = storable(odd_value(random)) if random.random() < 0.5 else '{"kind": "Stop"}'
            connection.execute("INSERT INTO commands (time, body) VALUES (0, ?)", (body,))
        else:
            connection.execute(pick(random, SQL))


def told(verb: list[str]) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(verb)
    assert "Traceback" not in err.getvalue()
    assert code in (0, 2), err.getvalue()
    assert code == 0 or err.getvalue().strip(), "a refusal says why"
    return code, out.getvalue()


def as_the_window_reads_it(folder: RunFolder) -> None:
    record = RunRecord()
    with folder.reader() as reader:
        record.add_scalars(reader.scalars())
        record.take_steps(reader.last_events("StepEnded", PACE_STEPS))
        for stored in reader.events():
            record.add_event(stored)
    assert record.step >= 0
    assert record.seconds_left is None or record.seconds_left == record.seconds_left
    with LoadReader(folder.db) as reader:
        for step in {0, 1, record.step, *(reader.load_steps() or ())}:
            reader.window(step)
            reader.window(step, answers=True)
            reader.together(step)


@rounds
@fuzz
@given(random=st.randoms(use_true_random=False))
def test_that_any_database_is_shown_or_reported_as_a_problem(
    random: Random, turn: int, pristine: RunFolder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    runs = tmp_path_factory.mktemp("runs")
    folder = RunFolder(runs / pick(random, ("run", "läufe 1", "x" * 60)))
    shutil.copytree(pristine.path, folder.path)
    damaged = random.random() < 0.4
    if not damaged:
        for _ in range(1 + random.randrange(3)):
            meddle(random, folder.db)
    else:
        folder.db.write_bytes(mutated_bytes(random, folder.db.read_bytes()))
    if random.random() < 0.2:
        recipe = folder.recipe_file.read_bytes()
        folder.recipe_file.write_bytes(mutated_bytes(random, recipe))
    if random.random() < 0.2:
        name = pick(random, ("worker.lock", "worker.log", "run.db-wal", "run.db-shm", "provenance.json"))
        (folder.path / name).write_bytes(pick(random, STRINGS).encode("utf-8", "replace") * 50)
    code, text = told(["show", str(folder.path), "--json"])
    if code == 0:
        shown = json.loads(text)
        assert shown["state"] in get_args(State)
        assert shown["state"] == read_state(folder).state
        assert not (damaged and shown["state"] == "finished")
    told(["show", str(folder.path)])
    listed = json.loads(told(["runs", "--runs", str(runs), "--json"])[1])["runs"]
    assert all(run["state"] in (*get_args(State), "unreadable") for run in listed)
    with contextlib.suppress(ProblemError):
        as_the_window_reads_it(folder)
    shutil.rmtree(runs)
