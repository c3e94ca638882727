"""Killing a worker by hand when its processes do not end together: some refuse, and some end on their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from studio.core.problem import ProblemError
from studio.core.process import kill_worker as ending
from studio.core.process.kill_worker import kill_worker
from studio.core.state.run_state import read_state
from tests.fake_run import FakeRun


class FakeProcess:
    """A process as psutil shows it: `refuses` is raised by `kill`, after which it is gone unless it `stays`."""

    def __init__(
        self,
        pid: int,
        refuses: type[psutil.NoSuchProcess | psutil.AccessDenied] | None = None,
        stays: bool = False,
        ends: Callable[[], object] = bool,
    ) -> None:
        self.pid = pid
        self.family: list[FakeProcess] = []
        self.alive = True
        self._refuses, self._stays, self._ends = refuses, stays, ends

    def children(self, recursive: bool) -> list[FakeProcess]:
        assert recursive
        return self.family

    def cmdline(self) -> list[str]:
        return []

    def kill(self) -> None:
        self.alive = self._stays
        self._ends()
        if self._refuses is not None:
            raise self._refuses(self.pid)

    def is_running(self) -> bool:
        return self.alive

    def status(self) -> str:
        return psutil.STATUS_RUNNING


def end(run: FakeRun, worker: FakeProcess, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(ending, "_process_of", lambda folder: worker)
    monkeypatch.setattr(ending, "KILL_PATIENCE", 0.2)
    return kill_worker(run.folder)


def test_that_a_child_that_goes_with_its_worker_leaves_no_other_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(2)
        worker = FakeProcess(1, ends=run.die)
        worker.family = [FakeProcess(2, psutil.NoSuchProcess), FakeProcess(3, psutil.AccessDenied), FakeProcess(4)]
        said = end(run, worker, monkeypatch)
    assert not any(each.alive for each in worker.family)
    assert "killed by hand, after step 2" in said
    assert "could not be killed" not in said


def test_that_a_worker_that_refuses_because_it_is_ending_is_recorded_as_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(1)
        assert "killed by hand" in end(run, FakeProcess(1, psutil.AccessDenied, ends=run.die), monkeypatch)
        assert read_state(run.folder).state == "stopped"


def test_that_a_worker_that_the_system_protects_is_a_problem_and_no_end_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(1)
        with pytest.raises(ProblemError, match="does not let you kill it"):
            end(run, FakeProcess(1, psutil.AccessDenied, stays=True), monkeypatch)
        assert read_state(run.folder).state == "running"


def test_that_a_child_that_stays_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeRun(tmp_path) as run:
        run.start().train(1)
        worker = FakeProcess(1, ends=run.die)
        worker.family = [FakeProcess(77, psutil.AccessDenied, stays=True)]
        assert "Processes that it had started could not be killed: 77." in end(run, worker, monkeypatch)
