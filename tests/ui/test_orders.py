"""A button does what the run is at that moment, whatever the page showed of it when it was pressed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.core.run.commands import Command, Pause, Resume, Stop
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.pulse import Pulse, awake, pulse_file, write_pulse
from studio.ui.window import MainWindow
from tests.fake_run import FakeRun, start_no_worker

Open = Callable[..., MainWindow]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return start_no_worker(
        monkeypatch, "studio.ui.queue.control.start_worker", "studio.core.process.dispatch.start_worker"
    )


def show(qtbot: QtBot, open_window: Open, run: FakeRun, state: str) -> MainWindow:
    """A window that shows the run's page in this state, and hears of nothing that comes after."""
    window = open_window()
    window.pages.show_run(run.folder)
    assert window.pages.run is not None
    qtbot.waitUntil(lambda: window.pages.run.is_built and window.pages.run.header.pill.accessibleName().endswith(state))
    qtbot.waitUntil(lambda: window.run_actions.machine is not None)
    window.watch.stop()
    return window


def press(qtbot: QtBot, window: MainWindow, name: str) -> None:
    button = window.pages.run.findChild(QPushButton, name)
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def waiting(folder: RunFolder) -> list[Command]:
    with folder.reader() as reader:
        return reader.waiting_commands()


def notices(window: MainWindow) -> str:
    return " ".join(notice.what for notice in window.notices.notices()).lower()


def test_that_a_run_shown_as_pausing_whose_worker_has_left_is_started_by_resume(
    qtbot: QtBot, open_window: Open, runs: Path, started: list[str]
) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        send_command(run.folder.db, Pause())
        window = show(qtbot, open_window, run, "pausing")
        run.take_commands()
        run.pause()
        press(qtbot, window, "resume")
        qtbot.waitUntil(lambda: started == [run.folder.id])
        assert waiting(run.folder) == []


@pytest.mark.parametrize("leave", ["pause", "end"])
def test_that_a_resume_which_a_leaving_worker_does_not_take_starts_the_run(
    qtbot: QtBot, open_window: Open, runs: Path, started: list[str], leave: str
) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        send_command(run.folder.db, Pause())
        window = show(qtbot, open_window, run, "pausing")
        run.take_commands()
        press(qtbot, window, "resume")
        qtbot.waitUntil(lambda: waiting(run.folder) == [Resume()])
        assert started == []
        run.pause() if leave == "pause" else run.end("stopped")
        qtbot.waitUntil(lambda: started == [run.folder.id])


def test_that_a_resume_which_the_worker_takes_starts_nothing_when_the_run_is_left_later(
    qtbot: QtBot, open_window: Open, runs: Path, started: list[str]
) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        send_command(run.folder.db, Pause())
        window = show(qtbot, open_window, run, "pausing")
        press(qtbot, window, "resume")
        qtbot.waitUntil(lambda: waiting(run.folder) == [Pause(), Resume()])
        run.take_commands()
        run.train(2).pause()
        qtbot.waitUntil(lambda: not window.run_actions.orders._timer.isActive())
        window.run_actions.orders.finish()
        assert started == []


@pytest.mark.parametrize(("name", "verb"), [("pause", "pause"), ("stop", "stop"), ("evaluate_now", "score")])
def test_that_what_can_no_longer_be_asked_of_a_run_is_reported_and_leaves_no_command(
    qtbot: QtBot, open_window: Open, runs: Path, started: list[str], name: str, verb: str
) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        window = show(qtbot, open_window, run, "running")
        run.end()
        window.pages.run.tabs.setCurrentIndex(1)
        press(qtbot, window, name)
        qtbot.waitUntil(lambda: f"it is finished, so there is nothing to {verb}." in notices(window))
        assert waiting(run.folder) == []


def test_that_orders_arrive_as_they_were_given_also_when_the_window_is_closed_at_once(
    qtbot: QtBot, open_window: Open, runs: Path, started: list[str]
) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        window = show(qtbot, open_window, run, "running")
        for command in (Pause(), Resume(), Stop()):
            window.run_actions.give(run.folder, command)
        window.close()
        assert waiting(run.folder) == [Pause(), Resume(), Stop()]


def test_that_a_worker_which_was_heard_of_again_is_not_ended(
    qtbot: QtBot, open_window: Open, runs: Path, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[RunFolder] = []
    monkeypatch.setattr("studio.core.process.kill_worker.kill_worker", ended.append)
    with FakeRun(runs) as run:
        run.start().train(30)
        write_pulse(pulse_file(run.folder.path), Pulse(os.getpid(), awake(), 4000.0))
        window = show(qtbot, open_window, run, "stalled")
        press(qtbot, window, "kill")
        write_pulse(pulse_file(run.folder.path), Pulse(os.getpid(), awake(), 0.0))
        qtbot.mouseClick(window.findChild(QPushButton, "kill_agree"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: "responds again" in notices(window))
        assert ended == []
