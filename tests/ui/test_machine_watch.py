"""What the status bar says when the hardware check or one of its samples fails."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

import studio.hardware
from studio.hardware import detect, telemetry
from studio.ui.machine_watch import MachineWatch
from studio.ui.status_bar import StatusBar


def fails() -> None:
    raise OSError("the driver does not answer")


def test_that_a_failed_sample_is_not_shown_as_a_failed_hardware_check(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, bar = MachineWatch(), StatusBar()
    qtbot.addWidget(bar)
    watch.failed.connect(lambda error: pytest.fail(f"reported as a failed check: {error}"))
    watch.not_sampled.connect(bar.show_no_telemetry)
    bar.show_machine(detect())
    device = bar.device.text()
    monkeypatch.setattr(studio.hardware, "telemetry", fails)
    with qtbot.waitSignal(watch.not_sampled):
        watch._on_tick()
    watch.stop()
    assert bar.device.text() == device
    assert bar.live.text() == "usage unknown"
    assert "does not answer" in bar.live.toolTip()
    bar.show_telemetry(telemetry())
    assert "CPU" in bar.live.text()
    assert not bar.live.toolTip()
