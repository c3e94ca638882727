"""run.db: a step is there whole or not at all, readers tail by row id, commands are taken once."""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.run import run_database
from studio.core.run.commands import Pause, Resume, SampleNow, Stop
from studio.core.run.events import EvaluationEnded, RowsScored, RunStarted, StepEnded, Tally, TaskScore, WarningRaised
from studio.core.run.load_reader import LoadReader
from studio.core.run.run_database import SCHEMA_VERSION
from studio.core.run.run_db import RunReader, RunWriter, send_command


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Läufe mit Leerzeichen" / "run.db"


@pytest.fixture
def writer(path: Path) -> Iterator[RunWriter]:
    path.parent.mkdir()
    with RunWriter(path) as opened:
        yield opened


def ended(step: int, loss: float = 1.0) -> StepEnded:
    return StepEnded(step=step, total_steps=9, epoch=0.1, loss=loss, seconds=1.0, tokens=10)


def test_that_events_come_back_as_they_were_written(writer: RunWriter, path: Path) -> None:
    score = TaskScore(metric="json", value=0.5, stderr=0.05, rows=100)
    events = [
        RunStarted(pid=1, host="här"),
        EvaluationEnded(step=0, when="before", tasks={"a": score}, seconds=2.0),
        ended(1),
    ]
    for event in events:
        writer.write(event)
    with RunReader(path) as reader:
        assert [stored.event for stored in reader.events()] == events


def test_that_only_the_newest_state_of_an_evaluation_is_kept_even_after_a_failed_write(
    writer: RunWriter, path: Path
) -> None:
    def scored(done: int) -> RowsScored:
        return RowsScored(step=1, tasks={"ask": Tally(done=done, of=9)})

    writer.write(scored(1))
    with pytest.raises(ValueError, match="not enough values"):
        writer.write(scored(2), loads={"": np.ones(3, dtype=np.float32)})
    writer.write(WarningRaised(where="w", what="it gets the row id that was rolled back"))
    writer.write(scored(3))
    with RunReader(path) as reader:
        assert [stored.event.kind for stored in reader.events()] == ["WarningRaised", "RowsScored"]
        assert reader.events()[-1].event == scored(3)


def test_that_a_reader_tails_only_what_is_new(writer: RunWriter, path: Path) -> None:
    with RunReader(path) as reader:
        writer.write(ended(1), step=1, scalars={"loss": 2.0})
        seen_event, seen_scalar = reader.events()[-1].id, reader.scalars()[-1].id
        assert reader.events(after=seen_event) == []
        writer.write(ended(2), step=2, scalars={"loss": 1.5})
        assert [stored.event for stored in reader.events(after=seen_event)] == [ended(2)]
        assert [(point.step, point.value) for point in reader.scalars(after=seen_scalar)] == [(2, 1.5)]


def test_that_only_the_asked_kinds_are_read(writer: RunWriter, path: Path) -> None:
    writer.write(ended(1), WarningRaised(where="w", what="x"), ended(2))
    with RunReader(path) as reader:
        assert [stored.event.kind for stored in reader.events(kinds=["WarningRaised"])] == ["WarningRaised"]
        newest = reader.last_event("StepEnded")
        assert newest is not None
        assert newest.event == ended(2)
        assert reader.last_event("RunEnded") is None


def test_that_a_step_that_fails_to_be_written_leaves_nothing_of_itself(writer: RunWriter, path: Path) -> None:
    with pytest.raises(ValueError, match="not enough values"):
        writer.write(ended(1), step=1, scalars={"loss": 2.0}, loads={"": np.ones(3, dtype=np.float32)})
    with RunReader(path) as reader:
        assert reader.events() == []
        assert reader.scalars() == []


def test_that_a_repeated_step_replaces_the_old_one_under_a_new_id(writer: RunWriter, path: Path) -> None:
    writer.write(ended(1, loss=2.0), step=1, scalars={"loss": 2.0}, loads={"": np.ones((1, 2), np.float32)})
    with RunReader(path) as reader:
        seen = reader.scalars()[-1].id, reader.events()[-1].id, reader.loads()[-1].id
        writer.write(ended(1, loss=9.0), step=1, scalars={"loss": 9.0}, loads={"": np.zeros((1, 2), np.float32)})
        assert [point.value for point in reader.scalars(after=seen[0])] == [9.0]
        assert [stored.event for stored in reader.events(after=seen[1])] == [ended(1, loss=9.0)]
        assert [float(load.counts.sum()) for load in reader.loads(after=seen[2])] == [0.0]
        assert len(reader.scalars()) == len(reader.events()) == len(reader.loads()) == 1


def test_that_a_loss_that_is_not_finite_is_kept_as_it_is(writer: RunWriter, path: Path) -> None:
    writer.write(ended(1, loss=math.nan), step=1, scalars={"loss": math.nan, "grad_norm": math.inf})
    with RunReader(path) as reader:
        event = reader.events()[0].event
        assert isinstance(event, StepEnded)
        assert math.isnan(event.loss)
        points = reader.last_scalars()
        assert math.isnan(points["loss"].value)
        assert math.isinf(points["grad_norm"].value)


def test_that_loads_keep_shape_and_counts_for_all_and_for_each_task(writer: RunWriter, path: Path) -> None:
    counts = np.arange(12, dtype=np.float32).reshape(3, 4)
    writer.write(step=1, loads={"": counts * 2, "a": counts.T.copy().T})
    with RunReader(path) as reader:
        by_task = {load.task: load.counts for load in reader.loads()}
    assert np.array_equal(by_task[""], counts * 2)
    assert np.array_equal(by_task["a"], counts)


