"""The queue at work: which run is started, which waits for which and says so, which is removed, and gaming mode."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from studio.core import places
from studio.core.problem import ProblemError
from studio.core.process.dispatch import arrived, begin_game, end_game, refuse_busy, start_next
from studio.core.queue.device_lock import DeviceBusyError, DeviceLock
from studio.core.queue.queue import change_queue, put_in_queue, read_queue
from studio.core.queue.queue_text import seconds_left
from studio.core.run.commands import Pause
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import WORKER_START_PATIENCE, read_state
from tests.fake_run import FakeRun, make_fake_run, start_no_worker


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the runs that were given a worker, which does not exist here."""
    return start_no_worker(monkeypatch, "studio.core.process.dispatch.start_worker")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[type[FakeRun]]:
    """Makes runs in one folder, closed at the end."""
    with ExitStack() as made:
        yield lambda name: made.enter_context(FakeRun(tmp_path / "runs", name))  # type: ignore[misc]


def wait_for_cpu(*runs: FakeRun) -> None:
    for run in runs:
        put_in_queue(run.folder, "cpu", "cpu")


def waiting() -> list[Path]:
    return [each.run for each in read_queue().entries]


def later(folder: RunFolder) -> None:
    """Let the time pass in which a started worker may reach its lock."""
    change_queue(lambda queue: queue.changed(folder, started=time.time() - WORKER_START_PATIENCE - 1))


def test_that_nothing_is_done_and_no_file_made_without_a_queue(started: list[str]) -> None:
    assert start_next().started == ()
    assert not places.queue_file().exists()


def test_that_one_run_is_started_on_each_free_device(started: list[str], make: type[FakeRun]) -> None:
    a, b, c = make("a"), make("b"), make("c")
    wait_for_cpu(a, b)
    put_in_queue(c.folder, "0000-01-00-0", "cuda:0")
    assert [folder.id for folder in start_next().started] == [a.folder.id, c.folder.id]
    assert start_next().started == ()
    assert started == [a.folder.id, c.folder.id]
    assert read_state(a.folder).state == "starting"
    state = read_state(b.folder)
    assert state.state == "waiting"
    assert state.reason == "Second in the queue for cpu, behind 'a'."


def test_that_a_run_waits_for_the_one_that_trains_and_says_for_which_and_how_long(
    started: list[str], make: type[FakeRun]
) -> None:
    a, b, c = make("three tasks"), make("b"), make("c")
    a.start().train(24)
    wait_for_cpu(b, c)
    with DeviceLock("cpu").held(a.folder, "cpu"):
        assert start_next().started == ()
        assert seconds_left(a.folder) == pytest.approx(36 * 5.0)
        assert read_state(b.folder).reason == (
            "First in the queue for cpu; 'three tasks' (about 3 minutes left) is training there now."
        )
        assert read_state(c.folder).reason.endswith("is training there now, 1 ahead of it.")
        with pytest.raises(DeviceBusyError, match=r"'three tasks'.*one run at a time.*--queue"):
            refuse_busy("cpu", "cpu")
        refuse_busy("0000-01-00-0", "cuda:0")
    assert started == []


def test_that_the_worker_that_leaves_starts_the_next_while_it_still_holds_the_device(
    started: list[str], make: type[FakeRun]
) -> None:
    a, b = make("a"), make("b")
    wait_for_cpu(b)
    with DeviceLock("cpu").held(a.folder, "cpu"):
        start_next(leaving=["cpu"])
    assert started == [b.folder.id]
    with pytest.raises(DeviceBusyError, match="'b' is starting"):
        refuse_busy("cpu", "cpu")


def test_that_a_run_leaves_the_queue_when_its_worker_holds_the_device(started: list[str], make: type[FakeRun]) -> None:
    a = make("a")
    wait_for_cpu(a)
    start_next()
    change_queue(lambda queue: arrived(a.folder, queue))
    assert waiting() == []


