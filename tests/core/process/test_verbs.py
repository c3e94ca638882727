"""The verbs on a run, decided by what it is now: the same for a button and for a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.process.verbs import Order, after_resume, enqueue, leave_queue, order
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.run.commands import CheckpointNow, Command, Pause, Resume, Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from tests.fake_run import FakeRun, make_fake_run


def waiting() -> list[RunFolder]:
    return [entry.folder for entry in read_queue().entries]


@pytest.mark.parametrize("command", [Pause(), Stop(), CheckpointNow()])
def test_that_a_live_runs_worker_is_sent_the_command(tmp_path: Path, command: Command) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(2)
        assert order(run.folder, command) == Order(run.folder, command)


@pytest.mark.parametrize("command", [Pause(), Stop(), CheckpointNow(), Resume()])
def test_that_a_finished_run_takes_no_command(tmp_path: Path, command: Command) -> None:
    with pytest.raises(ProblemError, match="it is finished, so there is nothing to"):
        order(make_fake_run(tmp_path, steps=3), command)


def test_that_a_run_without_a_worker_is_resumed_by_a_new_one(tmp_path: Path) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(2).pause()
    assert order(run.folder, Resume()) == Order(run.folder, starts=True)


def test_that_a_resume_for_a_leaving_worker_is_pending_until_it_is_read_or_the_worker_has_left(
    tmp_path: Path,
) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(2)
        send_command(run.folder.db, Pause())
        given = order(run.folder, Resume())
        assert given == Order(run.folder, Resume(), pending=True)
        send_command(run.folder.db, Resume())
        assert after_resume(run.folder) == Order(run.folder, pending=True)
        run.pause()
        assert after_resume(run.folder) == Order(run.folder, starts=True)
        run.take_commands()
        assert after_resume(run.folder) is None


@pytest.mark.parametrize(("command", "stays"), [(Pause(), False), (Stop(), False), (Resume(), True)])
def test_that_a_run_that_is_paused_or_stopped_by_hand_leaves_the_queue(
    tmp_path: Path, command: Command, stays: bool
) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(2)
        put_in_queue(run.folder, "cpu", "cpu")
        leave_queue(order(run.folder, command))
        assert (waiting() == [run.folder]) == stays


def test_that_a_run_with_a_worker_or_an_end_is_not_put_in_the_queue(tmp_path: Path) -> None:
    with FakeRun(tmp_path, "live") as run:
        run.start().train(2)
        with pytest.raises(ProblemError, match="it is running"):
            enqueue(run.folder, "cpu", "cpu")
    with pytest.raises(ProblemError, match="Start a new run"):
        enqueue(make_fake_run(tmp_path, steps=3, name="done"), "cpu", "cpu")
    assert waiting() == []
    with FakeRun(tmp_path, "paused") as run:
        run.start().train(2).pause()
    enqueue(run.folder, "cpu", "cpu")
    assert [each.path.resolve() for each in waiting()] == [run.folder.path.resolve()]
