"""Stop and Pause take effect within moments, whatever the worker is doing, and nothing is lost."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.core.run.commands import Command, Pause, Resume, SampleNow, Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.evaluation import row_scorer
from studio.evaluation.progress import TOLD
from studio.training import recorder, setup, stop_requests
from studio.training.checkpoint.saver import Saver
from studio.training.recorder import Recorder
from tests.patience import PATIENCE
from tests.training.small_run import assert_same_run, curve, events, small_run, train, write_task

MANY = 130  # held-out rows of the task whose evaluation is long


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    folder = small_run(tmp_path_factory.mktemp("unbroken"), tiny_model)
    assert train(folder) == 0
    return folder


def ask_at(monkeypatch: pytest.MonkeyPatch, folder: RunFolder, phase: str, detail: str, *asked: Command) -> None:
    """Ask once, just after the worker has said that it does this."""
    begun, counted, done = Recorder.phase, Recorder.progress, []

    def phase_told(self: Recorder, name: Any, said: str = "") -> None:
        begun(self, name, said)
        ask(name, said)

    def progress_told(self: Recorder, name: Any, said: str, *numbers: int) -> None:
        counted(self, name, said, *numbers)
        ask(name, said)

    def ask(name: str, said: str) -> None:
        if name == phase and detail in said and not done:
            done.append(1)
            for command in asked:
                send_command(folder.db, command)

    monkeypatch.setattr(recorder, "SECONDS_BETWEEN_PROGRESS", 0.0)
    monkeypatch.setattr(Recorder, "phase", phase_told)
    monkeypatch.setattr(Recorder, "progress", progress_told)


def long_evaluation(tmp_path: Path, tiny_model: Path, **changes: Any) -> RunFolder:
    write_task(tmp_path, "ask", held_out=MANY)
    folder = small_run(tmp_path, tiny_model, training__max_steps=2, **changes)
    text = folder.recipe_file.read_text(encoding="utf-8")
    folder.recipe_file.write_text(text.replace("evaluate_rows = 2", f"evaluate_rows = {MANY}"), encoding="utf-8")
    return folder


def test_that_an_evaluation_reports_its_rows_while_it_runs(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = long_evaluation(tmp_path, tiny_model)
    told: list[str] = []
    original = Recorder.progress

    def progress(self: Recorder, *said: Any) -> None:
        original(self, *said)
        told.append(read_state(folder).reason)

    monkeypatch.setattr(recorder, "SECONDS_BETWEEN_PROGRESS", 0.0)
    monkeypatch.setattr(Recorder, "progress", progress)
    assert train(folder) == 0
    moving = [reason for reason in told if "held-out rows read" in reason and "ask" in reason]
    assert any("held-out rows read, step 0 of 2." in reason for reason in moving)
    assert f"Scoring ask: 64 of {MANY} held-out rows read, step 2 of 2." in moving
    assert any(f"Scoring ask: 128 of {MANY} held-out rows read" in reason for reason in moving)
    assert 2 <= len(moving) <= 4 * TOLD
    assert any("answers given" in reason for reason in told)


@pytest.mark.parametrize(
    ("asked", "where"),
    [(Stop(), "held-out rows read"), pytest.param(Pause(), "answers given", marks=pytest.mark.slow)],
)
def test_that_a_long_evaluation_is_left_between_two_groups_of_rows(
    asked: Command, where: str, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = long_evaluation(tmp_path, tiny_model)
    with monkeypatch.context() as patch:
        ask_at(patch, folder, "evaluating", where, asked)
        assert train(folder) == 0
    assert read_state(folder).state == ("paused" if asked == Pause() else "stopped")
    assert not events(folder, "EvaluationEnded")
    said = [event.detail for event in events(folder, "PhaseStarted") if where in event.detail]
    assert len(said) == 1, "nothing went on after it was asked"
    assert train(folder) == 0
    assert [event.when for event in events(folder, "EvaluationEnded")] == ["before", "after"]


@pytest.mark.slow
def test_that_a_stop_in_the_last_evaluation_takes_effect_and_resuming_only_scores(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = long_evaluation(tmp_path, tiny_model)
    save = Saver.save

    def saved(self: Saver, step: int, *rest: Any) -> Any:
        if step == 2:
            ask_at(patch, folder, "evaluating", "rows read", Stop())
        return save(self, step, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Saver, "save", saved)
        assert train(folder) == 0
    state = read_state(folder)
    assert (state.state, state.step) == ("stopped", 2)
    assert "after step 2 of 2, before it was scored" in state.reason
    assert [event.when for event in events(folder, "EvaluationEnded")] == ["before"]
    assert train(folder) == 0
    assert read_state(folder).state == "finished"
    assert [event.when for event in events(folder, "EvaluationEnded")] == ["before", "after"]
    assert len(events(folder, "StepEnded")) == 2


@pytest.mark.slow
def test_that_an_evaluation_continues_when_the_stop_was_taken_back(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    ask_at(monkeypatch, folder, "evaluating", "rows read", Stop(), Resume())
    assert train(folder) == 0
    assert_same_run(folder, unbroken)


@pytest.mark.parametrize(
    "prompt", [None, pytest.param("ask one two three?", marks=pytest.mark.slow)], ids=["held out", "typed"]
)
def test_that_an_answer_is_left_between_two_of_its_tokens(
    prompt: str | None, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    tokens = []
    criteria = row_scorer.at_each_token

    def counted(between: Callable[[], None] | None, *more: Any) -> Any:
        def told() -> None:
            if read_state(folder).phase == "sampling":
                tokens.append(1)
                if len(tokens) == 3:
                    send_command(folder.db, Pause())
            if between:
                between()

        return criteria(told, *more)

    with monkeypatch.context() as patch:
        patch.setattr(row_scorer, "at_each_token", counted)
        patch.setattr("studio.training.run_evaluation.at_each_token", counted)
        ask_at(patch, folder, "saving", "step 2", SampleNow(prompt=prompt))
        assert train(folder) == 0
    state = read_state(folder)
    assert (state.state, state.step) == ("paused", 3)
    assert len(tokens) == 3
    assert train(folder) == 0
    assert list(curve(folder)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.slow
def test_that_a_pause_during_a_checkpoint_leaves_with_that_checkpoint(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    with monkeypatch.context() as patch:
        ask_at(patch, folder, "saving", "step 2", Pause())
        assert train(folder) == 0
    (paused,) = events(folder, "RunPaused")
    # The step that had begun is ended, and no other.
    assert paused.step in (2, 3)
    assert read_state(folder).state == "paused"
    assert train(folder) == 0
    assert_same_run(folder, unbroken)


class Stuck:
    """A library's call that never ends by itself: it is broken off, or fails the test."""

    def __init__(self, then: Callable[[], None]) -> None:
        self.then, self.left = then, False

    def __call__(self, *arguments: Any, **rest: Any) -> Any:
        try:
            self.then()
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                try:
                    time.sleep(0.1)
                except Exception:  # noqa: BLE001 - as libraries do, which must not swallow the request
                    continue
        except BaseException:
            self.left = True
            raise
        pytest.fail("it was not broken off")


