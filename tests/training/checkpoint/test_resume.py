"""Going on gives the same numbers as never having stopped: on the CPU, to the last bit."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import torch

from studio.core.run.commands import Pause, Stop
from studio.core.run.run_db import RunWriter, send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.training.checkpoint import state
from studio.training.recorder import Recorder
from tests.training.small_run import assert_same_run, curve, events, small_run, train


class PowerCut(BaseException):
    """Ends the worker as a kill would: nothing after it is done."""


METHODS = {
    # With what each remembers beside its weights: biases of the routers, vectors of the experts.
    "mixlora": {"method__name": "mixlora", "method__balance_bias": 0.01},
    "moelora": {"method__name": "moelora", "method__rank": 8},
    "lora": {"method__name": "lora"},
}


@pytest.fixture(scope="module", params=list(METHODS))
def unbroken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_model: Path):
    """A run that was never broken, and its method's changes to the recipe."""
    changes = METHODS[request.param]
    folder = small_run(tmp_path_factory.mktemp("unbroken"), tiny_model, **changes)
    assert train(folder) == 0
    return changes, folder


def _leave_at(monkeypatch: pytest.MonkeyPatch, folder: RunFolder, at: int, how: object) -> None:
    original = Recorder.step

    def step(self: Recorder, ended, *rest, **more) -> None:
        original(self, ended, *rest, **more)
        if ended.step == at:
            if isinstance(how, BaseException):
                raise how
            send_command(folder.db, how)  # type: ignore[arg-type]

    monkeypatch.setattr(Recorder, "step", step)


@pytest.mark.parametrize("how", [Stop(), PowerCut()], ids=["stopped", "killed"])
def test_that_a_resumed_run_equals_the_unbroken_one(
    how: object, unbroken, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, whole = unbroken
    folder = small_run(tmp_path, tiny_model, **changes)
    with monkeypatch.context() as patch:
        _leave_at(patch, folder, 3, how)
        if isinstance(how, PowerCut):
            with pytest.raises(PowerCut):
                train(folder)
            assert read_state(folder).state == "lost"
        else:
            assert train(folder) == 0
    # Whatever random numbers the next process has drawn by then must not matter.
    torch.rand(17)
    assert train(folder) == 0
    assert read_state(folder).state == "finished"
    (resumed,) = events(folder, "RunResumed")
    assert resumed.step == (2 if isinstance(how, PowerCut) else 3)
    assert_same_run(folder, whole)


def test_that_a_run_killed_before_its_first_checkpoint_starts_over(
    unbroken, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, whole = unbroken
    folder = small_run(tmp_path, tiny_model, **changes)
    with monkeypatch.context() as patch:
        _leave_at(patch, folder, 1, PowerCut())
        with pytest.raises(PowerCut):
            train(folder)
    assert train(folder) == 0
    (resumed,) = events(folder, "RunResumed")
    assert (resumed.step, resumed.checkpoint) == (0, None)
    assert [event.when for event in events(folder, "EvaluationEnded")] == ["before", "after"]
    assert_same_run(folder, whole)


def test_that_what_is_asked_while_the_worker_starts_is_done_before_the_first_step(
    tmp_path: Path, tiny_model: Path
) -> None:
    folder = small_run(tmp_path, tiny_model, training__max_steps=2)
    send_command(folder.db, Pause())
    assert train(folder) == 0
    assert (read_state(folder).state, read_state(folder).step) == ("paused", 0)
    assert not events(folder, "StepEnded", "EvaluationEnded")
    assert train(folder) == 0
    assert read_state(folder).state == "finished"
    assert [event.when for event in events(folder, "EvaluationEnded")] == ["before", "after"]


def test_that_no_checkpoint_is_made_while_run_db_cannot_be_written(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run resumed from it would never do again the steps that are missing before it."""
    folder = small_run(tmp_path, tiny_model, training__save_every=1, training__keep=9)
    original = RunWriter.write
    computed = 0

    def write(self: RunWriter, *written, **rest) -> None:
        if computed in (3, 4):
            assert not (folder.checkpoints / "step-000003").exists()
            raise sqlite3.OperationalError("database or disk is full")
        original(self, *written, **rest)

    def step(self: Recorder, ended, *rest, **more) -> None:
        nonlocal computed
        computed = ended.step
        record(self, ended, *rest, **more)

    record = Recorder.step
    monkeypatch.setattr(RunWriter, "write", write)
    monkeypatch.setattr(Recorder, "step", step)
    assert train(folder) == 0
    assert list(curve(folder)) == [1, 2, 3, 4, 5, 6]
    assert {path.name[-1] for path in folder.checkpoints.iterdir()} == {"1", "2", "5", "6"}
    said = [event.what for event in events(folder, "WarningRaised")]
    assert sum("postponed" in what for what in said) == 2
    assert any("could not be written for a while" in what for what in said)


def test_that_a_checkpoint_of_an_earlier_version_resumes_with_a_warning_of_what_it_lacks(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a checkpoint does not have the experts' loads of the last step, which weigh the next one's balance."""
    folder = small_run(tmp_path, tiny_model)
    now = state.method_buffers
    with monkeypatch.context() as patch:
        patch.setattr(
            state, "method_buffers", lambda model: {k: v for k, v in now(model).items() if "last_loads" not in k}
        )
        _leave_at(patch, folder, 3, Pause())
        assert train(folder) == 0
    assert train(folder) == 0
    assert list(curve(folder)) == [1, 2, 3, 4, 5, 6]
    (warned,) = events(folder, "WarningRaised")
    assert (warned.where, warned.step) == ("checkpoint step-000003", 3)
    assert "did not keep the experts' loads" in warned.what
