"""A live worker that has been silent for too long is distinguished from one that works, sleeps, or is merely slow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from studio.core.run.events import PhaseStarted
from studio.core.run.run_db import RunWriter
from studio.core.state import pulse
from studio.core.state.pulse import PULSE_BYTES, PULSE_LATE, Beating, Pulse, awake, pulse_file, read_pulse, write_pulse
from studio.core.state.run_state import RunState, read_state
from tests.fake_run import FakeRun
from tests.patience import wait_until


@pytest.fixture
def run(tmp_path: Path) -> Iterator[FakeRun]:
    with FakeRun(tmp_path / "runs", total_steps=10) as fake:
        yield fake.start()


def told(run: FakeRun, silent: float, age: float = 0.0, pid: int | None = None) -> RunState:
    """The state of a run whose worker wrote its last pulse `age` seconds ago, after a silence of `silent`."""
    write_pulse(pulse_file(run.folder.path), Pulse(pid or os.getpid(), awake() - age, silent))
    return read_state(run.folder)


def silence(file: Path) -> float:
    found = read_pulse(file)
    assert found is not None
    return found.silent


def in_phase(run: FakeRun, phase: str) -> FakeRun:
    with RunWriter(run.folder.db) as writer:
        writer.write(PhaseStarted.model_validate({"phase": phase}))
    return run


def test_that_a_step_that_takes_far_longer_than_the_last_ones_is_a_stall(run: FakeRun) -> None:
    run.train(3)
    run.folder.log.write_text("Loading weights\nfetching batch 4\n\n", encoding="utf-8")
    state = told(run, silent=240)
    assert (state.state, state.stalled, state.step) == ("running", True, 3)
    assert state.reason == (
        "No step for 4 minutes; the last ones took 5 seconds each. The worker still holds the run; its log's last line:"
        " fetching batch 4. If this lasts, kill it (`stop --now`) and resume."
    )


def test_that_the_pace_of_the_last_steps_decides_what_is_too_long(run: FakeRun) -> None:
    run.train(3)  # of five seconds each
    assert not told(run, silent=59).stalled
    assert told(run, silent=61).stalled
    with RunWriter(run.folder.db) as writer, run.folder.reader() as reader:
        slow = reader.last_events("StepEnded", 1)[0].event
        writer.write(*(slow.model_copy(update={"step": step, "seconds": 100.0}) for step in (4, 5, 6, 7)))
    assert not told(run, silent=990).stalled
    assert told(run, silent=1010).stalled


def test_that_a_first_step_is_given_longer_since_kernels_may_be_compiled(run: FakeRun) -> None:
    assert not told(run, silent=500).stalled
    assert "No first step after 12 minutes" in told(run, silent=700).reason


@pytest.mark.parametrize("phase", ["loading", "tokenising", "probing", "evaluating", "sampling", "saving", "exporting"])
def test_that_each_phase_has_its_own_patience_and_says_what_it_was(run: FakeRun, phase: str) -> None:
    in_phase(run, phase)
    assert not told(run, silent=100).stalled
    state = told(run, silent=301)
    assert state.stalled
    assert "No sign of life for 5 minutes while it was" in state.reason
    assert state.phase == phase


def test_that_a_worker_whose_pulse_has_stopped_too_is_stalled(run: FakeRun) -> None:
    run.train(1)
    state = told(run, silent=0, age=PULSE_LATE + 61)
    assert state.stalled
    assert "No step for 1 minute 11 seconds" in state.reason


def test_that_the_pulse_of_an_earlier_worker_accuses_nobody(run: FakeRun) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not told(run, silent=5000, age=5000, pid=process.pid).stalled


def test_that_nothing_is_claimed_without_a_pulse_or_with_a_broken_one(run: FakeRun) -> None:
    run.train(1)
    assert not read_state(run.folder).stalled
    broken = (b"", b"\xff\xfe", b"[1]", b'{"pid": 1}', b"[" * 5000, b"0" * 10**6)
    absurd = [
        json.dumps({"pid": pid, "at": at, "silent": silent}).encode()
        for pid, at, silent in ((-1, 0, 1e9), (10**30, 0, 1e9), (1, float("nan"), 1e9), (1, 0, float("inf")))
    ]
    for content in (*broken, *absurd):
        pulse_file(run.folder.path).write_bytes(content)
        assert not read_state(run.folder).stalled


def test_that_a_run_that_is_over_never_stalls(run: FakeRun) -> None:
    run.train(1).end("stopped")
    state = told(run, silent=5000)
    assert (state.state, state.stalled) == ("stopped", False)


@pytest.mark.parametrize("jump", [-86400.0, 86400.0])
def test_that_a_clock_that_jumps_makes_no_stall(run: FakeRun, jump: float, monkeypatch: pytest.MonkeyPatch) -> None:
    run.train(3)
    real = time.time
    write_pulse(pulse_file(run.folder.path), Pulse(os.getpid(), awake(), 1.0))
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    assert not read_state(run.folder).stalled


@pytest.mark.skipif(sys.platform == "win32", reason="Windows suspends no process by a signal")
def test_that_a_suspended_worker_is_called_suspended_and_not_stalled(run: FakeRun) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        sleeper.send_signal(signal.SIGSTOP)
        wait_until(lambda: psutil.Process(sleeper.pid).status() == psutil.STATUS_STOPPED)
        state = told(run, silent=1, age=5000, pid=sleeper.pid)
        assert (state.state, state.stalled) == ("running", False)
        assert "suspended" in state.reason
    finally:
        sleeper.kill()
        sleeper.wait()


def test_that_a_pulse_grows_in_silence_and_ends_with_a_beat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "PULSE_PERIOD", 0.02)
    now = [1.0]
    monkeypatch.setattr(pulse, "awake", lambda: now[0])
    file = pulse_file(tmp_path)
    with Beating(file) as beating:
        now[0] = 2.0
        wait_until(lambda: silence(file) == 1.0)
        now[0] = 4.0
        wait_until(lambda: silence(file) == 3.0)
        beating.beat()
        wait_until(lambda: silence(file) == 0.0)
        now[0] = 5.0
        wait_until(lambda: silence(file) == 1.0)
    assert file.stat().st_size == PULSE_BYTES
    found = read_pulse(file)
    assert found is not None
    assert found.pid == os.getpid()
    now[0] = 7.0
    assert found.age == 2.0


def test_that_time_in_which_the_process_was_suspended_does_not_count_as_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "PULSE_PERIOD", 0.02)
    clock = iter(range(0, 10**9, 3600))  # an hour passes between any two looks: suspended each time
    monkeypatch.setattr(pulse, "awake", lambda: float(next(clock)))
    file = pulse_file(tmp_path)
    with Beating(file):
        found = wait_until(lambda: silence(file))
        assert found % PULSE_LATE == 0
        assert found < 3600


def test_that_work_alone_is_a_sign_of_life_only_where_it_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "PULSE_PERIOD", 0.05)
    file = pulse_file(tmp_path)

    def silent_for(seconds: float) -> bool:
        sum(range(100_000))  # work, which the processor's time tells of
        return silence(file) >= seconds

    with Beating(file) as beating:
        wait_until(lambda: silent_for(0.3))
        beating.counts_work = True
        wait_until(lambda: not silent_for(0.1))


def test_that_a_pulse_that_cannot_be_written_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pulse, "PULSE_PERIOD", 0.01)
    with Beating(tmp_path / "gone" / "worker.pulse"):
        time.sleep(0.1)  # some ten pulses, of which only the first is told
    assert capsys.readouterr().out.count("a stall would not be noticed") == 1
