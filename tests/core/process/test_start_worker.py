"""Starting a worker: a process of its own, its output in the run's log, one for each run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.process.start_worker import start_worker, worker_python
from studio.core.run.commands import Pause, Stop
from studio.core.run.run_db import send_command
from tests.fake_run import FakeRun
from tests.patience import wait_until
from tests.processes import is_gone

pytestmark = pytest.mark.fresh


def test_that_a_worker_is_detached_and_its_output_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An interpreter that fails at once does for a worker here: what it prints must reach worker.log.
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "none"))
    with FakeRun(tmp_path / "läufe hier") as run:
        pid = start_worker(run.folder)
        wait_until(lambda: is_gone(pid))
        assert run.folder.log.read_bytes()


def test_that_a_run_with_a_worker_gets_no_second_one(tmp_path: Path) -> None:
    with FakeRun(tmp_path) as run:
        run.start()
        with pytest.raises(ProblemError, match="a worker is training this run already"):
            start_worker(run.folder)


def test_that_an_interpreter_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    with FakeRun(tmp_path) as run, pytest.raises(ProblemError, match="the worker cannot be started"):
        start_worker(run.folder, str(tmp_path / "no-python"))


def test_that_a_worker_of_a_windowed_interpreter_runs_in_the_one_with_a_console(tmp_path: Path) -> None:
    assert worker_python(str(tmp_path / "pythonw.exe")) == str(tmp_path / "python.exe")
    assert worker_python(sys.executable) == sys.executable


def test_that_what_was_asked_of_an_earlier_worker_is_not_asked_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "none"))
    with FakeRun(tmp_path) as run:
        send_command(run.folder.db, Stop())
        pid = start_worker(run.folder)
        # Asked while the worker starts, it is for that worker.
        send_command(run.folder.db, Pause())
        wait_until(lambda: is_gone(pid))
        with run.folder.reader() as reader:
            assert reader.waiting_commands() == [Pause()]
