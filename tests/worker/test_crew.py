"""A run in several processes, started as the window starts it: it ends with its reason whatever becomes of them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from torch.distributed.launcher.api import LaunchConfig

from studio.core.process.start_worker import start_worker
from studio.core.run.commands import Pause
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.worker.crew_launch import join_crew
from tests.patience import wait_until
from tests.processes import is_gone
from tests.training.small_run import events, small_run

PROMISED = 10.0  # seconds from a process's end to the run's


@pytest.fixture
def folder(tmp_path: Path, tiny_model: Path) -> RunFolder:
    return small_run(tmp_path, tiny_model, machine__processes=2, training__max_steps=100_000, training__save_every=5)


def test_that_a_crew_pauses_goes_on_and_ends_soon_after_one_process_is_killed(folder: RunFolder) -> None:
    worker = start_worker(folder)
    wait_until(lambda: read_state(folder).step >= 3, folder)
    send_command(folder.db, Pause())
    wait_until(lambda: read_state(folder).state == "paused", folder)
    reached = read_state(folder).step
    wait_until(lambda: is_gone(worker), folder)

    worker = start_worker(folder)
    wait_until(lambda: read_state(folder).step >= reached + 2, folder)
    crew = _crew(worker)
    assert len(crew) == 2
    (started, resumed) = events(folder, "RunStarted", "RunResumed")
    assert (started.pid != worker, resumed.pid, resumed.step) == (True, worker, reached)
    follower = next(each for each in crew if each.environ()["RANK"] == "1")
    follower.kill()
    killed = time.monotonic()
    wait_until(lambda: read_state(folder).state == "failed", folder)
    assert time.monotonic() - killed < PROMISED
    state = read_state(folder)
    assert "Process 2 of 2 was killed (SIGKILL), after step" in state.reason or "ended with code" in state.reason
    assert "resuming continues from step" in state.reason
    wait_until(lambda: all(is_gone(each.pid) for each in crew), folder)


def _crew(worker: int) -> list[psutil.Process]:
    return [each for each in psutil.Process(worker).children(recursive=True) if "studio.worker.rank" in each.cmdline()]


def test_that_torchrun_is_asked_to_heed_only_signals_that_the_system_has(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each that Windows has not it would print a traceback into the log."""
    asked: list[str] = []

    def launch(config: LaunchConfig, _: str) -> Callable[..., None]:
        asked.append(config.signals_to_handle)
        return lambda *_: None

    monkeypatch.setattr("torch.distributed.launcher.api.elastic_launch", launch)
    for name in ("SIGHUP", "SIGQUIT"):
        monkeypatch.delattr(signal, name, raising=False)
    assert join_crew(folder, folder.recipe().machine) == 0
    assert asked == ["SIGTERM,SIGINT"]
