"""Each of a run's states: derived from its lock and its last events, with a reason in a sentence."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.problem import Problem
from studio.core.run.commands import Command, EvaluateNow, Pause, Resume, Stop
from studio.core.run.events import PhaseStarted, RunPaused, RunStarted
from studio.core.run.run_db import RunWriter, send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.crash import crash_file
from studio.core.state.run_state import LIVE, RESUMABLE, WORKER_START_PATIENCE, RunState, read_state
from tests.fake_run import FakeRun


@pytest.fixture
def run(tmp_path: Path) -> Iterator[FakeRun]:
    with FakeRun(tmp_path / "runs", total_steps=10) as fake:
        yield fake


def told(run: FakeRun) -> RunState:
    state = read_state(run.folder)
    assert state.reason.endswith((".", "!")), "a reason is a sentence"
    assert state.is_live == (state.state in LIVE)
    return state


def test_that_a_run_nobody_took_up_waits(run: FakeRun) -> None:
    assert told(run) == RunState("waiting", "No worker has started this run yet; resuming starts it.", 0, None)


def test_that_a_run_whose_worker_was_just_started_is_starting(run: FakeRun) -> None:
    run.folder.log.touch()
    assert told(run).state == "starting"


def test_that_a_worker_that_never_reached_its_lock_is_lost(run: FakeRun) -> None:
    run.folder.log.write_text("ModuleNotFoundError", encoding="utf-8")
    long_ago = time.time() - WORKER_START_PATIENCE - 1
    os.utime(run.folder.log, (long_ago, long_ago))
    state = told(run)
    assert state.state == "lost"
    assert "log" in state.reason


def test_that_a_clock_that_was_set_back_keeps_no_dead_worker_starting(run: FakeRun) -> None:
    run.folder.log.write_text("A fault.\n", encoding="utf-8")
    ahead = time.time() + 3600
    os.utime(run.folder.log, (ahead, ahead))
    assert read_state(run.folder).state == "lost"


def test_that_a_run_that_only_holds_its_lock_is_starting(run: FakeRun) -> None:
    with run.folder.held():
        assert told(run).state == "starting"


def test_that_a_run_that_loads_its_model_says_so(run: FakeRun) -> None:
    with run.folder.held(), RunWriter(run.folder.db) as writer:
        writer.write(RunStarted(pid=1, host="here"), PhaseStarted(phase="loading", detail="SmolLM2-135M"))
        state = told(run)
    assert (state.state, state.reason, state.phase) == ("starting", "Loading: SmolLM2-135M.", "loading")


def test_that_a_run_that_trains_is_running_with_its_steps(run: FakeRun) -> None:
    run.start().train(3)
    assert told(run) == RunState("running", "Training, step 3 of 10.", 3, 10, "training")


@pytest.mark.parametrize(
    ("commands", "state"),
    [
        ([Pause()], "pausing"),
        ([Stop()], "stopping"),
        ([Pause(), Stop()], "stopping"),
        ([EvaluateNow()], "running"),
        ([Stop(), Resume()], "running"),
        ([Resume(), Pause()], "pausing"),
    ],
)
def test_that_a_command_that_waits_shows_at_once(run: FakeRun, commands: list[Command], state: str) -> None:
    run.start().train(1)
    for command in commands:
        send_command(run.folder.db, command)
    assert told(run).state == state


def test_that_a_pausing_worker_that_still_holds_its_lock_is_not_paused_yet(run: FakeRun) -> None:
    run.start().train(2)
    with RunWriter(run.folder.db) as writer:
        writer.write(RunPaused(step=2, checkpoint="checkpoints/step-000002"))
    assert told(run).state == "pausing"


def test_that_a_paused_run_says_where_it_continues(run: FakeRun) -> None:
    run.start().train(4).pause()
    state = told(run)
    assert (state.state, state.step, state.total_steps) == ("paused", 4, 10)
    assert "after step 4" in state.reason


def test_that_a_resumed_run_runs(run: FakeRun) -> None:
    run.start().train(4).pause().start()
    assert told(run).state == "running"
    assert told(run).step == 4
    run.train(1)
    assert told(run).step == 5


def test_that_a_run_resumed_from_an_earlier_checkpoint_is_at_that_step(run: FakeRun) -> None:
    run.start().train(4).checkpoint().train(3).die()
    run.step = 4
    run.start()
    assert told(run).step == 4


def test_that_a_finished_run_is_finished_even_before_its_worker_has_left(run: FakeRun) -> None:
    run.start().train(10).end()
    assert told(run) == RunState("finished", "All 10 steps are done.", 10, 10)


def test_that_a_stopped_run_keeps_its_step(run: FakeRun) -> None:
    run.start().train(5).end("stopped")
    assert (told(run).state, told(run).step) == ("stopped", 5)


def test_that_a_failed_run_gives_the_problem_as_its_reason(run: FakeRun) -> None:
    run.start().end("failed", (Problem("a.jsonl, line 7", "this is no JSON.", "Mend the line."),))
    assert (told(run).state, told(run).reason) == ("failed", "a.jsonl, line 7: this is no JSON. Mend the line.")


def test_that_a_killed_run_is_lost_and_names_the_checkpoint_to_continue_from(run: FakeRun) -> None:
    run.start().train(5).checkpoint().train(2).die()
    state = told(run)
    assert (state.state, state.step) == ("lost", 7)
    assert "resuming continues from step 5" in state.reason


def test_that_the_checkpoint_that_is_there_is_named_whatever_was_recorded(run: FakeRun) -> None:
    """Killed between a checkpoint's rename and its record, or with a checkpoint deleted by hand."""
    run.start().train(2).checkpoint().train(2).checkpoint().train().die()
    (run.folder.checkpoints / "step-000005").mkdir()
    assert "from step 5" in read_state(run.folder).reason
    for step in (4, 5):
        (run.folder.checkpoints / f"step-{step:06d}").rmdir()
    assert "from step 2" in read_state(run.folder).reason


def test_that_a_crashed_worker_is_distinguished_from_a_killed_one(run: FakeRun) -> None:
    run.start().train(2)
    with run.folder.reader() as reader:
        started = reader.last_event("RunStarted")
    assert started is not None
    assert isinstance(started.event, RunStarted)
    file = crash_file(run.folder.id, started.event.pid)
    file.parent.mkdir(parents=True)
    file.write_text("Fatal Python error: Segmentation fault\n\nThread 0x7f (most recent call first):\n", "utf-8")
    run.die()
    reason = read_state(run.folder).reason
    assert "The worker crashed (Fatal Python error: Segmentation fault; " in reason
    assert file.name in reason


def test_that_a_killed_run_without_a_checkpoint_starts_over(run: FakeRun) -> None:
    run.start().train(2).die()
    assert "starts over" in told(run).reason


def test_that_live_and_resumable_runs_are_never_the_same() -> None:
    assert not LIVE & RESUMABLE


def test_that_a_run_copied_from_another_machine_while_it_grows_opens_with_what_it_has(
    run: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = RunFolder(tmp_path / "copied")
    for steps in (3, 2):
        run.start().train(steps) if steps == 3 else run.train(steps)
        with monkeypatch.context() as patch:
            patch.setattr(platform, "node", lambda: "another")
            shutil.copytree(run.folder.path, copied.path, dirs_exist_ok=True)
            state = read_state(copied)
        assert state.state == "lost"
        assert state.reason.startswith("Copied from ")
        assert "it had done step" in state.reason
    assert (state.step, told(run).state) == (5, "running")
