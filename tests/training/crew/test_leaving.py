"""One of several processes leaves before the first step, or alone runs out of memory: no other waits for it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio.core.process.lost_process import ProcessLostError
from studio.core.run.commands import Pause, Stop
from studio.core.run.events import RunStarted, StepEnded
from studio.core.run.run_db import RunWriter, send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.training.crew.crew import Crew, OutOfMemoryInOne
from studio.training.recorder import Recorder
from studio.training.run import train_run
from studio.training.stop_requests import LeaveBeforeTraining, StopRequests
from studio.worker import crew_launch
from studio.worker.crew_launch import library_settings, train_as_crew
from tests.training.small_run import small_run


@pytest.fixture
def folder(tmp_path: Path, tiny_model: Path) -> RunFolder:
    return small_run(tmp_path, tiny_model, machine__processes=2)


def _meeting(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> list[str]:
    """Let the crew's first meeting end with `error`; returns what is met for afterwards."""
    met: list[str] = []

    def join(self: Crew, on_cards: bool) -> None:
        raise error

    monkeypatch.setattr(Crew, "join", join)
    monkeypatch.setattr(Crew, "part", lambda self: met.append("part"))
    return met


def test_that_a_stop_that_another_process_saw_first_is_a_stop(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_command(folder.db, Stop())
    _meeting(monkeypatch, ProcessLostError("connection closed by peer"))
    with folder.held():
        assert train_run(folder, crew=Crew(0, 2)) == 0
    assert read_state(folder).state == "stopped"


def test_that_who_leaves_before_training_waits_for_nobody(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    met = _meeting(monkeypatch, LeaveBeforeTraining("stop", "It was asked to stop"))
    with folder.held():
        assert train_run(folder, crew=Crew(0, 2)) == 0
    assert read_state(folder).state == "stopped"
    assert met == [], "the others may wait in another call, in which both would wait for ever"


def test_that_a_command_is_kept_when_the_others_have_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: Crew, is_so: bool) -> bool:
        raise ProcessLostError("connection closed by peer")

    monkeypatch.setattr(Crew, "any", lost)
    monkeypatch.setattr(Recorder, "take_commands", lambda self: [Stop()])
    requests = StopRequests(Crew(0, 2))
    with pytest.raises(ProcessLostError):
        requests.take(Recorder(None))
    assert requests.leave == "stop"


def test_that_memory_that_ran_out_in_one_process_is_a_reason_to_go_on_only_where_all_know() -> None:
    alone, several = Crew(), Crew(0, 2)
    error: Any = MemoryError("out of memory")
    assert alone.can_take_less(error)
    assert not several.can_take_less(error), "the others wait for a step that will not come"
    assert several.can_take_less(OutOfMemoryInOne("out of memory in process 2 of 2"))
    assert not alone.can_take_less(RuntimeError("shapes differ"))


@pytest.mark.parametrize(("command", "becomes"), [(Stop(), "stopped"), (Pause(), "paused")])
def test_that_a_crew_asked_to_leave_in_set_up_did_so_although_its_leader_had_to_be_killed(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch, command: Stop | Pause, becomes: str
) -> None:
    """Its leader may be in one call of a library for longer than the others wait that heard the command."""

    def launched(folder: RunFolder, *rest: Any) -> dict[int, Any]:
        with RunWriter(folder.db) as writer:
            writer.write(RunStarted(pid=1, host="here"))
        send_command(folder.db, command)
        return {0: SimpleNamespace(exitcode=-9, timestamp=0, message="")}

    monkeypatch.setattr(crew_launch, "_launched", launched)
    with folder.held():
        assert train_as_crew(folder, folder.recipe().machine, StopRequests()) == 0
    state = read_state(folder)
    assert state.state == becomes
    with folder.reader() as reader:
        assert not reader.waiting_commands(), "the next worker would leave again"


def test_that_a_process_lost_in_training_is_a_failure_whatever_was_asked_meanwhile(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def launched(folder: RunFolder, *rest: Any) -> dict[int, Any]:
        with RunWriter(folder.db) as writer:
            writer.write(RunStarted(pid=1, host="here"))
            writer.write(StepEnded(step=1, total_steps=6, epoch=0, loss=1.0, seconds=1.0, tokens=1), step=1)
        send_command(folder.db, Stop())
        return {1: SimpleNamespace(exitcode=-9, timestamp=0, message="")}

    monkeypatch.setattr(crew_launch, "_launched", launched)
    with folder.held():
        assert train_as_crew(folder, folder.recipe().machine, StopRequests()) == 1
    assert read_state(folder).state == "failed"
    assert "Process 2 of 2 was killed" in read_state(folder).reason


def test_that_torchrun_is_told_what_windows_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLOO_SOCKET_IFNAME", raising=False)
    windows, linux = (library_settings(platform, nodes=2) for platform in ("win32", "linux"))
    assert "SIGHUP" not in windows["TORCHELASTIC_SIGNALS_TO_HANDLE"]
    assert all(each["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] == "1" for each in (windows, linux))
    assert "GLOO_SOCKET_IFNAME" not in linux, "other machines are not reached by the loopback"
    assert library_settings("linux", nodes=1)["GLOO_SOCKET_IFNAME"] == "lo"