def test_that_a_worker_that_never_came_is_tried_again_and_then_given_up(
    started: list[str], make: type[FakeRun]
) -> None:
    a, b = make("a"), make("b")
    wait_for_cpu(a, b)
    start_next()
    later(a.folder)
    start_next()
    assert started == [a.folder.id] * 2
    later(a.folder)
    (problem,) = start_next().problems
    assert "'a'" not in problem.where
    assert problem.where == "queue: a"
    assert "2 workers died before they began" in problem.what
    assert str(a.folder.log) in problem.remedy
    assert started[2:] == [b.folder.id]


def test_that_runs_that_vanished_or_are_finished_are_said_and_left_out(
    started: list[str], make: type[FakeRun], tmp_path: Path
) -> None:
    gone = RunFolder(tmp_path / "gone")
    put_in_queue(gone, "cpu", "cpu")
    put_in_queue(make_fake_run(tmp_path / "runs", name="done"), "cpu", "cpu")
    broken = make("broken")
    broken.folder.db.write_bytes(b"no database" * 500)
    last = make("last")
    wait_for_cpu(broken, last)
    looked = start_next()
    assert [problem.where for problem in looked.problems] == ["queue: gone", "queue: done", "queue: broken"]
    assert "not a run's folder" in looked.problems[0].what
    assert "finished already" in looked.problems[1].what
    assert "cannot be read" in looked.problems[2].what
    assert started == [last.folder.id]
    assert waiting() == [last.folder.path.resolve()]


def test_that_a_paused_run_that_is_queued_waits_and_says_where_it_continues(
    started: list[str], make: type[FakeRun]
) -> None:
    a = make("a")
    a.start().train(7).pause()
    wait_for_cpu(a)
    state = read_state(a.folder)
    assert (state.state, state.step, state.total_steps) == ("waiting", 7, 60)
    assert state.reason.startswith("First in the queue for cpu, which is free")
    assert state.reason.endswith("It continues from step 7.")


def test_that_gaming_mode_pauses_training_holds_the_queue_and_then_continues_the_paused_run_first(
    started: list[str], make: type[FakeRun]
) -> None:
    a, b = make("a"), make("b")
    wait_for_cpu(b)
    a.start().train(3)
    with DeviceLock("cpu").held(a.folder, "cpu"):
        assert [folder.id for folder in begin_game()] == [a.folder.id]
        with a.folder.reader() as reader:
            assert reader.waiting_commands() == [Pause()]
        assert read_state(a.folder).state == "pausing"
        a.pause()
    assert start_next().started == ()
    state = read_state(a.folder)
    assert state.state == "paused"
    assert "for gaming mode" in state.reason
    assert "it waits for gaming mode to end" in read_state(b.folder).reason
    with pytest.raises(DeviceBusyError, match=r"so nothing trains.*game off"):
        refuse_busy("cpu", "cpu")
    assert [folder.id for folder in end_game().started] == [a.folder.id]
    assert waiting() == [a.folder.path.resolve(), b.folder.path.resolve()]
    assert started == [a.folder.id]


def test_that_gaming_mode_that_ends_before_the_pause_is_done_resumes_after_it(
    started: list[str], make: type[FakeRun]
) -> None:
    a = make("a")
    a.start().train(3)
    with DeviceLock("cpu").held(a.folder, "cpu"):
        begin_game()
        assert end_game().started == ()
        a.pause()
        assert [folder.id for folder in start_next(leaving=["cpu"]).started] == [a.folder.id]


def test_that_gaming_mode_meets_a_worker_that_is_on_its_way(started: list[str], make: type[FakeRun]) -> None:
    a = make("a")
    wait_for_cpu(a)
    start_next()
    begin_game()
    queue = change_queue(lambda queue: arrived(a.folder, queue))
    assert queue.game is not None
    assert waiting() == [a.folder.path.resolve()]
    assert [folder.id for folder in end_game().started] == [a.folder.id]


def test_that_a_broken_queue_hides_no_run_and_is_reported_where_it_is_changed(
    started: list[str], make: type[FakeRun]
) -> None:
    a = make("a")
    places.queue_file().write_text("{", encoding="utf-8")
    assert read_state(a.folder).state == "waiting"
    with pytest.raises(ProblemError, match="the queue cannot be read"):
        start_next()
