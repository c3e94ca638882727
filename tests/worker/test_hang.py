"""A worker that hangs is shown as what it is, killed by hand, and resumed exactly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from studio.cli.app import app
from studio.core.problem import ProblemError
from studio.core.process.kill_worker import kill_worker
from studio.core.run.commands import Stop
from studio.core.run.run_db import RunWriter, send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state import stall
from studio.core.state.run_state import RunState, read_state
from tests.fake_run import FakeRun
from tests.patience import wait_until
from tests.processes import is_gone
from tests.tiny import make_tiny_model
from tests.training.small_run import assert_same_run, small_run, train
from tests.worker.faulty_worker import start_faulty

IN_A_STEP = """
import time
from studio.training.recorder import Recorder
step = Recorder.step
def hang(self, ended, *rest, **more):
    if ended.step == 4:
        print("waiting for a kernel that never ends", flush=True)
        while True:
            time.sleep(1)
    step(self, ended, *rest, **more)
Recorder.step = hang
"""
IN_DATA_LOADING = """
import time
from studio.training.recorder import Recorder
phase = Recorder.phase
def hang(self, name, detail=""):
    phase(self, name, detail)
    while name == "tokenising":
        try:
            time.sleep(600)
        except BaseException:
            continue
Recorder.phase = hang
"""


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (IN_A_STEP, "No step for"),
        pytest.param(IN_DATA_LOADING, "while it was tokenising", marks=pytest.mark.slow),
    ],
)
def test_that_a_worker_that_hangs_is_shown_ended_by_hand_and_resumed_exactly(
    fault: str, said: str, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stall, "TIMES_SLOWER", 0)
    for phase in stall.PATIENCE_BY_PHASE:
        monkeypatch.setitem(stall.PATIENCE_BY_PHASE, phase, 3.0)
    whole = small_run(tmp_path, tiny_model)
    assert train(whole) == 0
    folder = small_run(tmp_path, tiny_model)
    pid = start_faulty(folder, fault, tmp_path / "fault", monkeypatch)

    def hangs() -> RunState | None:
        # A slow machine may be called stalled before the fault, too: after as many steps, but with another last line.
        state = read_state(folder)
        its_own = fault != IN_A_STEP or "waiting for a kernel that never ends" in state.reason
        return state if said in state.reason and its_own else None

    state = wait_until(hangs, folder)
    assert state.stalled
    assert "The worker still holds the run; its log" in state.reason
    if fault == IN_A_STEP:
        assert (state.state, state.step) == ("running", 3)
    shown = CliRunner().invoke(app, ["show", str(folder.path)])
    assert said in shown.output
    listed = CliRunner().invoke(app, ["runs", "--runs", str(folder.path.parent), "--json"])
    assert next(run for run in json.loads(listed.stdout)["runs"] if run["id"] == folder.id)["stalled"]

    # A Stop is for a worker that looks; this one is still there two seconds later.
    send_command(folder.db, Stop())
    assert read_state(folder).state == "stopping"
    ended = CliRunner().invoke(app, ["stop", str(folder.path), "--now"])
    assert ended.exit_code == 0, ended.output
    assert "Its process was killed by hand" in ended.output
    assert is_gone(pid)
    state = read_state(folder)
    assert (state.state, state.stalled) == ("stopped", False)
    assert train(folder) == 0
    assert_same_run(folder, whole)


def test_that_only_this_runs_worker_is_ever_killed(tmp_path: Path) -> None:
    with FakeRun(tmp_path / "runs") as run:
        with pytest.raises(ProblemError, match="no worker holds it"):
            kill_worker(run.folder)
        # Its number is this test's own process: ending it would be noticed.
        run.start().train(1)
        with pytest.raises(ProblemError, match="it is not this run's worker"):
            kill_worker(run.folder)
        assert read_state(run.folder).state == "running"


def test_that_a_worker_of_another_machine_is_not_looked_for_here(tmp_path: Path) -> None:
    with FakeRun(tmp_path / "runs") as run:
        run.start()
        with RunWriter(run.folder.db) as writer, run.folder.reader() as reader:
            started = reader.last_events("RunStarted", 1)[0].event
            writer.write(started.model_copy(update={"host": "another"}))
        with pytest.raises(ProblemError, match="on another machine"):
            kill_worker(RunFolder(run.folder.path))
