"""Two workers that meet at an address, as on two machines of a cluster: one run, which the first of them holds."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.process.start_worker import python_environment
from studio.core.state.run_state import read_state
from studio.worker.crew_launch import join_crew
from tests.training.small_run import events, small_run


@pytest.mark.skipif(sys.platform == "win32", reason="torch for Windows lets no machines meet")
@pytest.mark.fresh
@pytest.mark.slow  # two workers and two processes import torch
def test_that_two_machines_train_one_run_and_the_second_opens_no_database(tmp_path: Path, tiny_model: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        meeting = f'"127.0.0.1:{free.getsockname()[1]}"'
    folder = small_run(tmp_path, tiny_model, machine__nodes=2, machine__rendezvous=meeting)
    workers = []
    for node in range(2):
        with (tmp_path / f"node-{node}.log").open("wb") as log:
            command = [sys.executable, "-m", "studio.worker.run", str(folder.path)]
            environment = python_environment(MIXLORA_STUDIO_NODE=str(node))
            workers.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))
    said = "\n".join((tmp_path / f"node-{node}.log").read_text(encoding="utf-8") for node in range(2))
    assert [worker.wait() for worker in workers] == [0, 0], said
    assert read_state(folder).state == "finished"
    (started,) = events(folder, "RunStarted")
    assert started.pid == workers[0].pid
    assert [event.step for event in events(folder, "StepEnded")] == [1, 2, 3, 4, 5, 6]


def test_that_under_windows_several_machines_are_a_problem_and_no_crash(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, machine__nodes=2, machine__rendezvous="127.0.0.1:1")
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ProblemError, match="without libuv"):
        join_crew(folder, folder.recipe().machine)
