"""A run whose routing is bad says so once, with the step, also across a pause; `show` repeats it."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.cli.run_report import describe_run
from studio.core.routing import verdict
from studio.core.routing.alerts import ROUTER
from studio.core.run.commands import Pause
from studio.core.run.events import StepEnded
from studio.core.run.run_db import send_command
from studio.core.state.run_state import read_state
from studio.training.recorder import Recorder
from tests.training.small_run import events, small_run, train


def test_that_a_bad_verdict_that_stays_is_a_warning_once_in_a_run(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "COLLAPSING", 1.1)  # so that every router's loads are called bad
    monkeypatch.setattr(verdict, "FEW_SLOTS", 1)
    folder = small_run(tmp_path, tiny_model, training__max_steps=62, training__save_every=100)
    record = Recorder.step

    def step(self: Recorder, ended: StepEnded, *rest: object, **more: object) -> None:
        record(self, ended, *rest, **more)  # type: ignore[arg-type]
        if ended.step == 45:
            send_command(folder.db, Pause())

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "step", step)
        assert train(folder) == 0
    assert read_state(folder).state == "paused"
    assert train(folder) == 0
    (warning,) = [event for event in events(folder, "WarningRaised") if event.where == ROUTER]
    assert warning.step == 40
    assert "collapsing" in warning.what
    router = describe_run(folder)["router"]
    assert router["alerts"] == [{"step": 40, "what": warning.what, "remedy": warning.remedy}]
    assert router["verdict"]["last"] == 62