@pytest.mark.parametrize(
    ("asked", "call"),
    [
        (Stop(), "load_tasks"),
        pytest.param(Pause(), "load_base", marks=pytest.mark.slow),
        pytest.param(Stop(), "find_base", marks=pytest.mark.slow),
        pytest.param(Pause(), "load_tasks", marks=pytest.mark.slow),
    ],
)
def test_that_a_long_call_before_the_first_step_is_broken_off(
    asked: Command,
    call: str,
    tmp_path: Path,
    tiny_model: Path,
    unbroken: RunFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stop_requests, "SECONDS_BETWEEN_LOOKS", 0.05)
    folder = small_run(tmp_path, tiny_model)
    stuck = Stuck(lambda: send_command(folder.db, asked))
    with monkeypatch.context() as patch:
        patch.setattr(setup, call, stuck)
        assert train(folder) == 0
    assert stuck.left
    state = read_state(folder)
    assert (state.state, state.step) == ("paused" if asked == Pause() else "stopped", 0)
    assert "before" in state.reason
    with folder.reader() as reader:
        assert not reader.waiting_commands()
    assert train(folder) == 0
    assert_same_run(folder, unbroken)


@pytest.mark.skipif(sys.platform == "win32", reason="there SIGTERM ends a process at once")
def test_that_the_systems_request_breaks_off_loading_too(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_run(tmp_path, tiny_model)
    stuck = Stuck(lambda: signal.raise_signal(signal.SIGTERM))
    with monkeypatch.context() as patch:
        patch.setattr(setup, "load_base", stuck)
        assert train(folder) == 0
    assert stuck.left
    state = read_state(folder)
    assert state.state == "stopped"
    assert state.reason == (
        "The system asked the worker to end (SIGTERM), before training began; resuming begins again."
    )


def test_that_a_wake_that_comes_after_its_request_was_taken_back_is_not_the_systems() -> None:
    numbers = [number for name in (*stop_requests._SIGNALS, "SIGUSR1") if (number := getattr(signal, name, None))]
    handlers = {number: signal.getsignal(number) for number in numbers}
    requests = stop_requests.StopRequests()
    requests.listen()
    try:
        requests._at_once = True
        requests.asked.add(Pause())
        with pytest.raises(stop_requests.LeaveBeforeTraining):
            wake_and_wait(requests)
        requests.asked.add(Resume())
        wake_and_wait(requests)
        assert requests.leave == ""
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def wake_and_wait(requests: stop_requests.StopRequests) -> None:
    requests._wake()
    time.sleep(0.01)  # a signal's handler runs between two instructions of the main thread


@pytest.mark.slow
def test_that_a_worker_that_resumes_acts_on_a_request_and_keeps_its_checkpoint(
    tmp_path: Path, tiny_model: Path, unbroken: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_requests, "SECONDS_BETWEEN_LOOKS", 0.05)
    folder = small_run(tmp_path, tiny_model)
    with monkeypatch.context() as patch:
        ask_at(patch, folder, "saving", "step 4", Stop())
        assert train(folder) == 0
    at = read_state(folder).step
    for asked in (Stop(), Pause()):
        with monkeypatch.context() as patch:
            patch.setattr(setup, "load_base", Stuck(lambda asked=asked: send_command(folder.db, asked)))
            assert train(folder) == 0
        state = read_state(folder)
        assert (state.state, state.step) == ("paused" if asked == Pause() else "stopped", at)
        assert f"step {at}" in state.reason
    assert train(folder) == 0
    assert_same_run(folder, unbroken)


def test_that_no_watch_is_left_behind(tmp_path: Path, tiny_model: Path) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=1)
    assert train(folder) == 0
    assert not [thread for thread in threading.enumerate() if thread.name in ("leaving", "pulse")]
