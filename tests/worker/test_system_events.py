"""What happens to a worker from outside: the system's signals, a closed console, a crash, a stranger's modules."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.core.process.start_worker import start_worker
from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe.recipe import Recipe, TaskTable, TrainingTable
from studio.core.run.commands import Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.state.run_state import read_state
from studio.training import stop_requests
from studio.training.stop_requests import StopRequests
from tests.patience import wait_until
from tests.training.small_run import curve, events
from tests.worker.light_training import light_workers

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A long run whose worker trains without a model."""
    for name, value in light_workers(tmp_path / "light").items():
        monkeypatch.setenv(name, value)
    recipe = Recipe(
        name="long",
        tasks=(TaskTable(name="none", train="/none.jsonl"),),
        training=TrainingTable(max_steps=100_000),
        machine=MachineTable(device="cpu"),
    )
    return create_run(recipe, tmp_path / "Läufe mit Raum")


@posix
def test_that_a_logoff_that_sends_hangup_right_after_its_request_leaves_time_for_a_checkpoint(
    folder: RunFolder,
) -> None:
    """As systemd ends a session: SIGTERM, and SIGHUP at once."""
    pid = start_worker(folder)
    wait_until(lambda: curve(folder), folder)
    for number in (signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    wait_until(lambda: not folder.is_alive(), folder)
    state = read_state(folder)
    assert state.state == "stopped"
    assert "The system asked the worker to end (SIG" in state.reason


@posix
def test_that_a_worker_under_nohup_ignores_a_hangup(folder: RunFolder) -> None:
    nohup = "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    worker = [sys.executable, "-m", "studio.worker.run", str(folder.path)]
    with subprocess.Popen([sys.executable, "-c", nohup, *worker]) as process:
        wait_until(lambda: curve(folder))
        process.send_signal(signal.SIGHUP)
        before = len(curve(folder))
        wait_until(lambda: len(curve(folder)) > before + 2)
        send_command(folder.db, Stop())
    assert read_state(folder).reason == "It was asked to stop."


@posix
def test_that_a_crash_in_native_code_is_reported_and_its_paths_stay_out_of_the_runs_log(
    folder: RunFolder, studio_home: Path
) -> None:
    pid = start_worker(folder)
    wait_until(lambda: curve(folder), folder)
    os.kill(pid, signal.SIGSEGV)
    wait_until(lambda: not folder.is_alive(), folder)
    state = read_state(folder)
    assert state.state == "lost"
    assert "The worker crashed (Fatal Python error: Segmentation fault" in state.reason
    (left,) = (studio_home / "logs").iterdir()
    assert "light_training.py" in left.read_text(encoding="utf-8")
    assert "light_training.py" not in folder.log.read_text(encoding="utf-8")
    start_worker(folder)
    wait_until(lambda: events(folder, "RunResumed"), folder)
    send_command(folder.db, Stop())
    wait_until(lambda: read_state(folder).state == "stopped" and not folder.is_alive(), folder)
    # One that ends in good order leaves nothing there.
    wait_until(lambda: set((studio_home / "logs").iterdir()) <= {left})


def test_that_a_module_in_a_strangers_run_is_not_what_a_worker_imports(folder: RunFolder) -> None:
    ran = folder.path / "ran"
    for name in ("json", "psutil", "studio", "torch"):
        (folder.path / f"{name}.py").write_text(f"open({str(ran)!r}, 'w')", encoding="utf-8")
    start_worker(folder)
    wait_until(lambda: curve(folder), folder)
    send_command(folder.db, Stop())
    wait_until(lambda: not folder.is_alive(), folder)
    assert not ran.exists()


@pytest.mark.parametrize(("event", "said"), [(2, "console was closed"), (5, "logs off"), (6, "shuts down")])
def test_that_a_console_that_closes_is_kept_waiting_while_the_worker_ends(
    event: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(stop_requests.time, "sleep", waited.append)
    asked: Any = StopRequests()
    assert asked._note_console(0) is asked._note_console(1) is False  # Ctrl-C and Ctrl-Break come as signals
    assert not asked.system_reason
    assert asked._note_console(event) is True
    assert said in asked.system_reason
    assert waited == [stop_requests._LONGER_THAN_WINDOWS_WAITS]