def test_that_recent_loads_sum_the_last_steps_of_one_task(writer: RunWriter, path: Path) -> None:
    for step in range(1, 6):
        writer.write(step=step, loads={"": np.full((2, 2), step, np.float32), "a": np.ones((2, 2), np.float32)})
    with RunReader(path) as reader:
        everything, task, earlier = (
            reader.recent_loads(2),
            reader.recent_loads(3, "a"),
            reader.recent_loads(2, up_to=3),
        )
        assert everything is not None
        assert everything[0, 0] == 9
        assert task is not None
        assert task[0, 0] == 3
        assert earlier is not None
        assert earlier[0, 0] == 5
        assert reader.recent_loads(2, "unknown") is None


def test_that_last_scalars_go_by_step_and_may_stop_at_one(writer: RunWriter, path: Path) -> None:
    writer.write(step=7, scalars={"loss": 0.7})
    writer.write(step=5, scalars={"loss": 0.5, "eval/a/score": 0.9})
    with RunReader(path) as reader:
        assert reader.last_scalars()["loss"].value == 0.7
        assert reader.last_scalars()["eval/a/score"].step == 5
        assert reader.last_scalars(up_to=6)["loss"].value == 0.5


def test_that_commands_are_taken_once_and_in_order(writer: RunWriter, path: Path) -> None:
    for command in (Pause(), Resume(), SampleNow(prompt="ä?")):
        send_command(path, command)
    with RunReader(path) as reader:
        assert reader.waiting_commands() == [Pause(), Resume(), SampleNow(prompt="ä?")]
        assert writer.take_commands() == [Pause(), Resume(), SampleNow(prompt="ä?")]
        assert reader.waiting_commands() == []
        assert writer.take_commands() == []


def test_that_an_unknown_command_costs_no_other(writer: RunWriter, path: Path) -> None:
    send_command(path, Pause())
    with writer._connection as connection:
        connection.execute('INSERT INTO commands (time, body) VALUES (1, \'{"kind": "FromTomorrow"}\')')
    send_command(path, Stop())
    assert writer.take_commands() == [Pause()]
    with pytest.raises(ValidationError, match="FromTomorrow"):
        writer.take_commands()
    assert writer.take_commands() == [Stop()]
    assert writer.take_commands() == []


@pytest.mark.parametrize("opened", [lambda path: send_command(path, Stop()), RunWriter])
def test_that_a_database_that_another_program_holds_is_a_problem_that_waiting_solves(
    opened: Callable[[Path], object], writer: RunWriter, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_database, "DATABASE_PATIENCE", 0.05)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ProblemError, match=r"database is locked.*Another program is using it"):
            opened(path)


def test_that_dropped_commands_are_not_asked_of_the_next_worker(writer: RunWriter, path: Path) -> None:
    send_command(path, Stop())
    writer.drop_commands()
    assert writer.take_commands() == []


def test_that_readers_see_whole_steps_while_a_worker_writes(writer: RunWriter, path: Path) -> None:
    halves: list[int] = []
    done = threading.Event()

    def look() -> None:
        with RunReader(path) as reader:
            while not done.is_set():
                events = len(reader.events(kinds=["StepEnded"]))
                points = len(reader.scalars())
                if points < 2 * events:
                    halves.append(events)

    watcher = threading.Thread(target=look)
    watcher.start()
    for step in range(1, 60):
        writer.write(ended(step), step=step, scalars={"loss": 1.0, "grad_norm": 1.0})
    done.set()
    watcher.join()
    assert halves == []


def test_that_a_reader_cannot_write(writer: RunWriter, path: Path) -> None:
    writer.write(ended(1))
    with RunReader(path) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM events")


def test_that_a_folder_without_a_database_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"there is no run\.db here"):
        RunReader(tmp_path / "run.db")
    with pytest.raises(ProblemError, match=r"there is no run\.db here"):
        send_command(tmp_path / "run.db", Stop())


def test_that_a_file_that_is_not_a_database_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "run.db"
    file.write_bytes(b"not a database at all, but long enough to look like one to a hasty eye" * 20)
    with pytest.raises(ProblemError, match="cannot be read"):
        RunReader(file)


def test_that_an_empty_database_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "run.db"
    file.touch()
    with pytest.raises(ProblemError, match="the database is empty"):
        RunReader(file)


def test_that_a_database_of_a_newer_version_is_a_problem(writer: RunWriter, path: Path) -> None:
    writer._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(ProblemError, match="written by a newer version"):
        RunReader(path)


def test_that_loads_are_read_in_the_order_of_their_steps_also_where_a_resumed_run_wrote_some_again(
    writer: RunWriter, path: Path
) -> None:
    for step, slots in ((1, 1), (2, 2), (3, 3), (2, 20)):
        counts = np.full((1, 2), slots, np.float32)
        writer.write(ended(step), step=step, loads={"": counts, "units": counts})
    with LoadReader(path) as reader:
        window = reader.window(2)
    assert window is not None
    assert (window.steps, window.whole[:, 0, 0].tolist(), window.tasks["units"][:, 0, 0].tolist()) == (
        (1, 2),
        [1, 20],
        [1, 20],
    )


def test_that_the_tables_of_a_new_database_are_those_that_are_asked_for(writer: RunWriter) -> None:
    made = writer._connection.execute("SELECT name, type, sql FROM sqlite_master")
    assert {name: (kind, sql) for name, kind, sql in made} == run_database._OBJECTS
