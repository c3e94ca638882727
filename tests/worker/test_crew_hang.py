"""A process of several that hangs, and lives: the run ends with that reason, and in no other case of a long wait."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio.core.run.events import PhaseStarted, StepEnded
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.core.state import pulse as pulses
from studio.core.state.pulse import Pulse, pulse_file, write_pulse
from studio.core.state.run_state import read_state
from studio.worker import crew_silence
from studio.worker.crew_silence import LEAST, OTHERWISE, TIMES, CrewSilence, pulse_of
from tests.fake_run import FakeRun
from tests.patience import wait_until
from tests.training.small_run import small_run
from tests.worker.faulty_worker import start_faulty

SECOND_SLEEPS = """
import os, time
if "RANK" in os.environ or "studio.worker.run" in " ".join(__import__("sys").orig_argv):
    from studio.worker import crew_silence
    crew_silence.LEAST, crew_silence.TIMES = 6.0, 0
if os.environ.get("RANK") == "1":
    from studio.training.recorder import Recorder
    beat = Recorder.beat
    def hang(self):
        beat(self)
        while self.reached == 3:
            time.sleep(1)
    Recorder.beat = hang
"""


def test_that_a_process_that_sleeps_ends_the_run_with_its_own_reason(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model, machine__processes=2, training__max_steps=100_000, training__save_every=2)
    start_faulty(folder, SECOND_SLEEPS, tmp_path / "fault", monkeypatch)
    wait_until(lambda: read_state(folder).state == "failed", folder)
    state = read_state(folder)
    assert state.reason.startswith("Process 2 of 2 did nothing for "), state.reason
    assert "and the others waited for it, after step 3; resuming continues from step 2." in state.reason
    wait_until(lambda: not folder.is_alive(), folder)


class Listening:
    """The silence of two processes, of so many in all, whose pulses and clock a test sets; both are this process."""

    def __init__(self, folder: RunFolder, place: Path, monkeypatch: pytest.MonkeyPatch, of: int = 2) -> None:
        self._now = 1000.0
        for module in (crew_silence, pulses):
            monkeypatch.setattr(module, "awake", lambda: self._now)
        self._files = (pulse_file(folder.path), pulse_of(place, 1))
        self._silence = CrewSilence(folder, place, 0, 2, of)
        self.look(None, None)

    def look(self, *silent: tuple[float, bool] | None) -> str:
        """Look a second later, when each process has said (seconds of its silence, whether it waits), or nothing."""
        self._now += 1.0
        for file, each in zip(self._files, silent, strict=True):
            if each is not None:
                write_pulse(file, Pulse(os.getpid(), self._now, *each))
        me: Any = SimpleNamespace(pid=os.getpid())
        return self._silence.hang([me])

    def look_at_none(self) -> str:
        """Look a second later, when no process has been started."""
        self._now += 1.0
        return self._silence.hang([])


@pytest.fixture
def run(tmp_path: Path) -> Any:
    with FakeRun(tmp_path / "runs") as run:
        run.start()
        yield run


def _in_phase(run: FakeRun, phase: Any, step_seconds: float = 1.0) -> None:
    with RunWriter(run.folder.db) as writer:
        writer.write(PhaseStarted(phase=phase))
        for step in range(1, 6):
            ended = StepEnded(step=step, total_steps=9, epoch=0, loss=1.0, seconds=step_seconds, tokens=1)
            writer.write(ended, step=step)


def test_that_who_waits_is_not_the_one_that_hangs(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listening = Listening(run.folder, tmp_path, monkeypatch)
    _in_phase(run, "training")
    assert not listening.look((LEAST + 10, True), (LEAST - 10, False))
    assert listening.look((LEAST + 20, True), (LEAST + 2, False)).startswith("Process 2 of 2 did nothing for 5 min")
    assert listening.look((LEAST + 20, False), (LEAST + 2, True)).startswith("Process 1 of 2")
    assert listening.look((LEAST + 20, True), (LEAST + 20, True)).startswith("Its 2 processes did nothing")


def test_that_long_steps_evaluations_and_checkpoints_are_given_their_time(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = Listening(run.folder, tmp_path, monkeypatch)
    _in_phase(run, "training", step_seconds=100.0)
    assert not listening.look((LEAST * 3, True), (TIMES * 100 - 5, False))
    assert listening.look((LEAST * 9, True), (TIMES * 100 + 5, False))
    for phase in ("evaluating", "saving", "loading"):
        _in_phase(run, phase)
        assert not listening.look((LEAST * 3, False), (LEAST * 3, True)), phase
        assert listening.look((OTHERWISE + 5, False), (OTHERWISE + 5, True)).startswith("Process 1 of 2"), phase


def test_that_a_process_without_a_pulse_is_silent_and_a_machine_that_slept_is_not_held_against_it(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = Listening(run.folder, tmp_path, monkeypatch)
    _in_phase(run, "training")
    listening._now += 100 * LEAST  # all slept
    assert not listening.look((LEAST + 5, True), None)
    for _ in range(int(LEAST) + 1):
        said = listening.look((LEAST + 5, True), None)
    assert said.startswith("Process 2 of 2")


def test_that_what_an_earlier_worker_did_last_says_nothing_of_how_long_these_take_to_begin(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_phase(run, "training")
    listening = Listening(run.folder, tmp_path, monkeypatch)
    assert not listening.look((OTHERWISE - 5, True), (OTHERWISE - 5, False)), "torch may be imported from a slow disk"
    assert listening.look((OTHERWISE + 5, True), (OTHERWISE + 5, False)).startswith("Process 2 of 2")
    _in_phase(run, "training")
    assert listening.look((LEAST + 5, True), (LEAST + 5, False)).startswith("Process 2 of 2")


def test_that_one_machine_waits_for_another_s_set_up_however_long_and_for_its_steps_as_for_its_own(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = Listening(run.folder, tmp_path, monkeypatch, of=4)
    for _ in range(int(OTHERWISE) + 10):
        assert not listening.look_at_none(), "their machines have not met"
    _in_phase(run, "loading")
    assert not listening.look((OTHERWISE * 3, True), (OTHERWISE * 3, True)), "another machine fetches the model"
    assert listening.look((OTHERWISE * 3, True), (OTHERWISE * 3, False)).startswith("Process 2 of 4")
    _in_phase(run, "training")
    assert listening.look((LEAST + 5, True), (LEAST + 5, True)).startswith("Its 4 processes")
